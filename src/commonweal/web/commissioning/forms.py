"""Forms of the commissioning app. Rules live in services; a form only turns typed text into values."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.commissioning import assessments, scrutiny
from commonweal.commissioning.engagement import STATUSES
from commonweal.commissioning.intentions import FIELD_LABELS, Intention, Kind, Procurement
from commonweal.commissioning.prioritisation import CRITERIA, HIGHEST
from commonweal.web.commissioning.form_fields import (
    YES_NO,
    SectionForm,
    day,
    long_text,
    pounds,
    to_pence,
    today,
    yes_no,
)

LISTS = ("strategies", "depends_on", "target_ids", "measure_ids")
LONG = ("summary", "why", "who_supports", "outcomes", "measures_of_success", "providers")


class IntentionForm(SectionForm):
    """The words of one intention. Lists are typed with semicolons."""

    title = forms.CharField(label=FIELD_LABELS["title"], max_length=300)
    programme = forms.CharField(label=FIELD_LABELS["programme"], max_length=120)
    place = forms.CharField(label=FIELD_LABELS["place"], max_length=120)
    year = forms.CharField(label=FIELD_LABELS["year"], max_length=20, help_text="Such as 2026/27")
    kind = forms.ChoiceField(label=FIELD_LABELS["kind"], choices=[(kind.value, kind.label) for kind in Kind])
    summary = long_text(FIELD_LABELS["summary"], required=True, help_text="What will change, in plain English")
    why = long_text(FIELD_LABELS["why"])
    who_supports = long_text(FIELD_LABELS["who_supports"])
    lead = forms.CharField(label=FIELD_LABELS["lead"], max_length=200, required=False)
    senior_owner = forms.CharField(label=FIELD_LABELS["senior_owner"], max_length=200, required=False)
    clinical_owner = forms.CharField(label=FIELD_LABELS["clinical_owner"], max_length=200, required=False)
    providers = long_text(FIELD_LABELS["providers"], rows=2)
    outcomes = long_text(FIELD_LABELS["outcomes"])
    measures_of_success = long_text(FIELD_LABELS["measures_of_success"])
    strategies = forms.CharField(label=FIELD_LABELS["strategies"], required=False, help_text="Semicolons between them")
    procurement = forms.ChoiceField(
        label=FIELD_LABELS["procurement"], choices=[(choice.value, choice.label) for choice in Procurement]
    )
    depends_on = forms.CharField(
        label=FIELD_LABELS["depends_on"], required=False, help_text="References, semicolons between"
    )
    target_ids = forms.CharField(
        label=FIELD_LABELS["target_ids"], required=False, help_text="References, semicolons between"
    )
    measure_ids = forms.CharField(
        label=FIELD_LABELS["measure_ids"], required=False, help_text="Ids, semicolons between"
    )
    note = forms.CharField(label="Note for the change log", max_length=500, required=False)
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def initial_of(intention: Intention) -> dict[str, object]:
        """The form's first values for an intention."""
        return {
            name: "; ".join(value) if isinstance(value := getattr(intention, name), tuple) else value
            for name in FIELD_LABELS
        }

    def words(self, reference: str) -> Intention:
        """The typed words as a plain intention."""
        data = dict(self.cleaned_data)
        for name in ("note", "base_version"):
            data.pop(name)
        for name in LISTS:
            data[name] = tuple(part.strip() for part in data[name].split(";") if part.strip())
        return Intention(
            **{**data, "id": reference, "kind": Kind(data["kind"]), "procurement": Procurement(data["procurement"])}
        )


