"""Comparing many units fairly: shrinkage of small ones, who makes up most of it, and what a peer's level would be worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Array


@dataclass(frozen=True)
class Shrunk:
    """Each unit's value pulled towards the whole, by how little its own numbers say."""

    value: Array
    weight: Array
    """Share of the result that is the unit's own (0 to 1)."""
    centre: float


def shrink_proportions(numerator: ArrayLike, denominator: ArrayLike) -> Shrunk:
    """Empirical Bayes (beta-binomial, moments): small practices are not ranked by chance.

    Source: Kleinman (1973) moment estimator. With no variation between units beyond chance every unit gets the centre.
    """
    x, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    total = n.sum()
    if total <= 0:
        raise BadInput("nothing to compare: every denominator is 0")
    centre = float(x.sum() / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, x / n, centre)
    used = n > 0
    units = int(used.sum())
    scatter = float((n * (value - centre) ** 2).sum())
    chance = centre * (1 - centre) * (units - 1)
    spare = total - float((n**2).sum()) / total
    between = max(0.0, (scatter - chance) / spare) if spare > 0 else 0.0
    within = centre * (1 - centre) - between
    prior = np.inf if between == 0 else max(within, 0.0) / between
    weight = np.where(used, n / (n + prior), 0.0)
    return Shrunk(weight * value + (1 - weight) * centre, weight, centre)


@dataclass(frozen=True)
class Concentration:
    """The fewest units that make up at least `share` of the total."""

    units: int
    of: int
    share: float
    members: NDArray[np.intp]
    """Positions of those units, largest first."""

    @property
    def words(self) -> str:
        return f"{self.units} of {self.of} account for {self.share:.0%}"


def concentration(amount: ArrayLike, share: float = 0.5) -> Concentration:
    """Who makes up most of it ("12 of 340 practices account for half"). Amounts are non-negative."""
    a = np.asarray(amount, dtype=float)
    if np.any(a < 0):
        raise BadInput("amounts must not be negative", value=float(a.min()))
    order = np.argsort(-a, kind="stable")
    running = np.cumsum(a[order])
    if a.size == 0 or running[-1] == 0:
        return Concentration(0, int(a.size), 0.0, order[:0])
    count = int(np.searchsorted(running, share * running[-1] - 1e-9) + 1)
    return Concentration(count, int(a.size), float(running[count - 1] / running[-1]), order[:count])


def opportunity_to_peer_median(
    numerator: ArrayLike, denominator: ArrayLike, *, lower_is_better: bool, peers: NDArray[np.bool_] | None = None
) -> Array:
    """Events to gain or avoid in each unit if it stood at the median of its peers; 0 where it already does.

    `peers`: units × units, true where the column is a peer of the row; every other unit unless given.
    """
    x, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, x / n, np.nan)
    if peers is None:
        peers = ~np.eye(x.size, dtype=bool)
    table = np.where(peers, value[None, :], np.nan)
    known = np.isfinite(table).any(axis=1)
    median = np.full(x.shape, np.nan)
    median[known] = np.nanmedian(table[known], axis=1)
    gap = (value - median) if lower_is_better else (median - value)
    return np.nan_to_num(np.clip(gap, 0, None) * n)


def without_overlap(opportunities: ArrayLike, overlap: ArrayLike) -> Array:
    """Opportunities that add up: each keeps what no earlier one already counts.

    `opportunities`: amounts, in order of priority. `overlap[i, j]`: the amount that i and j have in common (symmetric).
    What i shares with earlier ones is taken off i once for each pair, never below 0: a cautious sum, since an amount shared
    by three is taken off twice.
    """
    amount, shared = np.asarray(opportunities, dtype=float), np.asarray(overlap, dtype=float)
    if shared.shape != (amount.size, amount.size) or not np.allclose(shared, shared.T):
        raise BadInput("overlap must be a symmetric square over the opportunities", value=shared.shape)
    taken = np.tril(shared, k=-1).sum(axis=1)
    return np.clip(amount - taken, 0, None)
