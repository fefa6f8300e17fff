"""Pictures of plans: a target's measure over time and the procurement pipeline. Numbers have passed the disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportIndexIssue=false
from __future__ import annotations

from commonweal.charts.base import Chart
from commonweal.charts.groups import bar_chart
from commonweal.charts.series import control_chart_picture
from commonweal.charts.timeline import Work, timeline
from commonweal.commissioning.targets import goal
from commonweal.statistics.spc import FEWEST_POINTS, Direction, control_chart
from commonweal.web.commissioning.models import Procurement, Target
from commonweal.web.commissioning.services import live, procurement

DIRECTIONS: dict[str, Direction] = {"higher_is_better": "increase", "lower_is_better": "decrease"}


def over_time(row: Target) -> Chart | None:
    """The measure month by month with its limits, and the target where it is the same quantity; None with too few points."""
    points = live.series(row.measure_id) if row.measure_id else ()
    value = live.value(row.measure_id) if row.measure_id else None
    if len(points) < FEWEST_POINTS or value is None:
        return None
    decides = row.live_decides and live.comparable(row.statistic, value)
    target = goal(row.plain()) if decides else None
    direction = DIRECTIONS.get(live.improves(row.measure_id), "increase")
    result = control_chart([level for _, level in points], improves=direction, target=target)
    return control_chart_picture(
        live.title(row.measure_id),
        [day for day, _ in points],
        result,
        unit="%" if value.per == 100 else f"per {value.per:,}",
        target=target,
    )


DAYS = (
    ("Planned start", "planned_start"), ("Decision", "decision_on"), ("Notice", "intention_to_award_on"), ("Award", "awarded_on"),
)  # fmt: skip


def pipeline(rows: list[Procurement]) -> list[Chart]:
    """When each procurement starts and is decided, and what starts in each year; nothing where no day is known."""
    work = [
        Work(row.service, tuple((what, day) for what, name in DAYS if (day := getattr(row, name)) is not None))
        for row in rows
    ]
    dated = [day for one in work for _, day in one.days]
    if not dated:
        return []
    undated = sum(not one.days for one in work)
    words = f"{len(work) - undated} procurements with a day, from {min(dated):%B %Y} to {max(dated):%B %Y}."
    words += f" {undated} without one." if undated else ""
    spend = procurement.spend_by_year(rows)
    unknown = sum(row[3] for row in spend)
    said = "; ".join(f"{year}: £{pence / 100:,.0f}" for year, _, pence, _ in spend)
    return [
        timeline("Timeline", sorted(work, key=lambda one: (not one.days, min((day for _, day in one.days), default=None) or dated[0])), words=words),
        bar_chart(
            "Spend a year, by the year in which it starts",
            [year for year, _, _, _ in spend],
            [pence / 100_000 for _, _, pence, _ in spend],
            unit="£ thousand a year",
            words=f"{said}.{f' {unknown} state no value and are not in the bars.' if unknown else ''}",
        ),
    ]  # fmt: skip
