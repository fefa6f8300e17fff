"""Forms about schemes, one for each section of a scheme's page. Amounts are typed in pounds and kept in pence."""

# pyright: reportCallIssue=false

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.schemes import STRANDS
from commonweal.web.finance.forms import DAY, STATES, PoundsField, pounds_text
from commonweal.web.finance.models import SchemeRecord

MONTHS = ("April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March")  # fmt: skip


def _words(label: str, rows: int = 3, help_text: str = "", length: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=length, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )


class SectionForm(forms.Form):
    """Fields of one section. `values` are the record's fields to save; `first` the initial values of a record."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def first(cls, record: SchemeRecord) -> dict[str, Any]:
        return {name: getattr(record, name) for name in cls.base_fields if hasattr(record, name)}

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "base_version"}


class DetailsForm(SectionForm):
    """What a scheme is, who owns it and what it is expected to save."""

    title = forms.CharField(label="Title", max_length=300)
    gross = PoundsField(label="Gross saving in the year, in pounds")
    investment = PoundsField(label="Investment in the year, in pounds", required=False, min_value=0)
    start = forms.DateField(label="Start", required=False, widget=DAY, help_text="Any day of its first month")
    recurrent = forms.BooleanField(label="It recurs in later years", required=False)
    cash_releasing = forms.BooleanField(label="It releases cash (leave empty for a cost avoided)", required=False)
    strand = forms.ChoiceField(
        label="Strand", required=False, choices=[("", "None"), *((key, f"{key.capitalize()}: {says}") for key, says in STRANDS.items())],
        help_text="Strand four needs quality and equality assessments before approval",
    )  # fmt: skip
    category = forms.CharField(
        label="Category", max_length=100, required=False, help_text="Demand, pathway, medicines, continuing care, estates, …"
    )  # fmt: skip
    senior_owner = forms.CharField(label="Senior owner", max_length=200, required=False)
    clinical_lead = forms.CharField(label="Clinical lead", max_length=200, required=False)
    finance_lead = forms.CharField(label="Finance lead", max_length=200, required=False)
    confidence = forms.DecimalField(
        label="Confidence", required=False, min_value=Decimal(0), max_value=Decimal(1), decimal_places=3,
        help_text="0 to 1; empty takes the weight of its maturity",
    )  # fmt: skip
    note = _words("Note")

    @classmethod
    def first(cls, record: SchemeRecord) -> dict[str, Any]:
        held = super().first(record)
        return {**held, "gross": pounds_text(record.gross_pence), "investment": pounds_text(record.investment_pence)}

    def values(self) -> dict[str, Any]:
        held = super().values()
        gross, investment = held.pop("gross"), held.pop("investment")
        return {**held, "gross_pence": gross, "investment_pence": investment or 0}


class NewSchemeForm(DetailsForm):
    """The same of a scheme that is not there yet, with its reference."""

    reference = forms.SlugField(
        label="Reference", max_length=60, help_text="Letters, digits and hyphens; unique in its year"
    )
    year = forms.CharField(label="Financial year", max_length=7, help_text="As 2026/27")

    field_order: ClassVar = ["reference", "year"]

    def clean_year(self) -> str:
        try:
            return str(FinancialYear.parse(self.cleaned_data["year"]))
        except BadInput as wrong:
            raise forms.ValidationError(f"{wrong.message}. {wrong.remedy}".strip()) from None

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name not in ("reference", "year")}


class AssessmentForm(SectionForm):
    """Where the quality and equality assessments stand, on which approval may wait."""

    quality = forms.ChoiceField(label="Quality impact assessment", choices=STATES, required=False)
    equality = forms.ChoiceField(label="Equality impact assessment", choices=STATES, required=False)
    data_protection = forms.ChoiceField(label="Data protection assessment", choices=STATES, required=False)
    contract_variation = forms.CharField(
        label="Contract variation", max_length=100, required=False, help_text="Its reference"
    )
    evidence_grade = forms.ChoiceField(
        label="Evidence grade", required=False, choices=[("", "Not graded"), *((letter, letter) for letter in "ABCDE")]
    )
    evaluation_method = forms.CharField(label="How it will be evaluated", max_length=300, required=False)
    cohort = forms.SlugField(
        label="Programme in the record", max_length=60, required=False,
        help_text="The name under which its members arrive; delivery is then measured on them",
    )  # fmt: skip

    @classmethod
    def first(cls, record: SchemeRecord) -> dict[str, Any]:
        return {**super().first(record), **record.assessments}

    def values(self) -> dict[str, Any]:
        held = super().values()
        states = {name: held.pop(name) for name in ("quality", "equality", "data_protection")}
        return {**held, "assessments": {name: state for name, state in states.items() if state}}


class DeliveryForm(SectionForm):
    """What was delivered so far, and what is done about slippage."""

    delivered = PoundsField(
        label="Delivered so far, in pounds", required=False, help_text="Measured; leave empty where nothing was"
    )
    counterfactual = _words("Measured against", 3, "What would have happened without the scheme, and how that is known")
    slippage_reason = _words("Why it slips")
    mitigation = _words("Mitigation")

    @classmethod
    def first(cls, record: SchemeRecord) -> dict[str, Any]:
        return {**super().first(record), "delivered": pounds_text(record.delivered_pence)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("delivered") is not None and not cleaned.get("counterfactual"):
            self.add_error("counterfactual", "Say what delivery is measured against")
        return cleaned

    def values(self) -> dict[str, Any]:
        held = super().values()
        delivered = held.pop("delivered")
        return {**held, "delivered_pence": delivered}


class OverlapForm(SectionForm):
    """The group of schemes that act on the same money."""

    overlap_group = forms.CharField(
        label="Overlap group", max_length=100, required=False,
        help_text="Schemes that act on the same activity share a name here; together they save no more than it costs",
    )  # fmt: skip


class PhasingForm(SectionForm):
    """Twelve weights. Empty ones are nothing; all empty is an even spread from the start."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for place, month in enumerate(MONTHS, start=1):
            self.fields[f"month_{place}"] = forms.DecimalField(
                label=month, required=False, min_value=Decimal(0), max_digits=12, decimal_places=4
            )

    @classmethod
    def first(cls, record: SchemeRecord) -> dict[str, Any]:
        return {f"month_{place}": weight for place, weight in enumerate(record.phasing, start=1)}

    def values(self) -> dict[str, Any]:
        weights = [self.cleaned_data[f"month_{place}"] for place in range(1, 13)]
        if all(weight is None for weight in weights):
            return {"phasing": []}
        return {"phasing": [f"{(weight or Decimal(0)).normalize():f}" for weight in weights]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [cleaned.get(f"month_{place}") for place in range(1, 13)]
        if any(weight is not None for weight in given) and not any(given):
            self.add_error("month_1", "At least one month needs a weight above nothing; or leave all twelve empty")
        return cleaned


class RowForm(forms.Form):
    """One row of a list. A row left empty is taken away; a row begun needs the fields that are required."""

    def full_clean(self) -> None:
        if self.is_bound and self.blank():
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def blank(self) -> bool:
        """Whether nothing was typed in any field."""
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.fields)

    def stored(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, date) else value for name, value in self.cleaned_data.items()
        }


