"""The person register: which subject is which person, for good.

``register.sqlite`` holds what people decide and what happened: the current generation, overrides, the review queue, and
the history of merges and splits. The large tables are Parquet snapshots beside it, one folder a generation:

    register/<generation>/subjects.parquet   subject_key, person_key             sorted by subject_key
    register/<generation>/persons.parquet    person_key, person_id, merged_into  one row a person ever known
    register/<generation>/links.parquet      the links that were used, for `why`

A generation is written aside and becomes current by one row in one SQLite transaction, so that a crash leaves the one
before. `person_key` is dense and append-only; `person_id` is random and never given twice. A person who was merged
keeps a row whose `merged_into` leads to the survivor.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb

from commonweal.errors import BadInput, NotReady
from commonweal.record.register_assign import AssignmentCounts, assign_persons
from commonweal.store import Store

KEPT_GENERATIONS = 3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS generation (
    number INTEGER PRIMARY KEY, created_at TEXT NOT NULL, fingerprint TEXT NOT NULL,
    subjects INTEGER NOT NULL, persons INTEGER NOT NULL, linked_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS override (
    subject_a INTEGER NOT NULL, subject_b INTEGER NOT NULL, same INTEGER NOT NULL,
    decided_by TEXT NOT NULL, reason TEXT NOT NULL, decided_at TEXT NOT NULL, withdrawn_at TEXT,
    CHECK (subject_a < subject_b)
);
CREATE UNIQUE INDEX IF NOT EXISTS override_standing ON override (subject_a, subject_b) WHERE withdrawn_at IS NULL;
CREATE TABLE IF NOT EXISTS review (
    kind TEXT NOT NULL, subject_a INTEGER NOT NULL, subject_b INTEGER NOT NULL, reason TEXT NOT NULL, weight REAL,
    generation INTEGER NOT NULL, PRIMARY KEY (kind, subject_a, subject_b)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    generation INTEGER NOT NULL, happened_at TEXT NOT NULL, kind TEXT NOT NULL,
    person_key INTEGER NOT NULL, person_id TEXT NOT NULL, other_key INTEGER NOT NULL, other_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_of ON history (person_id);
"""


@dataclass(frozen=True)
class Override:
    """A human decision about two subjects: the same person or not. `subject_a` < `subject_b`."""

    subject_a: int
    subject_b: int
    same: bool
    decided_by: str
    reason: str


@dataclass(frozen=True)
class ReviewItem:
    """Two subjects (the same one twice where the doubt is about one) that a person should look at."""

    kind: str
    subject_a: int
    subject_b: int
    reason: str
    weight: float | None


@dataclass(frozen=True)
class HistoryItem:
    """`person_id` was merged into `other_id`, or split off from it."""

    generation: int
    happened_at: str
    kind: Literal["merged_into", "split_from"]
    person_id: str
    other_id: str


