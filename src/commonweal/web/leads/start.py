"""What leads look at first."""

from __future__ import annotations

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card


def cards(actor: Actor) -> list[Card]:
    """The way to the dashboards."""
    if not can(actor, "measures.see"):
        return []
    words = f"How {actor.organisation_name} varies from others and over time, and a pack to print."
    return [Card("Measures and dashboards", words, reverse("leads:dashboards"), order=30)]
