"""Build the linked record: committed loads, the person register and reference data become one sorted, bucketed record.

    builds/<build_id>/record/<table>/<bucket>.parquet    facts and people, by contiguous range of person keys
    builds/<build_id>/record/<table>/all.parquet         tables without people
    builds/<build_id>/reconciliation.parquet             load, table: canonical = built + replaced + orphaned + erased
    builds/<build_id>/manifest.json                      inputs, buckets, counts and the hash of every file

Everything is written into a hidden folder and renamed at the end, so that a build that dies leaves nothing that anyone
reads; the next build clears it away. The same inputs again give the build that is there. One writer at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.errors import CommonwealError, NotReady, machine_failure
from commonweal.finance.costing import install_prices, record_averages
from commonweal.finance.pod import DEFAULT_RULE_SET, with_pod
from commonweal.finance.prices import national_cost_collection
from commonweal.governance.withheld import published_codes, site_codes, withheld_concepts
from commonweal.pipeline.build_plan import ROWS_PER_BUCKET, BuildPlan, plan_build
from commonweal.pipeline.build_reference import source_order_sql, write_reference
from commonweal.pipeline.build_stage import Tallies, find_superseded, prepare_people, stage_identities, stage_table
from commonweal.pipeline.build_tables import type1_codes, write_bucket, write_whole
from commonweal.record.concepts import path as concepts_path
from commonweal.record.control import writer
from commonweal.record.erasures import sweep
from commonweal.record.identities import IdentityStore
from commonweal.record.schema import FACTS, TABLES
from commonweal.store import MEMORY, Store

STEPS = ("plan", "stage", "buckets", "reference", "manifest", "publish")
"""What `on_step` is told; ``buckets`` comes once for each bucket."""
WHOLE = ("contract_line", "contract_activity")


@dataclass(frozen=True)
class BuildResult:
    """`tables` is rows by table; `reused` is true where the same inputs had been built before."""

    build_id: str
    folder: Path
    tables: dict[str, int]
    buckets: int
    replaced: int
    orphaned: int
    reused: bool

    def as_json(self) -> dict[str, Any]:
        """What ``build --json`` prints."""
        return {
            "id": self.build_id,
            "tables": self.tables,
            "buckets": self.buckets,
            "replaced": self.replaced,
            "orphaned": self.orphaned,
            "reused": self.reused,
        }


def builds_folder(store: Store) -> Path:
    """Where builds are."""
    return store.root / "builds"


def latest_build(store: Store) -> Path:
    """The newest whole build. Raises `NotReady` where there is none."""
    folders = [path for path in builds_folder(store).glob("[!.]*") if (path / "manifest.json").exists()]
    if not folders:
        raise NotReady("there is no linked record yet", remedy="run: commonweal build")
    return max(folders, key=lambda folder: json.loads((folder / "manifest.json").read_text())["created_at"])


def build(
    store: Store,
    *,
    as_at: date | None = None,
    pod_rule_set: str = DEFAULT_RULE_SET,
    memory_limit: str = MEMORY,
    threads: int | None = None,
    rows_per_bucket: int = ROWS_PER_BUCKET,
    on_step: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> BuildResult:
    """Build the record of everything that is loaded and linked now.

    Raises `Busy` while another process writes, `NotReady` where nothing is loaded or linked, `CommonwealError` where the
    disk is full or the rows do not add up. `on_step` is told the step, the buckets done and the buckets in all.
    """
    with _clear_failures(store), writer(store, "build"):
        for left in builds_folder(store).glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
        sweep(store)
        on_step("plan", 0, 1)
        plan = plan_build(store, as_at, pod_rule_set, rows_per_bucket)
        found = _same_inputs(store, plan)
        if found is not None:
            return found
        now = datetime.now(UTC)
        build_id = f"{now:%Y%m%dT%H%M%SZ}-{plan.fingerprint[:8]}"
        working = builds_folder(store) / f".{build_id}"
        working.mkdir(parents=True)
        try:
            return _build(plan, build_id, now, working, memory_limit, threads, on_step)
        finally:
            shutil.rmtree(working, ignore_errors=True)


def _build(
    plan: BuildPlan,
    build_id: str,
    now: datetime,
    working: Path,
    memory_limit: str,
    threads: int | None,
    on_step: Callable[[str, int, int], None],
) -> BuildResult:
    staging, record = working / "staging", working / "record"
    staging.mkdir()
    record.mkdir()
    total = len(plan.buckets)
    with closing(duckdb.connect()) as connection:
        _configure(connection, working, memory_limit, threads)
        on_step("stage", 0, total)
        tallies = _stage(connection, plan, staging)
        tables = dict.fromkeys(("person", *FACTS), 0)
        concepts = (
            f"read_parquet('{concepts_path(plan.store)}')" if concepts_path(plan.store).exists() else _NO_CONCEPTS
        )
        _prepare_rules(connection, plan, staging, concepts)
        type1 = type1_codes(connection, concepts, dict(plan.site_lists))
        for done, bucket in enumerate(plan.buckets):
            on_step("buckets", done, total)
            counts = write_bucket(
                connection, plan, bucket, staging, record, tallies, type1, source_order_sql("feed")
            )  # fmt: skip
            for name, rows in counts.items():
                tables[name] += rows
        on_step("reference", total, total)
        for name in WHOLE:
            tables[name] = write_whole(connection, plan, TABLES[name], staging, record, tallies)
        tables |= write_reference(connection, plan, concepts, staging, record, tallies)
    shutil.rmtree(staging)
    shutil.rmtree(working / "spill", ignore_errors=True)
    on_step("manifest", total, total)
    _reconcile(plan, tallies, working / "reconciliation.parquet")
    replaced, orphaned = (sum(getattr(tally, name) for tally in tallies.values()) for name in ("replaced", "orphaned"))
    manifest = {
        "id": build_id,
        "created_at": now.isoformat(timespec="microseconds"),
        "as_at": plan.as_at.isoformat(),
        "stamp": plan.fingerprint,
        "invented": plan.inputs["invented"] == "yes",
        "inputs": plan.inputs,
        "buckets": [asdict(bucket) for bucket in plan.buckets],
        "tables": tables,
        "replaced": replaced,
        "orphaned": orphaned,
        "erased": sum(plan.erased.values()),
        "excluded": [asdict(one) for one in plan.excluded],
        "files": _hashes(working),
    }
    _write_durably(working / "manifest.json", json.dumps(manifest, indent=1))
    on_step("publish", total, total)
    final = builds_folder(plan.store) / build_id
    working.replace(final)
    return BuildResult(build_id, final, tables, total, replaced, orphaned, reused=False)


_NO_CONCEPTS = "(SELECT NULL::INTEGER AS concept, NULL::VARCHAR AS system, NULL::VARCHAR AS code, NULL::VARCHAR AS term WHERE false)"


def _configure(connection: duckdb.DuckDBPyConnection, working: Path, memory_limit: str, threads: int | None) -> None:
    connection.execute(f"SET memory_limit = '{memory_limit}'")
    connection.execute(f"SET temp_directory = '{working / 'spill'}'")
    connection.execute("SET preserve_insertion_order = false")
    # Each thread holds this many rows a bucket before it writes: the default, times 64 buckets, is gigabytes.
    connection.execute("SET partitioned_write_flush_threshold = 32768")
    if threads is not None:
        connection.execute(f"SET threads = {threads}")


def _stage(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, staging: Path) -> Tallies:
    prepare_people(connection, plan)
    connection.execute(
        "CREATE TEMP TABLE who_load AS SELECT unnest($1::INTEGER[]) AS load_id", [[load.load_id for load in plan.loads]]
    )
    subjects = IdentityStore.of(plan.store).subjects(connection)
    subjects.create_view("build_subject")
    stage_identities(connection, plan, "build_subject", staging)
    tallies: Tallies = {}
    find_superseded(connection, plan)
    names = sorted(plan.files, key=lambda name: (name in ("diagnosis", "procedure"), name))
    for name in names:
        tallies |= stage_table(connection, plan, TABLES[name], staging)
    connection.execute("DROP TABLE who")
    return tallies


def _prepare_rules(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, staging: Path, concepts: str) -> None:
    """Withheld concepts, and prices with the record's own averages."""
    withheld_concepts(connection, concepts, (*published_codes(), *site_codes(plan.site_lists)))
    if (staging / "contact").exists():
        contacts = f"SELECT * FROM read_parquet('{staging / 'contact'}/*/*.parquet', hive_partitioning = false)"
        own_average = record_averages(connection, with_pod(contacts, plan.pod_rule_set))
        install_prices(connection, [national_cost_collection(), own_average])


