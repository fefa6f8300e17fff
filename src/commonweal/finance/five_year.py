"""Five-year finance: what the allocation grows by, what demand and prices cost, the gap, and what closes it.

Each area of spend (a point of delivery, prescribing, continuing care) starts from one year's cost. A year multiplies it by
demographic growth, other demand growth and price growth; the steps are kept apart and add up. What closes the gap is stated
by area and year, net, and never below nothing for an area without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from commonweal.errors import BadInput
from commonweal.finance.money import Number, exact, part


@dataclass(frozen=True)
class Area:
    """One area of spend: its cost in the base year (pence), and growth by year as shares (0.012 is 1.2 %)."""

    name: str
    base_pence: int
    demographic: tuple[Number, ...]
    other_demand: tuple[Number, ...]
    price: tuple[Number, ...]


@dataclass(frozen=True)
class FiveYearPlan:
    """`allocation_growth` has one rate a year; `closing` maps an area to what is saved (positive, net, recurrent effect in
    that year) each year."""

    years: tuple[str, ...]
    base_allocation: int
    allocation_growth: tuple[Number, ...]
    areas: tuple[Area, ...]
    closing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    efficiency: tuple[Number, ...] = ()
    """Share of cost that providers are asked to save each year, inside the price (none: nothing)."""


@dataclass(frozen=True)
class AreaYear:
    """One area in one year. ``opening + demographic + other_demand + price + efficiency == before_closing``."""

    area: str
    year: str
    opening: int
    demographic: int
    other_demand: int
    price: int
    efficiency: int
    closing: int

    @property
    def before_closing(self) -> int:
        """Cost if nothing is done, pence."""
        return self.opening + self.demographic + self.other_demand + self.price + self.efficiency

    @property
    def cost(self) -> int:
        """Cost after what closes the gap, pence."""
        return self.before_closing - self.closing


@dataclass(frozen=True)
class Year:
    """One year of the system. `gap` positive is money that is lacking."""

    year: str
    allocation: int
    before_closing: int
    closing: int

    @property
    def cost(self) -> int:
        """Cost after what closes the gap, pence."""
        return self.before_closing - self.closing

    @property
    def gap_before(self) -> int:
        """What is lacking if nothing is done, pence."""
        return self.before_closing - self.allocation

    @property
    def gap(self) -> int:
        """What is lacking after what closes it, pence."""
        return self.cost - self.allocation


@dataclass(frozen=True)
class Projection:
    """A five-year model's result: each year, and each area of spend in each year."""

    years: tuple[Year, ...]
    areas: tuple[AreaYear, ...]


def project(plan: FiveYearPlan) -> Projection:
    """Every year with closing measures. `closing` in a year is the saving made by then against doing nothing (it carries on
    in later years only if the plan says so again), so "before closing" is the do-nothing cost."""
    _check(plan)
    count = len(plan.years)
    lines: list[AreaYear] = []
    for area in plan.areas:
        opening = area.base_pence
        saved = plan.closing.get(area.name, (0,) * count)
        for place, year in enumerate(plan.years):
            line = _grown(area, year, place, opening, plan.efficiency, saved[place])
            lines.append(line)
            opening = line.before_closing
    years: list[Year] = []
    allocation = plan.base_allocation
    for place, year in enumerate(plan.years):
        allocation += part(allocation, plan.allocation_growth[place])
        here = [line for line in lines if line.year == year]
        years.append(
            Year(year, allocation, sum(line.before_closing for line in here), sum(line.closing for line in here))
        )
    return Projection(tuple(years), tuple(lines))


def scenario(
    plan: FiveYearPlan,
    *,
    allocation: Number = 0,
    demographic: Number = 0,
    other_demand: Number = 0,
    price: Number = 0,
    delivery: Number = 1,
) -> FiveYearPlan:
    """The plan with every year's rates moved by a number of points (0.01 is one percentage point), and closing measures
    delivered in part (`delivery` 0.8 is four fifths)."""

    def moved(rates: tuple[Number, ...], by: Number) -> tuple[Number, ...]:
        return tuple(exact(rate) + exact(by) for rate in rates)

    return replace(
        plan,
        allocation_growth=moved(plan.allocation_growth, allocation),
        areas=tuple(
            replace(
                area,
                demographic=moved(area.demographic, demographic),
                other_demand=moved(area.other_demand, other_demand),
                price=moved(area.price, price),
            )
            for area in plan.areas
        ),
        closing={name: tuple(part(amount, delivery) for amount in saved) for name, saved in plan.closing.items()},
    )


@dataclass(frozen=True)
class Sensitivity:
    """What the last year's gap becomes when one assumption moves. `effect` is the change from the plan, in pence."""

    assumption: str
    moved_by: str
    gap: int
    effect: int


def sensitivity(plan: FiveYearPlan, points: Number = "0.01", delivery_lost: Number = "0.1") -> tuple[Sensitivity, ...]:
    """Each assumption worse by `points`, and a share of the closing measures not delivered; largest effect first."""
    base = project(plan).years[-1].gap
    step = exact(points)
    moved_by = f"{float(step) * 100:g} percentage point{'' if step == exact('0.01') else 's'} a year"
    cases = {
        "allocation growth": (f"-{moved_by}", scenario(plan, allocation=-step)),
        "demographic growth": (f"+{moved_by}", scenario(plan, demographic=step)),
        "other demand": (f"+{moved_by}", scenario(plan, other_demand=step)),
        "prices": (f"+{moved_by}", scenario(plan, price=step)),
        "delivery of closing measures": (
            f"{float(exact(delivery_lost)) * 100:g} % not delivered",
            scenario(plan, delivery=1 - exact(delivery_lost)),
        ),
    }
    found = []
    for name, (says, moved) in cases.items():
        gap = project(moved).years[-1].gap
        found.append(Sensitivity(name, says, gap, gap - base))
    return tuple(sorted(found, key=lambda case: -abs(case.effect)))


def _grown(area: Area, year: str, place: int, opening: int, efficiency: Sequence[Number], saved: int) -> AreaYear:
    """Growth compounds in the order demand, then price, then efficiency, each on what stands before it."""
    demographic = part(opening, area.demographic[place])
    other = part(opening + demographic, area.other_demand[place])
    price = part(opening + demographic + other, area.price[place])
    asked = part(opening + demographic + other + price, efficiency[place]) if efficiency else 0
    return AreaYear(area.name, year, opening, demographic, other, price, -asked, saved)


def _check(plan: FiveYearPlan) -> None:
    count = len(plan.years)
    series: dict[str, Sequence[object]] = {"allocation growth": plan.allocation_growth}
    for area in plan.areas:
        for name in ("demographic", "other_demand", "price"):
            series[f"{area.name}: {name}"] = getattr(area, name)
    if plan.efficiency:
        series["efficiency"] = plan.efficiency
    for name, saved in plan.closing.items():
        series[f"closing: {name}"] = saved
    for name, values in series.items():
        if len(values) != count:
            raise BadInput("every rate is given for every year", where=name, value=len(values), remedy=f"give {count}")
    unknown = sorted(set(plan.closing) - {area.name for area in plan.areas})
    if unknown:
        raise BadInput("a closing measure belongs to an area of spend", value=", ".join(unknown))
