"""Forms about one person."""

from __future__ import annotations

import secrets

from django import forms

from commonweal.web.people.models import AccessReview, CarePlan, CarePlanVersion, EmergencyAccess, StatedPreference


class FindForm(forms.Form):
    """A person by NHS number."""

    number = forms.CharField(
        label="NHS number", max_length=20, help_text="Ten digits, for example 999 000 0018",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class ReasonForm(forms.Form):
    """Why somebody without a relationship must look."""

    reason = forms.ChoiceField(label="Kind of reason", choices=EmergencyAccess.Reason.choices)
    words = forms.CharField(
        label="Why do you need to see this person now?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    number = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    @classmethod
    def fresh(cls, number: str = "") -> ReasonForm:
        """An empty form with a number of its own, so that it can be used once."""
        return cls(initial={"once": secrets.token_urlsafe(24), "number": number})


class ReviewForm(forms.Form):
    """What the reviewer of an emergency access found."""

    finding = forms.ChoiceField(label="What did you find?", choices=AccessReview.Finding.choices)
    words = forms.CharField(
        label="What should follow?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CorrectionForm(forms.Form):
    """What is wrong in a record, and what it should be."""

    item = forms.CharField(label="What is wrong?", max_length=200, help_text="For example: diabetes, 3 March 2021")
    words = forms.CharField(label="What should it be?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class CorrectionAnswerForm(forms.Form):
    """The answer to a request for correction."""

    answer = forms.CharField(label="Answer", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _long(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=4000, help_text=help_text, widget=forms.Textarea(attrs={"rows": 4})
    )


class PlanForm(forms.Form):
    """A care plan's words."""

    kind = forms.ChoiceField(label="Kind of plan", choices=CarePlan.Kind.choices)
    matters = _long("What matters to the person", help_text="In their own words")
    goals = _long("Goals", required=True, help_text="What they want to be able to do, and how you will both know")
    actions = _long("What will be done, and by whom", required=True)
    if_worse = _long("If things get worse", help_text="What the person, a carer and an ambulance crew should do")
    agreed_with = forms.ChoiceField(label="Agreed with", choices=CarePlanVersion.AgreedWith.choices)
    review_on = _day("Next review by", "Within a year")


class ReviseForm(PlanForm):
    """A review, or a change of words."""

    kind = None
    is_review = forms.ChoiceField(
        label="What is this?",
        choices=[("yes", "A review, gone through with the person"), ("no", "A change of words only")],
    )
    note = forms.CharField(label="What changed, and why", max_length=300, required=False)
    seen_number = forms.IntegerField(widget=forms.HiddenInput)


class CloseForm(forms.Form):
    """Why a care plan is closed."""

    close_reason = forms.CharField(label="Why is the plan closed?", max_length=200)


class PreferenceForm(forms.Form):
    """What a person wants, in their words."""

    kind = forms.ChoiceField(label="What is it about?", choices=StatedPreference.Kind.choices)
    words = forms.CharField(
        label="What does the person want?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In words that a colleague can act on",
    )  # fmt: skip
    stated_on = _day("When did they say so?")
