"""What people read as the reason: plain names, the value that decided, and nothing that a release cannot give back."""

from datetime import date

import pytest

from commonweal.definitions import codelists
from commonweal.definitions.codelists import labels, terms
from commonweal.definitions.declarations import Flag, Register
from commonweal.definitions.registry import registry
from commonweal.definitions.vocabulary.nodes import Feature, Member, Node, PersonAttribute, features_in
from commonweal.engine import nodes_json
from commonweal.engine.evidence import Reasoner
from commonweal.engine.words import say

AS_AT = date(2026, 3, 31)


def title(name: str) -> str:
    if codelists.exists(name):
        return codelists.load(name).title
    return registry()[name].title if name in registry() else name


def reasons(definition_id: str, known: dict[str, dict[str, object]], **attributes) -> list[str]:
    """Evidence for somebody with one row of each first codelist named in `known`: its ``date`` and ``value``."""

    def lookup(node: Node):
        if not isinstance(node, Feature):
            if isinstance(node, PersonAttribute):
                return attributes.get(node.name)
            return not (isinstance(node, Member) and node.definition_id == "palliative_care")
        found = known.get(node.rows.codes[0].codelists[0])
        return found is not None if node.aggregate == "any" else found and found[node.part]

    conditions = {one.id: one.logic.node for one in registry().values() if isinstance(one, Register | Flag)}
    reasoner = Reasoner(AS_AT, lookup, conditions, title)
    return [one.sentence for one in reasoner.evidence(conditions[definition_id])]


@pytest.mark.parametrize("definition", registry().values(), ids=lambda one: one.id)
def test_the_logic_of_every_definition_comes_back_from_a_release_as_it_was(definition):
    parts = [*definition.expressions().values(), *(rows.rows for rows in definition.row_sets().values())]
    for part in parts:
        assert nodes_json.from_json(nodes_json.to_json(part)) == part


@pytest.mark.parametrize("systolic", [165.0, 165.03741], ids=["measured", "converted, with decimals nobody measured"])
def test_a_blood_pressure_above_target_is_told_with_its_value_unit_and_date(systolic):
    said = reasons(
        "hypertension_not_controlled",
        {
            "hyp_cod": {"date": date(2015, 1, 1)},
            "systolic_bp": {"date": date(2026, 1, 27), "value": systolic},
            "diabp_cod": {"date": date(2026, 1, 27), "value": 68.0},
        },
        birth_date=date(1940, 1, 1),
    )
    assert "Latest systolic blood pressure: 165 mmHg on 27 January 2026" in said
    assert not [line for line in said if "Synthea" in line or "home" in line]


def test_a_sign_that_is_new_is_told_with_what_it_was_a_year_before():
    """Pressure rose from 128 to 152; cholesterol was high then and is high now, and decided nothing."""
    pressure = {"now": (date(2025, 11, 4), 152.0), "then": (date(2024, 6, 1), 128.0)}
    cholesterol = {"now": (date(2025, 10, 1), 5.6), "then": (date(2024, 5, 1), 5.4)}

    def lookup(node: Node):
        if isinstance(node, PersonAttribute):
            return date(1960, 1, 1)
        if not isinstance(node, Feature):
            return False
        lists = node.rows.codes[0].codelists
        held = pressure if "systolic_bp" in lists else cholesterol if "chol2_cod" in lists else None
        if node.aggregate == "any" or held is None:
            return None if node.aggregate != "any" else False
        when, value = held["then" if node.rows.bounds else "now"]
        return when if node.part == "date" else value

    conditions = {one.id: one.logic.node for one in registry().values() if isinstance(one, Register | Flag)}
    reasoner = Reasoner(AS_AT, lookup, conditions, title)
    said = [one.sentence for one in reasoner.evidence(conditions["cardiovascular_risk_risen"])]
    assert "Latest systolic blood pressure: 152 mmHg on 4 November 2025" in said
    assert "Latest systolic blood pressure at least 12 months ago: 128 mmHg on 1 June 2024" in said
    assert not [line for line in said if "holesterol" in line]


def test_coded_columns_are_said_in_words():
    words = say(registry()["urgent_referral_not_attended"].logic.node, title)
    assert "referral to a consultant (two-week wait)" in words and "(not attended or came too late to be seen)" in words
    assert "priority 3" not in words and "attendance status" not in words


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (("ifcchbam_cod", "hba1c_test", "hba1c_loinc"), "HbA1c"),
        (
            ("bp_cod", "systolic_bp", "systolic_bp_loinc", "diabp_cod", "diastolic_bp_loinc", "bp_loinc"),
            "blood pressure",
        ),
        (("anticoagulant", "doac"), "oral anticoagulant"),
        (("doac",), "direct-acting oral anticoagulant"),
        (("current_smoker", "ex_smoker", "never_smoked"), "smoking status"),
        (("ex_smoker", "never_smoked"), "ex-smoker or never smoked"),
        (("dm_cod",), "diabetes"),
        (("ds_cod",), "Down syndrome"),
        (("copd_review",), "COPD review"),
    ],
)
def test_lists_of_one_thing_are_said_once(lists, said):
    assert labels.label(lists, title) == said


def test_a_unit_is_given_only_where_all_lists_share_it():
    assert labels.unit(("systolic_bp", "systolic_bp_loinc")) == "mmHg"
    assert labels.unit(("ifcchbam_cod", "hba1c_test")) == ""


def test_every_label_and_unit_belongs_to_a_list_that_is_held():
    assert [one for one in (*labels.LABELS, *labels.UNITS) if not codelists.exists(one)] == []


def test_no_rule_names_the_set_that_a_codelist_came_from():
    for definition in registry().values():
        for node in definition.expressions().values():
            if features_in(node):
                assert "(Synthea)" not in say(node, title), definition.id


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("snomed", "271649006", "Systolic blood pressure"),
        ("snomed", "46635009", "Diabetes mellitus type 1"),
        ("icd10", "A419", "Other septicaemia"),
        ("icd10", "I10X", ""),
        ("snomed", "1", ""),
    ],
)
def test_a_code_without_a_term_is_named_by_its_list_and_never_by_a_group(system, code, said):
    # Hypertension stands in a group of the ambulatory care sensitive list that is called "congestive heart failure".
    assert terms.term(system, code) == said
