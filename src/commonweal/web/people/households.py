"""Who lives at the same address, as far as the actor looks after them: to see a family in one visit.

Only people of the actor's own registered list are compared, within one small area; nobody else is said to live there or
not. An address is no consent: what one member may know of another is on each one's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.errors import NotAllowed
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases, scopes
from commonweal.web.core.actor import Actor
from commonweal.web.people import identities
from commonweal.web.people import services as people
from commonweal.web.people.identities import Identity
from commonweal.web.people.services import PURPOSE, Look

if TYPE_CHECKING:
    from commonweal.engine.answers import PersonSummary

MOST = 8
"""Where more live together it is a home or a hostel and no household: nobody is named."""


@dataclass(frozen=True)
class Member:
    """One other person of the household, with what is worth doing for them."""

    identity: Identity
    summary: PersonSummary


@dataclass(frozen=True)
class Household:
    """One person and the others of their household."""

    look: Look
    members: list[Member]
    too_many: bool


def of(*, by: Actor, person_id: str) -> Household | None:
    """None where `by` may not look at the person. Each member that is shown is one audited look."""
    found = people.look(by=by, person_id=person_id, what="household")
    if found is None:
        return None
    try:
        scope = scopes.scope_of_care(by)
    except NotAllowed:  # a trust or a council looks at people one by one
        return Household(found, [], False)
    reader = releases.reader(PURPOSE)
    near = reading.neighbours(reader, person_id, scope)
    together = identities.at_one_address(person_id, near)
    audit.record(by, purpose=PURPOSE, action="household", subject=person_id, result_count=len(together))
    if len(together) > MOST:
        return Household(found, [], True)
    names = identities.names_of(together, by=by, reason="household")
    members = [Member(names[one], reader.person(one)) for one in together]
    return Household(found, sorted(members, key=lambda one: -(one.summary.age or 0)), False)
