"""One person's rows, gathered for looking: the record's tables of a timeline once more, in one DuckDB file.

Parquet serves those who read everything: to find one person's forty rows it decodes a hundred thousand of each column. DuckDB
skips to the block that holds them, for a fifth of the processor's time. It asks every block of a table whether it may hold them, so
each range of people is a schema of its own: a look at one person costs the same among two million as among ten thousand. The file is made once
for a build, from the build's files alone, and every release of the build links it.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import duckdb

from commonweal.engine.dialect import text_literal
from commonweal.engine.record_files import Bucket, RecordFiles

NAME = "histories.duckdb"
TABLES_SHOWN = (
    "event", "medication", "contact", "diagnosis", "procedure", "referral", "wait", "care_package", "registration",
)  # fmt: skip
"""What a timeline shows."""
GATHERED = (*TABLES_SHOWN, "preference")
ROWS_TOGETHER = 16_384


def gather(record: RecordFiles, path: Path, memory_limit: str = "400MB") -> None:
    """Make the file at `path`, aside, and rename it. The record's files are sorted by person. One process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    _clear(path)  # what a process that was killed left
    try:
        with closing(duckdb.connect()) as connection:
            connection.execute(f"SET memory_limit = '{memory_limit}'")
            connection.execute("SET preserve_insertion_order = true")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"ATTACH {text_literal(str(temporary))} AS gathered (ROW_GROUP_SIZE {ROWS_TOGETHER})")
            for table in GATHERED:
                connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {record.relation(table)} WHERE false")
            for bucket in record.buckets:
                connection.execute(f"CREATE SCHEMA gathered.{schema_of(bucket)}")
                for table in GATHERED:
                    held = f"gathered.{schema_of(bucket)}.{table}"
                    connection.execute(f"CREATE TABLE {held} AS FROM temp.{table}")
                    connection.execute(f"INSERT INTO {held} BY NAME SELECT * FROM {record.relation(table, bucket)}")
            connection.execute("DETACH gathered")
        temporary.replace(path)
    finally:
        _clear(path)


def schema_of(bucket: Bucket) -> str:
    """The schema that holds the rows of one range of people, as it stands in a statement."""
    return '"range {}"'.format(bucket.name.replace('"', '""'))


def _clear(path: Path) -> None:
    """Remove what stands beside `path` under a name of the time being, the database's own journal included."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)
