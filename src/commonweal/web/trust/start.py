"""Why this can be believed, on everybody's start page."""

from __future__ import annotations

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card


def cards(actor: Actor) -> list[Card]:
    """This release, the definitions, and what it is for."""
    if not can(actor, "trust.read"):
        return []
    good = "Good to know"
    return [
        Card(
            "This release",
            "What arrived, what was refused and why, and what changed.",
            reverse("trust:release"),
            good,
            70,
        ),
        Card(
            "Definitions",
            "What each list and number means, with worked patients.",
            reverse("trust:definitions"),
            good,
            71,
        ),
        Card("What this is for", "Intended purpose, misuse and hazards.", reverse("trust:safety"), good, 72),
    ]
