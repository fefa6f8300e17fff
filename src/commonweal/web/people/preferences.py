"""What a person wants: what the record holds, and what staff wrote down here when they were told.

The caller has checked that `by` may see the person (`services.look`).
"""

from __future__ import annotations

import datetime

from django.utils import timezone

from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.people.models import StatedPreference


def of_person(person_id: str) -> list[StatedPreference]:
    """Those in force, by kind."""
    order: dict[str, int] = {kind: place for place, kind in enumerate(StatedPreference.Kind.values)}
    found = StatedPreference.objects.filter(person_id=person_id, ended_at__isnull=True).select_related("by")
    return sorted(found, key=lambda one: (order[one.kind], -one.pk))


def note(*, by: Actor, person_id: str, kind: str, words: str, stated_on: datetime.date) -> StatedPreference:
    """Write down what the person said."""
    check_can(by, "people.note_preference")
    if kind not in StatedPreference.Kind.values:
        raise BadInput("choose what it is about")
    if not words.strip():
        raise BadInput("write what the person wants")
    if stated_on > timezone.localdate():
        raise BadInput("the day on which they said it lies in the future")
    made = StatedPreference.objects.create(
        person_id=person_id, kind=kind, words=words.strip(), stated_on=stated_on, by_id=by.user_id,
        organisation_code=by.organisation_code,
    )  # fmt: skip
    _record(by, "note preference", made)
    return made


def end(*, by: Actor, person_id: str, preference_id: int, reason: str) -> None:
    """It no longer holds. The row stays, with who ended it and why."""
    check_can(by, "people.note_preference")
    if not reason.strip():
        raise BadInput("say why it no longer holds")
    found = StatedPreference.objects.filter(pk=preference_id, person_id=person_id).first()
    changed = found and StatedPreference.objects.filter(pk=found.pk, ended_at__isnull=True).update(
        ended_at=timezone.now(), ended_by_id=by.user_id, end_reason=reason.strip()
    )
    if not found or not changed:
        raise NotReady("there is no such preference in force", remedy="open the person again")
    _record(by, "end preference", found)


def _record(by: Actor, action: str, one: StatedPreference) -> None:
    audit.record(
        by, purpose="direct_care", action=action, subject=one.person_id, object=f"preference:{one.pk} {one.kind}"
    )
