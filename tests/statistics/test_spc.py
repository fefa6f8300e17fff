"""Control charts: each rule by a hand-worked series, and the real monthly A&E series of two North West London trusts."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from commonweal.errors import BadInput
from commonweal.statistics.spc import control_chart

DATA = Path(__file__).parents[1] / "data" / "ae_monthly_nwl_trusts.csv.gz"
FLAT = [10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12]


def test_limits_by_hand():
    # Mean 11, every moving range 2: limits 11 ± 2.66 × 2.
    chart = control_chart(FLAT)
    assert chart.mean[0] == 11
    assert (chart.lower[0], chart.upper[0]) == pytest.approx((5.68, 16.32))
    assert (chart.near_lower[0], chart.near_upper[0]) == pytest.approx((11 - 3.5467, 11 + 3.5467), abs=1e-4)
    assert set(chart.rule) == {0}
    assert chart.variation == "common"
    assert chart.settled


def test_the_screen_drops_a_moving_range_that_would_widen_the_limits():
    series = [*FLAT, 60, *FLAT]
    screened, plain = control_chart(series), control_chart(series, screen_outliers=False)
    assert screened.upper[0] - screened.mean[0] == pytest.approx(2.66 * 2)
    assert plain.upper[0] - plain.mean[0] == pytest.approx(2.66 * (22 * 2 + 48 + 50) / 24)
    assert screened.rule[12] == 1
    assert (screened.screened, plain.screened) == (True, False)


def test_a_point_outside_the_limits_is_judged_by_direction():
    high = [*FLAT, 30]
    assert control_chart(high, improves="increase").variation == "improvement_high"
    assert control_chart(high, improves="decrease").variation == "concern_high"
    assert control_chart(high, improves="neutral").variation == "neutral_high"


def test_seven_rising_points_are_all_flagged_as_a_trend():
    # Falling and rising parts inside wide limits: noise first, so that the limits hold the trend.
    noise = [0, 9, 1, 8, 0, 9, 1, 8, 0, 9]
    chart = control_chart([*noise, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0], fix_after=10)
    assert list(chart.rule[-7:]) == [2] * 7
    assert chart.variation == "improvement_high"
    assert control_chart([*noise, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5], fix_after=10).rule[-1] != 2


def test_two_of_three_flags_only_the_points_near_the_limit():
    # Limits 11 ± 5.32, near limits 11 ± 3.55, set by the first twelve points.
    chart = control_chart([*FLAT, 15.5, 12, 15.5], fix_after=12)
    assert list(chart.rule[-3:]) == [3, 0, 3]
    opposite = control_chart([*FLAT, 15.5, 10, 15.5], fix_after=12)
    assert 3 not in opposite.rule


def test_seven_on_one_side_are_all_flagged_and_six_are_not():
    chart = control_chart([*FLAT, 10, *([12, 11.5] * 4)[:7]], fix_after=12)
    assert list(chart.rule[-7:]) == [4] * 7
    assert 4 not in control_chart([*FLAT, 10, *([12, 11.5] * 4)[:6]], fix_after=12).rule


@pytest.mark.parametrize(
    ("target", "improves", "expected"),
    [
        (20, "increase", "consistently_fail"),
        (20, "decrease", "consistently_pass"),
        (2, "increase", "consistently_pass"),
        (2, "decrease", "consistently_fail"),
        (11, "increase", "inconsistent"),
        (None, "increase", ""),
        (20, "neutral", ""),
    ],
)
def test_assurance_against_a_target(target, improves, expected):
    assert control_chart(FLAT, target=target, improves=improves).assurance == expected


def test_rebase_starts_new_limits_and_two_within_twelve_points_are_refused():
    chart = control_chart([*FLAT, *[v + 50 for v in FLAT]], rebase_at=[12])
    assert (chart.mean[0], chart.mean[-1]) == (11, 61)
    assert set(chart.rule) == {0}
    with pytest.raises(BadInput, match="twelve points"):
        control_chart(FLAT * 3, rebase_at=[12, 20])


def test_four_points_make_no_chart():
    with pytest.raises(BadInput, match="five points"):
        control_chart([1, 2, 3, 4])


def _share_over_four_hours(trust):
    with gzip.open(DATA, "rt") as lines:
        rows = [row for row in csv.DictReader(lines) if row["nhs_trust22_code"] == trust]
    rows.sort(key=lambda row: row["date"])
    return np.array([float(r["attendances_over_4hours"]) / float(r["total_attendances"]) for r in rows])


@pytest.mark.parametrize("trust", ["R1K", "RAS"])
def test_real_monthly_series_misses_the_constitutional_standard(trust):
    series = _share_over_four_hours(trust)
    assert len(series) == 52
    chart = control_chart(series, improves="decrease", target=0.05)
    # Independent statement of the limits, straight from the definition.
    ranges = np.abs(np.diff(series))
    average = ranges.mean()
    average = ranges[ranges < 3.267 * average].mean()
    assert chart.upper[0] == pytest.approx(series.mean() + 2.66 * average)
    assert chart.assurance in {"consistently_fail", "inconsistent"}
    assert (np.abs(series - series.mean()) > 2.66 * average).sum() == (chart.rule == 1).sum()
