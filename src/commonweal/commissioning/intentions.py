"""An intention: what we say we will change, for whom, why, who answers for it, and how we will know.

The value here is what every other module takes and returns. It is frozen: a change makes a new version
(`commonweal.commissioning.changes`), and a step of its life is a transition (`commonweal.commissioning.workflow`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum

from commonweal.commissioning import sources
from commonweal.errors import BadInput


class Kind(StrEnum):
    """What sort of line it is in the document."""

    STRATEGIC_CHANGE = "strategic_change"
    CONTRACT_CHANGE = "contract_change"
    COMMISSIONING_INTENTION = "commissioning_intention"
    CONTRACTING_INTENTION = "contracting_intention"
    CONTRACTING_PRINCIPLE = "contracting_principle"
    PLANNED_ACTIVITY = "planned_activity"
    ENABLER = "enabler"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Procurement(StrEnum):
    """Whether the intention needs a provider to be selected."""

    NO = "no"
    POSSIBLE = "possible"
    YES = "yes"

    @property
    def label(self) -> str:
        return {"no": "None stated", "possible": "Possible", "yes": "Yes"}[self.value]


@dataclass(frozen=True)
class Intention:
    """One intention. Text is plain; lists are tuples; `id` is for good and never reused."""

    id: str
    programme: str
    place: str
    year: str
    kind: Kind
    title: str
    summary: str
    why: str = ""
    who_supports: str = ""
    lead: str = ""
    senior_owner: str = ""
    clinical_owner: str = ""
    providers: str = ""
    outcomes: str = ""
    measures_of_success: str = ""
    strategies: tuple[str, ...] = ()
    procurement: Procurement = Procurement.NO
    depends_on: tuple[str, ...] = ()
    target_ids: tuple[str, ...] = ()
    measure_ids: tuple[str, ...] = ()
    carried_from: str = ""
    source: str = ""
    section: str = ""


FIELD_LABELS = {
    "id": "Reference",
    "programme": "Programme",
    "place": "Place",
    "year": "Year",
    "kind": "Kind",
    "title": "Title",
    "summary": "Plain summary",
    "why": "Why",
    "who_supports": "Who supports this",
    "lead": "Lead",
    "senior_owner": "Senior owner",
    "clinical_owner": "Clinical owner",
    "providers": "Providers and sectors affected",
    "outcomes": "Outcomes",
    "measures_of_success": "Measures of success",
    "strategies": "Supporting strategies",
    "procurement": "Procurement",
    "depends_on": "Depends on",
    "target_ids": "Targets",
    "measure_ids": "Measures",
    "carried_from": "Carried forward from",
    "source": "Source document",
    "section": "Section",
}

assert set(FIELD_LABELS) == {field.name for field in fields(Intention)}


_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
REFERENCE_RULE = "letters, digits, dots, dashes and underscores"


def is_reference(text: str) -> bool:
    """Whether a text can name an intention, target or measure: it stands in addresses and file names."""
    return _REFERENCE.fullmatch(text) is not None


def check_references(intention: Intention) -> None:
    """Refuse references that cannot stand in an address."""
    for name in ("depends_on", "target_ids", "measure_ids"):
        wrong = [text for text in getattr(intention, name) if not is_reference(text)]
        if wrong:
            raise BadInput(
                f"{FIELD_LABELS[name].lower()}: this is not a reference",
                value="; ".join(wrong),
                remedy=f"use {REFERENCE_RULE}",
            )
    if not is_reference(intention.id):
        raise BadInput("this is not a reference", value=intention.id, remedy=f"use {REFERENCE_RULE}")


@dataclass(frozen=True)
class Gap:
    """Something an intention still needs, and which step needs it."""

    field: str
    message: str


NEEDED_FOR_REVIEW = {
    "summary": "say in plain English what will change",
    "why": "say why",
    "lead": "name who leads the work",
    "senior_owner": "name the senior owner",
    "measures_of_success": "say how we will know that it worked",
}


def gaps(intention: Intention) -> tuple[Gap, ...]:
    """What must be filled before a draft can go to review."""
    return tuple(
        Gap(name, message) for name, message in NEEDED_FOR_REVIEW.items() if not str(getattr(intention, name)).strip()
    )


def owner_has_left(intention: Intention, leavers: frozenset[str]) -> tuple[Gap, ...]:
    """Owners who are no longer in post. The intention keeps the name in its history; it needs a new owner to move on."""
    return tuple(
        Gap(name, f"{FIELD_LABELS[name]} has left: name another")
        for name in ("lead", "senior_owner", "clinical_owner")
        if getattr(intention, name) in leavers
    )


def place_of(row: sources.SourceIntention) -> str:
    """The borough whose partnership a section is about, or the document's whole area."""
    if row.section.startswith("4.1 ") and row.section.endswith(" ICP"):
        return row.section.removeprefix("4.1 ").removesuffix(" ICP")
    return sources.document(row.source).place


def from_source(row: sources.SourceIntention) -> Intention:
    """A register entry of a line of one of the five documents. Nothing is added: why and who supports stay empty there."""
    return Intention(
        id=row.id,
        programme=row.theme,
        place=place_of(row),
        year=row.year_or_period,
        kind=Kind(row.kind),
        title=row.title,
        summary=row.summary,
        lead=row.lead,
        senior_owner=row.senior_owner,
        clinical_owner=row.clinical_lead,
        providers=row.affected,
        measures_of_success=row.measure_of_success,
        strategies=tuple(part.strip() for part in row.supporting_strategy.split(";") if part.strip()),
        procurement=Procurement(row.procurement),
        target_ids=row.target_ids,
        source=row.source,
        section=row.section,
    )


def register() -> tuple[Intention, ...]:
    """The 1,161 intentions of the five documents."""
    return tuple(from_source(row) for row in sources.intentions())
