"""Measures that count rows, by groups that belong to the row: provider, site, specialty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.declarations import ActivityMeasure
from commonweal.definitions.vocabulary.nodes import Feature, RowSet
from commonweal.engine.bucket import wide_name
from commonweal.engine.cube import ROW_GROUPS, UNKNOWN, Cube
from commonweal.engine.exclusions import mask_of
from commonweal.engine.plan import Plan, selection_of
from commonweal.engine.rows_sql import Context, predicates
from commonweal.record.schema import TABLES

if TYPE_CHECKING:
    from commonweal.engine.duckdb_backend import DuckDBBackend


def activity_measures(plan: Plan) -> list[ActivityMeasure]:
    """The measures of a plan that count rows and can be computed."""
    computed = {one.definition_id for one in plan.outputs}
    return [one for one in plan.definitions if isinstance(one, ActivityMeasure) and one.id in computed]


def always_held(plan: Plan) -> set[str]:
    """Stored columns whose rows have to be read even where their values are known: the rows are grouped too."""
    ids = {one.id for one in activity_measures(plan)}
    return {name for one in plan.outputs if one.definition_id in ids for name in plan.stored_in(one.node)}


def row_groups(table: str) -> dict[str, str]:
    """Group type to column, of the groups that rows of this table have."""
    return {group: column for group, column in ROW_GROUPS.items() if column in TABLES[table]}


@dataclass(frozen=True)
class _Side:
    """The numerator or denominator of one measure: which rows, and what is added up."""

    definition_id: str
    side: str
    rows: RowSet
    counted: str
    """The column that says which people's rows are counted."""
    summed: str

    @property
    def value(self) -> str:
        return f"coalesce(t.{self.summed}, 0)" if self.summed else "1"


def activity_cells(
    backend: DuckDBBackend, plan: Plan, context: Context, people: pa.Table, view: str, cube: Cube
) -> None:
    """Add the rows of the range last run to the cube, for the measures that the cube has cells of.

    `people` are those whom the view may count.
    """
    left_out = {cell.definition_id: cell.left_out for cell in cube.cells}
    chosen = [one for one in activity_measures(plan) if one.id in left_out]
    if not chosen:
        return
    counted = people.select(["person_key", *dict.fromkeys(f"b_{one.basis}" for one in chosen)])
    columns: dict[tuple[str, frozenset[str]], str] = {}
    for one in chosen:
        key = (f"b_{one.basis}", left_out[one.id])
        if key in columns:
            continue
        columns[key] = key[0]
        if key[1]:
            columns[key] = f"kept_{len(columns)}"
            kept = pc.and_(people.column(key[0]), pc.invert(mask_of(people, key[1])))
            counted = counted.append_column(columns[key], kept)
    sides = [
        _Side(one.id, side, rows.rows, columns[f"b_{one.basis}", left_out[one.id]], one.sum_column if side == "numerator" else "")
        for one in chosen
        for side, rows in one.row_sets().items()
    ]  # fmt: skip
    connection = backend.connection
    connection.register("_people", counted)
    connection.execute("CREATE OR REPLACE TEMP TABLE counted_person AS SELECT * FROM _people")
    connection.unregister("_people")
    context = backend.rows_of_view(context, view)
    for table in dict.fromkeys(one.rows.table for one in sides):
        own = [one for one in sides if one.rows.table == table]
        _add_plain(connection, table, [one for one in own if not one.rows.related], plan, context, cube)
        for one in own:
            if one.rows.related:
                _add_related(connection, one, plan, context, cube)


def _add_plain(connection, table: str, sides: list[_Side], plan: Plan, context: Context, cube: Cube) -> None:
    """Sides that ask only about the row: each condition is tested once, then added up by each group."""
    groups = row_groups(table)
    if not (sides and groups):
        return
    guards: dict[str, str] = {}
    for one in sides:
        guards.setdefault(f"{_guard(one.rows, plan, context)} AND c.{one.counted}", f"p{len(guards)}")
    tested = ", ".join(f"({condition}) AS {name}" for condition, name in guards.items())
    held = ", ".join(f"t.{name}" for name in dict.fromkeys([*groups.values(), *(s.summed for s in sides if s.summed)]))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE counted AS SELECT {held}, {tested} "
        f"FROM {context.rows(table)} t JOIN counted_person c ON c.person_key = t.person_key"
    )
    names = [guards[f"{_guard(one.rows, plan, context)} AND c.{one.counted}"] for one in sides]
    picked = ", ".join(
        f"sum(CASE WHEN t.{name} THEN {one.value} ELSE 0 END)" for name, one in zip(names, sides, strict=True)
    )
    for group, column in groups.items():
        found = connection.execute(f"SELECT coalesce(t.{column}, '{UNKNOWN}'), {picked} FROM counted t GROUP BY 1")
        for code, *values in found.fetchall():
            for one, value in zip(sides, values, strict=True):
                _add(cube, one, group, code, value)
    connection.execute("DROP TABLE counted")


def _add_related(connection, one: _Side, plan: Plan, context: Context, cube: Cube) -> None:
    """A side that asks about other rows too: only the rows that pass all else look for a partner."""
    table = one.rows.table
    source = f"(SELECT *, '{table}' AS row_table FROM {context.rows(table)}) t"
    where = f"{_guard(one.rows, plan, context)} AND c.{one.counted}"
    joined = f"FROM {source} JOIN counted_person c ON c.person_key = t.person_key WHERE {where}"
    for group, column in row_groups(table).items():
        for code, value in connection.execute(
            f"SELECT coalesce(t.{column}, '{UNKNOWN}'), sum({one.value}) {joined} GROUP BY 1"
        ).fetchall():
            _add(cube, one, group, code, value)


def _add(cube: Cube, one: _Side, group: str, code: str, value: float | None) -> None:
    if value:
        numerator = float(value) if one.side == "numerator" else 0.0
        cube.add_rows(one.definition_id, group, code, numerator, float(value) - numerator)


def _guard(rows: RowSet, plan: Plan, context: Context) -> str:
    selection, _ = selection_of(Feature(rows, "count"), plan)
    return " AND ".join(f"({one})" for one in predicates(selection, "t", context, wide_name)) or "TRUE"


__all__ = ["activity_cells", "activity_measures", "always_held", "row_groups"]
