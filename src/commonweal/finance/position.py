"""The position: plan, actual, variance and outturn for month, year to date and year, by any dimension, and its bridges.

It is built from cells (one key, POD and month), so that every figure on a page is a sum of cells, and sums are equal at every
level. Positive variance is an overspend. Outturns come line by line and are added up; none is computed from a total.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.money import Number, part
from commonweal.finance.variance import PlanActual, Variance, added, group_variance

Key = Hashable


@dataclass(frozen=True)
class Cell:
    """One key (what a page groups by), POD and month. `actual_*` None: the month has not arrived; zero is a figure."""

    key: Key
    pod: str | None
    month: date
    planned_activity: Number
    planned_pence: int
    actual_activity: Number | None
    actual_pence: int | None


@dataclass(frozen=True)
class Outturn:
    """Three outturns side by side, pence. Submitted is what the provider (or team) says; None where they have not."""

    statistical: int
    submitted: int | None = None
    risk_adjusted: int | None = None
    because: str = ""


@dataclass(frozen=True)
class Adjustment:
    """A known change that no series shows, with an owner. Pence, positive costs more; weighed by `probability`."""

    id: str
    title: str
    owner: str
    pence: int
    probability: Number = 1
    key: Key = None
    """The row it belongs to; None: the system."""

    def __post_init__(self) -> None:
        if not self.owner:
            raise BadInput("a known adjustment has an owner", where=f"adjustment {self.id}")

    @property
    def weighed(self) -> int:
        """Pence by its probability."""
        return part(self.pence, self.probability)


@dataclass(frozen=True)
class PositionRow:
    """One row of a position page. `missing` are months up to now that have a plan and have not arrived."""

    key: Key
    month: Variance
    year_to_date: Variance
    plan_year: int
    outturn: Outturn | None
    missing: tuple[date, ...]

    @property
    def forecast_variance(self) -> int | None:
        """Statistical outturn against the plan of the year, pence; None without an outturn."""
        return None if self.outturn is None else self.outturn.statistical - self.plan_year


def position(
    cells: Iterable[Cell], year: FinancialYear, months: int, outturns: Mapping[Key, Outturn] | None = None
) -> tuple[PositionRow, ...]:
    """Rows by key, in the order in which keys first appear. Cells outside the year are left out."""
    held: dict[Key, list[Cell]] = {}
    for cell in cells:
        if year.first_day <= cell.month <= year.last_day:
            held.setdefault(cell.key, []).append(cell)
    now = year.month(months)
    return tuple(
        PositionRow(
            key=key,
            month=_variance([cell for cell in mine if cell.month == now]),
            year_to_date=_variance([cell for cell in mine if cell.month <= now]),
            plan_year=sum(cell.planned_pence for cell in mine),
            outturn=(outturns or {}).get(key),
            missing=_missing(mine, now),
        )
        for key, mine in held.items()
    )


def totalled(rows: Sequence[PositionRow], key: Key = "total") -> PositionRow:
    """The sum of rows; an outturn only where every row has one."""
    outturns = [row.outturn for row in rows]
    whole = None
    if rows and all(outturn is not None for outturn in outturns):
        held = [outturn for outturn in outturns if outturn is not None]
        whole = Outturn(
            sum(outturn.statistical for outturn in held),
            _sum_all([outturn.submitted for outturn in held]),
            _sum_all([outturn.risk_adjusted for outturn in held]),
        )
    return PositionRow(
        key,
        added(row.month for row in rows),
        added(row.year_to_date for row in rows),
        sum(row.plan_year for row in rows),
        whole,
        tuple(sorted({month for row in rows for month in row.missing})),
    )


def risk_adjusted(statistical: int, adjustments: Iterable[Adjustment], scheme_savings_to_come: int = 0) -> int:
    """The statistical outturn with known adjustments, weighed, and the risk-weighted savings that no month shows yet."""
    return statistical + sum(adjustment.weighed for adjustment in adjustments) - scheme_savings_to_come


@dataclass(frozen=True)
class BridgeStep:
    """One step of a bridge: what moved, and by how many pence."""

    says: str
    pence: int


@dataclass(frozen=True)
class Bridge:
    """From one figure to another; the steps add up to the difference (checked when it is made)."""

    starts: BridgeStep
    steps: tuple[BridgeStep, ...]
    ends: BridgeStep

    def __post_init__(self) -> None:
        if self.starts.pence + sum(step.pence for step in self.steps) != self.ends.pence:
            raise AssertionError(f"a bridge does not add up: {self.starts.says} to {self.ends.says}")


def plan_to_forecast(row: PositionRow, adjustments: Sequence[Adjustment] = (), savings_to_come: int = 0) -> Bridge:
    """From the year's plan to the risk-adjusted forecast: what happened so far (volume, mix, price, without plan), what the
    statistical method adds for the months to come, each known adjustment, savings still to come."""
    if row.outturn is None:
        raise BadInput("a bridge to forecast needs an outturn", value=str(row.key))
    so_far, ahead = row.year_to_date, row.outturn.statistical - row.plan_year - row.year_to_date.total
    steps = [
        BridgeStep("volume to date", so_far.volume),
        BridgeStep("mix to date", so_far.mix),
        BridgeStep("price to date", so_far.price),
        BridgeStep("activity without plan, to date", so_far.unplanned),
        BridgeStep("months to come, at the forecast", ahead),
        *(BridgeStep(f"{held.title} ({held.owner})", held.weighed) for held in adjustments),
        BridgeStep("scheme savings still to come, risk-weighted", -savings_to_come),
    ]
    return Bridge(
        BridgeStep("plan for the year", row.plan_year),
        tuple(step for step in steps if step.pence),
        BridgeStep("forecast outturn", risk_adjusted(row.outturn.statistical, adjustments, savings_to_come)),
    )


@dataclass(frozen=True)
class Movement:
    """One line's forecast as it stood a month ago and stands now, pence."""

    key: Key
    forecast_before: int
    forecast_now: int
    restated: int
    """What earlier months have changed by since."""
    expected: int
    """What last month's forecast held for the month that has since arrived."""
    arrived: int
    """What that month came to, with what its first cut is expected to miss."""


