"""Looks without a relationship, their review, and requests to correct the record."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class EmergencyAccess(models.Model):
    """The glass broken: one person may look at one other for a short time, for a reason that somebody reviews."""

    class Reason(models.TextChoices):
        EMERGENCY = "emergency", "Emergency care now"
        REFERRED = "referred", "Referred to me; the referral is not in the record yet"
        COVER = "cover", "Covering for the person's own team"
        SAFEGUARDING = "safeguarding", "Safeguarding"
        OTHER = "other", "Another reason"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    person_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    words = models.TextField()
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    once = models.CharField(max_length=64, unique=True)
    """The form's own number: sending the same form again opens nothing."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "person_id", "closes_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opened_at")), name="access_is_time_boxed")
        ]


class AccessReview(models.Model):
    """What the governance lead found. One for each access, never changed."""

    class Finding(models.TextChoices):
        JUSTIFIED = "justified", "Justified"
        ASK = "ask", "Ask the member of staff"
        UNJUSTIFIED = "unjustified", "Not justified: raise an incident"

    access = models.OneToOneField(EmergencyAccess, on_delete=models.PROTECT, related_name="review")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finding = models.CharField(max_length=12, choices=Finding.choices)
    words = models.TextField(blank=True)


class CorrectionRequest(models.Model):
    """Somebody says that an item of the record is wrong. The record itself changes at its source, never here."""

    person_id = models.CharField(max_length=64, db_index=True)
    practice_code = models.CharField(max_length=20, blank=True)
    item = models.CharField(max_length=200)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)


class StatedPreference(models.Model):
    """Something that a person wants staff to know and to do. Ended, never changed: a new wish is a new row."""

    class Kind(models.TextChoices):
        CONTACT = "contact", "How to reach me"
        COMMUNICATION = "communication", "Language, interpreter or format"
        ADJUSTMENT = "adjustment", "Reasonable adjustments"
        CARER = "carer", "Who helps me, and who to involve"
        CONFIDENTIALITY = "confidentiality", "Who must not be told"
        CARE = "care", "What matters to me in my care"
        PLACE = "place", "Where I want to be cared for"

    person_id = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    words = models.CharField(max_length=500)
    stated_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)


class CarePlan(models.Model):
    """A plan of care for one person, with a day by which somebody looks at it again. Its words are in its versions."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", "Personal care and support plan"
        URGENT = "urgent", "Urgent care or escalation plan"
        ADVANCE = "advance", "Advance care plan"
        MENTAL_HEALTH = "mental_health", "Mental health care plan"
        CRISIS = "crisis", "Crisis and contingency plan"
        SOCIAL = "social", "Care and support plan of the council"

    person_id = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    organisation_code = models.CharField(max_length=20)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    close_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_id", "kind"], condition=Q(closed_at__isnull=True), name="one_open_plan_of_a_kind"
            )
        ]

    @property
    def version(self) -> CarePlanVersion:
        """The version in force."""
        return self.versions.order_by("-number")[0]


class CarePlanVersion(models.Model):
    """What a plan said from one day. A change or a review adds a version; none is changed."""

    class AgreedWith(models.TextChoices):
        PERSON = "person", "The person"
        CARER = "carer", "The person and a carer"
        BEST_INTERESTS = "best_interests", "Nobody: made in their best interests"
        NOT_YET = "not_yet", "Not agreed yet"

    plan = models.ForeignKey(CarePlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    matters = models.TextField(blank=True)
    goals = models.TextField()
    actions = models.TextField()
    if_worse = models.TextField(blank=True)
    agreed_with = models.CharField(max_length=20, choices=AgreedWith.choices)
    review_on = models.DateField()
    is_review = models.BooleanField(default=False)
    """Somebody went through the plan with the person; otherwise only its words were changed."""
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "number"], name="care_plan_version_once")]
