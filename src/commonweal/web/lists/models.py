"""What is decided about lists. Who is on a list, and why, comes from the release; what was done about it is here."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

DEFAULT_CAPACITY = 20
DEFAULT_QUIET_DAYS = 30
"""How long somebody who was seen stays folded away. The site's own choice, changed list by list."""


def nothing() -> list:
    """An empty list: the default of a JSON column."""
    return []


class WorkingList(models.Model):
    """One list. A definition's own list is one for the whole system, so that two organisations never both call somebody."""

    class Kind(models.TextChoices):
        DEFINITION = "definition", "Everyone that one definition finds"
        COMBINATION = "combination", "Definitions combined"
        PEOPLE = "people", "People put together by hand or from a file"

    class Shared(models.TextChoices):
        PRIVATE = "private", "Only me"
        ORGANISATION = "organisation", "Everyone in my organisation who works through lists"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    title = models.CharField(max_length=200)
    definition_id = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    organisation_code = models.CharField(max_length=20, blank=True)
    organisation_kind = models.CharField(max_length=20, blank=True)
    shared = models.CharField(max_length=12, choices=Shared.choices, default=Shared.ORGANISATION)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["definition_id"], condition=Q(kind="definition"), name="one_list_for_each_definition"
            ),
            models.CheckConstraint(
                condition=Q(kind="definition", owner__isnull=True) | (~Q(kind="definition") & Q(owner__isnull=False)),
                name="only_a_definitions_own_list_has_no_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> ListVersion:
        """The version in force."""
        return self.versions.order_by("-number")[0]


class ListVersion(models.Model):
    """What a list was at one time. A change adds a version; none is changed."""

    list = models.ForeignKey(WorkingList, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    all_of = models.JSONField(default=nothing)
    any_of = models.JSONField(default=nothing)
    none_of = models.JSONField(default=nothing)
    people = models.JSONField(default=nothing)
    """Person identifiers, for a list of people."""
    order_by = models.CharField(max_length=100, blank=True)
    """A score, the highest first; empty for the definitions' own order. Who is on the list is never decided by a score alone."""
    capacity = models.PositiveIntegerField(default=DEFAULT_CAPACITY)
    quiet_days = models.PositiveIntegerField(default=DEFAULT_QUIET_DAYS)
    note = models.CharField(max_length=300, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "number"], name="list_version_once")]


class Task(models.Model):
    """Where one person stands on one list now. `version` counts changes: whoever read an older one is told."""

    class State(models.TextChoices):
        OPEN = "open", "To do"
        ASSIGNED = "assigned", "Assigned"
        DEFERRED = "deferred", "Deferred"
        DONE = "done", "Done"
        DECLINED = "declined", "Declined"

    list = models.ForeignKey(WorkingList, on_delete=models.PROTECT, related_name="tasks")
    person_id = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="tasks")
    until = models.DateField(null=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "person_id"], name="task_once")]
        indexes: ClassVar = [models.Index(fields=["person_id", "state"])]


class Action(models.Model):
    """One thing that somebody did about one person on one list. Rows are added, never changed."""

    class Verb(models.TextChoices):
        DONE = "done", "Done"
        ASSIGN = "assign", "Assigned"
        DEFER = "defer", "Deferred"
        DECLINE = "decline", "Declined"
        NOTE = "note", "Note"
        REOPEN = "reopen", "Put back"
        UNDO = "undo", "Undone"

    list = models.ForeignKey(WorkingList, on_delete=models.PROTECT, related_name="actions")
    person_id = models.CharField(max_length=64, db_index=True)
    verb = models.CharField(max_length=10, choices=Verb.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=30, blank=True)
    note = models.TextField(blank=True)
    until = models.DateField(null=True)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    release_id = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    """The task as it was: state, assigned_to, until. Undo puts it back."""
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")


class Snapshot(models.Model):
    """Who was on a list in one release, for one organisation: what a later release is compared with."""

    list = models.ForeignKey(WorkingList, on_delete=models.PROTECT, related_name="snapshots")
    organisation_code = models.CharField(max_length=20)
    release_id = models.CharField(max_length=64)
    as_at = models.DateField()
    taken_at = models.DateTimeField(auto_now_add=True)
    people = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "organisation_code", "release_id"], name="snapshot_once")
        ]