@dataclass(frozen=True)
class Register:
    """The register of one store. Opening it creates nothing."""

    path: Path

    @classmethod
    def of(cls, store: Store) -> Register:
        return cls(store.register)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path, timeout=60)) as database:
            database.executescript(_SCHEMA)
            with database:
                yield database

    # ---- snapshots

    def generation(self) -> int | None:
        """The current generation, or None where nothing was linked yet."""
        if not self.path.exists():
            return None
        with self._database() as database:
            return database.execute("SELECT max(number) FROM generation").fetchone()[0]

    def folder(self, generation: int | None = None) -> Path:
        """The snapshot of a generation, the current one by default. Raises `NotReady` where there is none."""
        number = self.generation() if generation is None else generation
        if number is None:
            raise NotReady("no person is known yet", remedy="run: commonweal link")
        return self.path.with_suffix("") / f"{number:06d}"

    @property
    def subjects_path(self) -> Path:
        """Parquet: subject_key BIGINT, person_key INTEGER."""
        return self.folder() / "subjects.parquet"

    @property
    def persons_path(self) -> Path:
        """Parquet: person_key INTEGER, person_id VARCHAR, merged_into INTEGER (null while the person stands)."""
        return self.folder() / "persons.parquet"

    @property
    def links_path(self) -> Path:
        """Parquet: subject_a, subject_b, rule, weight, levels."""
        return self.folder() / "links.parquet"

    def publish(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        clusters: str,
        links: str,
        doubts: str,
        linked_by: str,
    ) -> AssignmentCounts:
        """Make a new generation from a partition, and switch to it; the same partition again changes nothing.

        `clusters`: relation (subject_key, cluster, practice_code); `links`: (subject_a, subject_b, rule, weight,
        levels); `doubts`: (kind, reason, subject_a, subject_b, weight); `linked_by`: JSON kept with the generation.
        """
        current = self.generation()
        number = (current or 0) + 1
        final = self.path.with_suffix("") / f"{number:06d}"
        temporary = final.with_name(f".{number:06d}.{os.getpid()}")
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)  # written by a run that was killed before it became current
        temporary.mkdir(parents=True, mode=0o700)
        try:
            counts = assign_persons(connection, clusters, None if current is None else self.folder(current), temporary)
            connection.execute(
                f"COPY (SELECT * FROM {links} ORDER BY ALL) TO '{temporary / 'links.parquet'}' "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
            fingerprint = f"{counts.fingerprint}:{_content(connection, links)}"
            items = connection.execute(
                f"SELECT DISTINCT kind, least(subject_a, subject_b), greatest(subject_a, subject_b), reason, weight, "
                f"{number} FROM {doubts} ORDER BY ALL"
            ).fetchall()
            if current is not None and fingerprint == self._fingerprint(current):
                with self._database() as database:
                    self._replace_review(database, items)
                return counts
            temporary.replace(final)
            self._switch(connection, number, counts, fingerprint, items, linked_by)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        self._prune(number)
        return counts

    def _switch(
        self,
        connection: duckdb.DuckDBPyConnection,
        number: int,
        counts: AssignmentCounts,
        fingerprint: str,
        doubts: Sequence[tuple[object, ...]],
        linked_by: str,
    ) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changes = connection.execute("SELECT kind, person_key, person_id, other_key, other_id FROM register_change")
        with self._database() as database:
            self._replace_review(database, doubts)
            database.executemany(
                "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((number, now, *change) for change in changes.fetchall()),
            )
            database.execute(
                "INSERT INTO generation VALUES (?, ?, ?, ?, ?, ?)",
                (number, now, fingerprint, counts.subjects, counts.persons, linked_by),
            )

    def _fingerprint(self, generation: int) -> str | None:
        with self._database() as database:
            row = database.execute("SELECT fingerprint FROM generation WHERE number = ?", (generation,)).fetchone()
        return row[0] if row else None

    @staticmethod
    def _replace_review(database: sqlite3.Connection, doubts: Sequence[tuple[object, ...]]) -> None:
        """Put the doubts of this run in place of the last run's, without the pairs that people have decided."""
        decided = set(database.execute("SELECT subject_a, subject_b FROM override WHERE withdrawn_at IS NULL"))
        database.execute("DELETE FROM review")
        database.executemany(
            "INSERT OR REPLACE INTO review VALUES (?, ?, ?, ?, ?, ?)",
            (doubt for doubt in doubts if (doubt[1], doubt[2]) not in decided),
        )

    def _prune(self, number: int) -> None:
        for folder in self.path.with_suffix("").iterdir():
            if folder.name.startswith(".") or int(folder.name) <= number - KEPT_GENERATIONS:
                shutil.rmtree(folder, ignore_errors=True)

    # ---- people's decisions

    def decide(self, subject_a: int, subject_b: int, *, same: bool, decided_by: str, reason: str) -> None:
        """Record that two subjects are, or are not, the same person. Holds in every later link until withdrawn."""
        if subject_a == subject_b:
            raise BadInput("a decision is about two different source records")
        if not reason.strip() or not decided_by.strip():
            raise BadInput("a decision needs who took it and why", remedy="give decided_by and reason")
        low, high = sorted((subject_a, subject_b))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database() as database:
            database.execute(
                "UPDATE override SET withdrawn_at = ? WHERE subject_a = ? AND subject_b = ? AND withdrawn_at IS NULL",
                (now, low, high),
            )
            database.execute(
                "INSERT INTO override VALUES (?, ?, ?, ?, ?, ?, NULL)", (low, high, int(same), decided_by, reason, now)
            )
            database.execute("DELETE FROM review WHERE subject_a = ? AND subject_b = ?", (low, high))

    def withdraw(self, subject_a: int, subject_b: int) -> None:
        """Take a decision back; the row stays for history."""
        low, high = sorted((subject_a, subject_b))
        with self._database() as database:
            database.execute(
                "UPDATE override SET withdrawn_at = ? WHERE subject_a = ? AND subject_b = ? AND withdrawn_at IS NULL",
                (datetime.now(UTC).isoformat(timespec="seconds"), low, high),
            )

    def forget(self, subject_keys: Sequence[int]) -> None:
        """Take these subjects out of the review queue and the decisions, for good (an erasure). The next link drops their links."""
        if not self.path.exists():
            return
        with self._database() as database:
            for table in ("review", "override"):
                database.executemany(
                    f"DELETE FROM {table} WHERE subject_a = ? OR subject_b = ?", ((key, key) for key in subject_keys)
                )

    def overrides(self) -> list[Override]:
        """The decisions that stand."""
        with self._database() as database:
            rows = database.execute(
                "SELECT subject_a, subject_b, same, decided_by, reason FROM override WHERE withdrawn_at IS NULL "
                "ORDER BY subject_a, subject_b"
            ).fetchall()
        return [Override(a, b, bool(same), by, reason) for a, b, same, by, reason in rows]

    def review_queue(self, kind: str | None = None, limit: int = 100, offset: int = 0) -> list[ReviewItem]:
        """What waits for a person, strongest first within its kind."""
        with self._database() as database:
            rows = database.execute(
                "SELECT kind, subject_a, subject_b, reason, weight FROM review WHERE ? IS NULL OR kind = ? "
                "ORDER BY kind, weight DESC, subject_a, subject_b LIMIT ? OFFSET ?",
                (kind, kind, limit, offset),
            ).fetchall()
        return [ReviewItem(*row) for row in rows]

    def review_counts(self) -> dict[str, int]:
        """How many wait, by kind."""
        with self._database() as database:
            return dict(database.execute("SELECT kind, count(*) FROM review GROUP BY kind ORDER BY kind").fetchall())

    # ---- look-ups

    def history(self, person_id: str) -> list[HistoryItem]:
        """Merges and splits of one person, oldest first."""
        with self._database() as database:
            rows = database.execute(
                "SELECT generation, happened_at, kind, person_id, other_id FROM history "
                "WHERE person_id = ? OR other_id = ? ORDER BY generation, rowid",
                (person_id, person_id),
            ).fetchall()
        return [HistoryItem(*row) for row in rows]

    def current_id(self, person_id: str) -> str | None:
        """The id under which a person is known now, following merges; None for an id that was never given."""
        with duckdb.connect() as connection:
            row = connection.execute(
                f"SELECT survivor.person_id FROM read_parquet('{self.persons_path}') AS person "
                f"JOIN read_parquet('{self.persons_path}') AS survivor "
                "ON survivor.person_key = coalesce(person.merged_into, person.person_key) WHERE person.person_id = $1",
                [person_id],
            ).fetchone()
        return row[0] if row else None

    def subject_keys(self, person_id: str) -> list[int]:
        """The subjects of one person, in order; for `IdentityStore.look`."""
        with duckdb.connect() as connection:
            return [
                row[0]
                for row in connection.execute(
                    f"SELECT subject_key FROM read_parquet('{self.subjects_path}') JOIN "
                    f"read_parquet('{self.persons_path}') USING (person_key) WHERE person_id = $1 ORDER BY 1",
                    [person_id],
                ).fetchall()
            ]


def _content(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """A digest of the rows of a relation, whatever their order; comparable within one version of DuckDB only."""
    row = connection.execute(f"SELECT count(*), sum(CAST(hash(r) AS HUGEINT)) FROM (FROM {relation}) AS r").fetchone()
    return ":".join(map(str, row or ()))
