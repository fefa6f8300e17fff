"""Confidence intervals for proportions, counts and rates, as NHS public health practice uses them.

All functions take arrays or numbers and return arrays of the broadcast shape (floats; not-a-number where undefined).
`level` is the two-sided confidence level, 0.95 unless told. Sources: Wilson (1927); Byar's approximation in Breslow and
Day (1987); PHEindicatormethods.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from commonweal.errors import BadInput

Array = NDArray[np.float64]


class Interval(NamedTuple):
    """A value with its lower and upper limit, each an array of one shape."""

    value: Array
    lower: Array
    upper: Array


@lru_cache(maxsize=64)
def _z(level: float) -> float:
    if not 0 < level < 1:
        raise BadInput("a confidence level lies between 0 and 1", value=level, remedy="use 0.95 or 0.998")
    return float(special.ndtri(0.5 + level / 2))


def _count(count: ArrayLike, name: str = "count") -> Array:
    array = np.asarray(count, dtype=float)
    if np.any(array < 0):
        raise BadInput(
            f"a {name} cannot be negative", value=float(np.nanmin(array)), remedy=f"check how the {name} was made"
        )
    return array


def wilson(numerator: ArrayLike, denominator: ArrayLike, level: float = 0.95) -> Interval:
    """A proportion with Wilson's score interval. Undefined (nan) where the denominator is 0.

    >>> value, lower, upper = wilson(65, 100)
    >>> round(float(lower), 4), round(float(upper), 4)
    (0.5525, 0.7364)
    """
    x, n = np.broadcast_arrays(_count(numerator, "numerator"), _count(denominator, "denominator"))
    if np.any(x > n):
        raise BadInput(
            "a numerator exceeds its denominator",
            value=float(x[x > n].flat[0]),
            remedy="a measure's numerator is a part of its denominator; check the definition",
        )
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        proportion = x / n
        spread = z * np.sqrt(z**2 + 4 * x * (1 - proportion))
        lower = (2 * x + z**2 - spread) / (2 * (n + z**2))
        upper = (2 * x + z**2 + spread) / (2 * (n + z**2))
    empty = n == 0
    return Interval(*(np.where(empty, np.nan, np.clip(part, 0, 1)) for part in (proportion, lower, upper)))


def byar(count: ArrayLike, level: float = 0.95) -> Interval:
    """A count with Byar's limits; the exact Poisson limits below 10, where the approximation is poor."""
    x = _count(count)
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(x > 0, x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3, 0.0)
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    exact = exact_poisson(x, level)
    small = x < 10
    return Interval(x, np.where(small, exact.lower, lower), np.where(small, exact.upper, upper))


def exact_poisson(count: ArrayLike, level: float = 0.95) -> Interval:
    """A count with exact Poisson limits: half a quantile of chi-squared, which is one of the gamma distribution."""
    x = _count(count)
    tail = (1 - level) / 2
    lower = np.where(x > 0, special.gammaincinv(x, tail), 0.0)
    upper = special.gammaincinv(x + 1, 1 - tail)
    return Interval(x, lower, upper)


def crude_rate(count: ArrayLike, population: ArrayLike, per: float = 100_000, level: float = 0.95) -> Interval:
    """A crude rate `per` so many people, with Byar's limits. Undefined (nan) where the population is 0."""
    n = _count(population, "population")
    limits = byar(count, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Interval(*(np.where(n > 0, part * per / n, np.nan) for part in limits))


def differs_from(interval: Interval, reference: float) -> NDArray[np.str_]:
    """``lower``, ``similar`` or ``higher`` than `reference`, by whether the interval holds it (never by the point alone)."""
    return np.where(interval.upper < reference, "lower", np.where(interval.lower > reference, "higher", "similar"))
