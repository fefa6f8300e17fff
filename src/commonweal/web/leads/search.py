"""What the search of the site finds among measures and the organisations that they are counted by."""

from __future__ import annotations

from django.urls import reverse

from commonweal.errors import NotReady
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.search import Hit, Section, fits, section
from commonweal.web.leads.dashboards import dashboards, general
from commonweal.web.leads.groups import Ladder

KINDS = {"borough": "Borough", "neighbourhood": "Neighbourhood", "pcn": "Primary care network", "practice": "Practice"}
TRACED = ("borough", "pcn", "practice")
"""Kinds whose page of plans there is."""
COUNTED = ("measure", "register", "flag")


def found(actor: Actor, wanted: tuple[str, ...]) -> list[Section]:
    """Measures that this release computes, and its boroughs, networks and practices, by name or code."""
    if not can(actor, "measures.see"):
        return []
    try:
        reader = releases.reader("planning")
    except NotReady:
        return []
    ladder = Ladder.of(reader)
    start = ladder.start(actor)
    definitions = reader.definitions()
    fitting = [one for one in definitions if one.computable and one.kind in COUNTED and fits(wanted, one.id, one.title)]
    fitting.sort(key=lambda one: (one.kind != "measure", one.title))
    measures = [
        Hit(one.title, f"For {ladder.name(start[1])}", reverse("leads:measure", args=[one.id, *start]))
        for one in fitting
    ]
    first = general(dashboards(definitions))
    bodies = _organisations(actor, ladder, wanted, first.id) if first else []
    return [section("Measures", measures, order=10), section("Organisations", bodies, order=40)]


def _organisations(actor: Actor, ladder: Ladder, wanted: tuple[str, ...], dashboard_id: str) -> list[Hit]:
    rows = ladder.rows()
    hits = []
    for kind, title in KINDS.items():
        codes = {row[kind] for row in rows if row[kind] and fits(wanted, row[kind], ladder.name(row[kind]))}
        for code in sorted(codes, key=ladder.name):
            more = [
                ("Pack to print", reverse("leads:pack_pdf", args=[kind, code])),
            ]
            if can(actor, "commissioning.see") and kind in TRACED:
                more.append(("Plans that touch it", reverse("commissioning:trace", args=[kind, code])))
            here = reverse("leads:dashboard", args=[dashboard_id, kind, code])
            hits.append(Hit(ladder.name(code), f"{title}, {code}", here, tuple(more)))
    return hits
