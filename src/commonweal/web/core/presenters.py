"""Values as words. Templates show what these return and decide nothing."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from commonweal.charts.base import Chart

LONDON = ZoneInfo("Europe/London")


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
        return "–" if value is None else str(value)

    return [[cell(value) for value in row] for row in chart.rows]
