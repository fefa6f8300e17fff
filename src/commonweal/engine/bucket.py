"""One range of people on DuckDB: rows held once, and the stored columns taken from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.definitions.vocabulary.nodes import Node, PersonAttribute, RowCondition
from commonweal.engine import packing, passes
from commonweal.engine.codes import CodeBook
from commonweal.engine.columns import Stored, StoredColumn
from commonweal.engine.plan import Plan
from commonweal.engine.rows_sql import Context, code_set_id
from commonweal.engine.vectors import ARROW_TYPES
from commonweal.record.schema import DUCKDB_TYPES, TABLES


def wide_name(node: Node) -> str:
    """The name of a stored column or attribute in the wide row ``w``."""
    if isinstance(node, Stored):
        return f"w.{node.name}"
    if isinstance(node, PersonAttribute):
        return f"w.{node.name}"
    raise TypeError(f"{type(node).__name__} cannot be read here")


def code_sets(plan: Plan, codes: CodeBook) -> dict[str, list[int]]:
    """Code set (ids of codelists joined by ``|``) to its concepts, of every match in a plan."""
    matches = {
        match
        for column in plan.columns.values()
        for match in (*column.selection.codes, *(m for r in column.selection.related for m in r.rows.codes))
    }
    return {
        code_set_id(match): sorted(frozenset().union(*(codes(one) for one in match.codelists)))
        for match in sorted(matches, key=code_set_id)
    }


def make_code_sets(connection: duckdb.DuckDBPyConnection, plan: Plan, codes: CodeBook) -> None:
    """The table ``code_set``: set_id and concept."""
    pairs = [(name, concept) for name, concepts in code_sets(plan, codes).items() for concept in concepts]
    table = pa.table(
        {
            "set_id": pa.array([name for name, _ in pairs], pa.string()),
            "concept": pa.array([concept for _, concept in pairs], pa.int32()),
        }
    )
    connection.register("_code_set", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE code_set AS SELECT * FROM _code_set")
    connection.unregister("_code_set")


def make_maps(connection: duckdb.DuckDBPyConnection, long: passes.LongPass, context: Context) -> None:
    """The table ``map_<table>``: concept → group, with its dates, predicate and packed variant."""
    rows = passes.map_rows(long, context, wide_name)
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    connection.register(
        "_map",
        pa.table(
            {
                "grp": pa.array(columns[0], pa.int32()),
                "set_id": pa.array(columns[1], pa.string()),
                "first_date": pa.array(columns[2], pa.string()),
                "last_date": pa.array(columns[3], pa.string()),
                "predicate": pa.array(columns[4], pa.int32()),
                "variant": pa.array(columns[5], pa.int32()),
            }
        ),
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE map_{long.table} AS SELECT concept, grp, CAST(first_date AS DATE) AS first_date, "
        "CAST(last_date AS DATE) AS last_date, predicate, variant FROM _map JOIN code_set USING (set_id)"
    )
    connection.unregister("_map")


def drop_relations(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Remove these temporary tables or views, where they are there."""
    found = connection.execute(
        "SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE temporary UNION ALL "
        "SELECT view_name, 'VIEW' FROM duckdb_views() WHERE temporary"
    ).fetchall()
    kinds = dict(found)
    for name in dict.fromkeys(names):
        if name in kinds:
            connection.execute(f"DROP {kinds[name]} {name}")


@dataclass
class People:
    """The people of a range: sorted keys, and how to find the place of a key."""

    keys: NDArray[np.int64]
    _places: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        low = int(self.keys[0]) if len(self.keys) else 0
        high = int(self.keys[-1]) if len(self.keys) else -1
        self._low = low
        self._places = np.full(high - low + 1, -1, dtype=np.int64)
        self._places[self.keys - low] = np.arange(len(self.keys))

    def __len__(self) -> int:
        return len(self.keys)

    def places(self, keys: NDArray) -> NDArray[np.int64]:
        """Places of these keys; -1 for a key that is not here."""
        shifted = keys.astype(np.int64) - self._low
        inside = (shifted >= 0) & (shifted < len(self._places))
        found = np.full(len(keys), -1, dtype=np.int64)
        found[inside] = self._places[shifted[inside]]
        return found


