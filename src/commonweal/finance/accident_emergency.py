"""52 real months of A&E attendances by trust (April 2021 to July 2025): the series that forecasts are tested on."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from commonweal.finance.calendar import FinancialYear
from commonweal.finance.forecast import METHODS, back_tests, common_years

MONTHS = 52
SEASONAL_YEARS_HERE = 2
"""Only 2022/23 and 2023/24 lie outside the pandemic before the last known outturn, so the seasonal method is tested here
with two years of shares and not with the three that it has in use."""


@dataclass(frozen=True)
class MethodError:
    """Over trusts, on the years that every method could be tested on: error of the year's outturn, as shares of it."""

    method: str
    forecasts: int
    error: float
    bias: float
    worst: float


@cache
def attendances() -> dict[str, dict[date, int]]:
    """Trust → month → attendances, for trusts that reported every month and saw people in each."""
    packed = (
        resources.files("commonweal.finance").joinpath("data/trust_accident_emergency_2021_2025.csv.gz").read_bytes()
    )
    series: dict[str, dict[date, int]] = {}
    for row in csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8"))):
        series.setdefault(row["trust"], {})[date.fromisoformat(row["month"])] = int(row["attendances"])
    return {trust: held for trust, held in series.items() if len(held) == MONTHS and all(held.values())}


def errors_by_method(
    months: int = 6, trusts: tuple[str, ...] = (), methods: tuple[str, ...] = METHODS
) -> list[MethodError]:
    """Each method's error standing after month `months`, over the given trusts (none: all). The seasonal method can be
    tested on one year only (2024/25); its row says how many forecasts it stands on."""
    year = FinancialYear(2025)
    found: dict[str, list[float]] = {}
    held = attendances()
    series = [held[trust] for trust in trusts or tuple(sorted(held))]
    for tests in back_tests(series, year, months, methods=methods, seasonal_years=SEASONAL_YEARS_HERE):
        years = common_years([test for test in tests if test.method != "seasonal"])
        for test in tests:
            found.setdefault(test.method, []).extend(test.on(years))
    return [
        MethodError(
            method=method,
            forecasts=len(errors),
            error=sum(abs(error) for error in errors) / len(errors),
            bias=sum(errors) / len(errors),
            worst=max(abs(error) for error in errors),
        )
        for method, errors in found.items()
        if errors
    ]
