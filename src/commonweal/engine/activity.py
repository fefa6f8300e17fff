"""Measures that count rows, by groups that belong to the row: provider, site, specialty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from commonweal.definitions.declarations import ActivityMeasure
from commonweal.definitions.vocabulary.nodes import Feature, RowSet
from commonweal.engine.bucket import wide_name
from commonweal.engine.cube import ROW_GROUPS, UNKNOWN, Cube
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


def activity_cells(
    backend: DuckDBBackend, plan: Plan, context: Context, people: pa.Table, view: str, cube: Cube
) -> None:
    """Add the rows of the range last run to the cube. `people` are those whom the view may count."""
    chosen = activity_measures(plan)
    if not chosen:
        return
    connection = backend.connection
    connection.register("_people", people)
    context = backend.rows_of_view(context, view)
    for table in dict.fromkeys(rows.rows.table for one in chosen for rows in one.row_sets().values()):
        source = f"(SELECT *, '{table}' AS row_table FROM {context.rows(table)})"
        parts: list[tuple[str, str, str]] = []
        for one in chosen:
            for side, rows in one.row_sets().items():
                if rows.rows.table == table:
                    guard = _guard(rows.rows, plan, context)
                    basis = f"t.person_key IN (SELECT person_key FROM _people WHERE b_{one.basis})"
                    summed = one.sum_column if side == "numerator" else ""
                    value = f"t.{summed}" if summed else "1"
                    function = "sum" if summed else "count"
                    parts.append((one.id, side, f"{function}(CASE WHEN {guard} AND {basis} THEN {value} END)"))
        if parts:
            picked = ", ".join(f"{sql} AS v{index}" for index, (_, _, sql) in enumerate(parts))
            for group, column in row_groups(table).items():
                query = f"SELECT coalesce(t.{column}, '{UNKNOWN}'), {picked} FROM {source} t GROUP BY 1"
                for code, *values in connection.execute(query).fetchall():
                    for (name, side, _), value in zip(parts, values, strict=True):
                        if value:
                            numerator = float(value) if side == "numerator" else 0.0
                            cube.add_rows(name, group, code, numerator, float(value) - numerator)
    connection.unregister("_people")


def _guard(rows: RowSet, plan: Plan, context: Context) -> str:
    selection, _ = selection_of(Feature(rows, "count"), plan)
    return " AND ".join(f"({one})" for one in predicates(selection, "t", context, wide_name)) or "TRUE"


__all__ = ["activity_cells", "activity_measures", "always_held", "row_groups"]
