"""Forms of the tracker: targets, milestones, figures."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.commissioning.targets import Target, parse_trajectory
from commonweal.web.commissioning.form_fields import SectionForm, day, long_text, today
from commonweal.web.commissioning.services import linking

STATISTICS = (
    ("percent", "Percent"), ("count", "Count"), ("rate_per_million", "Per million people"), ("gbp", "Pounds"), ("days", "Days"),
    ("weeks", "Weeks"), ("hours", "Hours"), ("reduction_percent", "Percent of change from the baseline"), ("ratio", "Ratio"),
)  # fmt: skip
DIRECTIONS = (
    ("at_least", "At least"), ("at_most", "At most"), ("exactly", "Exactly"), ("reduce_by", "Down by, from the baseline"),
    ("increase_by", "Up by, from the baseline"),
)  # fmt: skip
DOMAINS = (
    ("workforce", "Workforce"), ("estates", "Estates"), ("digital", "Digital uptake"), ("finance", "Finance"),
    ("gp", "General practice"), ("apc", "Admissions"), ("op", "Outpatients"), ("ecds", "Urgent and emergency care"),
    ("mhsds", "Mental health"), ("csds", "Community"), ("cancer", "Cancer"), ("maternity", "Maternity"),
    ("social_care", "Social care"), ("survey", "Surveys"), ("other", "Other"),
)  # fmt: skip


class TargetForm(SectionForm):
    """A new target or indicator."""

    indicator = forms.CharField(label="What is counted", max_length=300)
    programme = forms.CharField(label="Programme", max_length=120)
    population = forms.CharField(label="Who or what", max_length=300, required=False)
    place_code = forms.ChoiceField(label="Whose people", required=False)
    direction = forms.ChoiceField(label="Which way", choices=DIRECTIONS)
    value = forms.DecimalField(label="Level", required=False, max_digits=18, decimal_places=6)
    statistic = forms.ChoiceField(label="Unit", choices=STATISTICS)
    due = forms.CharField(
        label="Due",
        max_length=20,
        required=False,
        help_text="A year such as 2026/27, a month or a day such as 2026-09-30",
    )
    baseline_value = forms.DecimalField(label="Baseline", required=False, max_digits=18, decimal_places=6)
    baseline_period = forms.CharField(label="Period of the baseline", max_length=40, required=False)
    trajectory = long_text("Steps on the way", rows=3, help_text="One a line: a day and a level, such as 2026-09-30 58")
    owner = forms.CharField(label="Owner", max_length=200)
    data_domain = forms.ChoiceField(label="Kind of figure", choices=DOMAINS)
    measure_id = forms.ChoiceField(label="Measure of the record", required=False)
    measure_decides = forms.BooleanField(
        label="The measure is the target’s own quantity and decides its status", required=False
    )
    note = long_text("Note", rows=2)
    carried_from = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, measures: Iterable[tuple[str, str]] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        boroughs = [(code, name) for name, code in linking.held()["boroughs"].items()]
        self.fields["place_code"].choices = [("", "The whole system"), *boroughs]  # type: ignore[attr-defined]
        self.fields["measure_id"].choices = [("", "None: people enter the figures"), *measures]  # type: ignore[attr-defined]

    def target(self) -> Target:
        """The typed target; its reference is given when it is kept."""
        data = {
            name: held
            for name, held in self.cleaned_data.items()
            if name not in {"measure_decides", "carried_from", "trajectory"}
        }
        return Target(id="", trajectory=parse_trajectory(self.cleaned_data["trajectory"]), **data)

    @staticmethod
    def initial_of(target: Target, reference: str) -> dict[str, object]:
        """The form's first values for setting a target again."""
        names = (
            "indicator", "programme", "population", "place_code", "direction", "value", "statistic", "due", "baseline_value",
            "baseline_period", "owner", "data_domain", "measure_id", "note",
        )  # fmt: skip
        return {**{name: getattr(target, name) for name in names}, "carried_from": reference}


class NewMilestoneForm(SectionForm):
    """A milestone with its owner and date."""

    title = forms.CharField(label="What will be done", max_length=300)
    owner = forms.CharField(label="Owner", max_length=200)
    due = day("Due")
    programme = forms.CharField(label="Programme", max_length=120, required=False)
    intention = forms.CharField(label="Intention", max_length=40, required=False, help_text="Its reference")
    target = forms.CharField(label="Target", max_length=60, required=False, help_text="Its reference")


class AssignMilestoneForm(SectionForm):
    """Another owner or date for a milestone."""

    owner = forms.CharField(label="Owner", max_length=200)
    due = day("Due")
    reason = forms.CharField(label="Why the date moves", max_length=500, required=False)


class TargetChangeForm(SectionForm):
    """One change of a target, with its reason."""

    field = forms.ChoiceField(
        label="What changes",
        choices=[
            ("value", "Level"),
            ("due", "Due"),
            ("owner", "Owner"),
            ("measure_id", "Measure"),
            ("baseline_value", "Baseline"),
            ("baseline_period", "Period of the baseline"),
            ("trajectory", "Trajectory"),
        ],
    )
    value = forms.CharField(
        label="New value",
        max_length=1000,
        required=False,
        help_text="A number, a date such as 2026/27, a name, or for a trajectory one step a line such as 2026-09-30 58",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = long_text("Why it changes", required=True, rows=2)


class ReadingForm(SectionForm):
    """One figure that people enter, with its source."""

    day = day("Date of the figure", required=True)
    value = forms.FloatField(label="Figure")
    source = forms.CharField(label="Where it comes from", max_length=300)


class MilestoneForm(SectionForm):
    """That a milestone is done, with evidence."""

    done_on = day("Done on", required=True, initial=today)
    evidence = forms.CharField(
        label="Evidence", max_length=500, help_text="Where the proof is: a minute, a contract, a paper"
    )
