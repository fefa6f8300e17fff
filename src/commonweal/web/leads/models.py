"""What leads keep: groups of practices, views to come back to, and where the limits of a control chart start again."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


def nothing() -> list:
    """An empty list: the default of a JSON column."""
    return []


class Shared(models.TextChoices):
    """Who else may use what somebody keeps."""

    PRIVATE = "private", "Only me"
    ORGANISATION = "organisation", "Everyone in my organisation who sees measures"
    EVERYONE = "everyone", "Everyone who sees measures"


class Kept(models.Model):
    """Something that one person owns and may share. It is closed, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    organisation_kind = models.CharField(max_length=20)
    shared = models.CharField(max_length=12, choices=Shared.choices, default=Shared.PRIVATE)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> models.Model:
        """The version in force."""
        return self.versions.order_by("-number")[0]  # type: ignore[attr-defined]


class Version(models.Model):
    """What a kept thing was at one time. A change adds a version; none is changed."""

    number = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class PracticeGroup(Kept):
    """A group of practices under a name of somebody's own."""


class GroupVersion(Version):
    """The practices of a group."""

    kept = models.ForeignKey(PracticeGroup, on_delete=models.PROTECT, related_name="versions")
    practices = models.JSONField(default=nothing)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kept", "number"], name="group_version_once")]


class SavedView(Kept):
    """Chosen measures for one group, with a filter: a dashboard of one's own."""


class ViewVersion(Version):
    """What a view shows."""

    kept = models.ForeignKey(SavedView, on_delete=models.PROTECT, related_name="versions")
    measures = models.JSONField(default=nothing)
    group_kind = models.CharField(max_length=20)
    group_code = models.CharField(max_length=64)
    show = models.CharField(max_length=20, blank=True)
    """The filter, one of `dashboards.FILTERS`; empty for everything."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kept", "number"], name="view_version_once")]


class Rebase(models.Model):
    """A day from which a control chart's limits start again, for a documented cause. Withdrawn, never deleted."""

    measure_id = models.CharField(max_length=100)
    group_kind = models.CharField(max_length=20)
    group_code = models.CharField(max_length=64)
    day = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["measure_id", "group_kind", "group_code"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["measure_id", "group_kind", "group_code", "day"], condition=Q(withdrawn_at__isnull=True),
                name="rebase_once",
            )
        ]  # fmt: skip