def month_to_month(lines: Sequence[Movement], month: date) -> Bridge:
    """From last month's forecast to this month's, over the lines given; `month` is the one that arrived."""
    before, now = (sum(getattr(line, name) for line in lines) for name in ("forecast_before", "forecast_now"))
    restated = sum(line.restated for line in lines)
    surprise = sum(line.arrived - line.expected for line in lines)
    steps = (
        BridgeStep("earlier months restated", restated),
        BridgeStep(f"{month:%B} against what was expected of it", surprise),
        BridgeStep("months to come, expected anew", now - before - restated - surprise),
    )
    return Bridge(
        BridgeStep("forecast last month", before),
        tuple(step for step in steps if step.pence),
        BridgeStep("forecast this month", now),
    )


def after_merger(cells: Iterable[Cell], successors: Mapping[Key, Key]) -> list[Cell]:
    """The cells of organisations that were taken over, under their successors (of their successors, and so on): one series
    over a merger in mid-year. Plan and actual stay as they were."""

    def current(key: Key) -> Key:
        seen: set[Key] = set()
        while key in successors and key not in seen:
            seen.add(key)
            key = successors[key]
        return key

    return [
        Cell(
            current(cell.key), cell.pod, cell.month, cell.planned_activity, cell.planned_pence, cell.actual_activity,
            cell.actual_pence,
        )
        for cell in cells
    ]  # fmt: skip


def _variance(cells: Sequence[Cell]) -> Variance:
    """Volume, mix and price inside each POD (one unit of activity), then added over PODs. A month that has not arrived is
    left out with its plan: it is missing, not an underspend."""
    pods: dict[str | None, list[PlanActual]] = {}
    for cell in cells:
        if cell.actual_pence is not None:
            line = PlanActual(cell.planned_activity, cell.planned_pence, cell.actual_activity or 0, cell.actual_pence)
            pods.setdefault(cell.pod, []).append(line)
    return added(group_variance(lines) for lines in pods.values())


def _missing(cells: Sequence[Cell], now: date) -> tuple[date, ...]:
    arrived = {cell.month for cell in cells if cell.actual_pence is not None}
    return tuple(sorted({cell.month for cell in cells if cell.month <= now} - arrived))


def _sum_all(amounts: Sequence[int | None]) -> int | None:
    return None if any(amount is None for amount in amounts) else sum(amount or 0 for amount in amounts)
