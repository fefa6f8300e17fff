"""What needs this actor today, about single people."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import plural_words
from commonweal.web.core.start import Card
from commonweal.web.people import access, corrections, plans


def cards(actor: Actor) -> list[Card]:
    """Looks to review, corrections to answer, and the way to a person."""
    found = []
    if can(actor, "people.review_access") and (waiting := len(access.to_review(by=actor))):
        words = f"{plural_words(waiting, 'look')} without a relationship to review."
        found.append(Card("Emergency access", words, reverse("people:reviews"), group="To do today", order=1))
    if can(actor, "people.answer_corrections") and (waiting := len(corrections.waiting(by=actor))):
        words = f"{plural_words(waiting, 'request')} to correct the record."
        found.append(Card("Corrections", words, reverse("people:corrections"), group="To do today", order=2))
    if can(actor, "people.look") and (waiting := len(plans.due(by=actor, today=timezone.localdate()))):
        words = f"{plural_words(waiting, 'care plan')} past its review, or due within two weeks."
        found.append(Card("Care plans to review", words, reverse("people:plans_due"), group="To do today", order=6))
    if can(actor, "people.look"):
        words = "By NHS number, where they are registered with you or you are treating them."
        found.append(Card("Find a person", words, reverse("people:find"), order=20))
    return found
