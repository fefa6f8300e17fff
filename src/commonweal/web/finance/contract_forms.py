"""Forms about contracts: which form, and the terms that it needs. Terms are kept as they were typed and agreed."""

from __future__ import annotations

from typing import Any

from django import forms

from commonweal.finance.contract_comparison import FORMS

CHOICES = [(form.id, form.title) for form in FORMS.values()]


class ChooseForm(forms.Form):
    """The form that a contract takes."""

    form = forms.ChoiceField(label="Form of this contract", choices=CHOICES)


class TermsForm(forms.Form):
    """The terms of one form of contract. A term left empty is taken from the plan or the usual rate, where there is one."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    form = forms.CharField(widget=forms.HiddenInput)
    agreed_in = forms.CharField(
        label="Agreed in", max_length=200, required=False, help_text="Contract, schedule or letter"
    )

    def __init__(self, form_id: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.names = [term.name for term in FORMS[form_id].terms]
        for term in FORMS[form_id].terms:
            hint = ". ".join(part for part in (term.says, f"Empty takes {term.usual}" if term.usual else "") if part)
            widget = (
                forms.Textarea(attrs={"rows": 4})
                if term.kind == "list"
                else forms.TextInput(attrs={"inputmode": "decimal"})
            )
            self.fields[term.name] = forms.CharField(
                label=term.label, required=not term.usual, help_text=hint, max_length=2000, widget=widget
            )
        self.order_fields([*self.names, "agreed_in"])

    def terms(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data[name]}