def _reconcile(plan: BuildPlan, tallies: Tallies, path: Path) -> None:
    """Write the reconciliation, or stop: every canonical row is in the record or counted as left out."""
    lost = [(table, load_id) for (table, load_id), tally in tallies.items() if not tally.adds_up]
    if lost:
        raise CommonwealError(
            "rows were lost between the loads and the record; nothing was published",
            where=f"table {lost[0][0]}, load {lost[0][1]}",
            value=asdict(tallies[lost[0]]),
            remedy="report this; the last release still serves",
        )
    by_id = {load.load_id: load for load in plan.loads}
    rows = [
        {"load_id": load_id, "feed": by_id[load_id].feed, "file": by_id[load_id].file, "table": table, **asdict(tally)}
        for (table, load_id), tally in sorted(tallies.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    schema = pa.schema(
        [("load_id", pa.int32()), ("feed", pa.string()), ("file", pa.string()), ("table", pa.string())]
        + [(name, pa.int64()) for name in ("canonical", "replaced", "orphaned", "erased", "built")]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file, by path within the build."""
    hashes = {}
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as handle:
            hashes[str(path.relative_to(folder))] = hashlib.file_digest(handle, "sha256").hexdigest()
    return hashes


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _same_inputs(store: Store, plan: BuildPlan) -> BuildResult | None:
    for path in sorted(builds_folder(store).glob("[!.]*/manifest.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["stamp"] == plan.fingerprint:
            return BuildResult(
                manifest["id"], path.parent, manifest["tables"], len(manifest["buckets"]), manifest["replaced"],
                manifest["orphaned"], reused=True,
            )  # fmt: skip
    return None


@contextmanager
def _clear_failures(store: Store) -> Iterator[None]:
    """Turn what the machine refused into a message with a remedy."""
    try:
        yield
    except (duckdb.Error, sqlite3.OperationalError, OSError) as error:
        failure = machine_failure(error, store.root.name)
        if failure is None:
            raise
        raise failure from None
