"""Reconciliation, position and bridges: sums equal at every level, every difference has a cause."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.pod_mapping import PodMapping, mapped_pod, unmapped
from commonweal.finance.position import (
    Adjustment,
    Cell,
    Movement,
    Outturn,
    after_merger,
    month_to_month,
    plan_to_forecast,
    position,
    risk_adjusted,
    totalled,
)
from commonweal.finance.reconcile import Entry, Source, reconciled

YEAR = FinancialYear(2025)
APRIL, MAY, JUNE = YEAR.months[:3]


def entry(source, pence, activity=None, *, month=APRIL, provider="RYJ", pod="NEL", **more):
    return Entry(source, month, provider, pod, pence, activity, **more)


def test_four_sources_side_by_side_with_ranked_causes():
    entries = [
        entry(Source.RECORD, 100_000, 10, factor_pence=10_000),
        entry(Source.RECORD, 50_000, 5, pod="EL", factor_pence=0),
        entry(Source.PATIENT_LEVEL, 120_000, 12, factor_pence=12_000, reference="p1"),
        entry(Source.PATIENT_LEVEL, 7_000, 1, pod=None, local_pod="XX1", factor_pence=0, reference="p2"),
        entry(Source.AGGREGATE, 120_000, 12, factor_pence=12_000),
        entry(Source.AGGREGATE, 7_000, 1, pod=None, local_pod="XX1", factor_pence=0),
        entry(Source.LEDGER, 127_001, pod=None),
    ]
    found = reconciled(entries)
    assert found.totals == {
        Source.RECORD: 150_000, Source.PATIENT_LEVEL: 127_000, Source.AGGREGATE: 127_000, Source.LEDGER: 127_001,
    }  # fmt: skip
    first, second, third = found.steps
    assert [(cause.says, cause.pence) for cause in first.causes] == [
        ("nothing in patient-level lines", -50_000),
        ("different activity counted", 18_000),
        ("local point of delivery is not mapped", 7_000),
        ("market forces factor differs", 2_000),
    ]
    assert (second.difference, second.causes) == (0, ())
    assert [(cause.says, cause.pence) for cause in third.causes] == [("rounding", 1)]


def test_a_line_sent_twice_is_its_own_cause():
    line = entry(Source.AGGREGATE, 100_000, 10, reference="inv 7")
    found = reconciled([entry(Source.PATIENT_LEVEL, 100_000, 10, reference="p"), line, line])
    assert [(cause.says, cause.pence) for cause in found.steps[0].causes] == [
        ("lines sent twice in aggregate return", 100_000)
    ]


def test_flex_that_is_not_complete_and_a_price_that_differs():
    entries = [
        entry(Source.RECORD, 100_000, 10),
        entry(Source.PATIENT_LEVEL, 84_000, 8, submission="flex"),
    ]
    (step,) = reconciled(entries).steps
    assert [(cause.says, cause.pence) for cause in step.causes] == [
        ("flex still incomplete", -20_000),
        ("different price for the same activity", 4_000),
    ]


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.sampled_from(list(Source)),
        st.sampled_from([APRIL, MAY]),
        st.sampled_from(["RYJ", "RQM"]),
        st.sampled_from(["NEL", "EL", None]),
        st.integers(-(10**9), 10**9),
        st.one_of(st.none(), st.integers(-5, 100)),
        st.one_of(st.none(), st.integers(-100, 10**6)),
        local_pod=st.sampled_from([None, "X"]),
        submission=st.sampled_from([None, "flex", "freeze"]),
        reference=st.sampled_from(["", "r1"]),
    ),
    max_size=14,
)


@settings(max_examples=200, deadline=None)
@given(ENTRIES, st.randoms())
def test_causes_always_explain_the_whole_difference_in_any_order(entries, shuffler):
    found = reconciled(entries)
    for step in found.steps:
        assert sum(cause.pence for cause in step.causes) == step.difference
        assert step.left_pence + step.difference == step.right_pence
    mixed = entries[:]
    shuffler.shuffle(mixed)
    again = reconciled(mixed)
    assert again.totals == found.totals
    assert [sorted(step.causes, key=str) for step in again.steps] == [
        sorted(step.causes, key=str) for step in found.steps
    ]


def test_unmapped_pods_have_a_null_safe_key_an_owner_and_a_value():
    held = [
        entry(Source.AGGREGATE, 5_000, pod=None, local_pod="L1", tariff_code=None),
        entry(Source.AGGREGATE, -2_000, pod=None, local_pod="L1", tariff_code=None, month=MAY),
        entry(Source.AGGREGATE, 9_000, pod=None, local_pod="L1", tariff_code="T"),
        entry(Source.AGGREGATE, 1, pod="EL", local_pod="L2"),
    ]
    found = unmapped(held, owners={"RYJ": "contracts lead"})
    assert [(row.key, row.value_at_risk, row.lines, row.owner) for row in found] == [
        (("RYJ", "L1", "T"), 9_000, 1, "contracts lead"),
        (("RYJ", "L1", None), 7_000, 2, "contracts lead"),
    ]
    mapping = PodMapping(("RYJ", "L1", None), "OPFA", APRIL)
    assert [row.key for row in unmapped(held, [mapping])] == [("RYJ", "L1", "T")]


def test_a_pod_remapped_in_history_keeps_its_old_mapping_for_old_months():
    key = ("RYJ", "L1", None)
    mappings = [PodMapping(key, "OPFA", APRIL, APRIL), PodMapping(key, "OPPROC", MAY)]
    line = entry(Source.AGGREGATE, 1, pod=None, local_pod="L1")
    assert mapped_pod(line, mappings) == "OPFA"
    assert mapped_pod(entry(Source.AGGREGATE, 1, pod=None, local_pod="L1", month=JUNE), mappings) == "OPPROC"


def cell(key, pod, month, planned=(10, 1_000), actual=(10, 1_000)):
    return Cell(key, pod, month, *planned, *actual)


def test_month_year_to_date_and_year_by_hand():
    cells = [
        cell("RYJ", "NEL", APRIL, (10, 10_000), (12, 12_600)),
        cell("RYJ", "NEL", MAY, (10, 10_000), (9, 9_000)),
        cell("RYJ", "NEL", JUNE, (10, 10_000), (None, None)),
        cell("RYJ", "EL", MAY, (4, 8_000), (0, 0)),
    ]
    (row,) = position(cells, YEAR, 2)
    assert row.month.total == -9_000
    assert (row.year_to_date.volume, row.year_to_date.price, row.year_to_date.total) == (1_000 - 8_000, 600, -6_400)
    assert (row.plan_year, row.missing) == (38_000, ())


def test_a_month_that_has_not_arrived_is_missing_and_no_underspend():
    cells = [
        cell("RYJ", "NEL", APRIL),
        cell("RYJ", "NEL", MAY, actual=(None, None)),
        cell("RYJ", "NEL", JUNE, actual=(0, 0)),
    ]
    (row,) = position(cells, YEAR, 3)
    assert row.missing == (MAY,)
    assert row.year_to_date.total == -1_000


def test_a_merger_in_mid_year_is_one_series():
    cells = [
        cell("OLD", "NEL", APRIL, actual=(5, 700)),
        cell("NEW", "NEL", MAY, actual=(6, 800)),
        cell("OLD", "NEL", MAY, actual=(0, 0)),
    ]
    (row,) = position(after_merger(cells, {"OLD": "MID", "MID": "NEW"}), YEAR, 2)
    assert (row.key, row.year_to_date.actual, row.plan_year) == ("NEW", 1_500, 3_000)
    assert after_merger([cell("A", "NEL", APRIL)], {"A": "B", "B": "A"})[0].key == "A"


CELLS = st.lists(
    st.builds(
        Cell,
        st.tuples(st.sampled_from(["RYJ", "RQM", "RAS"]), st.sampled_from(["north", "south"])),
        st.sampled_from(["NEL", "EL", None]),
        st.sampled_from(YEAR.months[:4]),
        st.integers(0, 1_000),
        st.integers(-(10**9), 10**9),
        st.integers(-10, 1_000),
        st.integers(-(10**9), 10**9),
    ),
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(CELLS)
def test_sums_are_equal_at_every_level(cells):
    whole = totalled(position(cells, YEAR, 4))
    for place in (0, 1):
        by = [Cell(c.key[place], *[getattr(c, n) for n in list(Cell.__dataclass_fields__)[1:]]) for c in cells]
        other = totalled(position(by, YEAR, 4))
        for name in ("plan", "actual", "total"):
            assert getattr(other.year_to_date, name) == getattr(whole.year_to_date, name)
            assert getattr(other.month, name) == getattr(whole.month, name)
        split = other.year_to_date
        assert split.volume + split.mix + split.price + split.unplanned == split.total
        assert other.plan_year == whole.plan_year


def test_three_outturns_side_by_side_and_bridges_that_add_up():
    cells = [
        cell("RYJ", "NEL", month, (10, 10_000), (12, 12_600) if month <= MAY else (None, None)) for month in YEAR.months
    ]
    outturn = Outturn(150_000, submitted=140_000, risk_adjusted=148_000)
    (row,) = position(cells, YEAR, 2, {"RYJ": outturn})
    assert row.forecast_variance == 30_000
    growth = Adjustment("a1", "winter ward", "chief operating officer", 4_000, "0.5")
    assert risk_adjusted(150_000, [growth], 1_500) == 150_500
    bridge = plan_to_forecast(row, [growth], 1_500)
    assert (bridge.starts.pence, bridge.ends.pence) == (120_000, 150_500)
    assert [(step.says, step.pence) for step in bridge.steps] == [
        ("volume to date", 4_000),
        ("price to date", 1_200),
        ("months to come, at the forecast", 24_800),
        ("winter ward (chief operating officer)", 2_000),
        ("scheme savings still to come, risk-weighted", -1_500),
    ]
    with pytest.raises(BadInput, match="has an owner"):
        Adjustment("a2", "no one's", "", 1)


def test_from_last_month_to_this_month():
    lines = [
        Movement("NEL", forecast_before=1_000, forecast_now=1_090, restated=5, expected=80, arrived=110),
        Movement("EL", forecast_before=200, forecast_now=200, restated=0, expected=20, arrived=20),
    ]
    bridge = month_to_month(lines, JUNE)
    assert [(step.says, step.pence) for step in bridge.steps] == [
        ("earlier months restated", 5),
        ("June against what was expected of it", 30),
        ("months to come, expected anew", 55),
    ]
