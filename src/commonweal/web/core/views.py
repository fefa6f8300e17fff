"""The start page, the search and the health check."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from commonweal.web.core import releases
from commonweal.web.core.access import ANYONE, SIGNED_IN, page
from commonweal.web.core.permissions import can
from commonweal.web.core.search import LONGEST, as_nhs_number, looks_like_part_of_a_number, sections_for
from commonweal.web.core.start import cards_for


@page(SIGNED_IN)
def start(request: HttpRequest) -> HttpResponse:
    """What needs me today."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return redirect("accounts:role")
    return render(request, "core/start.jinja", {"groups": cards_for(actor)})


@page(SIGNED_IN, methods=("GET", "POST"))
def search(request: HttpRequest) -> HttpResponse:
    """Find measures, definitions, plans and organisations by words. A full NHS number leads to the page that finds people."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return redirect("accounts:role")
    words = " ".join(request.POST.get("words", "")[:LONGEST].split())
    number = as_nhs_number(words)
    context = {
        "words": words,
        "number": number,
        "part_of_number": looks_like_part_of_a_number(words),
        "may_find": can(actor, "people.look"),
        "sections": [] if number else sections_for(actor, words),
    }
    return render(request, "core/search.jinja", context)


@page(ANYONE)
def health(request: HttpRequest) -> HttpResponse:
    """For operators: whether the database answers and which release serves. Names nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    release = releases.mark()
    return JsonResponse({"database": "ok", "release": release.id if release else None, "demo": settings.DEMO})
