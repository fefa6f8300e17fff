"""The register: intentions, their versions, their life, and what they touch."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, ClassVar

from django.db import models

from commonweal.commissioning.intentions import Intention as Plain
from commonweal.commissioning.intentions import Kind, Procurement
from commonweal.commissioning.workflow import LABELS, State
from commonweal.web.commissioning.models.shared import by_whom, empty, nothing

LISTS = ("strategies", "depends_on", "target_ids", "measure_ids")


class Intention(models.Model):
    """One intention as it stands. `version` is checked when it is saved, so that two editors never overwrite each other."""

    reference = models.CharField(max_length=40, unique=True)
    programme = models.CharField(max_length=120, db_index=True)
    place = models.CharField(max_length=120, db_index=True)
    year = models.CharField(max_length=20, db_index=True)
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.label) for kind in Kind])
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    why = models.TextField(blank=True)
    who_supports = models.TextField(blank=True)
    lead = models.CharField(max_length=200, blank=True)
    senior_owner = models.CharField(max_length=200, blank=True)
    clinical_owner = models.CharField(max_length=200, blank=True)
    providers = models.TextField(blank=True)
    outcomes = models.TextField(blank=True)
    measures_of_success = models.TextField(blank=True)
    strategies = models.JSONField(default=nothing, blank=True)
    procurement = models.CharField(
        max_length=10, choices=[(choice.value, choice.label) for choice in Procurement], default="no"
    )
    depends_on = models.JSONField(default=nothing, blank=True)
    target_ids = models.JSONField(default=nothing, blank=True)
    measure_ids = models.JSONField(default=nothing, blank=True)
    carried_from = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40, blank=True, db_index=True)
    section = models.CharField(max_length=200, blank=True)
    owner = by_whom(null=True, blank=True)
    """The member of staff who answers for it here. An owner who leaves keeps the history and loses the work."""
    starts_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=24, choices=[(state.value, LABELS[state]) for state in State], default="draft")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["source", "programme"])]

    def __str__(self) -> str:
        return f"{self.reference}: {self.title}"

    def plain(self) -> Plain:
        """The value that the rules take."""
        values = {
            field.name: getattr(self, "reference" if field.name == "id" else field.name) for field in fields(Plain)
        }
        return from_values(values)

    def fill(self, value: Plain) -> None:
        """Take the words of `value`. State, owner and version stay."""
        for name, held in asdict(value).items():
            setattr(self, "reference" if name == "id" else name, list(held) if name in LISTS else str(held))


def from_values(values: dict[str, Any]) -> Plain:
    """A plain intention from stored values (JSON lists and text)."""
    made = {name: tuple(value) if name in LISTS else value for name, value in values.items()}
    made["kind"] = Kind(made["kind"])
    made["procurement"] = Procurement(made["procurement"])
    return Plain(**made)


class IntentionVersion(models.Model):
    """One version as it was saved, and the change log that wrote itself. Only grows."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(default=empty)
    change_log = models.TextField(blank=True)
    note = models.TextField(blank=True)
    by = by_whom(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["intention", "number"], name="version_once")]

    def plain(self) -> Plain:
        return from_values(dict(self.content))


class StateChange(models.Model):
    """One step of an intention's life. Only grows."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="changes")
    step = models.CharField(max_length=30)
    before = models.CharField(max_length=24)
    after = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Signature(models.Model):
    """A signature of one side on one version. A new version needs new signatures. Only grows."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="signatures")
    version = models.PositiveIntegerField()
    side = models.CharField(max_length=12, choices=[("commissioner", "Commissioner"), ("provider", "Provider")])
    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200)
    signed_on = models.DateField()
    evidence = models.CharField(max_length=300, blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Notice(models.Model):
    """Notice given to providers, dated. `days_short` above 0 needs their agreement. Only grows."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="notices")
    version = models.PositiveIntegerField()
    provider = models.CharField(max_length=200)
    given_on = models.DateField()
    starts_on = models.DateField()
    days_short = models.PositiveIntegerField()
    words = models.TextField()
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Link(models.Model):
    """What an intention touches, by kind and code: the way back from a measure, provider, practice, scheme or contract."""

    intention = models.ForeignKey(Intention, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(
        max_length=12,
        choices=[
            ("measure", "Measure"),
            ("register", "Register"),
            ("provider", "Provider"),
            ("practice", "Practice"),
            ("pcn", "Primary care network"),
            ("borough", "Borough"),
            ("scheme", "Scheme"),
            ("contract", "Contract"),
        ],
    )
    code = models.CharField(max_length=100)
    label = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=12, choices=[("stated", "Stated"), ("inferred", "Inferred")], default="stated")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["intention", "kind", "code"], name="link_once")]
        indexes: ClassVar = [models.Index(fields=["kind", "code"])]


class Succession(models.Model):
    """One organisation became part of another. What was recorded under the old code stays under it, and is found from the new."""

    old_code = models.CharField(max_length=20, db_index=True)
    old_name = models.CharField(max_length=200)
    new_code = models.CharField(max_length=20, db_index=True)
    new_name = models.CharField(max_length=200)
    merged_on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["old_code", "new_code"], name="succession_once")]
