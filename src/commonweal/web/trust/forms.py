"""Answering back."""

from __future__ import annotations

from django import forms


class AnswerForm(forms.Form):
    """What a practice or provider says of its own data."""

    feed = forms.CharField(label="Feed", max_length=100, required=False)
    provider_code = forms.CharField(label="Practice or provider code", max_length=20, required=False)
    words = forms.CharField(
        label="What should the reader know?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
