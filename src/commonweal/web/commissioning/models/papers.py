"""Papers: hand-written text while a draft, frozen content once published."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commonweal.web.commissioning.models.intentions import Intention
from commonweal.web.commissioning.models.shared import by_whom, empty


class Paper(models.Model):
    """One paper. `written` is people's text by slot; `body` is the canonical content that was published."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=30, default="system_intentions")
    source = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120)
    year = models.CharField(max_length=20)
    programme = models.CharField(max_length=120, blank=True)
    """The programme that an update is about; empty for the whole place."""
    audience = models.CharField(max_length=12, default="public")
    state = models.CharField(
        max_length=10,
        choices=[("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
        default="draft",
    )
    written = models.JSONField(default=empty)
    version = models.PositiveIntegerField(default=1)
    body = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    release_id = models.CharField(max_length=60, blank=True)
    """The release that its figures came from when it was published: it is not pruned while the paper stands."""
    intentions = models.ManyToManyField(Intention, blank=True, related_name="papers")
    """The intentions that it was made from when it was published."""
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = by_whom(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        ordering: ClassVar = ["-published_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(content_hash=""), name="published_paper_has_its_hash"
            )
        ]

    def __str__(self) -> str:
        return self.title
