"""The command line: a release, a list with its evidence, an explanation, and the audit of each look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest
from tests.engine.test_release import make_build

from commonweal.definitions.codelists import load
from commonweal.definitions.registry import registry
from commonweal.engine.plan import definitions_needed
from commonweal.pipeline.release import make_release
from commonweal.store import Store


def run(store, *arguments):
    environment = {**os.environ, "COMMONWEAL_STORE": str(store.root)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "commonweal.cli", *arguments, "--store", str(store.root)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("store"))
    codes = [("snomed", min(load(name).codes)) for name in ("dm_cod", "ifcchbam_cod")]
    rows = {
        "person": [{"person_key": key, "birth_date": date(1960, 1, 1), "sex": "F"} for key in (1, 2, 3)],
        "registration": [
            {"person_key": key, "practice_code": "P1", "start_date": date(2000, 1, 1)} for key in (1, 2, 3)
        ],
        "event": [
            {"person_key": 1, "date": date(2020, 1, 1), "concept": 1},
            {"person_key": 2, "date": date(2020, 1, 1), "concept": 1},
            {"person_key": 2, "date": date(2026, 3, 1), "concept": 2, "value": 50.0},
        ],
        "concept": [
            {"concept": number, "system": system, "code": code} for number, (system, code) in enumerate(codes, 1)
        ],
    }
    make_build(made, rows)
    make_release(made, definitions=definitions_needed(["diabetes"], dict(registry())), as_at=date(2026, 3, 31))
    return made


def test_list_at_the_release_date_and_at_another(store):
    now = run(store, "list", "diabetes", "--purpose", "direct_care", "--json")
    assert now.returncode == 0, now.stderr
    people = json.loads(now.stdout)["people"]
    assert [one["person_id"] for one in people] == ["P1", "P2"]
    assert any("1 January 2020" in line["sentence"] for line in people[0]["evidence"])
    earlier = run(store, "list", "diabetes", "--purpose", "direct_care", "--as-at", "2019-12-31", "--json")
    assert json.loads(earlier.stdout)["people"] == []


def test_explain_leads_to_the_row_and_the_look_is_in_the_audit(store):
    found = json.loads(run(store, "explain", "diabetes", "P1", "--purpose", "direct_care", "--json").stdout)
    assert found["answer"] is True
    assert [1, 1] in [
        [row["load_id"], row["record_number"]] for feature in found["features"] for row in feature["rows"]
    ]
    assert "1" in found["files"]


def test_define_check_counts_targets_by_class_and_the_lines_of_a_register():
    command = [sys.executable, "-m", "commonweal.cli", "define", "check", "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found["problems"] == []
    classes = [found[f"targets_{name}"] for name in ("computed", "milestone", "not_computable")]
    assert sum(classes) == found["targets_total"] == 406
    assert 0 < found["register_lines"] <= found["register_lines_with_worked_patients"] < 20


def test_a_list_of_people_is_refused_to_planning(store):
    refused = run(store, "list", "diabetes", "--purpose", "planning")
    assert refused.returncode == 5
    assert "Traceback" not in refused.stderr


def test_define_run_gives_the_promised_keys(store):
    found = run(
        store,
        "define",
        "run",
        "diabetes",
        "--as-at",
        "2026-03-31",
        "--by",
        "practice",
        "--purpose",
        "direct_care",
        "--json",
    )
    rows = json.loads(found.stdout)["rows"]
    assert {"numerator", "denominator", "value", "lower", "upper", "release", "hash"} <= rows[0].keys()
    assert [(row["group"], row["numerator"], row["denominator"]) for row in rows] == [("P1", 2, 3)]
