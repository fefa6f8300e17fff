"""Every target and every condition of the plans is answered, and the answers hold."""

import csv
from importlib.resources import files
from pathlib import Path

from commonweal.definitions.registry import registry
from commonweal.definitions.target_coverage import counts, coverage

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = files("commonweal.commissioning") / "data"


def _source_ids(name):
    with (SOURCE / name).open(encoding="utf-8", newline="") as handle:
        return [row["id"] for row in csv.DictReader(handle)]


def test_every_target_of_the_documents_is_classed_once_and_with_a_reason():
    assert [one.target_id for one in coverage()] == _source_ids("targets.csv")
    assert all(one.reason for one in coverage())
    assert {one.target_class for one in coverage()} == {"computed", "milestone", "not_computable"}


def test_a_computed_target_names_a_measure_that_can_be_computed():
    for one in coverage():
        if one.target_class == "computed":
            measure = registry()[one.measure_id]
            assert measure.kind == "measure" and measure.computable, one.target_id
        else:
            assert not one.measure_id


def test_the_counts_are_those_that_the_documentation_states():
    assert counts() == {"computed": 93, "milestone": 166, "not_computable": 147}


def test_every_condition_of_the_documents_has_a_definition_or_a_stated_reason():
    with (DOCS / "conditions.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["id"] for row in rows] == _source_ids("conditions_and_pathways.csv")
    for row in rows:
        named = [name for name in row["definitions"].split("; ") if name]
        assert set(named) <= set(registry()), row["id"]
        assert named or row["reason"], row["id"]
        assert row["kinds"] == "; ".join(sorted({registry()[name].kind for name in named})), row["id"]
        lacking = [name for name in named if not registry()[name].computable]
        assert row["reason"] or not lacking, (row["id"], lacking)


def test_a_register_of_grown_ups_does_not_stand_for_a_condition_of_children():
    with (DOCS / "conditions.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        if row["condition"].startswith("Childhood") or "(CYP)" in row["condition"]:
            named = [registry()[name] for name in row["definitions"].split("; ") if name]
            assert not [one.id for one in named if one.kind == "register" and "18 and over" in one.title], row["id"]


def test_every_published_prescribing_measure_is_computed_or_says_why_not():
    with (DOCS / "prescribing-measures.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({row["measure"] for row in rows}) == len(rows) == 80
    for row in rows:
        assert row["reason"] or row["definition"], row["measure"]
        if row["definition"]:
            assert registry()[row["definition"]].computable, row["measure"]
    assert sum(bool(row["definition"]) for row in rows) == 70
