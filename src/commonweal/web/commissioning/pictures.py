"""Pictures of plans: a target's measure over time and the procurement pipeline. Numbers have passed the disclosure door."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportIndexIssue=false
from __future__ import annotations

from commonweal.charts.base import Chart
from commonweal.charts.groups import bar_chart
from commonweal.charts.network import network
from commonweal.charts.series import Line, control_chart_picture, line_chart
from commonweal.charts.timeline import Work, timeline
from commonweal.commissioning.interdependence import Join
from commonweal.commissioning.targets import forecast, goal
from commonweal.statistics.spc import FEWEST_POINTS, Direction, control_chart
from commonweal.web.commissioning.models import Procurement, Target
from commonweal.web.commissioning.services import live, procurement
from commonweal.web.commissioning.services.targets import Tracked

DIRECTIONS: dict[str, Direction] = {"higher_is_better": "increase", "lower_is_better": "decrease"}


def over_time(row: Target) -> Chart | None:
    """The measure month by month with its limits, and the target where it is the same quantity; None with too few points."""
    points = live.series(row.measure_id, place=row.place_code) if row.measure_id else ()
    value = live.value(row.measure_id, place=row.place_code) if row.measure_id else None
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


def to_due(tracked: Tracked) -> Chart | None:
    """The figures, the steps on the way, and the forecast with its interval up to the due date; None where there is neither a
    forecast nor a step, or no figure."""
    plain, ahead = tracked.target.plain(), tracked.assessment.forecast
    due, level = plain.due_date, tracked.assessment.goal
    if not tracked.readings or due is None or level is None or not (ahead or plain.trajectory):
        return None
    first, latest = tracked.readings[0].day, tracked.readings[-1].day
    lines = [Line("Figures", [one.day for one in tracked.readings], [one.value for one in tracked.readings])]
    if plain.trajectory:
        lines.append(
            Line(
                "Steps on the way",
                [day for day, _ in plain.trajectory],
                [float(value) for _, value in plain.trajectory],
                dashed=True,
            )
        )
    lines.append(Line("Target", [first, due], [level, level], dashed=True))
    if ahead is not None:
        days = [latest + (due - latest) * part / 8 for part in range(9)]
        made = [one for day in days if (one := forecast(tracked.readings, day)) is not None]
        lines.append(
            Line(
                "Forecast",
                [one.day for one in made],
                [one.value for one in made],
                [one.lower for one in made],
                [one.upper for one in made],
                dashed=True,
            )
        )
    reason = tracked.assessment.reason
    words = f"{tracked.assessment.status.value.capitalize()}: {reason}."
    words += " The band holds the forecast four times in five." if ahead else ""
    unit = {"percent": "%"}.get(plain.statistic, plain.statistic.replace("_", " "))
    return line_chart("The way to its due date", lines, unit=unit, words=words)  # fmt: skip


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


MOST_DRAWN = 40
"""More lines than this cannot be told apart; the table has them all."""


def interdependence(joins: list[Join]) -> Chart | None:
    """Programmes around a ring with a line for each tie, the strongest `MOST_DRAWN`; None where nothing is joined."""
    if not joins:
        return None
    drawn = joins[:MOST_DRAWN]
    names = {name for one in joins for name in (one.first, one.second)}
    strongest = joins[0]
    words = (
        f"{len(names)} programmes, joined in {len(joins)} {'pair' if len(joins) == 1 else 'pairs'}. The strongest tie is between "
        f"{strongest.first} and {strongest.second}: {strongest.strength}."
    )
    if len(joins) > MOST_DRAWN:
        words += f" The {MOST_DRAWN} strongest are drawn; the table has all."
    return network(
        "Programmes and what joins them",
        [(one.first, one.second, one.strength) for one in drawn],
        unit="ties",
        words=words,
    )
