"""Each forecast method on all lines at once, standing after one month of one year.

Formulas (year to date Y over months 1..m)::

    straight      Y / m × 12
    working_day   Y / working days so far × working days of the year      (elective, outpatients)
    calendar      Y / days so far × days of the year                      (emergency, A&E, critical care)
    seasonal      Y / sum of the shares of months 1..m in past years      (at least three years, without 2020/21 and 2021/22)
    statistical   Y + what exponential smoothing expects of the months left, with an interval
    naive         Y + the same months of last year: the baseline that a method must beat

Year to date is added as whole numbers; an estimate is rounded to whole numbers once, so sums stay exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear, calendar_days, working_days
from commonweal.finance.line_months import LineMonths
from commonweal.finance.smoothing import HALF_WIDTH, LEAST_MONTHS, filled, smoothed

PANDEMIC_YEARS = (FinancialYear(2020), FinancialYear(2021))
SEASONAL_YEARS = 3


@dataclass(frozen=True)
class Standpoint:
    """What is known after month `months` of a year, and nothing later."""

    lines: LineMonths
    year: FinancialYear
    months: int
    seasonal_years: int = SEASONAL_YEARS

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 12:
            raise BadInput("a forecast stands after month 1 to 12", value=self.months)

    @property
    def given(self) -> np.ndarray:
        """Lines × months of this year so far: has it arrived?"""
        return self.lines.known[:, self.lines.place(self.year), : self.months]

    @property
    def to_date(self) -> np.ndarray:
        """Sum of the months of this year that have arrived, by line."""
        return self.lines.amounts[:, self.lines.place(self.year), : self.months].sum(axis=1)

    @property
    def missing(self) -> np.ndarray:
        """Months of this year so far that have not arrived, by line."""
        return self.months - self.given.sum(axis=1)


@dataclass(frozen=True)
class Made:
    """One method's forecast of every line: `outturn`, and `following`, what it holds for the month after (0 after March). Both
    mean nothing where `found` is false: the method lacks the history it needs."""

    found: np.ndarray
    outturn: np.ndarray
    following: np.ndarray
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None


def _spread(at: Standpoint, weights: list[int]) -> Made:
    """Year to date over the weight of the months that it stands on, times a month's weight; exact."""
    seen = at.given @ np.array(weights[: at.months], dtype=np.int64)
    to_date, divisor = at.to_date, np.maximum(seen, 1)
    following = weights[at.months] if at.months < 12 else 0
    return Made(seen > 0, _half_up(to_date * sum(weights), divisor), _half_up(to_date * following, divisor))


def _straight(at: Standpoint) -> Made:
    return _spread(at, [1] * 12)


def _working_day(at: Standpoint) -> Made:
    return _spread(at, [working_days(month) for month in at.year.months])


def _calendar(at: Standpoint) -> Made:
    return _spread(at, [calendar_days(month) for month in at.year.months])


def _seasonal(at: Standpoint) -> Made:
    """By the mean of what share of its year each month was, over past years that are whole and came to more than nothing."""
    past = at.lines.place(at.year)
    amounts, known = at.lines.amounts[:, :past], at.lines.known[:, :past]
    totals = amounts.sum(axis=2)
    ordinary = np.array([year not in PANDEMIC_YEARS for year in at.lines.years[:past]], dtype=bool)
    used = known.all(axis=2) & (totals > 0) & ordinary
    shares = (amounts / np.where(used, totals, 1)[:, :, None] * used[:, :, None]).sum(axis=1)
    shares = shares / np.maximum(used.sum(axis=1), 1)[:, None]
    seen = (shares[:, : at.months] * at.given).sum(axis=1)
    found = (used.sum(axis=1) >= at.seasonal_years) & at.given.any(axis=1) & (seen != 0)
    rate = at.to_date / np.where(found, seen, 1)
    rest = np.where(found, rate * (shares.sum(axis=1) - seen), 0)
    following = shares[:, at.months] * rate if at.months < 12 else np.zeros(len(rate))
    return Made(found, at.to_date + _whole(rest), _whole(np.where(found, following, 0)))


def _statistical(at: Standpoint) -> Made:
    """Smoothing of all months known; a missing month of this year is estimated from its neighbours."""
    amounts, known = at.lines.up_to(at.year, at.months)
    found = (known.sum(axis=1) >= LEAST_MONTHS) & at.given.any(axis=1)
    values = filled(amounts, known)
    gaps = np.where(at.given, 0, values[:, -at.months :]).sum(axis=1)
    whole = at.to_date + _whole(gaps)
    if at.months == 12:
        return Made(found, whole, np.zeros_like(whole), whole, whole)
    start = int(known.any(axis=0).argmax())
    expected = smoothed(values[:, start:], np.logical_or.accumulate(known, axis=1)[:, start:], _days(at)[:, start:])
    middle = _whole(expected.months.sum(axis=1))
    half = _whole(HALF_WIDTH * expected.deviation)
    outturn = whole + middle
    return Made(found, outturn, _whole(expected.months[:, 0]), outturn - half, outturn + half)


def _naive(at: Standpoint) -> Made:
    """What is missing of the year is what it was last year; needs all of those months."""
    place = at.lines.place(at.year)
    wanted = np.ones((len(at.given), 12), dtype=bool)
    wanted[:, : at.months] = ~at.given
    if place == 0:
        nothing = np.zeros_like(at.to_date)
        return Made(nothing.astype(bool), nothing, nothing)
    before, had = at.lines.amounts[:, place - 1], at.lines.known[:, place - 1]
    found: np.ndarray = np.all(had | ~wanted, axis=1) & at.given.any(axis=1)
    following = before[:, at.months] if at.months < 12 else np.zeros_like(at.to_date)
    return Made(found, at.to_date + (before * wanted).sum(axis=1), following)


METHODS: dict[str, Callable[[Standpoint], Made]] = {
    "straight": _straight,
    "working_day": _working_day,
    "calendar": _calendar,
    "seasonal": _seasonal,
    "statistical": _statistical,
    "naive": _naive,
}
"""Every method by its name, in the order in which one of equal error is chosen."""


def made_by(method: str, at: Standpoint) -> Made:
    """One method's forecast of every line. Raises `BadInput` for a name that is no method."""
    if method not in METHODS:
        raise BadInput("no such forecast method", value=method, remedy=f"one of {', '.join(METHODS)}")
    return METHODS[method](at)


def _days(at: Standpoint) -> np.ndarray:
    """Three ways to weigh months (alike, calendar days, working days) × months from the first of the table to March."""
    months = [month for year in at.lines.years if year <= at.year for month in year.months]
    ways = ([1] * len(months), [calendar_days(month) for month in months], [working_days(month) for month in months])
    return np.array(ways, dtype=float)


def _half_up(amounts: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    """Whole numbers, a half away from zero, as `money.half_up`; the divisor is above zero."""
    return np.sign(amounts) * ((2 * np.abs(amounts) + divisor) // (2 * divisor))


def _whole(values: np.ndarray) -> np.ndarray:
    return np.rint(values).astype(np.int64)
