"""Stores with hand-made loads, as `ingest` leaves them: Parquet tables, subject rows and the control store's lines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.record.control import Control, Outcome, load_folder
from commonweal.record.identities import IdentityStore
from commonweal.record.linkage import link
from commonweal.record.schema import SUBJECT, TABLES
from commonweal.store import Store

ARROW = {
    "string": pa.string(), "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
    "float64": pa.float64(), "bool": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
}  # fmt: skip
CONCEPTS = (
    (1, "icd10", "J45"), (2, "icd10", "B20"), (3, "snomed", "38341003"), (4, "snomed", "1111"), (5, "snomed", "2222"),
    (6, "opcs4", "Q131"),
)  # fmt: skip


class Loads:
    """Builds up a store load by load."""

    def __init__(self, store: Store) -> None:
        self.store, self.control = store, Control(store)
        store.root.mkdir(parents=True)
        pq.write_table(
            pa.Table.from_pylist(
                [{"concept": c, "system": s, "code": k, "term": None} for c, s, k in CONCEPTS],
                schema=pa.schema([("concept", pa.int32())] + [(n, pa.string()) for n in ("system", "code", "term")]),
            ),
            store.root / "concepts.parquet",
        )

    def add(self, feed: str = "gp", *, mode: str = "incremental", **tables: list[dict[str, Any]]) -> int:
        """One load. Rows give `subject_key` and what matters; record numbers are counted."""
        load_id = self.control.start(
            {
                "delivery": self.control.next_delivery(), "feed": feed, "layout": f"{feed}.test", "namespace": feed,
                "fingerprint": "f", "sha256": f"{feed}{self.control.next_delivery()}", "member": "",
                "file": f"{feed}.csv", "bytes": 1, "mode": mode,
            }
        )  # fmt: skip
        folder = load_folder(self.store, load_id)
        folder.mkdir(parents=True)
        lines = []
        for name, rows in tables.items():
            columns = SUBJECT if name == "subject" else TABLES[name]
            schema = pa.schema(
                [
                    ("subject_key", pa.int64()) if column.name == "person_key" else (column.name, ARROW[column.type])
                    for column in columns
                ]
            )
            full = [{"record_number": place, "load_id": load_id} | row for place, row in enumerate(rows, start=1)]
            table = pa.Table.from_pylist(full, schema=schema)
            lines.append(("canonical", name, len(rows)))
            if name == "subject":
                IdentityStore.of(self.store).add_subjects(table, load_id)
            else:
                pq.write_table(table, folder / f"{name}.parquet")
        self.control.commit(load_id, Outcome(1, 1, 0, 0, lines))
        return load_id

    def link(self) -> Loads:
        link(self.store, threads=1)
        return self


def person(key: int, **fields: Any) -> dict[str, Any]:
    """One subject whose name and birth date are like nobody else's."""
    name = "".join(chr(65 + int(digit) * 2) for digit in str(key * 7919))
    return {
        "subject_key": key, "feed": "gp", "local_identifier": str(key), "family_name": name, "given_name": name[::-1],
        "birth_date": date(1930 + key % 70, 1 + key % 12, 1 + key % 28), "birth_date_precision": "D", "sex": "F",
        "lsoa21": "E01000471", "practice_code": "E84002",
    } | fields  # fmt: skip


def contact(key: int, subject: int, **fields: Any) -> dict[str, Any]:
    return {
        "subject_key": subject, "contact_key": key, "setting": "apc", "start_date": date(2025, 3, 1),
        "end_date": date(2025, 3, 4), "provider_code": "RYJ", "admission_method": "21", "patient_classification": "1",
        "length_of_stay_days": 3,
    } | fields  # fmt: skip


def event(subject: int, concept: int, day: date = date(2025, 1, 1), **fields: Any) -> dict[str, Any]:
    return {"subject_key": subject, "concept": concept, "date": day} | fields


@pytest.fixture
def loads(tmp_path) -> Loads:
    return Loads(Store(tmp_path / "store"))
