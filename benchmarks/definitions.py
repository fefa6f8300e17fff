"""Definitions: the engine against a hand-written DuckDB script of the same outputs (`definitions_baseline.sql`).

The set is the reference build of an integrated care system: 20 registers (diagnosed, and resolved or not), 12 latest values
with their dates, 9 care processes and all nine together, contacts and cost by setting, one score, 30 measures by 5 groups,
evidence columns included, for direct care and again for planning (month of birth, objectors out). The people are made at
random here, and mean nothing. Both sides read the same files and write the same Parquet; their counts must be equal, or
the benchmark fails. CPU seconds (all threads) are the steadier figure where the machine is shared.

Besides: `all_definitions_*` is every definition that ships, on the same record (whose codes are in few of their lists);
`new_definition_*` one new register where the reference build's columns are kept; `dates_in_single_dates` how many runs of
one date the 24 month ends of one run cost, rows and counts alike.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from commonweal.definitions.codelists import Codelist, load
from commonweal.definitions.declarations import Definition, Flag, Measure, Register, Score, Source, Term
from commonweal.definitions.registry import all_definitions
from commonweal.definitions.vocabulary import all_of, contact, event, is_member
from commonweal.definitions.vocabulary.calendar import add_months
from commonweal.engine.cache import FeatureCache
from commonweal.engine.cube import Cube, add_views, cells_of
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.history import History
from commonweal.engine.plan import definitions_needed, make_plan
from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.engine.views import CARE, RESTRICTED, counted_people

AS_AT = date(2026, 3, 31)
SIZES = {"small": 20_000, "place": 200_000, "ics": 2_400_000}
PEOPLE_IN_BUCKET = 50_000
EVENTS, CONTACTS = 42, 10
GROUPS = ("all", "practice", "age_band", "sex", "imd_decile")
REGISTERS, VALUES, PROCESSES = 20, 12, 9
DATES = 24
"""Month ends of a history."""
SETTINGS = ("apc", "op", "ae", "gp")
BASELINE = Path(__file__).with_suffix("").with_name("definitions_baseline.sql")

COMMON: dict[str, Any] = {
    "why_it_matters": "benchmark", "owner": "benchmark", "checked_by": "benchmark", "source": Source("benchmark", "1"),
    "reviewed_on": date(2026, 1, 1), "review_due": date(2027, 1, 1),
}  # fmt: skip


def codelist(name: str) -> Codelist:
    """Register i is code 100+i, its resolution 200+i, value i is 300+i."""
    kind, number = name[0], int(name[1:])
    code = str({"d": 100, "x": 200, "v": 300}[kind] + number)
    return Codelist(name, name, "snomed", "1", frozenset({code}), name, "benchmark", "", "", None, AS_AT)


def definitions() -> list[Definition]:
    """The reference build, declared."""
    made: list[Definition] = []
    for i in range(REGISTERS):
        found, resolved = event.coded(f"d{i}"), event.coded(f"x{i}")
        logic = found.any() & (resolved.none() | (found.latest().date > resolved.latest().date))
        made.append(Register(id=f"register_{i}", title="", logic=logic, **COMMON))
    for i in range(VALUES):
        logic = event.coded(f"v{i}").latest().value >= 90
        made.append(
            Flag(id=f"high_{i}", title="", logic=logic, suggested_action="-", who_acts="-", capacity_hint="-", harm_note="-", **COMMON)
        )  # fmt: skip
    checks = [event.coded(f"v{i}").in_last(months=12).any() for i in range(PROCESSES)]
    for name, numerator in [*((f"process_{i}", one) for i, one in enumerate(checks)), ("all_nine", all_of(*checks))]:
        made.append(Measure(id=name, title="", denominator=is_member("register_0"), numerator=numerator, **COMMON))
    for setting in SETTINGS:
        rows = contact.where(setting=setting).in_last(months=12)
        made.append(Measure(id=f"contacts_{setting}", title="", numerator=rows.count(), per=1000, **COMMON))
        made.append(Measure(id=f"cost_{setting}", title="", numerator=rows.total("cost_pence"), per=1, **COMMON))
    terms = tuple(Term(str(i), is_member(f"register_{i}"), 0.25 * (i + 1)) for i in range(REGISTERS))
    made.append(Score(id="burden", title="", terms=terms, validity="-", caveat="-", **COMMON))
    return made


def make_record(folder: Path, people: int) -> RecordFiles:
    """Random people and rows, by bucket."""
    buckets = tuple(
        Bucket(f"{low // PEOPLE_IN_BUCKET:03d}", low, min(low + PEOPLE_IN_BUCKET, people) - 1)
        for low in range(0, people, PEOPLE_IN_BUCKET)
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute("SELECT setseed(0.5)")
        for table in ("person", "registration", "event", "contact", "concept", "place"):
            (folder / table).mkdir(parents=True)
        for bucket in buckets:
            count = bucket.high - bucket.low + 1
            for table, sql in record_sql(bucket.low, count).items():
                sql = f"({sql}) UNION ALL BY NAME SELECT * FROM {RecordFiles(Path(), ()).relation(table)}"
                connection.execute(f"COPY ({sql}) TO '{folder / table / bucket.name}.parquet' (COMPRESSION zstd)")
        codes = "SELECT code::INTEGER AS concept, 'snomed' AS system, code::VARCHAR AS code, '' AS term FROM range(100, 400) t(code)"
        connection.execute(f"COPY ({codes}) TO '{folder / 'concept' / 'all.parquet'}'")
        places = (
            "SELECT 'E' || n AS lsoa21, 'B1' AS borough_code, '' AS borough_name, (n % 10 + 1)::TINYINT AS imd2019_decile "
            "FROM range(1000) t(n)"
        )
        connection.execute(f"COPY ({places}) TO '{folder / 'place' / 'all.parquet'}'")
    return RecordFiles(folder, buckets)


def record_sql(low: int, count: int) -> dict[str, str]:
    """Tables of one bucket: 42 events and 10 contacts a person, sorted by person and date."""
    day = f"(DATE '{AS_AT}' - (random() * 3650)::INTEGER)"
    keys = f"SELECT ({low} + n)::INTEGER AS person_key FROM range({count}) t(n)"
    return {
        "person": f"""SELECT person_key, 'p' || person_key AS person_id, birth_date,
            date_trunc('month', birth_date)::DATE AS birth_month, NULL::DATE AS death_date,
            CASE WHEN random() < 0.5 THEN 'F' ELSE 'M' END AS sex, 'A' AS ethnic_category, NULL::VARCHAR AS language,
            'E' || (random() * 999)::INTEGER AS lsoa21, NULL::VARCHAR AS practice_code, random() < 0.02 AS type1_opt_out,
            random() < 0.03 AS national_opt_out, 1 AS load_id, 1::BIGINT AS record_number
            FROM (SELECT person_key, (DATE '{AS_AT}' - (random() * 33000)::INTEGER) AS birth_date FROM ({keys}))
            ORDER BY person_key""",
        "registration": f"""SELECT person_key, 'P' || (random() * 340)::INTEGER AS practice_code, DATE '2000-01-01' AS start_date,
            NULL::DATE AS end_date, NULL::VARCHAR AS reason_for_removal, 1 AS load_id, 1::BIGINT AS record_number
            FROM ({keys}) ORDER BY person_key""",
        "event": f"""SELECT person_key, {day} AS date, 'D' AS date_precision,
            CASE WHEN kind < 0.05 THEN 100 + (random() * 19)::INTEGER WHEN kind < 0.06 THEN 200 + (random() * 19)::INTEGER
                 WHEN kind < 0.7 THEN 300 + (random() * 11)::INTEGER ELSE 330 + (random() * 60)::INTEGER END::INTEGER AS concept,
            CASE WHEN kind >= 0.06 THEN round(20 + random() * 100, 1) END AS value, NULL::VARCHAR AS unit,
            NULL::VARCHAR AS text_value, NULL::DATE AS recorded_date, NULL::VARCHAR AS provider_code, 'gp' AS source_kind,
            FALSE AS confidential, 1 AS load_id, row_number() OVER () AS record_number
            FROM (SELECT person_key, random() AS kind FROM ({keys}), range({EVENTS})) ORDER BY person_key, date""",
        "contact": f"""SELECT person_key, row_number() OVER () + {low * CONTACTS} AS contact_key,
            (['apc', 'op', 'ae', 'gp'])[1 + (random() * 3)::INTEGER] AS setting, {day} AS start_date, NULL::DATE AS end_date,
            (random() * 100000)::BIGINT AS cost_pence, NULL::INTEGER AS primary_concept, FALSE AS confidential, 1 AS load_id,
            row_number() OVER () AS record_number
            FROM ({keys}), range({CONTACTS}) ORDER BY person_key, start_date""",
    }


def run_engine(record: RecordFiles, chosen: list[Definition], target: Path, loader=codelist) -> dict[str, float]:
    """The engine's build; returns the counts over everybody, by cell."""
    plan = make_plan(chosen, AS_AT)
    cubes = {CARE: Cube(cells_of(plan)), RESTRICTED: Cube(cells_of(plan))}
    with DuckDBBackend(record, loader=loader, withheld=(), threads=2, memory_limit="1500MB") as backend:
        for result in backend.run(plan):
            add_views(cubes, result, GROUPS)
            for view in cubes:
                _write(target / view / f"{result.bucket.name}.parquet", counted_people(result, view))
            _write(target / "features" / f"{result.bucket.name}.parquet", result.columns)
    counted = cubes[CARE].counts["all", "all"]
    return {cell.definition_id: float(both[0]) for cell, both in zip(cubes[CARE].cells, counted, strict=True)}


