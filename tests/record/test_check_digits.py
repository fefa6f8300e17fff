"""Codes whose last figures a spreadsheet lost: found by their check digit, kept, and said by data quality with what to do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from ingest_helpers import CONDITIONS, condition, known_people, one, take, write

from commonweal.definitions import codelists
from commonweal.record import check_digits
from commonweal.record.control import Control
from commonweal.record.quality import scorecards
from commonweal.store import Store

HYPERTENSION, MISTYPED = "59621000", "59621001"
LONG = "1084601000000102"
"""A code of 16 figures; a spreadsheet keeps 15 of them and writes a zero for the last."""
ROUNDED = LONG[:15] + "0"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def doubts(store: Store) -> list[str]:
    return [gate["message"] for gate in Control(store).gates() if gate["metric"] == check_digits.METRIC]


def load(store: Store, files: Path, *codes: str):
    take(store, known_people(files / "people", "p1"))
    lines = [condition("p1", code=code) for code in codes]
    return one(take(store, write(files, "conditions.csv", CONDITIONS, *lines)), "conditions.csv")


def test_many_at_once_agree_with_one_at_a_time_and_every_list_that_ships_passes():
    codes = sorted(
        {code for one in map(codelists.load, codelists.ids()) if "snomed" in one.systems for code in one.codes}
    )
    assert len(codes) > 20_000 and not check_digits.wrong(codes).any()
    moved = [code[:-1] + str((int(code[-1]) + 1) % 10) for code in codes[:500]]
    mixed = [*codes[:500], *moved]
    found = check_digits.wrong(mixed)
    assert np.array_equal(found, [not check_digits.verhoeff_valid(code) for code in mixed])
    assert found[500:].all()


def test_rows_with_a_rounded_code_are_kept_and_said_with_count_example_cause_and_remedy(store: Store, tmp_path: Path):
    report = load(store, tmp_path / "files", HYPERTENSION, ROUNDED, ROUNDED, MISTYPED)
    assert (report.loaded, report.quarantined, report.tables["event"]) == (4, 0, 4)
    (message,) = doubts(store)
    assert "3 rows" in message and "2 such codes" in message and ROUNDED in message and "spreadsheet" in message
    assert "export codes as text" in message
    (card,) = [
        card
        for card in scorecards(store, date(2026, 4, 1))
        if card.organisation == "" and message in " ".join(card.reasons)
    ]
    assert card.state != "good"


def test_right_codes_and_local_ones_that_are_no_identifiers_raise_no_doubt(store: Store, tmp_path: Path):
    assert load(store, tmp_path / "files", HYPERTENSION, LONG, "12345", "LOCAL01").loaded == 4
    assert doubts(store) == []


def test_a_later_load_without_such_a_code_is_not_doubted(store: Store, tmp_path: Path):
    load(store, tmp_path / "files", MISTYPED)
    assert len(doubts(store)) == 1
    one(
        take(store, write(tmp_path / "later", "conditions.csv", CONDITIONS, condition("p1", code=HYPERTENSION))),
        "conditions.csv",
    )
    assert len(doubts(store)) == 1


def test_a_json_array_is_called_that_with_how_to_write_lines(store: Store, tmp_path: Path):
    people = [
        {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1970-01-01"} for name in ("a", "b")
    ]
    report = one(take(store, write(tmp_path / "files", "Patient.ndjson", json.dumps(people))), "Patient")
    assert report.status == "refused" and report.loaded == 0
    assert "one JSON array" in report.message and "jq -c '.[]'" in report.message
