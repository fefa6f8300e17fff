"""Small pieces that the models share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models


def nothing() -> list[Any]:
    """An empty list: the default of a JSON column."""
    return []


def empty() -> dict[str, Any]:
    """An empty map: the default of a JSON column."""
    return {}


def by_whom(**options: Any) -> Any:
    """A link to the account that did something; accounts are never deleted."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


def decimal_or_none(text: object) -> Decimal | None:
    """A stored figure as an exact number."""
    return None if text in (None, "") else Decimal(str(text))
