"""Pages of working lists."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput, Busy, CommonwealError, NotAllowed
from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import error_words
from commonweal.web.core.uploads import say_if_too_large
from commonweal.web.lists import actions, exports, presenters, services
from commonweal.web.lists import by_hand as hand
from commonweal.web.lists import outcomes as going
from commonweal.web.lists.forms import ActForm, ByHandForm, ChangeForm, CombinationForm, NumbersForm
from commonweal.web.lists.policies import can_change
from commonweal.web.people import services as people
from commonweal.web.people.forms import ReasonForm
from commonweal.web.people.views import refused

CARE = "direct_care"


@page("lists.oversee", purpose=CARE)
def index(request: HttpRequest) -> HttpResponse:
    """Which lists there are; for a body without a registered list, what to do instead."""
    try:
        found, made = services.overview(by=request.actor)  # type: ignore[attr-defined]
    except NotAllowed as error:
        return render(request, "lists/index.jinja", {"groups": [], "made": [], "mine": [], "why_none": error.message})
    context = {
        "groups": presenters.definition_groups(found),
        "made": made,
        "mine": services.mine_by_list(request.actor),  # type: ignore[attr-defined]
    }
    return render(request, "lists/index.jinja", context)


@page("lists.oversee", purpose=CARE)
def from_definition(request: HttpRequest, definition_id: str) -> HttpResponse:
    """The list of one definition has an address of its own; this leads to it, or to how it goes for who only oversees it."""
    found = services.list_of_definition(by=request.actor, definition_id=definition_id)  # type: ignore[attr-defined]
    page_name = "lists:show" if can(request.actor, "lists.work") else "lists:outcomes"  # type: ignore[attr-defined]
    return redirect(page_name, list_id=found.pk)


@page("lists.work", purpose=CARE)
def show(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Who is on the list, why, and what to do."""
    return _show(request, list_id, _act_form(request))


