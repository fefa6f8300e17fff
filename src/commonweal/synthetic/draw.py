"""Vectorised random drawing. No function here loops over people or events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


def pick(rng: np.random.Generator, weights: Floats | Sequence[float], count: int) -> Ints:
    """`count` indices drawn with the given weights."""
    total = np.cumsum(np.asarray(weights, float))
    return np.searchsorted(total, rng.random(count) * total[-1], side="right").astype(np.int64)


def pick_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """One index for each row of a weight matrix (rows × choices)."""
    total = np.cumsum(weights, axis=1)
    return (total < (rng.random(len(weights)) * total[:, -1])[:, None]).sum(axis=1)


def pick_grouped(rng: np.random.Generator, weights: Floats, group: Ints) -> Ints:
    """One index for each row, with the weights of that row's group (groups × choices); loops over groups only."""
    result = np.zeros(len(group), np.int64)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(weights) + 1))
    for number in np.unique(group):
        rows = order[bounds[number] : bounds[number + 1]]
        result[rows] = pick(rng, weights[number], len(rows))
    return result


def repeats(rng: np.random.Generator, rate: Floats) -> Ints:
    """Indices repeated a Poisson number of times: one entry for each event."""
    return np.repeat(np.arange(len(rate)), rng.poisson(np.maximum(rate, 0)))


def day_weights(start: int, end: int, months: Floats | None = None, weekdays: Floats | None = None) -> Floats:
    """Relative weight of each day in [start, end) from twelve month weights and seven weekday weights (Monday first)."""
    days = np.arange(start, end)
    weight = np.ones(len(days))
    if months is not None:
        weight *= np.asarray(months)[days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12]
    if weekdays is not None:
        weight *= np.asarray(weekdays)[(days + 3) % 7]
    return weight


def pick_days(rng: np.random.Generator, count: int, start: int, weights: Floats) -> Ints:
    """Days drawn with the weights of `day_weights`."""
    return start + pick(rng, weights, count)


def clock(rng: np.random.Generator, count: int, hours: Floats | Sequence[float]) -> Ints:
    """Minutes since midnight, from 24 hourly weights."""
    return pick(rng, hours, count) * 60 + rng.integers(0, 60, count)


def sigmoid(value: Floats) -> Floats:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-value))


def logit(value: Floats) -> Floats:
    """Log odds; probabilities are held off 0 and 1."""
    value = np.clip(value, 1e-6, 1 - 1e-6)
    return np.log(value / (1 - value))


def mix(values: Ints, key: int) -> NDArray[np.uint64]:
    """A keyed 64-bit mix of each integer (splitmix64): for tokens and for choices that must not depend on order."""
    with np.errstate(over="ignore"):
        state = values.astype(np.uint64) + np.uint64((key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))
