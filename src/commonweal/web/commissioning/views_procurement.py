"""The pipeline, both decision walks, and the contract register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.commissioning.procurement import provider_selection, regulations_2013, waivers
from commonweal.commissioning.procurement.regime import Regime
from commonweal.web.commissioning import forms_procurement as forms
from commonweal.web.commissioning import pictures, presenters
from commonweal.web.commissioning.form_fields import to_pence, yes_no
from commonweal.web.commissioning.services import procurement, procurement_record
from commonweal.web.core.access import page


@page("commissioning.procure", purpose="planning")
def pipeline(request: HttpRequest) -> HttpResponse:
    """What will be procured, when, for how much, under which law."""
    return _pipeline(request, forms.PlanProcurementForm())


def _pipeline(request: HttpRequest, form, status: int = 200) -> HttpResponse:
    rows = procurement.pipeline(by=request.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "commissioning/pipeline.jinja",
        {
            "rows": [(row, procurement.regime(row)) for row in rows],
            "enhanced": procurement.enhanced_services(by=request.actor),  # type: ignore[attr-defined]
            "spend": [
                (year, count, presenters.money(pence), unknown)
                for year, count, pence, unknown in procurement.spend_by_year(rows)
            ],
            "total": sum(row.annual_value_pence or 0 for row in rows),
            "charts": pictures.pipeline(rows),
            "form": form,
            "present": presenters,
        },
        status=status,
    )


@page("commissioning.procure", purpose="planning", methods=("POST",))
def plan(request: HttpRequest) -> HttpResponse:
    """Put a procurement into the pipeline."""
    form = forms.PlanProcurementForm(request.POST)
    if not form.is_valid():
        return _pipeline(request, form, 422)
    data = form.cleaned_data
    row = procurement.create(
        by=request.actor,  # type: ignore[attr-defined]
        service=data["service"],
        decision_on=data["decision_on"],
        intention_reference=data["intention"],
        annual_value_pence=to_pence(data["annual_value"]),
    )
    return redirect("commissioning:procurement", row.reference)


@page("commissioning.procure", purpose="planning")
def procurement_page(request: HttpRequest, reference: str) -> HttpResponse:
    """One procurement: the law, the walk, notices and clocks, the record."""
    return one_procurement(request, reference)


def one_procurement(request: HttpRequest, reference: str, status: int = 200, **shown: object) -> HttpResponse:
    """The page of one procurement; `shown` replaces a form by the one that was typed wrong."""
    row = procurement.get(by=request.actor, reference=reference)  # type: ignore[attr-defined]
    answer = procurement.regime(row)
    dues, standstill = procurement.clocks(row)
    first = {
        "base_version": row.version,
        "decision_on": row.decision_on,
        "started_on": row.started_on,
        "health_care": row.health_care,
        "lifetime_value": (row.lifetime_value_pence or 0) / 100 if row.lifetime_value_pence is not None else None,
        "decided_by": "; ".join(row.decided_by),
        **{name: getattr(row, name) for name in procurement.RECORD},
        "intention_on": row.intention_on,
        "intention_to_award_on": row.intention_to_award_on,
    }
    waiver = procurement_record.waiver_of(row)
    base = {"base_version": row.version}
    weights = {f"weight_{key}": value for key, value in row.criteria.items()}
    values = {
        "row": row,
        "present": presenters,
        "regime": answer,
        "old": answer.regime is Regime.REGULATIONS_2013,
        "new": answer.regime is Regime.PROVIDER_SELECTION,
        "walk": procurement.walk_2013(row) if answer.regime is Regime.REGULATIONS_2013 else None,
        "route": procurement.walk_2023(row) if answer.regime is Regime.PROVIDER_SELECTION else None,
        "tree": [(node, regulations_2013.items(node)) for node in "TABCG"],
        "questions": provider_selection.QUESTIONS,
        "dues": dues,
        "standstill": standstill,
        "missing": procurement.what_is_missing(row),
        "details_form": forms.DetailsForm(initial=first),
        "criteria_form": forms.CriteriaForm(initial={**base, **weights}),
        "criteria_words": provider_selection.KEY_CRITERIA,
        "scoring": procurement_record.scoring_of(row),
        "provider_form": forms.ScoreProviderForm(initial=base),
        "waiver": waiver,
        "waiver_remarks": waivers.remarks(waiver, process_required=procurement.must_follow(row)) if waiver else (),
        "waiver_form": forms.WaiverForm(initial={**base, **(forms.WaiverForm.initial_of(waiver) if waiver else {})}),
        "notice_form": forms.AwardNoticeForm(initial=base),
        "abandon_form": forms.AbandonForm(initial=base),
        "interest_form": forms.InterestForm(),
        "representation_form": forms.RepresentationForm(),
        "answer_form": forms.RepresentationAnswerForm(),
        "award_form": forms.AwardForm(initial=base),
        **shown,
    }
    return render(request, "commissioning/procurement.jinja", values, status=status)


def _typed_answers(request: HttpRequest) -> dict[str, tuple[bool | None, str]]:
    """Answers of the form: ``answer.<key>`` is yes, no or empty, ``evidence.<key>`` is text."""
    keys = [name.removeprefix("answer.") for name in request.POST if name.startswith("answer.")]
    return {
        key: (yes_no(request.POST[f"answer.{key}"]), request.POST.get(f"evidence.{key}", "").strip()[:2000])
        for key in keys
    }


@page("commissioning.procure", purpose="planning", methods=("POST",))
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer questions of the walk."""
    version = request.POST.get("base_version", "")
    procurement.answer(
        by=request.actor,  # type: ignore[attr-defined]
        reference=reference,
        answers=_typed_answers(request),
        base_version=int(version) if version.isdigit() else 0,
    )
    return redirect("commissioning:procurement", reference)


