"""Health scrutiny: is a change a substantial variation, was the committee consulted, and how it may be taken further.

Until 30 January 2024 a committee could refer a contested change to the Secretary of State; since 31 January 2024 anyone may ask
the Secretary of State to call it in, and committees can no longer refer. The duty to consult on a substantial variation stands
in both. The law does not define "substantial": the committee and the NHS agree it, so the test here asks and advises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from commonweal.commissioning import law
from commonweal.errors import BadInput

QUESTIONS = {
    "access": "Does it change where or when people can use the service (also travel and opening hours)?",
    "wider": "Does it affect the wider community, other services, or the local economy?",
    "patients": "Are many patients affected, or a few who depend on it for long?",
    "method": "Does it change how the service is delivered, such as from hospital to community?",
    "closure": "Does it close, withdraw or move a service?",
    "contested": "Are patients, staff or councillors likely to oppose it?",
}


@dataclass(frozen=True)
class Substantial:
    """The advice: whether the committee should be asked to treat it as substantial, and which answers say so."""

    advice: str
    because: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def ask_committee(self) -> bool:
        return bool(self.because)


def substantial_variation(answers: Mapping[str, bool | None]) -> Substantial:
    """From the answers to `QUESTIONS`. Any "yes" is for the committee to judge; silence on a question is not a "no"."""
    strange = set(answers) - set(QUESTIONS)
    if strange:
        raise BadInput("no such question", value=sorted(strange), remedy=", ".join(QUESTIONS))
    because = tuple(text for key, text in QUESTIONS.items() if answers.get(key))
    unanswered = tuple(text for key, text in QUESTIONS.items() if answers.get(key) is None)
    if because:
        advice = "Ask the health scrutiny committee whether it is a substantial variation; consult it if it is."
    elif unanswered:
        advice = "Answer every question before saying that it is not substantial."
    else:
        advice = "Not substantial on these answers: tell the committee what you plan and record its view."
    return Substantial(advice, because, unanswered)


@dataclass(frozen=True)
class Consultation:
    """The record of consulting a committee (joint where the change reaches several councils)."""

    committee: str
    change: str
    told_on: date | None
    substantial: bool | None
    consultation_from: date | None = None
    consultation_to: date | None = None
    comments_by: date | None = None
    comments: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Challenge:
    """How a decision may be taken further on that day."""

    route: str
    words: str
    source: str


def challenge_on(day: date) -> Challenge:
    """Referral by a committee before 31 January 2024; a call-in request from then."""
    starts = law.figure("call_in_starts")
    if day >= starts.day:
        return Challenge(
            "call-in request",
            "Anyone may ask the Secretary of State to call the proposal in; a committee cannot refer it.",
            starts.source,
        )
    return Challenge(
        "referral", "The committee may refer a substantial variation to the Secretary of State.", starts.source
    )


def missing(consultation: Consultation) -> tuple[str, ...]:
    """What the record of a consultation lacks, in words."""
    found = []
    if consultation.told_on is None:
        found.append("when the committee was told")
    if consultation.substantial is None:
        found.append("whether the committee thinks it substantial")
    if consultation.substantial:
        if consultation.consultation_from is None or consultation.consultation_to is None:
            found.append("the dates of the consultation")
        elif consultation.consultation_to < consultation.consultation_from:
            found.append("an end of the consultation after its start")
        if consultation.comments_by is None:
            found.append("the day by which the committee was asked to comment")
        if not consultation.outcome.strip():
            found.append("the outcome")
    return tuple(found)
