"""Forms of procurement and the contract register."""

from __future__ import annotations

from django import forms

from commonweal.commissioning.procurement.provider_selection import KEY_CRITERIA, Route
from commonweal.commissioning.procurement.scoring import HIGHEST
from commonweal.commissioning.procurement.waivers import Ground, Waiver
from commonweal.web.commissioning.form_fields import SectionForm, day, long_text, pounds, to_pence, today


class ContractForm(SectionForm):
    """A contract that already runs."""

    provider = forms.CharField(label="Provider", max_length=200)
    provider_code = forms.CharField(label="Provider code", max_length=20, required=False)
    service = forms.CharField(label="Service", max_length=300)
    starts = day("Starts", required=True)
    ends = day("Ends", required=True)
    value = pounds("Value over its life", required=True)
    route = forms.ChoiceField(
        label="How the provider was chosen", choices=[(route.value, route.label) for route in Route]
    )
    decided_on = day("Decided on", required=True)
    notice_months = forms.IntegerField(label="Months of notice", min_value=0, max_value=60, initial=6)
    extension_months = forms.IntegerField(label="Months that may be added", min_value=0, max_value=120, initial=0)
    lead = forms.CharField(label="Lead", max_length=200, required=False)

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        data = dict(self.cleaned_data)
        data["value_pence"] = to_pence(data.pop("value"))
        return data


class PlanProcurementForm(SectionForm):
    """A procurement for the pipeline."""

    service = forms.CharField(label="Service", max_length=300)
    decision_on = day("Decision planned for", required=True)
    annual_value = pounds("Annual value")
    intention = forms.CharField(label="Intention", max_length=40, required=False)


class DetailsForm(SectionForm):
    """Dates, values and the decision record of a procurement."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    decision_on = day("Day of the decision", required=True)
    started_on = day("Process started on")
    health_care = forms.BooleanField(label="It is a health care service under the regime", required=False)
    lifetime_value = pounds("Value over the contract's life")
    provider = forms.CharField(label="Provider chosen", max_length=200, required=False)
    decided_by = forms.CharField(label="Decided by", required=False, help_text="Names, semicolons between")
    reason = long_text("Why this process and this provider")
    criteria_assessment = long_text("How the key criteria were assessed", rows=2)
    basic_selection = long_text("Basic selection criteria", rows=2)
    exclusions = long_text("Grounds of exclusion", rows=2)
    intention_on = day("Notice of intention to follow the process")
    intention_to_award_on = day("Notice of intention to award")

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        data = dict(self.cleaned_data)
        data.pop("base_version")
        data["lifetime_value_pence"] = to_pence(data.pop("lifetime_value"))
        data["decided_by"] = [part.strip() for part in data["decided_by"].split(";") if part.strip()]
        return data


class CriteriaForm(SectionForm):
    """Weights of the five key criteria."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for key, words in KEY_CRITERIA.items():
            self.fields[f"weight_{key}"] = forms.IntegerField(
                label=words, min_value=0, max_value=100, help_text="Percent"
            )
        self.fields["reason"] = forms.CharField(
            label="Reason, where a criterion counts for nothing", required=False, max_length=500
        )

    def weights(self) -> dict[str, int]:
        """Weights by criterion."""
        return {key: self.cleaned_data[f"weight_{key}"] for key in KEY_CRITERIA}


class InterestForm(SectionForm):
    """An interest declared, or none."""

    person = forms.CharField(label="Person", max_length=200)
    declared_on = day("Declared on", required=True, initial=today)
    interest = long_text("Interest", rows=2, help_text="Leave empty to declare none")
    managed_by = long_text("How it is managed", rows=2)


class RepresentationForm(SectionForm):
    """A provider's representation."""

    provider = forms.CharField(label="Provider", max_length=200)
    received_on = day("Received on", required=True, initial=today)
    words = long_text("What it says", rows=2)


class RepresentationAnswerForm(SectionForm):
    """The answer to a representation."""

    answered_on = day("Answered on", required=True, initial=today)
    outcome = long_text("Outcome", required=True, rows=2)


class AwardForm(SectionForm):
    """The award, with the contract's dates."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    awarded_on = day("Awarded on", required=True, initial=today)
    starts = day("Contract starts", required=True)
    ends = day("Contract ends", required=True)


class ModificationForm(SectionForm):
    """A change to a contract."""

    made_on = day("Made on", required=True, initial=today)
    change = long_text("The change", required=True, rows=2)
    value_change = pounds("Change of lifetime value", required=True)
    different_character = forms.BooleanField(label="It makes the contract different in character", required=False)
    by_authority = forms.BooleanField(label="The authority chose to make it", required=False, initial=True)


class ScoreProviderForm(SectionForm):
    """One provider's score and reason on each key criterion."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    provider = forms.CharField(label="Provider scored", max_length=200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for key, words in KEY_CRITERIA.items():
            self.fields[f"score_{key}"] = forms.IntegerField(
                label=f"Score: {words}", min_value=0, max_value=HIGHEST, help_text=f"0 to {HIGHEST}"
            )
            self.fields[f"reason_{key}"] = long_text(f"Reason: {words}", required=True, rows=2)

    def scores(self) -> dict[str, int]:
        """Scores by criterion."""
        return {key: self.cleaned_data[f"score_{key}"] for key in KEY_CRITERIA}

    def reasons(self) -> dict[str, str]:
        """Reasons by criterion."""
        return {key: self.cleaned_data[f"reason_{key}"] for key in KEY_CRITERIA}


class WaiverForm(SectionForm):
    """A waiver of the organisation's own rules on quotations and tenders."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    rule = forms.CharField(
        label="Rule set aside", max_length=200, help_text="Such as the number of the standing financial instruction"
    )
    ground = forms.ChoiceField(label="Ground", choices=[(ground.value, ground.label) for ground in Ground])
    reason = long_text("Why this ground holds", required=True)
    value = pounds("Value that it covers", required=True)
    asked_by = forms.CharField(label="Asked for by", max_length=200)
    asked_on = day("Asked for on", required=True, initial=today)
    approved_by = forms.CharField(label="Approved by", max_length=200, required=False)
    approved_on = day("Approved on")
    reported_to = forms.CharField(
        label="Reported to", max_length=200, required=False, help_text="Usually the audit committee"
    )
    reported_on = day("Reported on")

    def waiver(self) -> Waiver:
        """The typed waiver as a plain value."""
        data = {name: held for name, held in self.cleaned_data.items() if name not in {"base_version", "value"}}
        value_pence = to_pence(self.cleaned_data["value"]) or 0
        return Waiver(**{**data, "ground": Ground(data["ground"]), "value_pence": value_pence})

    @staticmethod
    def initial_of(waiver: Waiver) -> dict[str, object]:
        """The form's first values for a waiver that stands."""
        names = (
            "rule", "ground", "reason", "asked_by", "asked_on", "approved_by", "approved_on", "reported_to", "reported_on",
        )  # fmt: skip
        return {**{name: getattr(waiver, name) for name in names}, "value": waiver.value_pence / 100}


class AwardNoticeForm(SectionForm):
    """When the notice of the award was published."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    published_on = day("Notice of the award published on", required=True, initial=today)


class AbandonForm(SectionForm):
    """Why a procurement ends without an award."""

    base_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = long_text("Why it ends without an award", required=True, rows=2)
