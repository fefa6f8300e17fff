"""May this be done with this list?"""

from __future__ import annotations

from commonweal.errors import NotAllowed, NotReady
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can, twin
from commonweal.web.lists.models import WorkingList


def check_can_see(actor: Actor, working_list: WorkingList) -> None:
    """A definition's list is everybody's who works through lists; others are their organisation's, or their owner's.

    A list that is not the actor's to see does not exist for them.
    """
    check_can(actor, "lists.oversee")
    if working_list.kind == WorkingList.Kind.DEFINITION:
        return
    ours = (working_list.organisation_code, working_list.organisation_kind) == (
        actor.organisation_code,
        actor.organisation_kind,
    )
    mine = working_list.owner_id == actor.user_id
    if not ours or (working_list.shared == WorkingList.Shared.PRIVATE and not mine):
        raise NotReady("there is no such list", remedy="choose one from your lists")


def check_can_change(actor: Actor, working_list: WorkingList) -> None:
    """Only its owner changes a list, and nobody a definition's own."""
    check_can_see(actor, working_list)
    check_can(actor, "lists.work")
    if working_list.kind == WorkingList.Kind.DEFINITION:
        raise NotAllowed("this list follows its definition", remedy="make a list of your own from it")
    if working_list.owner_id != actor.user_id:
        raise NotAllowed("only the owner of a list may change it", remedy="ask them, or make your own")
    if working_list.closed_at:
        raise NotAllowed("this list is closed")


can_see = twin(check_can_see)
can_change = twin(check_can_change)
