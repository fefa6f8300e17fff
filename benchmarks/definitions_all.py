"""All definitions that ship: the engine against a script of the same outputs written by hand (`all_definitions/*.sql`).

``COMMONWEAL_BENCH_STORE=FOLDER ./run bench definitions_all --size place`` reads the newest build of a store (only reads it);
without the variable an invented system of the size is made first, in a temporary folder. Both sides write, as Parquet: every
person with every answer for direct care and again for planning, the evidence of direct care, and every measure by every
group in both views. Codelists are read before the clock starts, on both sides. Left out on both: practices that failed a
gate, the cache beside a build, and the serving files' database format. Definitions whose codelists are not held are
computed by neither.

The two must agree person by person and group by group: `agree` says how many definitions do, of how many. `linear` gives
CPU seconds and peak memory for fractions of the people.

`dates` is about the record's first range of people: all definitions at 24 month ends in one run, counts by every group included,
as a part of 24 runs of one date each (three of them are run: the first, a middle and the last), and how many cells of the
cubes of those three dates are otherwise, which has to be none.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq

from benchmarks._all_definitions import VIEWS, differences, run_script, write_codes
from commonweal.definitions.codelists import ids, load
from commonweal.definitions.registry import all_definitions
from commonweal.definitions.vocabulary.calendar import add_months
from commonweal.engine.activity import activity_cells
from commonweal.engine.cube import OVER_TIME, Cube, add_views, cells_of
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.history import History
from commonweal.engine.plan import make_plan, not_computable
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.views import counted_people
from commonweal.pipeline.release import last_date
from commonweal.record.schema import TABLES

RUNS = {"small": 3, "place": 1, "ics": 1}
DATES = 24
"""Month ends of a history."""
FRACTIONS = {"small": (), "place": (0.25, 0.5), "ics": ()}
"""Parts of the people by which growth is measured, beside the whole; `ics` is measured beside `place`."""


def run_engine(record: RecordFiles, target: Path, as_at: date) -> None:
    """The engine's build of all definitions, without what a release adds."""
    plan = make_plan(all_definitions(), as_at)
    cubes = {view: Cube(cells_of(plan)) for view in VIEWS}
    with DuckDBBackend(record, loader=cache(load), threads=2) as backend:
        context = backend.prepare(plan)
        for bucket in record.buckets:
            result = backend.run_bucket(plan, context, bucket)
            add_views(cubes, result)
            for view in VIEWS:
                write_table(target / view / f"{bucket.name}.parquet", counted_people(result, view))
            activity_cells(backend.connection, plan, context, result, cubes)
            write_table(target / "features" / f"{bucket.name}.parquet", result.columns)
    for view in VIEWS:
        write_table(target / "cube" / f"{view}.parquet", cubes[view].table(as_at.isoformat()))


