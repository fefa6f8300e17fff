"""Forecast outturn of lines for one financial year, by several methods, the one used chosen by back-test and said so.

The formulas stand in `forecast_methods`. All lines are forecast in one computation (`chosen_for`); `chosen`, `forecast` and
`back_test` are the same for one line.

Amounts are whole numbers (pence, or units of activity). A month that is missing (a feed gap) is None, never zero: each
method then estimates it, and `Forecast.says` tells how many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.forecast_methods import METHODS as BY_NAME
from commonweal.finance.forecast_methods import SEASONAL_YEARS, Made, Standpoint, made_by
from commonweal.finance.line_months import Amounts, LineMonths

METHODS = tuple(BY_NAME)
LEAST_TESTS = 2
CALENDAR_PODS = ("AE", "NEL", "UNBACC", "UNBPCC", "UNBNCC")


@dataclass(frozen=True)
class Forecast:
    """`outturn` for the year; `following`, what it holds for the month after (0 after March); `lower` and `upper` hold 80 %
    where the method can tell, else None."""

    method: str
    outturn: int
    to_date: int
    following: int = 0
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
        """The errors of these years alone."""
        return [error for year, error in self.errors if year in years]

    @property
    def tests(self) -> int:
        """Years that the method could be tested on."""
        return len(self.errors)

    @property
    def error(self) -> float | None:
        """Mean absolute error over every year that the method could be tested on."""
        return sum(abs(error) for _, error in self.errors) / self.tests if self.errors else None


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
    at = Standpoint(LineMonths.of([history], year), year, months, seasonal_years)
    return _written(method, made_by(method, at), at)[0]


def chosen(
    history: Amounts, year: FinancialYear, months: int, *, pod: str = "", seasonal_years: int = SEASONAL_YEARS
) -> Chosen:
    """The forecast of the method with the least back-test error on this line's own past years.

    Where fewer than two past years can be tested, the method is the rule for the POD: calendar days for emergencies, A&E and
    critical care, working days for everything else.
    """
    return chosen_for([history], year, months, [pod], seasonal_years=seasonal_years)[0]


def chosen_for(
    histories: Sequence[Amounts],
    year: FinancialYear,
    months: int,
    pods: Sequence[str],
    *,
    seasonal_years: int = SEASONAL_YEARS,
) -> list[Chosen]:
    """`chosen` for many lines at once, in their order. Raises `BadInput` where a line has no month of this year."""
    lines = LineMonths.of(histories, year)
    at = Standpoint(lines, year, months, seasonal_years)
    if not at.given.any(axis=1).all():
        raise BadInput("no month of this year has arrived", value=str(year), remedy="load a month, or use the plan")
    made = {method: _written(method, made_by(method, at), at) for method in METHODS}
    years, errors = _errors(lines, year, months, METHODS, seasonal_years)
    scores, tested_on = _scores(errors, np.array([[one is not None for one in made[m]] for m in METHODS]))
    tests = _back_tests(METHODS, years, errors)
    best = np.where(np.isnan(scores), np.inf, scores).argmin(axis=0)
    found = []
    for line, pod in enumerate(pods):
        if tested_on[line] >= LEAST_TESTS:
            score = dict(zip(METHODS, scores[:, line].tolist(), strict=True))
            method, because = _best_by_test(METHODS[best[line]], score, int(tested_on[line]))
        else:
            method, because = _rule_of_pod(pod)
        by_method = {name: one for name in METHODS if (one := made[name][line]) is not None}
        others = tuple(one for name, one in by_method.items() if name != method)
        found.append(Chosen(by_method[method], because, others, tests[line]))
    return found


def back_test(
    history: Amounts,
    year: FinancialYear,
    months: int,
    *,
    methods: Sequence[str] = METHODS,
    seasonal_years: int = SEASONAL_YEARS,
) -> tuple[BackTest, ...]:
    """Each method on every complete earlier year, standing after the same month and using only what was known then."""
    return back_tests([history], year, months, methods=methods, seasonal_years=seasonal_years)[0]


def back_tests(
    histories: Sequence[Amounts],
    year: FinancialYear,
    months: int,
    *,
    methods: Sequence[str] = METHODS,
    seasonal_years: int = SEASONAL_YEARS,
) -> list[tuple[BackTest, ...]]:
    """`back_test` of many lines at once, in their order."""
    years, errors = _errors(LineMonths.of(histories, year), year, months, methods, seasonal_years)
    return _back_tests(methods, years, errors)


def common_years(tests: Sequence[BackTest]) -> set[FinancialYear]:
    """The years on which every one of these methods was tested: only on them are methods compared."""
    if not tests:
        return set()
    return set.intersection(*({year for year, _ in test.errors} for test in tests))


def _errors(
    lines: LineMonths, year: FinancialYear, months: int, methods: Sequence[str], seasonal_years: int
) -> tuple[list[FinancialYear], np.ndarray]:
    """The earlier years that are complete in any line, and errors (methods × years × lines), not a number where none can be had."""
    complete = np.all(lines.known, axis=2)
    outturn = lines.amounts.sum(axis=2)
    years = [past for past in lines.years if past < year and complete[:, lines.place(past)].any()]
    errors = np.full((len(methods), len(years), len(lines.amounts)), np.nan)
    for step, past in enumerate(years):
        at = Standpoint(lines, past, months, seasonal_years)
        came_to = outturn[:, lines.place(past)]
        usable = complete[:, lines.place(past)] & (came_to != 0)
        for place, method in enumerate(methods):
            made = made_by(method, at)
            error = (made.outturn - came_to) / np.abs(np.where(usable, came_to, 1))
            errors[place, step] = np.where(made.found & usable, error, np.nan)
    return years, errors


def _scores(errors: np.ndarray, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean absolute error (methods × lines) on the years that all methods with two tests or more share, and how many those are."""
    tested: np.ndarray = np.isfinite(errors)
    enough: np.ndarray = np.greater_equal(tested.sum(axis=1), LEAST_TESTS)
    common = np.all(tested | ~enough[:, None], axis=0) & enough.any(axis=0)
    years = common.sum(axis=0)
    total = np.where(common & tested, np.abs(np.nan_to_num(errors)), 0).sum(axis=1)
    return np.where(enough & made, total / np.maximum(years, 1), np.nan), years