@dataclass
class ColumnRun:
    """Takes the stored columns of a plan for one range of people from the held rows ``<prefix><table>``."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    context: Context
    people: People
    attributes: pa.Table
    columns: dict[str, pa.Array] = field(default_factory=dict)
    _nothing: dict[str, pa.Array] = field(default_factory=dict)

    def run(self, wanted: Iterable[str] | None = None) -> dict[str, pa.Array]:
        """Stored column name to one value a person, in the order of `people`."""
        names = set(self.plan.columns if wanted is None else wanted)
        for phase in range(1, self.plan.last_phase + 1):
            todo = [one for one in self.plan.in_phase(phase) if one.name in names and one.name not in self.columns]
            if not todo:
                continue
            if phase > 1:
                self.connection.register("w", self.wide())
            for one in passes.table_passes(todo).values():
                self._long(one.long)
                for where, part in passes.split_by_condition(one.wide, _conditions).items():
                    self._take(passes.wide_sql(one.table, part, self.context, wide_name, where), part)
                for selection, stored in one.alone.items():
                    for query in passes.alone_sql(selection, stored, self.context, wide_name):
                        self._take(query, stored)
        return self.columns

    def wide(self) -> pa.Table:
        """Attributes and the columns found so far, side by side."""
        table = self.attributes
        for name, values in self.columns.items():
            table = table.append_column(name, values)
        return table

    def _long(self, long: passes.LongPass) -> None:
        if not long.units:
            return
        make_maps(self.connection, long, self.context)
        if long.edges:
            self._scatter(long, self._fetch(passes.long_sql(long, self.context, wide_name)))
        for slot, groups in long.extras.items():
            found = self._fetch(passes.extra_sql(long, slot, groups, self.context, wide_name))
            for group, place, rows in self._by_group(found):
                if group in groups:
                    column = groups[group]
                    self._store(column, found.column("value").take(pa.array(rows)), place)
            for column in groups.values():
                self._default(column)

    def _fetch(self, sql: str) -> pa.Table:
        return self.connection.execute(sql).to_arrow_table().combine_chunks()

    def _by_group(self, found: pa.Table) -> list[tuple[int, NDArray, NDArray]]:
        """(group, places, row numbers) of a long result."""
        if not found.num_rows:
            return []
        places = self.people.places(found.column("person_key").to_numpy())
        groups = found.column("grp").to_numpy().astype(np.uint16)
        order = np.argsort(groups, kind="stable")
        order = order[places[order] >= 0]
        cuts = np.flatnonzero(np.diff(groups[order])) + 1
        pieces = np.split(order, cuts)
        return [(int(groups[piece[0]]), places[piece], piece) for piece in pieces if len(piece)]

    def _scatter(self, long: passes.LongPass, found: pa.Table) -> None:
        packed = {
            edge: found.column(edge).to_numpy() for edge in ("last", "first", "rows") if edge in found.column_names
        }
        for group, places, rows in self._by_group(found):
            for edge, values in packed.items():
                for column in long.edges.get((group, edge), ()):
                    self.columns[column.name] = self._spread(column, values[rows], places, edge)
        for stored in long.edges.values():
            for column in stored:
                self._default(column)

    def _spread(self, column: StoredColumn, values: NDArray, places: NDArray, edge: str) -> pa.Array:
        empty = np.ones(len(self.people), dtype=bool)
        empty[places] = False
        if edge == "rows":
            numbers = np.zeros(len(self.people), dtype=np.float64)
            numbers[places] = values
            return pa.array(numbers, mask=empty)
        if column.slot.kind in ("last_date", "first_date"):
            days = np.zeros(len(self.people), dtype=np.int32)
            days[places] = packing.unpack_dates(values)
            return pa.array(days, mask=empty).view(pa.date32())
        found, absent = packing.unpack_values(values, edge, column.slot.same_day)  # type: ignore[arg-type]
        empty[places[absent]] = True
        return self._typed(column, found, places, empty)

    def _typed(self, column: StoredColumn, found: NDArray, places: NDArray, empty: NDArray) -> pa.Array:
        numbers = np.zeros(len(self.people), dtype=np.float64)
        numbers[places] = found
        return typed_values(column.kind, numbers, empty)

    def _take(self, sql: str, stored: list[StoredColumn]) -> None:
        found = self._fetch(sql)
        places = self.people.places(found.column("person_key").to_numpy())
        rows = np.full(len(self.people), -1, dtype=np.int64)
        kept = places >= 0
        rows[places[kept]] = np.flatnonzero(kept)
        indices = pa.array(rows, mask=rows < 0)
        for column in stored:
            if column.name in found.column_names:
                self.columns[column.name] = self._decoded(column, found.column(column.name).take(indices))

    def _store(self, column: StoredColumn, values: pa.ChunkedArray | pa.Array, places: NDArray) -> None:
        rows = np.full(len(self.people), -1, dtype=np.int64)
        rows[places] = np.arange(len(places))
        self.columns[column.name] = self._decoded(column, values.take(pa.array(rows, mask=rows < 0)))

    def _decoded(self, column: StoredColumn, values: pa.ChunkedArray | pa.Array) -> pa.Array:
        """A column as the query gave it, unpacked and of the type of its kind."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        slot = column.slot
        if slot.kind in ("last_value", "first_value"):
            edge: packing.Edge = "last" if slot.kind == "last_value" else "first"
            if column.kind == "text":
                return unpacked_texts(values, edge)
            empty = values.is_null().to_numpy(zero_copy_only=False)
            found, absent = packing.unpack_values(values.fill_null(0).to_numpy(), edge, slot.same_day)
            return self._typed(column, found, np.arange(len(values)), empty | absent)
        wanted = ARROW_TYPES[column.kind]
        return values if values.type == wanted else values.cast(wanted)

    def _default(self, column: StoredColumn) -> None:
        if column.name not in self.columns:
            if column.kind not in self._nothing:
                self._nothing[column.kind] = pa.nulls(len(self.people), ARROW_TYPES[column.kind])
            self.columns[column.name] = self._nothing[column.kind]


