"""The same rules, and whole definitions, on Spark: one batched job on a cluster of two executors."""

from __future__ import annotations

import os
import shutil

import pyarrow.parquet as pq
import pytest
from benchmarks.spark import run_duckdb, run_spark, unlike
from tests.definitions.crowded_record import AS_AT, crowded_record
from tests.spec import awkward, definitions
from tests.spec.harness import collect, equal, plan_of, write
from tests.spec.language import codelist
from tests.spec.test_spec import CASES

from commonweal.definitions.registry import all_definitions
from commonweal.engine.plan import make_plan
from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.engine.tiny_record import write_tiny_record

pytestmark = [pytest.mark.java, pytest.mark.slow]


@pytest.fixture(scope="module")
def session():
    if shutil.which("java") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Java is missing, and in CI every Spark test must run")
        pytest.skip("not run: install Java 17")
    pytest.importorskip("pyspark", reason="not run: install requirements-spark.lock")
    from commonweal.engine.spark_backend import local_session

    made = local_session(executors=2, executor_mb=1024)
    yield made
    made.stop()


def wrong(session, folder, cases):
    """The people of each case for whom Spark says something else; one plan for each as-at date."""
    from commonweal.engine.spark_backend import SparkBackend

    record = write(folder, cases, buckets=1)
    answers = [{} for _ in cases]
    with SparkBackend(record, session, codelist, withheld=()) as backend:
        for as_at in sorted({case.as_at for case in cases}):
            rows = backend.run(plan_of(cases, as_at)).collect()
            collect(answers, cases, as_at, [row.asDict() for row in rows])
    return [
        (case.title, person, found.get(person, "no row"))
        for case, found in zip(cases, answers, strict=True)
        for person in case.expected
        if person not in found or not equal(found[person], case.expected[person])
    ]


def test_every_rule(session, tmp_path):
    assert wrong(session, tmp_path, CASES) == []


def test_a_record_without_any_rows(session, tmp_path):
    assert wrong(session, tmp_path, list(awkward.EMPTY)) == []


def test_whole_definitions(session, tmp_path):
    """Registers, measures, flags, a score and a segment over one record: every output equal to DuckDB's, by person."""
    from commonweal.engine.spark_backend import SparkBackend

    record = write_tiny_record(tmp_path, definitions.record(people=60), buckets=2)
    plan, expected = definitions.on_duckdb(record)
    backend = SparkBackend(record, session, codelist, definitions.WITHHELD)
    for view in ("care", "restricted"):
        found = {row["person_key"]: row.asDict() for row in backend.run(plan, view).collect()}
        assert found.keys() == expected[view].keys()
        for key, row in expected[view].items():
            different = {name: (found[key][name], row[name]) for name in row if not equal(found[key][name], row[name])}
            assert different == {}, key
    assert len(plan.definitions) >= 10


def test_all_definitions_that_ship(session, tmp_path):
    """Every answer to every definition that can be computed, of a record in which every list has codes: equal to DuckDB's.

    The view outside direct care, which filters more; `benchmarks/spark.py` compares both.
    """
    view = ("restricted",)
    made, plan = crowded_record(tmp_path / "record", people=300, seed=5), make_plan(all_definitions(), AS_AT)
    # One range: a line of this record may belong to the contact of a person in another, which no build writes.
    record = RecordFiles(made.root, (Bucket("all", made.buckets[0].low, made.buckets[-1].high),))
    run_duckdb(record, plan, tmp_path / "duckdb")
    run_spark(record, plan, tmp_path / "spark", session, view)
    assert unlike(tmp_path / "duckdb", tmp_path / "spark", view) == {"restricted": {}}
    answers = pq.read_table(tmp_path / "spark" / "restricted")
    met = sum(len(answers.column(one.name).unique()) > 1 for one in plan.outputs)
    assert met >= 0.9 * len(plan.outputs), "the record is rich enough to tell"
