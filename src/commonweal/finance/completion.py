"""Completion: how much of a month is in its first cut ("flex"), learnt from months that are closed ("freeze").

A month's cut has an age: months since the month ended when the file was made (0 for flex, 1 for freeze, and so on). The
factor of an age is what closed months came to, over what they showed at that age, summed over months (chain ladder with
one step). Factors are by point of delivery; one with too little history takes the factor of all PODs together, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from commonweal.finance.money import half_up

ALL = "all points of delivery"
LEAST_MONTHS = 6
"""Closed months that a POD needs before its own factor is used: fewer moves too much from one month to the next."""


@dataclass(frozen=True)
class Cut:
    """What one file showed for one month and POD. Amount in pence, or activity counted in units."""

    month: date
    pod: str
    age: int
    amount: int


@dataclass(frozen=True)
class Factor:
    """Multiply a cut of this age by `ratio` to expect the closed figure. `lowest` and `highest` are single months' ratios."""

    pod: str
    age: int
    ratio: Fraction
    months: int
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True)
class Completed:
    """A month's activity as shown and as expected when it is complete; `factor` is None where history has none."""

    shown: int
    expected: int
    factor: Factor | None

    @property
    def to_come(self) -> int:
        """What the cut is expected to miss."""
        return self.expected - self.shown


def learnt(cuts: Iterable[Cut], final_age: int = 1) -> dict[tuple[str, int], Factor]:
    """Factors by POD and age, from months whose cut at `final_age` (or later: the latest) is held.

    A month sent again at the same age counts once: the last given. A month that shows nothing at an age teaches nothing.
    """
    held = list(cuts)
    shown = {(cut.pod, cut.month, cut.age): cut.amount for cut in held}
    final: dict[tuple[str, date], tuple[int, int]] = {}
    for cut in held:
        best = final.get((cut.pod, cut.month))
        if cut.age >= final_age and (best is None or cut.age >= best[0]):
            final[cut.pod, cut.month] = (cut.age, cut.amount)
    pairs: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for (pod, month, age), amount in shown.items():
        if age < final_age and amount > 0 and (pod, month) in final:
            closed = final[pod, month][1]
            pairs.setdefault((pod, age), []).append((amount, closed))
            pairs.setdefault((ALL, age), []).append((amount, closed))
    return {key: _factor(key, seen) for key, seen in pairs.items()}


def completed(amount: int, pod: str, age: int, factors: dict[tuple[str, int], Factor], final_age: int = 1) -> Completed:
    """What a month's cut is expected to come to. Nothing is added to a closed month, or where nothing was learnt."""
    if age >= final_age:
        return Completed(amount, amount, None)
    own = factors.get((pod, age))
    factor = own if own is not None and own.months >= LEAST_MONTHS else factors.get((ALL, age), own)
    if factor is None:
        return Completed(amount, amount, None)
    return Completed(amount, half_up(amount * factor.ratio), factor)


def back_test(cuts: Sequence[Cut], final_age: int = 1) -> list[tuple[Cut, int, int]]:
    """For each closed month: its first cut, what factors learnt from *earlier* months expected, and what it came to."""
    final = {(cut.pod, cut.month): cut.amount for cut in sorted(cuts, key=lambda c: c.age) if cut.age >= final_age}
    tested = []
    for cut in sorted(cuts, key=lambda c: (c.month, c.pod)):
        if cut.age >= final_age or (cut.pod, cut.month) not in final:
            continue
        factors = learnt([past for past in cuts if past.month < cut.month], final_age)
        tested.append(
            (cut, completed(cut.amount, cut.pod, cut.age, factors, final_age).expected, final[cut.pod, cut.month])
        )
    return tested


def _factor(key: tuple[str, int], seen: Sequence[tuple[int, int]]) -> Factor:
    ratios = [Fraction(closed, first) for first, closed in seen]
    whole = Fraction(sum(closed for _, closed in seen), sum(first for first, _ in seen))
    return Factor(key[0], key[1], whole, len(seen), min(ratios), max(ratios))
