# pyright: reportArgumentType=false, reportReturnType=false
"""What people say back about data quality."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Annotation(models.Model):
    """Somebody explains or disputes a finding about a feed or a practice. Shown beside it; never changed."""

    feed = models.CharField(max_length=100, blank=True)
    provider_code = models.CharField(max_length=20, blank=True)
    release_id = models.CharField(max_length=64)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation_code = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at"]
