"""The statistical forecast: exponential smoothing of the level of all lines at once, with an interval of the sum.

A line's level moves towards each new month by a share of the error (Hyndman, Koehler, Ord and Snyder, *Forecasting with
Exponential Smoothing*, 2008, chapter 3). Every share of a grid is tried with every way to weigh months (alike, by calendar days,
by working days), and the forecast is the mean of all of them, weighed by likelihood: one best share follows chance on a short
line. That shares stop at a half, and that seasons come from three years on and are halved, was learnt on the real A&E months;
on them the interval held 82 % of outturns (decision 0135).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_MONTHS = 8
SEASONAL_FROM = 36
SEASONS_KEPT = 0.5
HALF_WIDTH = 1.2815515655446004
"""Standard deviations to either side of the middle that hold 80 % of a normal distribution."""
SHARES = np.linspace(0.0, 0.5, 11)[:, None]
NO_ERROR = 1e-12
"""Least mean square of a line's errors, as a share of its mean square: a line without any would make all likelihoods infinite."""


@dataclass(frozen=True)
class Expected:
    """Of each line: the months to come (lines × months ahead) and the standard deviation of their sum, in the unit given."""

    months: np.ndarray
    deviation: np.ndarray


def filled(amounts: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Lines × months without holes: an unknown month takes last year's same month, else the mean of the months beside it, else the
    mean of all. Months before a line's first are filled too and mean nothing."""
    values = np.where(known, amounts, 0).astype(float)
    overall = values.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    year_before, had_year = _moved(values, 12), _moved(known, 12)
    beside = _moved(values, 1) + _moved(values, -1)
    count = _moved(known, 1).astype(int) + _moved(known, -1)
    guess = np.where(had_year, year_before, np.where(count > 0, beside / np.maximum(count, 1), overall[:, None]))
    return np.where(known, values, guess)


def smoothed(values: np.ndarray, started: np.ndarray, days: np.ndarray) -> Expected:
    """What the months after `values` (lines × months) are expected to come to.

    `started` says from which month on each line exists. `days` (ways to weigh × months, those of `values` and then those to
    come) is what a month weighs each way.
    """
    seen = values.shape[1]
    now, ahead = days[:, :seen], days[:, seen:]
    rates = values / now[:, None]
    seasons = _seasons(rates, started)
    month = np.arange(days.shape[1]) % 12
    level, squares = _levels(rates - seasons[:, :, month[:seen]], started, now)
    later = np.cumsum(ahead[:, ::-1], axis=1)[:, ::-1] - ahead
    # An error counts in its own month, and by its share, day for day, in every month after it.
    spread = np.square(1 + SHARES * (later / ahead)[:, None]).sum(axis=2)
    count = started.sum(axis=1)
    variance = squares / np.maximum(count, 1)
    weight = _likelihoods(variance, count, np.square(values * started).sum(axis=1))
    future = ahead[:, None] * (seasons[:, :, month[seen:]])
    months = np.einsum("bsl,bsl,bm->lm", weight, level, ahead) + np.einsum("bsl,blm->lm", weight, future)
    sums = level * ahead.sum(axis=1)[:, None, None] + future.sum(axis=2)[:, None]
    apart = np.square(sums - months.sum(axis=1))
    return Expected(months, np.sqrt((weight * (variance * spread[:, :, None] + apart)).sum(axis=(0, 1))))


def _levels(rates: np.ndarray, started: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Last level and sum of squared errors (ways × shares × lines), each from the first level that makes the squares least.

    Errors are linear in the first level: they are run once from the mean, and beside them what one unit of it leaves.
    """
    _, lines, seen = rates.shape
    mean = (rates * started).sum(axis=2) / np.maximum(started.sum(axis=1), 1)
    level = np.repeat(mean[:, None], len(SHARES), axis=1)
    unit = np.ones((1, len(SHARES), lines))
    fixed, crossed, left = np.zeros_like(level), np.zeros_like(level), np.zeros_like(level)
    for step in range(seen):
        on, weighs = started[:, step], np.square(now[:, step])[:, None, None]
        error = (rates[:, None, :, step] - level) * on
        kept = unit * on
        fixed += weighs * error * error
        crossed += weighs * error * kept
        left += weighs * kept * kept
        level = level + SHARES * error
        unit = unit - SHARES * kept
    first = crossed / np.where(left > 0, left, 1)
    return level + unit * first, np.maximum(fixed - crossed * first, 0)


def _likelihoods(variance: np.ndarray, months: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Weights (ways × shares × lines) that add up to one for each line: likelihood of normal errors at their best variance."""
    least = NO_ERROR * squares / np.maximum(months, 1)
    held = np.log(np.maximum(variance, np.where(least > 0, least, 1))) * (-months / 2)
    weight = np.exp(held - held.max(axis=(0, 1)))
    return weight / weight.sum(axis=(0, 1))


def _seasons(rates: np.ndarray, started: np.ndarray) -> np.ndarray:
    """Ways × lines × 12: half of how each calendar month lies from the centred mean of twelve months; zero before three years."""
    ways, lines, seen = rates.shape
    enough = started.sum(axis=1) >= SEASONAL_FROM
    if not enough.any():
        return np.zeros((ways, lines, 12))
    added = np.concatenate([np.zeros((ways, lines, 1)), np.cumsum(rates * started, axis=2)], axis=2)
    twelve = added[:, :, 12:] - added[:, :, :-12]
    apart = rates[:, :, 6 : seen - 6] - (twelve[:, :, :-1] + twelve[:, :, 1:]) / 24
    whole = started[:, : seen - 12]
    of_month = np.eye(12)[np.arange(6, seen - 6) % 12]
    seasons = (apart * whole) @ of_month / np.maximum(whole @ of_month, 1)
    seasons -= seasons.mean(axis=2, keepdims=True)
    return SEASONS_KEPT * seasons * enough[:, None]


def _moved(table: np.ndarray, by: int) -> np.ndarray:
    """Each row later by so many months (earlier if negative), nothing coming in."""
    moved = np.zeros_like(table)
    if by > 0:
        moved[:, by:] = table[:, :-by]
    else:
        moved[:, :by] = table[:, -by:]
    return moved
