from __future__ import annotations

from django import forms

from commonweal.web.api.tokens import longest_days


class TokenForm(forms.Form):
    """A new token."""

    title = forms.CharField(
        label="What will use it?", max_length=60, help_text="For example: the practice's dashboard. Name no patient."
    )
    days = forms.IntegerField(
        label="For how many days?", min_value=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].help_text = f"1 to {longest_days()}. It ends earlier where your role ends."

    def clean_days(self) -> int:
        """Within what the site allows."""
        if self.cleaned_data["days"] > longest_days():
            raise forms.ValidationError(f"Choose at most {longest_days()} days")
        return self.cleaned_data["days"]
