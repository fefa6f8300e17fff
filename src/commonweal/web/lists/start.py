"""What needs this actor today, from working lists."""

from __future__ import annotations

from django.urls import reverse

from commonweal.errors import CommonwealError
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import plural_words
from commonweal.web.core.start import Card
from commonweal.web.lists import presenters, services

MOST_CARDS = 5


def cards(actor: Actor) -> list[Card]:
    """People assigned to me, then the flags that find somebody."""
    if not can(actor, "lists.oversee"):
        return []
    found = [
        Card(
            one.title, f"{plural_words(count, 'person', 'people')} assigned to you", reverse("lists:show", args=[one.pk]),
            group="To do today", order=5, named_by_people=one.kind != "definition",
        )
        for one, count in services.mine_by_list(actor)
    ]  # fmt: skip
    try:
        listed, _ = services.overview(by=actor)
    except CommonwealError:
        return found
    worth = sorted(((one, count) for one, count in listed if one.kind == "flag" and count), key=lambda pair: -pair[1])
    for one, count in worth[:MOST_CARDS]:
        words = f"{plural_words(count, 'person', 'people')}. {presenters.detail(one, 'suggested_action')}"
        address = reverse("lists:from_definition", args=[one.id])
        found.append(Card(one.title, words, address, group="To do today", order=10))
    return found
