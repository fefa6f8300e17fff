"""Who each person is, gathered by person: what a page of names reads.

The identity store keeps what each load sent, by subject. A list of twenty people would read some eighty places of a dozen
files. So after each linkage, and after each erasure, the rows that say something of somebody are put together, sorted by person, in
one DuckDB file of small row groups beside the parts: ``identities/known-….duckdb``. It is made of the parts and the register
alone, aside, and renamed to a name of its own, so that whoever still reads the one before can finish.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.record.expressions import quote
from commonweal.record.identities import IdentityStore
from commonweal.record.register import Register
from commonweal.store import MEMORY, Store

FIELDS = ("family_name", "given_name", "nhs_number", "telephone", "address", "postcode")
"""What is gathered of a person; the rest is read from the parts, for a person's own copy of their data."""
ROWS_TOGETHER = 2048
"""DuckDB's smallest row group: a look at one person reads one or two of them."""


@dataclass(frozen=True)
class KnownPeople:
    """The gathered rows of one store."""

    store: Store

    @property
    def path(self) -> Path | None:
        """DuckDB: table ``known`` (person_id, load_id, record_number, then `FIELDS`), by person, newest first. None: none is made."""
        return max(self._files(), default=None)

    def _files(self) -> list[Path]:
        return list(self.store.identities.glob("known-*.duckdb"))

    def forget(self) -> None:
        """Remove the file, for somebody who must not be in it any longer; `gather` makes it again."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def gather(self, memory_limit: str = MEMORY) -> None:
        """Make the file again. The caller holds the store's writer lock and has linked its records."""
        register = Register.of(self.store)
        folder, before = self.store.identities, self._files()
        temporary = folder / f".known.{os.getpid()}"
        for left_behind in folder.glob(".known.*"):  # by a process that was killed
            left_behind.unlink(missing_ok=True)
        fields = ", ".join(FIELDS)
        try:
            with closing(duckdb.connect()) as connection:
                connection.execute(f"SET memory_limit = '{memory_limit}'")
                connection.execute(f"SET temp_directory = {quote(self.store.root / '.spill')}")
                connection.execute(f"ATTACH {quote(temporary)} AS gathered (ROW_GROUP_SIZE {ROWS_TOGETHER})")
                temporary.chmod(0o600)
                IdentityStore.of(self.store).subjects(connection).create_view("held")
                connection.execute(
                    f"CREATE TABLE gathered.known AS SELECT person_id, load_id, record_number, {fields} FROM held "
                    f"JOIN read_parquet({quote(register.subjects_path)}) USING (subject_key) "
                    f"JOIN read_parquet({quote(register.persons_path)}) USING (person_key) "
                    f"WHERE coalesce({fields}) IS NOT NULL ORDER BY person_id, load_id DESC, record_number DESC"
                )
                connection.execute("DETACH gathered")
            temporary.replace(folder / f"known-{time.time_ns():020d}.duckdb")
            for path in before:
                path.unlink(missing_ok=True)
        finally:
            temporary.unlink(missing_ok=True)
