"""Measures that count rows, by groups that belong to the row: provider, site, specialty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.declarations import ActivityMeasure
from commonweal.definitions.vocabulary.nodes import Feature, RowCondition, RowSet
from commonweal.engine.bucket import wide_name
from commonweal.engine.columns import Selection
from commonweal.engine.cube import ROW_GROUPS, UNKNOWN, Cube
from commonweal.engine.exclusions import mask_of
from commonweal.engine.passes import since_sql, split_by_condition
from commonweal.engine.plan import Plan, selection_of
from commonweal.engine.rows_sql import Context, condition_sql, predicates
from commonweal.engine.views import CARE, RESTRICTED, BucketResult, without_objections
from commonweal.record.schema import TABLES


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
class Side:
    """The numerator or denominator of one measure: which rows, and what is added up."""

    definition_id: str
    side: str
    rows: RowSet
    basis: str
    """The column of the population whose rows are counted."""
    summed: str
    counted: str = ""
    """The column that says which people's rows are counted, without those left out."""

    @property
    def value(self) -> str:
        return f"coalesce(t.{self.summed}, 0)" if self.summed else "1"

    def selection(self, plan: Plan) -> Selection:
        """The rows as at the plan's date."""
        return selection_of(Feature(self.rows, "count"), plan)[0]

    def add(self, cube: Cube, group: str, code: str, value: float) -> None:
        """Add what was counted of one group."""
        numerator = value if self.side == "numerator" else 0.0
        cube.add_rows(self.definition_id, group, code, numerator, value - numerator)


def sides_of(measures: Iterable[ActivityMeasure]) -> list[Side]:
    """Both sides of these measures."""
    return [
        Side(one.id, side, rows.rows, f"b_{one.basis}", one.sum_column if side == "numerator" else "")
        for one in measures
        for side, rows in one.row_sets().items()
    ]


def activity_cells(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    context: Context,
    result: BucketResult,
    cubes: Mapping[str, Cube],
    only: frozenset[str] | None = None,
) -> None:
    """Add the rows of the range last run to the cube of each view.

    As with people: rows of those whom both views count alike are counted once; the few who have withheld rows are
    counted for the restricted view from the rows that are left to them. `only`: of these measures, not of all.
    """
    left_out = {cell.definition_id: cell.left_out for cube in cubes.values() for cell in cube.cells}
    chosen = [one for one in activity_measures(plan) if one.id in left_out and (only is None or one.id in only)]
    if not chosen:
        return
    columns = {(f"b_{one.basis}", left_out[one.id]): "" for one in chosen}
    for place, (basis, out) in enumerate(columns):
        columns[basis, out] = f"kept_{place}" if out else basis
    sides = [replace(side, counted=columns[side.basis, left_out[side.definition_id]]) for side in sides_of(chosen)]
    own_rows = np.zeros(result.care.num_rows, dtype=bool)
    own_rows[result.recomputed.places] = True
    common = pc.invert(pc.or_(result.care.column("objected"), pa.array(own_rows)))
    restricted = [cube for view, cube in cubes.items() if view == RESTRICTED]
    counting = _Counting(connection, plan, context, sides)
    counting.run(
        _counted(result.care, columns).append_column("common", common),
        lambda shared: [cube for view, cube in cubes.items() if view == CARE or shared],
    )
    if len(result.recomputed) and restricted:
        again = np.isin(result.few.places, result.recomputed.places)
        few = _counted(without_objections(result.few.table.filter(pa.array(again))), columns)
        counting = _Counting(connection, plan, replace(context, prefix="few_"), sides)
        counting.run(few.append_column("common", pa.array(np.ones(few.num_rows, dtype=bool))), lambda _: restricted)


def _counted(people: pa.Table, columns: Mapping[tuple[str, frozenset[str]], str]) -> pa.Table:
    """person_key, and for each (basis, practices left out) the column that says whose rows are counted."""
    made = people.select(["person_key"])
    for (basis, out), name in columns.items():
        kept = people.column(basis)
        if out:
            kept = pc.and_(kept, pc.invert(mask_of(people, out)))
        made = made.append_column(name, kept)
    return made


