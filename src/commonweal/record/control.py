"""The control store (``control.sqlite``): which files arrived, what became of every row, and who may write.

A load is visible only once its row says ``committed``, in one transaction with its counts. Anything a killed process left
behind (a ``started`` row, a folder, subject rows) is cleared by the next writer before it begins.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal.errors import Busy, NotReady
from commonweal.store import Store

REMOVAL = """CREATE TABLE IF NOT EXISTS removal (
    sha256 TEXT NOT NULL, what TEXT NOT NULL, load_id INTEGER, bytes INTEGER NOT NULL, removed_at TEXT NOT NULL, rule TEXT NOT NULL
);"""

SCHEMA = f"""
{REMOVAL}
CREATE TABLE IF NOT EXISTS load (
    load_id INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, feed TEXT NOT NULL, layout TEXT NOT NULL,
    namespace TEXT NOT NULL, fingerprint TEXT NOT NULL, sha256 TEXT NOT NULL, member TEXT NOT NULL, file TEXT NOT NULL,
    bytes INTEGER NOT NULL, mode TEXT NOT NULL, status TEXT NOT NULL, received_at TEXT NOT NULL, committed_at TEXT,
    rows_in INTEGER NOT NULL DEFAULT 0, loaded INTEGER NOT NULL DEFAULT 0, quarantined INTEGER NOT NULL DEFAULT 0,
    excluded INTEGER NOT NULL DEFAULT 0, superseded_by INTEGER, message TEXT NOT NULL DEFAULT '',
    CHECK (status <> 'committed' OR rows_in = loaded + quarantined + excluded)
);
CREATE INDEX IF NOT EXISTS load_content ON load (sha256, member);
CREATE TABLE IF NOT EXISTS reconciliation (
    load_id INTEGER NOT NULL, hop TEXT NOT NULL, item TEXT NOT NULL, rows INTEGER NOT NULL,
    PRIMARY KEY (load_id, hop, item)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gate (
    load_id INTEGER NOT NULL, scope TEXT NOT NULL, code TEXT NOT NULL, metric TEXT NOT NULL, value REAL, threshold REAL,
    outcome TEXT NOT NULL, message TEXT NOT NULL, since TEXT, PRIMARY KEY (load_id, scope, code, metric)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS profile (
    load_id INTEGER NOT NULL, table_name TEXT NOT NULL, organisation TEXT NOT NULL, column_name TEXT NOT NULL,
    rows INTEGER NOT NULL, filled INTEGER NOT NULL, first_date TEXT, last_date TEXT,
    PRIMARY KEY (load_id, table_name, organisation, column_name)
) WITHOUT ROWID;
"""

UPGRADES = ("ALTER TABLE gate ADD COLUMN since TEXT", REMOVAL)
"""What takes a control store from each version to the next; a new store begins at the last."""


def now() -> str:
    """This moment, UTC, ISO, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def writer(store: Store, task: str) -> Iterator[None]:
    """Hold the store for writing. Raises `Busy` when another process holds it; the lock dies with its process."""
    store.root.mkdir(parents=True, exist_ok=True)
    path = store.root / ".writer.lock"
    handle = path.open("a+")
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "another process"
            raise Busy(
                "the store is being written",
                where=store.root.name,
                value=holder,
                remedy="wait until it has finished, then run this again",
            ) from None
        handle.seek(0)
        handle.truncate()
        handle.write(f"{task}, process {os.getpid()}, since {now()}")
        handle.flush()
        yield
        handle.seek(0)
        handle.truncate()
    finally:
        handle.close()


@dataclass(frozen=True)
class LoadRow:
    """One load as the control store holds it."""

    load_id: int
    delivery: int
    feed: str
    layout: str
    namespace: str
    fingerprint: str
    sha256: str
    member: str
    file: str
    bytes: int
    mode: str
    status: str
    received_at: str
    committed_at: str | None = None
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    excluded: int = 0
    superseded_by: int | None = None
    message: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a load comes to, written in one transaction."""

    rows_in: int
    loaded: int
    quarantined: int
    excluded: int
    reconciliation: Sequence[tuple[str, str, int]] = ()
    gates: Sequence[tuple[str, str, str, float | None, float | None, str, str, str | None]] = ()
    profiles: Sequence[tuple[str, str, str, int, int, str | None, str | None]] = ()
    message: str = field(default="")


class Control:
    """The control store of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection whose work is one transaction."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.store.control, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            _upgrade(connection)
            connection.row_factory = sqlite3.Row
            with connection:
                yield connection
        finally:
            connection.close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a query, as dictionaries; empty where nothing has been landed yet."""
        if not self.store.control.exists():
            return []
        with self.connect() as connection:
            return [dict(row) for row in connection.execute(sql, parameters)]

    def next_delivery(self) -> int:
        """A number for one call of `ingest`: the files that arrived together."""
        with self.connect() as connection:
            return connection.execute("SELECT coalesce(max(delivery), 0) + 1 FROM load").fetchone()[0]

    def start(self, row: dict[str, Any]) -> int:
        """Reserve a load id for one file."""
        row = {**row, "status": "started", "received_at": now()}
        with self.connect() as connection:
            cursor = connection.execute(
                f"INSERT INTO load ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
            return int(cursor.lastrowid or 0)

    def commit(self, load_id: int, outcome: Outcome, replaces: int = 0) -> None:
        """Make a load visible, with its counts, reconciliation, gates and profile, all or nothing.

        `replaces` names an earlier load of the same content, which it supersedes.
        """
        with self.connect() as connection:
            connection.execute(
                "UPDATE load SET status = 'committed', committed_at = ?, rows_in = ?, loaded = ?, quarantined = ?, "
                "excluded = ?, message = ? WHERE load_id = ?",
                (
                    now(),
                    outcome.rows_in,
                    outcome.loaded,
                    outcome.quarantined,
                    outcome.excluded,
                    outcome.message,
                    load_id,
                ),
            )
            for table in ("reconciliation", "gate", "profile"):
                connection.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))
            _insert(connection, "reconciliation", load_id, outcome.reconciliation, 3)
            _insert(connection, "gate", load_id, outcome.gates, 8)
            _insert(connection, "profile", load_id, outcome.profiles, 7)
            if replaces:
                connection.execute("UPDATE load SET superseded_by = ? WHERE load_id = ?", (load_id, replaces))
            row = connection.execute("SELECT * FROM load WHERE load_id = ?", (load_id,)).fetchone()
            if row["mode"] == "full":
                connection.execute(
                    "UPDATE load SET superseded_by = ? WHERE layout = ? AND feed = ? AND delivery < ? AND status = 'committed' "
                    "AND superseded_by IS NULL",
                    (load_id, row["layout"], row["feed"], row["delivery"]),
                )

    def refuse(self, load_id: int, message: str) -> None:
        """Keep the record of a file that was refused whole."""
        with self.connect() as connection:
            connection.execute("UPDATE load SET status = 'refused', message = ? WHERE load_id = ?", (message, load_id))

    def committed(self, sha256: str, member: str) -> LoadRow | None:
        """The load that this content became before, if any."""
        found = self.rows(
            "SELECT * FROM load WHERE sha256 = ? AND member = ? AND status = 'committed' ORDER BY load_id DESC LIMIT 1",
            (sha256, member),
        )
        return LoadRow(**found[0]) if found else None

    def loads(self, *, active: bool = True) -> list[LoadRow]:
        """Committed loads in order; by default only those that no later full delivery replaced."""
        where = "AND superseded_by IS NULL" if active else ""
        return [
            LoadRow(**row)
            for row in self.rows(f"SELECT * FROM load WHERE status = 'committed' {where} ORDER BY load_id")
        ]

    def refused(self) -> list[LoadRow]:
        """Files that were refused whole, in order."""
        return [LoadRow(**row) for row in self.rows("SELECT * FROM load WHERE status = 'refused' ORDER BY load_id")]

    def refused_rows(self, load_ids: Sequence[int]) -> dict[str, tuple[int, int]]:
        """Practice to rows that arrived and rows of them that broke a rule, in these loads."""
        marks = ", ".join("?" * len(load_ids))
        rows = self.rows(
            "SELECT code, sum(value) AS rows, sum(coalesce(threshold, 0)) AS broke FROM gate "
            f"WHERE metric = 'rows' AND load_id IN ({marks}) GROUP BY code",
            load_ids,
        )
        return {row["code"]: (int(row["rows"]), int(row["broke"])) for row in rows}

    def arrived(self) -> dict[int, tuple[int, int]]:
        """Load id to the load and the delivery in which the same content first came."""
        return {
            row["load_id"]: (row["first_load"], row["first_delivery"])
            for row in self.rows(
                "SELECT load_id, min(load_id) OVER same AS first_load, min(delivery) OVER same AS first_delivery FROM load "
                "WHERE status = 'committed' WINDOW same AS (PARTITION BY sha256, member)"
            )
        }

    def reconciliation(self, load_id: int | None = None) -> list[dict[str, Any]]:
        """Reconciliation lines with their file and feed."""
        where, parameters = ("AND r.load_id = ?", (load_id,)) if load_id is not None else ("", ())
        return self.rows(
            "SELECT l.feed, l.layout, l.file, l.member, r.* FROM reconciliation r JOIN load l USING (load_id) "
            f"WHERE l.status = 'committed' {where} ORDER BY r.load_id, r.hop, r.item",
            parameters,
        )

    def gates(self) -> list[dict[str, Any]]:
        """Verdicts with their file and feed: those of each file, and those that a practice did not pass."""
        return self.rows(
            "SELECT l.feed, l.layout, l.file, l.member, g.* FROM gate g JOIN load l USING (load_id) "
            "WHERE l.status = 'committed' AND (g.scope <> 'practice' OR g.outcome <> 'pass') "
            "ORDER BY g.load_id, g.scope, g.code"
        )

    def removed(self, rows: Iterable[tuple[str, str, int | None, int, str]]) -> None:
        """Note what retention took away: content hash, what, load, bytes, rule."""
        moment = now()
        with self.connect() as connection:
            connection.executemany(
                "INSERT INTO removal (sha256, what, load_id, bytes, rule, removed_at) VALUES (?, ?, ?, ?, ?, ?)",
                [(*row, moment) for row in rows],
            )

    def unfinished(self) -> list[int]:
        """Loads that a process began and did not finish."""
        return [row["load_id"] for row in self.rows("SELECT load_id FROM load WHERE status = 'started'")]

    def abandon(self, load_ids: Iterable[int]) -> None:
        """Mark loads that died; their ids are never used again."""
        with self.connect() as connection:
            connection.executemany(
                "UPDATE load SET status = 'abandoned', message = 'the process stopped before it finished' WHERE load_id = ?",
                [(load_id,) for load_id in load_ids],
            )


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring the control store to this version. Raises `NotReady` for one that a later version wrote."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(UPGRADES):
        raise NotReady(
            "the store was written by a later version of Commonweal",
            value=f"store version {version}; this program knows {len(UPGRADES)}",
            remedy="run that version, or restore a backup made before it",
        )
    if version == len(UPGRADES):
        return
    new = not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'load'").fetchone()[0]
    connection.executescript(SCHEMA)
    for step in () if new else UPGRADES[version:]:
        connection.execute(step)
    connection.execute(f"PRAGMA user_version = {len(UPGRADES)}")


def _insert(
    connection: sqlite3.Connection, table: str, load_id: int, rows: Iterable[Sequence[Any]], width: int
) -> None:
    marks = ", ".join("?" * (width + 1))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [(load_id, *row) for row in rows])


def load_folder(store: Store, load_id: int) -> Path:
    """Where a load's tables are."""
    return store.loads / f"{load_id:08d}"
