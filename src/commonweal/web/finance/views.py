"""Pages about money."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportGeneralTypeIssues=false

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput, Busy, CommonwealError
from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import error_words
from commonweal.web.core.uploads import say_if_too_large
from commonweal.web.finance import documents as printed
from commonweal.web.finance import presenters
from commonweal.web.finance.forms import AdjustmentForm, ImportForm, OutturnForm, PodForm
from commonweal.web.finance.services import importing, local_pods, position, system
from commonweal.web.finance.services import pack as packs

SEE, CHANGE, EXPORT = "finance.see", "finance.change", "finance.export"
PLANNING = "planning"


def _show(request: HttpRequest, shown: presenters.Page, status: int = 200, **more: object) -> HttpResponse:
    return render(request, "finance/page.jinja", {"page": shown, **more}, status=status)


@page(SEE, purpose=PLANNING)
def overview(request: HttpRequest) -> HttpResponse:
    """The system's position by a dimension."""
    found = position.position(by=request.actor, dimension=request.GET.get("by", "provider"))  # type: ignore[attr-defined]
    forms = [
        ("Add a known change", "finance:adjust", AdjustmentForm()),
        ("Record a submitted outturn", "finance:submit_outturn", OutturnForm()),
    ]
    shown = forms if can(request.actor, CHANGE) else []  # type: ignore[attr-defined]
    return _show(request, presenters.position_page(found), sections=True, forms=shown)


@page(SEE, purpose=PLANNING)
def provider(request: HttpRequest, provider: str) -> HttpResponse:
    """One provider's position."""
    found = position.position(by=request.actor, dimension=request.GET.get("by", "pod"), provider=provider)  # type: ignore[attr-defined]
    return _show(request, presenters.position_page(found, provider), provider=provider)


@page(SEE, purpose=PLANNING)
def forecasts(request: HttpRequest) -> HttpResponse:
    """Every line's forecast."""
    return _show(request, presenters.forecast_list(*position.forecast_lines(by=request.actor)))  # type: ignore[attr-defined]


@page(SEE, purpose=PLANNING)
def forecast(request: HttpRequest, provider: str, pod: str) -> HttpResponse:
    """One line's forecast with its back-test."""
    pod = "" if pod == "not stated" else pod
    return _show(request, presenters.forecast_page(position.forecast(by=request.actor, provider=provider, pod=pod)))  # type: ignore[attr-defined]


@page(SEE, purpose=PLANNING)
def bridge(request: HttpRequest) -> HttpResponse:
    """From the year's plan to the forecast, and from last month's forecast to this month's."""
    provider = request.GET.get("provider", "")
    found = position.bridge(by=request.actor, provider=provider)  # type: ignore[attr-defined]
    moved = position.movements(by=request.actor, provider=provider)  # type: ignore[attr-defined]
    return _show(request, presenters.bridge_page(*found, moved, provider))


@page(SEE, purpose=PLANNING)
def reconciliation(request: HttpRequest) -> HttpResponse:
    """The four sources reconciled."""
    asked = request.GET.get("month", "")
    if asked and not asked.isdecimal():
        raise BadInput("a month is a number from 1 to 12", value=asked)
    found = position.reconciliation(by=request.actor, months=int(asked) if asked else None)  # type: ignore[attr-defined]
    return _show(request, presenters.reconciliation_page(found, can(request.actor, CHANGE)))  # type: ignore[attr-defined]


@page(SEE, purpose=PLANNING)
def control(request: HttpRequest) -> HttpResponse:
    """Control totals and risk shares."""
    return _show(request, presenters.control_page(system.control(by=request.actor, year=request.GET.get("year", ""))))  # type: ignore[attr-defined]


@page(SEE, purpose=PLANNING)
def five_year(request: HttpRequest) -> HttpResponse:
    """The five-year model."""
    return _show(request, presenters.five_year_page(system.five_year(by=request.actor)))  # type: ignore[attr-defined]


@page(CHANGE, purpose=PLANNING, methods=("POST",))
def adjust(request: HttpRequest) -> HttpResponse:
    """Add a known change to the forecast."""
    form = AdjustmentForm(request.POST)
    if not form.is_valid():
        return _with_form(request, "Add a known change", "finance:adjust", form)
    given = form.cleaned_data
    position.add_adjustment(
        by=request.actor, title=given["title"], owner=given["owner"], pence=given["pounds"], probability=given["probability"],  # type: ignore[attr-defined]
        provider_code=given["provider_code"].strip().upper(),
    )  # fmt: skip
    messages.success(request, "The change is in the risk-adjusted forecast")
    return redirect("finance:overview")


