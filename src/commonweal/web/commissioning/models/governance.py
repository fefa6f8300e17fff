"""Boards with what they decided, asked for and handed on, and records that are reviewed by a date."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from typing import ClassVar

from django.db import models

from commonweal.commissioning import governance
from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom


class Board(models.Model):
    """A board, committee, group or forum."""

    name = models.CharField(max_length=200, unique=True)
    purpose = models.TextField(blank=True)
    chair = models.CharField(max_length=200, blank=True)
    reports_to = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class BoardEntry(models.Model):
    """One decision, action, delegation or work programme item of a board."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.label) for kind in governance.EntryKind])
    title = models.CharField(max_length=300)
    words = models.TextField(blank=True)
    owner = models.CharField(max_length=200, blank=True)
    day = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=500, blank=True)
    intention = models.ForeignKey(
        Intention, on_delete=models.PROTECT, null=True, blank=True, related_name="board_entries"
    )
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-day", "-id"]

    def plain(self) -> governance.Entry:
        kind = governance.EntryKind(self.kind)
        return governance.Entry(kind, self.title, self.owner, self.day, self.done_on, self.evidence)


class ReviewedRecord(models.Model):
    """An agreement, assessment, hazard, audit or policy with its owner and the day of its next review."""

    kind = models.CharField(max_length=16, choices=[(kind.value, kind.label) for kind in governance.RecordKind])
    title = models.CharField(max_length=300)
    parties = models.TextField(blank=True)
    words = models.TextField(blank=True)
    owner = models.CharField(max_length=200)
    agreed_on = models.DateField(null=True, blank=True)
    review_on = models.DateField()
    place_code = models.CharField(max_length=20, blank=True)
    """The borough whose partners agreed it; empty where it is of no one place."""
    evidence = models.CharField(max_length=500, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["review_on", "id"]


class Review(models.Model):
    """One review of a record: what was found, and the next day. Only grows."""

    record = models.ForeignKey(ReviewedRecord, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    found = models.TextField()
    next_on = models.DateField(null=True, blank=True)
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-reviewed_on", "-id"]
