"""Pages of measures."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commonweal.finance.incentives import schemes
from commonweal.web.core.access import page
from commonweal.web.leads import packs, presenters, services

PLANNING = "planning"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("measures.see", purpose=PLANNING)
def dashboards(request: HttpRequest) -> HttpResponse:
    """Every dashboard, opened at the actor's own group, and what people keep."""
    context = {
        "index": services.index(by=request.actor),  # type: ignore[attr-defined]
        "incentive_schemes": [(one.id, one.title) for one in schemes()],
    }
    return render(request, "leads/dashboards.jinja", context)


@page("measures.see", purpose=PLANNING)
def dashboard(request: HttpRequest, dashboard_id: str, kind: str, code: str) -> HttpResponse:
    """One dashboard for one group."""
    show = request.GET.get("show", "")
    found, rows = services.dashboard(by=request.actor, dashboard_id=dashboard_id, kind=kind, code=code, show=show)  # type: ignore[attr-defined]
    context = {
        "dashboard": found, "group": rows.group, "words": presenters.dashboard_in_words(rows, show), "view": None,
    }  # fmt: skip
    return render(request, "leads/dashboard.jinja", context)


@page("measures.see", purpose=PLANNING)
def view(request: HttpRequest, kept_id: uuid.UUID) -> HttpResponse:
    """A saved view: a dashboard of somebody's own."""
    found, rows = services.view(by=request.actor, view_id=str(kept_id), show=request.GET.get("show"))  # type: ignore[attr-defined]
    show = request.GET.get("show", found.version.show)  # type: ignore[attr-defined]
    context = {
        "dashboard": None, "group": rows.group, "words": presenters.dashboard_in_words(rows, show), "view": found,
        "version": found.version, "mine": found.owner_id == request.actor.user_id,  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "leads/dashboard.jinja", context)


@page("measures.see", purpose=PLANNING)
def measure(request: HttpRequest, measure_id: str, kind: str, code: str) -> HttpResponse:
    """One measure for one group."""
    found = services.measure(by=request.actor, measure_id=measure_id, kind=kind, code=code)  # type: ignore[attr-defined]
    words = presenters.measure_in_words(found, request.actor)  # type: ignore[attr-defined]
    context = {"measure": words, "group": found.group, "measure_id": measure_id}
    return render(request, "leads/measure.jinja", context)


@page("measures.see", purpose=PLANNING)
def pack_pdf(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Every measure of one group, to print."""
    found = services.group_rows(by=request.actor, kind=kind, code=code)  # type: ignore[attr-defined]
    return _download(packs.as_pdf(found), "application/pdf", f"pack-{found.group.code}.pdf")


@page("measures.see", purpose=PLANNING)
def pack_xlsx(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The same as a spreadsheet."""
    found = services.group_rows(by=request.actor, kind=kind, code=code)  # type: ignore[attr-defined]
    return _download(packs.as_xlsx(found), XLSX, f"pack-{found.group.code}.xlsx")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
