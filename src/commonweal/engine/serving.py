"""Reading a release: the only door to a serving file.

One connection a process and file, one cursor a request. Settings are made with SET GLOBAL, because others do not reach
cursors. Files are immutable: a new release is a new file, and `open_reader` follows the pointer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from commonweal.engine import history_file, measure_reader, people_reader, person_history, reasons
from commonweal.engine.answers import (
    DefinitionInfo,
    Explanation,
    History,
    MeasureRow,
    Member,
    PersonSummary,
    Scope,
    TimelineItem,
)
from commonweal.engine.cube import GONE
from commonweal.engine.dialect import text_literal
from commonweal.engine.evidence import Evidence
from commonweal.engine.people_tables import list_column, list_of
from commonweal.engine.release_file import HISTORY, ReleaseFile
from commonweal.errors import NotAllowed, NotReady
from commonweal.governance.disclosure import HIDDEN, Shown, show_count
from commonweal.governance.purpose import Purpose, resolve
from commonweal.store import Store

MEMORY_LIMIT = "400MB"
THREADS = 1
"""Of one question. Questions about one person or one group are small: sharing one out costs more than it saves, and a site
asks many at once."""
OPEN_FILES = 8
"""How many files a process holds open: two releases for every purpose. The file that was longest out of use is let go."""

_connections: OrderedDict[Path, duckdb.DuckDBPyConnection] = OrderedDict()
_kept: dict[Path, dict[str, Any]] = {}
"""File to what was once read of it: files never change."""
_adopted: dict[Path, str] = {}
"""Store to the release that this process serves of it, where somebody follows the store (`engine.following`)."""
_lock = threading.Lock()
_opening = threading.Lock()


def published_release(store: Store) -> str:
    """The id of the release that was published last. Raises `NotReady` where there is none."""
    if not store.current_pointer.is_file():
        raise NotReady("nothing has been released yet", remedy="run: commonweal release")
    return store.current_pointer.read_text(encoding="utf-8").strip()


def current_release(store: Store) -> str:
    """The id of the release that this process answers from: the one published last, unless a follower still opens that.

    Raises `NotReady` where there is none.
    """
    adopted = _adopted.get(store.root)
    if adopted is not None and (store.release(adopted) / "manifest.json").is_file():
        return adopted
    return published_release(store)


def adopted_release(store: Store) -> str | None:
    """The release that a follower chose for this process; None where nobody follows the store."""
    return _adopted.get(store.root)


def adopt(store: Store, release_id: str) -> None:
    """From now on this process answers from one release of the store."""
    _adopted[store.root] = release_id


def forget_adopted(store: Store) -> None:
    """This process answers from the release published last again."""
    _adopted.pop(store.root, None)


def open_reader(store: Store, purpose: str, release_id: str | None = None) -> Reader:
    """A reader of the release that serves (or of the one named) for one purpose."""
    rule = resolve(purpose)
    folder = store.release(release_id or current_release(store))
    path = folder / "serve" / f"{rule.purpose}.duckdb"
    if not path.is_file():
        raise NotReady("this release does not serve that purpose", value=f"{folder.name}: {rule.purpose}")
    return Reader(folder, rule, _connect(path), _kept.setdefault(path, {}))


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """The connection of a file."""
    if (held := _held(path)) is not None:
        return held
    with _opening:  # and not under the other lock: who reads from an open file does not wait while another is opened
        if (held := _held(path)) is not None:
            return held
        connection = duckdb.connect(str(path), read_only=True)
        connection.execute(f"SET GLOBAL memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"SET GLOBAL threads = {THREADS}")
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        history = path.parents[1] / "record" / history_file.NAME
        if path.stem == Purpose.DIRECT_CARE and history.is_file():
            connection.execute(f"ATTACH IF NOT EXISTS {text_literal(str(history))} AS {HISTORY} (READ_ONLY)")
        with _lock:
            _connections[path] = connection
            while len(_connections) > OPEN_FILES:
                _let_go(next(iter(_connections)))
        return connection


def _held(path: Path) -> duckdb.DuckDBPyConnection | None:
    with _lock:
        if path in _connections:
            _connections.move_to_end(path)
        return _connections.get(path)


def _let_go(path: Path) -> None:
    """Drop a file. It is not closed: that would end the questions that still read from it, whose cursors hold it open."""
    _connections.pop(path)
    _kept.pop(path, None)


def keep_only(folder: Path) -> None:
    """Let go of every file but those of one release."""
    with _lock:
        for path in [one for one in _connections if folder not in one.parents]:
            _let_go(path)
        for path in [
            one for one in _kept if one not in _connections
        ]:  # of a question that ended after its file was let go
            _kept.pop(path, None)


def close_readers() -> None:
    """Close every connection of this process, with the questions that still run, so that files can be removed."""
    with _lock:
        for connection in _connections.values():
            connection.close()
        _connections.clear()
        _kept.clear()


def reasons_kept(folder: Path) -> list[str]:
    """The lists of a release of which somebody has asked this process why people are on them."""
    held = _kept.get(folder / "serve" / "direct_care.duckdb", {})
    return [name.removeprefix(reasons.KEPT_AS) for name in list(held) if name.startswith(reasons.KEPT_AS)]


class Reader(ReleaseFile):
    """Questions to one release for one purpose. Cheap to make; make one for each request."""

    # --- people ----------------------------------------------------------------------------------------------------

    def members(
        self,
        definition_id: str,
        *,
        scope: Scope,
        limit: int = 50,
        offset: int = 0,
        order: str | None = None,
        among: Sequence[str] | None = None,
    ) -> list[Member]:
        """People on a list within the scope, with the evidence for each.

        `order`: ``priority`` (a flag's own order, the default for a flag), ``age`` (oldest first) or ``person_id``.
        `among` asks of these people only.
        """
        self.require_people()
        return people_reader.members(self, self._list(definition_id), scope, limit, offset, order, among)

    def identifiers(self, definition_id: str, *, scope: Scope, limit: int) -> list[str]:
        """Who is on a list within the scope, in the order in which `members` gives them, without anything about them."""
        self.require_people()
        return people_reader.identifiers(self, self._list(definition_id), scope, limit)

    def reasons(self, person: PersonSummary) -> dict[str, tuple[Evidence, ...]]:
        """Each flag that a person (of `person`, of this release) is on, with the evidence that `members` gives."""
        self.require_people()
        return people_reader.reasons_for(self, person)

    def count(self, definition_id: str, *, scope: Scope) -> Shown:
        """How many are on a list within the scope, after the disclosure door."""
        info = self._list(definition_id)
        if not self.rule.identifiable:
            return self._count_from_cube(info, scope)
        condition, values = scope.sql("listed")
        found = self._one(f"SELECT count(*) FROM {list_of(self, info)} AS listed WHERE {condition}", values)
        return show_count(int(found[0]), self.rule.profile)

    def _count_from_cube(self, info: DefinitionInfo, scope: Scope) -> Shown:
        """Outside direct care, scopes are the fixed groups of the cube: no free filters, so nothing to difference."""
        total = 0
        for group in ("all",) if scope.everyone else ("practice", "pcn", "neighbourhood", "borough", "icb"):
            codes = ["all"] if scope.everyone else list(getattr(scope, group))
            if codes:
                found = self._one(
                    f"SELECT coalesce(sum(numerator), 0), count_if(numerator IS NULL AND state <> '{GONE}') "
                    f"FROM (SELECT definition_id, group_type, group_code, as_at, numerator, {self.left_out_columns()} FROM cube) "
                    "WHERE definition_id = ? "
                    f"AND group_type = ? AND as_at = ? AND group_code IN ({', '.join('?' for _ in codes)})",
                    [info.id, group, self.release().as_at, *codes],
                )
                if found[1]:  # the public file holds no small number
                    return HIDDEN
                total += int(found[0])
        return show_count(total, self.rule.profile)

    def explain(self, definition_id: str, person_id: str) -> Explanation:
        """Why a person is, or is not, on a list: features, values, dates, source rows, and what would take them off."""
        self.require_people()
        return people_reader.explain(self, self.definition(definition_id), person_id)

    def person_key(self, person_id: str) -> int:
        """The key of a person's rows in `record()`. Raises `BadInput` for nobody of this release."""
        self.require_people()
        return people_reader.key_of(self, person_id)

    def person(self, person_id: str) -> PersonSummary:
        """One person: attributes, registers, flags, scores, segments."""
        self.require_people()
        return people_reader.summary(self, person_id)

    def timeline(self, person_id: str, settings: Iterable[str] | None = None) -> list[TimelineItem]:
        """One person's rows, newest first; `settings` keeps contacts of these settings and rows of these tables."""
        items = self.history(self.person_key(person_id)).items
        kept = set(settings or ())
        return [one for one in items if one.setting in kept or one.table in kept] if kept else items

    def history(self, person_key: int, wanted: person_history.Columns | None = None) -> History:
        """One person's rows and how many are withheld. `wanted` names the tables to read and, of each, the columns that an
        item's details need beside what every item is made of; without it, everything that a timeline shows."""
        self.require_people()
        return person_history.history(self, person_key, wanted)

    # --- numbers ---------------------------------------------------------------------------------------------------

    def measure(
        self, definition_id: str, by: str = "practice", scope: Scope | None = None, as_at: date | None = None
    ) -> list[MeasureRow]:
        """A definition by group, from the cube, each number through the disclosure door.

        `as_at` names one of the release's dates; its own where left out. A body that ended by the release's date is counted
        under the one that took over, at every date: one series goes through a merger.
        `value` is numerator / denominator × the measure's `per`, with Wilson's 95% interval for a share of people or
        rows and Byar's for a rate; a mean has none.
        """
        return measure_reader.measure(self, definition_id, by, scope, as_at)

    def measures(
        self, definition_ids: Iterable[str], groups: measure_reader.Groups, dates: Collection[date] | None = None
    ) -> dict[measure_reader.Cell, list[MeasureRow]]:
        """Many definitions for many groups at many dates in one question, as `measure` gives each.

        `groups` names of each kind of group the codes that are wanted, None for all of the kind; `dates` are those that the
        release holds, all of them where left out. (definition, kind, date) to its rows; what the cube lacks is not there.
        """
        return measure_reader.measures(self, definition_ids, groups, dates)

    def measure_over_time(self, definition_id: str, by: str = "all") -> dict[date, list[MeasureRow]]:
        """`measure` for every date that the release holds, in one question: the rows of each date, earliest first."""
        found = self.measures([definition_id], {by: None})
        return {as_at: rows for (_, _, as_at), rows in sorted(found.items())}

    def _list(self, definition_id: str) -> DefinitionInfo:
        info = self.computable(definition_id)
        if info.kind not in ("register", "flag", "measure"):
            raise NotAllowed(
                f"a {info.kind} is not a list of people", value=info.id, remedy="name a register or a flag"
            )
        if info.kind == "measure" and (info.details.get("is_rate") or info.details.get("rows")):
            raise NotAllowed("this measure counts more than people", value=info.id, remedy="name a register or a flag")
        return info


__all__ = [
    "Reader", "Scope", "adopt", "adopted_release", "close_readers", "current_release", "forget_adopted", "keep_only", "list_column", "open_reader",
    "published_release",
]  # fmt: skip
