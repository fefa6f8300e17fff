"""Targets, milestones and entered readings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.web.commissioning import forms, pictures, presenters
from commonweal.web.commissioning.services import register, targets
from commonweal.web.core.access import page


@page("commissioning.see", purpose="planning")
def targets_page(request: HttpRequest) -> HttpResponse:
    """Targets with where each stands, a page at a time."""
    by = request.actor  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "")[:200] for name in ("source", "programme", "status")}
    number = request.GET.get("page", "1")
    found = targets.page(by=by, **filters, number=int(number) if number.isdecimal() and len(number) < 6 else 1)
    return render(
        request,
        "commissioning/targets.jinja",
        {
            "found": found,
            "query": {name: value for name, value in filters.items() if value},
            **filters,
            "documents": presenters.DOCUMENTS,
            "programmes": [(name, name) for name in targets.programmes(by=by)],
            "conflicts": targets.conflicts(by=by),
            "present": presenters,
        },
    )


@page("commissioning.see", purpose="planning")
def target(request: HttpRequest, reference: str) -> HttpResponse:
    """One target: level, readings, forecast, what was published, who works on it."""
    tracked = targets.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    return _target(request, tracked, forms.TargetChangeForm(), forms.ReadingForm())


def _target(request: HttpRequest, tracked, change_form, reading_form, status: int = 200) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    seen = set(register.visible(by).values_list("pk", flat=True))
    return render(
        request,
        "commissioning/target.jinja",
        {
            "tracked": tracked,
            "row": tracked.target,
            "chart": pictures.over_time(tracked.target),
            "intentions": [one for one in targets.intentions_of(tracked.target) if one.pk in seen],
            "change_form": change_form,
            "reading_form": reading_form,
            "present": presenters,
        },
        status=status,
    )


@page("commissioning.edit", purpose="planning", methods=("POST",))
def change_target(request: HttpRequest, reference: str) -> HttpResponse:
    """Change a target, keeping what was published."""
    by = request.actor  # type: ignore[attr-defined]
    tracked = targets.get(by=by, reference=reference)
    form = forms.TargetChangeForm(request.POST)
    if not form.is_valid():
        return _target(request, tracked, form, forms.ReadingForm(), 422)
    targets.change(by=by, reference=reference, **form.cleaned_data)
    messages.success(request, "The target is changed; what was published stays on record")
    return redirect("commissioning:target", reference)


@page("commissioning.edit", purpose="planning", methods=("POST",))
def enter_reading(request: HttpRequest, reference: str) -> HttpResponse:
    """Enter a figure that the record cannot give."""
    by = request.actor  # type: ignore[attr-defined]
    tracked = targets.get(by=by, reference=reference)
    form = forms.ReadingForm(request.POST)
    if not form.is_valid():
        return _target(request, tracked, forms.TargetChangeForm(), form, 422)
    targets.enter_reading(by=by, reference=reference, **form.cleaned_data)
    messages.success(request, "The figure is entered")
    return redirect("commissioning:target", reference)


@page("commissioning.see", purpose="planning")
def milestones(request: HttpRequest) -> HttpResponse:
    """The tracker: what is done, overdue, or has no owner."""
    rows = targets.milestones(by=request.actor)  # type: ignore[attr-defined]
    counts: dict[str, int] = {}
    for _, progress in rows:
        counts[progress.value] = counts.get(progress.value, 0) + 1
    return render(request, "commissioning/milestones.jinja", {"rows": rows, "counts": counts})


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def complete_milestone(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Mark a milestone as done, with evidence."""
    row = targets.get_milestone(by=request.actor, milestone_id=milestone_id)  # type: ignore[attr-defined]
    form = forms.MilestoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        targets.complete_milestone(by=request.actor, milestone_id=milestone_id, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The milestone is done")
        return redirect("commissioning:milestones")
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": "Mark as done",
            "caption": row.title,
            "intro": "",
            "button": "Mark as done",
            "back": "../",
        },
        status=422 if request.method == "POST" else 200,
    )
