"""Values as words. Templates show what these return and decide nothing."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from commonweal.charts.base import Chart
    from commonweal.errors import CommonwealError

LONDON = ZoneInfo("Europe/London")
_ISO = re.compile(r"\b([12]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?\b")


def date_words(value: datetime.date | None) -> str:
    """``3 March 2026``; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, datetime.datetime):
        value = value.astimezone(LONDON).date() if value.tzinfo else value.date()
    return f"{value.day} {value:%B %Y}"


def short_date_words(value: datetime.date | None) -> str:
    """``3 Mar 2026`` for a table, which never breaks over two lines; a dash where there is none."""
    return "–" if value is None else f"{value.day}\N{NO-BREAK SPACE}{value:%b}\N{NO-BREAK SPACE}{value:%Y}"


def moment_words(value: datetime.datetime | None) -> str:
    """``3 March 2026 at 2:05pm``, local time; a time without a zone is UTC."""
    if value is None:
        return "–"
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    local = value.astimezone(LONDON)
    hour = local.hour % 12 or 12
    return f"{date_words(local.date())} at {hour}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def period_words(text: str) -> str:
    """A document's own day, month or span, ``2019-09 to 2019-10``, in words: ``September 2019 to October 2019``.

    What is no ISO date in it (``2019/20``, ``Quarter 2``) is left as it is.
    """
    return _ISO.sub(_moment, text)


def _moment(found: re.Match[str]) -> str:
    year, month, day = int(found[1]), int(found[2]), found[3]
    try:
        moment = datetime.date(year, month, int(day or 1))
    except ValueError:  # the thirty-first of a short month is a slip of the source, and is shown as it came
        return found[0]
    return date_words(moment) if day else f"{moment:%B %Y}"


FEEDS = {
    "asc": "Adult social care", "contract_monitoring": "Contract monitoring", "csds": "Community services",
    "ers": "Electronic referrals", "fhir": "FHIR records", "hes": "Hospital episodes", "mhsds": "Mental health services", "olids": "GP records",
    "pds": "Patient demographics", "programme_members": "Programme members", "sus": "Hospital activity",
    "synthea": "Synthea records", "wlmds": "Waiting lists",
}  # fmt: skip


def feed_name(feed: str) -> str:
    """``GP records``: what people call a feed."""
    return FEEDS.get(feed, feed)


def number_words(value: float | int | str | None, places: int = 0) -> str:
    """``12,345``; a dash where there is none; text (such as ``*`` for a small number) is left as it is."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.{places}f}" if isinstance(value, float) else f"{value:,}"


def percent_words(value: float | None, places: int = 1) -> str:
    """A proportion from 0 to 1 as ``61.8%``."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value * 100:.{places}f}%"


def error_words(error: CommonwealError) -> str:
    """What went wrong and what to do, as sentences for a form: ``That is too many people at once. Send at most 2,000``."""
    parts = filter(None, (error.message, error.remedy))
    return ". ".join(part[:1].upper() + part[1:] for part in parts)


def plural_words(count: int, one: str, many: str = "") -> str:
    """``1 person``, ``2 people``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def nhs_number_words(value: str | None) -> str:
    """Ten digits as 3-3-4, the way that NHS screens show them."""
    if not value:
        return "not known"
    return f"{value[:3]} {value[3:6]} {value[6:]}" if len(value) == 10 else value


def chart_columns(chart: Chart) -> list[tuple[str, bool]]:
    """A chart's columns with whether each holds numbers."""
    return [
        (
            name,
            bool(chart.rows) and all(isinstance(row[place], int | float) or row[place] is None for row in chart.rows),
        )
        for place, name in enumerate(chart.columns)
    ]


def chart_rows(chart: Chart) -> list[list[str]]:
    """A chart's rows as text: dates in words, numbers to two places at most."""

    def cell(value: object) -> str:
        if isinstance(value, datetime.date):
            return date_words(value)
        if isinstance(value, float):
            return "–" if value != value else f"{value:,.2f}".rstrip("0").rstrip(".")
        if isinstance(value, str) and _ISO.fullmatch(value):  # a chart that was kept holds its days as text
            return period_words(value)
        return "–" if value is None else str(value)

    return [[cell(value) for value in row] for row in chart.rows]
