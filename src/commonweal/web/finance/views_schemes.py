"""Pages about schemes: the register, one scheme, its sections to change, overlaps, and programmes measured on the record."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

from __future__ import annotations

from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput, Busy, CommonwealError
from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.finance import scheme_forms, scheme_presenters
from commonweal.web.finance.forms import AdvanceForm
from commonweal.web.finance.services import scheme_changes as changes
from commonweal.web.finance.services import scheme_evidence as evidence
from commonweal.web.finance.services import schemes as register

SEE, SCHEMES = "finance.see", "finance.schemes"
PLANNING = "planning"
CONFLICT = 409
UNUSABLE = 422


@page(SEE, purpose=PLANNING)
def schemes(request: HttpRequest) -> HttpResponse:
    """The register of schemes of a year."""
    found = register.register(by=request.actor, year=request.GET.get("year", ""))
    shown = scheme_presenters.schemes_page(
        found, can(request.actor, SCHEMES), evidence.organisation_names(by=request.actor)
    )
    return render(request, "finance/page.jinja", {"page": shown})


@page(SEE, purpose=PLANNING)
def scheme(request: HttpRequest, year: str, reference: str) -> HttpResponse:
    """One scheme."""
    row = register.one(by=request.actor, year=_year(year), reference=reference)
    found = evidence.evidence(by=request.actor, record=row.record, scheme=row.scheme)
    past = changes.history(by=request.actor, record=row.record)
    context = {
        "page": scheme_presenters.scheme_page(row, found, past, evidence.organisation_names(by=request.actor)),
        "row": row,
        "year_slug": year,
        "advance": AdvanceForm(initial={"to": row.record.maturity}),
        "may": can(request.actor, SCHEMES),
    }
    return render(request, "finance/scheme.jinja", context)


@page(SCHEMES, purpose=PLANNING, methods=("GET", "POST"))
def new_scheme(request: HttpRequest) -> HttpResponse:
    """Enter a scheme."""
    form = scheme_forms.NewSchemeForm(request.POST or None, initial={"recurrent": True})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            changes.create(by=request.actor, year=given["year"], reference=given["reference"], values=form.values())
        except BadInput as wrong:
            form.add_error(
                "start" if "starts after" in wrong.message else "reference", f"{wrong.message}. {wrong.remedy}"
            )
        else:
            messages.success(request, "The scheme is in the register, as an idea")
            return redirect("finance:scheme", year=given["year"].replace("/", "-"), reference=given["reference"])
    context = {
        "form": form,
        "heading": "Add a scheme",
        "says": "It begins as an idea; assessments and rows come on its page.",
    }
    return render(request, "finance/scheme_edit.jinja", context, status=UNUSABLE if request.method == "POST" else 200)


@page(SCHEMES, purpose=PLANNING, methods=("GET", "POST"))
def edit_scheme(request: HttpRequest, year: str, reference: str, section: str) -> HttpResponse:
    """Change one section of a scheme. Two people never overwrite each other."""
    if section not in scheme_forms.SECTIONS:
        raise Http404
    record = register.one(by=request.actor, year=_year(year), reference=reference).record
    heading, says, form_class = scheme_forms.SECTIONS[section]
    context = {"heading": heading, "says": says, "row": record, "year_slug": year}
    if request.method == "GET":
        form = form_class(initial={**form_class.first(record), "base_version": record.version})
        return render(request, "finance/scheme_edit.jinja", {**context, "form": form, "rows": _rows(section, record)})
    form, rows = form_class(request.POST), _rows(section, record, request)
    status = UNUSABLE
    if form.is_valid() and (rows is None or rows.is_valid()):
        try:
            return _saved(request, record, section, form, rows)
        except Busy as clash:
            form.add_error(None, f"{clash.message}: {clash.value}. {clash.remedy}")
            form.data = {**form.data.dict(), "base_version": str(changes.version_of(record))}
            status = CONFLICT
        except CommonwealError as wrong:
            value = f": {wrong.value}" if wrong.value is not None else ""
            form.add_error(None, f"{wrong.message}{value}. {wrong.remedy}".strip())
    return render(request, "finance/scheme_edit.jinja", {**context, "form": form, "rows": rows}, status=status)


def _saved(
    request: HttpRequest, record: object, section: str, form: scheme_forms.SectionForm, rows: BaseFormSet | None
) -> HttpResponse:
    values = form.values()
    if rows is not None:
        values = {scheme_forms.ROWS[section][0]: [row.stored() for row in rows if not row.blank()]}
    base = form.cleaned_data["base_version"] or record.version
    _, log = changes.change(
        by=request.actor, year=record.year, reference=record.reference, values=values, base_version=base
    )
    messages.success(request, f"Saved. {log}" if log else "Nothing was changed")
    return redirect("finance:scheme", year=record.year.replace("/", "-"), reference=record.reference)


def _rows(section: str, record: object, request: HttpRequest | None = None) -> BaseFormSet | None:
    if section not in scheme_forms.ROWS:
        return None
    made = formset_factory(scheme_forms.ROWS[section][1], extra=3)
    if request is not None:
        return made(request.POST, prefix="rows")
    return made(initial=scheme_forms.rows_of(section, record), prefix="rows")


@page(SCHEMES, purpose=PLANNING, methods=("POST",))
def advance_scheme(request: HttpRequest, year: str, reference: str) -> HttpResponse:
    """Move a scheme to its next maturity, where its gates allow."""
    form = AdvanceForm(request.POST)
    if not form.is_valid():
        raise BadInput("that is no maturity of a scheme", remedy="choose one of the list")
    changes.advance(by=request.actor, year=_year(year), reference=reference, to=form.cleaned_data["to"])
    messages.success(request, f"The scheme is now: {form.cleaned_data['to'].replace('_', ' ')}")
    return redirect("finance:scheme", year=year, reference=reference)


@page(SEE, purpose=PLANNING)
def overlaps(request: HttpRequest) -> HttpResponse:
    """Groups of schemes on the same activity, what they claim together, and what that activity costs."""
    return _overlaps(request)


@page(SCHEMES, purpose=PLANNING, methods=("POST",))
def set_ceiling(request: HttpRequest) -> HttpResponse:
    """Say what the activity of an overlap group costs."""
    form = scheme_forms.CeilingForm(request.POST)
    if not form.is_valid():
        return _overlaps(request, form, UNUSABLE)
    given = form.cleaned_data
    try:
        changes.set_ceiling(
            by=request.actor, group=given["group"], pence=given["ceiling"], says=given["says"], base_version=given["base_version"]
        )  # fmt: skip
    except Busy as clash:
        form.add_error(None, f"{clash.message}: it is now {clash.value}. Save again to put yours in its place.")
        form.data = {**form.data.dict(), "base_version": str(changes.ceiling_version(given["group"]))}
        return _overlaps(request, form, CONFLICT)
    messages.success(request, "The ceiling is set")
    return redirect("finance:overlaps")


def _overlaps(request: HttpRequest, sent: scheme_forms.CeilingForm | None = None, status: int = 200) -> HttpResponse:
    groups = register.overlap_groups(by=request.actor)
    forms = []
    for group in groups if can(request.actor, SCHEMES) else ():
        first = {
            "group": group.name,
            "base_version": group.version,
            "ceiling": scheme_presenters.pounds_text(group.ceiling),
            "says": group.says,
        }
        mine = sent if sent is not None and sent.data.get("group") == group.name else None
        forms.append(
            (
                f"What {group.name} costs",
                "finance:set_ceiling",
                mine or scheme_forms.CeilingForm(initial=first, prefix=None, auto_id=f"id_{len(forms)}_%s"),
            )
        )
    shown = scheme_presenters.overlaps_page(groups)
    return render(request, "finance/page.jinja", {"page": shown, "forms": forms}, status=status)


@page(SEE, purpose=PLANNING)
def programmes(request: HttpRequest) -> HttpResponse:
    """Programmes whose members are in the record, each measured against people like them."""
    shown = scheme_presenters.programmes_page(*evidence.all_programmes(by=request.actor))
    return render(request, "finance/page.jinja", {"page": shown})


def _year(slug: str) -> str:
    return slug.replace("-", "/")
