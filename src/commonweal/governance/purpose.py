"""Purpose: what a question is for decides what it may read and how its answer is shown.

Source of the rules: the purposes table of NHS England's guidance on risk stratification and pseudonymisation, the
national data opt-out operational policy, and the HES disclosure control method (see `disclosure`). Nothing opens a
serving file without a `PurposeRule`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from commonweal.errors import NotAllowed
from commonweal.governance.disclosure import HES, INTERNAL, SDE, DisclosureProfile

OptOut = Literal["type1", "national"]
BirthPrecision = Literal["day", "month", "none"]


class Purpose(StrEnum):
    """The four purposes. There is no default: every question names one."""

    DIRECT_CARE = "direct_care"
    PLANNING = "planning"
    RESEARCH = "research"
    PUBLIC = "public"


@dataclass(frozen=True)
class PurposeRule:
    """What one purpose may do."""

    purpose: Purpose
    identifiable: bool
    """Rows about named people may be shown."""
    opt_outs: tuple[OptOut, ...]
    """The objections that take a person out. Type 1 stops GP data from leaving the practice, the national opt-out
    stops confidential information from being used beyond care; neither applies to direct care."""
    withhold_categories: bool
    """Rows in an always-withhold category (HIV, sexually transmitted infection, assisted conception) are left out."""
    withhold_confidential: bool
    """Rows that the source marked as confidential are left out. True for direct care too: the patient's objection to
    sharing a record binds there."""
    birth_date: BirthPrecision
    profile: DisclosureProfile
    sentence: str
    """What is shown to people about this purpose."""


RULES: dict[Purpose, PurposeRule] = {
    Purpose.DIRECT_CARE: PurposeRule(
        Purpose.DIRECT_CARE,
        identifiable=True,
        opt_outs=(),
        withhold_categories=False,
        withhold_confidential=True,
        birth_date="day",
        profile=INTERNAL,
        sentence="For the care of the people shown, by those who care for them. Opt-outs do not apply.",
    ),
    Purpose.PLANNING: PurposeRule(
        Purpose.PLANNING,
        identifiable=False,
        opt_outs=("type1", "national"),
        withhold_categories=True,
        withhold_confidential=True,
        birth_date="month",
        profile=HES,
        sentence="For planning and paying for services. People who objected, and sensitive records, are left out; "
        "small numbers are hidden.",
    ),
    Purpose.RESEARCH: PurposeRule(
        Purpose.RESEARCH,
        identifiable=False,
        opt_outs=("type1", "national"),
        withhold_categories=True,
        withhold_confidential=True,
        birth_date="month",
        profile=SDE,
        sentence="For approved research. People who objected, and sensitive records, are left out; counts under 10 "
        "are hidden.",
    ),
    Purpose.PUBLIC: PurposeRule(
        Purpose.PUBLIC,
        identifiable=False,
        opt_outs=("type1", "national"),
        withhold_categories=True,
        withhold_confidential=True,
        birth_date="none",
        profile=HES,
        sentence="For everyone. Fixed tables only; small numbers are hidden.",
    ),
}


def resolve(purpose: str | Purpose) -> PurposeRule:
    """The rule of a purpose. Raises `NotAllowed` for anything that is not one of the four, empty included."""
    try:
        return RULES[Purpose(purpose)]
    except ValueError:
        raise NotAllowed(
            "there is no such purpose" if purpose else "every question needs a purpose",
            value=str(purpose),
            remedy=f"give one of: {', '.join(Purpose)}",
        ) from None


def require_people(purpose: str | Purpose) -> PurposeRule:
    """The rule of a purpose that may show people. Raises `NotAllowed` otherwise."""
    rule = resolve(purpose)
    if not rule.identifiable:
        raise NotAllowed(
            "this purpose does not show people", value=str(rule.purpose), remedy="ask for counts, or use direct_care"
        )
    return rule
