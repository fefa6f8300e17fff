"""A few hand-made subjects, linked in a store of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest

from commonweal.record.identities import IdentityStore
from commonweal.record.linkage import link
from commonweal.record.register import Register
from commonweal.record.schema import SUBJECT
from commonweal.store import Store

TYPES = {"string": pa.string(), "int64": pa.int64(), "int32": pa.int32(), "date": pa.date32()}
SUBJECT_SCHEMA = pa.schema([(column.name, TYPES[column.type]) for column in SUBJECT])


def subject(key: int, **fields: object) -> dict[str, object]:
    """One row; names and so on are those of one invented person unless given."""
    given = {
        "subject_key": key, "feed": "gp", "local_identifier": str(key), "family_name": "Ashford", "given_name": "Martha",
        "birth_date": date(1961, 3, 9), "birth_date_precision": "D", "sex": "F", "address": "4 Mill Lane",
        "postcode": "W2 1NY", "practice_code": "E84002", "telephone": "02081234567", "record_number": key,
    }  # fmt: skip
    row = dict.fromkeys(SUBJECT.column_names) | given | fields
    if row["nhs_number"] is not None and "nhs_number_status" not in fields:
        row["nhs_number_status"] = "01"
    return row


def table(rows: list[dict[str, object]], load_id: int = 1) -> pa.Table:
    """Rows of one load as Arrow."""
    return pa.Table.from_pylist([row | {"load_id": load_id} for row in rows], schema=SUBJECT_SCHEMA)


class LinkedStore:
    """A store whose subjects are given load by load."""

    def __init__(self, store: Store) -> None:
        self.store, self.identities, self.register = store, IdentityStore.of(store), Register.of(store)
        self.loads = 0

    def add(self, *rows: dict[str, object]) -> LinkedStore:
        self.loads += 1
        self.identities.add_subjects(table(list(rows), self.loads), self.loads)
        return self

    def link(self):
        return link(self.store, threads=1)

    def people(self) -> dict[int, str]:
        """person_id by subject."""
        import duckdb

        with duckdb.connect() as connection:
            return dict(
                connection.execute(
                    f"SELECT subject_key, person_id FROM read_parquet('{self.register.subjects_path}') "
                    f"JOIN read_parquet('{self.register.persons_path}') USING (person_key)"
                ).fetchall()
            )

    def groups(self) -> set[frozenset[int]]:
        found: dict[str, set[int]] = {}
        for key, person in self.people().items():
            found.setdefault(person, set()).add(key)
        return {frozenset(group) for group in found.values()}


@pytest.fixture
def linked(tmp_path) -> LinkedStore:
    return LinkedStore(Store(tmp_path / "store"))


@pytest.fixture
def fresh(tmp_path_factory) -> Callable[[], LinkedStore]:
    return lambda: LinkedStore(Store(tmp_path_factory.mktemp("store")))
