"""Forms about lists."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from django import forms

from commonweal.web.lists.models import DEFAULT_CAPACITY, DEFAULT_QUIET_DAYS, WorkingList
from commonweal.web.lists.reasons import DECLINE_REASONS

MOST_ROWS = 2000


class ActForm(forms.Form):
    """What to do about the people that were ticked."""

    verb = forms.ChoiceField(
        label="What to do",
        choices=[
            ("done", "Done"), ("assign", "Assign to a colleague"), ("defer", "Defer"), ("decline", "Take off the list"),
            ("note", "Add a note"), ("reopen", "Put back on the list"),
        ],
    )  # fmt: skip
    assigned_to = forms.TypedChoiceField(label="Colleague", required=False, coerce=int, empty_value=None, choices=())
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.ChoiceField(
        label="Why taken off", required=False, choices=[("", "Choose a reason"), *DECLINE_REASONS.items()]
    )
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, colleagues: Iterable = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose a colleague"), *[(user.pk, user.name) for user in colleagues]]
        self.fields["assigned_to"].choices = choices  # type: ignore[attr-defined]


class ListForm(forms.Form):
    """What every list of one's own has."""

    title = forms.CharField(label="Name of the list", max_length=200)
    capacity = forms.IntegerField(
        label="How many people to show at a time", min_value=1, max_value=500, initial=DEFAULT_CAPACITY
    )
    quiet_days = forms.IntegerField(
        label="Days that somebody who was seen stays folded away",
        min_value=0,
        max_value=730,
        initial=DEFAULT_QUIET_DAYS,
    )
    shared = forms.ChoiceField(label="Who may see it", choices=WorkingList.Shared.choices, initial="organisation")


COMBINED = ("all_of", "any_of", "none_of")


class CombinationForm(ListForm):
    """A list from definitions."""

    all_of = forms.MultipleChoiceField(label="People who are on all of these", required=False)
    any_of = forms.MultipleChoiceField(label="and on at least one of these", required=False)
    none_of = forms.MultipleChoiceField(label="and on none of these", required=False)

    order_by = forms.ChoiceField(
        label="In which order?", required=False,
        help_text="A score puts people in order. It does not say who needs help: the definitions above do",
    )  # fmt: skip

    def __init__(self, *args, definitions: Iterable = (), scores: Iterable = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.id, one.title) for one in definitions]
        ordered = [("", "As the definitions order them"), *[(one.id, f"{one.title}, highest first") for one in scores]]
        self.fields["order_by"].choices = ordered  # type: ignore[attr-defined]
        for name in COMBINED:
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict:
        values = super().clean() or {}
        if not values.get("all_of") and not values.get("any_of"):
            self.add_error("all_of", "Choose at least one")
        return values


class NumbersForm(ListForm):
    """A list from NHS numbers, in a file or typed."""

    file = forms.FileField(
        label="File", required=False, help_text="A text or CSV file with one NHS number a line, in the first column"
    )
    numbers = forms.CharField(
        label="Or NHS numbers, one a line", required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=60_000
    )

    def clean(self) -> dict:
        values = super().clean() or {}
        text = values.get("numbers") or ""
        upload = values.get("file")
        if upload is not None:
            text = _text_of(upload.read())
        try:
            values["found"] = numbers_in(text)
        except forms.ValidationError as error:
            self.add_error("file" if upload is not None else "numbers", error)
        return values


class ChangeForm(ListForm):
    """A new version of a list."""

    seen_number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label="What is changed, and why", max_length=300)


class ByHandForm(forms.Form):
    """Which list somebody is put on."""

    list_id = forms.ChoiceField(label="Which list?")
    title = forms.CharField(label="Name of a new list", max_length=200, required=False)

    def __init__(self, *args, lists: Iterable = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [*[(str(one.pk), one.title) for one in lists], ("new", "A new list")]
        self.fields["list_id"].choices = choices  # type: ignore[attr-defined]


def _text_of(raw: bytes) -> str:
    """A small file as text. Nothing is unpacked: a zip or a spreadsheet is refused."""
    if raw.startswith((b"PK", b"\x1f\x8b", b"\xd0\xcf")) or b"\x00" in raw[:4096]:
        raise forms.ValidationError("That is not a text file. Save the column as CSV and send that")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def numbers_in(text: str) -> list[str]:
    """The first column of each line that holds ten digits; a heading is passed over."""
    found = []
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        raise forms.ValidationError("The file could not be read as CSV") from None
    for row in rows:
        digits = re.sub(r"[\s-]", "", row[0]) if row else ""
        if re.fullmatch(r"[0-9]{10}", digits):
            found.append(digits)
    if not found:
        raise forms.ValidationError("No NHS number was found: give ten digits a line, in the first column")
    if len(found) > MOST_ROWS:
        raise forms.ValidationError(f"That is too many people at once: send at most {MOST_ROWS:,}")
    return found
