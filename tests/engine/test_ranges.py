"""Ranges computed two at a time, with some attributes only, give what one after the other gives with all of them."""

from __future__ import annotations

import pytest
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.engine import attributes, people_at, ranges
from commonweal.engine.activity import activity_cells
from commonweal.engine.cube import Cube, cells_of
from commonweal.engine.duckdb_backend import CARE, RESTRICTED, DuckDBBackend
from commonweal.engine.plan import make_plan
from commonweal.engine.tiny_record import write_tiny_record


@pytest.fixture
def backend(tmp_path):
    record = write_tiny_record(tmp_path, definitions.record(people=150, seed=5), buckets=7)
    with DuckDBBackend(record, loader=codelist, withheld=definitions.WITHHELD, threads=1) as opened:
        yield opened


@pytest.mark.parametrize("few_columns", [0, 10_000], ids=["one at a time", "two at a time"])
@pytest.mark.parametrize("wanted", [attributes.COLUMNS, ["lsoa21"], ["imd_decile"], []])
def test_ranges_come_in_order_with_the_answers_of_one_after_the_other(backend, monkeypatch, few_columns, wanted):
    monkeypatch.setattr(ranges.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(ranges, "FEW_COLUMNS", few_columns)
    plan = make_plan(definitions.DEFINITIONS, AS_AT)
    alone, together = Cube(cells_of(plan)), Cube(cells_of(plan))
    expected = []
    for result in backend.run(plan):
        expected.append(result)
        activity_cells(backend.connection, plan, backend.context(plan), result, {CARE: alone})
    backends = set()
    for one, ran in zip(expected, ranges.run_ranges(backend, plan, attributes=wanted), strict=True):
        backends.add(id(ran.backend))
        assert ran.result.bucket == one.bucket
        names = ran.result.care.column_names
        held = {*wanted, *plan.attributes, *people_at.ALWAYS}
        assert {name for name in names if name in attributes.COLUMNS} == held & set(attributes.COLUMNS)
        assert len([name for name in names if name not in attributes.COLUMNS]) == len(plan.outputs)
        for view in (CARE, RESTRICTED):
            assert ran.result.people(view).to_pylist() == one.people(view, names).to_pylist()
        assert ran.result.columns.equals(one.columns)
        activity_cells(ran.backend.connection, plan, ran.context, ran.result, {CARE: together})
    assert len(backends) == (2 if few_columns else 1)
    assert together.rows.keys() == alone.rows.keys()
    assert all((together.rows[key] == alone.rows[key]).all() for key in alone.rows)
    assert alone.rows


def test_where_a_range_fails_so_does_the_run(backend, monkeypatch):
    monkeypatch.setattr(ranges.os, "cpu_count", lambda: 2)
    plan = make_plan(definitions.DEFINITIONS, AS_AT)
    last = backend.record.buckets[-1].name

    def known(bucket):
        if bucket.name == last:
            raise OSError("the disk is full")
        return {}, []

    done = []
    with pytest.raises(OSError, match="the disk is full"):
        for ran in ranges.run_ranges(backend, plan, known):
            done.append(ran.result.bucket.name)
    assert done == [one.name for one in backend.record.buckets[:-1]]
