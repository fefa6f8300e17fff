"""Did it work? Comparisons that say against what, with their limits and what they cannot see.

People chosen because their use was high fall back by themselves (regression to the mean), so a fall before to after
proves nothing: every result here stands against people or a course that was not treated. Methods and warnings follow the
Improvement Analytics Unit's practice: matched controls with difference in differences, and interrupted time series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from commonweal.errors import BadInput
from commonweal.statistics.intervals import Array

BALANCED = 0.1
"""Largest standardised mean difference of a balanced comparison."""
TIE_BREAK = 0.01
"""How far, in standard deviations, a tie between equally near controls is spread."""


@dataclass(frozen=True)
class Match:
    """Which controls stand for which treated people, and how alike the two groups are."""

    treated: NDArray[np.intp]
    """Positions of treated people, once for each control found."""
    control: NDArray[np.intp]
    unmatched: NDArray[np.intp]
    """Treated people whose stratum holds too few controls."""
    standardised_differences: dict[str, float]

    @property
    def balanced(self) -> bool:
        return all(abs(value) < BALANCED for value in self.standardised_differences.values())


def match_controls(
    treated: dict[str, ArrayLike],
    pool: dict[str, ArrayLike],
    *,
    exact: tuple[str, ...] = (),
    ratio: int = 3,
    seed: int = 1,
) -> Match:
    """The `ratio` nearest untreated people for each treated one, within equal values of the `exact` columns.

    `treated`, `pool`: column name → one value a person, the same columns in both. Distance is Euclidean on the
    standardised remaining columns; ties are broken by a seeded draw, so that one control does not serve everybody of its
    age. A control may serve more than once. Matching uses nothing from after the start.
    """
    from sklearn.neighbors import NearestNeighbors  # every command would wait for it

    if set(treated) != set(pool):
        raise BadInput("both groups need the same columns", value=sorted(set(treated) ^ set(pool)))
    columns = [name for name in treated if name not in exact]
    if not columns:
        raise BadInput("matching needs at least one column that is not exact")
    # The pool may be millions of people: only those of one stratum at a time stand in a matrix.
    ours, theirs = ([np.asarray(group[name]) for name in columns] for group in (treated, pool))
    scale = np.array([np.concatenate(both).std(dtype=float) for both in zip(ours, theirs, strict=True)])
    scale[scale == 0] = 1.0
    draw = np.random.default_rng(seed)
    ties = [draw.random(len(group[0])) * TIE_BREAK for group in (ours, theirs)]
    pairs = [np.empty((0, 2), dtype=np.intp)]
    unmatched = []
    for members, candidates in _strata(treated, pool, exact):
        if candidates.size < ratio:
            unmatched.append(members)
            continue
        near = NearestNeighbors(n_neighbors=ratio).fit(_placed(theirs, scale, ties[1], candidates))
        _, found = near.kneighbors(_placed(ours, scale, ties[0], members))
        pairs.append(np.column_stack([np.repeat(members, found.shape[1]), candidates[found.ravel()]]))
    matched = np.vstack(pairs)
    differences = {name: _standardised_difference(ours[i], theirs[i], matched) for i, name in enumerate(columns)}
    lost = np.concatenate(unmatched) if unmatched else np.empty(0, dtype=np.intp)
    return Match(matched[:, 0], matched[:, 1], lost, differences)


def _placed(columns: list[Array], scale: Array, ties: Array, rows: NDArray[np.intp]) -> Array:
    """The standardised columns of some people, and their draw, as a matrix with one row each."""
    return np.column_stack([*(column[rows] / by for column, by in zip(columns, scale, strict=True)), ties[rows]])


def _strata(treated: dict, pool: dict, exact: tuple[str, ...]):
    """Pairs of positions (treated, pool) for each distinct combination of the exact columns."""
    count, size = (len(next(iter(group.values()))) for group in (treated, pool))
    if not exact:
        yield np.arange(count), np.arange(size)
        return
    key = np.zeros(count + size, dtype=np.int64)
    for name in exact:
        found, place = np.unique(
            np.concatenate([np.asarray(treated[name]), np.asarray(pool[name])]), return_inverse=True
        )
        key = key * len(found) + place
    for stratum in np.unique(key[:count]):
        yield np.flatnonzero(key[:count] == stratum), np.flatnonzero(key[count:] == stratum)


def _standardised_difference(ours: Array, theirs: Array, matched: NDArray[np.intp]) -> float:
    if matched.size == 0:
        return float("nan")
    a, b = ours[matched[:, 0]], theirs[matched[:, 1]]
    spread = np.sqrt((a.var() + b.var()) / 2)
    return float((a.mean() - b.mean()) / spread) if spread > 0 else 0.0


@dataclass(frozen=True)
class Effect:
    """A difference with its interval, what it is against, and what to keep in mind."""

    method: str
    comparator: str
    people: int
    value: float
    """Change in the treated beyond the change in the comparison; negative is fewer."""
    lower: float
    upper: float
    before_to_after: float
    """What a look at the treated alone would have claimed."""
    warnings: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """The interval leaves out no change at all."""
        return self.lower > 0 or self.upper < 0


def difference_in_differences(
    before: ArrayLike,
    after: ArrayLike,
    control_before: ArrayLike,
    control_after: ArrayLike,
    match: Match,
    level: float = 0.95,
) -> Effect:
    """Change per treated person beyond that of their matched controls, with an interval over treated people.

    Arrays hold one number a person (events or pence), for periods of the same length before and after the start.
    """
    change = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    control_change = np.asarray(control_after, dtype=float) - np.asarray(control_before, dtype=float)
    people, place = np.unique(match.treated, return_inverse=True)
    if people.size < 2:
        raise BadInput("an effect needs at least two treated people with controls", value=int(people.size))
    controls = np.bincount(place)
    counterfactual = np.bincount(place, control_change[match.control]) / controls
    each = change[people] - counterfactual
    error = np.sqrt(
        each.var(ddof=1) / people.size + _reuse_variance(control_change, match, place, counterfactual, controls)
    )
    half = float(special.stdtrit(people.size - 1, 0.5 + level / 2) * error)
    value = float(each.mean())
    return Effect(
        "matched controls, difference in differences", "the nearest untreated people", int(people.size), value,
        value - half, value + half, float(change[people].mean()), _warnings(match, float(change[people].mean()), value),
    )  # fmt: skip


def _reuse_variance(
    change: Array, match: Match, place: NDArray[np.intp], middle: Array, controls: NDArray[np.intp]
) -> float:
    """What controls that serve several times add to the variance of the mean (Abadie and Imbens 2006)."""
    squares = np.bincount(place, (change[match.control] - middle[place]) ** 2)
    spread = squares / np.maximum(controls - 1, 1)
    _, slot = np.unique(match.control, return_inverse=True)
    weight = 1 / controls[place]
    total, own = np.bincount(slot, weight), np.bincount(slot, weight**2)
    around = np.bincount(slot, spread[place]) / np.bincount(slot)
    return float((around * (total**2 - own)).sum() / middle.size**2)


def _warnings(match: Match, naive: float, value: float) -> tuple[str, ...]:
    out = []
    if not match.balanced:
        worst = max(match.standardised_differences, key=lambda name: abs(match.standardised_differences[name]))
        out.append(f"the groups differ in {worst} by {match.standardised_differences[worst]:.2f} standard deviations")
    if match.unmatched.size:
        out.append(f"{match.unmatched.size} treated people had nobody to be compared with")
    if naive < 0 and abs(value) < abs(naive) / 2:
        out.append("most of the fall also happened without treatment: regression to the mean")
    return tuple(out)


@dataclass(frozen=True)
class InterruptedSeries:
    """A monthly series and its course had nothing changed."""

    level_change: float
    level_lower: float
    level_upper: float
    slope_change: float
    slope_lower: float
    slope_upper: float
    counterfactual: Array
    """What the months after the change would have been, by the fit before it."""
    total_difference: float
    warnings: tuple[str, ...]


def interrupted_time_series(
    values: ArrayLike, change_at: int, *, seasonal: bool = True, level: float = 0.95, lags: int = 2
) -> InterruptedSeries:
    """Segmented regression with Newey-West errors; twelve-month seasonality by one harmonic pair.

    `change_at`: position of the first month after the change. At least eight months on each side.
    """
    import statsmodels.api as sm  # every command would wait for it

    y = np.asarray(values, dtype=float)
    before, after = change_at, y.size - change_at
    if min(before, after) < 8:
        raise BadInput("an interrupted series needs at least eight months before and after", value=(before, after),
                       remedy="wait, or compare with matched people instead")  # fmt: skip
    month = np.arange(y.size)
    step = (month >= change_at).astype(float)
    columns = [np.ones(y.size), month, step, step * (month - change_at)]
    if seasonal:
        columns += [np.sin(2 * np.pi * month / 12), np.cos(2 * np.pi * month / 12)]
    design = np.column_stack(columns)
    fit = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    limits = fit.conf_int(alpha=1 - level)
    without = design.copy()
    without[:, 2:4] = 0
    counterfactual = (without @ fit.params)[change_at:]
    notes = ["no control series: anything else that changed in that month is counted in"]
    if before < 24 and seasonal:
        notes.append("fewer than two years before the change: the season is learnt from little")
    level_lower, level_upper, slope_lower, slope_upper = map(float, np.asarray(limits)[2:4].ravel())
    return InterruptedSeries(
        float(fit.params[2]), level_lower, level_upper, float(fit.params[3]), slope_lower, slope_upper,
        counterfactual, float((y[change_at:] - counterfactual).sum()), tuple(notes),
    )  # fmt: skip
