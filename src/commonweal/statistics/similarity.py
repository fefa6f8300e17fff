"""Which units are most alike: standardised distances in named groups of characteristics, each group counting the same.

A unit's peers are those whose people are most like its own, whatever they achieve: the outcome takes no part. The method
is that of nearest-neighbour comparators (CIPFA's for councils, RightCare's for care boards): standardise, weigh, measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from commonweal.errors import BadInput


@dataclass(frozen=True)
class Neighbour:
    """One of the most similar units: its position, how far away it is, and how far by each group (in standard deviations)."""

    position: int
    distance: float
    apart: Mapping[str, float]


def nearest(characteristics: Mapping[str, ArrayLike], position: int, count: int) -> list[Neighbour]:
    """The `count` units most like the one at `position`, nearest first; ties by position.

    `characteristics`: name of a group to an array of units × columns (or units). Each column is put in standard
    deviations over the units; a group's distance is the root mean square over its columns, and the whole is the root mean
    square over the groups, so that a group of five columns counts no more than a group of one. Units with a missing
    value are nobody's peers. Raises `BadInput` where the unit itself has one.
    """
    if not characteristics:
        raise BadInput("there is no characteristic to compare by")
    parts = {name: _standardised(values) for name, values in characteristics.items()}
    complete = np.all([np.isfinite(part).all(axis=1) for part in parts.values()], axis=0)
    if not complete[position]:
        raise BadInput("this unit lacks a characteristic, so nothing can be said to be like it")
    squares = {name: ((part - part[position]) ** 2).mean(axis=1) for name, part in parts.items()}
    whole = np.sqrt(np.mean(list(squares.values()), axis=0))
    others = [int(one) for one in np.argsort(whole, kind="stable") if one != position and complete[one]]
    return [
        Neighbour(one, float(whole[one]), {name: float(np.sqrt(square[one])) for name, square in squares.items()})
        for one in others[:count]
    ]


def _standardised(values: ArrayLike) -> np.ndarray:
    """Columns in standard deviations from their mean; a column that does not vary says nothing, so it is 0."""
    table = np.asarray(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    spread = np.nanstd(table, axis=0)
    return (table - np.nanmean(table, axis=0)) / np.where(spread > 0, spread, np.inf)
