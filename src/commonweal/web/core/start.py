"""The start page: what needs this person today. Each app offers cards from its ``start`` module."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from django.apps import apps

from commonweal.web.core.actor import Actor
from commonweal.web.core.apps import SiteApp


@dataclass(frozen=True)
class Card:
    """One thing to do or to look at."""

    heading: str
    words: str
    href: str
    group: str = "To look at"
    """``To do today`` comes first, then ``To look at``, then ``Good to know``."""
    order: int = 50
    named_by_people: bool = False
    """Whether somebody wrote the heading, so that it may hold a name: it is not sent by e-mail."""


GROUPS = ("To do today", "To look at", "Good to know")


def cards_for(actor: Actor) -> list[tuple[str, list[Card]]]:
    """Every app's cards for `actor`, grouped and ordered. Groups with nothing in them are left out."""
    found: list[Card] = []
    for config in apps.get_app_configs():
        if isinstance(config, SiteApp) and importlib.util.find_spec(f"{config.name}.start"):
            if config.name == "commonweal.web.core":
                continue
            found += importlib.import_module(f"{config.name}.start").cards(actor)
    found.sort(key=lambda card: (card.order, card.heading))
    return [(group, cards) for group in GROUPS if (cards := [card for card in found if card.group == group])]
