"""What the search of the site finds among intentions and targets."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from commonweal.web.commissioning import presenters
from commonweal.web.commissioning.models import Target
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.search import MOST_SHOWN, Hit, Section, section


def found(actor: Actor, wanted: tuple[str, ...]) -> list[Section]:
    """Intentions that the actor may see, and targets, by words or reference."""
    if not can(actor, "commissioning.see"):
        return []
    held = register.search(by=actor, filters=register.Filters(words=" ".join(wanted)))
    intentions = [
        Hit(
            row.title,
            f"{presenters.document_words(row.source)}, {row.year}",
            reverse("commissioning:intention", args=[row.reference]),
        )
        for row in held.rows
    ]
    rows = Target.objects.all()
    for word in wanted:
        rows = rows.filter(
            Q(indicator__icontains=word)
            | Q(population__icontains=word)
            | Q(programme__icontains=word)
            | Q(reference__iexact=word)
        )
    targets = [
        Hit(row.indicator, row.population or row.programme, reverse("commissioning:target", args=[row.reference]))
        for row in rows[:MOST_SHOWN]
    ]
    return [section("Intentions", intentions, 30, held.total), section("Targets", targets, 31, rows.count())]