def kept(
    request: HttpRequest, reference: str, name: str, form, keep: Callable[[dict[str, Any]], object], said: str = ""
) -> HttpResponse:
    """Keep what was typed in one form of a procurement's page, say so, and show the page; or the page with what is wrong.

    `name` is the form on the page; `keep` takes the form's cleaned values.
    """
    if not form.is_valid():
        return one_procurement(request, reference, 422, **{name: form})
    keep(form.cleaned_data)
    if said:
        messages.success(request, said)
    return redirect("commissioning:procurement", reference)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def details(request: HttpRequest, reference: str) -> HttpResponse:
    """Dates, values and the decision record."""
    form, by = forms.DetailsForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement.set_details(by=by, reference=reference, values=form.values(), base_version=typed["base_version"])

    return kept(request, reference, "details_form", form, keep, "The details are kept")


@page("commissioning.procure", purpose="planning", methods=("POST",))
def criteria(request: HttpRequest, reference: str) -> HttpResponse:
    """Weigh the five key criteria."""
    form, by = forms.CriteriaForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        weights = form.weights()
        reasons = dict.fromkeys(weights, str(typed["reason"]))
        procurement.set_criteria(
            by=by, reference=reference, weights=weights, reasons=reasons, base_version=typed["base_version"]
        )

    return kept(request, reference, "criteria_form", form, keep, "The criteria are weighed")


@page("commissioning.procure", purpose="planning", methods=("POST",))
def declare(request: HttpRequest, reference: str) -> HttpResponse:
    """Declare an interest, or none."""
    form, by = forms.InterestForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement.declare(by=by, reference=reference, **typed)

    return kept(request, reference, "interest_form", form, keep)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def represent(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a provider's representation."""
    form, by = forms.RepresentationForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement.represent(by=by, reference=reference, **typed)

    return kept(request, reference, "representation_form", form, keep)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def answer_representation(request: HttpRequest, reference: str, representation_id: int) -> HttpResponse:
    """Answer a representation."""
    form, by = forms.RepresentationAnswerForm(request.POST), request.actor  # type: ignore[attr-defined]

    def keep(typed: dict[str, Any]) -> None:
        procurement.answer_representation(by=by, representation_id=representation_id, **typed)

    return kept(request, reference, "answer_form", form, keep)


@page("commissioning.procure", purpose="planning", methods=("POST",))
def award(request: HttpRequest, reference: str) -> HttpResponse:
    """Award the contract, when the record is complete and the clocks have run."""
    form = forms.AwardForm(request.POST)
    if not form.is_valid():
        return one_procurement(request, reference, 422, award_form=form)
    made = procurement.award(by=request.actor, reference=reference, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, f"{made.reference} is in the contract register")
    return redirect("commissioning:contracts")


@page("commissioning.procure", purpose="planning")
def contracts(request: HttpRequest) -> HttpResponse:
    """Contracts, what runs out, and the annual summary."""
    return _contracts(request, forms.ModificationForm(), forms.ContractForm())


def _contracts(request: HttpRequest, form, contract_form, status: int = 200) -> HttpResponse:
    found = procurement.contracts(by=request.actor, year=request.GET.get("year", ""))  # type: ignore[attr-defined]
    changes = [(row, forms.ModificationForm(auto_id=f"id_{row.pk}_%s")) for row in found.contracts]
    summary = [
        (route.capitalize(), count, presenters.money(found.summary.value_pence[route]))
        for route, count in sorted(found.summary.counts.items())
    ]
    return render(
        request,
        "commissioning/contracts.jinja",
        {
            "found": found,
            "form": form,
            "present": presenters,
            "summary_rows": summary,
            "contract_form": contract_form,
            "changes": changes,
        },
        status=status,
    )


@page("commissioning.procure", purpose="planning", methods=("POST",))
def add_contract(request: HttpRequest) -> HttpResponse:
    """Put a contract that already runs into the register."""
    form = forms.ContractForm(request.POST)
    if not form.is_valid():
        return _contracts(request, forms.ModificationForm(), form, 422)
    made = procurement.add_contract(by=request.actor, **form.values())  # type: ignore[attr-defined]
    messages.success(request, f"{made.reference} is in the register")
    return redirect("commissioning:contracts")


@page("commissioning.procure", purpose="planning", methods=("POST",))
def modify(request: HttpRequest, reference: str) -> HttpResponse:
    """Test and record a change to a contract."""
    form = forms.ModificationForm(request.POST)
    if not form.is_valid():
        return _contracts(request, form, forms.ContractForm(), 422)
    data = form.cleaned_data
    found = procurement.modify(
        by=request.actor,  # type: ignore[attr-defined]
        reference=reference,
        made_on=data["made_on"],
        change=data["change"],
        value_change_pence=to_pence(data["value_change"]) or 0,
        different_character=data["different_character"],
        by_authority=data["by_authority"],
    )
    messages.success(request, " ".join(("The change is recorded.", *found.legal_advice)))
    return redirect("commissioning:contracts")
