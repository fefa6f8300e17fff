"""Pages about contracts: the form of each by year, what every form would pay, and where a line's money comes from."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput, Busy
from commonweal.finance.contract_comparison import FORMS
from commonweal.web.core.access import page
from commonweal.web.core.permissions import can
from commonweal.web.finance import contract_presenters as presenters
from commonweal.web.finance.contract_forms import ChooseForm, TermsForm
from commonweal.web.finance.services import contracts, trace

SEE, CHANGE = "finance.see", "finance.change"
PLANNING = "planning"


@page(SEE, purpose=PLANNING)
def contract_list(request: HttpRequest) -> HttpResponse:
    """Every provider's contract form this year, and what it pays."""
    return render(
        request, "finance/page.jinja", {"page": presenters.contracts_page(*contracts.contracts(by=request.actor))}
    )


@page(SEE, purpose=PLANNING)
def contract(request: HttpRequest, provider: str) -> HttpResponse:
    """One provider's activity under each of the twelve forms, and its form by year."""
    found = contracts.contract(by=request.actor, provider=provider, year=request.GET.get("year", ""))
    choose = ChooseForm(initial={"form": found.agreed.form if found.agreed else ""})
    context = {
        "page": presenters.contract_page(found, provider), "choose": choose, "provider": provider,
        "year_slug": found.year_name.replace("/", "-"), "may": can(request.actor, CHANGE),
    }  # fmt: skip
    return render(request, "finance/contract.jinja", context)


@page(CHANGE, purpose=PLANNING, methods=("GET", "POST"))
def terms(request: HttpRequest, provider: str, year: str) -> HttpResponse:
    """Enter or change the form of a contract with its terms."""
    name = year.replace("-", "/")
    held = contracts.terms_of(by=request.actor, provider=provider, year=name)
    wanted = request.POST.get("form") or request.GET.get("form") or (held.form if held else "")
    if wanted not in FORMS:
        raise BadInput("no such contract form", value=wanted, remedy=f"one of {', '.join(FORMS)}")
    status = 200
    if request.method == "POST":
        form, status = TermsForm(wanted, request.POST), 422
        if form.is_valid():
            try:
                contracts.set_terms(
                    by=request.actor, provider=provider, year=name, form=wanted, terms=form.terms(),
                    agreed_in=form.cleaned_data["agreed_in"], base_version=form.cleaned_data["base_version"] or 0,
                )  # fmt: skip
            except Busy as clash:
                form.add_error(None, f"{clash.message}: it is now {clash.value}. Save again to put yours in its place.")
                now = contracts.terms_of(by=request.actor, provider=provider, year=name)
                form.data, status = {**form.data.dict(), "base_version": str(now.version if now else 0)}, 409
            except BadInput as wrong:
                form.add_error(wrong.where if wrong.where in form.fields else None, f"{wrong.message}: {wrong.value}")
            else:
                messages.success(request, "The contract's form is recorded")
                return redirect(f"{presenters.reverse('finance:contract', args=[provider])}?year={name}")
    else:
        same = held.terms if held and held.form == wanted else {}
        first = {
            **same,
            "base_version": held.version if held else 0,
            "agreed_in": held.agreed_in if held else "",
            "form": wanted,
        }
        form = TermsForm(wanted, initial=first)
    context = {
        "form": form,
        "title": FORMS[wanted].title,
        "says": FORMS[wanted].says,
        "provider": provider,
        "year": name,
    }
    return render(request, "finance/terms.jinja", context, status=status)


@page(SEE, purpose=PLANNING)
def traced(request: HttpRequest, provider: str, pod: str) -> HttpResponse:
    """The contract lines, files and contacts behind one line of the position."""
    pod = "" if pod == "not stated" else pod
    found = trace.trace(by=request.actor, provider=provider, pod=pod, month=request.GET.get("month", ""))
    return render(request, "finance/page.jinja", {"page": presenters.trace_page(found)})


@page(SEE, purpose=PLANNING)
def breakdown(request: HttpRequest, by: str, key: str) -> HttpResponse:
    """The lines behind one row of a position."""
    found = trace.breakdown(by=request.actor, dimension=by, key=key)
    return render(request, "finance/page.jinja", {"page": presenters.breakdown_page(found)})
