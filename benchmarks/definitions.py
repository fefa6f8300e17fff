"""Definitions: the engine against a hand-written DuckDB script of the same outputs (`definitions_baseline.sql`).

The set is the reference build of an integrated care system: 20 registers (diagnosed, and resolved or not), 12 latest values
with their dates, 9 care processes and all nine together, contacts and cost by setting, one score, 30 measures by 5 groups,
evidence columns included, for direct care and again for planning (month of birth, objectors out). The people are made at
random here, and mean nothing. Both sides read the same files and write the same Parquet; their counts must be equal, or
the benchmark fails. `all_definitions_seconds` is the time for every definition that ships, on the same record.
"""

from __future__ import annotations

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

from commonweal.definitions.codelists import Codelist
from commonweal.definitions.declarations import Definition, Flag, Measure, Register, Score, Source, Term
from commonweal.definitions.vocabulary import all_of, contact, event, is_member
from commonweal.engine.cube import Cube, add_views, cells_of
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import make_plan
from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.engine.views import CARE, RESTRICTED, counted_people

AS_AT = date(2026, 3, 31)
SIZES = {"small": 20_000, "place": 200_000, "ics": 2_400_000}
PEOPLE_IN_BUCKET = 50_000
EVENTS, CONTACTS = 42, 10
GROUPS = ("all", "practice", "age_band", "sex", "imd_decile")
REGISTERS, VALUES, PROCESSES = 20, 12, 9
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
    import re

    sizes = {"registers": REGISTERS, "values": VALUES, "processes": PROCESSES}

    def unroll(match: re.Match[str]) -> str:
        joiner = {"and": " AND ", "plus": " + "}.get(match[2] or "", ", ")
        return joiner.join(match[3].strip().replace("#", str(i)) for i in range(sizes[match[1]]))

    return re.sub(r"\[\[(\w+)(?:/(\w+))?:(.*?)\]\]", unroll, script, flags=re.S)


def timed(side: str, folder: Path, size: str) -> tuple[float, float, dict[str, float]]:
    """Seconds, peak MB and counts of one side, in a process of its own."""
    code = f"from benchmarks.definitions import child; child({side!r}, {str(folder)!r}, {size!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import json

    found = json.loads(done.stdout.strip().splitlines()[-1])
    return found["seconds"], found["peak_mb"], found["counts"]


def child(side: str, folder: str, size: str) -> None:
    """Run one side and print its figures."""
    import json

    root = Path(folder)
    record = RecordFiles.open(root / "record")
    target = root / side
    shutil.rmtree(target, ignore_errors=True)
    from commonweal.definitions.registry import all_definitions

    shipped = list(all_definitions()) if side == "everything" else []
    start = time.perf_counter()
    if side == "baseline":
        counts = run_baseline(record, target)
    elif side == "engine":
        counts = run_engine(record, definitions(), target)
    else:
        from commonweal.definitions.codelists import load

        counts = run_engine(record, shipped, target, load)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "counts": counts}))


def run(size: str = "small") -> dict[str, Any]:
    """Alternate the two sides three times and take the median of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_record(folder / "record", SIZES[size])
        times: dict[str, list[float]] = {"engine": [], "baseline": []}
        peaks: dict[str, float] = {}
        counts: dict[str, dict[str, float]] = {}
        for _ in range(1 if size == "ics" else 3):
            for side in ("baseline", "engine"):
                seconds, peaks[side], counts[side] = timed(side, folder, size)
                times[side].append(seconds)
        different = {
            k: (v, counts["baseline"][k])
            for k, v in counts["engine"].items()
            if abs(v - counts["baseline"][k]) > 1e-6 * max(1, abs(v))
        }
        if different:
            raise AssertionError(f"the two sides disagree: {different}")
        everything, all_peak, _ = timed("everything", folder, size)
    seconds, baseline = (sorted(times[side])[len(times[side]) // 2] for side in ("engine", "baseline"))
    return {
        "name": "definitions", "size": size, "seconds": round(seconds, 2), "baseline_seconds": round(baseline, 2),
        "ratio": round(seconds / baseline, 2), "peak_mb": round(peaks["engine"]), "baseline_peak_mb": round(peaks["baseline"]),
        "people": SIZES[size], "definitions": len(definitions()), "all_definitions_seconds": round(everything, 2),
        "all_definitions_peak_mb": round(all_peak),
    }  # fmt: skip
