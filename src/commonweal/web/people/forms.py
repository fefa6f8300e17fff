"""Forms about one person."""

from __future__ import annotations

import secrets

from django import forms

from commonweal.web.people.models import AccessReview, EmergencyAccess


class FindForm(forms.Form):
    number = forms.CharField(
        label="NHS number", max_length=20, help_text="Ten digits, for example 999 000 0018",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class ReasonForm(forms.Form):
    """Why somebody without a relationship must look."""

    reason = forms.ChoiceField(label="Kind of reason", choices=EmergencyAccess.Reason.choices)
    words = forms.CharField(
        label="Why do you need to see this person now?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    number = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    @classmethod
    def fresh(cls, number: str = "") -> ReasonForm:
        """An empty form with a number of its own, so that it can be used once."""
        return cls(initial={"once": secrets.token_urlsafe(24), "number": number})


class ReviewForm(forms.Form):
    finding = forms.ChoiceField(label="What did you find?", choices=AccessReview.Finding.choices)
    words = forms.CharField(
        label="What should follow?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CorrectionForm(forms.Form):
    item = forms.CharField(label="What is wrong?", max_length=200, help_text="For example: diabetes, 3 March 2021")
    words = forms.CharField(label="What should it be?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class CorrectionAnswerForm(forms.Form):
    answer = forms.CharField(label="Answer", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
