"""Risk share, control totals, five years: worked examples and the laws they keep."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance.control_total import OrganisationPosition, control_totals
from commonweal.finance.five_year import Area, FiveYearPlan, project, scenario, sensitivity
from commonweal.finance.money import from_millions
from commonweal.finance.risk_share import Band, RiskShare, divide, weighted_contributions

FROM, TO = date(2025, 4, 1), date(2026, 3, 31)
BANDS = (
    Band(0, "0.01", {"commissioner": 1, "provider": 0}),
    Band("0.01", "0.03", {"commissioner": "0.5", "provider": "0.5"}),
    Band("0.03", None, {"commissioner": "0.7", "provider": "0.3"}),
)


def agreement(**more):
    return RiskShare("two parties", "1", FROM, TO, more.pop("risk", BANDS), **more)


def test_the_worked_example_of_a_banded_share():
    """Control £100m, outturn £104m: commissioner £2.7m, provider £1.3m."""
    found = divide(agreement(), from_millions(100), from_millions(104))
    assert found.by_party == {"commissioner": from_millions("2.7"), "provider": from_millions("1.3")}
    assert [(piece.says, piece.amount) for piece in found.slices] == [
        ("0 % to 1 %", from_millions(1)),
        ("1 % to 3 %", from_millions(2)),
        ("above 3 %", from_millions(1)),
    ]


def test_a_gain_uses_its_own_bands_and_ring_fences_first():
    gain = (Band(0, None, {"commissioner": "0.4", "provider": "0.6"}),)
    found = divide(agreement(gain=gain, reinvested="0.25"), from_millions(100), from_millions(96))
    assert found.reinvested == -from_millions(1)
    assert found.by_party == {"commissioner": -from_millions("1.2"), "provider": -from_millions("1.8")}


def test_deadband_and_caps():
    held = agreement(
        deadband="0.02",
        deadband_party="provider",
        caps={"provider": from_millions("2.1")},
        above_caps_party="commissioner",
    )
    # £2m in the deadband to the provider; 2-3 %: £0.5m each; above: 0.7 and 0.3; provider 2.8 capped at 2.1.
    found = divide(held, from_millions(100), from_millions(104))
    assert found.by_party == {"commissioner": from_millions("1.9"), "provider": from_millions("2.1")}


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ((Band(0, None, {"a": "0.5", "b": "0.4"}),), "add up to one"),
        ((Band(0, "0.01", {"a": 1}),), "last band is without limit"),
        ((Band(0, "0.01", {"a": 1}), Band("0.02", None, {"a": 1})), "without a gap"),
        ((Band(0, None, {"a": 1}), Band("0.02", None, {"a": 1})), "only the last band"),
        ((Band(0, None, {"a": "1.5", "b": "-0.5"}),), "not negative"),
    ],
)
def test_an_agreement_that_cannot_hold_is_refused(bands, says):
    with pytest.raises(BadInput, match=says):
        agreement(risk=bands)


SHARES = st.lists(st.integers(0, 100), min_size=3, max_size=3).filter(any)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10**12), st.integers(0, 10**12), st.lists(SHARES, min_size=1, max_size=4),
    st.integers(0, 300), st.integers(0, 10**10),
)  # fmt: skip
def test_shares_of_any_agreement_sum_to_the_whole(control, outturn, weights, dead, cap):
    edges = [f"{place / 100}" for place in range(len(weights))]
    ends = [*edges[1:], None]
    bands = tuple(
        Band(start, end, {name: Fraction(weight, sum(w)) for name, weight in zip("abc", w, strict=True)})
        for start, end, w in zip(edges, ends, weights, strict=True)
    )
    held = RiskShare(
        "any", "1", FROM, TO, bands, deadband=f"{dead / 10_000}", deadband_party="a", caps={"b": cap},
        above_caps_party="c", reinvested="0.1",
    )  # fmt: skip
    found = divide(held, control, outturn)
    assert sum(found.by_party.values()) + found.reinvested == outturn - control
    assert sum(piece.amount for piece in found.slices) + found.reinvested == outturn - control
    if outturn > control:
        assert found.by_party.get("b", 0) <= cap


def test_a_pool_by_weighted_capitation_adds_up():
    paid = weighted_contributions(100_000_01, {"x": "1.5", "y": "2.25", "z": 3})
    assert sum(paid.values()) == 100_000_01
    assert paid["z"] == 4_444_445


def place(code, cluster, control, forecast):
    return OrganisationPosition(
        code, code, cluster, from_millions(control), from_millions(control), from_millions(forecast)
    )


def test_control_totals_add_up_from_organisation_to_cluster_to_system():
    held = [place("a", "inner", "-1.5", "-2.0"), place("b", "outer", "-8", "-30.3"), place("c", "inner", "0.1", "0.2")]
    rows = control_totals(held, "the system")
    by = {(row.level, row.name): row for row in rows}
    assert by["cluster", "inner"].variance == from_millions("-0.4")
    assert not by["system", "the system"].met
    for name in ("control_total", "plan", "forecast", "variance"):
        levels = {
            level: sum(getattr(row, name) for row in rows if row.level == level)
            for level in ("organisation", "cluster", "system")
        }
        assert len(set(levels.values())) == 1
    with pytest.raises(BadInput, match="one control total"):
        control_totals([*held, held[0]], "the system")


def plan(**more):
    areas = (
        Area("Emergency", 100_000_00, ("0.01", "0.01"), ("0.02", "0"), ("0.03", "0.03")),
        Area("Prescribing", 50_000_00, ("0", "0"), ("0", "0"), ("0", "0.1")),
    )
    return FiveYearPlan(("2025/26", "2026/27"), 150_000_00, ("0.03", "0.03"), areas, **more)


def test_two_years_by_hand():
    found = project(plan(closing={"Emergency": (1_000_00, 2_500_00)}))
    first, second = found.years
    # 100,000 × 1.01 × 1.02 × 1.03 = 106,110.60; allocation 154,500; gap before 1,610.60, after closing 610.60.
    assert (first.before_closing, first.allocation, first.gap_before, first.gap) == (
        156_110_60,
        154_500_00,
        1_610_60,
        610_60,
    )
    assert second.before_closing == 110_386_86 + 55_000_00
    assert second.allocation == 159_135_00
    assert second.gap == 110_386_86 + 55_000_00 - 2_500_00 - 159_135_00
    emergency = next(line for line in found.areas if line.area == "Emergency")
    assert (emergency.demographic, emergency.other_demand, emergency.price) == (1_000_00, 2_020_00, 3_090_60)


def test_scenarios_move_every_year_and_sensitivity_is_ranked():
    base = plan(closing={"Emergency": (1_000_00, 2_500_00)})
    assert project(scenario(base)).years == project(base).years
    worse = project(scenario(base, delivery="0.8")).years[-1].gap - project(base).years[-1].gap
    assert worse == 500_00
    ranked = sensitivity(base)
    effects = [case.effect for case in ranked]
    assert effects == sorted(effects, key=lambda pence: -abs(pence))
    assert {case.assumption: case.effect for case in ranked}["delivery of closing measures"] == 250_00
    assert all(case.effect > 0 for case in ranked)


def test_a_plan_with_a_year_too_few_is_refused():
    with pytest.raises(BadInput, match="every year"):
        project(plan(closing={"Emergency": (1,)}))
    with pytest.raises(BadInput, match="belongs to an area"):
        project(plan(closing={"Estates": (1, 1)}))


RATES = st.fractions(min_value=-1, max_value=1, max_denominator=1_000)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**12), RATES, RATES, RATES), min_size=1, max_size=5),
    RATES,
    st.integers(0, 10**9),
)
def test_every_year_adds_up_over_areas_and_steps(areas, growth, saved):
    assume(len(areas) > 0)
    years = ("1", "2", "3")
    held = tuple(Area(f"a{n}", base, (d,) * 3, (o,) * 3, (p,) * 3) for n, (base, d, o, p) in enumerate(areas))
    found = project(FiveYearPlan(years, 10**12, (growth,) * 3, held, {"a0": (saved,) * 3}, efficiency=("0.02",) * 3))
    for year in found.years:
        lines = [line for line in found.areas if line.year == year.year]
        assert sum(line.cost for line in lines) == year.cost
        assert year.gap_before - year.closing == year.gap
    for name in {line.area for line in found.areas}:
        chain = [line for line in found.areas if line.area == name]
        assert all(after.opening == before.before_closing for before, after in pairwise(chain))
