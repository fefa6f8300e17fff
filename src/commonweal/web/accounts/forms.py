"""Forms about accounts."""

from __future__ import annotations

import datetime

from allauth.account.forms import LoginForm
from django import forms
from django.utils import timezone

from commonweal.web.accounts.models import Organisation
from commonweal.web.accounts.roles import ROLES


class SignIn(LoginForm):
    """The sign-in form without the library's placeholders and second link: a placeholder vanishes when one types."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""


class AddPerson(forms.Form):
    """An account for a new member of staff."""

    name = forms.CharField(max_length=200, label="Full name")
    email = forms.EmailField(label="Work e-mail address")


class GiveRole(forms.Form):
    """A role at an organisation, from a date."""

    role_id = forms.ChoiceField(label="Role", choices=[(role.id, role.title) for role in ROLES.values()])
    organisation = forms.ModelChoiceField(label="Organisation", queryset=Organisation.objects.order_by("kind", "name"))
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = today


def today() -> datetime.date:
    """Today where the service is."""
    return timezone.localdate()
