"""What is added to one procurement's record: scored providers, a waiver, the award's notice, an end without an award."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from commonweal.web.commissioning import forms_procurement as forms
from commonweal.web.commissioning.services import procurement_record
from commonweal.web.commissioning.views_procurement import kept
from commonweal.web.core.access import page


@page("commissioning.procure", purpose="planning", methods=("POST",))
def score_provider(request: HttpRequest, reference: str) -> HttpResponse:
    """Score a provider on the five key criteria."""
    form, by = forms.ScoreProviderForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement_record.score_provider(
            by=by,
            reference=reference,
            provider=typed["provider"],
            scores=form.scores(),
            reasons=form.reasons(),
            base_version=typed["base_version"],
        )

    return kept(request, reference, "provider_form", form, keep, "The scores are kept")


@page("commissioning.procure", purpose="planning", methods=("POST",))
def waiver(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a waiver of the organisation's own rules."""
    form, by = forms.WaiverForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement_record.set_waiver(
            by=by, reference=reference, waiver=form.waiver(), base_version=typed["base_version"]
        )

    return kept(request, reference, "waiver_form", form, keep, "The waiver is on record")


@page("commissioning.procure", purpose="planning", methods=("POST",))
def award_notice(request: HttpRequest, reference: str) -> HttpResponse:
    """Record the day on which the award's notice was published."""
    form, by = forms.AwardNoticeForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        _, in_time = procurement_record.publish_award_notice(by=by, reference=reference, **typed)
        if in_time:
            messages.success(request, "The notice of the award is recorded")
        else:
            messages.warning(request, "The notice of the award is recorded; it was published late")

    return kept(request, reference, "notice_form", form, keep)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def abandon(request: HttpRequest, reference: str) -> HttpResponse:
    """End a procurement without an award."""
    form, by = forms.AbandonForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement_record.abandon(by=by, reference=reference, **typed)

    return kept(request, reference, "abandon_form", form, keep, "The procurement is ended, and its record stays")
