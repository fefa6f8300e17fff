"""Which organisations an actor's answers cover."""

from __future__ import annotations

from dataclasses import replace

from commonweal.engine.answers import Scope
from commonweal.errors import NotAllowed
from commonweal.web.core.actor import Actor

PEOPLE_KINDS = ("practice", "pcn", "neighbourhood")
"""Organisations whose registered people form a list. A trust or council reaches people one by one, by relationship."""


def scope_of_care(actor: Actor) -> Scope:
    """The people whose care is the actor's organisation's: its registered list. Raises `NotAllowed` for any other body."""
    if actor.organisation_kind not in PEOPLE_KINDS:
        raise NotAllowed(
            f"{actor.organisation_name} has no registered list, so it has no list of people to work through",
            remedy="search for the person that you are treating",
        )
    return replace(Scope(), **{actor.organisation_kind: (actor.organisation_code,)})


def scope_of(actor: Actor) -> Scope:
    """What the actor's numbers start from: their own organisation; the whole system for bodies that plan for all of it."""
    if actor.organisation_kind in {"practice", "pcn", "neighbourhood", "borough"}:
        return replace(Scope(), **{actor.organisation_kind: (actor.organisation_code,)})
    return Scope(everyone=True)
