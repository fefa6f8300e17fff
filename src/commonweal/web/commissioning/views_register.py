"""The register and one intention: see, write, move on, compare."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from commonweal.commissioning import plain_english, workflow
from commonweal.commissioning.intentions import Kind
from commonweal.commissioning.workflow import State
from commonweal.errors import BadInput, Busy
from commonweal.web.commissioning import forms, policies, presenters
from commonweal.web.commissioning.services import (
    engagement,
    impact,
    life,
    live,
    owners,
    papers,
    register,
    targets,
    trace,
)
from commonweal.web.commissioning.services.register import Filters
from commonweal.web.commissioning.views_targets import page_number
from commonweal.web.core.access import page
from commonweal.web.core.presenters import error_words, plural_words
from commonweal.web.core.uploads import say_if_too_large

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILTERS = ("source", "programme", "kind", "place", "year", "state", "procurement", "words")


def _filters(request: HttpRequest) -> Filters:
    return Filters(**{name: request.GET.get(name, "").strip()[:200] for name in FILTERS})


def _options(by) -> list[tuple[str, str, list[tuple[str, str]]]]:
    held = register.choices(by=by)
    return [
        ("source", "Document", [(key or "none", presenters.document_words(key)) for key in held["source"]]),
        ("programme", "Programme", [(value, value) for value in held["programme"]]),
        ("kind", "Kind", [(value, Kind(value).label) for value in held["kind"]]),
        ("place", "Place", [(value, value) for value in held["place"]]),
        ("year", "Year", [(value, value) for value in held["year"]]),
        ("state", "State", [(value, State(value).label) for value in held["state"]]),
        ("procurement", "Procurement", [("yes", "Yes"), ("possible", "Possible"), ("no", "None stated")]),
    ]


@page("commissioning.see", purpose="planning")
def register_page(request: HttpRequest) -> HttpResponse:
    """The register, by document, programme, kind, place and year."""
    by, filters = request.actor, _filters(request)  # type: ignore[attr-defined]
    number = request.GET.get("page", "1")
    found = register.search(by=by, filters=filters, page=int(number) if number.isdigit() else 1)
    return render(
        request,
        "commissioning/register.jinja",
        {
            "found": found,
            "filters": filters,
            "query": filters.as_query(),
            "options": _options(by),
            "documents": register.counts_by_source(by=by),
            "programmes": [] if filters.programme else register.programmes(by=by, filters=filters),
            "present": presenters,
            "orphans": owners.orphans(by=by),
        },
    )


@page("commissioning.see", purpose="planning")
def export(request: HttpRequest) -> HttpResponse:
    """The register as filtered, as a spreadsheet."""
    content = register.export(by=request.actor, filters=_filters(request))  # type: ignore[attr-defined]
    return _file(content, "intentions.xlsx")


@page("commissioning.edit", purpose="planning")
def template(request: HttpRequest) -> HttpResponse:
    """The spreadsheet to fill in."""
    return _file(register.template(by=request.actor), "intentions-template.xlsx")  # type: ignore[attr-defined]


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def upload(request: HttpRequest) -> HttpResponse:
    """Load a filled template: all of it, or none with the errors by cell."""
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    say_if_too_large(request, form, "file")
    errors: tuple = ()
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            result = register.load_sheet(by=request.actor, content=content)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("file", error_words(error))
        else:
            if not result.errors:
                messages.success(request, f"{plural_words(len(result.intentions), 'intention')} loaded as drafts")
                return redirect("commissioning:register")
            errors = result.errors
    status = 422 if request.method == "POST" else 200
    return render(request, "commissioning/upload.jinja", {"form": form, "errors": errors}, status=status)


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Write a new intention."""
    form = forms.IntentionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reference = register.next_reference(year=form.cleaned_data["year"])
        row = register.create(by=request.actor, intention=form.words(reference))  # type: ignore[attr-defined]
        messages.success(request, f"{row.reference} is in the register as a draft")
        return redirect("commissioning:intention", row.reference)
    status = 422 if request.method == "POST" else 200
    return render(request, "commissioning/edit.jinja", {"form": form, "row": None}, status=status)


