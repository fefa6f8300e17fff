"""Statistical process control by the Making Data Count rules (XmR charts).

Source: NHSRplotthedots (September 2025). The outlier screen on moving ranges is that package's default; NHS England's
spreadsheet does not screen, so `screen_outliers` is an argument and the result says which was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Array

Direction = Literal["increase", "decrease", "neutral"]
LIMIT_FACTOR = 2.66
SCREEN_FACTOR = 3.267
SETTLED_POINTS = 12
FEWEST_POINTS = 5
RUN = 7

RULES = (
    "",
    "point outside the limits",
    "seven-point trend",
    "two of three near a limit",
    "seven on one side of the mean",
)
"""Special causes in order of priority; the number of a point is its place here, 0 for common cause."""


@dataclass(frozen=True)
class ControlChart:
    """One series with its limits and signals. Arrays have one element a point."""

    value: Array
    mean: Array
    lower: Array
    upper: Array
    near_lower: Array
    near_upper: Array
    rule: NDArray[np.int8]
    """0 common cause, else the place in `RULES`."""
    signal: NDArray[np.str_]
    """``common``, ``improvement``, ``concern`` or ``neutral``."""
    variation: str
    """The variation icon, from the last point: ``common``, ``improvement_high``, ``improvement_low``, ``concern_high``,
    ``concern_low``, ``neutral_high``, ``neutral_low``."""
    assurance: str
    """Against the target: ``consistently_pass``, ``consistently_fail``, ``inconsistent``; empty without a target."""
    settled: bool
    """At least twelve points in the last segment: the limits are more than trial limits."""
    screened: bool
    words: str


def _segment_limits(value: Array, screen: bool, fix_after: int | None) -> tuple[float, float]:
    """Mean and half-width of the limits, from the points that set them."""
    basis = value[:fix_after] if fix_after else value
    basis = basis[np.isfinite(basis)]
    ranges = np.abs(np.diff(basis))
    average = float(ranges.mean()) if ranges.size else 0.0
    if screen and ranges.size:
        kept = ranges[ranges < SCREEN_FACTOR * average]
        average = float(kept.mean()) if kept.size else average
    return float(basis.mean()), LIMIT_FACTOR * average


def _run_members(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Every point that belongs to a run of at least `length` true flags."""
    out = np.zeros(flags.shape, dtype=bool)
    start = 0
    for index in range(flags.size + 1):
        if index == flags.size or not flags[index]:
            if index - start >= length:
                out[start:index] = True
            start = index + 1
    return out


def _rules(value: Array, mean: float, half: float) -> NDArray[np.int8]:
    """The rule of each point of one segment, the first in order of priority."""
    side = np.sign(value - mean)
    outside = np.abs(value - mean) > half
    steps = np.sign(np.diff(value))
    trend = np.zeros(value.shape, dtype=bool)
    for direction in (1, -1):
        run = _run_members(steps == direction, RUN - 1)
        trend[:-1] |= run
        trend[1:] |= run
    near = (np.abs(value - mean) > half * 2 / 3) & ~outside
    two_of_three = np.zeros(value.shape, dtype=bool)
    for start in range(value.size - 2):
        window = slice(start, start + 3)
        if abs(side[window].sum()) == 3 and near[window].sum() >= 2:
            two_of_three[window] |= near[window]
    same_side = _run_members(side == 1, RUN) | _run_members(side == -1, RUN)
    return np.select([outside, trend, two_of_three, same_side], [1, 2, 3, 4], default=0).astype(np.int8)


def _point_signals(
    value: Array, mean: Array, rule: NDArray[np.int8], improves: Direction
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """The meaning of each point, and whether its special cause is high. A trend is judged by where it is going."""
    high = value > mean
    steps = np.diff(value, prepend=value[:1])
    steps[:1] = steps[1:2]
    high = np.where(rule == 2, steps > 0, high)
    good = high if improves == "increase" else ~high
    if improves == "neutral":
        signal = np.where(rule == 0, "common", "neutral")
    else:
        signal = np.where(rule == 0, "common", np.where(good, "improvement", "concern"))
    return signal, high


def _assurance(target: float | None, lower: float, upper: float, improves: Direction) -> str:
    if target is None or improves == "neutral":
        return ""
    if target > upper:
        return "consistently_fail" if improves == "increase" else "consistently_pass"
    if target < lower:
        return "consistently_pass" if improves == "increase" else "consistently_fail"
    return "inconsistent"


_VARIATION_WORDS = {
    "common": "Common cause variation: no significant change",
    "improvement": "Special cause variation of an improving nature",
    "concern": "Special cause variation of a concerning nature",
    "neutral": "Special cause variation: a change that is neither good nor bad by itself",
}
_ASSURANCE_WORDS = {
    "": "",
    "consistently_pass": " The process is expected to meet the target consistently.",
    "consistently_fail": " The process is expected to miss the target unless it is redesigned.",
    "inconsistent": " The process will meet the target some of the time, by chance.",
}


def control_chart(
    values: ArrayLike,
    *,
    improves: Direction = "increase",
    target: float | None = None,
    rebase_at: Sequence[int] = (),
    fix_after: int | None = None,
    screen_outliers: bool = True,
) -> ControlChart:
    """An XmR chart of a series in time order.

    `rebase_at`: positions where the process changed for a documented cause; limits start again there. Two rebases within
    twelve points are refused. `fix_after`: limits from the first so many points of each segment.
    Fewer than five points make no chart.
    """
    value = np.asarray(values, dtype=float)
    if value.ndim != 1 or np.isfinite(value).sum() < FEWEST_POINTS:
        raise BadInput(
            "a control chart needs at least five points",
            value=int(value.size),
            remedy="show the numbers as a table until there are more",
        )
    starts = [0, *sorted(rebase_at)]
    if any(not 0 <= start < value.size for start in starts):
        raise BadInput("a rebase lies outside the series", value=list(rebase_at))
    if any(b - a < SETTLED_POINTS for a, b in pairwise(starts[1:])):
        raise BadInput(
            "two rebases lie within twelve points of each other",
            value=list(rebase_at),
            remedy="keep one; limits need twelve points to settle",
        )
    mean, lower, upper = (np.empty_like(value) for _ in range(3))
    rule = np.zeros(value.shape, dtype=np.int8)
    for start, end in zip(starts, [*starts[1:], value.size], strict=True):
        centre, half = _segment_limits(value[start:end], screen_outliers, fix_after)
        mean[start:end], lower[start:end], upper[start:end] = centre, centre - half, centre + half
        rule[start:end] = _rules(value[start:end], centre, half)
    signal, high = _point_signals(value, mean, rule, improves)
    last = str(signal[-1])
    variation = last if last == "common" else f"{last}_{'high' if high[-1] else 'low'}"
    assurance = _assurance(target, float(lower[-1]), float(upper[-1]), improves)
    why = f" ({RULES[rule[-1]]})" if rule[-1] else ""
    third = (upper - mean) * 2 / 3
    return ControlChart(
        value,
        mean,
        lower,
        upper,
        mean - third,
        mean + third,
        rule,
        signal,
        variation,
        assurance,
        settled=value.size - starts[-1] >= SETTLED_POINTS,
        screened=screen_outliers,
        words=f"{_VARIATION_WORDS[last]}{why}.{_ASSURANCE_WORDS[assurance]}",
    )