def _pod(label: str = "Point of delivery") -> forms.CharField:
    return forms.CharField(label=label, max_length=20)


def _code(label: str, length: int = 20, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required)


class MilestoneRow(RowForm):
    """One milestone of a scheme."""

    title = forms.CharField(label="Milestone", max_length=200)
    due = forms.DateField(label="Due", widget=DAY)
    done = forms.DateField(label="Done on", required=False, widget=DAY)


class ImpactRow(RowForm):
    """What a scheme changes at one provider and point of delivery."""

    provider_code = _code("Provider code")
    pod = _pod()
    treatment_function_code = _code("Specialty", 10, required=False)
    activity = forms.DecimalField(
        label="Activity in a full year",
        decimal_places=4,
        max_digits=16,
        help_text="Less of it: negative",
    )
    average_price = PoundsField(label="Average price, in pounds", min_value=0)
    marginal_price = PoundsField(label="Marginal price, in pounds", min_value=0)

    def stored(self) -> dict[str, Any]:
        held = self.cleaned_data
        return {
            "provider_code": held["provider_code"].strip().upper(), "pod": held["pod"].strip().upper(),
            "treatment_function_code": held["treatment_function_code"].strip(),
            "activity": f"{held['activity'].normalize():f}",
            "average_price_pence": held["average_price"], "marginal_price_pence": held["marginal_price"],
        }  # fmt: skip


