"""Programmes measured when a release is made: who was in them, and what people were known to have on the day they began."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from commonweal.definitions.declarations import Definition
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.history import History
from commonweal.engine.plan import make_plan
from commonweal.finance.programme_effect import CONDITIONS, enrolment_dates, write_programmes


def measure_programmes(
    connection: Any,
    backend: DuckDBBackend,
    relation: Callable[[str], str],
    people: str,
    definitions: Iterable[Definition],
) -> int:
    """Write `position_programme` into the planning file that `connection` holds; returns its rows.

    `people` is SQL for the people whom planning may count, with the record's own keys. Registers are asked as at each day on
    which a programme began, by the same definitions as the release's own.
    """
    registers = [one for one in definitions if one.id in CONDITIONS and one.computable]
    then = _registers_on(backend, registers, enrolment_dates(connection, relation, people))
    for day, table in then.items():
        connection.register(_name(day), table)
    made = write_programmes(connection, relation, people, lambda day: _name(day) if day in then else people)
    for day in then:
        connection.unregister(_name(day))
    return made


def _registers_on(backend: DuckDBBackend, registers: list[Definition], dates: list[date]) -> dict[date, pa.Table]:
    if not registers or not dates:
        return {}
    plans = {day: make_plan(registers, day) for day in dates}
    columns = ["person_key", *(f"r_{one.id}" for one in registers)]
    parts: dict[date, list[pa.Table]] = {day: [] for day in dates}
    history = History(backend, plans)
    for bucket in backend.record.buckets:
        for day, result, _ in history.run(bucket):
            parts[day].append(result.care.select(columns))
    return {day: pa.concat_tables(found) for day, found in parts.items()}


def _name(day: date) -> str:
    return f"registers_on_{day:%Y%m%d}"
