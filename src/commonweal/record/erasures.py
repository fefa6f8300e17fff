"""Erased people: the list of them, without saying who they are, and the sweep that keeps their rows out.

``erasures.sqlite`` holds each erasure (when, on what authority, by whom) and its tokens: the subject keys of the person,
which are keyed hashes already, and a keyed hash of the NHS number that was given. No name or number stands in it.

Landed files are kept by the hash of their content and cannot be rewritten. So the list is applied whenever something is
made of them: before every link and build, `sweep` takes the listed rows out of the identities and the loads, and counts
them in the control store as ``erased``. A record of the person that arrives later goes the same way.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import row_key
from commonweal.nhs_number import normalise_sql
from commonweal.record.control import Control, load_folder
from commonweal.record.expressions import quote
from commonweal.record.identities import IdentityStore, prepare_keys
from commonweal.record.known_people import KnownPeople
from commonweal.record.register import Register
from commonweal.record.schema import TABLES
from commonweal.store import Store

KIND = "erased number"
"""Keeps the hash of an erased number apart from every other key."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS erasure (
    number INTEGER PRIMARY KEY, erased_at TEXT NOT NULL, authority TEXT NOT NULL, reason TEXT NOT NULL,
    decided_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    kind TEXT NOT NULL CHECK (kind IN ('subject', 'number')), value INTEGER NOT NULL,
    erasure INTEGER NOT NULL REFERENCES erasure (number), PRIMARY KEY (kind, value)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Erasures:
    """The erasure list of one store. Opening it creates nothing."""

    store: Store

    @property
    def path(self) -> Path:
        return self.store.root / "erasures.sqlite"

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path, timeout=60)) as database:
            database.executescript(_SCHEMA)
            with database:
                yield database

    def tokens(self, kind: str) -> dict[int, int]:
        """Token to its erasure; `kind` is ``subject`` or ``number``."""
        if not self.path.exists():
            return {}
        with self._database() as database:
            return dict(database.execute("SELECT value, erasure FROM token WHERE kind = ? ORDER BY value", (kind,)))

    def add(self, subject_keys: Iterable[int], nhs_number: str, *, authority: str, reason: str, decided_by: str) -> int:
        """List one person for good. Returns the number of the erasure."""
        number_token = row_key(KeyRing(self.store.keys), KIND, "", nhs_number)
        with self._database() as database:
            number = database.execute(
                "INSERT INTO erasure (erased_at, authority, reason, decided_by) VALUES (?, ?, ?, ?)",
                (datetime.now(UTC).isoformat(timespec="microseconds"), authority, reason, decided_by),
            ).lastrowid
            rows = [("subject", key, number) for key in subject_keys] + [("number", number_token, number)]
            database.executemany("INSERT OR IGNORE INTO token VALUES (?, ?, ?)", rows)
        return int(number or 0)

    def add_subjects(self, subjects: Iterable[tuple[int, int]]) -> None:
        """Further subjects of people already erased: (subject_key, erasure)."""
        with self._database() as database:
            rows = (("subject", key, number) for key, number in subjects)
            database.executemany("INSERT OR IGNORE INTO token VALUES (?, ?, ?)", rows)

    def last(self) -> str | None:
        """When the latest erasure was made (UTC, ISO), or None."""
        if not self.path.exists():
            return None
        with self._database() as database:
            return database.execute("SELECT max(erased_at) FROM erasure").fetchone()[0]


def erased_rows(store: Store) -> dict[tuple[str, int], int]:
    """(table, load id) to the rows that erasures took out of it."""
    rows = Control(store).rows("SELECT load_id, item, rows FROM reconciliation WHERE hop = 'erased'")
    return {(row["item"], row["load_id"]): row["rows"] for row in rows}


def sweep(store: Store) -> dict[tuple[str, int], int]:
    """Take the rows of erased people out of identities and loads; returns rows by (table, load id) of this sweep.

    The caller holds the store's writer lock. Each file is rewritten aside and renamed, and what it lost is worked out from what
    it first held, so that a sweep that dies is finished by the next.
    """
    erasures = Erasures(store)
    numbers = erasures.tokens("number")
    if not numbers:
        return {}
    identities, control = IdentityStore.of(store), Control(store)
    swept: dict[tuple[str, int], int] = {}
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true")
        prepare_keys(connection, store)
        erasures.add_subjects(_returned(connection, identities, numbers))
        keys = list(erasures.tokens("subject"))
        connection.execute("CREATE TEMP TABLE erased AS SELECT unnest($1::BIGINT[]) AS subject_key", [keys])
        for load_id, table, path in _files(store):
            gone = _without(connection, path)
            if gone:
                swept[table, load_id] = gone
            if gone and table == "subject":
                KnownPeople(store).forget()
            _count(control, load_id, table, path)
    if KnownPeople(store).path is None and Register.of(store).generation() is not None:
        KnownPeople(store).gather()
    return swept


def _returned(
    connection: duckdb.DuckDBPyConnection, identities: IdentityStore, numbers: dict[int, int]
) -> list[tuple[int, int]]:
    """Subjects that a source sent under an erased number: (subject_key, erasure)."""
    identities.subjects(connection).create_view("held_subject", replace=True)
    token = f"row_key('{KIND}', '', {normalise_sql('nhs_number')})"
    found = connection.execute(
        f"SELECT DISTINCT subject_key, {token} AS token FROM held_subject "
        "WHERE nhs_number IS NOT NULL AND token IN (SELECT unnest($1::BIGINT[]))",
        [list(numbers)],
    ).fetchall()
    return [(key, numbers[token]) for key, token in found]


def _files(store: Store) -> Iterator[tuple[int, str, Path]]:
    """Every file of loads and identities that tells people apart, as (load id, table, path)."""
    identities = IdentityStore.of(store)
    for load_id in identities.load_ids():
        yield load_id, "subject", identities.part(load_id)
    for load in Control(store).loads(active=False):
        for name, table in TABLES.items():
            path = load_folder(store, load.load_id) / f"{name}.parquet"
            if table.per_person and path.exists():
                yield load.load_id, name, path
        known = load_folder(store, load.load_id) / "subject_key.parquet"
        if known.exists():
            yield load.load_id, "subject_key", known


def _without(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rewrite a file without the erased; returns the rows that went."""
    source = f"read_parquet({quote(path)})"
    row = connection.execute(f"SELECT count(*) FROM {source} SEMI JOIN erased USING (subject_key)").fetchone()
    gone = int(row[0]) if row else 0
    if gone:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.touch(mode=0o600)
        try:
            connection.execute(
                f"COPY (SELECT * FROM {source} WHERE subject_key NOT IN (SELECT subject_key FROM erased)) "
                f"TO {quote(temporary)} (FORMAT parquet, COMPRESSION zstd)"
            )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return gone


def _count(control: Control, load_id: int, table: str, path: Path) -> None:
    """Write down how many rows of a load's table are gone: what it held when it was loaded, less what it holds now."""
    held = control.rows(
        "SELECT rows FROM reconciliation WHERE load_id = ? AND hop = 'canonical' AND item = ?", (load_id, table)
    )
    gone = held[0]["rows"] - pq.read_metadata(path).num_rows if held else 0
    if gone > 0:
        with control.connect() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO reconciliation VALUES (?, 'erased', ?, ?)", (load_id, table, gone)
            )
