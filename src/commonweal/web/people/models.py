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
