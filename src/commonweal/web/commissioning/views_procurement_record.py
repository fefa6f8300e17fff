"""What is added to one procurement's record: scored providers, a waiver, the award's notice, an end without an award."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from commonweal.web.commissioning import forms_procurement as forms
from commonweal.web.commissioning.services import procurement_record
from commonweal.web.commissioning.views_procurement import one_procurement
from commonweal.web.core.access import page


@page("commissioning.procure", purpose="planning", methods=("POST",))
def score_provider(request: HttpRequest, reference: str) -> HttpResponse:
    """Score a provider on the five key criteria."""
    form = forms.ScoreProviderForm(request.POST)
    if not form.is_valid():
        return one_procurement(request, reference, 422, provider_form=form)
    procurement_record.score_provider(
        by=request.actor,  # type: ignore[attr-defined]
        reference=reference,
        provider=form.cleaned_data["provider"],
        scores=form.scores(),
        reasons=form.reasons(),
        base_version=form.cleaned_data["base_version"],
    )
    messages.success(request, "The scores are kept")
    return redirect("commissioning:procurement", reference)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def waiver(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a waiver of the organisation's own rules."""
    form = forms.WaiverForm(request.POST)
    if not form.is_valid():
        return one_procurement(request, reference, 422, waiver_form=form)
    procurement_record.set_waiver(
        by=request.actor,  # type: ignore[attr-defined]
        reference=reference,
        waiver=form.waiver(),
        base_version=form.cleaned_data["base_version"],
    )
    messages.success(request, "The waiver is on record")
    return redirect("commissioning:procurement", reference)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def award_notice(request: HttpRequest, reference: str) -> HttpResponse:
    """Record the day on which the award's notice was published."""
    form = forms.AwardNoticeForm(request.POST)
    if not form.is_valid():
        return one_procurement(request, reference, 422, notice_form=form)
    _, in_time = procurement_record.publish_award_notice(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
    if in_time:
        messages.success(request, "The notice of the award is recorded")
    else:
        messages.warning(request, "The notice of the award is recorded; it was published late")
    return redirect("commissioning:procurement", reference)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def abandon(request: HttpRequest, reference: str) -> HttpResponse:
    """End a procurement without an award."""
    form = forms.AbandonForm(request.POST)
    if not form.is_valid():
        return one_procurement(request, reference, 422, abandon_form=form)
    procurement_record.abandon(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The procurement is ended, and its record stays")
    return redirect("commissioning:procurement", reference)
