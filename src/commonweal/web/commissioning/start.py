"""Cards on the start page: what waits for this person in plans."""

from __future__ import annotations

from django.urls import reverse

from commonweal.web.commissioning.services import engagement, owners, register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.start import Card


def cards(actor: Actor) -> list[Card]:
    """Intentions that wait for the actor's part, and those without an owner."""
    if not can(actor, "commissioning.see"):
        return []
    made = []
    waiting = register.waiting_for(by=actor)
    for state, words, count in waiting:
        href = f"{reverse('commissioning:register')}?state={state}"
        made.append(Card(f"{count} {words}", "Intentions that wait for you", href, group="To do today", order=40))
    orphans = len(owners.orphans(by=actor)) if can(actor, "commissioning.edit") else 0
    if orphans:
        href = reverse("commissioning:leavers")
        made.append(Card(f"{orphans} without an owner", "Their owner has left: hand them over", href, order=41))
    if actor.role.id == "scrutiny":
        asked = len(engagement.consultations(by=actor))
        words = (
            f"{asked:,} recorded: what was asked, and what the committee answered" if asked else "None is recorded yet"
        )
        made.append(
            Card(
                "Consultations of scrutiny committees", words, reverse("commissioning:scrutiny"), "To look at", order=42
            )
        )
        said = "What people told the system, and what became of it"
        made.append(Card("You said, we did", said, reverse("commissioning:you_said"), "To look at", order=43))
    total = register.visible(actor).count()
    if total:
        made.append(
            Card("Plans", f"{total:,} intentions in the register", reverse("commissioning:register"), "Good to know")
        )
    return made
