"""What needs a finance lead today."""

from __future__ import annotations

from django.urls import reverse

from commonweal.errors import NotReady
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import plural_words
from commonweal.web.core.start import Card
from commonweal.web.finance.models import PodQuestion
from commonweal.web.finance.services import cube


def cards(actor: Actor) -> list[Card]:
    """What was found in the figures, and local points of delivery that nobody owns. Counts only."""
    if not can(actor, "finance.see"):
        return []
    try:
        held = cube.reader()
    except NotReady:
        return []
    found = held.cursor.execute("SELECT count(*) FROM position_finding").fetchone()
    local = held.cursor.execute("SELECT count(*) FROM position_unmapped").fetchone()
    made: list[Card] = []
    if found and found[0]:
        says = f"{plural_words(found[0], 'thing')} found: price and volume changes, gaps, duplicates"
        made.append(Card("What moved in the figures", says, reverse("finance:overview"), group="To do today", order=30))
    open_pods = (local[0] if local else 0) - PodQuestion.objects.exclude(owner="").count()
    if open_pods > 0 and can(actor, "finance.change"):
        says = f"{plural_words(open_pods, 'local code')} without an owner"
        made.append(
            Card("Points of delivery to map", says, reverse("finance:reconciliation"), group="To do today", order=31)
        )
    return made
