"""How a measure changes from the most to the least deprived: slope and relative index of inequality.

Source: PHEindicatormethods (phe_sii): weighted regression of the value on the mid-point of each group's share of the
population, with intervals by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Array


@dataclass(frozen=True)
class InequalityIndex:
    """Slope: difference in value from the most to the least deprived. Ratio: the least over the most deprived."""

    slope: float
    slope_lower: float
    slope_upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float


def _fit(value: Array, rank: Array, share: Array) -> tuple[Array, Array]:
    """Weighted least squares for each row of `value`: intercepts and slopes."""
    mean_rank = (share * rank).sum()
    spread = (share * (rank - mean_rank) ** 2).sum()
    mean_value = value @ share
    slope = ((value - mean_value[:, None]) * (rank - mean_rank)) @ share / spread
    return mean_value - slope * mean_rank, slope


def inequality_index(
    value: ArrayLike,
    standard_error: ArrayLike,
    population: ArrayLike,
    *,
    level: float = 0.95,
    simulations: int = 20_000,
    seed: int = 1,
) -> InequalityIndex:
    """SII and RII over groups ordered from the most to the least deprived (quintiles or deciles).

    Arrays of one number a group. The intervals are percentiles over `simulations` draws of the groups' values around
    their standard errors, with a fixed seed, so that the same data give the same limits.
    """
    y, error, n = (np.asarray(part, dtype=float) for part in (value, standard_error, population))
    if y.size < 3 or not y.shape == error.shape == n.shape:
        raise BadInput(
            "an inequality index needs at least three groups, each with a value, an error and a population",
            value=(y.size, error.size, n.size),
        )
    if np.any(n <= 0):
        raise BadInput("a deprivation group has no population", remedy="use quintiles instead of deciles")
    share = n / n.sum()
    rank = np.cumsum(share) - share / 2
    intercept, slope = _fit(y[None, :], rank, share)
    draws = np.random.default_rng(seed).normal(y, error, size=(simulations, y.size))
    intercepts, slopes = _fit(draws, rank, share)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (intercepts + slopes) / intercepts
        ratio = float((intercept[0] + slope[0]) / intercept[0])
    tails = [(1 - level) / 2, 0.5 + level / 2]
    slope_lower, slope_upper = map(float, np.quantile(slopes, tails))
    ratio_lower, ratio_upper = map(float, np.quantile(ratios, tails))
    return InequalityIndex(float(slope[0]), slope_lower, slope_upper, ratio, ratio_lower, ratio_upper)
