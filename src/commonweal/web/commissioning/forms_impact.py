"""Forms about what plans do to providers: effects, shared assumptions, terms agreed, and the letter of notice."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.web.commissioning.form_fields import (
    FinancialYearField,
    SectionForm,
    day,
    long_text,
    pounds,
    to_pence,
    today,
)


class EffectForm(SectionForm):
    """What one intention changes at one provider, in one point of delivery and year."""

    reference = forms.CharField(label="Intention", max_length=40)
    scheme = forms.CharField(label="Scheme", max_length=60, required=False)
    provider = forms.CharField(label="Provider", max_length=200)
    provider_code = forms.CharField(label="Provider code", max_length=20, required=False)
    point_of_delivery = forms.CharField(label="Point of delivery", max_length=40)
    year = FinancialYearField(label="Year", help_text="Such as 2026/27")
    activity = forms.IntegerField(label="Change of activity", help_text="Less is negative")
    average_price = pounds("Average price", required=True)
    marginal_rate = forms.DecimalField(
        label="Marginal rate", min_value=0, max_value=1, initial=1, help_text="Share from 0 to 1"
    )
    variable_share = forms.DecimalField(
        label="Share of cost that moves with activity", min_value=0, max_value=1, initial=0, help_text="From 0 to 1"
    )
    investment = pounds("Investment")
    other_share = forms.DecimalField(
        label="Share bought by other commissioners", min_value=0, max_value=1, initial=0, help_text="From 0 to below 1"
    )
    assumptions = forms.CharField(
        label="Rests on assumptions", required=False, help_text="References, semicolons between"
    )

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        data = self.cleaned_data
        names = ("scheme", "provider", "provider_code", "point_of_delivery", "year", "activity")
        shares = ("marginal_rate", "variable_share", "other_share")
        return {
            **{name: data[name] for name in (*names, *shares)},
            "average_price_pence": to_pence(data["average_price"]),
            "investment_pence": to_pence(data["investment"]) or 0,
        }

    def assumption_references(self) -> list[str]:
        """The references of the assumptions named."""
        return [part.strip() for part in self.cleaned_data["assumptions"].split(";") if part.strip()]


class AssumptionForm(SectionForm):
    """One entry of the log that both sides share."""

    statement = long_text("Assumption", required=True, rows=2)
    value = forms.CharField(label="Value", max_length=100)
    source = forms.CharField(label="Source", max_length=300)
    owner = forms.CharField(label="Owner", max_length=200)
    made_on = day("Made on", required=True, initial=today)
    schemes = forms.CharField(
        label="Schemes that rest on it",
        required=False,
        max_length=1000,
        help_text="Year and reference, such as 2026-27:rs-04; semicolons between",
    )

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        parts = (part.strip() for part in self.cleaned_data["schemes"].split(";"))
        return {**self.cleaned_data, "schemes": tuple(part for part in parts if part)}


class ImpactTermForm(SectionForm):
    """A share agreed with one provider."""

    kind = forms.ChoiceField(
        label="What is agreed",
        choices=[
            ("support", "Transition support: the share of stranded cost that the system carries"),
            ("others", "The share of its activity that other commissioners buy"),
        ],
    )
    provider_code = forms.ChoiceField(label="Provider")
    year = FinancialYearField(label="Year", required=False, help_text="For transition support, such as 2026/27")
    percent = forms.DecimalField(label="Percent", min_value=0, max_value=100, decimal_places=2)
    source = forms.CharField(label="Where it was agreed", max_length=300)
    agreed_on = day("Agreed on", required=True, initial=today)

    def __init__(self, *args, providers: Iterable[tuple[str, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider_code"].choices = list(providers)  # type: ignore[attr-defined]

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        data = dict(self.cleaned_data)
        data["share"] = data.pop("percent") / 100
        return data


class AgreeForm(SectionForm):
    """Who agrees an assumption, and for which side."""

    side = forms.ChoiceField(label="For", choices=[("commissioner", "Commissioner"), ("provider", "Provider")])
    name = forms.CharField(label="Name", max_length=200)


class NoticeForm(SectionForm):
    """The letter of notice to a provider: when the changes start, and the kind of file."""

    starts_on = day("The changes start on", required=True)
    form = forms.ChoiceField(label="As", choices=[("docx", "Word"), ("pdf", "PDF")])
