"""Live values of measures from the release that serves, through the one reader and its disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from commonweal.errors import CommonwealError
from commonweal.web.core import releases


@dataclass(frozen=True)
class LiveValue:
    """A measure for the whole system. `percent` is None where the numbers may not be shown; `words` always says something."""

    measure_id: str
    as_at: datetime.date
    release_id: str
    percent: float | None
    words: str


def value(measure_id: str, purpose: str = "planning") -> LiveValue | None:
    """The system's present value; None where nothing is released or the measure is not in the release."""
    try:
        reader = releases.reader(purpose)
        release = reader.release()
        rows = reader.measure(measure_id, by="icb")
    except (CommonwealError, ImportError, OSError):
        return None
    known = [row for row in rows if row.group_code != "unknown"]
    if not known:
        return None
    row = max(known, key=lambda one: one.denominator or 0)
    if row.value is None:
        return LiveValue(measure_id, release.as_at, release.id, None, "too few people to show")
    percent = round(float(row.value), 1)
    return LiveValue(
        measure_id,
        release.as_at,
        release.id,
        percent,
        f"{percent:.1f}% ({row.numerator:,.0f} of {row.denominator:,.0f} people)",
    )


def title(measure_id: str) -> str:
    """The measure's title in the release, or its id."""
    try:
        for found in releases.reader("planning").definitions("measure"):
            if found.id == measure_id:
                return found.title
    except (CommonwealError, ImportError, OSError):
        pass
    return measure_id
