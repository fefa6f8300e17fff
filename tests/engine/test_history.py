"""Many dates in one run give, at each date, exactly what a run of that date alone gives: in both views, people and rows alike."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.parity.test_generated import expressions, records
from tests.spec import definitions
from tests.spec.harness import SPACING, combined, equal
from tests.spec.language import AS_AT, codelist
from tests.spec.test_spec import CASES

from commonweal.definitions.vocabulary import as_at, at_most, contact, event, medication, months, person
from commonweal.engine.activity import activity_cells
from commonweal.engine.cube import Cube, add_views, cells_of
from commonweal.engine.duckdb_backend import CARE, RESTRICTED, DuckDBBackend
from commonweal.engine.history import DatePlan, History
from commonweal.engine.plan import add_expression, make_plan
from commonweal.engine.tiny_record import write_tiny_record

WINDOWS = {
    "two_years": event.coded("a").in_last(months=24).count(),
    "quarter": event.coded("a").in_last(days=91).count(),
    "earlier_year": event.coded("a").between(as_at - months(24), as_at - months(12)).count(),
    "before_a_year_ago": event.coded("a").before(as_at - months(12)).latest().value,
    "before_a_day": event.coded("a").before(date(2025, 6, 1)).latest().value,
    "first": event.coded("a", "b").earliest().value,
    "first_lowest": event.coded("b").earliest(same_day="lowest").value,
    "highest": event.coded("a").highest(),
    "lowest_of_a_year": event.coded("a").in_last(months=12).lowest(),
    "days": event.coded("a").in_last(months=12).count(distinct="date"),
    "stays": contact.where(setting="apc").in_last(months=6).total("length_of_stay_days"),
    "stays_ever": contact.where(setting="apc", length_of_stay_days=at_most(5)).total("length_of_stay_days"),
    "quantity": medication.coded("a").in_last(months=12).total("quantity"),
    "text": contact.where(setting="apc").latest().column("admission_method"),
    "ended": contact.where(setting="apc").in_last(months=3, column="end_date").count(),
    "open": contact.where(setting="apc").open().count(),
    "since_birth": event.within_days_after(person.birth_date, 20_000).count(),
    "age": person.age,
    "practice": person.practice_code,
    "since": person.registered_since,
}  # fmt: skip


def plan_at(moment):
    plan = make_plan(definitions.DEFINITIONS, moment)
    for name, expression in WINDOWS.items():
        add_expression(plan, f"e_{name}", expression.node, expression.kind)
    return plan


def different(alone, together):
    """What one result says otherwise than the other: (view, column, person, alone, together)."""
    found = []
    for view in (CARE, RESTRICTED):
        one, other = (result.people(view).to_pylist() for result in (alone, together))
        found += [
            (view, name, row["person_key"], row[name], again[name])
            for row, again in zip(one, other, strict=True)
            for name in row
            if row[name] != again[name]
        ]
    return found


def cubes_of(plan, result, add_rows):
    cubes = {view: Cube(cells_of(plan)) for view in (CARE, RESTRICTED)}
    add_views(cubes, result)
    add_rows(cubes)
    # A sum of fractions (a score) may differ in its last digit by the order in which people are added.
    return {
        view: [{**row, "numerator": round(row["numerator"], 9)} for row in cube.table("2026-01-01").to_pylist()]
        for view, cube in cubes.items()
    }


@pytest.mark.parametrize(
    "dates",
    [
        [AS_AT - timedelta(days=30 * back) for back in range(8)],
        [date(2023, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 12, 31), AS_AT],
        [AS_AT],
    ],
    ids=["about monthly", "far apart and next to each other", "one"],
)
def test_each_date_is_as_it_is_alone(tmp_path, dates):
    rows = definitions.record(people=150, seed=11)
    # Somebody who moves, leaves and comes back, and somebody known to no practice.
    rows["registration"] += [
        {"person_key": key, "practice_code": "P9", "start_date": date(2024, 6, 1), "end_date": date(2025, 1, 31)}
        for key in range(1, 40)
    ]
    record = write_tiny_record(tmp_path, rows, buckets=2)
    plans = {moment: plan_at(moment) for moment in dates}
    with DuckDBBackend(record, loader=codelist, withheld=definitions.WITHHELD, threads=1) as backend:
        alone = {}
        for moment, plan in plans.items():
            context = backend.prepare(plan)
            for bucket in record.buckets:
                result = backend.run_bucket(plan, context, bucket)
                alone[moment, bucket.name] = (
                    result,
                    cubes_of(plan, result, partial(activity_cells, backend.connection, plan, context, result)),
                )
        history = History(backend, plans)
        seen = 0
        for bucket in record.buckets:
            for moment, result, rows in history.run(bucket):
                expected, cubes = alone[moment, bucket.name]
                assert different(expected, result) == []
                again = cubes_of(plans[moment], result, rows.add_to)
                assert again == cubes
                seen += 1
    assert seen == len(dates) * len(record.buckets)


def test_a_selections_rows_are_read_once_whatever_dates_are_asked():
    dates = [date(2025, 1, 31), date(2026, 2, 28), AS_AT]
    one, three = (asked({moment: plan_at(moment) for moment in listed}) for listed in (dates[:1], dates))
    assert len(one) == len(three) > 10
    assert all(selection.start is None and selection.end is None for selection in three)


def test_only_rows_that_wait_for_another_date_are_found_at_each():
    plan = plan_at(AS_AT)
    anew = [one.name for one in DatePlan(plan).anew]
    assert anew
    assert all(plan.columns[name].selection.dynamic for name in anew)


def asked(plans):
    return {selection for plan in plans.values() for selection, _ in DatePlan(plan).wanted()}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
)
@given(
    st.lists(st.tuples(records(), expressions), min_size=5, max_size=8),
    st.sets(st.integers(0, 800), min_size=2, max_size=4),
)
def test_generated_expressions_at_generated_dates(made, back):
    rows = _side_by_side([record for record, _ in made])
    plans = {}
    for days in back:
        plan = make_plan((), AS_AT - timedelta(days=days))
        for index, (_, expression) in enumerate(made):
            add_expression(plan, f"e{index}", expression.node, expression.kind)
        plans[plan.as_at] = plan
    assert_same(rows, plans)


def test_the_rules_of_the_vocabulary_at_dates_around_theirs(tmp_path):
    rows = combined(CASES)
    plans = {}
    for moment in (AS_AT - timedelta(days=400), AS_AT - timedelta(days=1), AS_AT, AS_AT + timedelta(days=31)):
        plan = make_plan((), moment)
        for index, case in enumerate(CASES):
            expression = case.parsed()
            add_expression(plan, f"e{index}", expression.node, expression.kind)
        plans[moment] = plan
    assert_same(rows, plans)


def _side_by_side(listed):
    rows = {}
    for index, record in enumerate(listed):
        for table, found in record.items():
            rows.setdefault(table, []).extend(
                {**row, "person_key": row["person_key"] + index * SPACING, "load_id": index + 1} for row in found
            )
    rows["concept"] = [
        {"concept": n, "system": "snomed", "code": code} for n, code in enumerate(("A", "B", "AB", "X"), 1)
    ]
    return rows


def assert_same(rows, plans):
    """Every output of every plan, alone and together."""
    with tempfile.TemporaryDirectory() as folder:
        record = write_tiny_record(Path(folder), rows)
        with DuckDBBackend(record, loader=codelist, withheld=(), threads=1) as backend:
            alone = {moment: next(iter(backend.run(plan))) for moment, plan in plans.items()}
            for moment, result, _ in History(backend, plans).run(record.buckets[0]):
                one, other = alone[moment].care.to_pylist(), result.care.to_pylist()
                wrong = [
                    (moment, name, row["person_key"], row[name], again[name])
                    for row, again in zip(one, other, strict=True)
                    for name in row
                    if not (row[name] == again[name] or equal(again[name], row[name]))
                ]
                assert wrong == []
