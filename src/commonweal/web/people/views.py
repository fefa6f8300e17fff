"""Pages about one person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput
from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import error_words
from commonweal.web.people import access as emergency
from commonweal.web.people import corrections as asked
from commonweal.web.people import households, plan_presenters, presenters, services, timelines
from commonweal.web.people.forms import CorrectionAnswerForm, CorrectionForm, FindForm, ReasonForm, ReviewForm

CARE = "direct_care"


@page("people.look", purpose=CARE, methods=("GET", "POST"))
def find(request: HttpRequest) -> HttpResponse:
    """Find a person by NHS number. The number travels in the body of a request, never in an address."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        try:
            person_id = services.find(by=request.actor, number=number)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("number", error_words(error))
        else:
            if person_id is not None:
                return redirect("people:show", person_id=person_id)
            return refused(request, ReasonForm.fresh(number), status=404)
    return render(request, "people/find.jinja", {"form": form}, status=422 if form.errors else 200)


@page("people.look", purpose=CARE)
def show(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person's summary."""
    found = services.summary(by=request.actor, person_id=person_id, what="summary")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    context = {
        "person": presenters.person_in_words(found.look, found.reasons),
        "plans": [plan_presenters.plan_words(one, services.today()) for one in found.look.plans],
        "preferences": [plan_presenters.preference_words(one) for one in found.look.preferences],
    }
    return render(request, "people/show.jinja", context)


@page("people.look", purpose=CARE)
def timeline(request: HttpRequest, person_id: str) -> HttpResponse:
    """Everything that happened, across settings, newest first."""
    wanted = timelines.Wanted.of(
        request.GET.getlist("setting"), request.GET.get("years", ""), request.GET.get("period", "")
    )
    found = services.timeline(by=request.actor, person_id=person_id, keeps=wanted.keeps)  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    return render(request, "people/timeline.jinja", {"timeline": timelines.timeline_in_words(*found, wanted)})


@page("people.look", purpose=CARE)
def why(request: HttpRequest, person_id: str, definition_id: str) -> HttpResponse:
    """Why the person is on one list, down to the rows, and what would take them off."""
    found = services.explain(by=request.actor, person_id=person_id, definition_id=definition_id)  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    return render(request, "people/why.jinja", {"why": presenters.explanation_in_words(found)})


@page("people.look", purpose=CARE)
def household(request: HttpRequest, person_id: str) -> HttpResponse:
    """Who lives at the same address, of those whom the reader looks after."""
    found = households.of(by=request.actor, person_id=person_id)  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    return render(request, "people/household.jinja", {"household": presenters.household_in_words(found)})


@page("people.break_glass", purpose=CARE, methods=("POST",))
def break_glass(request: HttpRequest, person_id: str) -> HttpResponse:
    """Look without a relationship, giving the reason."""
    return _break(request, lambda: person_id, person_id)


@page("people.break_glass", purpose=CARE, methods=("POST",))
def break_glass_by_number(request: HttpRequest) -> HttpResponse:
    """The same for somebody found by NHS number. Only now is it told whether the record knows the number."""
    number = request.POST.get("number", "")[:20]
    return _break(request, lambda: services.person_with_number(by=request.actor, number=number))  # type: ignore[attr-defined]


@page("people.look", purpose=CARE, methods=("GET", "POST"))
def correct(request: HttpRequest, person_id: str) -> HttpResponse:
    """Ask for a correction of the record."""
    found = services.look(by=request.actor, person_id=person_id, what="correction")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.ask_correction(by=request.actor, found=found, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The practice has been asked. The record changes when its source does")
        return redirect("people:show", person_id=person_id)
    context = {"form": form, "person": presenters.person_in_words(found)}
    return render(request, "people/correct.jinja", context, status=422 if form.errors else 200)


@page("people.review_access")
def reviews(request: HttpRequest) -> HttpResponse:
    """Looks without a relationship that wait for a review."""
    context = {
        "waiting": emergency.to_review(by=request.actor),  # type: ignore[attr-defined]
        "reviewed": emergency.reviewed(by=request.actor),  # type: ignore[attr-defined]
        "form": ReviewForm(),
    }
    return render(request, "people/reviews.jinja", context)


@page("people.review_access", methods=("POST",))
def review(request: HttpRequest, access_id: int) -> HttpResponse:
    """Record the review of an emergency access."""
    form = ReviewForm(request.POST)
    form.full_clean()
    emergency.review(
        by=request.actor, access_id=access_id, finding=form.cleaned_data.get("finding", ""),  # type: ignore[attr-defined]
        words=form.cleaned_data.get("words", ""),
    )  # fmt: skip
    messages.success(request, "The review was recorded")
    return redirect("people:reviews")


@page("people.answer_corrections")
def corrections(request: HttpRequest) -> HttpResponse:
    """Requests to correct the record that wait for an answer."""
    context = {"waiting": asked.waiting(by=request.actor), "form": CorrectionAnswerForm()}  # type: ignore[attr-defined]
    return render(request, "people/corrections.jinja", context)


@page("people.answer_corrections", methods=("POST",))
def answer_correction(request: HttpRequest, request_id: int) -> HttpResponse:
    """Answer a request for correction."""
    asked.answer(by=request.actor, request_id=request_id, words=request.POST.get("answer", "")[:2000])  # type: ignore[attr-defined]
    messages.success(request, "The answer was recorded")
    return redirect("people:corrections")


def _break(request: HttpRequest, person: object, person_id: str = "") -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, form, person_id, status=422)
    try:
        found = services.break_glass(
            by=request.actor, person=person, reason=form.cleaned_data["reason"],  # type: ignore[attr-defined,arg-type]
            words=form.cleaned_data["words"], once=form.cleaned_data["once"],
        )  # fmt: skip
    except BadInput as error:
        form.add_error("words", error.message)
        return refused(request, form, person_id, status=422)
    return redirect("people:show", person_id=found)


def refused(request: HttpRequest, form: ReasonForm, person_id: str = "", status: int = 403) -> HttpResponse:
    """The same page for somebody else's patient and for nobody at all."""
    context = {
        "form": form,
        "person_id": person_id,
        "may_break_glass": can(request.actor, "people.break_glass"),  # type: ignore[attr-defined]
    }
    return render(request, "people/refused.jinja", context, status=status)
