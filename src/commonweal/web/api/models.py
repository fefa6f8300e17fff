"""Tokens of the API. The token itself is nowhere: only its keyed hash."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.web.accounts.models import Membership


class Token(models.Model):
    """One token of one person in one role. Revoked, never deleted, so that the audit's ``token:7`` can be answered."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="api_tokens")
    title = models.CharField(max_length=60)
    key_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    window_started_at = models.DateTimeField()
    """The minute whose calls `window_calls` counts: in the database, so that every process counts together."""
    window_calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
