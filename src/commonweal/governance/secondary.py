"""Secondary suppression: further cells are hidden until no sum gives a hidden one away.

Where counts are not rounded, a network's total less its shown practices is the hidden practice. Cells therefore come with their
*sums* (a total and its parts: a network and its practices, everybody and the age bands), and in every sum either nothing is
hidden or at least two cells are, which together hold enough people to be published. Hiding a cell may weaken another sum
it stands in, so all are gone through until nothing changes. Sorting, exporting or drawing a chart shows the same cells.

Where sums form a tree below one total (practice, network, borough; age bands; deprivation tenths and fifths), that is enough
against any combination of them: the tests' attacker solves all sums together and finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Sum = tuple[int, tuple[int, ...]]
"""The column of the total, and the columns of its parts."""


def hide_secondary(counts: Sequence[np.ndarray], hidden: np.ndarray, sums: Sequence[Sum], least: int) -> np.ndarray:
    """The cells that must be hidden: `hidden` and more. Shapes are (tables, cells).

    `counts` are the numbers of which none may be found out (those with something, those without it). In a sum whose
    total is shown, the hidden parts together hold at least `least` of each. The smallest shown parts are hidden first.
    """
    shut = hidden.copy()
    while True:
        before = shut.sum()
        for total, parts in sums:
            _mend(counts, shut, total, list(parts), least)
        if shut.sum() == before:
            return shut


def _mend(counts: Sequence[np.ndarray], shut: np.ndarray, total: int, parts: list[int], least: int) -> None:
    """Hide the smallest parts of one sum, in every table where it gives a hidden cell away."""
    for _ in range(len(parts) + 1):
        inside = shut[:, parts]
        few = np.zeros(len(shut), dtype=bool)
        for count in counts:
            few |= (count[:, parts] * inside).sum(axis=1) < least
        number = inside.sum(axis=1)
        weak = (number + shut[:, total] == 1) | ((number > 0) & ~shut[:, total] & few)
        if not weak.any():
            return
        cost = np.where(~inside & (counts[0][:, parts] > 0), counts[0][:, parts], np.inf)
        cheapest = cost.argmin(axis=1)
        possible = np.isfinite(cost.min(axis=1))
        rows = np.flatnonzero(weak & possible)
        shut[rows, np.array(parts)[cheapest[rows]]] = True
        shut[weak & ~possible, total] = True
        if not len(rows):
            return
