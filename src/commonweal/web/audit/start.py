"""The governance lead's own card."""

from __future__ import annotations

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card


def cards(actor: Actor) -> list[Card]:
    """The way to the audit."""
    if not can(actor, "audit.read"):
        return []
    return [Card("Audit", "Who looked at whom, and whether the chain holds.", reverse("audit:explorer"), order=10)]