def typed_values(kind: str, numbers: NDArray, empty: NDArray) -> pa.Array:
    """Unpacked numbers as a column of their kind, with where there is none."""
    if kind == "date":
        days = np.where(empty, 0, np.rint(numbers) - packing.EPOCH_OFFSET).astype(np.int32)
        return pa.array(days, mask=empty).view(pa.date32())
    if kind == "condition":
        return pa.array(numbers > 0.5, mask=empty)
    return pa.array(numbers, mask=empty)


def unpacked_texts(packed: pa.Array, edge: packing.Edge) -> pa.Array:
    """The texts of packed texts: see `rows_sql.packed_text`."""
    present = pc.equal(pc.utf8_slice_codeunits(packed, 10, 11), "1" if edge == "last" else "0")
    return pc.if_else(present, pc.utf8_slice_codeunits(packed, 11), None)


def _conditions(column: StoredColumn) -> tuple[RowCondition, ...]:
    return column.selection.conditions


def held_rows(table: str, source: str, plan: Plan, extra: str = "", also: Iterable[str] = ()) -> str | None:
    """A query of the rows of one table that the plan needs; None where it needs none."""
    selections = [one.selection for one in plan.columns.values() if one.selection.table == table]
    slots = [one.slot for one in plan.columns.values() if one.selection.table == table]
    partners = [
        related
        for column in plan.columns.values()
        for related in column.selection.related
        if related.rows.table == table
    ]
    if not selections and not partners:
        return None
    columns = dict.fromkeys([*passes.held_columns(table, selections, slots, partners), *sorted(also)])
    where = [f"{TABLES[table].date_column} <= DATE '{plan.as_at.isoformat()}'"]
    if passes.only_coded(table, selections, partners) is not None:
        where.append(f"{passes.CODE_COLUMNS[table]} IN (SELECT concept FROM code_set)")
    if extra:
        where.append(extra)
    return f"SELECT {', '.join(columns)} FROM {source} WHERE {' AND '.join(where)}"


__all__ = [
    "DUCKDB_TYPES",
    "ColumnRun",
    "People",
    "code_sets",
    "drop_relations",
    "held_rows",
    "make_code_sets",
    "typed_values",
    "unpacked_texts",
    "wide_name",
]
