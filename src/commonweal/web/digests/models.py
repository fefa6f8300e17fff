"""Who wants a digest, and which were sent."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.web.accounts.models import Membership


class Subscription(models.Model):
    """What one person in one role wants. One row for each role, changed in place; the audit holds each change."""

    class Frequency(models.TextChoices):
        NEVER = "never", "Never"
        DAILY = "daily", "Each working day"
        WEEKLY = "weekly", "Each Monday"

    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="digest")
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    changed_at = models.DateTimeField(auto_now=True)


class Sent(models.Model):
    """One digest that went out. The same day twice is refused by the database, whoever runs the command."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    lines = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["membership", "day"], name="digest_once_a_day")]
