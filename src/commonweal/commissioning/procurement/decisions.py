"""What must be on record for a choice of provider (regulation 24), conflicts of interest, and changes to a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.commissioning.procurement.notices import award_notice_by
from commonweal.commissioning.procurement.provider_selection import Considerable, considerably_different


@dataclass(frozen=True)
class Interest:
    """A declaration of one person who takes part. No interest is also declared. One that is managed says how."""

    person: str
    declared_on: date
    interest: str = ""
    managed_by: str = ""

    @property
    def open(self) -> bool:
        return bool(self.interest.strip()) and not self.managed_by.strip()


@dataclass(frozen=True)
class DecisionRecord:
    """The record of one decision. Every field is asked for; `missing` says what is not there."""

    provider: str
    service: str
    route: str
    reason: str
    decided_by: tuple[str, ...]
    decided_on: date | None
    lifetime_value_pence: int | None
    criteria_assessment: str
    interests: tuple[Interest, ...]
    basic_selection: str
    exclusions: str
    representations: str


RECORD_FIELDS = {
    "provider": "who was chosen",
    "service": "which service",
    "route": "which process was followed",
    "reason": "why that process and that provider",
    "decided_by": "who decided",
    "decided_on": "when",
    "lifetime_value_pence": "the value over the contract's life",
    "criteria_assessment": "how the key criteria were assessed",
    "interests": "declarations of interest, also of none",
    "basic_selection": "result of the basic selection criteria",
    "exclusions": "whether a ground of exclusion applies",
    "representations": "representations made and answers given, or that there were none",
}


def missing(record: DecisionRecord) -> tuple[str, ...]:
    """What regulation 24 asks for and the record does not hold, in words."""
    found = [words for name, words in RECORD_FIELDS.items() if getattr(record, name) in ("", None, ())]
    declared = {interest.person for interest in record.interests}
    found += [f"a declaration of interest by {person}" for person in record.decided_by if person not in declared]
    found += [f"how the interest of {interest.person} is managed" for interest in record.interests if interest.open]
    return tuple(found)


@dataclass(frozen=True)
class Modification:
    """A change to a running contract. Money in pence over the contract's life."""

    on: date
    change: str
    value_change_pence: int
    different_character: bool
    by_authority: bool


@dataclass(frozen=True)
class ModificationAnswer:
    """Whether the change may be made without a new selection, the notice's last day, and what a lawyer must see."""

    allowed: bool
    considerable: Considerable
    cumulative_pence: int
    notice_by: date
    legal_advice: tuple[str, ...]


def modify(original_value_pence: int, earlier: Sequence[Modification], wanted: Modification) -> ModificationAnswer:
    """Test a change together with those made before it: small changes add up.

    The test is that of considerable difference; grounds of regulation 13 beyond it are for a lawyer, so is whether a notice is
    due (its last day is given).
    """
    total = sum(change.value_change_pence for change in (*earlier, wanted))
    answer = considerably_different(
        old_value_pence=original_value_pence,
        new_value_pence=original_value_pence + total,
        different_character=wanted.different_character or any(change.different_character for change in earlier),
        by_authority=wanted.by_authority or any(change.by_authority for change in earlier),
        on=wanted.on,
    )
    advice = ["Whether a modification notice is due under regulation 13 is for a lawyer to confirm."]
    if answer.different:
        advice.insert(
            0, "The change looks like a new contract: select a provider again, or take advice on regulation 13."
        )
    elif "not by the authority" in answer.reason:
        advice.insert(0, "The change comes from outside: record why, and take advice on regulation 13.")
    return ModificationAnswer(not answer.different, answer, total, award_notice_by(wanted.on), tuple(advice))
