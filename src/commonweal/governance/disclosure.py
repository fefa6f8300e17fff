"""The one door for numbers: suppression and rounding by profile.

The `HES` profile is the method of HES and ECDS since September 2018 (NHS Digital, "Change to disclosure control
methodology for HES and ECDS"): below national level 0 is shown as 0, 1 to 7 as ``*``, all else to the nearest 5;
totals are added unrounded and then rounded, so they need not sum; percentages and rates come from the rounded counts;
means are not shown for 1 to 7 people. Standardised rates, intervals and model outputs need no control.

`SDE` hides 1 to 9 and does not round, so a single hidden cell could be had by subtracting the shown ones from the
total: `commonweal.governance.secondary` hides further ones. `INTERNAL` hides nothing (direct care).

Rounding alone does not hold against differencing. Every number outside direct care is therefore a cell of a fixed cube: there
is no free filter, and a group that somebody puts together is added up from cells as they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from commonweal.governance.secondary import hide_secondary

Cell = TypeVar("Cell")

MASK = "*"
MEAN_DIGITS = 4
"""Significant digits of a mean that may be shown."""
FOOTNOTE = (
    "Counts of 1 to {largest_hidden} are shown as *.{rounding} Totals are worked out before that, so they may not sum."
)


@dataclass(frozen=True)
class DisclosureProfile:
    """How counts of people or events are shown.

    `suppress_below`: counts from 1 to one less are hidden; 0 hides nothing. `round_to`: to the nearest multiple; 1
    leaves counts as they are.
    """

    name: str
    suppress_below: int
    round_to: int = 1

    def hides(self, count: int) -> bool:
        """True where a count would be shown as ``*``."""
        return 0 < count < self.suppress_below

    def rounded(self, count: int) -> int:
        """To the nearest multiple, halves up; exact integer arithmetic."""
        return (2 * count + self.round_to) // (2 * self.round_to) * self.round_to

    @property
    def footnote(self) -> str:
        """What to print under a table; empty where nothing is changed."""
        if not self.suppress_below:
            return ""
        rounding = f" Others are rounded to the nearest {self.round_to}." if self.round_to > 1 else ""
        return FOOTNOTE.format(largest_hidden=self.suppress_below - 1, rounding=rounding)


HES = DisclosureProfile("hes", 8, 5)
SDE = DisclosureProfile("sde", 10)
INTERNAL = DisclosureProfile("internal", 0)
PROFILES = {profile.name: profile for profile in (HES, SDE, INTERNAL)}


@dataclass(frozen=True)
class Shown:
    """A number after the door: `value` is None where it is hidden, and `text` is what to print."""

    value: float | int | None
    text: str

    @property
    def hidden(self) -> bool:
        return self.value is None


HIDDEN = Shown(None, MASK)


def show_count(count: int, profile: DisclosureProfile) -> Shown:
    """One count of people or events. Raises ValueError for a negative one."""
    if count < 0:
        raise ValueError("a count cannot be negative")
    if profile.hides(count):
        return HIDDEN
    value = profile.rounded(count)
    return Shown(value, f"{value:,}")


def show_group(counts: Mapping[Cell, int], profile: DisclosureProfile) -> tuple[dict[Cell, Shown], Shown]:
    """The cells of one table and their total, as shown. The total is added before rounding.

    Where counts are not rounded, further cells are hidden so that the total gives none away
    (`commonweal.governance.secondary`).
    """
    shown = {cell: show_count(count, profile) for cell, count in counts.items()}
    total = show_count(sum(counts.values()), profile)
    if profile.round_to > 1 or not any(one.hidden for one in shown.values()):
        return shown, total
    numbers = np.array([[sum(counts.values()), *counts.values()]], dtype=float)
    hidden = np.array([[total.hidden, *(one.hidden for one in shown.values())]])
    shut = hide_secondary([numbers], hidden, [(0, tuple(range(1, numbers.shape[1])))], profile.suppress_below)[0]
    cells = {cell: HIDDEN if closed else shown[cell] for cell, closed in zip(counts, shut[1:], strict=True)}
    return cells, HIDDEN if shut[0] else total


def show_rate(numerator: int, denominator: int, profile: DisclosureProfile, per: float = 1.0) -> Shown:
    """A rate from the counts as shown: hidden where either is, or where the denominator is shown as 0.

    The part of the denominator that is not in the numerator is a count too: where that is hidden, so is the rate,
    since rate and denominator would give it. The value is ``per`` × numerator / denominator.
    """
    top, bottom = show_count(numerator, profile), show_count(denominator, profile)
    rest_hidden = numerator <= denominator and profile.hides(denominator - numerator)
    if top.value is None or not bottom.value or rest_hidden:
        return HIDDEN
    value = per * top.value / bottom.value
    return Shown(value, f"{value:.4g}")


def show_mean(mean: float, people: int, profile: DisclosureProfile) -> Shown:
    """A mean or median over `people`: shown from 8 people up (10 for `SDE`), not for 1 to 7, and none for no people.

    Where a profile hides anything the value has no more digits than its text: 3.142857142857 says that it is 22 over 7.
    """
    if people == 0 or profile.hides(people):
        return HIDDEN
    text = f"{mean:.{MEAN_DIGITS}g}"
    return Shown(float(text) if profile.suppress_below else mean, text)


def count_sql(count: str, profile: DisclosureProfile) -> str:
    """A SQL expression equal to `show_count`: the shown BIGINT, or null where it is hidden."""
    step = profile.round_to
    rounded = f"(2 * ({count}) + {step}) // {2 * step} * {step}"
    return f"CASE WHEN ({count}) > 0 AND ({count}) < {profile.suppress_below} THEN NULL ELSE {rounded} END"
