"""Status, forecast and conflict of targets, against hand-worked cases and the documents' own known conflicts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from commonweal.commissioning import similarity, target_conflicts, targets, tracker
from commonweal.commissioning.intentions import register
from commonweal.commissioning.targets import Reading, Status, Target, assess, forecast, goal
from commonweal.commissioning.tracker import EnteredReading, Milestone, Progress
from commonweal.errors import BadInput, NotReady

CHECKS = Target(
    "t-1",
    "Full checks",
    "People on the SMI register",
    "percent",
    "at_least",
    Decimal(60),
    due="2020/21",
    measure_id="smi",
)
AS_AT = date(2020, 9, 30)


def monthly(first: date, values: list[float]) -> list[Reading]:
    return [Reading(first + timedelta(days=30 * step), value) for step, value in enumerate(values)]


RISING = monthly(date(2020, 1, 1), [30, 33, 36, 39, 42, 45, 48, 51, 54])


def test_a_straight_line_forecasts_itself():
    line = forecast(RISING, date(2020, 1, 1) + timedelta(days=300))
    assert line is not None
    assert line.value == pytest.approx(60)
    assert line.lower == pytest.approx(line.upper) == pytest.approx(60)


def test_forecast_interval_against_worked_least_squares():
    """Days 0 to 5, values 1 2 2 3 3 4. By hand: mean x 2.5, Sxx 17.5, mean y 2.5, Sxy 9.5, Syy 5.5; t(0.9, 4 df) = 1.533206."""
    start = date(2020, 1, 1)
    line = forecast(
        [Reading(start + timedelta(days=d), v) for d, v in enumerate([1, 2, 2, 3, 3, 4])], start + timedelta(days=6)
    )
    assert line is not None
    assert line.value == pytest.approx(2.5 + 9.5 / 17.5 * 3.5)
    residual = (5.5 - 9.5**2 / 17.5) / 4
    half = 1.533206274 * (residual * (1 + 1 / 6 + 3.5**2 / 17.5)) ** 0.5
    assert line.upper - line.value == pytest.approx(half, rel=1e-6)


def test_on_track_when_the_line_reaches_the_level():
    found = assess(CHECKS, RISING, as_at=AS_AT)
    assert found.status is Status.ON_TRACK
    assert "likely" in found.reason


def test_off_track_when_it_does_not():
    found = assess(replace(CHECKS, value=Decimal(90)), RISING, as_at=AS_AT)
    assert found.status is Status.OFF_TRACK


def test_lower_is_better():
    falling = monthly(date(2020, 1, 1), [54, 51, 48, 45, 42, 39, 36, 33, 30])
    waits = replace(CHECKS, direction="at_most", value=Decimal(15))
    assert assess(waits, falling, as_at=AS_AT).status is Status.ON_TRACK
    assert assess(waits, RISING, as_at=AS_AT).status is Status.OFF_TRACK


def test_after_the_due_date_only_what_was_then_counts():
    late = [*RISING, Reading(date(2021, 3, 31), 59.0), Reading(date(2021, 9, 30), 75.0)]
    found = assess(CHECKS, late, as_at=date(2022, 1, 1))
    assert (found.status, found.reason) == (Status.MISSED, "59 against 60 at the due date")
    met = assess(CHECKS, [*RISING, Reading(date(2021, 3, 31), 60.0)], as_at=date(2022, 1, 1))
    assert met.status is Status.MET


def test_a_trajectory_decides_before_the_forecast():
    stepped = replace(CHECKS, trajectory=((date(2020, 6, 30), Decimal(40)), (date(2020, 9, 30), Decimal(58))))
    found = assess(stepped, RISING, as_at=AS_AT)
    assert (found.status, found.reason) == (Status.OFF_TRACK, "54 against 58 on the trajectory")


@pytest.mark.parametrize(
    ("target", "readings", "reason"),
    [
        (CHECKS, [], "no reading yet"),
        (replace(CHECKS, measure_id=""), [], "no measure in the record"),
        (CHECKS, RISING[:5], "5 of the 6 readings"),
        (replace(CHECKS, due="2026/27"), [Reading(date(2018, 1, 1), 50.0)], "too old"),
        (replace(CHECKS, value=None, target_type="milestone"), RISING, "its owner says"),
        (replace(CHECKS, value=None, target_type="trend"), RISING, "no level"),
        (replace(CHECKS, direction="reduce_by"), RISING, "a baseline that the document does not state"),
    ],
)
def test_what_cannot_be_known_says_why(target, readings, reason):
    found = assess(target, readings, as_at=AS_AT)
    assert found.status is Status.UNKNOWN
    assert reason in found.reason


def test_a_standing_level_is_met_or_not_met_now():
    standing = replace(CHECKS, due="")
    assert assess(standing, RISING, as_at=AS_AT).status is Status.NOT_MET
    assert assess(replace(standing, value=Decimal(50)), RISING, as_at=AS_AT).status is Status.MET


def test_readings_after_the_as_at_date_are_not_seen():
    future = [Reading(AS_AT + timedelta(days=1), 99.0)]
    assert assess(CHECKS, future, as_at=AS_AT).status is Status.UNKNOWN


def test_a_reduction_counts_from_its_baseline():
    beds = replace(CHECKS, direction="reduce_by", statistic="count", value=Decimal(100), baseline_value=Decimal(1200))
    assert goal(beds) == 1100
    percent = replace(beds, statistic="reduction_percent", value=Decimal(10))
    assert goal(percent) == 1080


def test_known_conflicts_of_the_documents_are_found():
    found = {(c.first.id, c.second.id): c.kind for c in target_conflicts.conflicts(targets.register())}
    for pair, kind in {
        ("t-swl-lqs-traj", "t-swl-lqs-full"): "force",
        ("t-nwl-fds-28", "t-jh-28d"): "due date",
        ("t-nwl-los-beds", "t-jh-beds-100"): "due date",
        ("t-nwl-smi-checks", "t-jh-smi-march"): "due date",
        ("t-nwl-smi-checks", "t-jh-smi-60"): "due date",
        ("t-jh-smi-march", "t-jh-smi-60"): "due date",
    }.items():
        assert found.get(pair) == kind, pair


def test_what_the_notes_call_no_conflict_is_not_one():
    found = {frozenset((c.first.id, c.second.id)) for c in target_conflicts.conflicts(targets.register())}
    assert frozenset(("t-wl-iapt-15", "t-nwl-iapt-access")) not in found  # 15% then 25%: a trajectory
    assert frozenset(("t-nwl-iapt-6w", "t-nwl-iapt-18w")) not in found  # one document's own list
    assert not any(first.startswith("t-har-sav") for pair in found for first in pair)  # savings of different years


def test_an_easier_level_later_is_a_step_back():
    first = replace(CHECKS, id="a", value=Decimal(75), due="2020/21", source="x")
    second = replace(CHECKS, id="b", value=Decimal(60), due="2022/23", source="y")
    (conflict,) = target_conflicts.conflicts([first, second])
    assert (conflict.kind, conflict.words) == ("steps back", "75 by 2020/21, then the easier 60 by 2022/23")
    assert target_conflicts.conflicts([replace(first, value=Decimal(50)), second]) == []


def test_intentions_joined_to_conflicting_targets_are_pointed_out():
    conflicts = [(c.first.id, c.second.id, c.words) for c in target_conflicts.conflicts(targets.register())]
    pairs = similarity.conflicting_targets(register(), conflicts)
    assert any("2020-04 and 2019/20" in reason for _, _, reason in pairs)


def test_milestones():
    due = Milestone("m-1", "Open the hub", "Estates lead", date(2020, 4, 1))
    assert tracker.progress(due, as_at=date(2020, 4, 1)) is Progress.DUE
    assert tracker.progress(due, as_at=date(2020, 4, 2)) is Progress.OVERDUE
    assert tracker.progress(replace(due, done_on=date(2020, 4, 2)), as_at=AS_AT) is Progress.DONE_LATE
    assert tracker.progress(replace(due, done_on=date(2020, 4, 1)), as_at=AS_AT) is Progress.DONE
    assert tracker.progress(replace(due, owner=" "), as_at=date(2019, 1, 1)) is Progress.NO_OWNER
    with pytest.raises(NotReady, match="evidence"):
        tracker.check_done(due, done_on=date(2020, 4, 1), evidence=" ", as_at=AS_AT)
    with pytest.raises(BadInput, match="future"):
        tracker.check_done(due, done_on=date(2021, 4, 1), evidence="minutes", as_at=AS_AT)


def test_entered_readings_correct_a_day_and_stand_in_order():
    entered = (
        EnteredReading("t-1", date(2020, 2, 1), 2.0, "survey", "A"),
        EnteredReading("t-1", date(2020, 1, 1), 1.0, "survey", "A"),
        EnteredReading("t-1", date(2020, 2, 1), 3.0, "corrected survey", "B"),
        EnteredReading("t-2", date(2020, 1, 1), 9.0, "survey", "A"),
    )
    assert [reading.value for reading in tracker.readings(entered, CHECKS)] == [1.0, 3.0]
