"""Pages of one person's care plans and preferences, and of the system's plans that touch them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput
from commonweal.web.core.access import page
from commonweal.web.core.presenters import error_words
from commonweal.web.people import plan_presenters, preferences, presenters, services
from commonweal.web.people import plans as careplans
from commonweal.web.people.forms import CloseForm, PlanForm, PreferenceForm, ReasonForm, ReviseForm
from commonweal.web.people.views import refused

CARE = "direct_care"
FORM = ("GET", "POST")


@page("people.look", purpose=CARE)
def plans(request: HttpRequest, person_id: str) -> HttpResponse:
    """What the person wants, their care plans, and the plans of the system that touch them."""
    found = services.wishes(by=request.actor, person_id=person_id)  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    words = plan_presenters.wishes_in_words(found, services.today(), presenters.ground_words(found.look))
    return render(request, "people/plans.jinja", {"words": words})


@page("people.look", purpose=CARE)
def plans_due(request: HttpRequest) -> HttpResponse:
    """Care plans past their review, or due within two weeks."""
    found = services.plans_due(by=request.actor)  # type: ignore[attr-defined]
    rows = [(name, plan.person_id, plan_presenters.plan_words(plan, services.today())) for plan, name in found]
    return render(request, "people/plans_due.jinja", {"rows": rows})


@page("people.plan", purpose=CARE, methods=FORM)
def write_plan(request: HttpRequest, person_id: str) -> HttpResponse:
    """A new care plan."""
    found = services.look(by=request.actor, person_id=person_id, what="write plan")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        kind = values.pop("kind")
        try:
            careplans.write(by=request.actor, person_id=person_id, kind=kind, words=careplans.Words(**values))  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The plan was written. It is shown on the person's page")
            return redirect("people:plans", person_id=person_id)
    return _form(request, form, found, "Write a care plan", "Save the plan")


@page("people.plan", purpose=CARE, methods=FORM)
def revise_plan(request: HttpRequest, person_id: str, plan_id: int) -> HttpResponse:
    """A review of a care plan, or a change of its words."""
    found = services.look(by=request.actor, person_id=person_id, what="revise plan")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    plan = careplans.plan_of(person_id, plan_id)
    now = plan.version
    names = ("matters", "goals", "actions", "if_worse", "agreed_with", "review_on")
    begin = {**{name: getattr(now, name) for name in names}, "is_review": "yes", "seen_number": now.number}
    form = ReviseForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        more = {name: values.pop(name) for name in ("is_review", "note", "seen_number")}
        try:
            careplans.revise(
                by=request.actor, plan=plan, seen_number=more["seen_number"], words=careplans.Words(**values),  # type: ignore[attr-defined]
                is_review=more["is_review"] == "yes", note=more["note"],
            )  # fmt: skip
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The plan was saved as a new version")
            return redirect("people:plans", person_id=person_id)
    title = f"Review: {plan.get_kind_display()}"  # type: ignore[attr-defined]
    return _form(request, form, found, title, "Save as a new version", plan)


@page("people.plan", purpose=CARE, methods=("POST",))
def close_plan(request: HttpRequest, person_id: str, plan_id: int) -> HttpResponse:
    """Put a care plan away, with the reason."""
    if services.look(by=request.actor, person_id=person_id, what="close plan") is None:  # type: ignore[attr-defined]
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    reason = request.POST.get("close_reason", "")[:200]
    careplans.close(by=request.actor, plan=careplans.plan_of(person_id, plan_id), reason=reason)  # type: ignore[attr-defined]
    messages.success(request, "The plan was closed. It can still be read")
    return redirect("people:plans", person_id=person_id)


@page("people.note_preference", purpose=CARE, methods=FORM)
def note_preference(request: HttpRequest, person_id: str) -> HttpResponse:
    """Write down what the person wants."""
    found = services.look(by=request.actor, person_id=person_id, what="note preference")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    form = PreferenceForm(request.POST or None, initial={"stated_on": services.today()})
    if request.method == "POST" and form.is_valid():
        try:
            preferences.note(by=request.actor, person_id=person_id, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "It was written down, and stands at the top of the person's page")
            return redirect("people:plans", person_id=person_id)
    return _form(request, form, found, "Write down what the person wants", "Save")


@page("people.note_preference", purpose=CARE, methods=("POST",))
def end_preference(request: HttpRequest, person_id: str, preference_id: int) -> HttpResponse:
    """It no longer holds."""
    if services.look(by=request.actor, person_id=person_id, what="end preference") is None:  # type: ignore[attr-defined]
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    reason = request.POST.get("reason", "")[:200]
    preferences.end(by=request.actor, person_id=person_id, preference_id=preference_id, reason=reason)  # type: ignore[attr-defined]
    messages.success(request, "It no longer stands on the person's page")
    return redirect("people:plans", person_id=person_id)


def _form(
    request: HttpRequest, form: object, found: services.Look, title: str, button: str, plan: object = None
) -> HttpResponse:
    context = {
        "form": form, "title": title, "button": button, "plan": plan, "close_form": CloseForm() if plan else None,
        "person_id": found.summary.person_id, "name": found.identity.name,
    }  # fmt: skip
    return render(request, "people/write.jinja", context, status=422 if form.errors else 200)  # type: ignore[attr-defined]
