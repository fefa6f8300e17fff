"""Targets: what level, for whom, by when, and whether it will be reached.

A status is never guessed: where it cannot be known, the reason is given in words. A forecast is a straight line through the
latest readings with an 80% prediction interval; it says "likely" only when the whole interval lies on one side.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np
from scipy import special

from commonweal.commissioning import sources
from commonweal.errors import BadInput

MINIMUM_READINGS = 6
"""Fewer points make no line: the usual minimum for a trial process chart."""
STALE_AFTER_DAYS = 400
"""A yearly figure may be a year and a month old; older than this says nothing about now."""


class Status(StrEnum):
    """Where a target stands against its trajectory and due date."""

    MET = "met"
    ON_TRACK = "on track"
    OFF_TRACK = "off track"
    MISSED = "missed"
    NOT_MET = "not met"
    """A standing level with no due date that the latest figure does not reach."""
    UNKNOWN = "cannot be known"


@dataclass(frozen=True)
class Target:
    """A target. `value` in the statistic's unit (percent in points, £ in pounds); None for a milestone or trend.

    `trajectory` holds (date, level) steps on the way. `measure_id` names the definition that gives live values, if any.
    """

    id: str
    indicator: str
    population: str
    statistic: str
    direction: str
    value: Decimal | None
    baseline_value: Decimal | None = None
    baseline_period: str = ""
    due: str = ""
    programme: str = ""
    data_domain: str = ""
    target_type: str = "quantified"
    trajectory: tuple[tuple[date, Decimal], ...] = ()
    measure_id: str = ""
    owner: str = ""
    note: str = ""
    source: str = ""
    place_code: str = ""
    """The borough whose people it is about; empty for the whole system."""

    @property
    def due_date(self) -> date | None:
        return period_end(self.due)

    @property
    def polarity(self) -> str:
        """``higher``, ``lower`` or ``exact``: which way is good. Empty where the target has no direction."""
        return {
            "at_least": "higher",
            "increase_by": "higher",
            "at_most": "lower",
            "reduce_by": "lower",
            "exactly": "exact",
        }.get(self.direction, "")


@dataclass(frozen=True)
class Reading:
    """One value of the target's indicator, in its unit."""

    day: date
    value: float


@dataclass(frozen=True)
class Forecast:
    """The line at the due date: value and 80% prediction interval, from `readings` points."""

    day: date
    value: float
    lower: float
    upper: float
    readings: int


@dataclass(frozen=True)
class Assessment:
    """The answer for one target at one date, with the reason in words."""

    status: Status
    reason: str
    goal: float | None = None
    latest: Reading | None = None
    forecast: Forecast | None = None


