"""Targets, what was changed after publication, milestones, and readings that people enter."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import models

from commonweal.commissioning.targets import Target as Plain
from commonweal.commissioning.tracker import Milestone as PlainMilestone
from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom, decimal_or_none, nothing


class Target(models.Model):
    """One target. `published_on` freezes what was promised: later changes are kept beside it."""

    reference = models.CharField(max_length=60, unique=True)
    programme = models.CharField(max_length=120, db_index=True)
    indicator = models.CharField(max_length=300)
    population = models.CharField(max_length=300, blank=True)
    statistic = models.CharField(max_length=30, blank=True)
    direction = models.CharField(max_length=20, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    baseline_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    baseline_period = models.CharField(max_length=40, blank=True)
    due = models.CharField(max_length=20, blank=True)
    data_domain = models.CharField(max_length=30, blank=True)
    target_type = models.CharField(max_length=20, default="quantified")
    trajectory = models.JSONField(default=nothing, blank=True)
    """Steps on the way: [["2026-09-30", "58"], …]."""
    measure_id = models.CharField(max_length=100, blank=True)
    live_decides = models.BooleanField(default=False)
    """Whether the measure is the target's own quantity; otherwise it is shown beside the target and decides nothing."""
    owner = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=40, blank=True, db_index=True)
    section = models.CharField(max_length=200, blank=True)
    published_on = models.DateField(null=True, blank=True)
    place_code = models.CharField(max_length=20, blank=True)
    """The borough whose people it is about, so that the live figure is theirs; empty for the whole system."""
    carried_from = models.CharField(max_length=60, blank=True)
    """The target that this one sets again for a later year."""

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.reference}: {self.indicator}"

    def plain(self) -> Plain:
        """The value that the rules take."""
        return Plain(
            id=self.reference,
            indicator=self.indicator,
            population=self.population,
            statistic=self.statistic,
            direction=self.direction,
            value=_trimmed(self.value),
            baseline_value=_trimmed(self.baseline_value),
            baseline_period=self.baseline_period,
            due=self.due,
            programme=self.programme,
            data_domain=self.data_domain,
            target_type=self.target_type,
            trajectory=tuple((date.fromisoformat(day), Decimal(level)) for day, level in self.trajectory),
            measure_id=self.measure_id,
            owner=self.owner,
            note=self.note,
            source=self.source,
            place_code=self.place_code,
        )


def _trimmed(value: Decimal | None) -> Decimal | None:
    """56.000000 as 56: the database pads, and conflicts compare and print levels."""
    if value is None:
        return None
    plain = decimal_or_none(value)
    assert plain is not None
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain.normalize()


class TargetChange(models.Model):
    """A change of a target after it was published. Only grows."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=30)
    published = models.CharField(max_length=300)
    now = models.CharField(max_length=300)
    reason = models.TextField()
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Milestone(models.Model):
    """Something done or not by a date, with its owner and evidence."""

    title = models.CharField(max_length=300)
    owner = models.CharField(max_length=200, blank=True)
    due = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True)
    programme = models.CharField(max_length=120, blank=True, db_index=True)
    intention = models.ForeignKey(Intention, on_delete=models.PROTECT, null=True, blank=True, related_name="milestones")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, null=True, blank=True, related_name="milestones")

    class Meta:
        ordering: ClassVar = ["due", "id"]

    def __str__(self) -> str:
        return self.title

    def plain(self) -> PlainMilestone:
        return PlainMilestone(str(self.pk), self.title, self.owner, self.due, self.done_on, self.evidence)


class MilestoneChange(models.Model):
    """A change of a milestone's owner or date, with its reason. Only grows."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=10, choices=[("owner", "Owner"), ("due", "Due")])
    before = models.CharField(max_length=200, blank=True)
    now = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class Reading(models.Model):
    """A figure entered by a person, with its source. A correction is a new row for the same day. Only grows."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="readings")
    day = models.DateField()
    value = models.FloatField()
    source = models.CharField(max_length=300)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["day", "id"]
