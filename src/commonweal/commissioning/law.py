"""Dated legal figures with their sources. What was not confirmed against the legal text says so wherever it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache

from commonweal.commissioning.sources import DATA
from commonweal.errors import NotReady


@dataclass(frozen=True)
class LegalFigure:
    """One figure or date in force from `valid_from` to `valid_to` (None: still)."""

    key: str
    value: int | str
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool

    @property
    def number(self) -> int:
        return int(self.value)

    @property
    def day(self) -> date:
        return date.fromisoformat(str(self.value))

    @property
    def words(self) -> str:
        return self.source + (
            "" if self.verified else " (not verified against the legal text: check before relying on it)"
        )


@cache
def figures() -> tuple[LegalFigure, ...]:
    """Every figure in ``data/law.json``."""
    held = json.loads((DATA / "law.json").read_text(encoding="utf-8"))["figures"]
    return tuple(
        LegalFigure(
            key=row["key"],
            value=row["value"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None,
            source=row["source"],
            verified=row["verified"],
        )
        for row in held
    )


def figure(key: str, on: date | None = None) -> LegalFigure:
    """The figure in force on a day (or its only version when no day is given)."""
    for found in figures():
        in_force = on is None or (found.valid_from <= on and (found.valid_to is None or on <= found.valid_to))
        if found.key == key and in_force:
            return found
    raise NotReady(
        "no such legal figure on that day", where=key, value=on and on.isoformat(), remedy="see data/law.json"
    )


def unverified(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The sources, in words, of those figures that are not verified."""
    return tuple(figure(key).words for key in keys if not figure(key).verified)
