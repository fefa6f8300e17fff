"""Withheld rows, objections and confidential rows are gone before anything is counted."""

from __future__ import annotations

import pytest
from tests.spec import definitions
from tests.spec.language import CODES, codelist

from commonweal.engine.activity import activity_cells
from commonweal.engine.cube import Cube, add_views, cells_of
from commonweal.engine.duckdb_backend import DuckDBBackend
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


def _cubes(folder, rows):
    made = definitions.plan()
    cubes = {view: Cube(cells_of(made)) for view in ("care", "restricted")}
    files = write_tiny_record(folder, rows, buckets=3)
    with DuckDBBackend(files, loader=codelist, withheld=definitions.WITHHELD, threads=1) as backend:
        context = backend.prepare(made)
        for bucket in files.buckets:
            result = backend.run_bucket(made, context, bucket)
            add_views(cubes, result)
            activity_cells(backend.connection, made, context, result, cubes)
    return {view: _as_dict(cube) for view, cube in cubes.items()}


def _as_dict(cube):
    return {
        (row["definition_id"], row["part"], row["group_type"], row["group_code"]): (
            row["numerator"],
            row["denominator"],
        )
        for row in cube.table("2026-03-31").to_pylist()
        if row["numerator"] or row["denominator"]
    }


def test_counts_outside_direct_care_are_those_of_a_record_without_withheld_rows_and_objectors(tmp_path, rows):
    """By every group, of people and of rows; the oracle counts everybody of a record that never held the others."""
    objectors = {one["person_key"] for one in rows["person"] if one["type1_opt_out"] or one["national_opt_out"]}
    cleaned = {
        table: [
            row
            for row in listed
            if row.get("person_key") not in objectors
            and not (table in ("event", "medication") and row["concept"] == CODES["AB"])
            and not (table == "contact" and row["confidential"])
        ]
        for table, listed in rows.items()
    }
    cleaned["person"] = [{**row, "birth_date": row["birth_date"].replace(day=1)} for row in cleaned["person"]]
    found, expected = _cubes(tmp_path / "a", rows), _cubes(tmp_path / "b", cleaned)["care"]
    assert found["restricted"].keys() == expected.keys()
    for key, counts in expected.items():
        assert found["restricted"][key] == pytest.approx(counts), key
    assert any(key[2] == "provider" for key in expected)
    assert found["care"] != found["restricted"]