@page(CHANGE, purpose=PLANNING, methods=("POST",))
def submit_outturn(request: HttpRequest) -> HttpResponse:
    """Record the outturn that a provider submitted."""
    form = OutturnForm(request.POST)
    if not form.is_valid():
        return _with_form(request, "Record a submitted outturn", "finance:submit_outturn", form)
    given = form.cleaned_data
    position.submit_outturn(
        by=request.actor, provider_code=given["provider_code"].strip().upper(), pence=given["pounds"]
    )  # type: ignore[attr-defined]
    messages.success(request, "The outturn is recorded")
    return redirect("finance:overview")


@page(CHANGE, purpose=PLANNING, methods=("GET", "POST"))
def own_pod(request: HttpRequest) -> HttpResponse:
    """Answer one local point of delivery, named by its three-part key."""
    key = tuple(request.GET.get(name, "") for name in ("provider", "local", "tariff"))
    held = local_pods.one(by=request.actor, key=key)  # type: ignore[attr-defined, arg-type]
    first = {
        "owner": held.owner, "pod": held.decided, "first_month": held.decided_from, "last_month": held.decided_to, "base_version": held.version,
    }  # fmt: skip
    form, status = PodForm(request.POST or None, initial=first), 200 if request.method == "GET" else 422
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            local_pods.own_pod(by=request.actor, key=held.key, **{**given, "base_version": given["base_version"] or 0})  # type: ignore[attr-defined]
        except BadInput as wrong:
            form.add_error(wrong.where if wrong.where in form.fields else None, f"{wrong.message}: {wrong.value}")
        except Busy as clash:
            form.add_error(None, f"{clash.message}: it is now {clash.value}. Save again to put yours in its place.")
            now = local_pods.one(by=request.actor, key=held.key)  # type: ignore[attr-defined]
            form.data, status = {**form.data.dict(), "base_version": str(now.version)}, 409  # type: ignore[attr-defined]
        else:
            counted = (
                f"it counts as {given['pod']} on every page from now on"
                if given["pod"]
                else f"{given['owner']} looks at it"
            )
            messages.success(request, f"Kept: {counted}")
            return redirect("finance:reconciliation")
    return _show(request, presenters.local_pod_page(held), status, forms=[("Answer it", "", form)])


def _with_form(request: HttpRequest, title: str, action: str, form: object) -> HttpResponse:
    shown = presenters.Page(title, trail=[("Money", presenters.reverse("finance:overview"))])
    return _show(request, shown, 422, forms=[(title, action, form)])


@page(SEE, purpose=PLANNING)
def load(request: HttpRequest) -> HttpResponse:
    """Templates, the form to send one back, and what was taken."""
    return _load(request, ImportForm())


def _load(
    request: HttpRequest, form: ImportForm, outcome: importing.Outcome | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form, "outcome": outcome, "taken": importing.taken(by=request.actor), "kinds": ImportForm.base_fields["kind"].choices,  # type: ignore[attr-defined]
        "may": can(request.actor, CHANGE),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "finance/load.jinja", context, status=status)


@page(CHANGE, purpose=PLANNING, methods=("POST",))
def take(request: HttpRequest) -> HttpResponse:
    """Load a spreadsheet: all of it, or none with an error for each cell."""
    form = ImportForm(request.POST, request.FILES)
    say_if_too_large(request, form, "file")
    if not form.is_valid():
        return _load(request, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        outcome = importing.take(by=request.actor, kind=form.cleaned_data["kind"], content=sent.read(), name=sent.name)  # type: ignore[attr-defined]
    except CommonwealError as error:
        form.add_error("file", error_words(error))
        return _load(request, form, status=422)
    if outcome.errors:
        return _load(request, form, outcome, 422)
    messages.success(request, f"{outcome.rows:,} rows are taken")
    return redirect("finance:load")


@page(SEE, purpose=PLANNING)
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty spreadsheet to fill in."""
    content = importing.template(by=request.actor, kind=kind)  # type: ignore[attr-defined]
    return _file(content, packs.FORMATS["xlsx"][1], f"{kind.replace('_', '-')}-template.xlsx")


@page(EXPORT, purpose=PLANNING)
def pack(request: HttpRequest, kind: str) -> HttpResponse:
    """The monthly pack as a file."""
    return _file(*packs.made(by=request.actor, kind=kind))  # type: ignore[attr-defined]


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@page(SEE, purpose=PLANNING)
def documents(request: HttpRequest) -> HttpResponse:
    """The source documents' own tables, derived again."""
    return _show(request, printed.page())
