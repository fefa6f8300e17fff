"""Forms about people: what they said, events, answers, assessments, and consulting scrutiny."""

from __future__ import annotations

from django import forms

from commonweal.commissioning import assessments, scrutiny
from commonweal.commissioning.engagement import STATUSES
from commonweal.web.commissioning.form_fields import YES_NO, SectionForm, day, long_text, yes_no


class FeedbackForm(SectionForm):
    """One thing that people said; never who said it."""

    said = long_text("What was said", required=True, help_text="Never who said it")
    heard_on = day("When")
    heard_at = forms.CharField(label="Where it was heard", max_length=200)
    place = forms.CharField(label="Place", max_length=120, required=False)
    theme = forms.CharField(label="Theme", max_length=120, required=False)


class EventForm(SectionForm):
    """One event of the calendar."""

    event = forms.CharField(label="Event", max_length=300)
    audience = forms.CharField(label="Who it is for", max_length=300, required=False)
    starts = day("Starts", required=True)
    ends = day("Ends")
    participants = forms.IntegerField(label="People who came", min_value=0, required=False)


class ResponseForm(SectionForm):
    """The answer to a theme, and the intentions that it changed."""

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
        """The references of the intentions named."""
        return [part.strip() for part in self.cleaned_data["intentions"].split(";") if part.strip()]


class AssessmentForm(SectionForm):
    """One assessment: a text for each of its parts, the outcome and who signs."""

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
        """The answer to each part or question."""
        return {part: self.cleaned_data[f"part_{number}"] for number, part in enumerate(self.parts)}


class ScrutinyForm(SectionForm):
    """A change, and the questions that tell whether it is a substantial variation."""

    committee = forms.CharField(label="Committee", max_length=200)
    change = forms.CharField(label="The change", max_length=300)
    reference = forms.CharField(label="Intention", max_length=40, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for key, words in scrutiny.QUESTIONS.items():
            self.fields[f"answer_{key}"] = forms.ChoiceField(label=words, choices=YES_NO, required=False)

    def answers(self) -> dict[str, bool | None]:
        """The answer to each part or question."""
        return {key: yes_no(self.cleaned_data[f"answer_{key}"]) for key in scrutiny.QUESTIONS}


class ConsultationForm(SectionForm):
    """What followed: when the committee was told, its view, dates and outcome."""

    told_on = day("Committee told on")
    substantial = forms.ChoiceField(label="Does the committee think it substantial?", choices=YES_NO, required=False)
    consultation_from = day("Consultation from")
    consultation_to = day("Consultation to")
    comments_by = day("Comments asked by")
    comments = long_text("Comments")
    outcome = long_text("Outcome")

    def values(self) -> dict[str, object]:
        """The typed values as the service takes them."""
        return {**self.cleaned_data, "substantial": yes_no(self.cleaned_data["substantial"])}
