"""Owners who leave and organisations that merge: one page each, with what passes on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.web.commissioning import forms
from commonweal.web.commissioning.services import impact, mergers, owners
from commonweal.web.core.access import page


@page("commissioning.edit", purpose="planning")
def leavers(request: HttpRequest) -> HttpResponse:
    """People who have left with open work, and where a typed name stands as an owner."""
    return _leavers(request, forms.ReplaceNameForm())


def _leavers(request: HttpRequest, form, status: int = 200) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    people = owners.possible_owners(by=by)
    rows = [
        (
            one,
            forms.HandOverAllForm(people=people, initial={"from_user_id": one.user_id}, auto_id=f"to_{one.user_id}_%s"),
        )
        for one in owners.leavers(by=by)
    ]
    name = request.GET.get("name", "")[:200]
    found = owners.named(by=by, name=name) if name.strip() else None
    if found is not None and not form.is_bound:
        form = forms.ReplaceNameForm(initial={"old": name})
    return render(
        request,
        "commissioning/leavers.jinja",
        {"rows": rows, "found": found, "name": name, "form": form},
        status=status,
    )


@page("commissioning.edit", purpose="planning", methods=("POST",))
def hand_over_all(request: HttpRequest) -> HttpResponse:
    """Everything open of somebody who left passes to one person."""
    by = request.actor  # type: ignore[attr-defined]
    form = forms.HandOverAllForm(request.POST, people=owners.possible_owners(by=by))
    if not form.is_valid():
        messages.error(request, "Choose who takes them over")
        return _leavers(request, forms.ReplaceNameForm(), 422)
    count = owners.hand_over_all(by=by, **form.cleaned_data)
    messages.success(request, f"Handed over: {count:,}")
    return redirect("commissioning:leavers")


@page("commissioning.edit", purpose="planning", methods=("POST",))
def replace_name(request: HttpRequest) -> HttpResponse:
    """Put another name where one stands as owner or lead."""
    form = forms.ReplaceNameForm(request.POST)
    if not form.is_valid():
        return _leavers(request, form, 422)
    found = owners.replace_name(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, f"Changed in {found.total:,} places")
    if found.fixed:
        messages.warning(
            request,
            f"{len(found.fixed):,} reviewed or signed intentions still name {found.name}: reopen them to change",
        )
    return redirect("commissioning:leavers")


@page("commissioning.see", purpose="planning")
def mergers_page(request: HttpRequest) -> HttpResponse:
    """Organisations that merged, and what follows the successor."""
    return _mergers(request, forms.MergerForm())


def _mergers(request: HttpRequest, form, status: int = 200) -> HttpResponse:
    return render(
        request,
        "commissioning/mergers.jinja",
        {"rows": mergers.page(by=request.actor), "providers": impact.providers(), "form": form},  # type: ignore[attr-defined]
        status=status,
    )


@page("commissioning.act", purpose="planning", methods=("POST",))
def record_merger(request: HttpRequest) -> HttpResponse:
    """Record that one organisation became part of another."""
    form = forms.MergerForm(request.POST)
    if not form.is_valid():
        return _mergers(request, form, 422)
    row = mergers.record(by=request.actor, **form.values())  # type: ignore[attr-defined]
    messages.success(request, f"{row.old_name} is followed by {row.new_name}")
    return redirect("commissioning:mergers")
