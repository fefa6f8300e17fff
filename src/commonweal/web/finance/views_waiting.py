"""Waiting lists, for those who refer and those who plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.finance import waiting_presenters as presenters
from commonweal.web.finance.services import waiting as services


@page("measures.see", purpose="planning")
def waiting(request: HttpRequest) -> HttpResponse:
    """Lists of one kind, by provider and specialty."""
    asked = {name: request.GET.get(name, "")[:20] for name in ("list", "provider", "specialty", "weeks")}
    found = services.page(
        by=request.actor,  # type: ignore[attr-defined]
        kind=asked["list"] or "rtt",
        provider=asked["provider"],
        specialty=asked["specialty"],
        weeks=int(asked["weeks"]) if asked["weeks"].isdecimal() else 52,
    )
    return render(
        request, "finance/page.jinja", {"page": presenters.waiting_page(found, money=can(request.actor, "finance.see"))}
    )  # type: ignore[attr-defined]
