"""Rates made comparable between populations of different ages: direct and indirect standardisation.

Source: PHEindicatormethods (phe_dsr, calculate_ISRate), Dobson et al. (1991), European Standard Population 2013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Interval, byar

EUROPEAN_STANDARD_POPULATION_2013: tuple[int, ...] = (
    5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000,
)  # fmt: skip
"""Weights of the 19 five-year bands 0-4 to 90+; they sum to 100,000 (under 1 and 1-4 are joined, 90-94 and 95+ too)."""

FEWEST_EVENTS = 10
"""A directly standardised rate is not shown on fewer events than this."""


@dataclass(frozen=True)
class StandardisedRate:
    """A rate with its interval, or why there is none."""

    value: float | None
    lower: float | None
    upper: float | None
    events: float
    population: float
    reason: str = ""


def directly_standardised_rate(
    events: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike = EUROPEAN_STANDARD_POPULATION_2013,
    *,
    per: float = 100_000,
    level: float = 0.95,
    event_variance: ArrayLike | None = None,
) -> StandardisedRate:
    """One area's rate as it would be if the area had the standard population's ages, with Dobson's interval.

    `events`, `population`, `standard`: one number an age band. `event_variance`: the variance of each band's events where
    people can have several (non-independent events); the count itself (Poisson) unless given.
    """
    x, n, w = (np.asarray(part, dtype=float) for part in (events, population, standard))
    if not x.shape == n.shape == w.shape:
        raise BadInput(
            "events, population and standard must have the same age bands",
            value=(x.shape, n.shape, w.shape),
            remedy="give one number a band, in the same order",
        )
    total = float(x.sum())
    if np.any((n == 0) & (x > 0)):
        raise BadInput("an age band has events and no population", remedy="check the age bands of both counts")
    if total < FEWEST_EVENTS:
        return StandardisedRate(None, None, None, total, float(n.sum()), f"fewer than {FEWEST_EVENTS} events")
    spread = x if event_variance is None else np.asarray(event_variance, dtype=float)
    filled = n > 0
    share = w / w.sum()
    rate = float((share[filled] * x[filled] / n[filled]).sum())
    variance = float((share[filled] ** 2 * spread[filled] / n[filled] ** 2).sum())
    count = byar(total, level)
    scale = np.sqrt(variance / total)
    lower = rate + scale * (float(count.lower) - total)
    upper = rate + scale * (float(count.upper) - total)
    return StandardisedRate(rate * per, lower * per, upper * per, total, float(n.sum()))


def indirectly_standardised_ratio(
    observed: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    level: float = 0.95,
) -> Interval:
    """Observed over expected, for each area, with Byar's limits (1.0 means as expected).

    `observed`: one number an area. `population`: areas × age bands. `reference_*`: one number a band.
    Undefined (nan) where nothing is expected.
    """
    rates = np.asarray(reference_events, dtype=float) / np.asarray(reference_population, dtype=float)
    expected = np.asarray(population, dtype=float) @ rates
    limits = byar(observed, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Interval(*(np.where(expected > 0, part / expected, np.nan) for part in limits))
