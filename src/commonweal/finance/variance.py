"""Plan against actual, with volume, mix and price apart, adding up exactly at every level.

Sign: actual less plan, so a positive variance is an overspend. For one line, with planned price Pp and activity Ap::

    volume = (Aa - Ap) × Pp        price = (Pa - Pp) × Aa        variance = volume + price

Volume is rounded once to pence and price is the rest, so that nothing is lost. For a group of lines, what their volumes
come to is itself split: the group's activity at its own average planned price (volume), and the shift between cheap and
dear lines (mix).

Where there is no plan to price activity by (activity without plan), the whole variance is `unplanned`: it is neither
volume nor price until someone says what the plan was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from commonweal.finance.money import Number, exact, half_up


@dataclass(frozen=True)
class PlanActual:
    """One line: activity in its own unit and cost in pence, planned and actual."""

    planned_activity: Number
    planned_pence: int
    actual_activity: Number
    actual_pence: int


@dataclass(frozen=True)
class Variance:
    """Pence. ``plan + volume + mix + price + unplanned == actual``, always."""

    plan: int
    actual: int
    volume: int
    mix: int
    price: int
    unplanned: int

    @property
    def total(self) -> int:
        """Actual less plan, pence; positive is an overspend."""
        return self.actual - self.plan


def line_variance(line: PlanActual) -> Variance:
    """The variance of one line. It has no mix."""
    planned, actual = exact(line.planned_activity), exact(line.actual_activity)
    difference = line.actual_pence - line.planned_pence
    if planned == 0 and line.planned_pence == 0:
        return Variance(0, line.actual_pence, 0, 0, 0, difference)
    if planned == 0:
        # A plan in money alone (a block, an adjustment): no volume can be told.
        return Variance(line.planned_pence, line.actual_pence, 0, 0, difference, 0)
    volume = half_up((actual - planned) * Fraction(line.planned_pence) / planned)
    return Variance(line.planned_pence, line.actual_pence, volume, 0, difference - volume, 0)


def group_variance(lines: Iterable[PlanActual]) -> Variance:
    """The variance of several lines of one unit (spells, or attendances): their volumes split into volume and mix."""
    held = list(lines)
    single = [line_variance(line) for line in held]
    plan, actual = sum(item.plan for item in single), sum(item.actual for item in single)
    priced = [line for line in held if exact(line.planned_activity) != 0]
    planned = sum((exact(line.planned_activity) for line in priced), Fraction(0))
    done = sum((exact(line.actual_activity) for line in priced), Fraction(0))
    of_lines = sum(item.volume for item in single)
    value = sum(line.planned_pence for line in priced)
    volume = half_up((done - planned) * Fraction(value) / planned) if planned != 0 else of_lines
    return Variance(
        plan=plan,
        actual=actual,
        volume=volume,
        mix=of_lines - volume,
        price=sum(item.price for item in single),
        unplanned=sum(item.unplanned for item in single),
    )


def added(variances: Iterable[Variance]) -> Variance:
    """Variances of separate groups, added: used above the level at which activity has one unit."""
    held = list(variances)
    return Variance(
        *(
            sum(getattr(item, name) for item in held)
            for name in ("plan", "actual", "volume", "mix", "price", "unplanned")
        )
    )
