"""The audit explorer."""

from __future__ import annotations

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from commonweal.web.audit import services
from commonweal.web.audit import unusual as unusual_access
from commonweal.web.audit.forms import Explore
from commonweal.web.audit.presenters import row
from commonweal.web.core.access import page


@page("audit.read", methods=("GET", "POST"))
def explorer(request: HttpRequest) -> HttpResponse:
    """Who did what to whom. The question comes by POST too, so that a person's identifier need not be in an address."""
    asked = request.POST if request.method == "POST" else request.GET
    form = Explore(asked, actions=services.actions())
    entries, more = [], None
    if form.is_valid():
        question = services.Question(**form.cleaned_data)
        before = asked.get("before", "")
        found = services.find(by=request.actor, question=question, before=int(before) if before.isdecimal() else None)  # type: ignore[attr-defined]
        entries = found[: services.PAGE_LENGTH]
        more = entries[-1].pk if len(found) > services.PAGE_LENGTH else None
    names = services.names_of(entries)
    context = {
        "form": form,
        "rows": [row(entry, names) for entry in entries],
        "more": more,
    }
    return render(request, "audit/explorer.jinja", context)


@page("audit.read", methods=("GET", "POST"))
def check(request: HttpRequest) -> HttpResponse:
    """Recompute the chain. POST chains what is waiting first."""
    if request.method == "POST":
        services.seal_pending()
        services.record(request.actor, action="seal audit", object="audit")  # type: ignore[attr-defined]
        return redirect("audit:check")
    return render(request, "audit/check.jinja", {"check": services.check_chain()})


@page("audit.read")
def unusual(request: HttpRequest) -> HttpResponse:
    """Access that stands out, to be looked into."""
    found = unusual_access.signals(by=request.actor)  # type: ignore[attr-defined]
    accounts = {one.actor for signal in found for one in signal.found if one.actor}
    context = {
        "signals": found,
        "names": services.names_of_accounts(accounts),
        "days": unusual_access.DAYS,
        "since": timezone.localdate() - datetime.timedelta(days=unusual_access.DAYS),
    }
    return render(request, "audit/unusual.jinja", context)
