"""Effects on providers, the shared assumptions they rest on, scores, weights and what was decided."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models

from commonweal.commissioning import prioritisation
from commonweal.commissioning import provider_impact as rules
from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom, empty, nothing


class Assumption(models.Model):
    """One entry of the log that commissioner and provider share."""

    reference = models.CharField(max_length=40, unique=True)
    statement = models.TextField()
    value = models.CharField(max_length=100)
    source = models.CharField(max_length=300)
    owner = models.CharField(max_length=200)
    made_on = models.DateField()
    commissioner_agrees = models.CharField(max_length=200, blank=True)
    provider_agrees = models.CharField(max_length=200, blank=True)
    schemes = models.JSONField(default=nothing, blank=True)
    """Codes of the schemes that rest on it, such as ``2026-27:rs-04``."""

    class Meta:
        ordering: ClassVar = ["id"]

    def plain(self) -> rules.Assumption:
        return rules.Assumption(
            self.reference,
            self.statement,
            self.value,
            self.source,
            self.owner,
            self.made_on,
            self.commissioner_agrees,
            self.provider_agrees,
        )


class Effect(models.Model):
    """What one intention changes at one provider, in one point of delivery and year."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="effects")
    scheme = models.CharField(max_length=60, blank=True)
    provider = models.CharField(max_length=200)
    provider_code = models.CharField(max_length=20, blank=True, db_index=True)
    point_of_delivery = models.CharField(max_length=40)
    year = models.CharField(max_length=10)
    activity = models.IntegerField()
    average_price_pence = models.BigIntegerField()
    marginal_rate = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(1))
    variable_share = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    investment_pence = models.BigIntegerField(default=0)
    other_share = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    assumptions = models.ManyToManyField(Assumption, blank=True, related_name="effects")

    class Meta:
        ordering: ClassVar = ["id"]

    def plain(self) -> rules.Effect:
        return rules.Effect(
            self.scheme or self.intention.reference,
            self.intention.reference,
            self.provider,
            self.point_of_delivery,
            self.year,
            self.activity,
            self.average_price_pence,
            self.marginal_rate,
            self.variable_share,
            self.investment_pence,
            self.other_share,
            tuple(assumption.reference for assumption in self.assumptions.all()),
            self.provider_code,
        )


class ImpactTerm(models.Model):
    """A share agreed with one provider for one year: how much of its stranded cost the system carries, or how much of its
    activity other commissioners buy (then `year` is empty). The latest of a kind, provider and year holds. Only grows."""

    KINDS: ClassVar = [("support", "Transition support: share of stranded cost"), ("others", "Share that others buy")]

    kind = models.CharField(max_length=10, choices=KINDS)
    provider_code = models.CharField(max_length=20, db_index=True)
    year = models.CharField(max_length=10, blank=True)
    share = models.DecimalField(max_digits=5, decimal_places=4)
    source = models.CharField(max_length=300)
    agreed_on = models.DateField()
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="impact_term_is_a_share")
        ]


class WeightSet(models.Model):
    """Weights of the six criteria, and the people who own them."""

    name = models.CharField(max_length=120, unique=True)
    owner = models.CharField(max_length=200)
    agreed_on = models.DateField()
    points = models.JSONField()
    by = by_whom()

    class Meta:
        ordering: ClassVar = ["-agreed_on", "-id"]

    def plain(self) -> prioritisation.Weights:
        return prioritisation.Weights(self.name, self.owner, self.agreed_on, dict(self.points))


class Score(models.Model):
    """The scores of one intention, each with its reason."""

    intention = models.OneToOneField(Intention, on_delete=models.PROTECT, related_name="score")
    scores = models.JSONField(default=empty)
    reasons = models.JSONField(default=empty)
    by = by_whom()
    at = models.DateTimeField(auto_now=True)

    def plain(self) -> prioritisation.Scored:
        return prioritisation.Scored(
            self.intention.reference, self.intention.title, dict(self.scores), dict(self.reasons)
        )


class Decision(models.Model):
    """What was decided about one intention, on which scores and weights. Only grows."""

    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(
        max_length=10, choices=[("fund", "Fund"), ("not_fund", "Do not fund"), ("defer", "Defer")]
    )
    decided_by = models.CharField(max_length=200)
    decided_on = models.DateField()
    rank = models.PositiveIntegerField()
    score = models.DecimalField(max_digits=5, decimal_places=1)
    weights = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
