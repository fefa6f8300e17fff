"""The 338 systems that the documents name, and how each is served: from `coverage.csv`, kept with the documentation."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from commonweal.commissioning import sources
from commonweal.definitions.registry import registry
from commonweal.errors import NotReady


@dataclass(frozen=True)
class Covered:
    """One named system. `served` is "not yet" where it is not; a note that starts "In part" says what is missing."""

    id: str
    name: str
    what_it_must_do: str
    served: str
    where: str
    test: str
    note: str

    @property
    def definitions(self) -> list[str]:
        """Titles of the definitions that serve it."""
        known = registry()
        return [known[place].title for place in self._places() if place in known]

    @property
    def places(self) -> list[str]:
        """Everything else that serves it: addresses on the site, modules and files."""
        known = registry()
        return [place for place in self._places() if place not in known]

    def _places(self) -> list[str]:
        return list(filter(None, self.where.split("; ")))

    @property
    def in_part(self) -> bool:
        return self.note.startswith("In part")


def _file() -> Path:
    """The table beside the documentation of a checkout."""
    here = Path(__file__)
    for parent in here.parents:
        found = parent / "docs" / "coverage.csv"
        if found.exists():
            return found
    raise NotReady("the coverage table is not installed", where="docs/coverage.csv", remedy="run from a checkout")


@cache
def rows() -> tuple[Covered, ...]:
    """Every row, in the order of the table."""
    does = {system.id: system.what_it_must_do for system in sources.named_systems()}
    with _file().open(encoding="utf-8", newline="") as file:
        return tuple(
            Covered(
                row["id"], row["name"], does.get(row["id"], ""), row["class"], row["where"], row["test"], row["note"]
            )
            for row in csv.DictReader(file)
        )


def fitting(found: tuple[Covered, ...], *, served: str = "", words: str = "") -> list[Covered]:
    """The rows served in this way that hold every word in their name, duty or note."""
    wanted = words.lower().split()
    return [
        row
        for row in found
        if (not served or row.served == served)
        and all(word in f"{row.id} {row.name} {row.what_it_must_do} {row.note}".lower() for word in wanted)
    ]


PAGE_LENGTH = 50


Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int


def page(rows: Sequence[Row], number: int) -> Page[Row]:
    """A page of what fits; one beyond the last is the last."""
    pages = max(1, -(-len(rows) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    return Page(rows[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH], len(rows), number, pages)


def counts(found: tuple[Covered, ...]) -> list[tuple[str, int, int]]:
    """How many are served in each way and, of them, how many only in part; "not yet" last."""
    counted = Counter(row.served for row in found)
    partly = Counter(row.served for row in found if row.in_part)
    ordered = sorted(counted.items(), key=lambda pair: (pair[0] == "not yet", -pair[1], pair[0]))
    return [(served, count, partly[served]) for served, count in ordered]
