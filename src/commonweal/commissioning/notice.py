"""Notice to providers: six months before the change starts, dated, with the days short said plainly.

The six months are the custom that the source documents follow for changes to contracts; the contract in force at the date is
the authority, so the length is an argument. A shorter notice is not refused: it needs the provider's agreement.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

NOTICE_MONTHS = 6


@dataclass(frozen=True)
class NoticeCheck:
    """Whether notice was given in time. `days_short` is 0 when it was."""

    starts: date
    latest_notice: date
    given: date | None
    days_short: int
    words: str


def months_before(day: date, months: int) -> date:
    """The same day of the month `months` earlier, or that month's last day (31 August less six is 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def check_notice(starts: date, *, given: date | None, as_at: date, months: int = NOTICE_MONTHS) -> NoticeCheck:
    """Compare the notice given, or today if none is given yet, with the latest day it could be given."""
    latest = months_before(starts, months)
    compared = given or as_at
    short = max((compared - latest).days, 0)
    if given is None and short == 0:
        words = f"Notice is due by {latest:%-d %B %Y}: {_days((latest - as_at).days)} left."
    elif given is None:
        words = (
            f"Notice was due by {latest:%-d %B %Y}: {_days(short)} late and not given. The provider must agree to less."
        )
    elif short:
        words = f"Notice given {given:%-d %B %Y}, {_days(short)} after {latest:%-d %B %Y}: the provider must agree to less notice."
    else:
        words = f"Notice given {given:%-d %B %Y}, in time (latest {latest:%-d %B %Y})."
    return NoticeCheck(starts, latest, given, short, words)


def year_starts(year: str) -> date | None:
    """1 April that opens a financial year (``2020/21``, ``2017/18-2018/19`` takes the first); None if it names none."""
    first = year.split("-")[0].strip()
    if len(first) != 7 or first[4] != "/" or not (first[:4].isdigit() and first[5:].isdigit()):
        return None
    start = int(first[:4])
    return date(start, 4, 1) if int(first[5:]) == (start + 1) % 100 else None
