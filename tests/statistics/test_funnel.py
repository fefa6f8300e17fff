"""Funnels: limits, position, and overdispersion."""

import numpy as np
import pytest
from scipy import stats

from commonweal.errors import BadInput
from commonweal.statistics.funnel import funnel

RNG = np.random.default_rng(11)


def test_chance_alone_is_not_overdispersed_and_rarely_flagged():
    size = RNG.integers(200, 8000, 400)
    result = funnel(RNG.binomial(size, 0.3), size)
    assert result.overdispersion == pytest.approx(0.8, abs=0.25)  # winsorising pulls chance below 1
    assert (result.position != "expected").mean() == pytest.approx(0.05, abs=0.03)


def test_real_differences_are_found_as_overdispersion_and_limits_widen_by_its_root():
    size = np.full(200, 1000)
    events = RNG.binomial(size, np.clip(RNG.normal(0.3, 0.05, 200), 0.05, 0.6))
    wide, plain = funnel(events, size), funnel(events, size, adjust=False)
    # Variance between units over variance of chance: 0.05² / (0.3 × 0.7 / 1000) + 1 ≈ 12.9, less by winsorising.
    assert 6 < wide.overdispersion < 14
    half = stats.norm.ppf(0.975) * np.sqrt(wide.overdispersion * wide.centre * (1 - wide.centre) / 1000)
    assert wide.upper_95[0] == pytest.approx(wide.centre + half)
    assert (plain.position != "expected").sum() > (wide.position != "expected").sum()


def test_an_outlier_stands_out_by_name():
    size = np.full(40, 500)
    events = np.full(40, 100)
    events[[3, 7]] = [190, 30]
    result = funnel(events, size, adjust=False)
    assert (result.position[3], result.position[7]) == ("very high", "very low")
    assert set(np.delete(result.position, [3, 7])) == {"expected"}


def test_ratio_limits_are_exact_poisson_around_the_pooled_value():
    result = funnel([10, 20, 30], [10.0, 20.0, 30.0], kind="ratio", adjust=False)
    assert result.centre == 1.0
    assert result.lower_95[0] == pytest.approx(stats.chi2.ppf(0.025, 20) / 2 / 10)
    assert result.upper_95[0] == pytest.approx(stats.chi2.ppf(0.975, 22) / 2 / 10)


def test_an_empty_unit_has_no_value_and_an_empty_measure_no_funnel():
    result = funnel([0, 5], [0, 10])
    assert np.isnan(result.value[0])
    assert result.position[0] == "expected"
    with pytest.raises(BadInput, match="denominator"):
        funnel([0, 0], [0, 0])
