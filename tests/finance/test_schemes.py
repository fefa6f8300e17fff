"""Schemes: phasing, overlaps that add up, gates, delivery against a counterfactual, RAG with its rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear, month_after
from commonweal.finance.scheme_delivery import (
    Counterfactual,
    Stop,
    delivery,
    forecast_delivery,
    moved_as_others,
    provider_impact,
    rating,
    still_running,
)
from commonweal.finance.schemes import (
    MATURITIES,
    ActivityChange,
    Milestone,
    Scheme,
    advanced,
    full_year_effect,
    gates,
    phased,
    programme_value,
    risk_adjusted,
    without_overlaps,
)

YEAR = FinancialYear(2025)
READY = {"quality": "done", "equality": "done"}


def scheme(identifier="s1", gross=1_200_00, **more):
    more.setdefault("senior_owner", "Director of Finance")
    more.setdefault("assessments", READY)
    return Scheme(identifier, f"Scheme {identifier}", YEAR, gross, **more)


def test_phasing_adds_up_and_starts_with_the_scheme():
    assert phased(scheme(investment_pence=1)) == (10_000,) * 11 + (9_999,)
    late = scheme(start=date(2025, 10, 15))
    assert phased(late) == (0,) * 6 + (20_000,) * 6
    assert phased(scheme(phasing=(0,) * 9 + (1, 1, 2))) == (0,) * 9 + (30_000, 30_000, 60_000)
    with pytest.raises(BadInput, match="starts after its year"):
        phased(scheme(start=date(2026, 4, 1)))
    with pytest.raises(BadInput, match="twelve weights"):
        scheme(phasing=(1, 2))


def test_full_year_effect():
    assert full_year_effect(scheme(start=date(2025, 10, 1))) == 2_400_00
    assert full_year_effect(scheme(phasing=(0,) * 9 + (1, 1, 2))) == 60_000 * 12
    assert full_year_effect(scheme(recurrent=False)) == 0


def test_risk_weights_by_maturity_and_by_the_owner():
    assert risk_adjusted(scheme(maturity="idea")) == 120_00
    assert risk_adjusted(scheme(maturity="in_delivery", investment_pence=200_00)) == 950_00
    assert risk_adjusted(scheme(maturity="idea", confidence="0.5")) == 600_00
    assert risk_adjusted(scheme(maturity="stopped", confidence="0.5")) == 0


def test_gates_before_approval():
    assert gates(scheme()) == ()
    assert gates(scheme(senior_owner="")) == ("no senior owner",)
    four = scheme(strand="four", assessments={"quality": "done", "equality": "screened_out"})
    assert gates(four) == ("strand four: equality assessment is not done",)
    with pytest.raises(BadInput, match="equality assessment is not done"):
        advanced(four, "approved")
    assert advanced(replace(four, assessments=READY), "approved").maturity == "approved"
    assert advanced(four, "business_case").maturity == "business_case"
    assert gates(scheme(assessments={"quality": "screened_out"})) == ()


def test_overlapping_schemes_cannot_save_more_than_the_activity_costs():
    held = [
        scheme("a", 60_00, maturity="in_delivery", overlap_group="falls"),
        scheme("b", 50_00, maturity="idea", overlap_group="falls"),
        scheme("c", 40_00, maturity="approved", overlap_group="falls", cash_releasing=False),
        scheme("d", 30_00),
    ]
    values = {value.scheme_id: value for value in without_overlaps(held, {"falls": 80_00})}
    # 150 claimed on activity that costs 80: the idea goes first (50), then 20 of the approved one.
    assert {name: value.counted for name, value in values.items()} == {"a": 60_00, "b": 0, "c": 20_00, "d": 30_00}
    programme = programme_value(list(values.values()))
    assert (programme.cash_releasing, programme.avoided, programme.overlap_removed) == (90_00, 20_00, 70_00)
    unknown = without_overlaps(held, {})
    assert sum(value.counted for value in unknown if value.scheme_id != "d") == 60_00


SCHEMES = st.lists(
    st.builds(
        lambda gross, maturity, group: (gross, maturity, group),
        st.integers(-(10**6), 10**9),
        st.sampled_from(MATURITIES),
        st.sampled_from(["", "x", "y"]),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(SCHEMES, st.integers(0, 10**9), st.randoms())
def test_values_add_up_whatever_the_order(drawn, ceiling, shuffler):
    held = [
        scheme(f"s{n}", gross, maturity=maturity, overlap_group=group)
        for n, (gross, maturity, group) in enumerate(drawn)
    ]
    ceilings = {"x": ceiling}
    values = {value.scheme_id: value for value in without_overlaps(held, ceilings)}
    mixed = held[:]
    shuffler.shuffle(mixed)
    assert {value.scheme_id: value for value in without_overlaps(mixed, ceilings)} == values
    live = [s for s in held if s.overlap_group == "x" and s.maturity != "stopped"]
    losses = sum(min(0, s.net_pence) for s in live)
    assert sum(values[s.id].counted for s in live) <= max(ceiling, losses)
    programme = programme_value(list(values.values()))
    claimed = sum(s.net_pence for s in held if s.maturity != "stopped")
    assert programme.cash_releasing + programme.avoided + programme.overlap_removed == claimed


def test_provider_impact_at_both_prices_and_the_cost_that_stays():
    one = scheme(
        impact=(
            ActivityChange("RYJ", "NEL", -100, 3_000_00, 900_00),
            ActivityChange("RQM", "OPFA", "-2.5", 200_00, 60_00),
        )
    )
    two = scheme("s2", impact=(ActivityChange("RYJ", "NEL", -10, 3_000_00, 900_00),))
    stopped = scheme("s3", maturity="stopped", impact=(ActivityChange("RYJ", "NEL", -1_000, 3_000_00, 900_00),))
    by = {row.provider_code: row for row in provider_impact([one, two, stopped])}
    assert (by["RYJ"].income_at_average, by["RYJ"].income_at_marginal, by["RYJ"].stranded) == (
        -330_000_00,
        -99_000_00,
        231_000_00,
    )
    assert by["RYJ"].activity_by_pod == {"NEL": -110}
    assert by["RQM"].income_at_average == -500_00


def test_delivery_is_measured_against_a_stated_counterfactual():
    saving = scheme(gross=1_200_000_00)
    april, may, june = YEAR.months[:3]
    expected = Counterfactual(
        "same months of last year, grown by 1.2 %", "trend", {april: 1_000, may: 1_000, june: 1_000}
    )
    found = delivery(saving, expected, {april: 960, may: 980}, 2_500_00)
    assert (found.saved, found.planned, found.slippage) == (60 * 2_500_00, 200_000_00, 50_000_00)
    assert found.share == Decimal("0.75")
    assert found.says == "trend: same months of last year, grown by 1.2 %"
    with pytest.raises(BadInput, match="counterfactual in words"):
        delivery(saving, Counterfactual("", "trend", {}), {}, 1)
    worse = delivery(saving, expected, {april: 1_100}, 2_500_00)
    assert worse.saved == -250_000_00


def test_activity_that_should_have_stopped_is_listed_dearest_first():
    july = date(2025, 7, 1)
    rows = [
        ("RYJ", "OPFA", "300", date(2025, 6, 1), 50, 9_000_00),
        ("RYJ", "OPFA", "300", july, 5, 900_00),
        ("RYJ", "OPFA", "110", date(2025, 8, 1), 7, 1_300_00),
        ("RYJ", "EL", "300", july, 5, 900_00),
        ("RQM", "OPFA", "300", date(2025, 9, 1), 0, 0),
        ("RQM", "OPFA", "110", date(2025, 9, 1), 4, 50_00),
    ]
    found = still_running([Stop("RYJ", "OPFA", july), Stop("RQM", "OPFA", july, "300")], rows)
    assert [(row.provider_code, row.month, row.pence) for row in found] == [
        ("RYJ", date(2025, 8, 1), 1_300_00),
        ("RYJ", july, 900_00),
    ]


def test_a_line_is_measured_against_how_the_same_activity_moved_elsewhere():
    months = [month_after(date(2025, 4, 1), place) for place in range(9)]
    others = dict(zip(months, [200, 220, 180, 200, 200, 200, 100, 300, 200], strict=True))
    mine = dict(zip(months, [100, 110, 90, 100, 100, 100, 40, 120, 80], strict=True))
    start = months[6]
    expected = moved_as_others(mine, others, start, "2 other providers")
    assert expected is not None
    # Half of the others before; so 50, 150 and 100 after: 60 fewer were seen than that.
    assert [float(expected.expected[month]) for month in months[6:]] == [50, 150, 100]
    found = delivery(scheme(gross=12_000_00), expected, {month: mine[month] for month in months[6:]}, 10_00)
    assert (found.saved, found.says.split(":")[0]) == (60 * 10_00, "moved as others moved")
    assert moved_as_others(mine, others, months[5], "others") is None


@pytest.mark.parametrize(
    ("delivered", "milestones", "rag", "says"),
    [
        (95, (), "green", "95 % of the phased plan; milestones on time"),
        (94, (), "amber", "green from 95 %"),
        (75, (), "amber", "75 %"),
        (74, (), "red", "red below 75 %"),
        (120, (Milestone("contract signed", date(2025, 6, 1)),), "amber", "overdue: contract signed"),
        (120, (Milestone("contract signed", date(2025, 6, 1), date(2025, 7, 1)),), "amber", "done late"),
        (120, (Milestone("contract signed", date(2025, 9, 1)),), "green", "milestones on time"),
    ],
)
def test_rag_and_its_rule(delivered, milestones, rag, says):
    found = rating(scheme(milestones=milestones), delivered, 100, date(2025, 8, 1))
    assert (found.rag, says in found.because) == (rag, True)


def test_a_scheme_without_owner_or_assessment_is_red_whatever_it_saves():
    assert rating(scheme(senior_owner=""), 200, 100, date(2025, 8, 1)).because == "no senior owner"
    assert rating(scheme(assessments={}), 200, 100, date(2025, 8, 1)).rag == "red"


def test_what_is_still_expected_follows_the_rate_so_far():
    held = scheme(gross=1_200_00)
    assert forecast_delivery(held, 200_00, 4) == 200_00 + 400_00
    assert forecast_delivery(held, 900_00, 4) == 900_00 + 800_00
    assert forecast_delivery(held, -50_00, 4) == -50_00
    assert forecast_delivery(scheme(start=date(2025, 10, 1)), 0, 4) == 1_200_00
