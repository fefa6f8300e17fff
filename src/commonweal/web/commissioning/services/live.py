"""Live values of measures from the release that serves, through the one reader and its disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import CommonwealError
from commonweal.web.core import releases

if TYPE_CHECKING:
    from commonweal.engine.answers import MeasureRow


@dataclass(frozen=True)
class LiveValue:
    """A measure for the whole system. `level` is None where it may not be shown; `words` always says something.

    `per` is 100 for a share (the level is in points), 1,000 or 1,000,000 for a rate, 1 for an average.
    """

    measure_id: str
    as_at: datetime.date
    release_id: str
    level: float | None
    per: int
    words: str


UNITS = {"percent": 100, "rate_per_million": 1_000_000}
"""The unit in which a target's statistic can be compared with a measure."""


def value(measure_id: str, purpose: str = "planning", place: str = "") -> LiveValue | None:
    """The present value of the system, or of one borough (`place`, its code); None where nothing is released or the measure is not in the release."""
    try:
        reader = releases.reader(purpose)
        release = reader.release()
    except (CommonwealError, ImportError, OSError):
        return None
    return _value(str(settings.STORE.root), release.id, release.as_at, purpose, measure_id, place)


@lru_cache(maxsize=2000)
def _value(
    store: str, release_id: str, as_at: datetime.date, purpose: str, measure_id: str, place: str
) -> LiveValue | None:
    """A release never changes, so an answer from it is kept."""
    try:
        reader = releases.reader(purpose)
        per = int(reader.definition(measure_id).details.get("per") or 100)
        row = _of_place(reader.measure(measure_id, by=_grouping(place), as_at=as_at), place)
    except (CommonwealError, ImportError, OSError):
        return None
    if row is None:
        return None
    if row.value is None:
        return LiveValue(measure_id, as_at, release_id, None, per, "too few people to show")
    level = round(float(row.value), 1)
    unit = {100: "%", 1: ""}.get(per, f" per {per:,}")
    counted = f" ({row.numerator:,.0f} of {row.denominator:,.0f})" if row.numerator and row.denominator else ""
    return LiveValue(measure_id, as_at, release_id, level, per, f"{level:,.1f}{unit}{counted}")


def series(measure_id: str, purpose: str = "planning", place: str = "") -> tuple[tuple[datetime.date, float], ...]:
    """The value of the system, or of one borough, on each date that the release holds, oldest first; dates whose number is hidden are left out."""
    try:
        reader = releases.reader(purpose)
        release = reader.release()
    except (CommonwealError, ImportError, OSError):
        return ()
    return _series(str(settings.STORE.root), release.id, purpose, measure_id, place)


@lru_cache(maxsize=500)
def _series(
    store: str, release_id: str, purpose: str, measure_id: str, place: str
) -> tuple[tuple[datetime.date, float], ...]:
    try:
        reader = releases.reader(purpose)
        over_time = reader.measure_over_time(measure_id, by=_grouping(place))
        rows = [(day, _of_place(found, place)) for day, found in over_time.items()]
    except (CommonwealError, ImportError, OSError):
        return ()
    return tuple((day, round(float(row.value), 1)) for day, row in rows if row is not None and row.value is not None)


def _grouping(place: str) -> str:
    return "borough" if place else "all"


def _of_place(rows: list[MeasureRow], place: str) -> MeasureRow | None:
    """The row of a borough, or of the whole system; a measure in parts shows its first."""
    return next((row for row in rows if row.group_code != "unknown" and place in ("", row.group_code)), None)


def why_not(measure_id: str) -> str:
    """Why the release holds no figure of a measure: its own reason; empty where it holds one or nothing is released."""
    try:
        found = releases.reader("planning").definition(measure_id)
    except (CommonwealError, ImportError, OSError):
        return "no release defines it" if releases.mark() else ""
    return "" if found.computable else (found.reason or "it cannot be computed from the feeds that were loaded")


def measures() -> list[tuple[str, str]]:
    """(id, title) of the measures that the release computes, for a choice."""
    try:
        found = releases.reader("planning").definitions("measure")
    except (CommonwealError, ImportError, OSError):
        return []
    return sorted(((one.id, one.title) for one in found if one.computable), key=lambda pair: pair[1])


def improves(measure_id: str) -> str:
    """``higher_is_better``, ``lower_is_better`` or empty, as the measure declares it."""
    try:
        return str(releases.reader("planning").definition(measure_id).details.get("polarity") or "")
    except (CommonwealError, ImportError, OSError):
        return ""


def counts_people(definition_id: str) -> bool:
    """Whether those whom a register or measure of the release counts are people, so that a list of them can be opened."""
    try:
        found = releases.reader("planning").definition(definition_id)
    except (CommonwealError, ImportError, OSError):
        return False
    if not found.computable or found.kind not in {"register", "measure"}:
        return False
    return found.kind == "register" or (not found.details.get("rows") and int(found.details.get("per") or 100) == 100)


def comparable(statistic: str, found: LiveValue) -> bool:
    """Whether a target in this statistic and the measure are in one unit."""
    return UNITS.get(statistic) == found.per


def title(measure_id: str) -> str:
    """The measure's or register's title in the release, or its id."""
    try:
        return releases.reader("planning").definition(measure_id).title
    except (CommonwealError, ImportError, OSError):
        return measure_id
