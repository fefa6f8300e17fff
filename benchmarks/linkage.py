"""Linkage against Splink alone: the same records, the same model, the same machine.

Ours: preparing records, links by number, Splink for the rest, the rules, the partition and the register's stable ids.
The baseline is what a Splink user writes over the same raw rows: the same normalised columns, then the blocked pairs of
all records scored and clustered at the same weight. Each runs in a process of its own and the
faster of its runs counts; the ratio of CPU seconds (all threads) is given beside the clock. Both sides' precision and recall
are printed too, because speed alone would be no claim.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

HOUSEHOLDS = {"small": 2_000, "place": 80_000, "ics": 920_000}
RUNS = {"small": 3, "place": 2, "ics": 1}
TESTS = Path(__file__).resolve().parents[1] / "tests"


def run(size: str = "small") -> dict:
    """`seconds` is ours, `baseline_seconds` Splink's; `ratio` at most 1.5 is the promise."""
    with tempfile.TemporaryDirectory() as folder:
        records = _records(HOUSEHOLDS[size], Path(folder))
        ours, baseline = ([_run(side, folder) for _ in range(RUNS[size])] for side in ("ours", "splink"))
    best, base = (min(runs, key=lambda one: one["seconds"]) for runs in (ours, baseline))
    return {
        "name": "linkage", "size": size, "seconds": round(best["seconds"], 2),
        "baseline_seconds": round(base["seconds"], 2), "ratio": round(best["seconds"] / base["seconds"], 2),
        "cpu_ratio": round(min(one["cpu"] for one in ours) / min(one["cpu"] for one in baseline), 2),
        "peak_mb": best["peak_mb"], "baseline_peak_mb": base["peak_mb"], "records": records,
        "precision": best["precision"], "recall": best["recall"],
        "baseline_precision": base["precision"], "baseline_recall": base["recall"],
    }  # fmt: skip


def _records(households: int, folder: Path) -> int:
    sys.path.insert(0, str(TESTS))
    from linkage.invented_people import invented_people, subjects_of

    subjects, truth = subjects_of(invented_people(households, seed=5), seed=6)
    pq.write_table(subjects, folder / "subjects.parquet")
    pq.write_table(truth, folder / "truth.parquet")
    return truth.num_rows


def _run(side: str, folder: str) -> dict:
    ended = subprocess.run([sys.executable, "-m", "benchmarks.linkage", side, folder], capture_output=True, check=True)
    return json.loads(ended.stdout)


def _ours(folder: Path) -> tuple[tuple[float, float], str]:
    from commonweal.record.identities import IdentityStore
    from commonweal.record.linkage import link
    from commonweal.record.register import Register
    from commonweal.store import Store

    store = Store(folder / f"store{time.monotonic_ns()}")
    with duckdb.connect() as connection:
        subjects = connection.read_parquet(str(folder / "subjects.parquet"))
        for (load_id,) in subjects.aggregate("load_id").order("load_id").fetchall():
            part = subjects.filter(f"load_id = {load_id}")
            IdentityStore.of(store).add_subjects(part, load_id, connection=connection)
    started = _clocks()
    link(store)
    return _since(started), f"SELECT subject_key, person_key FROM '{Register.of(store).subjects_path}'"


def _splink(folder: Path) -> tuple[tuple[float, float], str]:
    from commonweal.record.linkage_model import BLOCKING, linker, load_model, with_prior
    from commonweal.record.linkage_prepare import prepare_records
    from commonweal.record.linkage_score import ACCEPT, make_variants

    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2GB'")
    started = _clocks()
    prepare_records(connection, f"read_parquet('{folder / 'subjects.parquet'}')")
    connection.execute(
        "CREATE TEMP TABLE linkage_entity AS SELECT subject_key, "
        "CAST(row_number() OVER (ORDER BY subject_key) AS INTEGER) AS entity FROM linkage_record"
    )
    make_variants(connection)
    count = connection.execute("SELECT count(*) FROM linkage_variant").fetchone()[0]
    model = with_prior(load_model(), count) | {
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in BLOCKING],
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": False,
    }
    alone = linker(connection, model)
    predicted = alone.inference.predict(threshold_match_weight=ACCEPT)
    clusters = alone.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=ACCEPT)
    taken = _since(started)
    path = folder / "splink.parquet"
    connection.execute(
        f"COPY (SELECT subject_key, cluster_id AS person_key FROM {clusters.physical_name}) TO '{path}' (FORMAT parquet)"
    )
    return taken, f"SELECT * FROM '{path}'"


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(started: tuple[float, float]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU, since `started`."""
    return time.perf_counter() - started[0], time.process_time() - started[1]


def main() -> None:
    """One side, in this process: prints seconds, peak memory, precision and recall."""
    from commonweal.record.linkage_evaluation import evaluate

    side, folder = sys.argv[1], Path(sys.argv[2])
    (seconds, cpu), people = {"ours": _ours, "splink": _splink}[side](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    quality = evaluate(pq.read_table(folder / "truth.parquet"), duckdb.sql(people).to_arrow_table())
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": cpu,
                "peak_mb": peak,
                "precision": round(quality.precision, 6),
                "recall": round(quality.recall, 6),
            }
        )
    )


if __name__ == "__main__":
    main()