class StepForm(SectionForm):
    """What a step may need. The page shows only the fields that this step asks for."""

    reason = long_text("Reason or outcome")
    signatory = forms.CharField(label="Who signed for the provider", max_length=200, required=False)
    signatory_organisation = forms.CharField(label="Provider", max_length=200, required=False)
    evidence = forms.CharField(label="Where the signed paper is", max_length=300, required=False)
    provider = forms.CharField(label="Provider given notice", max_length=200, required=False)
    given_on = day("Notice given on")
    starts_on = day("The change starts on")

    NEEDED = {
        "reason": ("reason",),
        "outcome": ("reason",),
        "notice": ("provider", "given_on", "starts_on"),
        "provider": ("signatory", "signatory_organisation", "evidence"),
    }

    def __init__(self, *args, needs: Iterable[str] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        wanted = {name for need in needs for name in self.NEEDED.get(need, ())}
        for name in list(self.fields):
            if name in wanted:
                self.fields[name].required = True
            else:
                del self.fields[name]


class LinkForm(SectionForm):
    kind = forms.ChoiceField(
        label="Link to a",
        choices=[
            ("scheme", "Scheme"),
            ("practice", "Practice"),
            ("pcn", "Primary care network"),
            ("contract", "Contract"),
            ("register", "Register"),
        ],
    )
    code = forms.CharField(
        label="Code", max_length=100, help_text="A scheme's is its year and reference, such as 2026-27:rs-04"
    )
    label = forms.CharField(label="Name", max_length=200, required=False)


class NoticeForm(SectionForm):
    starts_on = day("The changes start on", required=True)
    form = forms.ChoiceField(label="As", choices=[("docx", "Word"), ("pdf", "PDF")])


class CarryForm(SectionForm):
    year = forms.CharField(label="Carry forward to", max_length=20, help_text="Such as 2027/28")


class HandOverForm(SectionForm):
    to_user_id = forms.TypedChoiceField(label="New owner", coerce=int)

    def __init__(self, *args, people: Iterable[tuple[int, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_user_id"].choices = list(people)  # type: ignore[attr-defined]


class HandOverAllForm(SectionForm):
    """All open work of somebody who left, to one person."""

    from_user_id = forms.IntegerField(widget=forms.HiddenInput)
    to_user_id = forms.TypedChoiceField(label="New owner", coerce=int)

    def __init__(self, *args, people: Iterable[tuple[int, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_user_id"].choices = list(people)  # type: ignore[attr-defined]


class ReplaceNameForm(SectionForm):
    old = forms.CharField(label="Name or post that no longer answers", max_length=200)
    new = forms.CharField(label="Name or post that answers now", max_length=200)


class MergerForm(SectionForm):
    """One organisation that became part of another."""

    old_code = forms.CharField(label="Code of the organisation that ends", max_length=20)
    old_name = forms.CharField(label="Its name", max_length=200)
    new_code = forms.CharField(label="Code of its successor", max_length=20)
    new_name = forms.CharField(label="Name of its successor", max_length=200)
    merged_on = day("First day under the successor", required=True)

    def values(self) -> dict[str, object]:
        data = self.cleaned_data
        return {
            "old": (data["old_code"], data["old_name"]),
            "new": (data["new_code"], data["new_name"]),
            "merged_on": data["merged_on"],
        }


class UploadForm(SectionForm):
    file = forms.FileField(label="Filled template (.xlsx, at most 1 MB)")


class WeightsForm(SectionForm):
    name = forms.CharField(label="Name of this set", max_length=120)
    owner = forms.CharField(label="Who owns it", max_length=200)
    agreed_on = day("Agreed on", required=True, initial=today)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, words in CRITERIA.items():
            self.fields[f"points_{name}"] = forms.IntegerField(
                label=f"Points for {name}", min_value=0, max_value=100, help_text=words
            )

    def points(self) -> dict[str, int]:
        return {name: self.cleaned_data[f"points_{name}"] for name in CRITERIA}


class ScoreForm(SectionForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, words in CRITERIA.items():
            self.fields[f"score_{name}"] = forms.TypedChoiceField(
                label=f"{name.capitalize()}, 0 to {HIGHEST}",
                coerce=int,
                choices=[(value, str(value)) for value in range(HIGHEST + 1)],
                help_text=words,
            )
            self.fields[f"reason_{name}"] = long_text(f"Reason for the score of {name}", required=True, rows=2)

    def scores(self) -> dict[str, int]:
        return {name: self.cleaned_data[f"score_{name}"] for name in CRITERIA}

    def reasons(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"reason_{name}"] for name in CRITERIA}


class DecisionForm(SectionForm):
    reference = forms.CharField(label="Intention", max_length=40)
    decision = forms.ChoiceField(
        label="Decision", choices=[("fund", "Fund"), ("not_fund", "Do not fund"), ("defer", "Defer")]
    )
    decided_by = forms.CharField(label="Decided by", max_length=200)
    decided_on = day("Decided on", required=True, initial=today)
    reason = long_text("Reason", rows=2, help_text="Needed where the decision goes against the order of scores")


class EffectForm(SectionForm):
    reference = forms.CharField(label="Intention", max_length=40)
    scheme = forms.CharField(label="Scheme", max_length=60, required=False)
    provider = forms.CharField(label="Provider", max_length=200)
    provider_code = forms.CharField(label="Provider code", max_length=20, required=False)
    point_of_delivery = forms.CharField(label="Point of delivery", max_length=40)
    year = forms.CharField(label="Year", max_length=10)
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
        data = self.cleaned_data
        names = ("scheme", "provider", "provider_code", "point_of_delivery", "year", "activity")
        shares = ("marginal_rate", "variable_share", "other_share")
        return {
            **{name: data[name] for name in (*names, *shares)},
            "average_price_pence": to_pence(data["average_price"]),
            "investment_pence": to_pence(data["investment"]) or 0,
        }

    def assumption_references(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["assumptions"].split(";") if part.strip()]


class AssumptionForm(SectionForm):
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
    year = forms.CharField(
        label="Year", max_length=10, required=False, help_text="For transition support, such as 2026/27"
    )
    percent = forms.DecimalField(label="Percent", min_value=0, max_value=100, decimal_places=2)
    source = forms.CharField(label="Where it was agreed", max_length=300)
    agreed_on = day("Agreed on", required=True, initial=today)

    def __init__(self, *args, providers: Iterable[tuple[str, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider_code"].choices = list(providers)  # type: ignore[attr-defined]

    def values(self) -> dict[str, object]:
        data = dict(self.cleaned_data)
        data["share"] = data.pop("percent") / 100
        return data


class AgreeForm(SectionForm):
    side = forms.ChoiceField(label="For", choices=[("commissioner", "Commissioner"), ("provider", "Provider")])
    name = forms.CharField(label="Name", max_length=200)


class FeedbackForm(SectionForm):
    said = long_text("What was said", required=True, help_text="Never who said it")
    heard_on = day("When")
    heard_at = forms.CharField(label="Where it was heard", max_length=200)
    place = forms.CharField(label="Place", max_length=120, required=False)
    theme = forms.CharField(label="Theme", max_length=120, required=False)


class EventForm(SectionForm):
    event = forms.CharField(label="Event", max_length=300)
    audience = forms.CharField(label="Who it is for", max_length=300, required=False)
    starts = day("Starts", required=True)
    ends = day("Ends")
    participants = forms.IntegerField(label="People who came", min_value=0, required=False)


class ResponseForm(SectionForm):
    theme = forms.CharField(label="Theme", max_length=120)
    you_said = long_text("You said", required=True)
    we_did = long_text("We did")
    status = forms.ChoiceField(label="Status", choices=[(status, status.capitalize()) for status in STATUSES])
    why_not = long_text("Why it was not done", rows=2, help_text="Needed where the status is “not done”")
    intentions = forms.CharField(
        label="Intentions that it changed", required=False, help_text="References, semicolons between"
    )
    publish = forms.BooleanField(label="Publish it now", required=False)

    def references(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["intentions"].split(";") if part.strip()]


class AssessmentForm(SectionForm):
    outcome = forms.ChoiceField(
        label="Outcome", choices=[(outcome.value, outcome.value.capitalize()) for outcome in assessments.Outcome]
    )

    def __init__(self, *args, kind: assessments.Kind, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.parts = assessments.parts_of(kind)
        for number, part in enumerate(self.parts):
            self.fields[f"part_{number}"] = long_text(part, rows=2)
        self.fields["actions"] = long_text("Actions", rows=2)
        self.fields["reason"] = long_text("Reason, where it is not needed", rows=2)
        self.fields["signed_by"] = forms.CharField(label="Signed by", max_length=200, required=False)
        self.fields["signed_on"] = day("Signed on")
        self.fields["review_on"] = day("Review on")

    def answers(self) -> dict[str, str]:
        return {part: self.cleaned_data[f"part_{number}"] for number, part in enumerate(self.parts)}


class ScrutinyForm(SectionForm):
    committee = forms.CharField(label="Committee", max_length=200)
    change = forms.CharField(label="The change", max_length=300)
    reference = forms.CharField(label="Intention", max_length=40, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for key, words in scrutiny.QUESTIONS.items():
            self.fields[f"answer_{key}"] = forms.ChoiceField(label=words, choices=YES_NO, required=False)

    def answers(self) -> dict[str, bool | None]:
        return {key: yes_no(self.cleaned_data[f"answer_{key}"]) for key in scrutiny.QUESTIONS}


class ConsultationForm(SectionForm):
    told_on = day("Committee told on")
    substantial = forms.ChoiceField(label="Does the committee think it substantial?", choices=YES_NO, required=False)
    consultation_from = day("Consultation from")
    consultation_to = day("Consultation to")
    comments_by = day("Comments asked by")
    comments = long_text("Comments")
    outcome = long_text("Outcome")

    def values(self) -> dict[str, object]:
        return {**self.cleaned_data, "substantial": yes_no(self.cleaned_data["substantial"])}


class PaperForm(SectionForm):
    kind = forms.ChoiceField(
        label="Kind", choices=[("system_intentions", "What we intend"), ("what_happened", "What happened")]
    )
    title = forms.CharField(label="Title", max_length=300)
    slug = forms.SlugField(label="Short name for the address", max_length=80)  # type: ignore[call-arg]
    place = forms.CharField(label="Place", max_length=120)
    year = forms.CharField(label="Year", max_length=20)


class WithdrawForm(SectionForm):
    reason = long_text("Why it is withdrawn", required=True, rows=2)
