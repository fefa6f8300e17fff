"""Which dashboards there are: each is a line of ``data/dashboards.csv``, a list of definitions or of their tags.

A tag of a measure that no line names has a dashboard of its own, so that a new measure appears by being tagged.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.web.leads.comparing import compared, moved, short_of_target

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.web.leads.services import Line

KINDS = ("register", "measure", "flag")
"""What a dashboard holds, in the order in which it is read: who, how well, and what is worth doing."""
OTHER = "Other"
GENERAL = "network"


@dataclass(frozen=True)
class Declared:
    """One line of the data file."""

    id: str
    title: str
    section: str
    systems: tuple[str, ...]
    """The rows of docs/coverage.csv that it answers."""
    tags: tuple[str, ...]
    definitions: tuple[str, ...]


@dataclass(frozen=True)
class Dashboard:
    """One page of measures."""

    id: str
    title: str
    section: str
    measures: tuple[DefinitionInfo, ...]


@cache
def declared() -> tuple[Declared, ...]:
    """The lines of the data file, in their order."""
    with (Path(__file__).parent / "data" / "dashboards.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(_line(row) for row in csv.DictReader(handle))


def _line(row: dict[str, str]) -> Declared:
    words = row["definitions"].split()
    tags = tuple(word[1:] for word in words if word.startswith("#"))
    named = tuple(word for word in words if not word.startswith("#"))
    return Declared(row["id"], row["title"], row["section"], tuple(row["systems"].split()), tags, named)


def dashboards(definitions: Iterable[DefinitionInfo]) -> list[Dashboard]:
    """Every dashboard of which the release computes something, by section and then as the file has them."""
    known = {one.id: one for one in definitions if one.computable and one.kind in KINDS}
    found = []
    for line in declared():
        rows = {one: known[one] for one in line.definitions if one in known}
        rows |= {one.id: one for one in known.values() if set(_tags(one)) & set(line.tags)}
        if rows:
            found.append(Dashboard(line.id, line.title, line.section, _in_order(rows.values())))
    covered = {tag for line in declared() for tag in line.tags}
    others: dict[str, list[DefinitionInfo]] = {}
    for one in known.values():
        for tag in _tags(one) if one.kind == "measure" else ():
            if tag not in covered:
                others.setdefault(tag, []).append(one)
    named = {one.id for one in found}
    return found + [
        Dashboard(tag, tag.replace("_", " ").capitalize(), OTHER, _in_order(rows))
        for tag, rows in sorted(others.items()) if tag not in named
    ]  # fmt: skip


def general(found: Iterable[Dashboard]) -> Dashboard | None:
    """The dashboard to open a body with: that of networks, else the first; None where there is none."""
    every = list(found)
    return next((one for one in every if one.id == GENERAL), every[0] if every else None)


def _tags(one: DefinitionInfo) -> list[str]:
    return one.details.get("tags") or ["other"]


def _in_order(rows: Iterable[DefinitionInfo]) -> tuple[DefinitionInfo, ...]:
    return tuple(sorted(rows, key=lambda one: (KINDS.index(one.kind), one.title)))


FILTERS = {
    "worse": "Worse than the whole system", "better": "Better than the whole system", "target": "Short of the target",
    "moved": "Moved by more than chance",
}  # fmt: skip


def kept(show: str, line: Line) -> bool:
    """Whether a filter of `FILTERS` keeps a line; any other word keeps every line."""
    if show in {"worse", "better"}:
        return compared(line.info, line.now, line.whole) == show
    if show == "target":
        return short_of_target(line.info, line.now)
    return show != "moved" or moved(line.info, line.now, line.before) not in {"–", "no different"}
