from __future__ import annotations

from django import forms

from commonweal.web.digests.models import Subscription


class DigestForm(forms.Form):
    """How often a digest comes."""

    frequency = forms.ChoiceField(label="How often?", choices=Subscription.Frequency.choices)
