"""All definitions that ship on Spark (a cluster of two executors on this machine) and on DuckDB, over the same build.

``COMMONWEAL_BENCH_STORE=FOLDER ./run bench spark --size place`` reads the newest build of a store (only reads it); without the
variable an invented system of the size is made first, in a temporary folder. Needs Java 17 and `requirements-spark.lock`.

Each side writes, as Parquet, every person with all attributes and every answer, for direct care and again for the other
purposes. The files are compared person by person and column by column: `agree` says how many definitions have the same
answers for everybody in both views, of how many; an attribute that differs is listed with them. Definitions whose codelists
are not held are computed by neither.

Figures are of the whole tree of processes: the program, Spark's driver, its executors and their Python. `cpu_seconds` and
`seconds` begin when the session is there and the codelists are read; what the session's start takes is given apart
(`start_cpu_seconds`). Memory is the sum of what the processes hold, pages that they share counted once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from benchmarks._all_definitions import VIEWS, people_who_differ
from benchmarks.definitions_all import store_of, write_table
from commonweal.definitions.codelists import ids, load
from commonweal.definitions.registry import all_definitions
from commonweal.engine import attributes
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import Plan, make_plan, not_computable
from commonweal.engine.record_files import RecordFiles
from commonweal.pipeline.release import last_date

EXECUTOR_MB = {"small": 1024, "place": 1536, "ics": 1536}
"""Memory of each of the two executors."""
TICKS = os.sysconf("SC_CLK_TCK")


def run_duckdb(record: RecordFiles, plan: Plan, target: Path) -> None:
    """Attributes and answers of both views, one range of people at a time."""
    with DuckDBBackend(record, loader=cache(load), threads=2) as backend:
        for result in backend.run(plan):
            for view in VIEWS:
                write_table(target / view / f"{result.bucket.name}.parquet", result.people(view))


def run_spark(record: RecordFiles, plan: Plan, target: Path, session: Any, views: tuple[str, ...] = VIEWS) -> None:
    """The same by the cluster."""
    from commonweal.engine.spark_backend import SparkBackend

    with SparkBackend(record, session, loader=cache(load)) as backend:
        for view in views:
            backend.run(plan, view).write.option("compression", "zstd").parquet(str(target / view))


def unlike(one: Path, other: Path, views: tuple[str, ...] = VIEWS) -> dict[str, dict[str, int]]:
    """View to column to how many people have another value in it, of what the two sides wrote."""
    with duckdb.connect() as connection:
        return {view: people_who_differ(connection, one / view, other / view) for view in views}


# --- what a tree of processes uses -----------------------------------------------------------------------------------


def tree() -> list[int]:
    """This process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            found = _stat(int(path.name))
            if found:
                parents.setdefault(int(found[1]), []).append(int(path.name))
    listed = [os.getpid()]
    for one in listed:
        listed += parents.get(one, [])
    return listed


def _stat(process: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the name; none where the process has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def tree_cpu() -> float:
    """Processor seconds of the tree, of those processes that have ended included."""
    return sum(sum(int(one) for one in _stat(process)[11:15]) for process in tree()) / TICKS


def tree_mb() -> float:
    """Memory that the tree holds: proportional set size, so that shared pages count once."""
    total = 0
    for process in tree():
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


@contextmanager
def measured(figures: dict[str, float]) -> Iterator[None]:
    """Seconds, processor seconds and peak memory of what runs inside, into `figures`."""
    done = threading.Event()
    peak = [tree_mb()]

    def watch() -> None:
        while not done.wait(0.5):
            peak.append(tree_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, cpu = time.perf_counter(), tree_cpu()
    try:
        yield
    finally:
        figures |= {"seconds": time.perf_counter() - start, "cpu": tree_cpu() - cpu}
        done.set()
        watcher.join()
        figures["peak_mb"] = max(peak)


# --- both sides ------------------------------------------------------------------------------------------------------


def child(side: str, folder: str, target: str, as_at: str, executor_mb: int) -> None:
    """Run one side and print its figures."""
    record, plan = RecordFiles.open(Path(folder)), make_plan(all_definitions(), date.fromisoformat(as_at))
    for one in ids():
        load(one)
    figures: dict[str, float] = {}
    if side == "duckdb":
        with measured(figures):
            run_duckdb(record, plan, Path(target))
    else:
        from commonweal.engine.spark_backend import local_session

        before, start = tree_cpu(), time.perf_counter()
        session = local_session(executors=2, executor_mb=executor_mb, driver_mb=2048)
        session.range(1000).repartition(2).count()
        figures |= {"start_seconds": time.perf_counter() - start, "start_cpu": tree_cpu() - before}
        with measured(figures):
            run_spark(record, plan, Path(target), session)
        session.stop()
    print(json.dumps(figures))


def _timed(side: str, record: Path, work: Path, as_at: date, executor_mb: int) -> dict[str, float]:
    """The figures of one side, in a process of its own."""
    arguments = ", ".join(repr(one) for one in (side, str(record), str(work / side), as_at.isoformat(), executor_mb))
    call = f"from benchmarks.spark import child; child({arguments})"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[:6000])  # what ended it comes first, and Spark's farewell after it
    return json.loads(done.stdout.strip().splitlines()[-1])


def run(size: str = "small") -> dict[str, Any]:
    """Both sides once, and what they wrote compared."""
    with tempfile.TemporaryDirectory(prefix="commonweal-") as name:
        work = Path(name)
        build = max((store_of(size, work) / "builds").iterdir())
        record = RecordFiles.open(build)
        as_at = last_date(record)
        used = {side: _timed(side, build, work, as_at, EXECUTOR_MB[size]) for side in ("duckdb", "spark")}
        different: dict[str, list[str]] = {}
        for view, found in unlike(work / "duckdb", work / "spark").items():
            for column, count in found.items():
                different.setdefault(column, []).append(f"{view}: {count} people")
        people = sum(pq.read_metadata(path).num_rows for path in record.files("person"))
    return _figures(size, as_at, used, different, people)


def _figures(size: str, as_at: date, used: dict, different: dict[str, list[str]], people: int) -> dict[str, Any]:
    plan = make_plan(all_definitions(), as_at)
    owner = {output.name: output.definition_id or output.name for output in plan.outputs}
    otherwise = {owner.get(column, column) for column in different}
    computed = {one.id for one in all_definitions()} - set(not_computable(all_definitions()))
    spark, baseline = used["spark"], used["duckdb"]
    return {
        "name": "spark", "size": size, "seconds": round(spark["seconds"], 2),
        "baseline_seconds": round(baseline["seconds"], 2), "ratio": round(spark["seconds"] / baseline["seconds"], 2),
        "cpu_seconds": round(spark["cpu"], 2), "baseline_cpu_seconds": round(baseline["cpu"], 2),
        "cpu_ratio": round(spark["cpu"] / baseline["cpu"], 2), "peak_mb": round(spark["peak_mb"]),
        "baseline_peak_mb": round(baseline["peak_mb"]), "start_seconds": round(spark["start_seconds"], 2),
        "start_cpu_seconds": round(spark["start_cpu"], 2), "as_at": as_at.isoformat(), "people": people,
        "columns": len(attributes.COLUMNS) + len(plan.outputs), "stored_columns": len(plan.columns),
        "definitions": len(computed), "agree": len(computed - otherwise), "differences": different,
    }  # fmt: skip
