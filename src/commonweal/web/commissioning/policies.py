"""May this be done to this intention, in this state, by this person? Each rule is a twin: `check_can_x` and `can_x`."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from commonweal.commissioning.workflow import EDITABLE, Actor, State
from commonweal.errors import NotAllowed
from commonweal.web.commissioning.models import Intention
from commonweal.web.core.actor import Actor as Person
from commonweal.web.core.permissions import check_can, twin

PARTS: dict[str, frozenset[Actor]] = {
    "commissioner": frozenset({Actor.PROGRAMME_LEAD, Actor.SENIOR_OWNER, Actor.REGISTER_KEEPER}),
    "finance": frozenset({Actor.SENIOR_OWNER, Actor.CONTRACT_LEAD, Actor.PROVIDER}),
}
"""Which parts of an intention's life each role plays. The contract lead records a provider's signature with its evidence."""

NOT_YET_SHARED = frozenset({State.DRAFT, State.IN_REVIEW, State.COMMISSIONER_SIGNED})
"""States that people outside the commissioning organisation do not see."""

OUTSIDE = frozenset({"scrutiny", "clinician", "care_coordinator"})


def parts_of(person: Person) -> frozenset[Actor]:
    """The parts that this person's role plays."""
    return PARTS.get(person.role.id, frozenset())


def sees_drafts(person: Person) -> bool:
    """Whether this actor may read what is not published."""
    return person.role.id not in OUTSIDE


def check_can_edit(person: Person, intention: Intention) -> None:
    """Words change only while nothing stands on them: reopen what was reviewed or signed."""
    check_can(person, "commissioning.edit")
    if State(intention.state) not in EDITABLE:
        raise NotAllowed(
            "these words were reviewed or signed as they stand",
            where=intention.reference,
            remedy="reopen the intention first; signatures are then asked for again",
        )


can_edit = twin(check_can_edit)


def check_can_sign_for_commissioner(person: Person, intention: Intention) -> None:
    """Whoever sent it for review does not sign it: two people stand behind each intention."""
    check_can(person, "commissioning.act")
    sent = intention.changes.filter(step="submit").order_by("-id").first()
    if sent is not None and sent.by_id == person.user_id:
        raise NotAllowed(
            "you sent this for review, so somebody else signs it",
            where=intention.reference,
            remedy="ask another senior owner to sign",
        )


can_sign_for_commissioner = twin(check_can_sign_for_commissioner)
