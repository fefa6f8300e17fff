"""Who each person is, gathered by person: what a page of names reads.

The identity store keeps what each load sent, by subject. A list of twenty people would read some eighty places of a dozen
files. So after each linkage, and after each erasure, the rows that say something of somebody are put together by person in one
SQLite file beside the parts: ``identities/known-….sqlite``. A table of two million people is searched by key twenty times a page, which is
what a B-tree is for: 0.7 ms, where a column store asks every block whether it may hold one of the twenty. The file is made of the parts and
the register alone, aside, and renamed to a name of its own, so that whoever still reads the one before can finish.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.errors import Busy
from commonweal.record.expressions import quote
from commonweal.record.identities import IdentityStore
from commonweal.record.register import Register
from commonweal.store import MEMORY, Store

FIELDS = ("family_name", "given_name", "nhs_number", "telephone", "address", "postcode")
"""What is gathered of a person; the rest is read from the parts, for a person's own copy of their data."""
ROWS_AT_ONCE = 10_000
PEOPLE_AT_ONCE = 500


@dataclass(frozen=True)
class KnownPeople:
    """The gathered rows of one store."""

    store: Store

    @property
    def path(self) -> Path | None:
        """SQLite: table ``known`` (person_id, place, load_id, record_number, then `FIELDS`), by person, newest first. None: none is made."""
        return max(self.store.identities.glob("known-*.sqlite"), default=None)

    def _files(self) -> list[Path]:
        return list(self.store.identities.glob("known-*"))

    def forget(self) -> None:
        """Remove the file, for somebody who must not be in it any longer; `gather` makes it again."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def rows_of(self, person_ids: Iterable[str], fields: Sequence[str]) -> dict[str, list[dict[str, str | None]]]:
        """Person to what each source says of them (`fields`, of `FIELDS`), newest first; without those of whom none does."""
        wanted = list(dict.fromkeys(person_ids))
        for _ in range(2):  # a linkage may put a newer file in its place between the look and the opening
            path = self.path
            if path is None or not wanted:
                return {}
            with suppress(sqlite3.OperationalError):
                return _read(path, wanted, fields)
        raise Busy("names are being gathered again", remedy="try again in a moment")

    def gather(self, memory_limit: str = MEMORY) -> None:
        """Make the file again. The caller holds the store's writer lock and has linked its records."""
        folder, before = self.store.identities, self._files()
        temporary = folder / f".known.{os.getpid()}"
        for left_behind in folder.glob(".known.*"):  # by a process that was killed
            left_behind.unlink(missing_ok=True)
        try:
            temporary.touch(mode=0o600)
            with closing(sqlite3.connect(temporary)) as made, closing(duckdb.connect()) as connection:
                connection.execute(f"SET memory_limit = '{memory_limit}'")
                connection.execute(f"SET temp_directory = {quote(self.store.root / '.spill')}")
                made.execute("PRAGMA journal_mode = OFF")  # nobody sees the file before it is whole
                made.execute(
                    "CREATE TABLE known (person_id TEXT, place INTEGER, load_id INTEGER, record_number INTEGER, "
                    f"{', '.join(f'{one} TEXT' for one in FIELDS)}, PRIMARY KEY (person_id, place)) WITHOUT ROWID"
                )
                holes = ", ".join("?" for _ in range(len(FIELDS) + 4))
                for rows in self._rows(connection):
                    made.executemany(f"INSERT INTO known VALUES ({holes})", rows)
                made.commit()
            temporary.replace(folder / f"known-{time.time_ns():020d}.sqlite")
            for path in before:
                path.unlink(missing_ok=True)
        finally:
            temporary.unlink(missing_ok=True)

    def _rows(self, connection: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[object, ...]]]:
        """Blocks of rows of ``known``, in the order in which a B-tree is written once from left to right."""
        register, fields = Register.of(self.store), ", ".join(FIELDS)
        IdentityStore.of(self.store).subjects(connection).create_view("held")
        found = connection.execute(
            f"SELECT person_id, row_number() OVER () AS place, load_id, record_number, {fields} FROM ("
            f"SELECT person_id, load_id, record_number, {fields} FROM held "
            f"JOIN read_parquet({quote(register.subjects_path)}) USING (subject_key) "
            f"JOIN read_parquet({quote(register.persons_path)}) USING (person_key) "
            f"WHERE coalesce({fields}) IS NOT NULL ORDER BY person_id, load_id DESC, record_number DESC)"
        )
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield rows


def _read(path: Path, person_ids: list[str], fields: Sequence[str]) -> dict[str, list[dict[str, str | None]]]:
    found: dict[str, list[dict[str, str | None]]] = {}
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        for start in range(0, len(person_ids), PEOPLE_AT_ONCE):
            some = person_ids[start : start + PEOPLE_AT_ONCE]
            rows = database.execute(
                f"SELECT person_id, {', '.join(fields)} FROM known WHERE person_id IN ({', '.join('?' for _ in some)}) "
                "ORDER BY place",
                some,
            )
            for person_id, *values in rows:
                found.setdefault(person_id, []).append(dict(zip(fields, values, strict=True)))
    return found
