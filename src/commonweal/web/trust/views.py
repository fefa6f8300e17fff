"""Trust pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.web.core.access import ANYONE, page
from commonweal.web.core.presenters import feed_name
from commonweal.web.trust import account, hazards, presenters, services
from commonweal.web.trust.forms import AnswerForm

MOST_CODES = 500


@page(ANYONE)
def safety(request: HttpRequest) -> HttpResponse:
    """What this is for, what it must not be used for, and its hazards."""
    context = {
        "purpose": "",
        "intended": hazards.INTENDED_PURPOSE,
        "not_for": hazards.NOT_FOR,
        "hazards": hazards.HAZARDS,
    }
    return render(request, "trust/safety.jinja", context)


@page("trust.read")
def definitions(request: HttpRequest) -> HttpResponse:
    """Every definition."""
    words = request.GET.get("words", "")[:100]
    groups = services.definitions(by=request.actor, words=words)  # type: ignore[attr-defined]
    return render(request, "trust/definitions.jinja", {"groups": groups, "words": words})


@page("trust.read")
def definition(request: HttpRequest, definition_id: str) -> HttpResponse:
    """One definition: what it says, from where, with its worked patients."""
    found = services.definition(by=request.actor, definition_id=definition_id)  # type: ignore[attr-defined]
    context = {
        "found": found,
        "about": presenters.about(found.definition),
        "parts": [(presenters.PARTS.get(part, part), words) for part, words in found.parts],
        "worked": [presenters.worked(one, services.title_of) for one in found.definition.worked_patients],
    }
    return render(request, "trust/definition.jinja", context)


@page("trust.read")
def codelist(request: HttpRequest, code: str) -> HttpResponse:
    """One codelist with its source."""
    found = services.codelist(by=request.actor, list_id=code)  # type: ignore[attr-defined]
    return render(request, "trust/codelist.jinja", {"found": found, "rows": account.code_rows(found, MOST_CODES)})


@page("trust.read")
def release(request: HttpRequest) -> HttpResponse:
    """What is in this release, feed by feed, and what was refused and why."""
    return _release(request, AnswerForm())


@page("trust.read")
def releases(request: HttpRequest) -> HttpResponse:
    """Every release that is kept, and what changed in the latest."""
    return _account(request, "Releases, and what changed", account.of_releases(by=request.actor))  # type: ignore[attr-defined]


@page("trust.quality")
def quality(request: HttpRequest, feed: str) -> HttpResponse:
    """One feed, practice by practice."""
    return _account(request, f"Data quality: {feed_name(feed)}", account.of_feed(by=request.actor, feed=feed))  # type: ignore[attr-defined]


@page("trust.answer", methods=("POST",))
def answer(request: HttpRequest) -> HttpResponse:
    """Answer back about data quality."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _release(request, form, status=422)
    services.annotate(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, "Thank you: your answer is shown beside the findings")
    return redirect("trust:release")


def _release(request: HttpRequest, form: AnswerForm, status: int = 200) -> HttpResponse:
    context = {
        "account": account.of_release(by=request.actor),  # type: ignore[attr-defined]
        "annotations": services.annotations(),
        "form": form,
    }
    return render(request, "trust/release.jinja", context, status=status)


def _account(request: HttpRequest, title: str, found: account.Account) -> HttpResponse:
    return render(request, "trust/account.jinja", {"title": title, "account": found})
