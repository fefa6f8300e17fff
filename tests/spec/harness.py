"""Runs every spec case on an evaluator. All cases share one record: each has its own range of people."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from tests.spec.language import CODES, LISTS, Case, codelist

from commonweal.engine.attributes import ETHNIC_GROUPS
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.naive import NaiveEvaluator, PersonRecord
from commonweal.engine.plan import Plan, add_expression
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.tiny_record import write_tiny_record

SPACING = 100


def combined(cases: list[Case]) -> dict[str, list[dict[str, Any]]]:
    """The rows of all cases, person keys and contact keys moved apart."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for index, case in enumerate(cases):
        for table, listed in case.rows().items():
            for row in listed:
                moved = {**row, "person_key": row["person_key"] + index * SPACING}
                moved["load_id"] = index + 1
                rows[table].append(moved)
    rows["concept"] = [{"concept": number, "system": "snomed", "code": code} for code, number in CODES.items()]
    return rows


def write(folder: Path, cases: list[Case], buckets: int = 3) -> RecordFiles:
    """The record of all cases."""
    return write_tiny_record(folder, combined(cases), buckets=buckets)


def plan_of(cases: list[Case], as_at: date) -> Plan:
    """One plan with an output ``e<index>`` for each case of this date."""
    plan = Plan(as_at, ())
    for index, case in enumerate(cases):
        if case.as_at == as_at:
            expression = case.parsed()
            add_expression(plan, f"e{index}", expression.node, expression.kind)
    return plan


def on_duckdb(folder: Path, cases: list[Case]) -> list[dict[int, Any]]:
    """For each case the value for each of its people."""
    record = write(folder, cases)
    answers: list[dict[int, Any]] = [{} for _ in cases]
    with DuckDBBackend(record, loader=codelist, withheld=(), threads=1) as backend:
        for as_at in sorted({case.as_at for case in cases}):
            plan = plan_of(cases, as_at)
            for result in backend.run(plan):
                collect(answers, cases, as_at, result.care.to_pylist())
    return answers


def collect(answers: list[dict[int, Any]], cases: list[Case], as_at: date, rows: list[dict[str, Any]]) -> None:
    """Put each person's outputs with their case."""
    for row in rows:
        index, person = divmod(row["person_key"], SPACING)
        if index < len(cases) and cases[index].as_at == as_at and person in cases[index].expected:
            answers[index][person] = row[f"e{index}"]


def on_naive(case: Case) -> dict[int, Any]:
    """The value for each person, from the oracle."""
    rows = case.rows()
    expression = case.parsed()
    snapshots = [one["snapshot_date"] for one in rows.get("wait", ()) if one["snapshot_date"] <= case.as_at]
    found = {}
    for person in case.expected:
        own = {table: [row for row in listed if row["person_key"] == person] for table, listed in rows.items()}
        attributes = attributes_of(
            own["person"][0], own.get("registration", []), case.as_at, bool(rows.get("registration"))
        )
        evaluator = NaiveEvaluator(
            PersonRecord(attributes, own),
            case.as_at,
            lambda name: {CODES[code] for code in LISTS[name]},
            latest_snapshot=max(snapshots, default=None),
        )
        found[person] = evaluator.value(expression.node)
    return found


def attributes_of(
    person: dict[str, Any], registrations: list[dict[str, Any]], as_at: date, known: bool
) -> dict[str, Any]:
    """The attributes of a person as at a date, the obvious way."""
    held = [
        one
        for one in registrations
        if one["start_date"] <= as_at and (one.get("end_date") is None or one["end_date"] >= as_at)
    ]
    current = max(held, key=lambda one: (one["start_date"], one["practice_code"]), default={})
    died = person.get("death_date")
    category = person.get("ethnic_category")
    return {
        **person,
        "death_date": died if died is not None and died <= as_at else None,
        "ethnic_category": category if category in ETHNIC_GROUPS else None,
        "ethnic_group": ETHNIC_GROUPS.get(category or ""),
        "practice_code": current.get("practice_code"),
        "registered_since": current.get("start_date"),
        "in_registered_population": bool(current) or not known,
    }


def equal(found: Any, expected: Any) -> bool:
    """Equal values; numbers to nine significant digits, and a truth value is never a number."""
    if isinstance(found, bool) or isinstance(expected, bool) or found is None or expected is None:
        return found is expected
    if isinstance(expected, int | float):
        return abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
    return found == expected
