"""Provider impact: the table, terms agreed with providers, shared assumptions, each provider's own page and notice."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.web.commissioning import forms_impact as forms
from commonweal.web.commissioning import presenters
from commonweal.web.commissioning.services import impact as impact_service
from commonweal.web.commissioning.services import impact_changes, mergers, papers
from commonweal.web.core.access import page

GROUPS = {
    "provider": ("provider",),
    "provider-pod": ("provider", "point_of_delivery"),
    "provider-year": ("provider", "year"),
    "all": ("provider", "point_of_delivery", "year"),
}


@page("commissioning.see", purpose="planning")
def impact(request: HttpRequest) -> HttpResponse:
    """What schemes and intentions do to each provider."""
    return _impact(request)


def _impact(request: HttpRequest, status: int = 200, **shown: object) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    group = request.GET.get("group", "provider-year")
    found = impact_service.impact(
        by=by,
        group=GROUPS.get(group, GROUPS["provider-year"]),
        provider_code=request.GET.get("provider", "")[:20],
    )
    values = {
        "impact": found,
        "providers": impact_service.providers(),
        "provider": request.GET.get("provider", ""),
        "group": group,
        "effect_form": forms.EffectForm(),
        "assumption_form": forms.AssumptionForm(),
        "term_form": forms.ImpactTermForm(providers=impact_service.providers()),
        "agree_form": forms.AgreeForm(),
        "agreeing": "",
        "present": presenters,
        **shown,
    }
    return render(request, "commissioning/impact.jinja", values, status=status)


@page("commissioning.act", purpose="planning", methods=("POST",))
def add_effect(request: HttpRequest) -> HttpResponse:
    """Add the effect of an intention on a provider."""
    form = forms.EffectForm(request.POST)
    if not form.is_valid():
        return _impact(request, 422, effect_form=form)
    impact_changes.add_effect(
        by=request.actor,  # type: ignore[attr-defined]
        reference=form.cleaned_data["reference"],
        values=form.values(),
        assumption_references=form.assumption_references(),
    )
    messages.success(request, "The effect is added")
    return redirect("commissioning:impact")


@page("commissioning.act", purpose="planning", methods=("POST",))
def add_assumption(request: HttpRequest) -> HttpResponse:
    """Log an assumption that both sides can see."""
    form = forms.AssumptionForm(request.POST)
    if not form.is_valid():
        return _impact(request, 422, assumption_form=form)
    impact_changes.add_assumption(by=request.actor, **form.values())  # type: ignore[attr-defined]
    messages.success(request, "The assumption is logged")
    return redirect("commissioning:impact")


@page("commissioning.act", purpose="planning", methods=("POST",))
def set_term(request: HttpRequest) -> HttpResponse:
    """Record transition support, or the share that other commissioners buy."""
    form = forms.ImpactTermForm(request.POST, providers=impact_service.providers())
    if not form.is_valid():
        return _impact(request, 422, term_form=form)
    impact_changes.set_term(by=request.actor, **form.values())  # type: ignore[attr-defined]
    messages.success(request, "The share is on record")
    return redirect("commissioning:impact")


@page("commissioning.act", purpose="planning", methods=("POST",))
def agree_assumption(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a name to an assumption for one side."""
    form = forms.AgreeForm(request.POST)
    if not form.is_valid():
        return _impact(request, 422, agree_form=form, agreeing=reference)
    impact_changes.agree_assumption(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The name stands with the assumption")
    return redirect("commissioning:impact")


@page("commissioning.see", purpose="planning")
def west_london(request: HttpRequest) -> HttpResponse:
    """The table of 2014/15 made again, with the 25 that no provider was told about."""
    lines, checks = impact_service.west_london(by=request.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "commissioning/west_london.jinja",
        {"lines": lines, "checks": checks, "sectors": impact_service.west_london_sectors(), "present": presenters},
    )


@page("commissioning.see", purpose="planning")
def provider(request: HttpRequest, code: str) -> HttpResponse:
    """One provider's own page."""
    return _provider(request, code, forms.NoticeForm())


def _provider(request: HttpRequest, code: str, form, status: int = 200) -> HttpResponse:
    found = impact_service.provider_page(by=request.actor, code=code)  # type: ignore[attr-defined]
    named = [one for one in found.intentions if not one.inferred]
    return render(
        request,
        "commissioning/provider.jinja",
        {
            "page": found,
            "named": named,
            "inferred": len(found.intentions) - len(named),
            "contracts": [(one, mergers.held_by(one)) for one in found.contracts],
            "form": form,
            "present": presenters,
        },
        status=status,
    )


@page("commissioning.act", purpose="planning", methods=("POST",))
def provider_letter(request: HttpRequest, code: str) -> HttpResponse:
    """The notice letter to a provider, as Word or PDF."""
    form = forms.NoticeForm(request.POST)
    if not form.is_valid():
        return _provider(request, code, form, 422)
    made = impact_service.notice_letter(by=request.actor, code=code, starts=form.cleaned_data["starts_on"])  # type: ignore[attr-defined]
    content, media = papers.rendered(made, form.cleaned_data["form"])
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{made.id}.{form.cleaned_data["form"]}"'
    return response
