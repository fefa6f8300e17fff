"""What queries find on Spark, one value below another: (person_key, place, value), and back to columns side by side.

`place` is the number of a stored column. A value is a double: a date's day number, 0 or 1 for a condition, the number
itself; or, for a text column, the packed text of `rows_sql.packed_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from commonweal.engine import packing, passes
from commonweal.engine.bucket import wide_name
from commonweal.engine.columns import StoredColumn
from commonweal.engine.dialect import SPARK
from commonweal.engine.rows_sql import Context, unpacked_text

Places = Mapping[str, int]
"""Name of a stored column to its place."""


@dataclass
class Found:
    """Queries that yield (person_key, place, value): of doubles, and of packed texts."""

    numbers: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, query: str, columns: Iterable[StoredColumn], places: Places) -> None:
        """A query of one row a person with a column for each of these: unpivoted, values that are missing left out."""
        listed = list(columns)
        for of_texts, queries in ((False, self.numbers), (True, self.texts)):
            pairs = [
                f"{places[one.name]}, {_value_of_column(one)}" for one in listed if (one.kind == "text") == of_texts
            ]
            if pairs:
                queries.append(_unpivoted(query, pairs))


def queries_of(columns: Iterable[StoredColumn], context: Context, places: Places) -> Found:
    """The queries of these stored columns over the rows that are held and the maps that `long_passes` need."""
    found = Found()
    for one in passes.table_passes(columns).values():
        if one.long.edges:
            found.numbers.append(_from_long(one.long, context, places))
        for slot, groups in one.long.extras.items():
            query = passes.extra_sql(one.long, slot, groups, context, wide_name)
            kinds = found.texts if next(iter(groups.values())).kind == "text" else found.numbers
            kinds.append(_from_groups(query, groups, places))
        for where, part in passes.split_by_condition(one.wide, lambda column: column.selection.conditions).items():
            found.add(passes.wide_sql(one.table, part, context, wide_name, where), part, places)
        for selection, stored in one.alone.items():
            for query in passes.alone_sql(selection, stored, context, wide_name):
                found.add(query, [column for column in stored if f" AS {column.name}" in query], places)
    return found


def _unpivoted(query: str, pairs: list[str]) -> str:
    """Rows of the values that are not missing, from pairs of place and value."""
    stacked = f"stack({len(pairs)}, {', '.join(pairs)}) AS (place, value)"
    return f"SELECT * FROM (SELECT person_key, {stacked} FROM ({query}) q) u WHERE value IS NOT NULL"


def _value_of_column(column: StoredColumn) -> str:
    """The value of a column as its query gave it. A count of nothing is no value, as where a person has no row at all."""
    kind, name = column.slot.kind, column.name
    if kind in ("last_date", "first_date"):
        return f"CAST({SPARK.day_number(name)} AS DOUBLE)"
    if kind in ("last_value", "first_value"):
        return name if column.kind == "text" else _number_of_packed(column, name)
    return f"CAST({f'nullif({name}, 0)' if kind in ('rows', 'distinct', 'episodes') else name} AS DOUBLE)"


def _number_of_packed(column: StoredColumn, packed: str) -> str:
    edge: packing.Edge = "last" if column.slot.kind == "last_value" else "first"
    return packing.unpack_value_sql(packed, edge, column.slot.same_day, SPARK)


def _from_long(long: passes.LongPass, context: Context, places: Places) -> str:
    """What a long pass found, by the columns that each of its groups gives."""
    ways: dict[str, int] = {}
    rows = []
    for (group, edge), stored in long.edges.items():
        for column in stored:
            if edge == "rows":
                way = "CAST(q.rows AS DOUBLE)"
            elif column.slot.kind in ("last_date", "first_date"):
                way = f"CAST({SPARK.high_bits(f'q.{edge}', packing.BITS)} AS DOUBLE)"
            else:
                way = _number_of_packed(column, f"q.{edge}")
            rows.append(f"({group}, {places[column.name]}, {ways.setdefault(way, len(ways))})")
    value = "CASE d.way " + " ".join(f"WHEN {number} THEN {sql}" for sql, number in ways.items()) + " END"
    query = passes.long_sql(long, context, wide_name)
    return (
        f"SELECT /*+ BROADCAST(d) */ q.person_key, d.place, {value} AS value FROM ({query}) q "
        f"JOIN (VALUES {', '.join(rows)} AS v(grp, place, way)) d ON q.grp = d.grp"
    )


def _from_groups(query: str, groups: Mapping[int, StoredColumn], places: Places) -> str:
    """What an aggregate of few groups found. All of them have one slot, so one of them says how it is read."""
    value = _value_of_column(next(iter(groups.values())))
    place = " ".join(f"WHEN {group} THEN {places[column.name]}" for group, column in groups.items())
    name = next(iter(groups.values())).name
    return (
        f"SELECT person_key, CASE grp {place} END AS place, {value} AS value "
        f"FROM (SELECT person_key, grp, value AS {name} FROM ({query}) q) g"
    )


def pivot_sql(source: str, columns: Iterable[StoredColumn], places: Places) -> str:
    """One row a person with these columns, each under its name, from the relation `source` of values.

    Spark finds the column of a value in a map: the cost of a value does not grow with the number of columns.
    """
    listed = list(columns)
    names = ", ".join(f"{places[one.name]} AS v{places[one.name]}" for one in listed)
    picked = ", ".join(f"{_decoded(one, f'v{places[one.name]}')} AS {one.name}" for one in listed)
    return f"SELECT person_key, {picked} FROM (SELECT * FROM {source} PIVOT (max(value) FOR place IN ({names}))) p"


def _decoded(column: StoredColumn, value: str) -> str:
    if column.kind == "text":
        return unpacked_text(value, "last" if column.slot.kind == "last_value" else "first")
    if column.kind == "date":
        return SPARK.from_day_number(f"({value})")
    return f"({value} > 0.5)" if column.kind == "condition" else value


__all__ = ["Found", "Places", "pivot_sql", "queries_of"]
