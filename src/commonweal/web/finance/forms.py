"""Forms about money: amounts are typed in pounds and kept in pence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from commonweal.finance.pod_mapping import NATIONAL_PODS
from commonweal.finance.schemes import MATURITIES
from commonweal.web.finance.models import Import

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
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


def pounds_text(pence: int | None) -> str:
    """Pence as a pounds field shows them; empty for none."""
    if pence is None:
        return ""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100}.{abs(pence) % 100:02d}"


class ImportForm(forms.Form):
    """A spreadsheet to load, and what it holds."""

    kind = forms.ChoiceField(label="What it holds", choices=Import.Kind.choices)
    file = forms.FileField(label="Spreadsheet (.xlsx)", widget=forms.FileInput(attrs={"accept": ".xlsx"}))


class AdjustmentForm(forms.Form):
    """A known change to the forecast, with its owner."""

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
    """The outturn that a provider submitted."""

    provider_code = forms.CharField(label="Provider code", max_length=20)
    pounds = PoundsField(label="Their outturn for the year, in pounds")


class AdvanceForm(forms.Form):
    """The next maturity of a scheme."""

    to = forms.ChoiceField(
        label="Move to", choices=[(name, name.replace("_", " ").capitalize()) for name in MATURITIES]
    )


def pod_choices() -> list[tuple[str, Any]]:
    """National points of delivery to choose from, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, words in NATIONAL_PODS.items():
        groups.setdefault(words.split(":")[0], []).append((code, code))
    return [("", "Open: not decided yet"), *groups.items()]


class PodForm(forms.Form):
    """Who looks at an unmapped local point of delivery, and what it is."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    owner = forms.CharField(label="Who looks at it", max_length=200)
    pod = forms.ChoiceField(label="National point of delivery", required=False, choices=pod_choices)
    first_month = forms.DateField(
        label="From month", required=False, widget=DAY, help_text="Any day of it; empty: from the start"
    )
    last_month = forms.DateField(label="To month", required=False, widget=DAY, help_text="Empty: until it is changed")
    note = forms.CharField(label="Why", max_length=300, required=False)


class ChallengeForm(forms.Form):
    """The next step of a challenge: `steps` are the statuses that may follow."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    status = forms.ChoiceField(label="It becomes")
    owner = forms.CharField(label="Who owns it", max_length=200)
    note = forms.CharField(label="Note", max_length=300, required=False, help_text="Name no patient")

    def __init__(self, steps: tuple[str, ...], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["status"].choices = [(step, step.capitalize()) for step in steps]  # type: ignore[attr-defined]
