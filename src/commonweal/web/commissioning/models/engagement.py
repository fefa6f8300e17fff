"""What people said, what was done, events, assessments, and consulting scrutiny."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.commissioning import assessments
from commonweal.commissioning.engagement import STATUSES
from commonweal.commissioning.engagement import Response as PlainResponse
from commonweal.commissioning.scrutiny import Consultation as PlainConsultation
from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom, empty


class Response(models.Model):
    """One "you said, we did". Public once `published`."""

    reference = models.CharField(max_length=40, unique=True)
    theme = models.CharField(max_length=120, db_index=True)
    you_said = models.TextField()
    we_did = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=[(status, status.capitalize()) for status in STATUSES])
    basis = models.CharField(max_length=10, choices=[("stated", "Stated"), ("inferred", "Inferred")], default="stated")
    why_not = models.TextField(blank=True)
    intentions = models.ManyToManyField(Intention, blank=True, related_name="responses")
    source = models.CharField(max_length=40, blank=True, db_index=True)
    section = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=120, blank=True)
    published = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.reference

    def plain(self) -> PlainResponse:
        return PlainResponse(
            self.reference,
            self.theme,
            self.you_said,
            self.we_did,
            self.status,
            self.basis,
            (),
            self.why_not,
            self.source,
            self.section,
        )


class Feedback(models.Model):
    """One thing said. Never who said it."""

    said = models.TextField()
    heard_on = models.DateField(null=True, blank=True)
    heard_at = models.CharField(max_length=200)
    place = models.CharField(max_length=120, blank=True)
    theme = models.CharField(max_length=120, blank=True, db_index=True)
    response = models.ForeignKey(Response, on_delete=models.SET_NULL, null=True, blank=True, related_name="feedback")
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Event(models.Model):
    """An engagement or scrutiny event."""

    reference = models.CharField(max_length=40, unique=True)
    event = models.CharField(max_length=300)
    audience = models.CharField(max_length=300, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    period = models.CharField(max_length=60, blank=True)
    participants = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-starts", "id"]


class Assessment(models.Model):
    """One assessment of one intention: involvement, equality or quality."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="assessments")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.label) for kind in assessments.Kind])
    outcome = models.CharField(
        max_length=24,
        choices=[(outcome.value, outcome.value.capitalize()) for outcome in assessments.Outcome],
        default="open",
    )
    parts = models.JSONField(default=empty)
    actions = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    signed_by = models.CharField(max_length=200, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["intention", "kind"], name="assessment_once")]

    def plain(self) -> assessments.Assessment:
        return assessments.Assessment(
            assessments.Kind(self.kind),
            self.intention.reference,
            assessments.Outcome(self.outcome),
            dict(self.parts),
            self.actions,
            self.reason,
            self.signed_by,
            self.signed_on,
            self.review_on,
        )


class Consultation(models.Model):
    """The record of telling and consulting a scrutiny committee."""

    intention = models.ForeignKey(
        Intention, on_delete=models.PROTECT, null=True, blank=True, related_name="consultations"
    )
    committee = models.CharField(max_length=200)
    change = models.CharField(max_length=300)
    answers = models.JSONField(default=empty)
    told_on = models.DateField(null=True, blank=True)
    substantial = models.BooleanField(null=True, blank=True)
    consultation_from = models.DateField(null=True, blank=True)
    consultation_to = models.DateField(null=True, blank=True)
    comments_by = models.DateField(null=True, blank=True)
    comments = models.TextField(blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def plain(self) -> PlainConsultation:
        return PlainConsultation(
            self.committee,
            self.change,
            self.told_on,
            self.substantial,
            self.consultation_from,
            self.consultation_to,
            self.comments_by,
            self.comments,
            self.outcome,
        )
