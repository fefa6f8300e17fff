"""What leads look at first."""

from __future__ import annotations

from django.urls import reverse

from commonweal.errors import NotReady
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card
from commonweal.web.leads import saved_views
from commonweal.web.leads.dashboards import GENERAL, declared
from commonweal.web.leads.groups import WHOLE, Ladder

LEADERS = ("practice_manager", "pcn_lead", "place_lead", "commissioner", "analyst")
MOST_VIEWS = 3


def cards(actor: Actor) -> list[Card]:
    """What moved, one's own views, and the way to the dashboards."""
    if not can(actor, "measures.see"):
        return []
    words = f"How {actor.organisation_name} varies from others and over time, and a pack to print."
    found = [Card("Measures and dashboards", words, reverse("leads:dashboards"), order=30)]
    views = [one for one in saved_views.listed(by=actor) if one.owner_id == actor.user_id]  # type: ignore[attr-defined]
    found += [
        Card(one.title, "A view that you keep.", reverse("leads:view", args=[one.pk]), order=29)
        for one in views[:MOST_VIEWS]
    ]
    if actor.role.id in LEADERS and any(one.id == GENERAL for one in declared()):
        found.append(_moved(actor))
    return found


def _moved(actor: Actor) -> Card:
    try:
        kind, code = Ladder.of(releases.reader("planning")).start(actor)
    except NotReady:
        kind, code = WHOLE
    page = reverse("leads:dashboard", kwargs={"dashboard_id": GENERAL, "kind": kind, "code": code})
    return Card(
        "Measures that moved", "The main measures that changed by more than chance since the month before.", f"{page}?show=moved",
        order=28,
    )  # fmt: skip
