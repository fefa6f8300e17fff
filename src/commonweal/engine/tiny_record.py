"""A tiny linked record from rows written by hand: for worked patients, the spec suite and tests of the engine.

It writes the same canonical Parquet that a build writes, so that the engine reads nothing special.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.record.schema import TABLES

ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}

ROWS = Mapping[str, Iterable[Mapping[str, Any]]]


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a canonical table."""
    return pa.schema([(column.name, ARROW[column.type]) for column in TABLES[table]])


def write_tiny_record(folder: Path, rows: ROWS, *, buckets: int = 1) -> RecordFiles:
    """Write canonical tables under `folder`, people split over so many ranges; absent columns are null.

    A row without lineage gets load 1 and its own place as record number; a person without an id gets one from the key.
    """
    people = [dict(one) for one in rows.get("person", ())]
    for one in people:
        one.setdefault("person_id", f"P{one['person_key']}")
        born = one.get("birth_date")
        if born is not None:
            one.setdefault("birth_month", born.replace(day=1))
    people.sort(key=lambda one: one["person_key"])
    ranges = _ranges([one["person_key"] for one in people], buckets)
    for table in TABLES:
        if table == "subject":
            continue
        listed = people if table == "person" else [dict(one) for one in rows.get(table, ())]
        for number, one in enumerate(listed, 1):
            one.setdefault("load_id", 1)
            one.setdefault("record_number", number)
        if TABLES[table].per_person:
            for bucket in ranges:
                inside = [one for one in listed if bucket.low <= one["person_key"] <= bucket.high]
                _write(folder, table, bucket.name, inside)
        else:
            _write(folder, table, "000", listed)
    return RecordFiles(folder, ranges)


def _ranges(keys: list[int], buckets: int) -> tuple[Bucket, ...]:
    if not keys:
        return (Bucket("000", 0, 0),)
    size = -(-len(keys) // buckets)
    groups = [keys[start : start + size] for start in range(0, len(keys), size)]
    return tuple(Bucket(f"{index:03d}", group[0], group[-1]) for index, group in enumerate(groups))


def _write(folder: Path, table: str, name: str, rows: list[dict[str, Any]]) -> None:
    path = folder / table / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(table)
    columns = [[row.get(field.name) for row in rows] for field in schema]
    pq.write_table(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema), path)