@page("lists.work", purpose=CARE, methods=("POST",))
def act(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Do one thing about each person ticked. What was typed stays where anything is missing."""
    at_once = request.POST.get("done_at_once", "")
    data = request.POST if not at_once else {**request.POST.dict(), "verb": "done"}
    form = _act_form(request, data)
    ticked = [at_once] if at_once else request.POST.getlist("person")
    working_list = services.list_with(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    if not ticked:
        form.add_error(None, "Tick at least one person")
    if not form.is_valid():
        return _show(request, list_id, form, ticked, status=422)
    wish = actions.Wish(**form.cleaned_data)
    done, refused = 0, []
    try:
        wish.check()
        for person_id in dict.fromkeys(ticked):
            version = request.POST.get(f"version-{person_id}", "")
            try:
                services.act_on(
                    by=request.actor, working_list=working_list, person_id=person_id, wish=wish,  # type: ignore[attr-defined]
                    seen_version=int(version) if version.isdecimal() else -1,
                )  # fmt: skip
                done += 1
            except Busy as error:
                refused.append(error.message)
    except BadInput as error:
        form.add_error(None, error_words(error))
        return _show(request, list_id, form, ticked, status=422)
    if done:
        messages.success(request, presenters.done_words(wish, done))
    if refused:
        form.add_error(None, f"Not changed: {'; '.join(dict.fromkeys(refused))}")
        return _show(request, list_id, form, ticked, status=409)
    return redirect("lists:show", list_id=list_id)


@page("lists.work", purpose=CARE, methods=("POST",))
def undo(request: HttpRequest, list_id: uuid.UUID, action_id: int) -> HttpResponse:
    """Take back one's own last action about somebody."""
    services.undo(by=request.actor, list_id=str(list_id), action_id=action_id)  # type: ignore[attr-defined]
    messages.success(request, "Undone")
    return redirect("lists:show", list_id=list_id)


@page("lists.work", purpose=CARE, methods=("POST",))
def export(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """The people to see now, as CSV."""
    working_list = services.list_with(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    found = services.page_to_export(by=request.actor, working_list=working_list)  # type: ignore[attr-defined]
    response = HttpResponse(exports.as_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="list-{working_list.pk}.csv"'
    return response


@page("lists.oversee", purpose=CARE)
def outcomes(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """How the list is going."""
    working_list = services.list_with(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    code = request.actor.organisation_code  # type: ignore[attr-defined]
    context = {
        "working_list": working_list,
        "weeks": presenters.week_rows(going.by_week(working_list, code)),
        "reasons": presenters.reason_rows(going.reasons_declined(working_list, code)),
        "comparisons": [presenters.comparison_row(one) for one in going.comparisons(working_list, code)],
        "versions": working_list.versions.select_related("changed_by").order_by("-number"),
    }
    return render(request, "lists/outcomes.jinja", context)


@page("lists.work", purpose=CARE, methods=("GET", "POST"))
def new_combined(request: HttpRequest) -> HttpResponse:
    """A list of definitions combined."""
    definitions = services.choices(by=request.actor)  # type: ignore[attr-defined]
    scores = services.scores(by=request.actor)  # type: ignore[attr-defined]
    form = CombinationForm(request.POST or None, definitions=definitions, scores=scores)
    if request.method == "POST" and form.is_valid():
        made = services.make(by=request.actor, kind="combination", **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "The list was made")
        return redirect("lists:show", list_id=made.pk)
    context = {"form": form, "options": presenters.combination_options(definitions, form)}
    return render(request, "lists/new_combined.jinja", context, status=422 if form.errors else 200)


@page("lists.work", purpose=CARE, methods=("GET", "POST"))
def new_numbers(request: HttpRequest) -> HttpResponse:
    """A list of people, from NHS numbers."""
    form = NumbersForm(request.POST or None, request.FILES or None)
    say_if_too_large(request, form, "file", instead_of=("numbers",))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        numbers = values.pop("found")
        values.pop("file"), values.pop("numbers")
        try:
            people = services.people_of_numbers(by=request.actor, numbers=numbers)  # type: ignore[attr-defined]
        except CommonwealError as error:
            form.add_error("numbers", error_words(error))
        else:
            made = services.make(by=request.actor, kind="people", people=people, **values)  # type: ignore[attr-defined]
            messages.success(request, presenters.upload_words(len(set(numbers)), len(people)))
            return redirect("lists:show", list_id=made.pk)
    return render(request, "lists/new_numbers.jinja", {"form": form}, status=422 if form.errors else 200)


@page("lists.work", purpose=CARE, methods=("GET", "POST"))
def by_hand(request: HttpRequest, person_id: str) -> HttpResponse:
    """Put one person on a list of one's own."""
    found = people.look(by=request.actor, person_id=person_id, what="put on a list")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    form = ByHandForm(request.POST or None, lists=hand.choices(by=request.actor))  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = hand.put_on(by=request.actor, person_id=person_id, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, f"{found.identity.name} is on the list now")
            return redirect("lists:show", list_id=made.pk)
    context = {"form": form, "person_id": person_id, "name": found.identity.name}
    return render(request, "lists/by_hand.jinja", context, status=422 if form.errors else 200)


@page("lists.work", purpose=CARE)
def history(request: HttpRequest, list_id: uuid.UUID, person_id: str) -> HttpResponse:
    """Everything that was done about one person on one list."""
    working_list = services.list_with(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    found = people.look(by=request.actor, person_id=person_id, what=f"list:{working_list.pk}")  # type: ignore[attr-defined]
    if found is None:
        return refused(request, ReasonForm.fresh(), person_id, status=404)
    done = services.history_of(by=request.actor, working_list=working_list, person_id=person_id)  # type: ignore[attr-defined]
    context = {
        "working_list": working_list, "person_id": person_id, "name": found.identity.name,
        "rows": presenters.history_rows(done),
    }  # fmt: skip
    return render(request, "lists/history.jinja", context)


@page("lists.work", purpose=CARE, methods=("GET", "POST"))
def change(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """A new version of one's own list."""
    working_list = services.list_to_change(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    form = ChangeForm(request.POST or None, initial=presenters.as_it_is(working_list))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_settings(by=request.actor, working_list=working_list, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The list was changed")
            return redirect("lists:show", list_id=list_id)
    context = {"form": form, "working_list": working_list}
    return render(request, "lists/change.jinja", context, status=422 if form.errors else 200)


@page("lists.work", purpose=CARE, methods=("POST",))
def close(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Put one's own list away."""
    working_list = services.list_to_change(by=request.actor, list_id=str(list_id))  # type: ignore[attr-defined]
    services.close(by=request.actor, working_list=working_list)  # type: ignore[attr-defined]
    messages.success(request, "The list was closed")
    return redirect("lists:index")


def _act_form(request: HttpRequest, data: object = None) -> ActForm:
    return ActForm(data, colleagues=actions.colleagues(request.actor))  # type: ignore[attr-defined,arg-type]


def _show(
    request: HttpRequest, list_id: uuid.UUID, form: ActForm, ticked: list[str] | None = None, status: int = 200
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    working_list = services.list_with(by=actor, list_id=str(list_id))
    show_folded = request.GET.get("folded") == "1"
    found = services.page(by=actor, working_list=working_list, show_folded=show_folded)
    if request.GET.get("tick") == "all" and ticked is None:
        ticked = [one.person_id for one in found.people]
    context = {
        "show_folded": show_folded,
        "list": presenters.page_in_words(found, actor),
        "form": form,
        "ticked": ticked or [],
        "may_change": can_change(actor, working_list),
        "working_list": working_list,
    }
    return render(request, "lists/show.jinja", context, status=status)
