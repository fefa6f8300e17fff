"""Landing a delivery: each file kept, read, checked and turned into canonical tables, or refused with a reason.

A load is written to a temporary folder, renamed, and only then committed in the control store with counts that add up:
``rows_in = loaded + quarantined + excluded``. The same content again changes nothing. One writer at a time.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from commonweal.errors import BadInput, CommonwealError
from commonweal.record import check_digits, units
from commonweal.record.compiler import source_columns
from commonweal.record.control import Control, LoadRow, Outcome, load_folder, writer
from commonweal.record.expressions import identifier, quote
from commonweal.record.gates import FEWEST_ROWS, gates
from commonweal.record.identities import IdentityStore, prepare_keys
from commonweal.record.inputs import Arrival, Limits, Refusal, ends_with_newline, open_arrivals
from commonweal.record.layouts import layouts
from commonweal.record.mapping import BoundLayout, Lookup
from commonweal.record.quality import profiles
from commonweal.record.reading import Reading, read, reader, scalar, unreadable
from commonweal.record.recognise import Match, choose, shape_of, transcode
from commonweal.record.rules import remedy
from commonweal.record.site import Site, read_site
from commonweal.record.writing import (
    close_set_aside,
    intern_codes,
    set_aside,
    set_aside_last,
    stage_items,
    tally,
    write_orphans,
    write_quarantine,
    write_record_keys,
    write_tables,
)
from commonweal.store import MEMORY, Store


@dataclass(frozen=True)
class FileReport:
    """What became of one file."""

    file: str
    status: str
    """loaded, unchanged or refused."""
    layout: str = ""
    load_id: int = 0
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    excluded: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    excluded_by: Mapping[str, int] = field(default_factory=dict)
    remarks: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class DeliveryReport:
    """What became of a delivery. Each total is the sum over its files."""

    files: tuple[FileReport, ...]

    def total(self, name: str) -> int:
        return sum(getattr(report, name) for report in self.files)

    def by(self, name: str) -> dict[str, int]:
        """A count by rule or reason, summed over files."""
        summed: dict[str, int] = {}
        for report in self.files:
            for key, rows in getattr(report, name).items():
                summed[key] = summed.get(key, 0) + rows
        return dict(sorted(summed.items()))

    def with_status(self, status: str) -> list[FileReport]:
        return [report for report in self.files if report.status == status]


Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes done and the bytes in all."""


def ingest(
    store: Store,
    paths: Sequence[Path],
    *,
    layout: str = "auto",
    mode: str = "",
    limits: Limits = Limits(),
    memory: str = MEMORY,
    received: date | None = None,
    progress: Progress | None = None,
) -> DeliveryReport:
    """Land every file of a delivery. A file that cannot be used is refused and reported; the others go on.

    `layout` is ``auto``, a family or ``family.layout``; `mode` overrides the layout's own (``full`` replaces what earlier
    deliveries of the same layout sent). Raises `Busy` while another process writes, `BadInput` for a path or layout that
    does not exist.
    """
    if mode not in ("", "full", "incremental"):
        raise BadInput(
            "no such mode", value=mode, remedy="use full or incremental, or leave it out for the layout's own"
        )
    candidates = layouts(layout, store.root / "mappings")
    site = read_site(store)
    with writer(store, "ingest"):
        recover(store)
        lander = _Lander(store, candidates, site, mode, memory, received or date.today())  # noqa: DTZ011 (local date)
        scratch = store.root / f".scratch.{os.getpid()}"
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            return DeliveryReport(tuple(lander.deliver(paths, scratch, limits, progress)))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def recover(store: Store) -> list[int]:
    """Clear what a killed process left behind. The caller holds the writer lock. Returns the loads abandoned."""
    control, identities = Control(store), IdentityStore.of(store)
    unfinished = control.unfinished()
    for load_id in unfinished:
        shutil.rmtree(load_folder(store, load_id), ignore_errors=True)
        identities.remove_load(load_id)
    for left in (*store.root.glob(".scratch.*"), *store.loads.glob(".[0-9]*")):
        shutil.rmtree(left, ignore_errors=True)
    for left in store.landed.glob(".arriving.*"):
        left.unlink(missing_ok=True)
    if unfinished:
        control.abandon(unfinished)
    return unfinished


