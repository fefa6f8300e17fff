"""What those who give roles look at first."""

from __future__ import annotations

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card


def cards(actor: Actor) -> list[Card]:
    """The way to people and their roles."""
    if not can(actor, "accounts.manage"):
        return []
    words = "Add somebody, give a role from a day, or end one."
    return [Card("People and roles", words, reverse("accounts:staff"), order=10)]
