"""Care plans: written and reviewed with the person by clinicians, in versions, each with the day of the next review.

The caller has checked that `by` may see the person (`services.look`).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.people.models import CarePlan, CarePlanVersion

LONGEST_REVIEW = datetime.timedelta(days=366)
"""The site's own limit: a plan that nobody looks at for a year is not one to act from."""


@dataclass(frozen=True)
class Words:
    """What a plan says."""

    matters: str
    goals: str
    actions: str
    if_worse: str
    agreed_with: str
    review_on: datetime.date

    def check(self) -> None:
        today = timezone.localdate()
        if not self.goals.strip() or not self.actions.strip():
            raise BadInput("a plan has at least one goal and what will be done")
        if not today < self.review_on <= today + LONGEST_REVIEW:
            raise BadInput("the next review lies after today and within a year")
        if self.agreed_with not in CarePlanVersion.AgreedWith.values:
            raise BadInput("say with whom the plan was agreed")


def of_person(person_id: str) -> list[CarePlan]:
    """Open plans first, then closed ones, newest first."""
    found = CarePlan.objects.filter(person_id=person_id).select_related("created_by", "closed_by")
    return sorted(found.prefetch_related("versions__by"), key=lambda one: (one.closed_at is not None, -one.pk))


def plan_of(person_id: str, plan_id: int) -> CarePlan:
    """One plan of this person. Raises `NotReady` for anybody else's."""
    found = CarePlan.objects.filter(pk=plan_id, person_id=person_id).first()
    if found is None:
        raise NotReady("this person has no such plan", remedy="open the person again")
    return found


@transaction.atomic
def write(*, by: Actor, person_id: str, kind: str, words: Words) -> CarePlan:
    """A new plan. A person has one open plan of a kind, so that nobody works from the other one."""
    check_can(by, "people.plan")
    words.check()
    if kind not in CarePlan.Kind.values:
        raise BadInput("choose the kind of plan")
    try:
        with transaction.atomic():
            plan = CarePlan.objects.create(
                person_id=person_id, kind=kind, created_by_id=by.user_id, organisation_code=by.organisation_code
            )
    except IntegrityError:
        raise BadInput(
            "this person has an open plan of that kind", remedy="review that one, or close it first"
        ) from None
    _add(by, plan, 1, words, is_review=False, note="")
    _record(by, "write care plan", plan, 1)
    return plan


@transaction.atomic
def revise(*, by: Actor, plan: CarePlan, seen_number: int, words: Words, is_review: bool, note: str) -> CarePlanVersion:
    """A new version: a review with the person, or a change of words. Of two people who do it at once, the second is told."""
    check_can(by, "people.plan")
    words.check()
    if plan.closed_at is not None:
        raise NotAllowed("this plan is closed", remedy="write a new one")
    stale = BadInput("a colleague changed this plan since you opened it", remedy="open it again and compare")
    if plan.version.number != seen_number:
        raise stale
    try:
        with transaction.atomic():
            made = _add(by, plan, seen_number + 1, words, is_review=is_review, note=note)
    except IntegrityError:
        raise stale from None
    _record(by, "review care plan" if is_review else "change care plan", plan, made.number)
    return made


def close(*, by: Actor, plan: CarePlan, reason: str) -> None:
    """Put a plan away, with the reason. It stays to be read."""
    check_can(by, "people.plan")
    if not reason.strip():
        raise BadInput("say why the plan is closed")
    changed = CarePlan.objects.filter(pk=plan.pk, closed_at__isnull=True).update(
        closed_at=timezone.now(), closed_by_id=by.user_id, close_reason=reason.strip()
    )
    if not changed:
        raise NotAllowed("this plan is closed already")
    _record(by, "close care plan", plan, plan.version.number)


SOON = datetime.timedelta(days=14)


def due(*, by: Actor, today: datetime.date) -> list[CarePlan]:
    """Open plans that the actor's organisation keeps and whose review is past or falls within two weeks, earliest first."""
    check_can(by, "people.look")
    kept = CarePlan.objects.filter(organisation_code=by.organisation_code, closed_at__isnull=True)
    newest = CarePlanVersion.objects.filter(plan=OuterRef("pk")).order_by("-number")
    kept = kept.annotate(due_on=Subquery(newest.values("review_on")[:1])).filter(due_on__lt=today + SOON)
    return list(kept.order_by("due_on", "pk").prefetch_related("versions__by"))


def _add(by: Actor, plan: CarePlan, number: int, words: Words, *, is_review: bool, note: str) -> CarePlanVersion:
    return CarePlanVersion.objects.create(
        plan=plan, number=number, matters=words.matters.strip(), goals=words.goals.strip(), actions=words.actions.strip(),
        if_worse=words.if_worse.strip(), agreed_with=words.agreed_with, review_on=words.review_on, is_review=is_review,
        note=note.strip(), by_id=by.user_id, organisation_code=by.organisation_code,
    )  # fmt: skip


def _record(by: Actor, action: str, plan: CarePlan, number: int) -> None:
    audit.record(
        by, purpose="direct_care", action=action, subject=plan.person_id, object=f"care plan:{plan.pk} version {number}"
    )
