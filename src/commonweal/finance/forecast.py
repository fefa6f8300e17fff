"""Forecast outturn of one line for one financial year, by several methods, the one used chosen by back-test and said so.

Formulas (year to date Y over months 1..m)::

    straight      Y / m × 12
    working_day   Y / working days so far × working days of the year      (elective, outpatients)
    calendar      Y / days so far × days of the year                      (emergency, A&E, critical care)
    seasonal      Y / sum of the shares of months 1..m in past years      (at least three years, without 2020/21 and 2021/22)
    statistical   Y + what exponential smoothing expects of the months left, with an interval
    naive         Y + the same months of last year: the baseline that a method must beat

Amounts are whole numbers (pence, or units of activity). A month that is missing (a feed gap) is None, never zero: each
method then estimates it, and `Forecast.says` tells how many.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear, calendar_days, month_number, working_days
from commonweal.finance.money import half_up
from commonweal.finance.smoothing import smoothed_rest

Amounts = Mapping[date, int | None]
"""First day of month → amount; None (or absent inside the range) where the month has not arrived."""

PANDEMIC_YEARS = (FinancialYear(2020), FinancialYear(2021))
SEASONAL_YEARS = 3
LEAST_TESTS = 2
METHODS = ("straight", "working_day", "calendar", "seasonal", "statistical", "naive")
CALENDAR_PODS = ("AE", "NEL", "UNBACC", "UNBPCC", "UNBNCC")


@dataclass(frozen=True)
class Forecast:
    """`outturn` for the year; `lower` and `upper` hold 80 % where the method can tell, else None."""

    method: str
    outturn: int
    to_date: int
    lower: int | None = None
    upper: int | None = None
    missing_months: int = 0
    says: str = ""


@dataclass(frozen=True)
class BackTest:
    """How one method would have done: error of each past year's outturn, as a share of it (positive: forecast too high)."""

    method: str
    errors: tuple[tuple[FinancialYear, float], ...]

    def on(self, years: Collection[FinancialYear]) -> list[float]:
        return [error for year, error in self.errors if year in years]

    @property
    def tests(self) -> int:
        return len(self.errors)

    @property
    def error(self) -> float | None:
        """Mean absolute error over every year that the method could be tested on."""
        return _mean([abs(error) for _, error in self.errors])


@dataclass(frozen=True)
class Chosen:
    """The forecast that is used, why, and every other method beside it."""

    forecast: Forecast
    because: str
    others: tuple[Forecast, ...]
    tests: tuple[BackTest, ...]


def forecast(
    history: Amounts, year: FinancialYear, months: int, method: str, *, seasonal_years: int = SEASONAL_YEARS
) -> Forecast | None:
    """The year's outturn from what is known after `months` months; None where the method lacks the history it needs.

    Months of the year after `months` are ignored even if they are in `history`: a back-test passes the whole series.
    """
    if not 1 <= months <= 12:
        raise BadInput("a forecast stands after month 1 to 12", value=months)
    known = {month: history.get(month) for month in year.months[:months]}
    given = {month: amount for month, amount in known.items() if amount is not None}
    to_date, missing = sum(given.values()), months - len(given)
    if not given:
        return None
    past = {month: amount for month, amount in history.items() if month < year.first_day and amount is not None}
    if method == "statistical":
        return _statistical({**past, **given}, year, months, to_date, missing)
    if method == "naive":
        return _naive(past, year, given, to_date, missing)
    weights = _weights(method, past, year, seasonal_years)
    if weights is None:
        return None
    seen = sum(weights[month] for month in given)
    if seen == 0:
        return None
    outturn = half_up(Fraction(to_date) / seen * sum(weights.values()))
    return Forecast(method, outturn, to_date, missing_months=missing, says=_gap(missing))


def expected_next(history: Amounts, year: FinancialYear, made: Forecast, months: int) -> int:
    """What a forecast that stood after `months` months held for the month after: by its own weights, or last year's same
    month; the smoothing's rest of the year is taken evenly. Nothing after March."""
    if months >= 12:
        return 0
    given = {month: history[month] or 0 for month in year.months[:months] if history.get(month) is not None}
    past = {month: amount for month, amount in history.items() if month < year.first_day and amount is not None}
    following = year.month(months + 1)
    if made.method == "naive":
        return past.get(FinancialYear(year.start - 1).month(months + 1), 0)
    if made.method == "statistical":
        return half_up(Fraction(made.outturn - sum(given.values()), 12 - len(given)))
    weights = _weights(made.method, past, year, SEASONAL_YEARS)
    seen = sum(weights[month] for month in given) if weights else 0
    return half_up(Fraction(sum(given.values())) / seen * weights[following]) if weights and seen else 0