@dataclass(frozen=True)
class _Counting:
    """Counts the sides over held rows, of the people of one relation."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    context: Context
    sides: list[Side]

    def run(self, people: pa.Table, cubes_of: Callable[[bool], list[Cube]]) -> None:
        """Add everything; `cubes_of` gives the cubes that count rows of people who are, or are not, common to all."""
        self.connection.register("_people", people)
        self.connection.execute("CREATE OR REPLACE TEMP TABLE counted_person AS SELECT * FROM _people")
        self.connection.unregister("_people")
        for table in dict.fromkeys(one.rows.table for one in self.sides):
            if not row_groups(table):
                continue
            own = [one for one in self.sides if one.rows.table == table]
            plain = [one for one in own if not one.rows.related]
            for where, part in split_by_condition(plain, lambda one: one.rows.conditions).items():
                self._add(table, part, self._plain(table, part, where), cubes_of)
            for one in own:
                if one.rows.related:
                    self._add(table, [one], self._related(table, one), cubes_of)

    def _plain(self, table: str, sides: list[Side], where: RowCondition | None) -> str:
        """Sides that ask only about the row: each condition is tested once, then added up. `where` binds all of them."""
        guards: dict[str, str] = {}
        picked = []
        for one in sides:
            condition = f"{self._guard(one)} AND c.{one.counted}"
            name = guards.setdefault(condition, f"p{len(guards)}")
            picked.append(f"sum(CASE WHEN t.{name} THEN {one.value} ELSE 0 END)")
        tested = ", ".join(f"({condition}) AS {name}" for condition, name in guards.items())
        groups = row_groups(table).values()
        held = ", ".join(f"t.{name}" for name in dict.fromkeys([*groups, *(s.summed for s in sides if s.summed)]))
        tests = [condition_sql(where, "t", self.context.dialect)] if where else []
        tests += since_sql((one.selection(self.plan) for one in sides), "t")
        only = f" WHERE {' AND '.join(tests)}" if tests else ""
        source = (
            f"(SELECT {held}, c.common, {tested} FROM {self.context.rows(table)} t "
            f"JOIN counted_person c ON c.person_key = t.person_key{only}) t"
        )
        return self._grouped(table, picked, f"{source} GROUP BY ALL")

    def _related(self, table: str, one: Side) -> str:
        """A side that asks about other rows too: only the rows that pass all else look for a partner."""
        source = f"(SELECT *, '{table}' AS row_table FROM {self.context.rows(table)}) t"
        where = f"{self._guard(one)} AND t.{one.counted}"
        source = f"(SELECT t.*, c.* EXCLUDE (person_key) FROM {source} JOIN counted_person c ON c.person_key = t.person_key) t"
        return self._grouped(table, [f"sum({one.value})"], f"{source} WHERE {where} GROUP BY ALL")

    def _grouped(self, table: str, picked: list[str], source: str) -> str:
        codes = ", ".join(f"coalesce(t.{name}, '{UNKNOWN}') AS {name}" for name in row_groups(table).values())
        sums = ", ".join(f"{sql} AS v{place}" for place, sql in enumerate(picked))
        return f"SELECT {codes}, t.common, {sums} FROM {source}"

    def _add(self, table: str, sides: list[Side], query: str, cubes_of: Callable[[bool], list[Cube]]) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE counted AS {query}")
        sums = ", ".join(f"sum(v{place})" for place in range(len(sides)))
        for group, column in row_groups(table).items():
            found = self.connection.execute(f"SELECT {column}, common, {sums} FROM counted GROUP BY ALL").fetchall()
            for code, shared, *values in found:
                for cube in cubes_of(shared):
                    for one, value in zip(sides, values, strict=True):
                        if value:
                            one.add(cube, group, code, float(value))

    def _guard(self, one: Side) -> str:
        found = predicates(one.selection(self.plan), "t", self.context, wide_name)
        return " AND ".join(f"({one})" for one in found) or "TRUE"


__all__ = ["Side", "activity_cells", "activity_measures", "always_held", "row_groups", "sides_of"]
