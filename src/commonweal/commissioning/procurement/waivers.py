"""A waiver: leave to set aside one of the organisation's own rules on quotations and tenders, and what its record must hold.

A waiver never sets the law aside: where the regime requires a process, that process is followed. Grounds are those that standing
financial instructions of NHS bodies usually list (from practice; each organisation's own instructions are the authority).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commonweal.errors import BadInput


class Ground(StrEnum):
    """Why competition is waived."""

    ONE_SOURCE = "one_source"
    CONTINUITY = "continuity"
    URGENT = "urgent"
    NOT_PRACTICABLE = "not_practicable"
    LATE = "late"

    @property
    def label(self) -> str:
        return {
            Ground.ONE_SOURCE: "Specialist goods or expertise from one source only",
            Ground.CONTINUITY: "A clear benefit of keeping an earlier supplier",
            Ground.URGENT: "Real urgency that could not be foreseen",
            Ground.NOT_PRACTICABLE: "A competition is not practicable, in exceptional circumstances",
            Ground.LATE: "The time for a competition has passed",
        }[self]


@dataclass(frozen=True)
class Waiver:
    """One waiver. `rule` is the instruction set aside, such as its number; money is the value it covers, in pence."""

    rule: str
    ground: Ground
    reason: str
    value_pence: int
    asked_by: str
    asked_on: date
    approved_by: str = ""
    approved_on: date | None = None
    reported_to: str = ""
    reported_on: date | None = None

    @property
    def approved(self) -> bool:
        return bool(self.approved_by.strip()) and self.approved_on is not None


def check(waiver: Waiver) -> None:
    """Refuse a waiver that nobody could stand behind."""
    for words, held in (("the rule that is set aside", waiver.rule), ("the reason", waiver.reason)):
        if not held.strip():
            raise BadInput(f"give {words}", where="waiver")
    if waiver.value_pence < 0:
        raise BadInput("the value that a waiver covers is not below nothing", where="waiver")
    if waiver.approved_by.strip() and waiver.approved_by.strip().lower() == waiver.asked_by.strip().lower():
        raise BadInput(
            "whoever asks for a waiver does not approve it",
            where="waiver",
            value=waiver.approved_by,
            remedy="name the officer who approved it",
        )
    if waiver.approved_on is not None and waiver.approved_on < waiver.asked_on:
        raise BadInput("a waiver is approved after it is asked for", where="waiver", value=str(waiver.approved_on))
    if waiver.reported_on is not None and (waiver.approved_on is None or waiver.reported_on < waiver.approved_on):
        raise BadInput("a waiver is reported after it is approved", where="waiver", value=str(waiver.reported_on))


def missing(waiver: Waiver, *, decided_on: date | None) -> tuple[str, ...]:
    """What the waiver lacks before an award may rest on it, in words."""
    found = []
    if not waiver.approved_by.strip():
        found.append("who approved the waiver")
    if waiver.approved_on is None:
        found.append("when the waiver was approved")
    elif decided_on is not None and waiver.approved_on > decided_on:
        found.append("a waiver approved before the decision: this one came after it")
    return tuple(found)


def remarks(waiver: Waiver, *, process_required: bool) -> tuple[str, ...]:
    """What a reader must know about the waiver: marked for legal advice where it leans on the law."""
    found = []
    if process_required:
        found.append("The law requires this process; a waiver of the organisation's own rules does not change that.")
    if waiver.ground is Ground.LATE:
        found.append("Late planning is not by itself a ground: the record must say what could not be foreseen.")
    if waiver.approved and waiver.reported_on is None:
        found.append("It has not been reported to the audit committee.")
    return tuple(found)