def run_dates(record: RecordFiles, as_at: date) -> dict[str, float]:
    """CPU seconds of many dates in one run and of some alone, and the cells in which their cubes differ."""
    moments = [add_months(as_at, -back) for back in range(DATES)]
    plans = {moment: make_plan(all_definitions(), moment) for moment in moments}
    alone = (moments[0], moments[DATES // 2], moments[-1])
    bucket, cubes = record.buckets[0], {}
    with DuckDBBackend(record, loader=cache(load), threads=2) as backend:
        for moment in alone:
            backend.code_book(plans[moment].codelists)
        cpu = _cpu_seconds()
        for moment in alone:
            context = backend.prepare(plans[moment])
            result = backend.run_bucket(plans[moment], context, bucket)
            cubes[moment] = {view: Cube(cells_of(plans[moment])) for view in VIEWS}
            add_views(cubes[moment], result, OVER_TIME)
            activity_cells(backend.connection, plans[moment], context, result, cubes[moment])
        single = (_cpu_seconds() - cpu) / len(alone)
        cpu, unlike = _cpu_seconds(), 0
        for moment, result, rows in History(backend, plans).run(bucket):
            own = {view: Cube(cells_of(plans[moment])) for view in VIEWS}
            add_views(own, result, OVER_TIME)
            rows.add_to(own)
            unlike += sum(_unlike(cubes[moment][view], own[view]) for view in VIEWS) if moment in cubes else 0
    return {"single": single, "together": _cpu_seconds() - cpu, "unlike": unlike}


def _unlike(one: Cube, other: Cube) -> int:
    """Cells of two cubes that are not the same to nine figures (sums of fractions depend on their order)."""
    cells = []
    for cube in (one, other):
        counted = {(*key, place): row for key, rows in cube.counts.items() for place, row in enumerate(rows)}
        cells.append({**counted, **cube.rows})
    here, there = cells
    both = here.keys() & there.keys()
    return len(here.keys() ^ there.keys()) + sum(not np.allclose(here[key], there[key], rtol=1e-9) for key in both)


def write_table(path: Path, table: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def child(side: str, folder: str, target: str, as_at: str) -> None:
    """Run one side and print its figures."""
    record, moment = RecordFiles.open(Path(folder)), date.fromisoformat(as_at)
    if side != "script":
        for one in ids():
            load(one)
    if side == "dates":
        print(json.dumps({**run_dates(record, moment), "peak_mb": _peak_mb()}))
        return
    start, cpu = time.perf_counter(), _cpu_seconds()
    if side == "engine":
        run_engine(record, Path(target), moment)
    else:
        run_script(
            with_empty_files(record, Path(target).parent / "whole"), Path(target).parent / "codes", Path(target), moment
        )
    seconds, used = time.perf_counter() - start, _cpu_seconds() - cpu
    print()  # a database tells of the progress of long queries on the line before
    print(json.dumps({"seconds": seconds, "cpu": used, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Of this program alone: what `getrusage` tells on Linux is at least what the parent had when it began this one."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(side: str, record: Path, work: Path, as_at: date) -> dict[str, float]:
    """Seconds, CPU seconds and peak memory of one side, in a process of its own."""
    target = work / side
    shutil.rmtree(target, ignore_errors=True)
    call = f"from benchmarks.definitions_all import child; child({side!r}, {str(record)!r}, {str(target)!r}, '{as_at}')"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def store_of(size: str, work: Path) -> Path:
    given = os.environ.get("COMMONWEAL_BENCH_STORE")
    if given:
        return Path(given).resolve()
    command = [
        sys.executable,
        "-m",
        "commonweal.cli",
        "demo",
        "--no-site",
        "--size",
        size,
        "--store",
        str(work / "store"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return work / "store"


def with_empty_files(record: RecordFiles, folder: Path) -> RecordFiles:
    """The record with a file of every table for every range: the script reads each by its name, and a range may lack some."""
    shutil.rmtree(folder, ignore_errors=True)
    with duckdb.connect() as connection:
        for table in (name for name in TABLES if record.files(name)):
            (folder / table).mkdir(parents=True)
            for path in record.files(table):
                (folder / table / path.name).symlink_to(path.resolve())
            if TABLES[table].per_person:
                missing = [one for one in record.buckets if not (folder / table / f"{one.name}.parquet").exists()]
                for one in missing:
                    connection.execute(
                        f"COPY (FROM '{record.files(table)[0]}' LIMIT 0) TO '{folder / table / one.name}.parquet'"
                    )
    return RecordFiles(folder, record.buckets)


def part_of(record: RecordFiles, share: float, folder: Path) -> Path:
    """A record of the first `share` of the people in each range."""
    manifest = {"buckets": [{"name": one.name, "low": one.low, "high": one.high} for one in record.buckets]}
    with duckdb.connect() as connection:
        for table in (name for name in TABLES if record.files(name)):
            (folder / "record" / table).mkdir(parents=True)
            for path in record.files(table):
                range_of = next((one for one in record.buckets if one.name == path.stem), None)
                target = folder / "record" / table / path.name
                if range_of is None or not TABLES[table].per_person:
                    target.symlink_to(path.resolve())
                    continue
                last = range_of.low + int((range_of.high - range_of.low + 1) * share)
                connection.execute(
                    f"COPY (SELECT * FROM '{path}' WHERE person_key < {last}) TO '{target}' (COMPRESSION zstd)"
                )
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def run(size: str = "small") -> dict[str, Any]:
    """Alternate the two sides and take the median of each, compare what they wrote, then the parts of the people."""
    with tempfile.TemporaryDirectory(prefix="commonweal-") as name:
        work = Path(name)
        build = max((store_of(size, work) / "builds").iterdir())
        record = RecordFiles.open(build)
        as_at = last_date(record)
        write_codes(work / "codes")
        taken: dict[str, list[dict[str, float]]] = {"script": [], "engine": []}
        for _ in range(RUNS[size]):
            for side, runs in taken.items():
                runs.append(_timed(side, build, work, as_at))
        unlike = differences(work / "script", work / "engine")
        linear = []
        for share in FRACTIONS[size]:
            part = part_of(record, share, work / f"part-{share}")
            linear.append(_line(RecordFiles.open(part), {side: _timed(side, part, work, as_at) for side in taken}))
        linear.append(_line(record, _medians(taken)))
        dates = _timed("dates", build, work, as_at)
    return {**_figures(size, as_at, _medians(taken), unlike, linear), "dates": _of_dates(dates)}


def _of_dates(found: dict[str, float]) -> dict[str, float]:
    """What `run_dates` found, as figures and a ratio."""
    return {
        "dates": DATES, "cpu_seconds": round(found["together"], 2), "cpu_seconds_of_one_date": round(found["single"], 2),
        "of_separate_runs": round(found["together"] / (DATES * found["single"]), 2), "cells_that_differ": int(found["unlike"]),
        "peak_mb": round(found["peak_mb"]),
    }  # fmt: skip


def _line(record: RecordFiles, used: dict[str, dict[str, float]]) -> dict[str, float]:
    """People, and what each side used for them."""
    figures = {f"{side}_{key}": round(one[key], 2) for side, one in used.items() for key in ("cpu", "peak_mb")}
    return {"people": sum(pq.read_metadata(path).num_rows for path in record.files("person")), **figures}


def _medians(taken: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Side to the median of each figure."""
    return {
        side: {key: sorted(one[key] for one in runs)[len(runs) // 2] for key in runs[0]} for side, runs in taken.items()
    }


def _figures(size: str, as_at: date, median: dict, unlike: dict, linear: list) -> dict[str, Any]:
    engine, script = median["engine"], median["script"]
    computed = len(all_definitions()) - len(not_computable(all_definitions()))
    return {
        "name": "definitions_all", "size": size, "seconds": round(engine["seconds"], 2),
        "baseline_seconds": round(script["seconds"], 2), "ratio": round(engine["seconds"] / script["seconds"], 2),
        "cpu_seconds": round(engine["cpu"], 2), "baseline_cpu_seconds": round(script["cpu"], 2),
        "cpu_ratio": round(engine["cpu"] / script["cpu"], 2), "peak_mb": round(engine["peak_mb"]),
        "baseline_peak_mb": round(script["peak_mb"]), "as_at": as_at.isoformat(), "definitions": computed,
        "agree": computed - len(unlike), "differences": {name: found[:3] for name, found in unlike.items()}, "linear": linear,
    }  # fmt: skip