def chosen(
    history: Amounts, year: FinancialYear, months: int, *, pod: str = "", seasonal_years: int = SEASONAL_YEARS
) -> Chosen:
    """The forecast of the method with the least back-test error on this line's own past years.

    Where fewer than two past years can be tested, the method is the rule for the POD: calendar days for emergencies, A&E and
    critical care, working days for everything else.
    """
    made = {
        method: found
        for method in METHODS
        if (found := forecast(history, year, months, method, seasonal_years=seasonal_years)) is not None
    }
    if not made:
        raise BadInput("no month of this year has arrived", value=str(year), remedy="load a month, or use the plan")
    tests = back_test(history, year, months, seasonal_years=seasonal_years)
    years = common_years([test for test in tests if test.tests >= LEAST_TESTS])
    if len(years) >= LEAST_TESTS:
        scores = {
            test.method: _mean([abs(error) for error in test.on(years)]) or 0.0
            for test in tests
            if test.tests >= LEAST_TESTS and test.method in made
        }
        best = min(scores, key=lambda method: (scores[method], METHODS.index(method)))
        because = f"least error on back-tests of this line in {len(years)} years: {100 * scores[best]:.1f} %"
        if "naive" in scores and best != "naive":
            because += f" (naive {100 * scores['naive']:.1f} %)"
        used = made[best]
    else:
        calendar = any(pod.startswith(code) for code in CALENDAR_PODS)
        used = made["calendar" if calendar else "working_day"]
        because = "too few past years to test on; " + (
            "calendar days, the rule for emergencies, A&E and critical care"
            if calendar
            else "working days, the rule for its point of delivery"
        )
    others = tuple(made[method] for method in METHODS if method in made and method != used.method)
    return Chosen(used, because, others, tests)


def back_test(
    history: Amounts,
    year: FinancialYear,
    months: int,
    *,
    methods: Sequence[str] = METHODS,
    seasonal_years: int = SEASONAL_YEARS,
) -> tuple[BackTest, ...]:
    """Each method on every complete earlier year, standing after the same month and using only what was known then."""
    starts = sorted({FinancialYear.of(month) for month in history if month < year.first_day})
    complete = [past for past in starts if all(history.get(month) is not None for month in past.months)]
    results = []
    for method in methods:
        errors: list[tuple[FinancialYear, float]] = []
        for past in complete:
            outturn = sum(history[month] or 0 for month in past.months)
            known = {month: amount for month, amount in history.items() if month <= past.last_day}
            made = forecast(known, past, months, method, seasonal_years=seasonal_years)
            if made is not None and outturn != 0:
                errors.append((past, (made.outturn - outturn) / abs(outturn)))
        results.append(BackTest(method, tuple(errors)))
    return tuple(results)


def common_years(tests: Sequence[BackTest]) -> set[FinancialYear]:
    """The years on which every one of these methods was tested: only on them are methods compared."""
    if not tests:
        return set()
    return set.intersection(*({year for year, _ in test.errors} for test in tests))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _weights(
    method: str, past: Mapping[date, int], year: FinancialYear, seasonal_years: int
) -> dict[date, Fraction] | None:
    """What each month of the year weighs under a method that spreads the year to date."""
    by_day: dict[str, Callable[[date], int]] = {
        "straight": lambda _: 1,
        "working_day": working_days,
        "calendar": calendar_days,
    }
    if method in by_day:
        return {month: Fraction(by_day[method](month)) for month in year.months}
    if method != "seasonal":
        raise BadInput("no such forecast method", value=method, remedy=f"one of {', '.join(METHODS)}")
    years = sorted({FinancialYear.of(month) for month in past} - set(PANDEMIC_YEARS))
    full = [held for held in years if all(month in past for month in held.months)]
    totals = {held: sum(past[month] for month in held.months) for held in full}
    used = [held for held in full if totals[held] > 0]
    if len(used) < seasonal_years:
        return None
    return {
        month: sum((Fraction(past[held.month(month_number(month))], totals[held]) for held in used), Fraction(0))
        / len(used)
        for month in year.months
    }


def _naive(
    past: Mapping[date, int], year: FinancialYear, given: Mapping[date, int], to_date: int, missing: int
) -> Forecast | None:
    before = FinancialYear(year.start - 1)
    wanted = [before.month(number) for number in range(1, 13) if year.month(number) not in given]
    if any(month not in past for month in wanted):
        return None
    outturn = to_date + sum(past[month] for month in wanted)
    return Forecast("naive", outturn, to_date, missing_months=missing, says=_gap(missing))


def _statistical(
    known: Mapping[date, int], year: FinancialYear, months: int, to_date: int, missing: int
) -> Forecast | None:
    rest = smoothed_rest(known, year.months[:months], year.months[months:])
    if rest is None:
        return None
    middle, lower, upper = rest
    says = "; ".join(text for text in ("interval holds 80 %", _gap(missing)) if text)
    return Forecast("statistical", to_date + middle, to_date, to_date + lower, to_date + upper, missing, says)


def _gap(missing: int) -> str:
    return f"{missing} missing month{'s' if missing > 1 else ''} estimated" if missing else ""
