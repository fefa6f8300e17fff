"""Every definition gives its worked patients the answers that are written beside it, on two evaluators."""

import re
from datetime import date, timedelta

import pytest

from commonweal.definitions.declarations import ActivityMeasure, Measure, Source
from commonweal.definitions.registry import all_definitions, registry
from commonweal.definitions.vocabulary import contact
from commonweal.definitions.vocabulary.calendar import add_months
from commonweal.definitions.vocabulary.nodes import DateShift, PersonAttribute, walk
from commonweal.engine.worked_patients import check
from commonweal.errors import BadInput

RESOLVING = {
    "adhdrem_cod", "astres_cod", "ckdres_cod", "copdres_cod", "depres_cod", "dmres_cod", "epilres_cod",
    "hfres_cod", "hypres_cod", "no_longer_housebound", "not_carer", "palcareni_cod", "pregnancy_ended",
}  # fmt: skip
"""Lists that take a person off."""

DEFINITIONS = list(registry().values())
PEOPLE = [one for one in DEFINITIONS if not isinstance(one, ActivityMeasure)]


def test_every_worked_patient_gets_the_stated_answer_on_both_evaluators():
    assert check(registry().values()) == []


def test_there_is_enough_of_each_kind():
    kinds = {kind: len(all_definitions(kind)) for kind in ("register", "measure", "flag", "segment", "score")}
    assert kinds["register"] >= 40 and kinds["flag"] >= 40 and kinds["measure"] >= 100
    assert kinds["segment"] >= 2 and kinds["score"] >= 5
    assert sum(len(one.worked_patients) for one in DEFINITIONS) > 1500


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.id)
def test_answers_go_both_ways(definition):
    answers = [str(patient.expected) for patient in definition.worked_patients]
    assert len(set(answers)) >= 2, "worked patients need at least one in and one out"
    assert len({patient.label for patient in definition.worked_patients}) == len(answers), "two patients share a label"


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.id)
def test_somebody_has_a_missing_date(definition):
    uses_rows = definition.features() or definition.row_sets()
    dated = [one for patient in definition.worked_patients for one in patient.rows]
    assert not uses_rows or any(
        one.date == "" or ("end_date" not in dict(one.columns) and one.table == "contact") for one in dated
    )


@pytest.mark.parametrize(
    "definition", [one for one in PEOPLE if one.kind in ("register", "flag")], ids=lambda one: one.id
)
def test_what_can_resolve_has_somebody_resolved_and_somebody_diagnosed_again(definition):
    if not RESOLVING & set(definition.codelists()):
        return
    labels = [patient.label.split(":")[0] for patient in definition.worked_patients]
    assert "resolved" in labels and "diagnosed again" in labels


def _uses_age(definition):
    nodes = [node for part, node in definition.expressions().items() if part != "order"]
    return any(part == PersonAttribute("birth_date") for node in nodes for part in walk(node))


@pytest.mark.parametrize("definition", [one for one in PEOPLE if _uses_age(one)], ids=lambda one: one.id)
def test_an_age_limit_has_somebody_on_its_edge_or_beyond(definition):
    """Somebody has a birthday on the as-at date or the next day, or two people are at least ten years apart."""
    born = [date.fromisoformat(patient.born) for patient in definition.worked_patients]
    moment = definition.worked_patients[0].as_at
    birthdays = {add_months(moment, -12 * years) for years in range(110)}
    birthdays |= {day + timedelta(days=1) for day in birthdays}
    assert birthdays & set(born) or max(born) - min(born) > timedelta(days=3650)


def test_a_numerator_that_is_not_drawn_from_the_denominator_is_refused():
    attended = contact.where(setting="op", attendance_status=("5", "6"))
    with pytest.raises(BadInput, match="not drawn from the denominator"):
        ActivityMeasure(
            id="wrong", title="", why_it_matters="", owner="", checked_by="", source=Source("", ""), reviewed_on=date(2026, 1, 1),
            review_due=date(2027, 1, 1), denominator=attended, numerator=contact.where(setting="op", attendance_status="3"), worked_patients=(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "measure", [one for one in DEFINITIONS if isinstance(one, Measure) and not one.is_rate], ids=lambda one: one.id
)
def test_nobody_outside_the_denominator_is_a_numerator(measure):
    met = [patient for patient in measure.worked_patients if patient.expected == "numerator"]
    unmet = [patient for patient in measure.worked_patients if patient.expected != "numerator"]
    assert met and unmet


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.id)
def test_it_says_why_who_where_from_and_until_when(definition):
    assert definition.why_it_matters and definition.owner and definition.checked_by
    assert definition.source.name and definition.source.version
    assert definition.reviewed_on <= date.today(), "reviewed in the future"
    assert date.today() <= definition.review_due, "the review is overdue: read the source again, and date it"
    if definition.kind == "measure":
        assert definition.polarity in ("higher_is_better", "lower_is_better", "neither")
    assert len(definition.why_it_matters.split()) >= 4 and not re.search(
        r"\b(CVDP|QOF|HYP|DM)\w*\d", definition.why_it_matters
    )


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.id)
def test_a_value_that_no_source_confirms_is_listed_as_unverified_and_dated(definition):
    said = " ".join([definition.source.name, definition.source.version, definition.notes, definition.title])
    assert "general knowledge" not in said, "list the value under `unverified`"
    assert "unverified" not in said or definition.unverified
    assert [one for one in definition.unverified if not re.search(r"taken in \w+ 20\d\d$", one)] == []


@pytest.mark.parametrize(
    "measure", [one for one in DEFINITIONS if isinstance(one, ActivityMeasure)], ids=lambda one: one.id
)
def test_what_is_still_to_follow_is_not_judged_before_its_days_have_passed(measure):
    """A share of rows that something follows within two days or more leaves out rows of which the days still run."""
    waits = [one for one in measure.numerator.rows.related if one.highest > 1 and one.lowest >= 0 and not one.negated]
    for one in waits:
        ends = [
            bound.bound.days
            for bound in measure.denominator.rows.bounds
            if isinstance(bound.bound, DateShift) and bound.column == one.own_column and bound.operator == "<="
        ]
        assert ends and min(ends) <= -one.highest, (measure.id, one.highest)
