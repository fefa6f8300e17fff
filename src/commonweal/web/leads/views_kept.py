"""Making, changing and putting away groups, views and rebases."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput
from commonweal.web.core.access import page
from commonweal.web.core.presenters import error_words
from commonweal.web.leads import choices, keeping, own_groups, presenters, rebases, saved_views, services
from commonweal.web.leads.forms import GroupForm, RebaseForm, ViewForm
from commonweal.web.leads.models import PracticeGroup, SavedView

PLANNING = "planning"
FORM = ("GET", "POST")


@page("measures.keep", purpose=PLANNING, methods=FORM)
def new_group(request: HttpRequest) -> HttpResponse:
    """A group of practices; with ``?like=CODE`` it begins as that practice and its peers."""
    listed = choices.practices()
    title, ticked = choices.like(request.GET.get("like", "")) if "like" in request.GET else ("", [])
    form = GroupForm(
        request.POST or None,
        practices=_flat(listed),
        initial={"title": title, "practices": ticked, "shared": "private"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = own_groups.make(by=request.actor, ladder=choices.ladder(), **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("practices", error_words(error))
        else:
            messages.success(request, f"The group “{made.title}” was made. Choose a dashboard to see its numbers")
            return redirect("leads:dashboards")
    return _form(request, "leads/group.jinja", form, listed, "practices", None)


@page("measures.keep", purpose=PLANNING, methods=FORM)
def change_group(request: HttpRequest, kept_id: uuid.UUID) -> HttpResponse:
    """A new version of one's own group."""
    group = keeping.to_change(request.actor, PracticeGroup, str(kept_id))  # type: ignore[attr-defined]
    listed, now = choices.practices(), group.version
    begin = {"title": group.title, "shared": group.shared, "practices": now.practices, "seen_number": now.number}  # type: ignore[attr-defined]
    form = GroupForm(request.POST or None, practices=_flat(listed), new=False, initial=begin)
    if request.method == "POST" and form.is_valid():
        try:
            own_groups.change(by=request.actor, ladder=choices.ladder(), group=group, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The group was changed")
            return redirect("leads:dashboards")
    return _form(request, "leads/group.jinja", form, listed, "practices", group)


@page("measures.keep", purpose=PLANNING, methods=("POST",))
def close_group(request: HttpRequest, kept_id: uuid.UUID) -> HttpResponse:
    """Put one's own group away."""
    return _close(request, PracticeGroup, kept_id)


@page("measures.keep", purpose=PLANNING, methods=FORM)
def new_view(request: HttpRequest) -> HttpResponse:
    """A view; ``?measure=``, ``?dashboard=`` and ``?group=kind:code`` say how it begins."""
    listed, groups = choices.measures(), choices.groups(by=request.actor)  # type: ignore[attr-defined]
    ticked = request.GET.getlist("measure")
    title = next((name for name, _ in listed if name == request.GET.get("dashboard")), "")
    ticked += [measure_id for name, rows in listed if name == title for measure_id, _ in rows]
    begin = {"title": title, "measures": ticked, "group": request.GET.get("group", groups[0][0])}
    form = ViewForm(request.POST or None, measures=_flat(listed), groups=groups, initial=begin)
    if request.method == "POST" and form.is_valid():
        try:
            made = saved_views.make(by=request.actor, known=choices.definitions(), **_of_view(form))  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("measures", error_words(error))
        else:
            messages.success(request, "The view was saved. It is on the measures page")
            return redirect("leads:view", kept_id=made.pk)
    return _form(request, "leads/view.jinja", form, listed, "measures", None)


@page("measures.keep", purpose=PLANNING, methods=FORM)
def change_view(request: HttpRequest, kept_id: uuid.UUID) -> HttpResponse:
    """A new version of one's own view."""
    found = keeping.to_change(request.actor, SavedView, str(kept_id))  # type: ignore[attr-defined]
    listed, groups, now = choices.measures(), choices.groups(by=request.actor), found.version  # type: ignore[attr-defined]
    begin = {
        "title": found.title, "shared": found.shared, "measures": now.measures, "show": now.show,  # type: ignore[attr-defined]
        "group": f"{now.group_kind}:{now.group_code}", "seen_number": now.number,  # type: ignore[attr-defined]
    }  # fmt: skip
    form = ViewForm(request.POST or None, measures=_flat(listed), groups=groups, new=False, initial=begin)
    if request.method == "POST" and form.is_valid():
        try:
            saved_views.change(by=request.actor, view=found, known=choices.definitions(), **_of_view(form))  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The view was changed")
            return redirect("leads:view", kept_id=found.pk)
    return _form(request, "leads/view.jinja", form, listed, "measures", found)


@page("measures.keep", purpose=PLANNING, methods=("POST",))
def close_view(request: HttpRequest, kept_id: uuid.UUID) -> HttpResponse:
    """Put one's own view away."""
    return _close(request, SavedView, kept_id)


@page("measures.rebase", purpose=PLANNING, methods=FORM)
def rebase(request: HttpRequest, measure_id: str, kind: str, code: str) -> HttpResponse:
    """Start a chart's limits again, with the reason."""
    found = services.measure(by=request.actor, measure_id=measure_id, kind=kind, code=code)  # type: ignore[attr-defined]
    form = RebaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rebases.rebase(
                by=request.actor, measure_id=measure_id, kind=kind, code=code,  # type: ignore[attr-defined]
                days=[day for day, _ in found.points], **form.cleaned_data,
            )  # fmt: skip
        except BadInput as error:
            form.add_error(None, error_words(error))
        else:
            messages.success(request, "The limits start again on that day, for everybody who looks at this chart")
            return redirect("leads:measure", measure_id=measure_id, kind=kind, code=code)
    words = presenters.measure_in_words(found, request.actor)  # type: ignore[attr-defined]
    context = {"form": form, "measure": words, "group": found.group, "measure_id": measure_id}
    return render(request, "leads/rebase.jinja", context, status=422 if form.errors else 200)


@page("measures.rebase", purpose=PLANNING, methods=("POST",))
def withdraw_rebase(request: HttpRequest, measure_id: str, kind: str, code: str, rebase_id: int) -> HttpResponse:
    """Let the limits run through again."""
    rebases.withdraw(by=request.actor, measure_id=measure_id, kind=kind, code=code, rebase_id=rebase_id)  # type: ignore[attr-defined]
    messages.success(request, "The limits no longer start again on that day")
    return redirect("leads:measure", measure_id=measure_id, kind=kind, code=code)


def _form(
    request: HttpRequest, template: str, form: GroupForm | ViewForm, listed: list, name: str, kept: object
) -> HttpResponse:
    ticked = set(form[name].value() or [])
    options = [(title, [(key, text, key in ticked) for key, text in rows]) for title, rows in listed]
    return render(
        request, template, {"form": form, "options": options, "kept": kept}, status=422 if form.errors else 200
    )


def _close(request: HttpRequest, model: type, kept_id: uuid.UUID) -> HttpResponse:
    keeping.close(by=request.actor, kept=keeping.to_change(request.actor, model, str(kept_id)))  # type: ignore[attr-defined]
    messages.success(request, "It was put away")
    return redirect("leads:dashboards")


def _of_view(form: ViewForm) -> dict:
    values = dict(form.cleaned_data)
    values["kind"], values["code"] = values.pop("group").split(":", 1)
    return values


def _flat(listed: list[tuple[str, list[tuple[str, str]]]]) -> list[tuple[str, str]]:
    return [row for _, rows in listed for row in rows]
