"""Funnel plots: which units differ from the whole by more than chance, allowing for their size.

Source: Spiegelhalter, Statistics in Medicine 2005 (limits, overdispersion); PHEindicatormethods (Wilson and Poisson
limits around the pooled value).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Array, exact_poisson, wilson

WINSORISED = 0.1
"""Share of the most extreme scores, at each end, that are pulled in before overdispersion is estimated."""


@dataclass(frozen=True)
class Funnel:
    """Each unit's value, the limits at its size, and where it stands; and the limits as a curve for drawing."""

    centre: float
    overdispersion: float
    """Spiegelhalter's φ; limits are widened by √φ where it exceeds 1."""
    value: Array
    lower_95: Array
    upper_95: Array
    lower_998: Array
    upper_998: Array
    position: NDArray[np.str_]
    """``very low``, ``low``, ``expected``, ``high``, ``very high`` (beyond 99.8 %, 95 %)."""
    curve_size: Array
    curve: dict[str, Array]


def overdispersion(value: Array, centre: float, variance: Array) -> float:
    """φ: the mean square of the winsorised standard scores. About 1 when only chance is at work."""
    scores = (value - centre) / np.sqrt(variance)
    scores = scores[np.isfinite(scores)]
    if scores.size < 2:
        return 1.0
    low, high = np.quantile(scores, [WINSORISED, 1 - WINSORISED])
    return float(np.mean(np.clip(scores, low, high) ** 2))


def _limits(kind: str, centre: float, size: Array, phi: float) -> dict[str, Array]:
    out: dict[str, Array] = {}
    for name, level in (("95", 0.95), ("998", 0.998)):
        z = float(special.ndtri(0.5 + level / 2))
        if phi > 1:
            variance = centre * (1 - centre) / size if kind == "proportion" else centre / size
            half = z * np.sqrt(phi * variance)
            lower, upper = centre - half, centre + half
        elif kind == "proportion":
            around = wilson(centre * size, size, level)
            lower, upper = around.lower, around.upper
        else:
            around = exact_poisson(centre * size, level)
            lower, upper = around.lower / size, around.upper / size
        out[f"lower_{name}"] = np.clip(lower, 0, None)
        out[f"upper_{name}"] = np.clip(upper, None, 1) if kind == "proportion" else upper
    return out


def funnel(
    numerator: ArrayLike,
    denominator: ArrayLike,
    kind: Literal["proportion", "ratio"] = "proportion",
    *,
    adjust: bool = True,
) -> Funnel:
    """The funnel of one measure over many units, for one period (never several years added up without scaling).

    `kind`: ``proportion`` (numerator within denominator) or ``ratio`` (count over expected or person-years).
    `adjust`: widen for overdispersion where φ > 1. Units with a denominator of 0 have no value and stand as expected.
    """
    x, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if x.shape != n.shape or x.ndim != 1:
        raise BadInput("a funnel needs one numerator and one denominator a unit", value=(x.shape, n.shape))
    if n.sum() <= 0:
        raise BadInput("a funnel needs at least one unit with a denominator", remedy="choose a wider group or date")
    centre = float(x.sum() / n.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, x / n, np.nan)
        variance = centre * (1 - centre) / n if kind == "proportion" else centre / n
    phi = overdispersion(value, centre, variance) if adjust and centre > 0 else 1.0
    size = np.where(n > 0, n, 1.0)
    at = _limits(kind, centre, size, phi)
    position = np.select(
        [value < at["lower_998"], value < at["lower_95"], value > at["upper_998"], value > at["upper_95"]],
        ["very low", "low", "very high", "high"],
        default="expected",
    )
    largest = max(float(n.max()), 2.0)
    curve_size = np.geomspace(max(1.0, float(n[n > 0].min()) * 0.8), largest * 1.1, 120)
    return Funnel(
        centre,
        phi,
        value,
        at["lower_95"],
        at["upper_95"],
        at["lower_998"],
        at["upper_998"],
        position,
        curve_size,
        _limits(kind, centre, curve_size, phi),
    )
