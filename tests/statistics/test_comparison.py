"""Inequality, shrinkage, concentration and opportunity against oracles and by hand."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.statistics.comparison import (
    concentration,
    opportunity_to_peer_median,
    shrink_proportions,
    without_overlap,
)
from commonweal.statistics.inequality import inequality_index

RNG = np.random.default_rng(5)


def test_slope_and_ratio_agree_with_weighted_regression():
    value, population = np.array([12.0, 11.2, 9.9, 9.1, 7.0]), np.array([900, 1200, 1500, 1000, 700])
    share = population / population.sum()
    rank = np.cumsum(share) - share / 2
    fit = sm.WLS(value, sm.add_constant(rank), weights=population).fit()
    ours = inequality_index(value, np.full(5, 0.3), population)
    assert ours.slope == pytest.approx(fit.params[1])
    assert ours.ratio == pytest.approx((fit.params[0] + fit.params[1]) / fit.params[0])
    # Independent spread of the slope: var = Σ (w (r - r̄))² σ² / S².
    mean = (share * rank).sum()
    spread = (share * (rank - mean) ** 2).sum()
    error = np.sqrt(((share * (rank - mean)) ** 2 * 0.3**2).sum()) / spread
    assert (ours.slope_upper - ours.slope_lower) / 2 == pytest.approx(1.96 * error, rel=0.03)
    assert inequality_index(value, np.full(5, 0.3), population) == ours


def test_inequality_needs_people_in_every_group():
    with pytest.raises(BadInput, match="no population"):
        inequality_index([1, 2, 3], [0.1] * 3, [10, 0, 5])


def test_shrinkage_beats_the_raw_value_and_trusts_large_units():
    size = RNG.integers(10, 4000, 600)
    truth = RNG.beta(30, 70, 600)
    events = RNG.binomial(size, truth)
    shrunk = shrink_proportions(events, size)
    raw_error, error = ((events / size - truth) ** 2).mean(), ((shrunk.value - truth) ** 2).mean()
    assert error < raw_error * 0.8
    # The prior's strength of Beta(30, 70) is 100: a unit of 100 people keeps half of its own value.
    assert shrunk.weight[np.argmin(np.abs(size - 100))] == pytest.approx(0.5, abs=0.08)
    assert np.corrcoef(shrunk.weight, size)[0, 1] > 0.6


def test_no_variation_beyond_chance_shrinks_everything_to_the_centre():
    shrunk = shrink_proportions([10, 20, 30], [100, 200, 300])
    assert shrunk.value == pytest.approx([0.1] * 3)


def test_concentration_in_words():
    found = concentration([50, 1, 1, 40, 8], 0.5)
    assert (found.units, found.of, list(found.members)) == (1, 5, [0])
    assert concentration([30, 30, 20, 20]).words == "2 of 4 account for 60%"
    assert concentration([0, 0]).units == 0


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50), st.sampled_from([0.2, 0.5, 0.8]))
def test_concentration_is_the_fewest_units(amounts, share):
    found = concentration(amounts, share)
    total = sum(amounts)
    ordered = sorted(amounts, reverse=True)
    if total:
        assert sum(ordered[: found.units]) >= share * total - 1e-6
        assert sum(ordered[: found.units - 1]) < share * total


def test_opportunity_is_the_gap_to_the_median_of_the_others():
    # Rates 10 %, 20 %, 40 % of 100 each; the others' medians are 30 %, 25 %, 15 %.
    assert opportunity_to_peer_median([10, 20, 40], [100] * 3, lower_is_better=True) == pytest.approx([0, 0, 25])
    assert opportunity_to_peer_median([10, 20, 40], [100] * 3, lower_is_better=False) == pytest.approx([20, 5, 0])


def test_opportunities_with_their_overlap_removed_add_up_to_the_union():
    # Sets of 100 and 80 that share 30: together 150.
    parts = without_overlap([100, 80], [[0, 30], [30, 0]])
    assert list(parts) == [100, 50]
    with pytest.raises(BadInput, match="symmetric"):
        without_overlap([1, 2], [[0, 1], [0, 0]])