def _write(path: Path, table: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)


def run_baseline(record: RecordFiles, target: Path) -> dict[str, float]:
    """The hand-written script, bucket by bucket; the same files, counts over everybody by cell."""
    script = BASELINE.read_text(encoding="utf-8")
    for name in ("care", "restricted", "features", "cube"):
        (target / name).mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET memory_limit = '1500MB'; SET preserve_insertion_order = false")
        for bucket in record.buckets:
            values = {
                "record": str(record.root),
                "bucket": bucket.name,
                "target": str(target),
                "as_at": AS_AT.isoformat(),
            }
            for statement in expand(script).format(**values).split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        sums = ", ".join(f"sum({name})" for name in cell_columns())
        found = connection.execute(
            f"SELECT {sums} FROM '{target / 'cube'}/*.parquet' WHERE view = 'care' AND group_type = 'all'"
        ).fetchone()
    assert found is not None
    return dict(zip(cell_names(), map(float, found), strict=True))


def cell_names() -> list[str]:
    return [one.id for one in definitions()]


def cell_columns() -> list[str]:
    return [f"n_{name}" for name in cell_names()]


def expand(script: str) -> str:
    """Unroll the script's ``[[name: text]]`` loops: the text once for each number, ``#`` replaced, joined by commas."""
    sizes = {"registers": REGISTERS, "values": VALUES, "processes": PROCESSES}

    def unroll(match: re.Match[str]) -> str:
        joiner = {"and": " AND ", "plus": " + "}.get(match[2] or "", ", ")
        return joiner.join(match[3].strip().replace("#", str(i)) for i in range(sizes[match[1]]))

    return re.sub(r"\[\[(\w+)(?:/(\w+))?:(.*?)\]\]", unroll, script, flags=re.S)


