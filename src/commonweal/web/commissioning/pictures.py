"""The control chart of a target's measure, from numbers that have passed the disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportIndexIssue=false
from __future__ import annotations

from commonweal.charts.base import Chart
from commonweal.charts.series import control_chart_picture
from commonweal.commissioning.targets import goal
from commonweal.statistics.spc import FEWEST_POINTS, Direction, control_chart
from commonweal.web.commissioning.models import Target
from commonweal.web.commissioning.services import live

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
