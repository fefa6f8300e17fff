"""The start page and the health check."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from commonweal.web.core import releases
from commonweal.web.core.access import ANYONE, SIGNED_IN, page
from commonweal.web.core.start import cards_for


@page(SIGNED_IN)
def start(request: HttpRequest) -> HttpResponse:
    """What needs me today."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return redirect("accounts:role")
    return render(request, "core/start.jinja", {"groups": cards_for(actor)})


@page(ANYONE)
def health(request: HttpRequest) -> HttpResponse:
    """For operators: whether the database answers and which release serves. Names nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    release = releases.mark()
    return JsonResponse({"database": "ok", "release": release.id if release else None, "demo": settings.DEMO})