class _Lander:
    """One delivery's state: which layouts may be used, and which people are known."""

    def __init__(
        self, store: Store, candidates: Sequence[BoundLayout], site: Site, mode: str, memory: str, received: date
    ) -> None:
        self.store, self.candidates, self.site, self.mode, self.memory = store, candidates, site, mode, memory
        self.received = received
        self.control, self.identities = Control(store), IdentityStore.of(store)
        self.delivery = self.control.next_delivery()
        self.siblings: list[tuple[Arrival, Match]] = []

    def deliver(
        self, paths: Sequence[Path], scratch: Path, limits: Limits, progress: Progress | None
    ) -> list[FileReport]:
        reports: list[FileReport] = []
        ready: list[tuple[Arrival, Match]] = []
        for arrival in open_arrivals(paths, self.store, scratch, limits):
            found = self._recognise(arrival, scratch)
            if isinstance(found, FileReport):
                reports.append(found)
            else:
                ready.append(found)
        self.siblings = ready
        # Files that introduce people come first, so that the order of arrival does not matter.
        ready.sort(key=lambda pair: (pair[1].bound.layout.order, "patient" not in pair[0].label.lower()))
        whole = sum(arrival.bytes for arrival, _ in ready)
        done = 0
        for arrival, match in ready:
            if progress:
                progress(arrival.label, done, whole)
            reports.append(self._load(arrival, match, scratch))
            done += arrival.bytes
        if progress:
            progress("", whole, whole)
        return self._bring_home(reports, scratch, limits)

    def _bring_home(self, reports: list[FileReport], scratch: Path, limits: Limits) -> list[FileReport]:
        """Load again, once, each file whose orphans' people or parents have now arrived; the new load takes its place."""
        waiting = [
            row
            for row in self.control.loads()
            if (load_folder(self.store, row.load_id) / "orphan_key.parquet").exists()
        ]
        for row in waiting:
            if not (self.store.landed / row.sha256).exists() or not self._owners_arrived(row):
                continue
            landed = [path for path in (self.store.landed / row.sha256).iterdir() if not path.name.startswith(".")]
            found = (
                arrival
                for arrival in open_arrivals(landed, self.store, scratch, limits)
                if isinstance(arrival, Arrival)
            )
            arrival = next((arrival for arrival in found if arrival.member == row.member), None)
            bound = next(
                (bound for bound in layouts("auto", self.store.root / "mappings") if bound.name == row.layout), None
            )
            if arrival is None or bound is None:
                continue
            match = choose(arrival, shape_of(arrival, scratch), [bound])
            again = self._load(replace(arrival, file=row.file), match, scratch, replaces=row.load_id)
            if again.status == "loaded":
                reports = [again if report.load_id == row.load_id else report for report in reports]
                if again not in reports:
                    reports.append(replace(again, status="reloaded", rows_in=0, loaded=0, quarantined=0, excluded=0, rejects={},
                                           excluded_by={}, remarks={}, tables={}))  # fmt: skip
        return reports

    def _owners_arrived(self, row: LoadRow) -> bool:
        """Whether a later load of the namespace holds what this load's orphans waited for."""
        later = [
            other for other in self.control.loads() if other.namespace == row.namespace and other.load_id > row.load_id
        ]
        parts = []
        for other in later:
            folder = load_folder(self.store, other.load_id)
            for name, column in (("subject_key", "subject_key"), ("contact", "contact_key")):
                if (folder / f"{name}.parquet").exists():
                    parts.append(f"SELECT {column} AS key FROM read_parquet({quote(folder / f'{name}.parquet')})")
        if not parts:
            return False
        waiting = quote(load_folder(self.store, row.load_id) / "orphan_key.parquet")
        with duckdb.connect() as connection:
            # What waits is little and is held; what came later may be millions of rows and streams past.
            sql = f"SELECT count(*) FROM ({' UNION ALL '.join(parts)}) WHERE key IN (SELECT key FROM read_parquet({waiting}))"
            return scalar(connection, sql) > 0

    def _recognise(self, arrival: Arrival | Refusal, scratch: Path) -> FileReport | tuple[Arrival, Match]:
        if isinstance(arrival, Refusal):
            return FileReport(arrival.file, "refused", message=str(arrival.error))
        before = self.control.committed(arrival.sha256, arrival.member)
        if before is not None:
            return _unchanged(arrival, before)
        try:
            shape = shape_of(arrival, scratch)
            if shape.path not in (Path(), arrival.path):  # transcoded
                arrival = replace(arrival, ends_with_newline=ends_with_newline(shape.path), utf8=True)
            match = choose(arrival, shape, self.candidates)
            if match.bound.layout.encoding.lower() not in ("utf-8", "utf8") and match.shape.path == arrival.path:
                path = transcode(arrival, match.bound.layout.encoding, scratch)
                match = replace(match, shape=replace(match.shape, path=path))
            return arrival, match
        except BadInput as error:
            return FileReport(arrival.label, "refused", message=str(error))
        except (csv.Error, UnicodeError, duckdb.Error) as error:
            return FileReport(arrival.label, "refused", message=str(unreadable(arrival, error)))

    def _load(self, arrival: Arrival, match: Match, scratch: Path, replaces: int = 0) -> FileReport:
        bound = match.bound
        load_id = self.control.start(
            {
                "delivery": self.delivery, "feed": bound.family.feed, "layout": bound.name,
                "namespace": bound.family.namespace, "fingerprint": bound.fingerprint, "sha256": arrival.sha256,
                "member": arrival.member, "file": arrival.file, "bytes": arrival.bytes,
                "mode": self.mode or bound.layout.mode,
            }
        )  # fmt: skip
        temporary = self.store.loads / f".{load_id:08d}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        database = scratch / f"{load_id}.duckdb"
        try:
            with duckdb.connect(str(database)) as connection:
                connection.execute(f"SET memory_limit = {quote(self.memory)}")
                connection.execute(f"SET temp_directory = {quote(scratch / 'spill')}")
                connection.execute("SET preserve_insertion_order = true")
                # A row's number is its place in the table. This step would turn a list of values into a join, and a join keeps no order.
                connection.execute("SET disabled_optimizers = 'in_clause'")
                prepare_keys(connection, self.store)
                units.install(connection, self.site.limits)
                return self._write(connection, arrival, match, load_id, temporary, replaces)
        except (CommonwealError, duckdb.Error) as failure:
            error = unreadable(arrival, failure) if isinstance(failure, duckdb.Error) else failure
            self.identities.remove_load(load_id)
            self.control.refuse(load_id, str(error))
            return FileReport(arrival.label, "refused", bound.name, load_id, message=str(error), notes=match.notes)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            database.unlink(missing_ok=True)

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        arrival: Arrival,
        match: Match,
        load_id: int,
        temporary: Path,
        replaces: int,
    ) -> FileReport:
        layout = match.bound.layout
        reading = read(
            connection,
            arrival,
            match,
            self.site.lists,
            self.received.isoformat(),
            partial(self._lookup_source, match.bound),
            temporary,
        )
        _check_whole(arrival, match, reading, connection)
        orphans = layout.orphans == "quarantine" and bool(reading.plan.subject_keys)
        if orphans:
            self._known_subjects(connection, match.bound, reading)
        set_aside(connection, reading, orphans)
        if layout.final_newline and match.shape.format == "csv" and not arrival.ends_with_newline:
            set_aside_last(connection)
        close_set_aside(connection)
        stage_items(connection, reading)
        write_quarantine(connection, reading, load_id, arrival.label, temporary)
        write_orphans(connection, reading, temporary)
        write_record_keys(connection, reading, load_id, temporary)
        loaded, rejects, excluded_by, remarks = tally(connection, reading)
        quarantined, excluded = sum(rejects.values()), sum(excluded_by.values())
        if reading.rows_in != loaded + quarantined + excluded:
            raise BadInput(
                "the rows do not add up", where=arrival.label,
                value=f"{reading.rows_in} in, {loaded} loaded, {quarantined} quarantined, {excluded} excluded",
                remedy="report this with the layout's name; nothing of the file was loaded",
            )  # fmt: skip
        _gate(arrival, match, reading.rows_in, rejects)
        intern_codes(connection, self.store, reading)
        counts, subjects = write_tables(connection, reading, load_id, temporary)
        found = profiles(connection, temporary, counts)
        verdicts = gates(connection, self.control, match.bound, reading, quarantined, self.mode or layout.mode)
        if doubt := check_digits.doubt(connection, temporary, counts):
            verdicts.append(("feed", match.bound.family.feed, check_digits.METRIC, None, None, "doubt", doubt, None))
        if subjects:
            counts["subject"] = self._keep_subjects(connection, subjects, load_id, temporary)
        lines = [("file", "rows_in", reading.rows_in), ("landed", "loaded", loaded)]
        lines += [("quarantined", rule, rows) for rule, rows in rejects.items()]
        lines += [("excluded", reason, rows) for reason, rows in excluded_by.items()]
        lines += [("remarked", rule, rows) for rule, rows in remarks.items()]
        counts = {table: rows for table, rows in counts.items() if rows}
        lines += [("canonical", table, rows) for table, rows in counts.items()]
        final = load_folder(self.store, load_id)
        shutil.rmtree(final, ignore_errors=True)
        temporary.replace(final)
        if replaces:
            self.identities.remove_load(replaces)
        self.control.commit(
            load_id,
            Outcome(reading.rows_in, loaded, quarantined, excluded, lines, verdicts, found, "; ".join(match.notes)),
            replaces,
        )
        return FileReport(
            arrival.label, "loaded", match.bound.name, load_id, reading.rows_in, loaded, quarantined, excluded, rejects,
            excluded_by, remarks, counts, match.notes,
        )  # fmt: skip

    def _known_subjects(self, connection: duckdb.DuckDBPyConnection, bound: BoundLayout, reading: Reading) -> None:
        rows = self.control.rows(
            "SELECT load_id FROM load WHERE status = 'committed' AND namespace = ?", (bound.family.namespace,)
        )
        files = [load_folder(self.store, row["load_id"]) / "subject_key.parquet" for row in rows]
        held = [str(file) for file in files if file.exists()]
        known = [f"SELECT subject_key FROM read_parquet([{', '.join(map(quote, held))}])"] if held else []
        known += [
            f"SELECT {target.columns['subject_key']} FROM mapped WHERE disposition = 0 AND {target.take}"
            for target in reading.plan.targets
            if target.table == "subject" and not target.items
        ]
        body = " UNION ALL ".join(known) or "SELECT NULL::BIGINT AS subject_key WHERE false"
        deferred, all_keys = reading.plan.deferred, reading.plan.subject_keys
        if all(alias in deferred for alias in all_keys):  # of a large namespace, only those whom this file names
            named = " UNION ALL ".join(f"SELECT key FROM key_{alias}" for alias in all_keys)
            body = f"SELECT * FROM ({body}) AS k(subject_key) WHERE subject_key IN ({named})"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE known_subject AS SELECT DISTINCT * FROM ({body}) AS k(subject_key)"
        )

    def _lookup_source(self, bound: BoundLayout, lookup: Lookup) -> str:
        """SQL for the rows that a lookup searches; empty where there are none."""
        if lookup.table:
            rows = self.control.rows(
                "SELECT load_id FROM load WHERE status = 'committed' AND namespace = ?", (bound.family.namespace,)
            )
            files = [load_folder(self.store, row["load_id"]) / f"{lookup.table}.parquet" for row in rows]
            held = ", ".join(quote(file) for file in files if file.exists())
            return f"SELECT * FROM read_parquet([{held}])" if held else ""
        parts = []
        wanted = (*lookup.match, *lookup.columns, *lookup.when)
        for arrival, match in self.siblings:
            if match.bound.family.family != bound.family.family or match.bound.layout.name != lookup.layout:
                continue
            present = source_columns(match.bound.layout, match.shape.format, match.shape.header)
            columns = ", ".join(
                f"nullif(trim({present[name]}), '') AS {identifier(name)}"
                if name in present
                else f"NULL AS {identifier(name)}"
                for name in dict.fromkeys(wanted)
            )
            only = " AND ".join(
                f"{identifier(name)} IN ({', '.join(map(quote, values))})" for name, values in lookup.when.items()
            )
            parts.append(f"SELECT * FROM (SELECT {columns} FROM {reader(arrival, match)}) WHERE {only or 'TRUE'}")
        return " UNION ALL ".join(parts)

    def _keep_subjects(
        self, connection: duckdb.DuckDBPyConnection, subjects: str, load_id: int, temporary: Path
    ) -> int:
        kept = self.identities.add_subjects(connection.sql(subjects), load_id, connection=connection)
        # Keys alone, without anything about the person: for the orphan rule of files that come later.
        path = quote(temporary / "subject_key.parquet")
        connection.execute(
            f"COPY (SELECT DISTINCT subject_key FROM ({subjects})) TO {path} (FORMAT parquet, COMPRESSION zstd)"
        )
        return kept


