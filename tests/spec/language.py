"""How a spec case is written: tiny tables as text, one expression, the expected value for each person.

Codes: ``A`` is in codelist ``a``, ``B`` in ``b``, ``AB`` in both, ``X`` in none. The as-at date is 31 March 2026 unless a
case says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commonweal.definitions import vocabulary
from commonweal.definitions.codelists import Codelist
from commonweal.definitions.vocabulary.expressions import Expression
from commonweal.record.schema import TABLES

AS_AT = date(2026, 3, 31)
CODES = {"A": 1, "B": 2, "AB": 3, "X": 4}
LISTS = {"a": {"A", "AB"}, "b": {"B", "AB"}, "empty": set()}


def codelist(name: str) -> Codelist:
    """The spec's codelists."""
    return Codelist(
        id=name, title=name, system="snomed", version="1", codes=frozenset(LISTS[name]), sha256=name, source="spec",
        repository="", licence="", released=None, retrieved=AS_AT,
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One rule of the vocabulary."""

    title: str
    expression: str
    expected: dict[int, Any]
    tables: dict[str, str] = field(default_factory=dict)
    as_at: date = AS_AT

    def parsed(self) -> Expression:
        """The expression."""
        return eval(self.expression, {**vars(vocabulary), "date": date})

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as rows; people who are expected but have no row in ``person`` are added."""
        found = {name: table_rows(name, text) for name, text in self.tables.items()}
        people = found.setdefault("person", [])
        known = {one["person_key"] for one in people}
        people += [{"person_key": key} for key in self.expected if key not in known]
        return found


@dataclass(frozen=True)
class Section:
    """Cases that belong together, with the rule in a sentence."""

    title: str
    text: str
    cases: tuple[Case, ...]


def table_rows(name: str, text: str) -> list[dict[str, Any]]:
    """Rows of a table written as lines of columns; the first line names them, ``-`` is a missing value."""
    lines = [line.split() for line in text.strip().splitlines()]
    header, body = lines[0], lines[1:]
    rows = []
    for number, values in enumerate(body, 1):
        assert len(values) == len(header), f"{name}: {values} does not fit {header}"
        row = dict(_cell(name, column, value) for column, value in zip(header, values, strict=True))
        rows.append({"load_id": 1, "record_number": number, **row})
    return rows


def _cell(table: str, column: str, text: str) -> tuple[str, Any]:
    if column == "person":
        return "person_key", int(text)
    if column == "code":
        column = {"contact": "primary_concept", "referral": "reason_concept"}.get(table, "concept")
        return column, CODES.get(text)
    if text == "-":
        return column, None
    kind = TABLES[table][column].type
    if kind == "date":
        return column, date.fromisoformat(text)
    if kind == "bool":
        return column, text == "true"
    if kind.startswith("int"):
        return column, int(text)
    return column, float(text) if kind == "float64" else text
