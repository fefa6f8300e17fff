"""Putting one person on a list of one's own, from their page. The caller has checked that the actor may see them."""

from __future__ import annotations

from django.db import transaction

from commonweal.errors import BadInput
from commonweal.web.core import reading, releases, scopes
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.lists import services
from commonweal.web.lists.models import DEFAULT_CAPACITY, DEFAULT_QUIET_DAYS, WorkingList

NEW = "new"


def choices(*, by: Actor) -> list[WorkingList]:
    """The lists of people that `by` owns and may add to."""
    check_can(by, "lists.work")
    return [
        one for one in services.made_lists(by) if one.kind == WorkingList.Kind.PEOPLE and one.owner_id == by.user_id
    ]  # fmt: skip


@transaction.atomic
def put_on(*, by: Actor, person_id: str, list_id: str, title: str, seen_number: int | None = None) -> WorkingList:
    """Add somebody of one's own people to a list, as a new version; or begin a list with them."""
    check_can(by, "lists.work")
    if not reading.people(releases.reader(services.PURPOSE), [person_id], scopes.scope_of_care(by)):
        raise BadInput("a list holds people of your own practice or network only")
    if list_id == NEW:
        if not title.strip():
            raise BadInput("give the new list a name")
        return services.make(
            by=by, kind=WorkingList.Kind.PEOPLE, title=title, shared=WorkingList.Shared.ORGANISATION,
            capacity=DEFAULT_CAPACITY, quiet_days=DEFAULT_QUIET_DAYS, people=[person_id],
        )  # fmt: skip
    found = services.list_to_change(by=by, list_id=list_id)
    if found.kind != WorkingList.Kind.PEOPLE:
        raise BadInput("people are put by hand on lists of people only", remedy="choose another, or begin one")
    version = found.version
    if person_id in version.people:
        raise BadInput("this person is on that list already")
    services.change(
        by=by, working_list=found, seen_number=version.number, note="Somebody was put on it by hand",
        people=[*version.people, person_id],
    )  # fmt: skip
    return found
