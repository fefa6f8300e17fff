"""Targets and their figures, milestones and indicators."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.errors import BadInput
from commonweal.web.commissioning import forms_tracker as forms
from commonweal.web.commissioning import pictures, presenters
from commonweal.web.commissioning.services import live, register, targets, tracking
from commonweal.web.core.access import page
from commonweal.web.core.presenters import error_words


def page_number(request: HttpRequest) -> int:
    """The page asked for; the first where it is not a number."""
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 6 else 1


@page("commissioning.see", purpose="planning")
def targets_page(request: HttpRequest) -> HttpResponse:
    """Targets with where each stands, a page at a time."""
    by = request.actor  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "")[:200] for name in ("source", "programme", "status", "why")}
    found = targets.page(by=by, **filters, number=page_number(request))
    return render(
        request,
        "commissioning/targets.jinja",
        {
            "found": found,
            "query": {name: value for name, value in filters.items() if value},
            **filters,
            "documents": presenters.TARGET_SOURCES,
            "programmes": [(name, name) for name in targets.programmes(by=by)],
            "conflicts": targets.conflicts(by=by),
            "present": presenters,
        },
    )


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def new_target(request: HttpRequest) -> HttpResponse:
    """Enter a target, or set an earlier one again for a new year."""
    by = request.actor  # type: ignore[attr-defined]
    earlier = request.GET.get("again", "")[:60]
    first = {}
    if earlier:
        row = targets.get(by=by, reference=earlier).target
        first = forms.TargetForm.initial_of(tracking.set_again(row, ""), row.reference)
        first["measure_decides"] = row.live_decides
    form = forms.TargetForm(request.POST or None, measures=live.measures(), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = tracking.create_target(
                by=by,
                target=form.target(),
                measure_decides=form.cleaned_data["measure_decides"],
                carried_from=form.cleaned_data["carried_from"],
            )
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, f"{made.reference} is entered")
            return redirect("commissioning:target", made.reference)
    return _form(
        request,
        form,
        "Set a target again" if earlier else "Enter a target",
        earlier,
        "Enter",
        reverse("commissioning:targets"),
    )


def _form(request: HttpRequest, form, title: str, caption: str, button: str, back: str) -> HttpResponse:
    return render(
        request,
        "commissioning/form.jinja",
        {"form": form, "title": title, "caption": caption, "intro": "", "button": button, "back": back},
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.see", purpose="planning")
def target(request: HttpRequest, reference: str) -> HttpResponse:
    """One target: level, readings, forecast, what was published, who works on it."""
    tracked = targets.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    return _target(request, tracked, forms.TargetChangeForm(), forms.ReadingForm())


def _target(request: HttpRequest, tracked, change_form, reading_form, status: int = 200) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    row = tracked.target
    seen = set(register.visible(by).values_list("pk", flat=True))
    return render(
        request,
        "commissioning/target.jinja",
        {
            "tracked": tracked,
            "row": row,
            "chart": pictures.over_time(row),
            "to_due": pictures.to_due(tracked),
            "same_measure": [
                one
                for one in (targets.of_measure(by=by, measure_id=row.measure_id) if row.measure_id else [])
                if one.target.pk != row.pk
            ],
            "intentions": [one for one in targets.intentions_of(row) if one.pk in seen],
            "conflicts": [one for one in targets.conflicts(by=by) if row.reference in (one.first.id, one.second.id)],
            "milestones": list(row.milestones.all()),
            "measure_title": live.title(row.measure_id) if row.measure_id else "",
            "set_again": targets.set_again_as(row),
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
    tracking.enter_reading(by=by, reference=reference, **form.cleaned_data)
    messages.success(request, "The figure is entered")
    return redirect("commissioning:target", reference)


@page("commissioning.see", purpose="planning")
def milestones(request: HttpRequest) -> HttpResponse:
    """Milestones: what is done, overdue, or has no owner."""
    by = request.actor  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "")[:200] for name in ("programme", "progress")}
    return render(
        request,
        "commissioning/milestones.jinja",
        {
            "found": tracking.milestones(by=by, **filters, number=page_number(request)),
            "query": {name: value for name, value in filters.items() if value},
            **filters,
            "programmes": [(name, name) for name in tracking.milestone_programmes(by=by)],
        },
    )


@page("commissioning.see", purpose="planning")
def indicators(request: HttpRequest) -> HttpResponse:
    """Indicators that people enter: the latest figure of each, its source, and where it stands."""
    by = request.actor  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "")[:200] for name in ("programme", "domain")}
    return render(
        request,
        "commissioning/indicators.jinja",
        {
            "found": tracking.indicators(by=by, **filters, number=page_number(request)),
            "query": {name: value for name, value in filters.items() if value},
            **filters,
            "domains": forms.DOMAINS,
            "programmes": [(name, name) for name in targets.programmes(by=by)],
            "present": presenters,
        },
    )


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def new_milestone(request: HttpRequest) -> HttpResponse:
    """Enter a milestone of an intention, a target or a programme."""
    first = {name: request.GET.get(name, "")[:60] for name in ("intention", "target")}
    form = forms.NewMilestoneForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        tracking.create_milestone(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The milestone is in the tracker")
        return redirect("commissioning:milestones")
    return _form(request, form, "Enter a milestone", "", "Enter", reverse("commissioning:milestones"))


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def assign_milestone(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Give a milestone an owner, or move its date with the reason."""
    row = tracking.get_milestone(by=request.actor, milestone_id=milestone_id)  # type: ignore[attr-defined]
    form = forms.AssignMilestoneForm(request.POST or None, initial={"owner": row.owner, "due": row.due})
    if request.method == "POST" and form.is_valid():
        tracking.assign_milestone(by=request.actor, milestone_id=milestone_id, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The milestone is changed")
        return redirect("commissioning:milestones")
    return _form(request, form, "Owner and date", row.title, "Keep", reverse("commissioning:milestones"))


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def complete_milestone(request: HttpRequest, milestone_id: int) -> HttpResponse:
    """Mark a milestone as done, with evidence."""
    row = tracking.get_milestone(by=request.actor, milestone_id=milestone_id)  # type: ignore[attr-defined]
    form = forms.MilestoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tracking.complete_milestone(by=request.actor, milestone_id=milestone_id, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The milestone is done")
        return redirect("commissioning:milestones")
    return _form(request, form, "Mark as done", row.title, "Mark as done", reverse("commissioning:milestones"))
