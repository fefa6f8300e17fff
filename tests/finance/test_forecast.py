"""Completion factors and forecasts: the printed formulas by hand, the choice by back-test, and the real months of A&E."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance import smoothing
from commonweal.finance.accident_emergency import attendances, errors_by_method
from commonweal.finance.calendar import FinancialYear, calendar_days, month_after, working_days
from commonweal.finance.completion import ALL, Cut, back_test, completed, learnt
from commonweal.finance.forecast import back_test as forecast_back_test
from commonweal.finance.forecast import chosen, chosen_for, forecast
from commonweal.finance.forecast_methods import Standpoint, made_by
from commonweal.finance.line_months import LineMonths
from commonweal.finance.money import half_up

YEAR = FinancialYear(2025)


def months_from(first, values):
    return {month_after(first, place): value for place, value in enumerate(values) if value is not None}


def test_each_formula_by_hand():
    four = months_from(date(2025, 4, 1), [100, 110, 120, 130])
    assert forecast(four, YEAR, 4, "straight").outturn == 460 * 3
    # Working days 2025/26: 20 + 20 + 21 + 23 of 253; calendar days 122 of 365.
    assert forecast(four, YEAR, 4, "working_day").outturn == round(460 / 84 * 253)
    assert forecast(four, YEAR, 4, "calendar").outturn == round(460 / 122 * 365)
    assert forecast(four, YEAR, 4, "seasonal") is None
    assert forecast(four, YEAR, 4, "naive") is None


def test_seasonal_uses_three_years_and_leaves_the_pandemic_out():
    shape = [10, 10, 10, 10, 10, 10, 10, 10, 20, 20, 20, 20]
    history = {}
    for start in (2019, 2020, 2021, 2022, 2023, 2024):
        wild = start in (2020, 2021)
        history |= months_from(date(start, 4, 1), [500] * 12 if wild else shape)
    history |= months_from(date(2025, 4, 1), [10] * 6)
    assert forecast(history, YEAR, 6, "seasonal").outturn == 160
    del history[date(2019, 4, 1)]
    history = {month: value for month, value in history.items() if month >= date(2022, 4, 1)}
    assert forecast(history, YEAR, 6, "seasonal").outturn == 160
    history = {month: value for month, value in history.items() if month >= date(2023, 4, 1)}
    assert forecast(history, YEAR, 6, "seasonal") is None


def test_a_missing_month_is_estimated_and_said_and_zero_is_a_figure():
    gap = months_from(date(2025, 4, 1), [100, None, 100, 100])
    made = forecast(gap, YEAR, 4, "straight")
    assert (made.outturn, made.to_date, made.missing_months) == (1200, 300, 1)
    assert "1 missing month estimated" in made.says
    zero = months_from(date(2025, 4, 1), [100, 0, 100, 100])
    assert forecast(zero, YEAR, 4, "straight").outturn == 900
    assert forecast({}, YEAR, 4, "straight") is None
    with pytest.raises(BadInput, match="no month of this year"):
        chosen({}, YEAR, 4)


def test_a_thirteenth_month_belongs_to_the_next_year():
    months = months_from(date(2024, 4, 1), [100] * 13)
    assert forecast(months, FinancialYear(2024), 12, "straight").outturn == 1200
    assert forecast(months, YEAR, 1, "straight").outturn == 1200
    with pytest.raises(BadInput, match="month 1 to 12"):
        forecast(months, YEAR, 13, "straight")


def test_without_a_past_the_rule_of_the_pod_is_used_and_said():
    four = months_from(date(2025, 4, 1), [100, 110, 120, 130])
    emergency, elective = chosen(four, YEAR, 4, pod="NEL"), chosen(four, YEAR, 4, pod="EL")
    assert (emergency.forecast.method, elective.forecast.method) == ("calendar", "working_day")
    assert "too few past years" in emergency.because


def test_the_choice_follows_the_line():
    """A line that moves exactly with working days is forecast by working days; with calendar days, by those."""
    first, last = date(2021, 4, 1), date(2025, 9, 1)
    for rate, method in ((working_days, "working_day"), (calendar_days, "calendar")):
        line, month = {}, first
        while month <= last:
            line[month] = rate(month) * 1_000
            month = month_after(month)
        made = chosen(line, YEAR, 6)
        assert made.forecast.method == method
        assert made.forecast.outturn == sum(rate(month) * 1_000 for month in YEAR.months)
        assert "least error on back-tests of this line in 3 years: 0.0 %" in made.because
        assert {other.method for other in made.others} >= {"straight", "statistical", "naive"}


def test_a_back_test_never_sees_the_year_it_forecasts():
    """Changing what happened after the standpoint changes the error, not the forecast that was made."""
    trust = attendances()["RYJ"]
    altered = {month: amount * 3 if month >= date(2024, 12, 1) else amount for month, amount in trust.items()}
    for method in ("straight", "statistical", "naive"):
        whole = forecast(trust, FinancialYear(2024), 8, method)
        assert forecast(altered, FinancialYear(2024), 8, method) == whole


def test_back_test_on_the_real_months_of_a_e():
    held = attendances()
    assert len(held) == 134
    assert held["RYJ"][date(2021, 4, 1)] == 20_513
    assert sum(len(series) for series in held.values()) == 134 * 52
    found = {item.method: item for item in errors_by_method(6, ("R1K", "RAS", "RQM", "RYJ"))}
    assert {item.forecasts for name, item in found.items() if name != "seasonal"} == {12}
    # Imperial (RYJ), 2024/25 by hand: first six months over 6 × 12, against the year's outturn.
    year = FinancialYear(2024)
    outturn = sum(held["RYJ"][month] for month in year.months)
    straight = sum(held["RYJ"][month] for month in year.months[:6]) * 2
    (test,) = forecast_back_test(held["RYJ"], YEAR, 6, methods=["straight"])
    assert dict(test.errors)[year] == pytest.approx((straight - outturn) / outturn)
    assert found["working_day"].error < found["naive"].error


def test_the_interval_of_the_statistical_method_holds_four_fifths_of_outturns():
    """80 % intervals on 67 trusts, three years each. Nothing about the width was learnt, so no trust is set apart."""
    held = attendances()
    trusts, shares = sorted(held)[1::2], []
    for months in (3, 4, 6, 8, 9, 11):
        inside = tests = 0
        for start in (2022, 2023, 2024):
            year = FinancialYear(start)
            at = Standpoint(LineMonths.of([held[trust] for trust in trusts], year), year, months)
            made = made_by("statistical", at)
            outturn = np.array([sum(held[trust][month] for month in year.months) for trust in trusts])
            inside += int(((made.lower <= outturn) & (outturn <= made.upper)).sum())
            tests += len(trusts)
            assert made.found.all()
            assert (made.lower <= made.outturn).all() and (made.outturn <= made.upper).all()
        assert tests == 201
        shares.append(inside / tests)
    assert 0.77 <= sum(shares) / len(shares) <= 0.87
    assert all(0.65 <= share <= 0.92 for share in shares)


def test_smoothing_is_no_worse_than_the_model_before_it():
    """The errors of maximum likelihood on every trust (statsmodels, before the grid): 3.17, 2.69, 2.30 and 1.51 %."""
    for months, before in ((3, 0.0317), (4, 0.0269), (6, 0.0230), (9, 0.0151)):
        found, _ = errors_by_method(months, methods=("statistical", "naive"))
        assert found.forecasts == 402
        assert found.error < before


def test_smoothing_by_hand():
    """One way, one line that stood at 100 and then at 200: with a share s the last level is 200 - (what is left of the first)."""
    values = np.array([[100.0] * 10 + [200.0] * 2])
    level, squares = smoothing._levels(values[None], np.ones((1, 12), dtype=bool), np.ones((1, 12)))
    for place, share in enumerate(smoothing.SHARES[:, 0]):
        # By brute force over the first level, in steps of a hundredth.
        tried = []
        for first in np.arange(95, 125, 0.01):
            held, missed = first, 0.0
            for value in values[0]:
                error = value - held
                missed, held = missed + error**2, held + share * error
            tried.append((missed, held))
        least = min(tried)
        assert squares[0, place, 0] == pytest.approx(least[0], abs=0.01)
        assert level[0, place, 0] == pytest.approx(least[1], abs=0.02)


def test_an_even_line_is_expected_to_go_on_with_nothing_to_either_side():
    flat = months_from(date(2024, 4, 1), [700] * 18)
    made = forecast(flat, YEAR, 6, "statistical")
    assert (made.lower, made.outturn, made.upper, made.following) == (8_400, 8_400, 8_400, 700)


line_histories = st.lists(
    st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9)), min_size=40, max_size=40), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(line_histories)
def test_a_line_is_forecast_alike_alone_and_among_others(columns):
    """From December 2022 to March 2026, standing after October 2025, which has arrived for every line."""
    histories = [months_from(date(2022, 12, 1), column) | {date(2025, 4, 1): 1_000} for column in columns]
    together = chosen_for(histories, YEAR, 7, ["NEL"] * len(histories))
    for history, among in zip(histories, together, strict=True):
        alone = chosen(history, YEAR, 7, pod="NEL")
        assert {one.method for one in alone.others} == {one.method for one in among.others}
        assert alone.forecast.method == among.forecast.method
        for one, other in zip((alone.forecast, *alone.others), (among.forecast, *among.others), strict=True):
            assert one.to_date == other.to_date
            # Floating point adds in another order: not a penny more than that.
            assert abs(one.outturn - other.outturn) <= 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=12),
    st.sampled_from(["straight", "working_day", "calendar"]),
)
def test_a_spread_is_exact_to_the_penny(values, method):
    """Against fractions, with amounts that a float could not hold to the penny."""
    line = months_from(date(2025, 4, 1), values)
    days = {"straight": lambda _: 1, "working_day": working_days, "calendar": calendar_days}[method]
    weights = [days(month) for month in YEAR.months]
    made = forecast(line, YEAR, len(values), method)
    assert made.outturn == half_up(Fraction(sum(values), sum(weights[: len(values)])) * sum(weights))


def test_an_amount_that_cannot_be_money_is_refused():
    with pytest.raises(BadInput, match="trillion"):
        forecast({date(2025, 4, 1): 10**15}, YEAR, 1, "straight")


def cuts_of(months, flex, freeze, pod="NEL"):
    first = date(2024, 4, 1)
    return [
        Cut(month_after(first, place), pod, age, amount)
        for place in range(months)
        for age, amount in ((0, flex), (1, freeze))
    ]


def test_completion_factors_by_hand():
    factors = learnt(cuts_of(8, 800, 1_000))
    assert factors["NEL", 0].ratio == Fraction(5, 4)
    found = completed(880, "NEL", 0, factors)
    assert (found.expected, found.to_come) == (1_100, 220)
    assert completed(880, "NEL", 1, factors).expected == 880


def test_a_pod_with_little_history_takes_the_factor_of_all_and_says_so():
    cuts = cuts_of(8, 800, 1_000) + cuts_of(2, 100, 300, "EL")
    found = completed(100, "EL", 0, learnt(cuts))
    assert found.factor.pod == ALL
    assert found.expected == round(100 * (8 * 1_000 + 2 * 300) / (8 * 800 + 2 * 100))
    assert completed(100, "DC", 0, {}).expected == 100


def test_a_month_sent_again_counts_once_and_an_open_month_teaches_nothing():
    cuts = cuts_of(8, 800, 1_000)
    again = [*cuts, Cut(date(2024, 4, 1), "NEL", 0, 800), Cut(date(2025, 1, 1), "NEL", 0, 5)]
    assert learnt(again) == learnt(cuts)
    corrected = [*cuts, Cut(date(2024, 4, 1), "NEL", 2, 1_200)]
    assert learnt(corrected)["NEL", 0].ratio == Fraction(7 * 1_000 + 1_200, 8 * 800)


def test_completion_is_tested_only_on_what_was_known_before():
    cuts = [*cuts_of(4, 800, 1000), Cut(date(2024, 8, 1), "NEL", 0, 800), Cut(date(2024, 8, 1), "NEL", 1, 960)]
    tested = {cut.month: (expected, closed) for cut, expected, closed in back_test(cuts)}
    assert tested[date(2024, 4, 1)] == (800, 1_000)
    assert tested[date(2024, 8, 1)] == (1_000, 960)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
def test_at_the_end_of_the_year_every_simple_method_gives_what_happened(values):
    year_values = (values * 12)[:12]
    line = months_from(date(2025, 4, 1), year_values)
    for method in ("straight", "working_day", "calendar"):
        assert forecast(line, YEAR, 12, method).outturn == sum(year_values)
