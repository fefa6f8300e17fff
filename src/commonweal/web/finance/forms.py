"""Forms about money: amounts are typed in pounds and kept in pence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from commonweal.finance.schemes import MATURITIES
from commonweal.web.finance.models import Import

STATES = [("", "Not started"), ("in_progress", "In progress"), ("screened_out", "Screened out"), ("done", "Done")]


class PoundsField(forms.DecimalField):
    """Pounds with at most two decimals, as whole pence."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=15, decimal_places=2, localize=False, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            str(value).replace("£", "").replace(",", "") if value not in self.empty_values else value
        )

    def clean(self, value: Any) -> int | None:
        pounds = super().clean(value)
        return None if pounds is None else int(pounds * 100)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"inputmode": "decimal"}


class ImportForm(forms.Form):
    kind = forms.ChoiceField(label="What it holds", choices=Import.Kind.choices)
    file = forms.FileField(label="Spreadsheet (.xlsx)", widget=forms.FileInput(attrs={"accept": ".xlsx"}))


class AdjustmentForm(forms.Form):
    title = forms.CharField(label="What changes", max_length=200)
    owner = forms.CharField(label="Who owns it", max_length=200)
    pounds = PoundsField(label="Effect in the year, in pounds", help_text="Costs more: positive. Costs less: negative")
    probability = forms.DecimalField(
        label="Probability",
        min_value=Decimal(0),
        max_value=Decimal(1),
        decimal_places=3,
        initial=Decimal(1),
        help_text="0 to 1",
    )
    provider_code = forms.CharField(label="Provider code", max_length=20, required=False, help_text="Empty: the system")


class OutturnForm(forms.Form):
    provider_code = forms.CharField(label="Provider code", max_length=20)
    pounds = PoundsField(label="Their outturn for the year, in pounds")


class SchemeForm(forms.Form):
    senior_owner = forms.CharField(label="Senior owner", max_length=200, required=False)
    quality = forms.ChoiceField(label="Quality impact assessment", choices=STATES, required=False)
    equality = forms.ChoiceField(label="Equality impact assessment", choices=STATES, required=False)
    data_protection = forms.ChoiceField(label="Data protection assessment", choices=STATES, required=False)
    delivered = PoundsField(
        label="Delivered so far, in pounds", required=False, help_text="Measured; leave empty where nothing was"
    )
    counterfactual = forms.CharField(
        label="Measured against", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What would have happened without the scheme, and how that is known",
    )  # fmt: skip
    mitigation = forms.CharField(
        label="Slippage and mitigation", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("delivered") is not None and not cleaned.get("counterfactual"):
            self.add_error("counterfactual", "Say what delivery is measured against")
        return cleaned


class AdvanceForm(forms.Form):
    to = forms.ChoiceField(
        label="Move to", choices=[(name, name.replace("_", " ").capitalize()) for name in MATURITIES]
    )


class PodForm(forms.Form):
    provider_code = forms.CharField(max_length=20, widget=forms.HiddenInput, required=False)
    local_pod = forms.CharField(max_length=40, widget=forms.HiddenInput, required=False)
    tariff_code = forms.CharField(max_length=40, widget=forms.HiddenInput, required=False)
    owner = forms.CharField(label="Owner", max_length=200)
    pod = forms.CharField(
        label="National point of delivery", max_length=20, required=False, help_text="Empty while it is open"
    )
    first_month = forms.DateField(label="From month", required=False, widget=forms.DateInput(attrs={"type": "date"}))
