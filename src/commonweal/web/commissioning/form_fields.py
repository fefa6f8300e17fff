"""Kinds of field that the commissioning forms share."""

from __future__ import annotations

import datetime

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear


def day(label: str, *, required: bool = False, initial: object = None) -> forms.DateField:
    """A date that the browser helps to type."""
    return forms.DateField(
        label=label,
        required=required,
        initial=initial,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def long_text(label: str, *, required: bool = False, rows: int = 3, help_text: str = "") -> forms.CharField:
    """A field of several lines."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=20_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class FinancialYearField(forms.CharField):
    """A financial year, kept as ``2026/27`` however it was typed: rows of one year are added up by these words."""

    def __init__(self, **kwargs) -> None:
        super().__init__(max_length=10, **kwargs)

    def clean(self, value: object) -> str:
        text = super().clean(value)
        try:
            return str(FinancialYear.parse(text)) if text else ""
        except BadInput as error:
            raise forms.ValidationError("Write the year as 2026/27") from error


holds_a_year = RegexValidator(r"\b(19|20)\d\d\b", "Write the year, such as 2026/27")
"""Documents plan for ``2019/20-2023/24`` and ``to 2030``: all of them say a year."""


def today() -> datetime.date:
    """Today where the service is."""
    return timezone.localdate()


def pounds(label: str, *, required: bool = False) -> forms.DecimalField:
    """A field of pounds and pence."""
    return forms.DecimalField(label=label, required=required, decimal_places=2, max_digits=16, help_text="In pounds")


def to_pence(value: object) -> int | None:
    """Pounds as whole pence; None stays None."""
    return None if value is None else int(value * 100)  # type: ignore[operator]


YES_NO = [("", "Not answered"), ("yes", "Yes"), ("no", "No")]


def yes_no(text: str) -> bool | None:
    """An answer as true or false; None where it was not answered."""
    return {"yes": True, "no": False}.get(text)


class SectionForm(forms.Form):
    """A form that may share its page with others: the ids of its fields carry the form's own name."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.removesuffix('Form').lower()}_%s")
        super().__init__(*args, **kwargs)
