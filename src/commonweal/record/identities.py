"""The identity store: names, numbers and addresses, apart from the linked record.

It holds every `subject` row that any feed sent, as one Parquet part a load, sorted by `subject_key`, in a folder of its
own that only its owner may enter (folder 0700, files 0600). Parts are written aside and renamed, so that a crash leaves
either the whole load or nothing, readers never wait for a writer, and adding the same load again changes nothing.

It is read in bulk inside the machine only (`subjects`: by linkage, by erasure, and to gather names by person, see
`record.known_people`). Direct care looks at one person, with a reason, which is audited (`look`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from commonweal.errors import BadInput, NotAllowed
from commonweal.governance import audit
from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import install_row_keys
from commonweal.record.schema import LINEAGE, SUBJECT
from commonweal.store import Store

_PART = re.compile(r"(\d{8,})\.parquet")


def prepare_keys(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Give `connection` the macros ``subject_key(namespace, local_identifier)`` and ``row_key(kind, namespace, id)``.

    See `commonweal.governance.pseudonyms` for the construction and its limits. Call it on each cursor that uses them.
    """
    install_row_keys(connection, KeyRing(store.keys))


@dataclass(frozen=True)
class IdentityStore:
    """The subject rows of one store. Opening it creates nothing."""

    folder: Path

    @classmethod
    def of(cls, store: Store) -> IdentityStore:
        return cls(store.identities)

    def add_subjects(
        self,
        subjects: pa.Table | pa.RecordBatchReader | duckdb.DuckDBPyRelation,
        load_id: int,
        *,
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> int:
        """Keep the subject rows of one load, in place of any that this load sent before. Returns the rows kept.

        `subjects` has the columns of `record.schema.SUBJECT`; columns left out are null, except the required ones. A
        relation needs the connection that it belongs to.
        """
        own = connection or duckdb.connect()
        names = list(subjects.columns) if isinstance(subjects, duckdb.DuckDBPyRelation) else subjects.schema.names
        _check_columns(names)
        columns = ", ".join(
            f"CAST({column.name} AS {column.duckdb_type}) AS {column.name}"
            if column.name in names
            else f"CAST(NULL AS {column.duckdb_type}) AS {column.name}"
            for column in SUBJECT
        )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.part(load_id)
        temporary = self.folder / f".{part.name}.{os.getpid()}"
        for left_behind in self.folder.glob(f".{part.name}.*"):  # by a process that was killed
            left_behind.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        try:
            own.register("_arriving_subjects", subjects) if not isinstance(
                subjects, duckdb.DuckDBPyRelation
            ) else subjects.create_view("_arriving_subjects", replace=True)
            rows = own.execute(
                f"COPY (SELECT {columns} FROM _arriving_subjects ORDER BY subject_key, record_number) "
                f"TO '{temporary}' (FORMAT parquet, COMPRESSION zstd)"
            ).fetchone()
            wrong = own.execute(
                f"SELECT count(*) FROM read_parquet('{temporary}') WHERE load_id IS DISTINCT FROM $1 OR subject_key IS NULL",
                [load_id],
            ).fetchone()
            if wrong and wrong[0]:
                raise BadInput("subject rows without a key or of another load", where=f"load {load_id}", value=wrong[0])
            temporary.chmod(0o600)
            temporary.replace(part)
        finally:
            temporary.unlink(missing_ok=True)
            if connection is None:
                own.close()
            else:
                own.execute("DROP VIEW IF EXISTS _arriving_subjects")
        return int(rows[0]) if rows else 0

    def remove_load(self, load_id: int) -> None:
        """Forget what one load sent; nothing happens where it sent nothing."""
        self.part(load_id).unlink(missing_ok=True)

    def load_ids(self) -> list[int]:
        """The loads that are held, in order."""
        if not self.folder.exists():
            return []
        return sorted(int(match[1]) for path in self.folder.iterdir() if (match := _PART.fullmatch(path.name)))

    def subjects(
        self, connection: duckdb.DuckDBPyConnection, load_ids: Sequence[int] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Every subject row, or those of some loads, as a lazy relation (Arrow by ``.to_arrow_reader()``).

        For linkage and erasure inside the machine only: never for a page or an answer.
        """
        wanted = self.load_ids() if load_ids is None else sorted(set(load_ids) & set(self.load_ids()))
        if not wanted:
            columns = ", ".join(f"CAST(NULL AS {column.duckdb_type}) AS {column.name}" for column in SUBJECT)
            return connection.sql(f"SELECT {columns} WHERE false")
        return connection.read_parquet([str(self.part(load_id)) for load_id in wanted])

    def part(self, load_id: int) -> Path:
        """Where one load's subjects are."""
        return self.folder / f"{load_id:08d}.parquet"

    def look(
        self, subject_keys: Sequence[int], *, person_id: str, by: audit.Actor, purpose: str, reason: str
    ) -> list[dict[str, object]]:
        """What each source says about one person, newest load first. Audited before anything is read.

        Raises `NotAllowed` for any purpose but direct care, and where no reason is given. Whether `by` may see this
        person (a relationship or a broken glass) is the caller's permission check.
        """
        if purpose != "direct_care":
            raise NotAllowed(
                "identities are for direct care only", value=purpose, remedy="use the pseudonymised record instead"
            )
        if not reason.strip():
            raise NotAllowed("a look at a person needs its reason", remedy="say why you need to see this person")
        audit.record(by, purpose=purpose, action="look", subject=person_id, object="identity", reason=reason)
        names = ", ".join(column.name for column in SUBJECT if column not in LINEAGE)
        with duckdb.connect() as connection:
            self.subjects(connection).create_view("held")
            found = connection.execute(
                f"SELECT {names}, load_id, record_number FROM held WHERE subject_key IN (SELECT unnest($1::BIGINT[])) "
                "ORDER BY load_id DESC, record_number DESC",
                [list(subject_keys)],
            )
            columns = [one[0] for one in found.description]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _check_columns(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in SUBJECT]
    missing = [column.name for column in SUBJECT if column.required and column.name not in names]
    if unknown or missing:
        raise BadInput(
            "subject rows have the wrong columns",
            value={"unknown": unknown, "missing": missing},
            remedy="use the columns of record.schema.SUBJECT",
        )
