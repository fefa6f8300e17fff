"""Whether an organisation has a relationship with a person: the ground on which it may look."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.web.core.actor import Actor

if TYPE_CHECKING:
    from commonweal.engine.answers import PersonSummary, TimelineItem

UNENDED_REFERRAL_DAYS = 365
"""How long a referral to a consultant is a ground. The e-Referral Service never says that one has ended (the project's own limit)."""


@dataclass(frozen=True)
class Relationship:
    """Why this organisation may look."""

    kind: str
    words: str


def relationship(
    actor: Actor, person: PersonSummary, items: Iterable[TimelineItem], today: datetime.date
) -> Relationship | None:
    """The first ground that holds: registered, of the network, treated or supported now. None where there is none.

    A referral is open until it ends, and one to a consultant (without a service type) for a year at most; a stay until
    its discharge; a care package until its last day. What has ended is no ground: then there is the broken glass.
    """
    code = actor.organisation_code
    if actor.organisation_kind == "practice" and person.practice_code == code:
        return Relationship("registered", "Registered with your practice")
    if actor.organisation_kind == "pcn" and person.pcn_code == code:
        return Relationship("network", "Registered with a practice of your network")
    if not rests_on_rows(actor):
        return None
    for item in items:
        if not _theirs(item, actor, person) or not _open(item, today):
            continue
        if item.table == "referral" and not unended(item, today):
            return Relationship(
                "referral", f"Referred to you on {item.date.day} {item.date:%B %Y}; the referral is open"
            )
        if item.table == "contact" and item.setting in {"apc", "social_care"}:
            return Relationship("spell", "In your care now")
        if item.table == "care_package":
            return Relationship("package", "A care package with you is open")
    return None


def rests_on_rows(actor: Actor) -> bool:
    """Whether the ground of this actor's organisation is what the record holds, and not where a person is registered."""
    return actor.organisation_kind in {"trust", "local_authority"}


def _theirs(item: TimelineItem, actor: Actor, person: PersonSummary) -> bool:
    if item.provider_code == actor.organisation_code:
        return True
    # A council supports its residents also where somebody else provides the service.
    return (
        actor.organisation_kind == "local_authority"
        and item.table == "care_package"
        and item.details.get("funder") in {"local_authority", "joint"}
        and person.borough_code == actor.organisation_code
    )


def _open(item: TimelineItem, today: datetime.date) -> bool:
    return item.date <= today and (item.end_date is None or item.end_date >= today)


def unended(item: TimelineItem, today: datetime.date) -> bool:
    """Whether a referral to a consultant is so old that it has most likely ended, though nobody says so."""
    return not item.details.get("service_type") and (today - item.date).days > UNENDED_REFERRAL_DAYS
