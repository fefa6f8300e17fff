"""Forms of boards and of records under review."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.commissioning.governance import EntryKind, RecordKind
from commonweal.web.commissioning.form_fields import SectionForm, day, long_text, today
from commonweal.web.commissioning.services import linking


class BoardForm(SectionForm):
    """A board, committee, group or forum."""

    name = forms.CharField(label="Board, committee, group or forum", max_length=200)
    purpose = long_text("What it is for", rows=2)
    chair = forms.CharField(label="Chair", max_length=200, required=False)
    reports_to = forms.CharField(label="Reports to", max_length=200, required=False)


class EntryForm(SectionForm):
    """One line of a board's book."""

    board_id = forms.TypedChoiceField(label="Board", coerce=int)
    kind = forms.ChoiceField(label="Kind", choices=[(kind.value, kind.label) for kind in EntryKind])
    title = forms.CharField(label="What", max_length=300)
    words = long_text("In full", rows=2)
    owner = forms.CharField(label="Who acts, or to whom it is delegated", max_length=200, required=False)
    day = day("Day", required=True)
    intention = forms.CharField(label="Intention", max_length=40, required=False, help_text="Its reference")

    def __init__(self, *args, boards: Iterable[tuple[int, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].help_text = "Decided on, due, ends or reviewed on, or the meeting that it is for"
        self.fields["board_id"].choices = list(boards)  # type: ignore[attr-defined]


class CloseEntryForm(SectionForm):
    """That an entry is closed, with evidence."""

    done_on = day("Done on", required=True, initial=today)
    evidence = forms.CharField(label="Evidence", max_length=500, help_text="Where the proof is: a minute, a letter")


class RecordForm(SectionForm):
    """A record that is reviewed by a date."""

    kind = forms.ChoiceField(label="Kind", choices=[(kind.value, kind.label) for kind in RecordKind])
    title = forms.CharField(label="Title", max_length=300)
    place_code = forms.ChoiceField(
        label="Borough whose partners it binds",
        required=False,
        choices=[("", "None in particular"), *((code, name) for name, code in linking.held()["boroughs"].items())],
    )
    parties = long_text("Between whom, or about what", rows=2)
    words = long_text("What it allows, finds or asks for", rows=2)
    owner = forms.CharField(label="Owner", max_length=200)
    agreed_on = day("Agreed or signed on")
    review_on = day("Review by", required=True)
    evidence = forms.CharField(label="Where the signed paper is", max_length=500, required=False)


class ReviewForm(SectionForm):
    """One review of a record: what was found, and the next day."""

    reviewed_on = day("Reviewed on", required=True, initial=today)
    found = long_text("What was found", required=True, rows=2)
    next_on = day("Next review")
