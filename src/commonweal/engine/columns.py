"""What the planner stores: for each selection of rows, the few values ("slots") that the features ask of it.

A *feature* is what a definition says; a *stored column* is what a pass over a table yields. Many features share one:
"any in the last 12 months", "any in the last 15 months" and "the latest value" all follow from one column pair, the
latest date and its value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from commonweal.definitions.vocabulary.nodes import CodeMatch, DateBound, Kind, Node, Related, RowCondition
from commonweal.record.schema import TABLES

SlotKind = Literal[
    "last_date", "first_date", "last_value", "first_value", "rows", "distinct", "total", "highest", "lowest", "episodes"
]


@dataclass(frozen=True)
class Selection:
    """Rows of one table: codes, conditions, and dates from `start` to `end` (both included; None is open).

    `dynamic` bounds depend on other features of the person, so they wait for an earlier phase.
    """

    table: str
    codes: tuple[CodeMatch, ...] = ()
    conditions: tuple[RowCondition, ...] = ()
    bounds: tuple[DateBound, ...] = ()
    dynamic: tuple[DateBound, ...] = ()
    related: tuple[Related, ...] = ()
    open_on_as_at: bool = False
    start: date | None = None
    end: date | None = None

    @property
    def date_column(self) -> str:
        return TABLES[self.table].date_column


@dataclass(frozen=True)
class Slot:
    """One value taken from the rows of a selection."""

    kind: SlotKind
    column: str = ""
    same_day: str = "highest"
    gap_days: int = 0


@dataclass(frozen=True)
class StoredColumn:
    """One column of the wide person table. `name` is the hash of what it holds, so that equal columns are one."""

    selection: Selection
    slot: Slot

    @cached_property
    def name(self) -> str:
        return "c_" + content_hash(self)[:16]

    @property
    def kind(self) -> Kind:
        """The kind of its values."""
        if self.slot.kind in ("last_date", "first_date"):
            return "date"
        if self.slot.kind in ("last_value", "first_value"):
            kinds: dict[str, Kind] = {"string": "text", "date": "date", "bool": "condition"}
            return kinds.get(TABLES[self.selection.table][self.slot.column].type, "number")
        return "number"


@dataclass(frozen=True)
class Stored(Node):
    """A column of the wide table, in an expression that is ready to be computed."""

    name: str
    kind: Kind


def content_hash(value: object) -> str:
    """SHA-256 of a value made of dataclasses, tuples and plain values: equal content, equal hash, in any process."""
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, value: object) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        digest.update(f"<{type(value).__name__}".encode())
        for one in fields(value):
            if one.repr or one.compare:
                digest.update(f" {one.name}=".encode())
                _feed(digest, getattr(value, one.name))
        digest.update(b">")
    elif isinstance(value, dict):
        _feed(digest, tuple(sorted(value.items(), key=lambda pair: str(pair[0]))))
    elif isinstance(value, frozenset | set):
        _feed(digest, tuple(sorted(value, key=str)))
    elif isinstance(value, tuple | list):
        digest.update(b"(")
        for one in value:
            _feed(digest, one)
            digest.update(b",")
        digest.update(b")")
    else:
        digest.update(f"{type(value).__name__}:{value!r}".encode())
