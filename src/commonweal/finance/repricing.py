"""Re-pricing when prices are issued again, with the price effect apart from volume and mix.

A value is always computed from activity and the price in force, never from an earlier value: so re-pricing twice gives what
re-pricing once gives, and the order in which prices or activity arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.finance.money import Number, exact, half_up
from commonweal.finance.prices import DatedPrice, PriceSet, effective
from commonweal.finance.variance import PlanActual, Variance, group_variance


@dataclass(frozen=True)
class ActivityLine:
    """Activity of one code in one department (or POD) on or in the month of `day`."""

    id: str
    day: date
    department: str
    code: str
    activity: Number


@dataclass(frozen=True)
class PricedLine:
    """A line with the price that was in force and known. Pence; None where no price covers it."""

    line: ActivityLine
    unit_pence: int | None
    pence: int | None
    price_set: str


@dataclass(frozen=True)
class PricingChange:
    """What a later issue of prices did to one body of activity. `before + price_effect + newly_priced == after`."""

    before: int
    after: int
    price_effect: int
    newly_priced: int
    unpriced_lines: int


@dataclass(frozen=True)
class PlanBridge:
    """Plan to actual, with the re-issue of prices apart from prices as first issued. The parts add up to the actual."""

    variance: Variance
    reissue: int

    @property
    def actual(self) -> int:
        """Actual at the prices as re-issued, pence."""
        return self.variance.actual + self.reissue


def priced(
    lines: Iterable[ActivityLine], price_sets: Iterable[PriceSet], as_at: date | None = None
) -> list[PricedLine]:
    """Every line at the price for its day, as known on `as_at`, in the order given."""
    by_key: dict[tuple[str, str], list[DatedPrice]] = {}
    for price in effective(price_sets, as_at):
        by_key.setdefault((price.department, price.code), []).append(price)
    return [_priced(line, by_key.get((line.department, line.code), ())) for line in lines]


def repriced(old: Iterable[PricedLine], price_sets: Iterable[PriceSet], as_at: date | None = None) -> list[PricedLine]:
    """The same activity at the prices known on `as_at`."""
    return priced([held.line for held in old], price_sets, as_at)


def pricing_change(before: Sequence[PricedLine], after: Sequence[PricedLine]) -> PricingChange:
    """What re-pricing changed, line by line. Both hold the same activity (matched by id)."""
    old = {held.line.id: held for held in before}
    effect = new = 0
    for held in after:
        was = old[held.line.id].pence
        if held.pence is None:
            continue
        if was is None:
            new += held.pence
        else:
            effect += held.pence - was
    return PricingChange(
        before=sum(held.pence or 0 for held in before),
        after=sum(held.pence or 0 for held in after),
        price_effect=effect,
        newly_priced=new,
        unpriced_lines=sum(held.pence is None for held in after),
    )


def plan_bridge(
    plan: dict[tuple[str, str], tuple[Number, int]], before: Sequence[PricedLine], after: Sequence[PricedLine]
) -> PlanBridge:
    """From plan to actual: volume, mix and price at prices as first issued, then the effect of the re-issue.

    `plan` maps (department, code) to planned activity and value in pence.
    """
    done: dict[tuple[str, str], list[PricedLine]] = {}
    for held in before:
        done.setdefault((held.line.department, held.line.code), []).append(held)
    lines = []
    for key in sorted(set(plan) | set(done)):
        activity, value = plan.get(key, (0, 0))
        held_lines = done.get(key, [])
        lines.append(
            PlanActual(
                activity,
                value,
                sum((exact(held.line.activity) for held in held_lines), exact(0)),
                sum(held.pence or 0 for held in held_lines),
            )
        )
    change = pricing_change(before, after)
    return PlanBridge(group_variance(lines), change.price_effect + change.newly_priced)


def _priced(line: ActivityLine, prices: Sequence[DatedPrice]) -> PricedLine:
    for price in prices:
        if price.starts <= line.day <= price.ends and price.pence is not None:
            return PricedLine(line, price.pence, half_up(exact(line.activity) * price.pence), price.price_set)
    return PricedLine(line, None, None, "")
