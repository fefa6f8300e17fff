"""The explorer's questions."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms


class Explore(forms.Form):
    """What to look for in the audit."""

    subject = forms.CharField(required=False, max_length=64, label="Person (identifier)")
    actor = forms.CharField(required=False, max_length=254, label="Member of staff (account)")
    action = forms.ChoiceField(required=False, label="What was done")
    organisation = forms.CharField(required=False, max_length=20, label="Organisation (code)")
    from_day = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, actions: Iterable[str] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "Anything"), *[(one, one.capitalize()) for one in actions]]  # type: ignore[attr-defined]
