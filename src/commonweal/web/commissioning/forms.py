"""Forms of the commissioning app. Rules live in services; a form only turns typed text into values."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.commissioning.intentions import FIELD_LABELS, Intention, Kind, Procurement
from commonweal.commissioning.prioritisation import CRITERIA, HIGHEST
from commonweal.web.commissioning.form_fields import (
    FinancialYearField,
    SectionForm,
    day,
    holds_a_year,
    long_text,
    today,
)
from commonweal.web.commissioning.services.paper_content import KINDS

LISTS = ("strategies", "depends_on", "target_ids", "measure_ids")
LONG = ("summary", "why", "who_supports", "outcomes", "measures_of_success", "providers")


class IntentionForm(SectionForm):
    """The words of one intention. Lists are typed with semicolons."""

    title = forms.CharField(label=FIELD_LABELS["title"], max_length=300)
    programme = forms.CharField(label=FIELD_LABELS["programme"], max_length=120)
    place = forms.CharField(label=FIELD_LABELS["place"], max_length=120)
    year = forms.CharField(
        label=FIELD_LABELS["year"], max_length=20, help_text="Such as 2026/27", validators=[holds_a_year]
    )
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
    """Join an intention to what it touches, by code."""

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


class CarryForm(SectionForm):
    """The year that an intention is carried forward to."""

    year = FinancialYearField(label="Carry forward to", help_text="Such as 2027/28")


class HandOverForm(SectionForm):
    """The new owner of one intention."""

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
    """A name or post that no longer answers, and who does now."""

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
        """The typed values as the service takes them."""
        data = self.cleaned_data
        return {
            "old": (data["old_code"], data["old_name"]),
            "new": (data["new_code"], data["new_name"]),
            "merged_on": data["merged_on"],
        }


class UploadForm(SectionForm):
    """A filled template of intentions."""

    file = forms.FileField(label="Filled template (.xlsx, at most 1 MB)")


class WeightsForm(SectionForm):
    """Points of the six criteria, with who owns them."""

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
        """Points by criterion."""
        return {name: self.cleaned_data[f"points_{name}"] for name in CRITERIA}


class ScoreForm(SectionForm):
    """A score for each criterion, with its reason."""

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
        """Scores by criterion."""
        return {name: self.cleaned_data[f"score_{name}"] for name in CRITERIA}

    def reasons(self) -> dict[str, str]:
        """Reasons by criterion."""
        return {name: self.cleaned_data[f"reason_{name}"] for name in CRITERIA}


class DecisionForm(SectionForm):
    """What was decided about one scored intention."""

    reference = forms.CharField(label="Intention", max_length=40)
    decision = forms.ChoiceField(
        label="Decision", choices=[("fund", "Fund"), ("not_fund", "Do not fund"), ("defer", "Defer")]
    )
    decided_by = forms.CharField(label="Decided by", max_length=200)
    decided_on = day("Decided on", required=True, initial=today)
    reason = long_text("Reason", rows=2, help_text="Needed where the decision goes against the order of scores")


class PaperForm(SectionForm):
    """A new paper: its kind, place and year."""

    kind = forms.ChoiceField(label="Kind", choices=list(KINDS.items()))
    title = forms.CharField(label="Title", max_length=300)
    slug = forms.SlugField(label="Short name for the address", max_length=80)  # type: ignore[call-arg]
    place = forms.CharField(label="Place", max_length=120)
    year = forms.CharField(label="Year", max_length=20, validators=[holds_a_year])
    programme = forms.CharField(
        label="Programme", max_length=120, required=False, help_text="For an update of one programme"
    )


class WithdrawForm(SectionForm):
    """Why a paper is withdrawn."""

    reason = long_text("Why it is withdrawn", required=True, rows=2)
