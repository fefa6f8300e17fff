from __future__ import annotations

from django import forms

from commonweal.web.digests.models import Subscription


class DigestForm(forms.Form):
    frequency = forms.ChoiceField(label="How often?", choices=Subscription.Frequency.choices)
