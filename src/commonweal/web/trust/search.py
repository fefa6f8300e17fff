"""What the search of the site finds among definitions."""

from __future__ import annotations

from django.urls import reverse

from commonweal.definitions.registry import registry
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.search import Hit, Section, fits, section
from commonweal.web.trust.services import KINDS


def found(actor: Actor, wanted: tuple[str, ...]) -> list[Section]:
    """Definitions by title, id, tags and why they matter; those whose title holds the words first."""
    if not can(actor, "trust.read"):
        return []
    fitting = [one for one in registry().values() if fits(wanted, one.id, one.title, one.why_it_matters, *one.tags)]
    fitting.sort(key=lambda one: (not fits(wanted, one.title), one.title))
    hits = [
        Hit(one.title, KINDS.get(one.kind, one.kind), reverse("trust:definition", args=[one.id])) for one in fitting
    ]
    return [section("Definitions", hits, order=20)]