def period_end(text: str) -> date | None:
    """The last day of a year, financial year, month or day as the tables write them; None where not stated.

    ``2020/21`` ends 31 March 2021, ``2020`` 31 December, ``2020-04`` 30 April.
    """
    if len(text) == 7 and text[4] == "/":
        return date(int(text[:4]) + 1, 3, 31)
    parts = text.split("-")
    if not all(part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 1:
        return date(numbers[0], 12, 31)
    if len(numbers) == 2:
        return date(numbers[0], numbers[1], calendar.monthrange(numbers[0], numbers[1])[1])
    return date(numbers[0], numbers[1], numbers[2])


def parse_trajectory(text: str) -> tuple[tuple[date, Decimal], ...]:
    """Steps as people type them, one a line: ``2026-09-30 58``. Raises `BadInput` with the line that cannot be read."""
    steps = []
    for number, line in enumerate(filter(None, (part.strip() for part in text.splitlines())), start=1):
        day, _, level = line.replace(",", " ").partition(" ")
        try:
            steps.append((date.fromisoformat(day), Decimal(level.strip().rstrip("%"))))
        except (ValueError, ArithmeticError) as error:
            raise BadInput(
                "this step of the trajectory cannot be read",
                where=f"line {number}",
                value=line,
                remedy="write a day and a level, such as 2026-09-30 58",
            ) from error
    return tuple(sorted(steps))


def check_due(text: str) -> None:
    """Refuse a due date that no calendar knows. Empty is allowed: the target has none."""
    try:
        known = not text or period_end(text) is not None
    except ValueError:
        known = False
    if not known:
        raise BadInput(
            "this due date cannot be read", where="due", value=text, remedy="write 2026/27, 2026-09 or 2026-09-30"
        )


def from_source(row: sources.SourceTarget) -> Target:
    """The target of a row of the five documents."""
    return Target(
        id=row.id,
        indicator=row.indicator,
        population=row.population,
        statistic=row.statistic,
        direction=row.direction,
        value=row.value,
        baseline_value=row.baseline_value,
        baseline_period=row.baseline_period,
        due=row.due,
        programme=row.programme,
        data_domain=row.data_domain,
        target_type=row.target_type,
        note=row.note,
        source=row.source,
    )


def register() -> tuple[Target, ...]:
    """The 406 targets of the five documents."""
    return tuple(from_source(row) for row in sources.targets())


def goal(target: Target) -> float | None:
    """The level to reach. A reduction or increase counts from the baseline; None where either is not stated."""
    if target.value is None:
        return None
    value = float(target.value)
    if target.direction not in {"reduce_by", "increase_by"}:
        return value
    if target.baseline_value is None:
        return None
    baseline = float(target.baseline_value)
    step = baseline * value / 100 if target.statistic in {"reduction_percent", "percent"} else value
    return baseline - step if target.direction == "reduce_by" else baseline + step


def meets(target: Target, level: float, value: float) -> bool:
    """Whether `value` reaches `level` in the target's own direction."""
    if target.polarity == "lower":
        return value <= level + 1e-9
    if target.polarity == "exact":
        return abs(value - level) <= 1e-9
    return value >= level - 1e-9


def forecast(readings: Sequence[Reading], day: date, *, window: int = 12) -> Forecast | None:
    """A least-squares line through the last `window` readings, at `day`. None with fewer than six readings."""
    used = sorted(readings, key=lambda reading: reading.day)[-window:]
    count = len(used)
    if count < MINIMUM_READINGS:
        return None
    x = np.array([reading.day.toordinal() for reading in used], dtype=float)
    y = np.array([reading.value for reading in used], dtype=float)
    x0 = x.mean()
    spread = float(((x - x0) ** 2).sum())
    if spread == 0:
        return None
    slope = float(((x - x0) * (y - y.mean())).sum() / spread)
    at = day.toordinal() - x0
    value = float(y.mean() + slope * at)
    residual = float(((y - y.mean() - slope * (x - x0)) ** 2).sum()) / (count - 2)
    half = float(special.stdtrit(count - 2, 0.9)) * float(np.sqrt(residual * (1 + 1 / count + at**2 / spread)))
    return Forecast(day, value, value - half, value + half, count)


def _unknown(reason: str, **rest: object) -> Assessment:
    return Assessment(Status.UNKNOWN, reason, **rest)  # type: ignore[arg-type]


def _why_no_goal(target: Target) -> str:
    if target.target_type == "milestone":
        return "a milestone: its owner says when it is done, with evidence"
    if target.value is None:
        return "the document gives a direction and no level"
    return "a change from a baseline that the document does not state"


def assess(target: Target, readings: Sequence[Reading], *, as_at: date) -> Assessment:
    """Status of `target` at `as_at` from readings of its indicator up to that day."""
    level = goal(target)
    if level is None:
        return _unknown(_why_no_goal(target))
    known = sorted((reading for reading in readings if reading.day <= as_at), key=lambda reading: reading.day)
    if not known:
        why = (
            "no reading yet"
            if target.measure_id
            else "no measure in the record gives this figure, and none was entered"
        )
        return _unknown(why, goal=level)
    due = target.due_date
    if due is not None and due <= as_at:
        return _after_due(target, level, known, due)
    latest = known[-1]
    if (as_at - latest.day).days > STALE_AFTER_DAYS:
        return _unknown(f"the latest figure is of {latest.day:%B %Y}, too old to say", goal=level, latest=latest)
    if due is None:
        return _undated(target, level, latest)
    return _before_due(target, level, known, due, as_at)


def _after_due(target: Target, level: float, known: Sequence[Reading], due: date) -> Assessment:
    at_due = [reading for reading in known if reading.day <= due]
    if not at_due or (due - at_due[-1].day).days > STALE_AFTER_DAYS:
        return _unknown("no figure near the due date", goal=level, latest=known[-1])
    last = at_due[-1]
    status = Status.MET if meets(target, level, last.value) else Status.MISSED
    return Assessment(status, f"{last.value:g} against {level:g} at the due date", level, known[-1])


def _undated(target: Target, level: float, latest: Reading) -> Assessment:
    if meets(target, level, latest.value):
        return Assessment(Status.MET, f"{latest.value:g} against {level:g}; no due date is stated", level, latest)
    words = f"{latest.value:g} against {level:g}, a standing level: no due date is stated"
    return Assessment(Status.NOT_MET, words, level, latest)


def _before_due(target: Target, level: float, known: Sequence[Reading], due: date, as_at: date) -> Assessment:
    latest, line = known[-1], forecast(known, due)
    step = _trajectory_level(target, as_at)
    if step is not None:
        status = Status.ON_TRACK if meets(target, step, latest.value) else Status.OFF_TRACK
        return Assessment(status, f"{latest.value:g} against {step:g} on the trajectory", level, latest, line)
    if line is None:
        return _unknown(
            f"no trajectory, and {len(known)} of the {MINIMUM_READINGS} readings that a forecast needs",
            goal=level,
            latest=latest,
        )
    reached = meets(target, level, line.value)
    certain = meets(target, level, line.lower) == meets(target, level, line.upper) == reached
    words = f"forecast {line.value:.1f} ({line.lower:.1f} to {line.upper:.1f}) against {level:g} at {due:%B %Y}"
    return Assessment(
        Status.ON_TRACK if reached else Status.OFF_TRACK,
        words + (", likely" if certain else ", uncertain"),
        level,
        latest,
        line,
    )


def _trajectory_level(target: Target, as_at: date) -> float | None:
    """The last trajectory step on or before `as_at`."""
    passed = [value for day, value in sorted(target.trajectory) if day <= as_at]
    return float(passed[-1]) if passed else None


@dataclass(frozen=True)
class TargetChange:
    """A target changed after it was published: what was, what is, when, by whom and why. The published value stays."""

    target_id: str
    field: str
    published: str
    now: str
    changed_on: date
    by: str
    reason: str

    @property
    def words(self) -> str:
        return (
            f"{self.field.capitalize()} was {self.published or 'not stated'} when published; changed to "
            f"{self.now or 'not stated'} on {self.changed_on:%-d %B %Y}: {self.reason}"
        )
