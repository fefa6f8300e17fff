"""Assessments an intention or scheme needs, and the gates that stand on them.

Involvement of the public (NHS Act 2006, section 14Z45), equality (Equality Act 2010, section 149), quality. A gate is shut
until each is done, or is recorded as not needed with the reason and the name of who decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """The three assessments that a change may need before it is decided."""

    INVOLVEMENT = "involvement"
    EQUALITY = "equality"
    QUALITY = "quality"

    @property
    def label(self) -> str:
        return {
            Kind.INVOLVEMENT: "Public involvement (NHS Act 2006, section 14Z45)",
            Kind.EQUALITY: "Equality impact assessment (Equality Act 2010, section 149)",
            Kind.QUALITY: "Quality impact assessment",
        }[self]


PROTECTED_CHARACTERISTICS = (
    "Age",
    "Disability",
    "Gender reassignment",
    "Marriage and civil partnership",
    "Pregnancy and maternity",
    "Race",
    "Religion or belief",
    "Sex",
    "Sexual orientation",
)
QUALITY_DOMAINS = ("Patient safety", "Clinical effectiveness", "Patient experience", "Staff and others")
INVOLVEMENT_QUESTIONS = (
    "Does it change how services are delivered, or the range of services?",
    "Who is affected, and how were they involved in planning?",
    "How were they involved in the proposals and in the decision?",
    "What changed because of what they said?",
)


class Outcome(StrEnum):
    """How an assessment ended; only `OPEN` and `STOP` hold a change back."""

    OPEN = "open"
    DONE = "done"
    DONE_WITH_MITIGATION = "done, with actions"
    NOT_NEEDED = "not needed"
    STOP = "must not go on as it is"


@dataclass(frozen=True)
class Assessment:
    """One assessment. `parts` answers each characteristic, domain or question; `actions` soften what was found."""

    kind: Kind
    subject_id: str
    outcome: Outcome
    parts: Mapping[str, str]
    actions: str = ""
    reason: str = ""
    signed_by: str = ""
    signed_on: date | None = None
    review_on: date | None = None


def parts_of(kind: Kind) -> tuple[str, ...]:
    """What an assessment of this kind must answer."""
    return {
        Kind.INVOLVEMENT: INVOLVEMENT_QUESTIONS,
        Kind.EQUALITY: PROTECTED_CHARACTERISTICS,
        Kind.QUALITY: QUALITY_DOMAINS,
    }[kind]


def missing(assessment: Assessment) -> tuple[str, ...]:
    """What keeps an assessment from being complete, in words."""
    if assessment.outcome is Outcome.OPEN:
        return ("it is not finished",)
    found = []
    if assessment.outcome is Outcome.NOT_NEEDED:
        if not assessment.reason.strip():
            found.append("the reason why it is not needed")
    else:
        found += [part for part in parts_of(assessment.kind) if not assessment.parts.get(part, "").strip()]
    if assessment.outcome is Outcome.DONE_WITH_MITIGATION and not assessment.actions.strip():
        found.append("the actions")
    if not assessment.signed_by.strip() or assessment.signed_on is None:
        found.append("a signature with its date")
    return tuple(found)


@dataclass(frozen=True)
class Gate:
    """Whether a subject may pass. `blocked_by` says why not."""

    subject_id: str
    blocked_by: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return not self.blocked_by


def gate(subject_id: str, assessments: Iterable[Assessment], *, as_at: date) -> Gate:
    """The gate before approval or notice: all three kinds complete, none saying stop, none past its review."""
    mine = {assessment.kind: assessment for assessment in assessments if assessment.subject_id == subject_id}
    blocked = []
    for kind in Kind:
        assessment = mine.get(kind)
        if assessment is None:
            blocked.append(f"{kind.label}: not begun")
        elif assessment.outcome is Outcome.STOP:
            blocked.append(f"{kind.label}: found that it must not go on as it is")
        elif lacking := missing(assessment):
            blocked.append(f"{kind.label}: needs " + "; ".join(lacking))
        elif assessment.review_on is not None and assessment.review_on < as_at:
            blocked.append(f"{kind.label}: review was due {assessment.review_on:%-d %B %Y}")
    return Gate(subject_id, tuple(blocked))