def run_new(record: RecordFiles, target: Path) -> dict[str, float]:
    """One new definition where the reference build's columns are kept: the seconds of the second run, in `seconds`."""
    cache = target / "columns"
    _kept(record, definitions(), cache)
    new = Register(
        id="new", title="", logic=is_member("register_0") & event.coded("v11").in_last(months=24).any(), **COMMON
    )
    changed = definitions_needed(["new"], {one.id: one for one in [*definitions(), new]})
    start, cpu = time.perf_counter(), cpu_seconds()
    found = _kept(record, list(changed), cache)
    return {"seconds": time.perf_counter() - start, "cpu": cpu_seconds() - cpu, "new": found["new"]}


def _kept(record: RecordFiles, chosen: list[Definition], cache: Path) -> dict[str, float]:
    plan = make_plan(chosen, AS_AT)
    cube = Cube(cells_of(plan))
    with DuckDBBackend(record, loader=codelist, withheld=(), threads=2) as backend:
        context = backend.prepare(plan)
        kept = FeatureCache(cache, backend.code_book(plan.codelists).hashes)
        known = kept.reader(plan)
        kept.start(plan)
        for bucket in record.buckets:
            result = backend.run_bucket(plan, context, bucket, known)
            kept.keep(bucket, result)
            cube.add_people(result.care, ("all",))
        kept.finish()
    counted = cube.counts["all", "all"]
    return {cell.definition_id: float(both[0]) for cell, both in zip(cube.cells, counted, strict=True)}


