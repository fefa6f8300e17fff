"""People's rows gathered for looking: the record's own, range by range."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import duckdb
import pytest
from tests.spec import definitions

from commonweal.engine import history_file
from commonweal.engine.tiny_record import write_tiny_record


@pytest.fixture
def record(tmp_path):
    return write_tiny_record(tmp_path / "record", definitions.record(people=40, seed=7), buckets=3)


def gathered(path):
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{path}' AS history (READ_ONLY)")
    return closing(connection)


def test_each_range_holds_the_record_s_rows_of_its_people(record, tmp_path):
    path = tmp_path / "histories.duckdb"
    history_file.gather(record, path)
    with gathered(path) as connection:
        for table in history_file.GATHERED:
            for bucket in record.buckets:
                held = f"history.{history_file.schema_of(bucket)}.{table}"
                found = connection.execute(f"SELECT * FROM {held} ORDER BY ALL").fetchall()
                assert (
                    found
                    == connection.execute(f"SELECT * FROM {record.relation(table, bucket)} ORDER BY ALL").fetchall()
                )
        rows = [
            connection.execute(f"SELECT count(*) FROM history.{history_file.schema_of(one)}.event").fetchone()[0]
            for one in record.buckets
        ]
    assert len(rows) == 3 and min(rows) > 0


def test_a_range_without_a_file_has_an_empty_table_and_one_without_a_column_has_it_empty(record, tmp_path):
    first, second, _ = record.buckets
    (record.root / "event" / f"{first.name}.parquet").unlink()
    old = record.root / "event" / f"{second.name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE kept AS SELECT * EXCLUDE (unit) FROM '{old}'")
        connection.execute(f"COPY kept TO '{old}'")
    path = tmp_path / "histories.duckdb"
    history_file.gather(record, path)
    with gathered(path) as connection:
        in_first = connection.execute(f"FROM history.{history_file.schema_of(first)}.event").fetchall()
        in_second = connection.execute(
            f"SELECT DISTINCT unit FROM history.{history_file.schema_of(second)}.event"
        ).fetchall()
    assert in_first == []
    assert in_second == [(None,)]


def test_what_a_killed_process_left_is_cleared(record, tmp_path):
    left = tmp_path / ".histories.duckdb.1"
    left.write_text("half")
    history_file.gather(record, tmp_path / "histories.duckdb")
    assert not left.exists()


def test_a_name_of_a_range_cannot_end_the_statement():
    from commonweal.engine.record_files import Bucket

    assert history_file.schema_of(Bucket('0"; DROP', 0, 1)) == '"range 0""; DROP"'


def test_dates_come_through(tmp_path):
    rows = {"person": [{"person_key": 1}], "event": [{"person_key": 1, "date": date(2024, 2, 29), "concept": 3}]}
    record = write_tiny_record(tmp_path / "record", rows)
    history_file.gather(record, tmp_path / "histories.duckdb")
    with gathered(tmp_path / "histories.duckdb") as connection:
        held = f"history.{history_file.schema_of(record.buckets[0])}.event"
        assert connection.execute(f"SELECT date, concept FROM {held}").fetchall() == [(date(2024, 2, 29), 3)]
