"""Requests to correct the record. The record changes at its source; here is who asked, and what came of it."""

from __future__ import annotations

from django.utils import timezone

from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.people.models import CorrectionRequest


def ask(*, by: Actor, person_id: str, practice_code: str, item: str, words: str) -> CorrectionRequest:
    """Ask for a correction. The caller has checked that `by` may see the person."""
    check_can(by, "people.look")
    made = CorrectionRequest.objects.create(
        person_id=person_id, practice_code=practice_code, item=item.strip(), words=words.strip(), by_id=by.user_id,
        organisation_code=by.organisation_code, at=timezone.now(),
    )  # fmt: skip
    audit.record(
        by, purpose="direct_care", action="ask for correction", subject=person_id, object=f"correction:{made.pk}"
    )
    return made


def waiting(*, by: Actor) -> list[CorrectionRequest]:
    """Requests that nobody has answered: a practice's own, or all for the governance lead of a care board."""
    check_can(by, "people.answer_corrections")
    return list(_theirs(by).filter(answered_at__isnull=True).select_related("by").order_by("at"))


def answer(*, by: Actor, request_id: int, words: str) -> None:
    """Answer a request once; of two who answer at once, the second is told."""
    check_can(by, "people.answer_corrections")
    if not words.strip():
        raise BadInput("the answer is empty")
    changed = (
        _theirs(by)
        .filter(pk=request_id, answered_at__isnull=True)
        .update(answered_at=timezone.now(), answered_by_id=by.user_id, answer=words.strip())
    )
    if not changed:
        raise NotReady(
            "there is no such request waiting", remedy="look at the list again: a colleague may have answered"
        )
    audit.record(by, action="answer correction", object=f"correction:{request_id}")


def of_person(person_id: str) -> list[CorrectionRequest]:
    """What was asked about one person, latest first."""
    return list(
        CorrectionRequest.objects.filter(person_id=person_id).select_related("by", "answered_by").order_by("-at")
    )


def _theirs(by: Actor):
    found = CorrectionRequest.objects.all()
    return found if by.organisation_kind == "icb" else found.filter(practice_code=by.organisation_code)
