"""Kinds of field that the commissioning forms share."""

from __future__ import annotations

import datetime

from django import forms
from django.utils import timezone


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
