"""One tracker of milestones and indicators, for what the record cannot measure: workforce, estates, digital uptake, decisions.

A milestone is done only with evidence. An indicator's readings are typed in with their source, and then judged by
`commonweal.commissioning.targets` like any other figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commonweal.commissioning.targets import Assessment, Reading, Status, Target
from commonweal.errors import BadInput, NotReady


class Progress(StrEnum):
    """Where a milestone stands on a day."""

    DONE = "done"
    DONE_LATE = "done late"
    DUE = "not yet due"
    OVERDUE = "overdue"
    UNDATED = "no due date"
    NO_OWNER = "no owner"


@dataclass(frozen=True)
class Milestone:
    """Something that is done or not by a date. `evidence` says where the proof is: a minute, a contract, a paper."""

    id: str
    title: str
    owner: str
    due: date | None
    done_on: date | None = None
    evidence: str = ""
    intention_id: str = ""
    target_id: str = ""


@dataclass(frozen=True)
class EnteredReading:
    """A figure entered by a person, with where it comes from."""

    target_id: str
    day: date
    value: float
    source: str
    entered_by: str


def progress(milestone: Milestone, *, as_at: date) -> Progress:
    """Where a milestone stands. One with no owner says so before its date: nobody will do it."""
    if milestone.done_on is not None:
        late = milestone.due is not None and milestone.done_on > milestone.due
        return Progress.DONE_LATE if late else Progress.DONE
    if not milestone.owner.strip():
        return Progress.NO_OWNER
    if milestone.due is None:
        return Progress.UNDATED
    return Progress.OVERDUE if milestone.due < as_at else Progress.DUE


MILESTONE_STATUS = {
    Progress.DONE: (Status.MET, "done on {done}, with evidence"),
    Progress.DONE_LATE: (Status.MET, "done on {done}, after its date of {due}, with evidence"),
    Progress.OVERDUE: (Status.OFF_TRACK, "was due {due} and is not marked as done"),
    Progress.DUE: (Status.UNKNOWN, "due {due}; nobody can know before it is done"),
    Progress.UNDATED: (Status.UNKNOWN, "it has an owner and no due date"),
    Progress.NO_OWNER: (Status.UNKNOWN, "a milestone that nobody owns: no one says whether it was done"),
}


def status_of(milestone: Milestone, *, as_at: date) -> Assessment:
    """A milestone's progress as the status of the target that it is."""
    status, words = MILESTONE_STATUS[progress(milestone, as_at=as_at)]

    def said(day: date | None) -> str:
        return f"{day:%-d %B %Y}" if day else "no date"

    return Assessment(status, words.format(done=said(milestone.done_on), due=said(milestone.due)))


def check_done(milestone: Milestone, *, done_on: date, evidence: str, as_at: date) -> None:
    """Refuse a milestone marked as done with no evidence, or in the future."""
    if not evidence.strip():
        raise NotReady("a milestone is done only with evidence", where=milestone.id, remedy="say where the proof is")
    if done_on > as_at:
        raise BadInput("a milestone cannot be done in the future", where=milestone.id, value=done_on.isoformat())


def readings(entered: tuple[EnteredReading, ...], target: Target) -> tuple[Reading, ...]:
    """The entered figures of one target, oldest first; for a day entered twice the last entry counts."""
    by_day = {reading.day: Reading(reading.day, reading.value) for reading in entered if reading.target_id == target.id}
    return tuple(by_day[day] for day in sorted(by_day))
