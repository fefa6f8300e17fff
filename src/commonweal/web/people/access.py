"""The broken glass: who may look without a relationship, for how long, and who reviews it."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.people.models import AccessReview, EmergencyAccess

FEWEST_WORDS = 3


def open_access(by: Actor, person_id: str) -> EmergencyAccess | None:
    """The access under which `by` may look at this person now, in the same organisation as it was opened."""
    return (
        EmergencyAccess.objects.filter(
            user_id=by.user_id, organisation_code=by.organisation_code, person_id=person_id,
            closes_at__gt=timezone.now(),
        ).order_by("-closes_at").first()
    )  # fmt: skip


def break_glass(*, by: Actor, person_id: str, reason: str, words: str, once: str) -> EmergencyAccess:
    """Open a time-boxed access, audited and queued for review. The same form twice opens nothing new."""
    check_can(by, "people.break_glass")
    if reason not in EmergencyAccess.Reason.values:
        raise BadInput("say which kind of reason it is")
    if len(words.split()) < FEWEST_WORDS:
        raise BadInput("say in a few words why you need to see this person")
    now = timezone.now()
    try:
        with transaction.atomic():
            access = EmergencyAccess.objects.create(
                user_id=by.user_id, organisation_code=by.organisation_code, person_id=person_id, reason=reason,
                words=words.strip(), opened_at=now, once=once,
                closes_at=now + datetime.timedelta(minutes=settings.EMERGENCY_ACCESS_MINUTES),
            )  # fmt: skip
            audit.record(
                by, purpose="direct_care", action="break glass", subject=person_id, object=f"access:{access.pk}",
                reason=f"{EmergencyAccess.Reason(reason).label}: {words.strip()}",
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed(
            "that form was used before", remedy="open the person again and give the reason that holds now"
        ) from None
    return access


def to_review(*, by: Actor) -> list[EmergencyAccess]:
    """What nobody has reviewed, oldest first."""
    check_can(by, "people.review_access")
    return list(
        EmergencyAccess.objects.filter(review__isnull=True, **_theirs(by)).select_related("user").order_by("opened_at")
    )


def reviewed(*, by: Actor, latest: int = 50) -> list[EmergencyAccess]:
    """The latest that were reviewed."""
    check_can(by, "people.review_access")
    found = EmergencyAccess.objects.filter(review__isnull=False, **_theirs(by))
    return list(found.select_related("user", "review__by").order_by("-review__at")[:latest])


def review(*, by: Actor, access_id: int, finding: str, words: str) -> AccessReview:
    """Record what was found. Nobody reviews their own access, and nothing is reviewed twice."""
    check_can(by, "people.review_access")
    access = EmergencyAccess.objects.filter(pk=access_id, **_theirs(by)).first()
    if access is None:
        raise NotReady("there is no such access to review")
    if access.user_id == by.user_id:
        raise NotAllowed("nobody reviews their own access")
    if finding not in AccessReview.Finding.values:
        raise BadInput("choose what you found")
    if finding != AccessReview.Finding.JUSTIFIED and not words.strip():
        raise BadInput("say what should follow")
    try:
        with transaction.atomic():
            done = AccessReview.objects.create(
                access=access, by_id=by.user_id, at=timezone.now(), finding=finding, words=words.strip()
            )
    except IntegrityError:
        raise NotAllowed("a colleague reviewed it a moment ago") from None
    audit.record(by, action="review access", subject=access.person_id, object=f"access:{access.pk} {finding}")
    return done


def _theirs(by: Actor) -> dict[str, str]:
    """The governance lead of a care board reviews for its whole system; others for their own organisation."""
    return {} if by.organisation_kind == "icb" else {"organisation_code": by.organisation_code}
