"""Notices and clocks of the Provider Selection Regime: what is published, by when, and when the standstill ends.

Clocks from `data/law.json`; those not verified against the legal text say so. The clock of the Procurement Act 2023 is another
one and is not used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from commonweal.commissioning import law
from commonweal.commissioning.procurement.provider_selection import Route
from commonweal.commissioning.procurement.working_days import add_working_days
from commonweal.errors import BadInput, NotReady

NEEDS_INTENTION = frozenset({Route.MOST_SUITABLE})
NEEDS_STANDSTILL = frozenset({Route.DIRECT_AWARD_C, Route.MOST_SUITABLE, Route.COMPETITIVE})


@dataclass(frozen=True)
class Due:
    """One notice or clock: the earliest and latest day it may stand on, and the rule in words."""

    step: str
    earliest: date | None
    latest: date | None
    rule: str


def required(route: Route) -> tuple[str, ...]:
    """The notices of a route, in order."""
    steps = []
    if route in NEEDS_INTENTION:
        steps.append("intention to follow the process")
    if route is Route.COMPETITIVE:
        steps.append("tender notice")
    if route in NEEDS_STANDSTILL:
        steps += ["intention to award", "standstill"]
    steps.append("urgent award notice" if route is Route.URGENT else "award notice")
    return tuple(steps)


def standstill_ends(published: date) -> date:
    """The last day of the standstill: the 8th working day after the intention-to-award notice, to midnight."""
    return add_working_days(published, law.figure("standstill_working_days", published).number)


def earliest_choice(intention_published: date) -> date:
    """The first day on which the most suitable provider may be chosen after the notice of intention."""
    return intention_published + timedelta(days=law.figure("intention_notice_days", intention_published).number)


def award_notice_by(awarded: date) -> date:
    """The last day for the award, modification or urgent notice."""
    return awarded + timedelta(days=law.figure("award_notice_days", awarded).number)


@dataclass(frozen=True)
class Representation:
    """A provider's representation. `answered_on` is when the authority told it the outcome of the review."""

    provider: str
    received_on: date
    answered_on: date | None = None
    outcome: str = ""
    to_panel_on: date | None = None


@dataclass(frozen=True)
class Standstill:
    """Where the standstill stands. `may_award_from` is None while a representation is open."""

    published: date
    basic_end: date
    may_award_from: date | None
    words: str
    notes: tuple[str, ...]


def standstill(published: date, representations: tuple[Representation, ...] = ()) -> Standstill:
    """The standstill with the representations made in it.

    One made inside the period keeps it open until it is answered and the working days for asking the panel have passed. One made
    after the period does not reopen it, and is recorded.
    """
    end = standstill_ends(published)
    notes = law.unverified(("standstill_working_days", "review_working_days"))
    inside = [found for found in representations if found.received_on <= end]
    opened = [found for found in inside if found.answered_on is None]
    if opened:
        names = ", ".join(sorted(found.provider for found in opened))
        return Standstill(published, end, None, f"open: representations of {names} are under review", notes)
    extra = law.figure("review_working_days", published).number
    ends = [add_working_days(found.answered_on, extra) for found in inside if found.answered_on is not None]
    last = max([end, *ends])
    words = f"ends at midnight at the end of {last:%A %-d %B %Y}"
    if last > end:
        words += " (extended by representations)"
    return Standstill(published, end, last + timedelta(days=1), words, notes)


def timeline(
    route: Route,
    *,
    intention_on: date | None = None,
    intention_to_award_on: date | None = None,
    awarded_on: date | None = None,
) -> list[Due]:
    """Each notice of the route with its limits, as far as the dates given allow."""
    dues = []
    for step in required(route):
        if step == "intention to follow the process":
            dues.append(Due(step, None, intention_on, law.figure("intention_notice_days").words))
        elif step == "intention to award":
            earliest = earliest_choice(intention_on) if intention_on and route in NEEDS_INTENTION else None
            dues.append(Due(step, earliest, intention_to_award_on, "before the standstill"))
        elif step == "standstill":
            end = standstill_ends(intention_to_award_on) if intention_to_award_on else None
            dues.append(Due(step, intention_to_award_on, end, law.figure("standstill_working_days").words))
        elif step.endswith("award notice"):
            by = award_notice_by(awarded_on) if awarded_on else None
            dues.append(Due(step, awarded_on, by, law.figure("award_notice_days").words))
        else:
            dues.append(Due(step, None, None, "opens the competition"))
    return dues


def check_award(
    route: Route,
    awarded_on: date,
    *,
    intention_on: date | None,
    intention_to_award_on: date | None,
    representations: tuple[Representation, ...] = (),
) -> None:
    """Refuse an award made before its notices or inside its standstill."""
    if route in NEEDS_INTENTION:
        if intention_on is None:
            raise NotReady("the notice of intention to follow this process comes first", where=route.label)
        if intention_to_award_on is not None and intention_to_award_on < earliest_choice(intention_on):
            raise BadInput(
                "the provider was chosen too soon after the notice of intention",
                where=route.label,
                value=intention_to_award_on.isoformat(),
                remedy=f"not before {earliest_choice(intention_on):%-d %B %Y}",
            )
    if route in NEEDS_STANDSTILL:
        if intention_to_award_on is None:
            raise NotReady("publish the intention to award first", where=route.label)
        state = standstill(intention_to_award_on, representations)
        if state.may_award_from is None or awarded_on < state.may_award_from:
            raise NotReady(
                "the standstill has not ended",
                where=route.label,
                value=awarded_on.isoformat(),
                remedy=state.words,
            )
