"""Strategic fit, prioritisation and provider impact."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.web.commissioning import forms, presenters
from commonweal.web.commissioning.services import choices, papers, register
from commonweal.web.core.access import page

GROUPS = {
    "provider": ("provider",),
    "provider-pod": ("provider", "point_of_delivery"),
    "provider-year": ("provider", "year"),
    "all": ("provider", "point_of_delivery", "year"),
}


@page("commissioning.see", purpose="planning")
def fit(request: HttpRequest) -> HttpResponse:
    """Intentions against strategies and sectors."""
    source = request.GET.get("source", "west-london-printed")
    options = {"west-london-printed": "West London 2014/15, as printed", **presenters.DOCUMENTS}
    matrix = choices.fit(by=request.actor, source=source if source in options else "west-london-printed")  # type: ignore[attr-defined]
    return render(request, "commissioning/fit.jinja", {"matrix": matrix, "source": source, "options": options})


@page("commissioning.see", purpose="planning")
def priorities(request: HttpRequest) -> HttpResponse:
    """The order of what was scored, how sure it is, and what was decided."""
    return _priorities(request, forms.WeightsForm(), forms.DecisionForm())


def _priorities(request: HttpRequest, weights_form, decision_form, status: int = 200) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    chosen = request.GET.get("weights", "")
    ranking = choices.ranking(by=by, weights_id=int(chosen) if chosen.isdigit() else None)
    return render(
        request,
        "commissioning/priorities.jinja",
        {
            "ranking": ranking,
            "sets": choices.weight_sets(by=by),
            "weights_form": weights_form,
            "decision_form": decision_form,
        },
        status=status,
    )


@page("commissioning.edit", purpose="planning", methods=("POST",))
def set_weights(request: HttpRequest) -> HttpResponse:
    """A new set of weights, with its owner."""
    form = forms.WeightsForm(request.POST)
    if not form.is_valid():
        return _priorities(request, form, forms.DecisionForm(), 422)
    data = form.cleaned_data
    choices.set_weights(
        by=request.actor,  # type: ignore[attr-defined]
        name=data["name"],
        owner=data["owner"],
        agreed_on=data["agreed_on"],
        points=form.points(),
    )
    messages.success(request, "The weights are set")
    return redirect("commissioning:priorities")


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def score(request: HttpRequest, reference: str) -> HttpResponse:
    """Score an intention, each criterion with its reason."""
    row = register.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    form = forms.ScoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        choices.score(by=request.actor, reference=reference, scores=form.scores(), reasons=form.reasons())  # type: ignore[attr-defined]
        messages.success(request, "The scores are kept")
        return redirect("commissioning:priorities")
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": "Score",
            "caption": str(row),
            "intro": "0 is the least and 4 the most; every score has its reason.",
            "button": "Keep the scores",
            "back": reverse("commissioning:intention", args=[reference]),
        },
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.act", purpose="planning", methods=("POST",))
def decide(request: HttpRequest, weights_id: int) -> HttpResponse:
    """Record a decision made on the scores."""
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        return _priorities(request, forms.WeightsForm(), form, 422)
    choices.decide(by=request.actor, weights_id=weights_id, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The decision is recorded")
    return redirect("commissioning:priorities")


def _share(text: str) -> Decimal:
    try:
        return min(max(Decimal(text), Decimal(0)), Decimal(100)) / 100
    except InvalidOperation:
        return Decimal(0)


@page("commissioning.see", purpose="planning")
def impact(request: HttpRequest) -> HttpResponse:
    """What intentions do to each provider."""
    return _impact(request, forms.EffectForm(), forms.AssumptionForm())


def _impact(request: HttpRequest, effect_form, assumption_form, status: int = 200) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    group = request.GET.get("group", "provider-year")
    support = request.GET.get("support", "0")
    found = choices.impact(
        by=by,
        group=GROUPS.get(group, GROUPS["provider-year"]),
        provider_code=request.GET.get("provider", ""),
        support_share=_share(support),
    )
    return render(
        request,
        "commissioning/impact.jinja",
        {
            "impact": found,
            "providers": choices.providers(),
            "group": group,
            "groups": GROUPS,
            "support": support,
            "effect_form": effect_form,
            "assumption_form": assumption_form,
            "agree_form": forms.AgreeForm(),
            "present": presenters,
        },
        status=status,
    )


@page("commissioning.act", purpose="planning", methods=("POST",))
def add_effect(request: HttpRequest) -> HttpResponse:
    """Add the effect of an intention on a provider."""
    form = forms.EffectForm(request.POST)
    if not form.is_valid():
        return _impact(request, form, forms.AssumptionForm(), 422)
    choices.add_effect(
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
        return _impact(request, forms.EffectForm(), form, 422)
    choices.add_assumption(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The assumption is logged")
    return redirect("commissioning:impact")


@page("commissioning.act", purpose="planning", methods=("POST",))
def agree_assumption(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a name to an assumption for one side."""
    form = forms.AgreeForm(request.POST)
    if not form.is_valid():
        return _impact(request, forms.EffectForm(), forms.AssumptionForm(), 422)
    choices.agree_assumption(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The name stands with the assumption")
    return redirect("commissioning:impact")


@page("commissioning.see", purpose="planning")
def west_london(request: HttpRequest) -> HttpResponse:
    """The table of 2014/15 made again, with the 25 that no provider was told about."""
    lines, checks = choices.west_london(by=request.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "commissioning/west_london.jinja",
        {"lines": lines, "checks": checks, "sectors": choices.west_london_sectors(), "present": presenters},
    )


@page("commissioning.see", purpose="planning")
def provider(request: HttpRequest, code: str) -> HttpResponse:
    """One provider's own page."""
    found = choices.provider_page(by=request.actor, code=code)  # type: ignore[attr-defined]
    return render(
        request, "commissioning/provider.jinja", {"page": found, "form": forms.NoticeForm(), "present": presenters}
    )


@page("commissioning.act", purpose="planning", methods=("POST",))
def provider_letter(request: HttpRequest, code: str) -> HttpResponse:
    """The notice letter to a provider, as Word or PDF."""
    form = forms.NoticeForm(request.POST)
    if not form.is_valid():
        found = choices.provider_page(by=request.actor, code=code)  # type: ignore[attr-defined]
        return render(
            request, "commissioning/provider.jinja", {"page": found, "form": form, "present": presenters}, status=422
        )
    made = choices.notice_letter(by=request.actor, code=code, starts=form.cleaned_data["starts_on"])  # type: ignore[attr-defined]
    content, media = papers.rendered(made, form.cleaned_data["form"])
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{made.id}.{form.cleaned_data["form"]}"'
    return response
