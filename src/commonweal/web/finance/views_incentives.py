"""Pages of local incentive schemes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.finance import incentive_presenters as presenters
from commonweal.web.finance.services import incentives as services

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("finance.see", purpose="planning")
def incentives(request: HttpRequest) -> HttpResponse:
    """Every scheme with what it pays."""
    found = services.every(by=request.actor)  # type: ignore[attr-defined]
    return render(request, "finance/page.jinja", {"page": presenters.schemes_page(found)})


@page("finance.see", purpose="planning")
def incentive(request: HttpRequest, scheme: str) -> HttpResponse:
    """One scheme by measure and practice."""
    by = request.actor  # type: ignore[attr-defined]
    shown = presenters.scheme_page(services.one(by=by, scheme_id=scheme), can(by, "finance.export"))
    return render(request, "finance/page.jinja", {"page": shown})


@page("measures.see", purpose="planning")
def incentive_practice(request: HttpRequest, scheme: str, code: str) -> HttpResponse:
    """One practice in one scheme."""
    by = request.actor  # type: ignore[attr-defined]
    found, row = services.practice(by=by, scheme_id=scheme, code=code)
    shown = presenters.practice_page(found, row, can(by, "finance.see"))
    return render(request, "finance/page.jinja", {"page": shown})


@page("finance.export", purpose="planning")
def incentive_sheet(request: HttpRequest, scheme: str) -> HttpResponse:
    """One scheme as a spreadsheet."""
    content = services.spreadsheet(by=request.actor, scheme_id=scheme)  # type: ignore[attr-defined]
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="incentives-{scheme}.xlsx"'
    return answer