class InvestmentRow(RowForm):
    """One provider that receives part of a scheme's investment."""

    provider_code = _code("Provider code")
    amount = PoundsField(label="Receives in the year, in pounds", min_value=0)

    def stored(self) -> dict[str, Any]:
        """The row as the record holds it, in pence."""
        held = self.cleaned_data
        return {"provider_code": held["provider_code"].strip().upper(), "pence": held["amount"]}


class StopRow(RowForm):
    """Activity that should have stopped, for the decommissioning check."""

    provider_code = _code("Provider code")
    pod = _pod()
    treatment_function_code = _code("Specialty", 10, required=False)
    first_month = forms.DateField(label="From this month none is paid", widget=DAY, help_text="Any day of it")

    def stored(self) -> dict[str, Any]:
        held = self.cleaned_data
        return {
            "provider_code": held["provider_code"].strip().upper(), "pod": held["pod"].strip().upper(),
            "treatment_function_code": held["treatment_function_code"].strip(),
            "first_month": held["first_month"].replace(day=1).isoformat(),
        }  # fmt: skip


ROWS: dict[str, tuple[str, type[RowForm]]] = {
    "milestones": ("milestones", MilestoneRow),
    "activity": ("impact", ImpactRow),
    "investment": ("investments", InvestmentRow),
    "stops": ("stops", StopRow),
}
SECTIONS: dict[str, tuple[str, str, type[SectionForm]]] = {
    "details": ("What it is and is worth", "", DetailsForm),
    "phasing": ("Phasing", "Weights of the twelve months; the year's value is spread by them. All empty: evenly from the start.", PhasingForm),
    "milestones": ("Milestones", "A row left empty is taken away.", SectionForm),
    "activity": ("Activity that changes", "By provider and point of delivery, in a full year, at average and marginal price. A row left empty is taken away.", SectionForm),
    "investment": ("Who receives the investment", "By provider. What is left of the scheme's investment is placed with no provider. A row left empty is taken away.", SectionForm),
    "stops": ("Activity that stops", "What a decommissioning scheme ends: what is still paid for after that month is listed on the scheme's page.", SectionForm),
    "assessments": ("Assessments and evidence", "", AssessmentForm),
    "delivery": ("Delivery and slippage", "", DeliveryForm),
    "overlap": ("Overlap with other schemes", "", OverlapForm),
}  # fmt: skip
"""Section → heading, what it says, form. Those in `ROWS` have rows beside."""


def rows_of(section: str, record: SchemeRecord) -> list[dict[str, Any]]:
    """The initial rows of a section that has them."""
    held: list[Mapping[str, Any]] = getattr(record, ROWS[section][0])
    first = [dict(row) for row in held]
    for row in first:
        for name in ("average_price", "marginal_price"):
            if f"{name}_pence" in row:
                row[name] = pounds_text(row[f"{name}_pence"])
        if "pence" in row:
            row["amount"] = pounds_text(row["pence"])
    return first


class CeilingForm(forms.Form):
    """The most that a group of overlapping schemes can save together."""

    group = forms.CharField(widget=forms.HiddenInput)
    base_version = forms.IntegerField(widget=forms.HiddenInput)
    ceiling = PoundsField(label="What that activity costs in the year, in pounds", min_value=0)
    says = forms.CharField(label="Where the figure comes from", max_length=300)