@page("commissioning.see", purpose="planning")
def intention(request: HttpRequest, reference: str) -> HttpResponse:
    """One intention with all that it touches."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    found, gate = engagement.assessments_of(by=by, reference=reference)
    return render(
        request,
        "commissioning/intention.jinja",
        {
            "row": row,
            "present": presenters,
            "facts": presenters.facts(row),
            "steps": life.open_steps(by=by, intention=row),
            "may_edit": policies.can_edit(by, row),
            "language": plain_english.check("\n".join((row.title, row.summary, row.why)))
            if row.state == "draft" and policies.can_edit(by, row)
            else (),
            "missing": register.what_is_missing(row) if row.state == "draft" else [],
            "notice": life.notice_words(row),
            "signatures": life.valid_signatures(row),
            "targets": targets.of_intention(row),
            "measures": [(code, live.title(code), live.value(code)) for code in row.measure_ids],
            "titles": {code: live.title(code) for code in row.measure_ids},
            "effects": impact.effects(by=by, reference=reference),
            "schemes": impact.schemes_of(by=by, intention=row),
            "links": trace.of_intention(row),
            "people": trace.people_of(row),
            "papers": papers.of_intention(by=by, intention=row),
            "gate": gate,
            "assessments": found,
            "owner_left": row.owner is not None and not register.still_here(row.owner),
            "owner_of_state": workflow.OWNERS[State(row.state)].replace("_", " "),
        },
    )


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Change the words. Two editors never overwrite each other."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    if request.method == "GET":
        policies.check_can_edit(by, row)
        first = {**forms.IntentionForm.initial_of(row.plain()), "base_version": row.version}
        return render(request, "commissioning/edit.jinja", {"form": forms.IntentionForm(initial=first), "row": row})
    form = forms.IntentionForm(request.POST)
    theirs = None
    if form.is_valid():
        try:
            saved = register.save(
                by=by,
                reference=reference,
                words=form.words(reference),
                base_version=form.cleaned_data["base_version"] or row.version,
                note=form.cleaned_data["note"],
            )
        except Busy as clash:
            row.refresh_from_db()
            form.add_error(None, f"{clash.message}: {clash.value}. Your text is below; theirs is beside it.")
            theirs = presenters.facts(row)
            form.data = {**form.data.dict(), "base_version": str(row.version)}  # type: ignore[attr-defined, assignment]
        else:
            messages.success(request, f"Version {saved.version} is saved")
            return redirect("commissioning:intention", reference)
    return render(request, "commissioning/edit.jinja", {"form": form, "row": row, "theirs": theirs}, status=422)


@page("commissioning.act", purpose="planning", methods=("GET", "POST"))
def step(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Take one step of an intention's life, with what it needs."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    wanted = workflow.step(name)
    needs = (*wanted.needs, *(("provider",) if name == "sign_provider" else ()))
    form = forms.StepForm(request.POST or None, needs=needs)
    if request.method == "POST" and form.is_valid():
        life.take_step(by=by, reference=reference, name=name, form=life.StepForm(**form.cleaned_data))
        messages.success(request, f"{wanted.label}: done")
        return redirect("commissioning:intention", reference)
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": wanted.label,
            "caption": str(row),
            "intro": f"It becomes: {workflow.LABELS[wanted.target].lower()}",
            "button": wanted.label,
            "back": reverse("commissioning:intention", args=[reference]),
        },
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def carry(request: HttpRequest, reference: str) -> HttpResponse:
    """Carry an intention forward to another year."""
    row = register.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    form = forms.CarryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = register.carry_forward(by=request.actor, reference=reference, year=form.cleaned_data["year"])  # type: ignore[attr-defined]
        messages.success(request, f"{made.reference} carries it to {made.year}")
        return redirect("commissioning:intention", made.reference)
    return _simple(request, form, "Carry forward", str(row), reference)


@page("commissioning.edit", purpose="planning", methods=("GET", "POST"))
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Give an intention to another owner."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    form = forms.HandOverForm(request.POST or None, people=owners.possible_owners(by=by))
    if request.method == "POST" and form.is_valid():
        owners.hand_over(by=by, reference=reference, to_user_id=form.cleaned_data["to_user_id"])
        messages.success(request, "It has a new owner")
        return redirect("commissioning:intention", reference)
    return _simple(request, form, "Hand over", str(row), reference)


def _simple(request: HttpRequest, form, title: str, caption: str, reference: str) -> HttpResponse:
    return render(
        request,
        "commissioning/form.jinja",
        {
            "form": form,
            "title": title,
            "caption": caption,
            "intro": "",
            "button": title,
            "back": reverse("commissioning:intention", args=[reference]),
        },
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.see", purpose="planning")
def history(request: HttpRequest, reference: str) -> HttpResponse:
    """Every version and step; two versions compared word by word."""
    by = request.actor  # type: ignore[attr-defined]
    row = register.get(by=by, reference=reference)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    comparison = None
    if before.isdigit() and after.isdigit():
        comparison = register.compare_versions(by=by, reference=reference, before=int(before), after=int(after))
    return render(request, "commissioning/history.jinja", {"row": row, "present": presenters, "comparison": comparison})


@page("commissioning.see", purpose="planning")
def compare(request: HttpRequest) -> HttpResponse:
    """Two documents or years: what continued, changed, was not repeated, is new."""
    by = request.actor  # type: ignore[attr-defined]
    earlier, later = request.GET.get("earlier", "nwl-2020-21"), request.GET.get("later", "jhosc-2019-10")
    programme = request.GET.get("programme", "")
    held = register.choices(by=by)
    lines = register.compare_documents(by=by, earlier=earlier, later=later, programme=programme)
    lines = sorted(
        lines, key=lambda line: (line.fate == "new", line.fate == "not repeated")
    )  # what became of what was, first
    counts = {fate: sum(line.fate == fate for line in lines) for fate in dict.fromkeys(line.fate for line in lines)}
    options = [(key, presenters.document_words(key)) for key in held["source"] if key]
    return render(
        request,
        "commissioning/compare.jinja",
        {
            "lines": lines,
            "counts": counts,
            "earlier": earlier,
            "later": later,
            "programme": programme,
            "programmes": [(name, name) for name in held["programme"]],
            "options": [*options, *((year, year) for year in held["year"])],
        },
    )


@page("commissioning.see", purpose="planning")
def look_alikes(request: HttpRequest) -> HttpResponse:
    """Duplicates and contradictions, for a person to judge."""
    by = request.actor  # type: ignore[attr-defined]
    return render(
        request,
        "commissioning/look_alikes.jinja",
        {
            "pairs": register.look_alikes(by=by),
            "against": register.contradictions(by=by),
            "by_target": register.pulled_apart(by=by),
        },
    )


@page("commissioning.see", purpose="planning")
def trace_page(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """From a measure, provider or practice back to the intentions that touch it."""
    label, rows = trace.back(by=request.actor, kind=kind, code=code)  # type: ignore[attr-defined]
    narrowed = trace.Narrowed(*(request.GET.get(name, "")[:120] for name in ("programme", "state", "basis")))
    return render(
        request,
        "commissioning/trace.jinja",
        {
            "kind": kind,
            "kind_words": trace.KIND_WORDS[kind],
            "code": code,
            "label": label,
            "found": trace.page(rows, page_number(request), narrowed),
            "narrowed": narrowed,
            "query": {name: value for name, value in asdict(narrowed).items() if value},
            "there": presenters.link_address(kind, code),
            "present": presenters,
        },
    )


@page("commissioning.act", purpose="planning", methods=("GET", "POST"))
def link(request: HttpRequest, reference: str) -> HttpResponse:
    """Join an intention to a scheme, practice, network, contract or register."""
    row = register.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    form = forms.LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        register.link(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, "They are linked")
        return redirect("commissioning:intention", reference)
    return _simple(request, form, "Link", str(row), reference)
