"""The same rules, and whole definitions, on Spark: one batched job on a cluster of two executors."""

from __future__ import annotations

import os
import shutil

import pytest
from tests.spec import definitions
from tests.spec.harness import collect, equal, plan_of, write
from tests.spec.language import AS_AT, codelist
from tests.spec.test_spec import CASES as ALL

from commonweal.engine.tiny_record import write_tiny_record

pytestmark = [pytest.mark.java, pytest.mark.slow]
CASES = [case for case in ALL if case.as_at == AS_AT]


@pytest.fixture(scope="module")
def session():
    if shutil.which("java") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Java is missing, and in CI every Spark test must run")
        pytest.skip("not run: install Java 17")
    pytest.importorskip("pyspark", reason="not run: install requirements-spark.lock")
    from commonweal.engine.spark_backend import local_session

    made = local_session("local-cluster[2,1,1024]")
    yield made
    made.stop()


def test_every_rule(session, tmp_path):
    from commonweal.engine.spark_backend import SparkBackend

    record = write(tmp_path, CASES, buckets=1)
    answers = [{} for _ in CASES]
    backend = SparkBackend(record, session, codelist, withheld=())
    collect(answers, CASES, AS_AT, [row.asDict() for row in backend.run(plan_of(CASES, AS_AT)).collect()])
    wrong = {
        case.title: {
            person: found[person] for person in case.expected if not equal(found[person], case.expected[person])
        }
        for case, found in zip(CASES, answers, strict=True)
    }
    assert {title: found for title, found in wrong.items() if found} == {}


def test_whole_definitions(session, tmp_path):
    """Registers, measures, flags, a score and a segment over one record: every output equal to DuckDB's, by person."""
    from commonweal.engine.spark_backend import SparkBackend

    record = write_tiny_record(tmp_path, definitions.record(people=60), buckets=2)
    plan, expected = definitions.on_duckdb(record)
    for view in ("care", "restricted"):
        rows = SparkBackend(record, session, codelist, definitions.WITHHELD).run(plan, view).collect()
        found = {row["person_key"]: row.asDict() for row in rows}
        assert found.keys() == expected[view].keys()
        for key, row in expected[view].items():
            different = {name: (found[key][name], row[name]) for name in row if not equal(found[key][name], row[name])}
            assert different == {}, key
    assert len(plan.definitions) >= 10
