"""Live values of measures from the release that serves, through the one reader and its disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from commonweal.errors import CommonwealError
from commonweal.web.core import releases


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


def value(measure_id: str, purpose: str = "planning") -> LiveValue | None:
    """The system's present value; None where nothing is released or the measure is not in the release."""
    try:
        reader = releases.reader(purpose)
        release = reader.release()
        per = int(reader.definition(measure_id).details.get("per") or 100)
        rows = reader.measure(measure_id, by="icb")
    except (CommonwealError, ImportError, OSError):
        return None
    known = [row for row in rows if row.group_code != "unknown"]
    if not known:
        return None
    row = max(known, key=lambda one: one.denominator or 0)
    if row.value is None:
        return LiveValue(measure_id, release.as_at, release.id, None, per, "too few people to show")
    level = round(float(row.value), 1)
    unit = {100: "%", 1: ""}.get(per, f" per {per:,}")
    counted = f" ({row.numerator:,.0f} of {row.denominator:,.0f})" if row.numerator and row.denominator else ""
    return LiveValue(measure_id, release.as_at, release.id, level, per, f"{level:,.1f}{unit}{counted}")


def comparable(statistic: str, found: LiveValue) -> bool:
    """Whether a target in this statistic and the measure are in one unit."""
    return UNITS.get(statistic) == found.per


def title(measure_id: str) -> str:
    """The measure's title in the release, or its id."""
    try:
        for found in releases.reader("planning").definitions("measure"):
            if found.id == measure_id:
                return found.title
    except (CommonwealError, ImportError, OSError):
        pass
    return measure_id
