"""One serving file, opened: what every question to it needs to know, whoever asks. `serving` opens it and asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from commonweal.definitions.vocabulary.names import check_name
from commonweal.engine.answers import DefinitionInfo
from commonweal.engine.exclusions import Exclusion, overlaps
from commonweal.engine.history_file import schema_of
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serve_file import ReleaseInfo
from commonweal.engine.succession import successions
from commonweal.errors import NotAllowed, NotReady
from commonweal.governance.purpose import PurposeRule

HISTORY = "history"
"""The name under which direct care's file sees the gathered history of its release (`engine.history_file`)."""

T = TypeVar("T")


class ReleaseFile:
    """One release for one purpose: what it is and defines, what it leaves out, and where its people's rows are."""

    def __init__(
        self, folder: Path, rule: PurposeRule, connection: duckdb.DuckDBPyConnection, held: dict[str, Any]
    ) -> None:
        """`held` keeps what is read of the file once."""
        self.folder, self.rule, self._held = folder, rule, held
        self.cursor = connection.cursor()

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, worked out once a process for this file. For what is the same to everybody, never for people."""
        if name not in self._held:
            self._held[name] = make()
        return self._held[name]

    def forget(self, name: str) -> None:
        """Read it again when it is next asked: for who writes the file."""
        self._held.pop(name, None)

    # --- what there is ---------------------------------------------------------------------------------------------

    def release(self) -> ReleaseInfo:
        """The release: id, dates, stamp, and whether its people are invented."""
        return self.kept("release", lambda: ReleaseInfo(*self._one("SELECT * FROM release")))

    def definitions(self, kind: str | None = None) -> list[DefinitionInfo]:
        """All definitions (of one kind), by id, those that cannot be computed included with the reason."""
        found = self._definition_map().values()
        return [one for one in found if kind is None or one.kind == kind]

    def definition(self, definition_id: str) -> DefinitionInfo:
        """One definition; an unknown id is refused with the nearest."""
        known = self._definition_map()
        return known[check_name(definition_id, known, "definition")]

    def _definition_map(self) -> dict[str, DefinitionInfo]:
        return self.kept("definitions", self._read_definitions)

    def _read_definitions(self) -> dict[str, DefinitionInfo]:
        rows = self._all("SELECT id, kind, title, hash, computable, reason, json FROM definition ORDER BY id")
        return {
            name: DefinitionInfo(name, kind, title, content, computable, reason, json.loads(details))
            for name, kind, title, content, computable, reason, details in rows
        }

    # --- what is left out --------------------------------------------------------------------------------------------

    def exclusions(
        self,
        definition_id: str | None = None,
        practices: Iterable[str | None] | None = None,
        as_at: date | None = None,
    ) -> list[Exclusion]:
        """What failed its gate: all of it, or what this definition leaves out as at a date (the release's own).

        `practices` keeps those of these practices. A release made before there were gates has none.
        """
        found = self.kept("exclusion rows", self._read_exclusions)
        if definition_id is not None:
            moment, read = as_at or self.release().as_at, self.definition(definition_id).details["reads"]
            found = [one for one in found if one.holds(moment) and overlaps(one.sources, read)]
        wanted = None if practices is None else set(practices)
        return [one for one in found if wanted is None or one.practice_code in wanted]

    def _read_exclusions(self) -> list[Exclusion]:
        if not self.has_table("exclusion"):
            return []
        rows = self._all("SELECT * FROM exclusion ORDER BY practice_code, feed, layout")
        return [Exclusion(code, tuple(sources), tuple(reasons), *rest) for code, sources, reasons, *rest in rows]

    def successions(self) -> dict[str, str]:
        """Each body that had ended by the release's date, to who stands for it then."""

        def read() -> dict[str, str]:
            rows = self._all("SELECT code, valid_to, successor_code FROM organisation")
            return successions(rows, self.release().as_at)

        return self.kept("successions", read)

    def has_table(self, name: str) -> bool:
        """Whether the file holds a table: early releases lack some."""
        return self.kept(
            f"has {name}",
            lambda: bool(self._one("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [name])[0]),
        )

    def left_out_columns(self) -> str:
        """The columns of the cube that say who was left out, also of a release made before it held them."""
        return "excluded, state" if self.has_table("exclusion") else "0 AS excluded, '' AS state"

    # --- rows ------------------------------------------------------------------------------------------------------

    def record(self) -> RecordFiles:
        """The linked record behind this release (direct care only)."""
        self.require_people()
        return _record_of(self.folder)

    def rows_of(self, table: str, person_key: int) -> str:
        """Where the rows of one person stand, to go in FROM: the gathered history, or the record's own file of their range."""
        record = self.record()
        bucket = next((one for one in record.buckets if one.low <= person_key <= one.high), None)
        if bucket is None:
            return f"(FROM {record.relation(table)} WHERE false)"
        if self.kept(
            "has history", lambda: bool(self._all(f"FROM duckdb_databases() WHERE database_name = '{HISTORY}'"))
        ):
            return f"{HISTORY}.{schema_of(bucket)}.{table}"
        return record.relation(table, bucket)

    def require_people(self) -> None:
        """Refuse where the purpose shows nobody. Raises `NotAllowed`."""
        if not self.rule.identifiable:
            raise NotAllowed(
                "this purpose does not show people", value=str(self.rule.purpose), remedy="ask for counts instead"
            )

    def computable(self, definition_id: str) -> DefinitionInfo:
        """A definition that this release computes. Raises `NotReady` for one that it does not."""
        info = self.definition(definition_id)
        if not info.computable:
            raise NotReady("this definition cannot be computed here", value=info.id, remedy=info.reason)
        return info

    def _one(self, sql: str, values: list[Any] | None = None) -> tuple[Any, ...]:
        found = self.cursor.execute(sql, values or []).fetchone()
        if found is None:
            raise NotReady("there is no such row in this release")
        return found

    def _all(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self.cursor.execute(sql, values or []).fetchall()


@lru_cache(maxsize=8)
def _record_of(folder: Path) -> RecordFiles:
    return RecordFiles.open(folder)


__all__ = ["HISTORY", "ReleaseFile"]
