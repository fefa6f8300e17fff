"""The NHS financial year: months 1 to 12 from April, working days in England, calendar days.

A ledger may hold a thirteenth period: adjustments after month 12. It belongs to its year and to no month, so it has no
days and no forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from commonweal.errors import BadInput

MONTHS = 12
CLOSING_PERIOD = 13


@dataclass(frozen=True, order=True)
class FinancialYear:
    """The year that starts on 1 April of `start`: 2025 is 2025/26."""

    start: int

    @classmethod
    def of(cls, day: date) -> FinancialYear:
        """The year that holds a day."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> FinancialYear:
        """From ``2025/26`` or ``2025-26``."""
        head, _, tail = text.strip().replace("-", "/").partition("/")
        if not (head.isdigit() and tail.isdigit() and len(head) == 4 and int(tail) == (int(head) + 1) % 100):
            raise BadInput("this is not a financial year", value=text, remedy="write it as 2025/26")
        return cls(int(head))

    def __str__(self) -> str:
        return f"{self.start}/{(self.start + 1) % 100:02d}"

    @property
    def first_day(self) -> date:
        """1 April."""
        return date(self.start, 4, 1)

    @property
    def last_day(self) -> date:
        """31 March."""
        return date(self.start + 1, 3, 31)

    def month(self, number: int) -> date:
        """First day of financial month `number` (1 is April)."""
        if not 1 <= number <= MONTHS:
            raise BadInput("a financial year has twelve months", value=number)
        return month_after(self.first_day, number - 1)

    @property
    def months(self) -> tuple[date, ...]:
        """First days of its months, April first."""
        return _months_of(self.start)

    @property
    def days(self) -> int:
        """365, or 366 where it holds a 29 February."""
        return (self.last_day - self.first_day).days + 1


@cache
def _months_of(start: int) -> tuple[date, ...]:
    return tuple(month_after(date(start, 4, 1), step) for step in range(MONTHS))


def month_number(day: date) -> int:
    """Financial month of a date: April is 1."""
    return (day.month - 4) % 12 + 1


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month `count` months later (earlier if negative)."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """Every month from `first` to `last`, both included; empty where `last` comes before."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return tuple(month_after(first_of_month(first), step) for step in range(count + 1))


def calendar_days(month: date) -> int:
    """Days in a month."""
    return (month_after(month) - first_of_month(month)).days


@cache
def working_days(month: date) -> int:
    """Days from Monday to Friday of the month that are not bank holidays in England."""
    closed = bank_holidays(month.year)
    first = first_of_month(month)
    days = (first + timedelta(days=step) for step in range(calendar_days(month)))
    return sum(day.weekday() < 5 and day not in closed for day in days)


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays in England in one calendar year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def add_working_days(start: date, count: int) -> date:
    """The day that is `count` working days after `start` (the day of `start` itself is not counted)."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in bank_holidays(day.year):
            count -= 1
    return day


@dataclass(frozen=True)
class PeriodDays:
    """One row of the table that finance teams keep: days of one financial month."""

    year: str
    month_number: int
    month: date
    calendar_days: int
    working_days: int


def days_table(year: FinancialYear) -> tuple[PeriodDays, ...]:
    """Calendar and working days of each month of a financial year, April first."""
    return tuple(
        PeriodDays(str(year), number, month, calendar_days(month), working_days(month))
        for number, month in enumerate(year.months, start=1)
    )
