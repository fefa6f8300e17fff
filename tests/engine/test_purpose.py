"""Withheld rows, objections and confidential rows are gone before anything is counted."""

from __future__ import annotations

import pytest
from tests.spec import definitions
from tests.spec.language import CODES

from commonweal.engine.tiny_record import write_tiny_record


@pytest.fixture(scope="module")
def rows():
    return definitions.record(people=200)


def _answers(folder, rows):
    return definitions.on_duckdb(write_tiny_record(folder, rows, buckets=3))[1]


def test_restricted_view_is_that_of_a_record_without_the_withheld_rows(tmp_path, rows):
    """The oracle: a record in which the withheld rows never were, and in which only the month of birth is known."""
    cleaned = dict(rows)
    cleaned["event"] = [row for row in rows["event"] if row["concept"] != CODES["AB"]]
    cleaned["medication"] = [row for row in rows["medication"] if row["concept"] != CODES["AB"]]
    cleaned["contact"] = [row for row in rows["contact"] if not row["confidential"]]
    cleaned["person"] = [{**row, "birth_date": row["birth_date"].replace(day=1)} for row in rows["person"]]
    found, expected = _answers(tmp_path / "a", rows), _answers(tmp_path / "b", cleaned)
    assert found["restricted"] == expected["care"]
    assert found["care"] != found["restricted"], "the record must hold withheld rows that matter"


def test_rows_marked_confidential_by_the_source_count_for_nobody(tmp_path, rows):
    cleaned = dict(rows)
    cleaned["event"] = [row for row in rows["event"] if not row["confidential"]]
    assert len(cleaned["event"]) < len(rows["event"])
    assert _answers(tmp_path / "a", rows)["care"] == _answers(tmp_path / "b", cleaned)["care"]


def test_buckets_do_not_change_answers(tmp_path, rows):
    one = definitions.on_duckdb(write_tiny_record(tmp_path / "one", rows, buckets=1))[1]
    many = definitions.on_duckdb(write_tiny_record(tmp_path / "many", rows, buckets=17))[1]
    assert one == many
