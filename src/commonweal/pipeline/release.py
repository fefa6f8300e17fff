"""`release`: from a build to one immutable, stamped set of published tables, and the switch that lets it serve.

Everything is written to a folder whose name begins with a dot; it gets its name, and the pointer moves, only when all of
it is on disk. A release that is killed leaves the one before it serving, and the next release clears what it left.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.definitions.codelists import load
from commonweal.definitions.declarations import Definition
from commonweal.definitions.registry import all_definitions
from commonweal.engine import history_file, people_tables
from commonweal.engine.activity import activity_cells
from commonweal.engine.cache import FeatureCache
from commonweal.engine.codes import Loader
from commonweal.engine.columns import content_hash
from commonweal.engine.cube import DENOMINATOR, NUMERATOR, OVER_TIME, Cube, add_views
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.history import History
from commonweal.engine.plan import Plan, make_plan
from commonweal.engine.provenance import code_version, definition_hash
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serve_file import Content, DefinitionTables, ReleaseInfo, people_of, write_serving_file
from commonweal.engine.serving import Reader
from commonweal.engine.serving_columns import check_columns
from commonweal.engine.views import CARE, RESTRICTED, VIEWS, counted_people
from commonweal.finance import challenge_sql, cube_sql, waiting_sql
from commonweal.governance.keys import KeyRing
from commonweal.governance.purpose import RULES, Purpose
from commonweal.pipeline.build import latest_build
from commonweal.pipeline.confidential import withheld_by
from commonweal.pipeline.programmes import measure_programmes
from commonweal.pipeline.releases import clear_unfinished, ids, prune_columns, switch
from commonweal.pipeline.standing import Standing
from commonweal.record.control import writer
from commonweal.record.schema import TABLES, WITHIN_SYSTEM
from commonweal.store import Store

BESIDE = "600MB"
"""Memory of a database that adds to a serving file while the release's own answers are still held. With 1 GB these steps held the most
memory of a release of 2.4 million people and were a tenth faster."""

Step = Callable[[str, int, int], None]
"""Told of progress: what is being done, how many steps are done, how many there are."""

FINANCE_TABLES: dict[str, tuple[str, ...]] = dict.fromkeys(
    (*cube_sql.TABLES, challenge_sql.TABLE, waiting_sql.TABLE, "position_programme"), WITHIN_SYSTEM
)
"""Tables that finance adds to the planning file, with the purposes whose file may hold them."""


def _silent(_: str, __: int, ___: int) -> None:
    return None


@dataclass
class ReleaseResult:
    """What a release made."""

    id: str
    folder: Path
    as_at: date
    stamp: str
    tables: dict[str, int]
    definitions: int
    computed_columns: int
    reused_columns: int
    seconds: dict[str, float] = field(default_factory=dict)


def make_release(
    store: Store,
    *,
    build: Path | None = None,
    as_at: date | None = None,
    definitions: Iterable[Definition] | None = None,
    loader: Loader = load,
    decisions_hash: str = "",
    history: tuple[date, ...] = (),
    step: Step = _silent,
    switch_to_it: bool = True,
    before_it_serves: Callable[[str], object] = lambda release_id: None,
) -> ReleaseResult:
    """Make one release of a build (the newest unless named) and let it serve.

    `history`: further as-at dates whose measures go into the cube, by every type of group but small areas. `before_it_serves` is
    given the finished release's id. Raises `Busy` while another process writes the store, and `NotReady` where there is no build.
    """
    with writer(store, "release"):
        clear_unfinished(store)
        folder = build or latest_build(store)
        chosen = tuple(all_definitions() if definitions is None else definitions)
        # A codelist is read once a release: hundreds of definitions ask for it.
        made = _Making(store, folder, chosen, cache(loader), decisions_hash, history, step).make(as_at)
        if switch_to_it:
            before_it_serves(made.id)
            switch(store, made.id)
        prune_columns(store)
        return made


@dataclass
class _Making:
    store: Store
    build: Path
    definitions: tuple[Definition, ...]
    loader: Loader
    decisions_hash: str
    history: tuple[date, ...]
    step: Step
    seconds: dict[str, float] = field(default_factory=dict)
    standing: Standing = field(default_factory=lambda: Standing((), frozenset()))

    def make(self, as_at: date | None) -> ReleaseResult:
        build_manifest = _read_manifest(self.build)
        record = RecordFiles.open(self.build)
        last = last_date(record)
        moment = as_at or min(_as_at_of(build_manifest) or last, last)
        release_id = self._new_id()
        staging = self.store.releases / f".{release_id}"
        staging.mkdir(parents=True)
        tables = _link_record(record, staging / "record")
        self._link_history(record, staging / "record")
        plan = make_plan(self.definitions, moment)
        self.standing = Standing.of(build_manifest, record)
        withheld, withheld_hash = withheld_by(self.store)
        with DuckDBBackend(record, loader=self.loader, withheld=withheld) as backend:
            codes = backend.code_book(_all_lists(self.definitions, plan))
            kept = FeatureCache(self.build / "features", codes.hashes, withheld_hash)
            cubes = {view: Cube(self.standing.cells(plan)) for view in (CARE, RESTRICTED)}
            self._derive(backend, plan, staging, cubes, kept)
            history = self._history(backend)
        cube_tables = {view: [cube.table(moment.isoformat()), *history[view]] for view, cube in cubes.items()}
        by_id = {one.id: one for one in self.definitions}
        hashes = {one.id: definition_hash(one, codes.hashes, by_id) for one in self.definitions}
        inputs = {**_inputs(build_manifest, self.build, self.decisions_hash), "withheld": withheld_hash}
        stamp = content_hash((inputs, hashes, dict(codes.hashes), code_version(), moment.isoformat()))
        info = ReleaseInfo(
            release_id, datetime.now(UTC).replace(tzinfo=None), moment, "", code_version(), stamp,
            bool(build_manifest.get("invented", False)),
        )  # fmt: skip
        # The engine has let go of its memory before the files are written.
        self._serve(staging, info, plan, codes, hashes, cube_tables)
        # The stored columns are now in the direct care file, and beside the build for the next release.
        shutil.rmtree(staging / "derived" / CARE / "features", ignore_errors=True)
        counts = _counts(cubes[CARE])
        manifest = {
            "id": release_id, "created_at": info.created_at.isoformat(), "as_at": moment.isoformat(), "stamp": stamp,
            "code_version": info.code_version, "build": self.build.name, "invented": info.invented, "inputs": inputs,
            "excluded": [one.as_json() for one in self.standing.exclusions],
            "codelists": dict(sorted(codes.hashes.items())), "tables": tables,
            "buckets": [{"name": b.name, "low": b.low, "high": b.high} for b in record.buckets],
            "definitions": {
                one.id: {"hash": hashes[one.id], "counts": counts.get(one.id), "codelists": list(one.codelists())}
                for one in self.definitions
            },
        }  # fmt: skip
        self._publish(staging, release_id, manifest)
        return ReleaseResult(
            release_id, self.store.release(release_id), moment, stamp, tables, len(self.definitions),
            kept.computed, kept.reused, self.seconds,
        )  # fmt: skip

    def _new_id(self) -> str:
        base = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        taken = set(ids(self.store))
        return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)

    def _link_history(self, record: RecordFiles, target: Path) -> None:
        """People's rows gathered for looking: made once for a build, and linked like the build's own files."""
        gathered = self.build / history_file.NAME
        if not gathered.is_file():
            self.step("gathering people's rows", 0, 1)
            history_file.gather(record, gathered)
        _link(gathered, target / history_file.NAME)

    def _derive(
        self, backend: DuckDBBackend, plan: Plan, staging: Path, cubes: dict[str, Cube], kept: FeatureCache
    ) -> None:
        """Write ``derived/<view>/{people,features}/<bucket>.parquet`` and add up the cubes."""
        context = backend.prepare(plan)
        buckets = backend.record.buckets
        known = kept.reader(plan)
        kept.start(plan)
        for done, bucket in enumerate(buckets):
            self.step("computing definitions", done, len(buckets))
            result = backend.run_bucket(plan, context, bucket, known)
            add_views(cubes, result)
            for view in (CARE, RESTRICTED):
                people = self.standing.people(counted_people(result, view), plan)
                _write(staging / "derived" / view / "people" / f"{bucket.name}.parquet", people)
            activity_cells(backend.connection, plan, context, result, cubes)
            _write(staging / "derived" / CARE / "features" / f"{bucket.name}.parquet", result.columns)
            kept.keep(bucket, result)
        kept.finish()

    def _history(self, backend: DuckDBBackend) -> dict[str, list[pa.Table]]:
        """View to the cubes of the earlier as-at dates; the rows of a bucket are read once for all of them."""
        plans = {moment: make_plan(self.definitions, moment) for moment in self.history}
        cells = {moment: self.standing.cells(plan) for moment, plan in plans.items()}
        cubes = {(view, moment): Cube(cells[moment]) for view in (CARE, RESTRICTED) for moment in plans}
        if not plans:
            return {view: [] for view in (CARE, RESTRICTED)}
        dates, buckets = History(backend, plans), backend.record.buckets
        for done, bucket in enumerate(buckets):
            self.step("computing earlier dates", done, len(buckets))
            for moment, result, rows in dates.run(bucket):
                own = {view: cubes[view, moment] for view in (CARE, RESTRICTED)}
                add_views(own, result, OVER_TIME)
                rows.add_to(own)
                del result, rows  # they are large, and the next date's are made before these names are given away
        return {
            view: [cubes[view, moment].table(moment.isoformat()) for moment in plans] for view in (CARE, RESTRICTED)
        }

    def _serve(self, staging, info, plan, codes, hashes, cube_tables) -> None:
        """Write one serving file for each purpose from the view that it may read."""
        record, keys = RecordFiles.open(staging), KeyRing(self.store.keys)
        lists = {name: self.loader(name) for name in codes.concepts}
        described = DefinitionTables.of(
            plan, {name: one.title for name, one in lists.items()}, {name: one.version for name, one in lists.items()},
            codes, hashes, self.standing.uncomputed(plan),
        )  # fmt: skip
        for done, (purpose, rule) in enumerate(RULES.items()):
            self.step(f"writing the {str(purpose).replace('_', ' ')} file", done, len(RULES))
            view = VIEWS[str(purpose)]
            content = Content(
                ReleaseInfo(**{**info.__dict__, "purpose": str(purpose)}),
                plan,
                codes,
                described,
                pa.concat_tables(cube_tables[view]),
                self.standing.exclusions,
            )
            derived = staging / "derived" / view
            write_serving_file(
                staging / "serve" / f"{purpose}.duckdb",
                rule,
                content,
                sorted((derived / "people").glob("*.parquet")),
                sorted((derived / "features").glob("*.parquet")),
                record,
                keys,
            )
        care = RULES[Purpose.DIRECT_CARE]
        with duckdb.connect(str(staging / "serve" / f"{care.purpose}.duckdb")) as connection:
            connection.execute(f"SET memory_limit = '{BESIDE}'")
            connection.execute("SET threads = 1")  # each thread holds rows that wait to be written
            people_tables.store(Reader(staging, care, connection, {}))
            check_columns(connection, care)
        planning = RULES[Purpose.PLANNING]
        withheld, _ = withheld_by(self.store)
        with (
            duckdb.connect(str(staging / "serve" / "planning.duckdb")) as connection,
            DuckDBBackend(record, loader=self.loader, withheld=withheld, memory_limit=BESIDE) as backend,
        ):
            connection.execute(f"SET memory_limit = '{BESIDE}'")
            people = people_of(staging, planning)
            cube_sql.build_for_planning(connection, record.relation, people)
            challenge_sql.write_challenges(connection, record.relation, people)
            waiting_sql.write_waiting(connection, record.relation, people)
            measure_programmes(connection, backend, record.relation, people, self.definitions)
            check_columns(connection, planning, FINANCE_TABLES)

    def _publish(self, staging: Path, release_id: str, manifest: dict[str, Any]) -> None:
        """Give the finished folder its name."""
        path = staging / "manifest.json"
        with path.open("w", encoding="utf-8") as handle:
            json.dump(manifest, handle, indent=1, default=str)
            handle.flush()
            os.fsync(handle.fileno())
        staging.rename(self.store.release(release_id))


def _read_manifest(build: Path) -> dict[str, Any]:
    path = build / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _as_at_of(manifest: dict[str, Any]) -> date | None:
    return date.fromisoformat(manifest["as_at"]) if manifest.get("as_at") else None


def last_date(record: RecordFiles) -> date:
    """The last day on which the record holds an event or contact that is not in the future."""
    parts = [
        f"SELECT max({TABLES[table].date_column}) AS last FROM {record.relation(table)} "
        f"WHERE {TABLES[table].date_column} <= current_date"
        for table in ("event", "contact", "medication")
    ]
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT max(last) FROM ({' UNION ALL '.join(parts)})").fetchone()
    return found[0] if found and found[0] else datetime.now(UTC).date()


def _all_lists(definitions: Iterable[Definition], plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*plan.codelists, *(n for d in definitions if d.computable for n in d.codelists())]))


def _inputs(build_manifest: dict[str, Any], build: Path, decisions_hash: str) -> dict[str, Any]:
    inputs = dict(build_manifest.get("inputs", {}))
    return {**inputs, "build": build_manifest.get("stamp") or build.name, "decisions": decisions_hash}


def _link_record(record: RecordFiles, target: Path) -> dict[str, int]:
    """The record's files under the release, as hard links where the disk allows; returns rows by table."""
    rows = {}
    for table in TABLES:
        files = record.files(table)
        if not files:
            continue
        (target / table).mkdir(parents=True, exist_ok=True)
        for path in files:
            _link(path, target / table / path.name)
        rows[table] = sum(pq.read_metadata(path).num_rows for path in files)
    return rows


def _link(path: Path, place: Path) -> None:
    """A hard link where the disk allows one, else a copy."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)


def _counts(cube: Cube) -> dict[str, list[float]]:
    """Definition to numerator and denominator over everybody."""
    found: dict[str, list[float]] = {}
    everybody = cube.counts.get(("all", "all"))
    if everybody is not None:
        for cell, counted in zip(cube.cells, everybody, strict=True):
            if not cell.part:
                found[cell.definition_id] = [float(counted[NUMERATOR]), float(counted[DENOMINATOR])]
    return found
