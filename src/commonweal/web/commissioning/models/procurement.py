"""Procurements with their answers and clocks, and the contract register."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.commissioning.procurement import contracts as rules
from commonweal.commissioning.procurement import notices, scoring
from commonweal.commissioning.procurement.decisions import Interest as PlainInterest
from commonweal.commissioning.procurement.decisions import Modification as PlainModification
from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom, empty


class Procurement(models.Model):
    """One choice of provider, from the plan to the award. `answers` holds the tree's answers under the law of its day."""

    STATES: ClassVar = [
        ("planned", "Planned"),
        ("deciding", "Choosing a route"),
        ("notices", "Notices and standstill"),
        ("awarded", "Awarded"),
        ("abandoned", "Abandoned"),
    ]

    reference = models.CharField(max_length=40, unique=True)
    service = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    intention = models.ForeignKey(
        Intention, on_delete=models.PROTECT, null=True, blank=True, related_name="procurements"
    )
    annual_value_pence = models.BigIntegerField(null=True, blank=True)
    lifetime_value_pence = models.BigIntegerField(null=True, blank=True)
    planned_start = models.DateField(null=True, blank=True)
    planned_words = models.CharField(max_length=60, blank=True)
    started_on = models.DateField(null=True, blank=True)
    decision_on = models.DateField(null=True, blank=True)
    """The day of the decision, planned or made: it decides the law."""
    health_care = models.BooleanField(default=True)
    answers = models.JSONField(default=empty)
    criteria = models.JSONField(default=empty)
    criteria_reasons = models.JSONField(default=empty)
    route = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    provider = models.CharField(max_length=200, blank=True)
    decided_by = models.JSONField(default=list)
    criteria_assessment = models.TextField(blank=True)
    basic_selection = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    waiver = models.JSONField(default=empty)
    intention_on = models.DateField(null=True, blank=True)
    intention_to_award_on = models.DateField(null=True, blank=True)
    awarded_on = models.DateField(null=True, blank=True)
    award_notice_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=STATES, default="planned")
    source = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["planned_start", "id"]

    def __str__(self) -> str:
        return f"{self.reference}: {self.service}"


class Representation(models.Model):
    """A provider's representation about a planned award."""

    procurement = models.ForeignKey(Procurement, on_delete=models.PROTECT, related_name="representations")
    provider = models.CharField(max_length=200)
    received_on = models.DateField()
    words = models.TextField(blank=True)
    answered_on = models.DateField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def plain(self) -> notices.Representation:
        return notices.Representation(self.provider, self.received_on, self.answered_on, self.outcome)


class Interest(models.Model):
    """A declaration of interest by somebody who takes part, also of none."""

    procurement = models.ForeignKey(Procurement, on_delete=models.PROTECT, related_name="interests")
    person = models.CharField(max_length=200)
    declared_on = models.DateField()
    interest = models.TextField(blank=True)
    managed_by = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def plain(self) -> PlainInterest:
        return PlainInterest(self.person, self.declared_on, self.interest, self.managed_by)


class ScoredProvider(models.Model):
    """One provider's scores on the five key criteria, each with its reason."""

    procurement = models.ForeignKey(Procurement, on_delete=models.PROTECT, related_name="scored")
    provider = models.CharField(max_length=200)
    scores = models.JSONField(default=empty)
    reasons = models.JSONField(default=empty)
    by = by_whom()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["procurement", "provider"], name="provider_scored_once")
        ]

    def plain(self) -> scoring.ScoredProvider:
        return scoring.ScoredProvider(self.provider, dict(self.scores), dict(self.reasons), self.by.name)


class Contract(models.Model):
    """One contract of the register."""

    reference = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=200)
    provider_code = models.CharField(max_length=20, blank=True, db_index=True)
    service = models.CharField(max_length=300)
    starts = models.DateField()
    ends = models.DateField()
    value_pence = models.BigIntegerField()
    route = models.CharField(max_length=40)
    decided_on = models.DateField()
    notice_months = models.PositiveSmallIntegerField(default=6)
    extension_months = models.PositiveSmallIntegerField(default=0)
    lead = models.CharField(max_length=200, blank=True)
    procurement = models.OneToOneField(
        Procurement, on_delete=models.PROTECT, null=True, blank=True, related_name="contract"
    )
    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, null=True, blank=True, related_name="contracts")

    class Meta:
        ordering: ClassVar = ["ends", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="contract_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.service}"

    def plain(self) -> rules.Contract:
        return rules.Contract(
            self.reference,
            self.provider,
            self.service,
            self.starts,
            self.ends,
            self.value_pence,
            self.route,
            self.decided_on,
            self.notice_months,
            self.extension_months,
            self.intention.reference if self.intention else "",
            self.lead,
        )


class Modification(models.Model):
    """A change made to a running contract. Only grows."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="modifications")
    made_on = models.DateField()
    change = models.TextField()
    value_change_pence = models.BigIntegerField()
    different_character = models.BooleanField(default=False)
    by_authority = models.BooleanField(default=True)
    advice = models.TextField(blank=True)
    by = by_whom()

    class Meta:
        ordering: ClassVar = ["id"]

    def plain(self) -> PlainModification:
        return PlainModification(
            self.made_on, self.change, self.value_change_pence, self.different_character, self.by_authority
        )