def _back_tests(
    methods: Sequence[str], years: Sequence[FinancialYear], errors: np.ndarray
) -> list[tuple[BackTest, ...]]:
    return [
        tuple(
            BackTest(
                method,
                tuple((year, error) for year, error in zip(years, row, strict=True) if error == error),
            )
            for method, row in zip(methods, of_line, strict=True)
        )
        for of_line in errors.transpose(2, 0, 1).tolist()
    ]


def _best_by_test(method: str, scores: dict[str, float], years: int) -> tuple[str, str]:
    because = f"least error on back-tests of this line in {years} years: {100 * scores[method]:.1f} %"
    if method != "naive" and scores["naive"] == scores["naive"]:
        because += f" (naive {100 * scores['naive']:.1f} %)"
    return method, because


def _rule_of_pod(pod: str) -> tuple[str, str]:
    if pod.startswith(CALENDAR_PODS):
        rule = "calendar", "calendar days, the rule for emergencies, A&E and critical care"
    else:
        rule = "working_day", "working days, the rule for its point of delivery"
    return rule[0], f"too few past years to test on; {rule[1]}"


def _written(method: str, made: Made, at: Standpoint) -> list[Forecast | None]:
    """One method's forecasts, line by line; None where it has none."""
    none = [None] * len(made.found)
    columns = (
        made.found.tolist(), made.outturn.tolist(), made.following.tolist(), at.to_date.tolist(), at.missing.tolist(),
        none if made.lower is None else made.lower.tolist(), none if made.upper is None else made.upper.tolist(),
    )  # fmt: skip
    return [
        Forecast(method, outturn, to_date, following, lower, upper, missing, _says(missing, lower is not None))
        if found
        else None
        for found, outturn, following, to_date, missing, lower, upper in zip(*columns, strict=True)
    ]


def _says(missing: int, has_interval: bool) -> str:
    gap = f"{missing} missing month{'s' if missing > 1 else ''} estimated" if missing else ""
    return "; ".join(text for text in ("interval holds 80 %" if has_interval else "", gap) if text)
