"""Boards' books and records under review."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.commissioning.governance import EntryKind, RecordKind
from commonweal.web.commissioning import forms_governance as forms
from commonweal.web.commissioning.services import governance
from commonweal.web.core.access import page


@page("commissioning.see", purpose="planning")
def governance_page(request: HttpRequest) -> HttpResponse:
    """What boards decided, asked for and handed on; agreements and hazards with their review dates."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **shown: object) -> HttpResponse:
    kind = request.GET.get("kind", "")[:20]
    values = {
        "found": governance.page(by=request.actor, kind=kind),  # type: ignore[attr-defined]
        "kind": kind,
        "kinds": [(one.value, one.label) for one in (*EntryKind, *RecordKind)],
        "board_form": forms.BoardForm(),
        "entry_form": forms.EntryForm(boards=governance.boards()),
        "record_form": forms.RecordForm(),
        **shown,
    }
    return render(request, "commissioning/governance.jinja", values, status=status)


@page("commissioning.edit", purpose="planning", methods=("POST",))
def add_board(request: HttpRequest) -> HttpResponse:
    """Add a board, committee, group or forum."""
    form = forms.BoardForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, board_form=form)
    governance.add_board(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The board is added")
    return redirect("commissioning:governance")


@page("commissioning.edit", purpose="planning", methods=("POST",))
def add_entry(request: HttpRequest) -> HttpResponse:
    """Add a decision, action, delegation or work programme item."""
    form = forms.EntryForm(request.POST, boards=governance.boards())
    if not form.is_valid():
        return _page(request, 422, entry_form=form)
    governance.add_entry(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "It is in the board's book")
    return redirect("commissioning:governance")


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def close_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Close an action, delegation or item, with evidence."""
    row = governance.get_entry(by=request.actor, entry_id=entry_id)  # type: ignore[attr-defined]
    form = forms.CloseEntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        governance.close_entry(by=request.actor, entry_id=entry_id, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "It is closed")
        return redirect("commissioning:governance")
    return _form(request, form, "Close it", f"{row.board}: {row.title}")


@page("commissioning.edit", purpose="planning", methods=("POST",))
def add_record(request: HttpRequest) -> HttpResponse:
    """Add an agreement, assessment, hazard, audit or policy."""
    form = forms.RecordForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, record_form=form)
    governance.add_record(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The record is kept")
    return redirect("commissioning:governance")


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def review(request: HttpRequest, record_id: int) -> HttpResponse:
    """Record a review and the next day."""
    row = governance.get_record(by=request.actor, record_id=record_id)  # type: ignore[attr-defined]
    form = forms.ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        governance.review(by=request.actor, record_id=record_id, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The review is recorded")
        return redirect("commissioning:governance")
    return _form(request, form, "Review", row.title, "With no next review the record ends.")


def _form(request: HttpRequest, form, title: str, caption: str, intro: str = "") -> HttpResponse:
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": title,
            "caption": caption,
            "intro": intro,
            "button": title,
            "back": reverse("commissioning:governance"),
        },
        status=422 if request.method == "POST" else 200,
    )
