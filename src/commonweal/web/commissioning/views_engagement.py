"""Feedback and responses, events, assessments, scrutiny."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.commissioning import assessments as rules
from commonweal.commissioning.engagement import STATUSES
from commonweal.errors import NotReady
from commonweal.web.commissioning import forms_engagement as forms
from commonweal.web.commissioning import presenters
from commonweal.web.commissioning.services import engagement, register
from commonweal.web.commissioning.views_targets import page_number
from commonweal.web.core.access import page


@page("commissioning.see", purpose="planning")
def engagement_page(request: HttpRequest) -> HttpResponse:
    """What people said, what was answered, what waits, and the calendar."""
    return _engagement(request)


def _engagement(request: HttpRequest, status: int = 200, **shown: object) -> HttpResponse:
    by = request.actor  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "")[:100] for name in ("source", "status", "words")}
    to_come, past = engagement.events(by=by)
    values = {
        "unanswered": engagement.unanswered(by=by),
        "feedback": engagement.feedback(by=by),
        "found": engagement.responses(by=by, **filters, number=page_number(request)),
        "query": {name: value for name, value in filters.items() if value},
        **filters,
        "documents": {**presenters.DOCUMENTS, "here": "Written here"},
        "statuses": [(name, name.capitalize()) for name in STATUSES],
        "to_come": to_come,
        "past": past,
        "feedback_form": forms.FeedbackForm(),
        "response_form": forms.ResponseForm(),
        "event_form": forms.EventForm(),
        "present": presenters,
        **shown,
    }
    return render(request, "commissioning/engagement.jinja", values, status=status)


@page("commissioning.edit", purpose="planning", methods=("POST",))
def add_event(request: HttpRequest) -> HttpResponse:
    """Put an event into the calendar."""
    form = forms.EventForm(request.POST)
    if not form.is_valid():
        return _engagement(request, 422, event_form=form)
    engagement.add_event(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "The event is in the calendar")
    return redirect("commissioning:engagement")


@page("commissioning.edit", purpose="planning", methods=("POST",))
def add_feedback(request: HttpRequest) -> HttpResponse:
    """Record something that people said."""
    form = forms.FeedbackForm(request.POST)
    if not form.is_valid():
        return _engagement(request, 422, feedback_form=form)
    engagement.add_feedback(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "It is recorded")
    return redirect("commissioning:engagement")


@page("commissioning.edit", purpose="planning", methods=("POST",))
def respond(request: HttpRequest) -> HttpResponse:
    """Answer a theme and name the intentions that it changed."""
    form = forms.ResponseForm(request.POST)
    if not form.is_valid():
        return _engagement(request, 422, response_form=form)
    data = form.cleaned_data
    engagement.respond(
        by=request.actor,  # type: ignore[attr-defined]
        theme=data["theme"],
        you_said=data["you_said"],
        we_did=data["we_did"],
        status=data["status"],
        why_not=data["why_not"],
        intention_references=form.references(),
        publish=data["publish"],
    )
    messages.success(request, "The answer is kept")
    return redirect("commissioning:engagement")


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def assess(request: HttpRequest, reference: str, assessment: str) -> HttpResponse:
    """One assessment of one intention."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    if assessment not in set(rules.Kind):
        raise NotReady("there is no such assessment", value=assessment, remedy=", ".join(rules.Kind))
    kind = rules.Kind(assessment)
    held = engagement.assessments_of(by=by, reference=reference)[0].get(kind.value)
    first: dict[str, object] = {}
    if held is not None:
        first = {
            name: getattr(held, name)
            for name in ("outcome", "actions", "reason", "signed_by", "signed_on", "review_on")
        }
        first |= {f"part_{number}": held.parts.get(part, "") for number, part in enumerate(rules.parts_of(kind))}
    form = forms.AssessmentForm(request.POST or None, kind=kind, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        engagement.assess(
            by=by,
            reference=reference,
            form=engagement.AssessmentForm(
                kind.value,
                data["outcome"],
                form.answers(),
                data["actions"],
                data["reason"],
                data["signed_by"],
                data["signed_on"],
                data["review_on"],
            ),
        )
        messages.success(request, "The assessment is kept")
        return redirect("commissioning:intention", reference)
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": kind.label,
            "caption": str(row),
            "intro": "It may be kept unfinished: the intention's page says what is still missing.",
            "button": "Keep",
            "back": reverse("commissioning:intention", args=[reference]),
        },
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.see", purpose="planning")
def scrutiny(request: HttpRequest) -> HttpResponse:
    """Records of telling and consulting scrutiny committees."""
    return _scrutiny(request, forms.ScrutinyForm())


def _scrutiny(request: HttpRequest, form, status: int = 200) -> HttpResponse:
    rows = engagement.consultations(by=request.actor)  # type: ignore[attr-defined]
    return render(request, "commissioning/scrutiny.jinja", {"rows": rows, "form": form}, status=status)


@page("commissioning.edit", purpose="planning", methods=("POST",))
def consult(request: HttpRequest) -> HttpResponse:
    """Open a scrutiny record with the substantial-variation test."""
    form = forms.ScrutinyForm(request.POST)
    if not form.is_valid():
        return _scrutiny(request, form, 422)
    data = form.cleaned_data
    row = engagement.consult(
        by=request.actor,  # type: ignore[attr-defined]
        committee=data["committee"],
        change=data["change"],
        answers=form.answers(),
        reference=data["reference"],
    )
    messages.success(request, engagement.advice(row))
    return redirect("commissioning:scrutiny")


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def consultation(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Add the committee's view, dates and outcome."""
    by = request.actor  # type: ignore[attr-defined]
    row = engagement.get_consultation(by=by, consultation_id=consultation_id)
    names = ("told_on", "consultation_from", "consultation_to", "comments_by", "comments", "outcome")
    first = {name: getattr(row, name) for name in names}
    first["substantial"] = "" if row.substantial is None else "yes" if row.substantial else "no"
    form = forms.ConsultationForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        engagement.update_consultation(by=by, consultation_id=consultation_id, values=form.values())
        return redirect("commissioning:scrutiny")
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": "Scrutiny record",
            "caption": f"{row.committee}: {row.change}",
            "intro": engagement.advice(row),
            "button": "Keep",
            "back": reverse("commissioning:scrutiny"),
        },
        status=422 if request.method == "POST" else 200,
    )
