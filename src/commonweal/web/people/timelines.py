"""The timeline in words: an overview by place and time to zoom with, and the entries that fit."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.http import urlencode

from commonweal.web.people.presenters import SETTINGS, Entry, entry, ground_words

if TYPE_CHECKING:
    from commonweal.engine.answers import TimelineItem
    from commonweal.web.people.services import Look

MOST_ENTRIES = 250
"""As many entries as stay under 200 KB, the longest of each included; older ones are found by year, month and place."""
YEARS_ACROSS = 8
PERIODS = (("", "Any time"), ("1", "Last year"), ("3", "Last 3 years"), ("10", "Last 10 years"))


@dataclass(frozen=True)
class Wanted:
    """What of a timeline is asked for. `period` is a year or a month (``2026``, ``2026-03``)."""

    settings: tuple[str, ...] = ()
    years: int | None = None
    period: str = ""

    @classmethod
    def of(cls, settings: Iterable[str], years: str, period: str) -> Wanted:
        """From what an address says; what makes no sense is left out."""
        known = tuple(one for one in settings if one in SETTINGS)
        lasting = int(years) if years.isdecimal() and len(years) < 4 else None
        parts = period.split("-")
        fine = len(parts) <= 2 and all(part.isdecimal() for part in parts) and len(parts[0]) == 4
        fine = fine and (len(parts) == 1 or (len(parts[1]) == 2 and 1 <= int(parts[1]) <= 12))
        return cls(known, lasting, period if fine else "")

    def keeps(self, item: TimelineItem, as_at: datetime.date) -> bool:
        """Whether an item fits."""
        if self.settings and not {item.setting, item.table} & set(self.settings):
            return False
        if self.years is not None and item.date < as_at - datetime.timedelta(days=round(365.25 * self.years)):
            return False
        return item.date.isoformat().startswith(self.period)


@dataclass(frozen=True)
class Overview:
    """How many entries of each place in each year, or in each month of one year; every number is a way to zoom."""

    columns: list[tuple[str, str]]
    """Heading and address."""
    rows: list[tuple[str, str, list[tuple[str, str]]]]
    """Place, address, and of each column the count and its address."""


@dataclass(frozen=True)
class TimelineWords:
    """The timeline's page."""

    person_id: str
    name: str
    ground: str
    overview: Overview
    zoomed: str
    out: str
    """Where zooming out leads; empty where everything is shown."""
    years: list[tuple[int, list[Entry]]]
    shown: int
    hidden: int
    settings: list[tuple[str, str, bool]]
    periods: list[tuple[str, str, bool]]
    period: str
    withheld: int


def timeline_in_words(look: Look, shown: list[TimelineItem], wanted: Wanted) -> TimelineWords:
    """Newest first, by year; at most `MOST_ENTRIES`, so that the page stays small."""
    grouped: dict[int, list[Entry]] = {}
    for item in shown[:MOST_ENTRIES]:
        grouped.setdefault(item.date.year, []).append(entry(item, look.organisations))
    chosen = [SETTINGS[one] for one in wanted.settings]
    words = ", ".join([*chosen, *([_period_words(wanted.period)] if wanted.period else [])])
    years = "" if wanted.years is None else str(wanted.years)
    return TimelineWords(
        look.summary.person_id, look.identity.name, ground_words(look), overview(look.items, wanted), words,
        _out(wanted), list(grouped.items()), min(len(shown), MOST_ENTRIES), max(0, len(shown) - MOST_ENTRIES),
        [(key, title, key in wanted.settings) for key, title in SETTINGS.items()],
        [(key, title, key == years) for key, title in PERIODS], wanted.period, look.withheld,
    )  # fmt: skip


def overview(items: list[TimelineItem], wanted: Wanted) -> Overview:
    """Counts of everything in the record, whatever the filter: it is the map, not the territory."""
    year = wanted.period[:4]
    if year:
        keys = [f"{year}-{month:02d}" for month in range(1, 13)]
    else:
        keys = sorted({f"{one.date.year}" for one in items})[-YEARS_ACROSS:]
    counts: Counter[tuple[str, str]] = Counter()
    for item in items:
        place = item.setting if item.setting in SETTINGS else item.table
        counts[place, item.date.isoformat()[: len(keys[0]) if keys else 4]] += 1
    places = [one for one in SETTINGS if any(counts[one, key] for key in keys)]
    rows = [
        (
            SETTINGS[place], _address(place, year),
            [(f"{counts[place, key]:,}" if counts[place, key] else "", _address(place, key)) for key in keys],
        )
        for place in places
    ]  # fmt: skip
    return Overview([(_short(key), _address("", key)) for key in keys], rows)


def _short(key: str) -> str:
    return key if len(key) == 4 else f"{datetime.date(2000, int(key[5:]), 1):%b}"


def _period_words(period: str) -> str:
    return period if len(period) == 4 else f"{datetime.date(int(period[:4]), int(period[5:]), 1):%B %Y}"


def _address(place: str, period: str) -> str:
    chosen = {name: value for name, value in (("setting", place), ("period", period)) if value}
    return f"?{urlencode(chosen)}"


def _out(wanted: Wanted) -> str:
    if len(wanted.period) == 7:
        return _address(wanted.settings[0] if len(wanted.settings) == 1 else "", wanted.period[:4])
    return "?" if wanted.period or wanted.settings or wanted.years is not None else ""
