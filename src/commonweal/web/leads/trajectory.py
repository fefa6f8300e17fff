"""From a target's baseline to its due date: where a straight line would stand, and where the measure does."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.charts.base import Chart
from commonweal.charts.series import Line, line_chart
from commonweal.commissioning.targets import goal, period_end
from commonweal.web.commissioning.services import live, targets
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import date_words

if TYPE_CHECKING:
    from commonweal.commissioning.targets import Target as PlainTarget
    from commonweal.web.commissioning.services.targets import Tracked

Steps = tuple[tuple[datetime.date, float], ...]


@dataclass(frozen=True)
class Trajectory:
    """One target of the system beside the measure."""

    reference: str
    indicator: str
    population: str
    status: str
    reason: str
    same_quantity: bool
    """Whether the measure is the target's own quantity, so that both can be drawn on one chart."""
    steps: Steps
    """From baseline over steps to the goal at the due date; fewer where the document does not state them."""

    def expected(self, day: datetime.date) -> float | None:
        """Where the line stands on a day: straight between steps, None outside them."""
        for (from_day, low), (to_day, high) in zip(self.steps, self.steps[1:], strict=False):
            if from_day <= day <= to_day:
                return low + (high - low) * (day - from_day).days / max(1, (to_day - from_day).days)
        return None


def of_measure(*, by: Actor, measure_id: str) -> list[Trajectory]:
    """The targets of the plans that name this measure; none for those who do not see plans."""
    if not can(by, "commissioning.see"):
        return []
    return [_trajectory(one) for one in targets.of_measure(by=by, measure_id=measure_id)]


def steps_of(target: PlainTarget) -> Steps:
    """Baseline, steps and goal with their days, in order; what is not stated or not dated is left out."""
    level, due, began = goal(target), target.due_date, period_end(target.baseline_period)
    found = {day: float(value) for day, value in target.trajectory}
    if target.baseline_value is not None and began is not None:
        found.setdefault(began, float(target.baseline_value))
    if level is not None and due is not None:
        found[due] = level
    return tuple(sorted(found.items()))


def in_words(one: Trajectory, day: datetime.date, value: float | None) -> str:
    """Where the line stands on the release's day, and how far the measure is from it."""
    if not one.same_quantity:
        return "Near this measure, but not the same quantity: shown beside it, and compared with nothing."
    due = one.steps[-1] if one.steps else None
    expected = one.expected(day)
    if due is None:
        return "The document states no dated level."
    goal_words = f"{due[1]:g} by {date_words(due[0])}"
    if expected is None:
        past = "The due date has passed" if day > due[0] else "The document states no dated baseline"
        return f"{goal_words}. {past}, so no line can be drawn to today."
    began = one.steps[0]
    words = f"From {began[1]:g} on {date_words(began[0])} to {goal_words}: a straight line stands at {expected:.1f} now"
    return words + (f", and the measure at {value:.1f} ({value - expected:+.1f})." if value is not None else ".")


def drawable(one: Trajectory) -> bool:
    """Whether measure and trajectory can stand on one chart."""
    return one.same_quantity and len(one.steps) >= 2


def picture(title: str, one: Trajectory, series: list[tuple[datetime.date, float]], unit: str, words: str) -> Chart:
    """Measure and trajectory on one chart."""
    lines = [
        Line("measured", [day for day, _ in series], [value for _, value in series]),
        Line("trajectory", [day for day, _ in one.steps], [value for _, value in one.steps], dashed=True),
    ]
    return line_chart(f"{title} and the trajectory of its target", lines, unit=unit, words=words)


def _trajectory(one: Tracked) -> Trajectory:
    row = one.target
    same = row.live_decides and one.live is not None and live.comparable(row.statistic, one.live)
    return Trajectory(
        row.reference, row.indicator, row.population, one.assessment.status.value, one.assessment.reason,
        same, steps_of(row.plain()),
    )  # fmt: skip
