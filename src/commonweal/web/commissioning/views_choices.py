"""Strategic fit and prioritisation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.web.commissioning import forms, pictures, presenters
from commonweal.web.commissioning.services import choices, register
from commonweal.web.core.access import page


@page("commissioning.see", purpose="planning")
def fit(request: HttpRequest) -> HttpResponse:
    """Intentions against strategies and sectors."""
    source = request.GET.get("source", "west-london-printed")
    options = {"west-london-printed": "West London 2014/15, as printed", **presenters.DOCUMENTS}
    matrix = choices.fit(by=request.actor, source=source if source in options else "west-london-printed")  # type: ignore[attr-defined]
    return render(request, "commissioning/fit.jinja", {"matrix": matrix, "source": source, "options": options})


@page("commissioning.see", purpose="planning")
def interdependence(request: HttpRequest) -> HttpResponse:
    """Which programmes rest on each other, as a picture and a table."""
    source = request.GET.get("source", "")
    source = source if source in presenters.DOCUMENTS else ""
    joins = choices.joins(by=request.actor, source=source)  # type: ignore[attr-defined]
    values = {
        "joins": joins,
        "chart": pictures.interdependence(joins),
        "source": source,
        "documents": list(presenters.DOCUMENTS.items()),
    }
    return render(request, "commissioning/interdependence.jinja", values)


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
