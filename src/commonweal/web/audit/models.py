"""Audit rows and their chain. The database itself refuses to change or delete either (see the migration)."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.governance.audit import AuditEvent


class Entry(models.Model):
    """One thing that was done: exactly the fields of `governance.audit.AuditEvent`."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=254, db_index=True)
    role = models.CharField(max_length=50)
    organisation = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    action = models.CharField(max_length=50, db_index=True)
    subject = models.CharField(max_length=64, blank=True, db_index=True)
    object = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)
    result_count = models.BigIntegerField(null=True)
    release_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def as_event(self) -> AuditEvent:
        """The event that the chain is computed over."""
        return AuditEvent(
            self.at, self.actor, self.role, self.organisation, self.purpose, self.action, self.subject, self.object,
            self.reason, self.result_count, self.release_id,
        )  # fmt: skip


class Seal(models.Model):
    """The place of one entry in the chain. `number` counts from 1 without a gap, so two sealers cannot both go on."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="seal")
    link = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
