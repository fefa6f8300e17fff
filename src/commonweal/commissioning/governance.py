"""What boards decide, ask for and hand on, and agreements that must be looked at again by a date.

An action is done only with evidence. A delegation says to whom, up to what, and when it ends or is reviewed. A record under review
(data sharing or alliance agreement, data protection assessment, hazard, audit, policy) is overdue once its day is past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commonweal.errors import BadInput

SOON_DAYS = 60
"""A review is announced two months before its day: time for the parties to meet once."""


class EntryKind(StrEnum):
    """What a board's book holds."""

    DECISION = "decision"
    ACTION = "action"
    DELEGATION = "delegation"
    WORK = "work"

    @property
    def label(self) -> str:
        return {
            EntryKind.DECISION: "Decision",
            EntryKind.ACTION: "Action",
            EntryKind.DELEGATION: "Delegation",
            EntryKind.WORK: "Work programme item",
        }[self]


class RecordKind(StrEnum):
    """What the review register holds."""

    DATA_SHARING = "data_sharing"
    DATA_PROTECTION = "data_protection"
    HAZARD = "hazard"
    AUDIT = "audit"
    POLICY = "policy"
    ALLIANCE = "alliance"

    @property
    def label(self) -> str:
        return {
            RecordKind.DATA_SHARING: "Data sharing agreement",
            RecordKind.DATA_PROTECTION: "Data protection impact assessment",
            RecordKind.HAZARD: "Hazard",
            RecordKind.AUDIT: "Clinical or quality audit",
            RecordKind.POLICY: "Policy or specification",
            RecordKind.ALLIANCE: "Alliance or partnership agreement",
        }[self]


class Standing(StrEnum):
    """Whether a record's review is done, due or overdue on a day."""

    DONE = "done"
    OVERDUE = "overdue"
    SOON = "due soon"
    OPEN = "open"
    NO_DATE = "no date"


@dataclass(frozen=True)
class Entry:
    """One line of a board's book. `day` is when it was decided, is due, ends, or is to be discussed."""

    kind: EntryKind
    title: str
    owner: str
    day: date | None
    done_on: date | None = None
    evidence: str = ""


def check_entry(entry: Entry) -> None:
    """Refuse what nobody could act on: an action with no owner or date, a decision with no day, a delegation to nobody."""
    if not entry.title.strip():
        raise BadInput("say what it is", where=entry.kind.label)
    if entry.kind in {EntryKind.ACTION, EntryKind.DELEGATION} and not entry.owner.strip():
        words = "who acts" if entry.kind is EntryKind.ACTION else "to whom it is delegated"
        raise BadInput(f"say {words}", where=entry.title)
    if entry.day is None:
        wanted = {
            EntryKind.DECISION: "when it was decided",
            EntryKind.ACTION: "when it is due",
            EntryKind.DELEGATION: "when it ends or is reviewed",
            EntryKind.WORK: "the meeting that it is for",
        }[entry.kind]
        raise BadInput(f"give the day: {wanted}", where=entry.title)


def check_done(entry: Entry, *, done_on: date, evidence: str, as_at: date) -> None:
    """Refuse an entry that is closed in the future, before it was decided, or with no evidence."""
    if entry.kind is EntryKind.DECISION:
        raise BadInput("a decision is not closed; record another that replaces it", where=entry.title)
    if done_on > as_at:
        raise BadInput("it cannot be done in the future", where=entry.title, value=done_on.isoformat())
    if not evidence.strip():
        raise BadInput("say where the evidence is", where=entry.title)


def standing(entry: Entry, *, as_at: date) -> Standing:
    """Where an entry stands. A decision stands from its day and is never overdue."""
    if entry.done_on is not None or entry.kind is EntryKind.DECISION:
        return Standing.DONE
    return due(entry.day, as_at=as_at)


def due(day: date | None, *, as_at: date) -> Standing:
    """Overdue after its day, soon in the two months before it."""
    if day is None:
        return Standing.NO_DATE
    if day < as_at:
        return Standing.OVERDUE
    return Standing.SOON if (day - as_at).days <= SOON_DAYS else Standing.OPEN


ORDER = (Standing.OVERDUE, Standing.SOON, Standing.NO_DATE, Standing.OPEN, Standing.DONE)
"""The order in which people need to see them."""
