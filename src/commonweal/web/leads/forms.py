"""Forms of what leads keep."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from commonweal.web.leads.dashboards import FILTERS
from commonweal.web.leads.models import Shared


class KeptForm(forms.Form):
    """What a group and a view have in common. The last two are for changing one."""

    title = forms.CharField(label="Name", max_length=120)
    shared = forms.ChoiceField(label="Who may use it", choices=Shared.choices, initial=Shared.PRIVATE)
    note = forms.CharField(label="What is changed, and why", max_length=300)
    seen_number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, new: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["note"], self.fields["seen_number"]


class GroupForm(KeptForm):
    """Practices ticked."""

    practices = forms.MultipleChoiceField(label="Practices", error_messages={"required": "Tick at least two practices"})

    def __init__(self, *args, practices: Iterable[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practices"].choices = list(practices)  # type: ignore[attr-defined]


class ViewForm(KeptForm):
    """Measures ticked, one group, and a filter."""

    group = forms.ChoiceField(label="For")
    show = forms.ChoiceField(
        label="Show", required=False, choices=[("", "Every measure of the view"), *FILTERS.items()]
    )
    measures = forms.MultipleChoiceField(label="Measures", error_messages={"required": "Tick at least one measure"})

    def __init__(self, *args, measures: Iterable[tuple[str, str]], groups: Iterable[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measures"].choices = list(measures)  # type: ignore[attr-defined]
        self.fields["group"].choices = list(groups)  # type: ignore[attr-defined]


class RebaseForm(forms.Form):
    """From when a chart's limits start again, and why."""

    day = forms.DateField(
        label="From which day?", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The first day of the changed service",
    )  # fmt: skip
    reason = forms.CharField(
        label="What changed in the service?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: recall moved to birth months. Everybody who sees the chart reads this",
    )  # fmt: skip
