"""Money, calendar, variance, contract forms, re-pricing: worked cases and the laws that hold for any figures."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance import contract_forms as forms
from commonweal.finance.calendar import (
    FinancialYear,
    add_working_days,
    calendar_days,
    days_table,
    month_number,
    months_between,
    working_days,
)
from commonweal.finance.money import half_up, in_millions, in_pounds, part, percent, shared
from commonweal.finance.prices import Price, PriceSet
from commonweal.finance.repricing import ActivityLine, plan_bridge, priced, pricing_change, repriced
from commonweal.finance.variance import PlanActual, added, group_variance, line_variance

PENCE = st.integers(-(10**12), 10**12)
ACTIVITY = st.one_of(st.integers(-500, 50_000), st.fractions(min_value=-50, max_value=5_000, max_denominator=16))
LINES = st.lists(st.builds(PlanActual, ACTIVITY, PENCE, ACTIVITY, PENCE), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(PENCE, st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_shares_always_make_the_whole_and_are_within_a_penny(total, weights):
    pieces = shared(total, weights)
    assert sum(pieces) == total
    for piece, weight in zip(pieces, weights, strict=True):
        assert abs(piece - Fraction(total * weight, sum(weights))) < 1


def test_rounding_is_half_away_from_zero_and_only_on_the_screen():
    assert [half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-2, -1, 1, 2]
    assert part(100_01, "0.5") == 5001
    assert in_millions(-5_470_000_000) == "-54.70"
    assert in_millions(5_465_000_000, 1) == "54.7"
    assert in_pounds(-123_456_07) == "-123,456.07"
    assert percent(1, 0) is None
    with pytest.raises(BadInput, match="no one has a weight"):
        shared(10, [0, 0])


def test_financial_years_months_and_working_days():
    year = FinancialYear.of(date(2026, 3, 31))
    assert (str(year), year.days, year.month(12)) == ("2025/26", 365, date(2026, 3, 1))
    assert FinancialYear.parse("2023-24").days == 366
    assert month_number(date(2025, 4, 9)) == 1
    # England 2025/26: 253 working days; Easter and two bank holidays make April and May short.
    assert sum(row.working_days for row in days_table(year)) == 253
    assert (working_days(date(2025, 4, 1)), working_days(date(2025, 5, 1)), working_days(date(2025, 12, 1))) == (
        20,
        20,
        21,
    )
    assert calendar_days(date(2024, 2, 1)) == 29
    assert add_working_days(date(2025, 4, 17), 1) == date(2025, 4, 22)
    assert len(months_between(date(2024, 4, 1), date(2025, 4, 1))) == 13
    with pytest.raises(BadInput):
        FinancialYear.parse("2025/27")
    with pytest.raises(BadInput, match="twelve months"):
        year.month(13)


def test_variance_of_one_line_by_hand():
    # Plan 100 spells at £2,000; actual 110 at £2,100: volume 10 × 2,000, price 100 × 110.
    found = line_variance(PlanActual(100, 200_000_00, 110, 231_000_00))
    assert (found.volume, found.price, found.mix, found.total) == (20_000_00, 11_000_00, 0, 31_000_00)


def test_variance_of_a_group_splits_volume_from_mix():
    # Same number of spells in all, shifted from a cheap to a dear line: all of it is mix.
    cheap, dear = PlanActual(100, 100_000, 80, 80_000), PlanActual(100, 300_000, 120, 360_000)
    found = group_variance([cheap, dear])
    assert (found.volume, found.mix, found.price, found.total) == (0, 40_000, 0, 40_000)


def test_plan_without_activity_activity_without_plan_and_a_contract_of_nothing():
    assert line_variance(PlanActual(10, 5_000, 0, 0)).volume == -5_000
    unplanned = line_variance(PlanActual(0, 0, 10, 5_000))
    assert (unplanned.unplanned, unplanned.volume, unplanned.price) == (5_000, 0, 0)
    free = line_variance(PlanActual(10, 0, 20, 0))
    assert (free.total, free.volume, free.price) == (0, 0, 0)
    money_only = line_variance(PlanActual(0, 1_200, 0, 1_500))
    assert (money_only.price, money_only.volume) == (300, 0)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_variance_splits_always_add_up(lines):
    found = group_variance(lines)
    assert found.volume + found.mix + found.price + found.unplanned == found.actual - found.plan
    assert found.plan == sum(line.planned_pence for line in lines)
    assert found.price == sum(line_variance(line).price for line in lines)
    single = added(line_variance(line) for line in lines)
    assert (single.total, single.unplanned) == (found.total, found.unplanned)


def test_payment_by_results_holds_the_factor_apart():
    paid = forms.payment_by_results([(10, 100_00), (3, 33_33)], "1.2")
    assert [line.pence for line in paid.lines] == [1_099_99, 220_00]
    assert paid.paid == 1_319_99


def test_marginal_rate_worked_example():
    """Baseline £20m, actual £22m, rate 30 %: pay £20.6m, £1.4m retained."""
    paid = forms.marginal_rate(22_000_000_00, 20_000_000_00, "0.30")
    assert (paid.paid, paid.not_paid) == (20_600_000_00, 1_400_000_00)
    assert forms.marginal_rate(22_000_000_00, 20_000_000_00, "0.70").paid == 21_400_000_00
    assert forms.marginal_rate(19_000_000_00, 20_000_000_00, "0.30").paid == 19_000_000_00


def test_emergency_cap_takes_the_rate_of_the_year_and_leaves_exclusions():
    paid = forms.emergency_admissions_cap(
        23_000_000_00, 20_000_000_00, excluded_pence=1_000_000_00, day=date(2014, 6, 1)
    )
    assert (paid.paid, paid.not_paid) == (21_600_000_00, 1_400_000_00)
    with pytest.raises(BadInput, match="no national rule"):
        forms.emergency_admissions_cap(1, 1, day=date(2021, 6, 1))
    # The short stay price (70 %) is in the actual before the rule: 70 % × 30 % = 21 % of the full price.
    above = forms.emergency_admissions_cap(part(100_00, "0.7"), 0, rate="0.3")
    assert above.paid == 21_00


def test_blended_and_aligned_payment_by_year():
    assert forms.blended(10_000_00, 12_000_00, "0.20").paid == 10_400_00
    assert forms.blended(10_000_00, 8_000_00, "0.20").paid == 9_600_00

    def aligned(day):
        return forms.aligned_payment_and_incentive(
            50_000_00, 12_000_00, elective_baseline_pence=10_000_00, day=day
        ).paid

    assert aligned(date(2022, 10, 1)) == 51_500_00
    assert aligned(date(2024, 10, 1)) == 62_000_00
    assert aligned(date(2025, 10, 1)) == 62_000_00
    with pytest.raises(BadInput):
        aligned(date(2026, 4, 1))
    variable = {
        pod: forms.is_variable_under_aligned(pod)
        for pod in ("EL", "DC", "OPFASPCL", "OPPROCFA", "OPFUPSPCL", "NEL", "AE")
    }
    assert variable == {
        "EL": True,
        "DC": True,
        "OPFASPCL": True,
        "OPPROCFA": True,
        "OPFUPSPCL": False,
        "NEL": False,
        "AE": False,
    }


def test_blocks_cost_and_volume_and_low_volume():
    assert sum(forms.block(100, 1).paid for _ in range(1)) == 9
    assert forms.block(100, 12).paid == 100
    more = forms.cost_and_volume(1_000_00, 100, 120, 10_00, rate_above="0.5", tolerance="0.1")
    assert more.paid == 1_050_00
    less = forms.cost_and_volume(1_000_00, 100, 80, 10_00, rate_below="0.3", tolerance="0.1")
    assert less.paid == 970_00
    day = date(2025, 6, 1)
    assert forms.low_volume_block([100_00, 200_00, 301_00], day=day).paid == 200_33
    with pytest.raises(BadInput, match="not a low-volume contract"):
        forms.low_volume_block([150_000_000] * 3, day=day)


def test_capitated_outcomes_quality_and_follow_up_caps():
    paid = forms.capitated({"0-64": 1000, "65+": "200.5"}, {"0-64": 100_00, "65+": 400_00})
    assert paid.paid == 100_000_00 + 80_200_00
    shares = {"falls": (1, True), "deaths at home": (1, True), "flu": (1, False)}
    outcome = forms.outcome_share(1_000_00, "0.1", shares)
    assert (outcome.paid, outcome.not_paid) == (966_67, 33_33)
    quality = forms.commissioning_for_quality(1_000_000, "0.025", {"a": (2, 1), "b": (1, "0.5")})
    assert (quality.paid, quality.not_paid) == (1_000_000 + 16_667 + 4_167, 4_166)
    capped = forms.new_to_follow_up_cap(100, 250, 2, 60_00)
    assert (capped.paid, capped.not_paid) == (200 * 60_00, 50 * 60_00)
    with pytest.raises(BadInput, match="no price per person"):
        forms.capitated({"x": 1}, {})


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 10**12), st.fractions(0, 1))
def test_what_a_marginal_rate_pays_and_keeps_is_the_whole(actual, baseline, rate):
    paid = forms.marginal_rate(actual, baseline, rate)
    assert paid.paid + paid.not_paid == actual
    assert paid.paid >= min(actual, baseline)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**10), st.integers(0, 12))
def test_the_months_of_a_block_add_up_to_its_year(annual, months):
    paid = [forms.block(annual, number).paid for number in range(13)]
    assert paid[12] == annual
    assert sorted(paid) == paid


def price_set(name, issued, prices, start=date(2025, 4, 1), end=date(2026, 3, 31)):
    return PriceSet(
        name, name, "test", issued, start, end, tuple(Price("EL", code, pence) for code, pence in prices.items())
    )


APRIL = price_set("april", date(2025, 4, 1), {"A": 1_000_00, "B": 500_00})
JUNE = price_set("june", date(2025, 6, 27), {"A": 1_010_00, "B": 505_00, "C": 70_00})
WORK = [
    ActivityLine("1", date(2025, 4, 1), "EL", "A", 10),
    ActivityLine("2", date(2025, 5, 1), "EL", "B", "2.5"),
    ActivityLine("3", date(2025, 5, 1), "EL", "C", 4),
]


def test_reissued_prices_show_their_effect_apart():
    first = priced(WORK, [APRIL, JUNE], as_at=date(2025, 5, 31))
    assert [line.pence for line in first] == [10_000_00, 1_250_00, None]
    later = repriced(first, [APRIL, JUNE], as_at=date(2025, 7, 1))
    change = pricing_change(first, later)
    assert (change.before, change.price_effect, change.newly_priced, change.after) == (
        11_250_00,
        112_50,
        280_00,
        11_642_50,
    )
    bridge = plan_bridge({("EL", "A"): (8, 8_000_00), ("EL", "B"): (4, 2_000_00)}, first, later)
    found = bridge.variance
    assert bridge.actual == 11_642_50
    assert found.volume + found.mix == 2_000_00 - 750_00
    assert (found.price, found.unplanned, bridge.reissue) == (0, 0, 392_50)


LINE = st.builds(
    ActivityLine,
    st.uuids().map(str),
    st.dates(date(2025, 4, 1), date(2026, 3, 31)),
    st.just("EL"),
    st.sampled_from(["A", "B", "C", "D"]),
    ACTIVITY,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=10), st.randoms())
def test_repricing_twice_equals_once_and_loading_order_does_not_matter(lines, shuffler):
    sets = [APRIL, JUNE]
    once = repriced(priced(lines, [APRIL]), sets)
    assert repriced(once, sets) == once
    mixed, mixed_sets = lines[:], sets[:]
    shuffler.shuffle(mixed)
    shuffler.shuffle(mixed_sets)
    again = {held.line.id: held.pence for held in priced(mixed, mixed_sets)}
    assert again == {held.line.id: held.pence for held in once}
    change = pricing_change(priced(lines, [APRIL]), once)
    assert change.before + change.price_effect + change.newly_priced == change.after