def _unchanged(arrival: Arrival, before: LoadRow) -> FileReport:
    return FileReport(
        arrival.label, "unchanged", before.layout, before.load_id,
        message=f"the same content was loaded before, as load {before.load_id} on {before.committed_at}; nothing changed",
    )  # fmt: skip


def _check_whole(arrival: Arrival, match: Match, reading: Reading, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a file that stops in the middle of its last record: it is still being copied, or was cut."""
    if arrival.ends_with_newline or match.shape.format == "parquet" or not reading.rows_in:
        return
    last = scalar(connection, "SELECT coalesce(max(record_number), 0) FROM unparsed")
    if last == reading.rows_in and match.bound.layout.format != "fhir_bundle":
        raise BadInput(
            "the file stops in the middle of its last record", where=f"{arrival.label}, record {last}",
            remedy="it is still being copied, or was cut: wait, or ask the sender for the file again",
        )  # fmt: skip


def _gate(arrival: Arrival, match: Match, rows_in: int, rejects: Mapping[str, int]) -> None:
    """Stop at a file of which too much is refused: it is not what its layout says."""
    # Orphans wait for their owner; they say nothing against this file.
    limit, refused = match.bound.family.stop_above, sum(rows for rule, rows in rejects.items() if rule != "orphan")
    if rows_in and refused / rows_in > limit and (rows_in >= FEWEST_ROWS or refused == rows_in > 1):
        worst = sorted(rejects.items(), key=lambda pair: -pair[1])[:3]
        raise BadInput(
            f"{refused:,} of {rows_in:,} rows break a rule: the file is refused whole (the limit is {limit:.0%})",
            where=arrival.label, value=dict(worst),
            remedy=f"{remedy(worst[0][0])}; or check the delimiter, the date formats and the codes against the mapping",
        )  # fmt: skip
