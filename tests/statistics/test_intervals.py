"""Intervals against oracle libraries (statsmodels, PHStatsMethods) and published examples."""

import numpy as np
import PHStatsMethods.confidence_intervals as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from commonweal.errors import BadInput
from commonweal.statistics.intervals import byar, crude_rate, differs_from, exact_poisson, wilson


@given(st.integers(1, 100_000), st.floats(0, 1), st.sampled_from([0.95, 0.998]))
def test_wilson_agrees_with_statsmodels(denominator, share, level):
    numerator = round(denominator * share)
    ours = wilson(numerator, denominator, level)
    lower, upper = proportion_confint(numerator, denominator, alpha=1 - level, method="wilson")
    assert float(ours.lower) == pytest.approx(max(lower, 0), abs=1e-10)
    assert float(ours.upper) == pytest.approx(min(upper, 1), abs=1e-10)


def test_wilson_published_example():
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263 and 0 of 20.
    limits = wilson([81, 0], [263, 20])
    assert limits.lower == pytest.approx([0.2553, 0.0], abs=5e-5)
    assert limits.upper == pytest.approx([0.3662, 0.1611], abs=5e-5)


def test_wilson_has_no_value_without_a_denominator_and_refuses_an_impossible_numerator():
    assert np.isnan(wilson(0, 0)).all()
    with pytest.raises(BadInput, match="exceeds"):
        wilson(3, 2)
    with pytest.raises(BadInput, match="negative"):
        wilson(-1, 2)


@given(st.integers(10, 1_000_000), st.sampled_from([0.95, 0.998]))
def test_byar_agrees_with_the_public_health_oracle_from_ten(count, level):
    ours = byar(count, level)
    assert float(ours.lower) == pytest.approx(oracle.byars_lower(count, level), rel=1e-9)
    assert float(ours.upper) == pytest.approx(oracle.byars_upper(count, level), rel=1e-9)


def test_small_counts_use_exact_poisson_limits():
    # Garwood's limits for 0 and 5, as printed in standard tables.
    limits = byar([0, 5])
    assert limits.lower == pytest.approx([0, 1.6235], abs=5e-5)
    assert limits.upper == pytest.approx([3.6889, 11.6683], abs=5e-5)
    assert exact_poisson(5).upper == pytest.approx(limits.upper[1])


def test_crude_rate_scales_the_count_and_its_limits():
    rate = crude_rate([100, 4], [50_000, 0], per=1000)
    assert rate.value[0] == pytest.approx(2.0)
    assert rate.lower[0] == pytest.approx(float(byar(100).lower) / 50)
    assert np.isnan(rate.value[1])


def test_differs_from_speaks_of_the_interval_not_the_point():
    assert list(differs_from(wilson([50, 52, 700], [1000, 100, 1000]), 0.5)) == ["lower", "similar", "higher"]
