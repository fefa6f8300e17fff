"""Pages of measures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commonweal.web.core.access import page
from commonweal.web.leads import packs, presenters, services

PLANNING = "planning"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("measures.see", purpose=PLANNING)
def dashboards(request: HttpRequest) -> HttpResponse:
    """Every dashboard, opened at the actor's own group."""
    found, kind, code = services.all_dashboards(by=request.actor)  # type: ignore[attr-defined]
    return render(request, "leads/dashboards.jinja", {"dashboards": found, "kind": kind, "code": code})


@page("measures.see", purpose=PLANNING)
def dashboard(request: HttpRequest, dashboard_id: str, kind: str, code: str) -> HttpResponse:
    """One dashboard for one group."""
    found, group, rows = services.dashboard(by=request.actor, dashboard_id=dashboard_id, kind=kind, code=code)  # type: ignore[attr-defined]
    context = {"dashboard": found, "group": group, "rows": presenters.dashboard_rows(rows, group)}
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
    group, release, rows = services.group_rows(by=request.actor, kind=kind, code=code)  # type: ignore[attr-defined]
    return _download(packs.as_pdf(group, release, rows), "application/pdf", f"pack-{group.code}.pdf")


@page("measures.see", purpose=PLANNING)
def pack_xlsx(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The same as a spreadsheet."""
    group, release, rows = services.group_rows(by=request.actor, kind=kind, code=code)  # type: ignore[attr-defined]
    return _download(packs.as_xlsx(group, release, rows), XLSX, f"pack-{group.code}.xlsx")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
