"""Dates: the one definition of a month, a year and an age, which every engine follows.

A whole month has passed when the same day of a later month is reached; a whole year when the same day and month of a
later year is. Somebody born on 29 February therefore reaches each age on 1 March of a year that has no 29 February.
Adding months keeps the day of the month, or takes the last day of a shorter month.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def add_months(start: date, months: int) -> date:
    """`start` moved by whole months; the 31st becomes the last day of a shorter month."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def add(start: date, *, days: int = 0, months: int = 0) -> date:
    """`start` moved by months, then by days."""
    return add_months(start, months) + timedelta(days=days)


def days_between(start: date, end: date) -> int:
    """Days from `start` to `end`; negative where `end` is earlier."""
    return (end - start).days


def months_between(start: date, end: date) -> int:
    """Whole months from `start` to `end`, rounded down."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def years_between(start: date, end: date) -> int:
    """Whole years from `start` to `end`, rounded down: an age, where `start` is a date of birth."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