def run_dates(record: RecordFiles, months: int) -> dict[str, float]:
    """The reference definitions at so many month ends in one run; the counts of the last date."""
    plans = {moment: make_plan(definitions(), moment) for moment in (add_months(AS_AT, -k) for k in range(months))}
    cubes = {moment: {view: Cube(cells_of(plan)) for view in (CARE, RESTRICTED)} for moment, plan in plans.items()}
    with DuckDBBackend(record, loader=codelist, withheld=(), threads=2) as backend:
        history = History(backend, plans)
        for bucket in record.buckets:
            for moment, result, _ in history.run(bucket):
                add_views(cubes[moment], result, GROUPS)
    last = cubes[AS_AT][CARE]
    return {
        cell.definition_id: float(both[0]) for cell, both in zip(last.cells, last.counts["all", "all"], strict=True)
    }


def cpu_seconds() -> float:
    """Of this process, all threads and the kernel's work for it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(side: str, folder: Path) -> dict[str, Any]:
    """Seconds, CPU seconds, peak MB and counts of one side, in a process of its own."""
    code = f"from benchmarks.definitions import child; child({side!r}, {str(folder)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def child(side: str, folder: str) -> None:
    """Run one side and print its figures."""
    root = Path(folder)
    record = RecordFiles.open(root / "record")
    target = root / side
    shutil.rmtree(target, ignore_errors=True)
    shipped = list(all_definitions()) if side == "everything" else []
    start, cpu = time.perf_counter(), cpu_seconds()
    found: dict[str, Any] = {}
    if side == "baseline":
        counts = run_baseline(record, target)
    elif side == "engine":
        counts = run_engine(record, definitions(), target)
    elif side == "new":
        counts = run_new(record, target)
        found = {"seconds": counts.pop("seconds"), "cpu": counts.pop("cpu")}
    elif side.startswith("dates"):
        counts = run_dates(record, int(side.removeprefix("dates")))
    else:
        counts = run_engine(record, shipped, target, load)
    measured = {"seconds": time.perf_counter() - start, "cpu": cpu_seconds() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**measured, "peak_mb": peak, "counts": counts, **found}))


def run(size: str = "small") -> dict[str, Any]:
    """Alternate the two sides three times and take the median of each; the other figures come from one run each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_record(folder / "record", SIZES[size])
        taken: dict[str, list[dict[str, Any]]] = {"engine": [], "baseline": []}
        for _ in range(1 if size == "ics" else 3):
            for side in ("baseline", "engine"):
                taken[side].append(timed(side, folder))
        check_equal(taken["engine"][-1]["counts"], taken["baseline"][-1]["counts"])
        others = {side: timed(side, folder) for side in ("everything", "new", "dates1", f"dates{DATES}")}
        check_equal(others["dates1"]["counts"], others[f"dates{DATES}"]["counts"])

    def median(side: str, key: str) -> float:
        return sorted(one[key] for one in taken[side])[len(taken[side]) // 2]

    seconds, baseline = median("engine", "seconds"), median("baseline", "seconds")
    dates = others[f"dates{DATES}"]["cpu"]
    return {
        "name": "definitions", "size": size, "seconds": round(seconds, 2), "baseline_seconds": round(baseline, 2),
        "ratio": round(seconds / baseline, 2), "peak_mb": round(median("engine", "peak_mb")),
        "baseline_peak_mb": round(median("baseline", "peak_mb")),
        "cpu_seconds": round(median("engine", "cpu"), 2), "baseline_cpu_seconds": round(median("baseline", "cpu"), 2),
        "cpu_ratio": round(median("engine", "cpu") / median("baseline", "cpu"), 2),
        "people": SIZES[size], "definitions": len(definitions()),
        "all_definitions_cpu_seconds": round(others["everything"]["cpu"], 2),
        "all_definitions_peak_mb": round(others["everything"]["peak_mb"]),
        "new_definition_seconds": round(others["new"]["seconds"], 2), "new_definition_cpu_seconds": round(others["new"]["cpu"], 2),
        "dates": DATES, "dates_cpu_seconds": round(dates, 2), "dates_in_single_dates": round(dates / others["dates1"]["cpu"], 1),
    }  # fmt: skip


def check_equal(found: dict[str, float], expected: dict[str, float]) -> None:
    """Two sides must count alike, or the benchmark is of two different things."""
    different = {k: (v, expected[k]) for k, v in found.items() if abs(v - expected[k]) > 1e-6 * max(1, abs(v))}
    if different:
        raise AssertionError(f"the two sides disagree: {different}")
