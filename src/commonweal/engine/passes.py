"""The queries of one pass over one table: which rows to hold, and how to take all stored columns from them.

Three shapes, chosen by what a selection asks:

* *long*: rows found by code on the table's own code column. One join to a map of concept → group, one aggregate by
  (person, group); a single query however many registers there are.
* *wide*: rows found by other columns (setting, type, dates). One aggregate by person with a CASE for each column; FILTER
  would be three times slower.
* *alone*: rows that depend on another feature's date, on other rows, or on order (episodes). One query a selection, over
  the rows that are already held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from commonweal.definitions.vocabulary.nodes import RowCondition, RowSet
from commonweal.definitions.vocabulary.rows import CODE_COLUMNS, END_COLUMNS
from commonweal.engine import packing
from commonweal.engine.columns import Selection, Slot, StoredColumn
from commonweal.engine.dialect import date_literal
from commonweal.engine.rows_sql import Context, code_set_id, condition_sql, predicates, slot_sql
from commonweal.engine.sql import Namer
from commonweal.record.schema import TABLES

LONG_TABLES = ("event", "medication", "diagnosis", "procedure")


@dataclass(frozen=True)
class Unit:
    """One group of a long pass: a selection, and the column whose value is packed with the date (empty: date alone)."""

    group: int
    selection: Selection
    column: str
    same_day: str


@dataclass
class LongPass:
    """All coded selections of one table."""

    table: str
    units: list[Unit] = field(default_factory=list)
    edges: dict[tuple[int, str], list[StoredColumn]] = field(default_factory=dict)
    """(group, ``last``/``first``/``rows``) to the stored columns that it gives."""
    extras: dict[Slot, dict[int, StoredColumn]] = field(default_factory=dict)
    """Aggregates that few groups ask for, each in a query of its own: slot to group to stored column."""


@dataclass
class TablePass:
    """Everything that one phase asks of one table."""

    table: str
    long: LongPass
    wide: list[StoredColumn] = field(default_factory=list)
    alone: dict[Selection, list[StoredColumn]] = field(default_factory=dict)


def is_long(selection: Selection) -> bool:
    """Whether a selection is found by the table's own code column, with nothing that needs other rows or features."""
    return (
        selection.table in LONG_TABLES
        and len(selection.codes) == 1
        and not selection.codes[0].negated
        and selection.codes[0].column == CODE_COLUMNS[selection.table]
        and not (selection.dynamic or selection.related or selection.open_on_as_at)
    )


def table_passes(columns: Iterable[StoredColumn]) -> dict[str, TablePass]:
    """Sort one phase's columns by table and shape."""
    passes: dict[str, TablePass] = {}
    by_selection: dict[Selection, list[StoredColumn]] = {}
    for column in columns:
        by_selection.setdefault(column.selection, []).append(column)
    for selection, stored in by_selection.items():
        one = passes.setdefault(selection.table, TablePass(selection.table, LongPass(selection.table)))
        ordered = [column for column in stored if column.slot.kind == "episodes"]
        rest = [column for column in stored if column.slot.kind != "episodes"]
        if ordered or selection.dynamic or selection.related:
            one.alone[selection] = ordered + (rest if selection.dynamic or selection.related else [])
        if rest and not (selection.dynamic or selection.related):
            if is_long(selection):
                _add_units(one.long, selection, rest)
            else:
                one.wide += rest
    return passes


def _is_text(column: StoredColumn) -> bool:
    return bool(column.slot.column) and TABLES[column.selection.table][column.slot.column].type == "string"


def _add_units(long: LongPass, selection: Selection, stored: list[StoredColumn]) -> None:
    valued = [one for one in stored if one.slot.kind in ("last_value", "first_value") and not _is_text(one)]
    variants = dict.fromkeys((one.slot.column, one.slot.same_day) for one in valued) or {("", "highest"): None}
    groups: dict[tuple[str, str], int] = {}
    for column, same_day in variants:
        groups[column, same_day] = len(long.units)
        long.units.append(Unit(len(long.units), selection, column, same_day))
    first = min(groups.values())
    for one in stored:
        slot = one.slot
        if one in valued:
            key = (groups[slot.column, slot.same_day], "last" if slot.kind == "last_value" else "first")
            long.edges.setdefault(key, []).append(one)
        elif slot.kind in ("last_date", "first_date", "rows"):
            long.edges.setdefault((first, slot.kind.removesuffix("_date")), []).append(one)
        else:
            long.extras.setdefault(slot, {})[first] = one


# --- which rows and columns to hold ---------------------------------------------------------------------------------


def held_columns(table: str, selections: Iterable[Selection], slots: Iterable[Slot], partners: Iterable) -> list[str]:
    """Columns of a table that any selection, slot or partner condition reads, and those that purposes filter on."""
    wanted = {"person_key", TABLES[table].date_column, "confidential", CODE_COLUMNS.get(table, "person_key")}
    selections, partners = list(selections), list(partners)
    if partners or any(one.related for one in selections):
        # A row is told from its partner by where it came from. These numbers cost more to read than all the rest.
        wanted |= {"load_id", "record_number"}
    if table in ("diagnosis", "procedure"):
        wanted.add("contact_key")
    if table == "wait":
        wanted.add("snapshot_date")
    for selection in selections:
        wanted |= _columns_of(selection)
        wanted |= {one.own_column for one in selection.related}
    for related in partners:
        wanted |= _columns_of(related.rows) | {related.other_column}
    wanted |= {slot.column for slot in slots if slot.column}
    return [name for name in TABLES[table].column_names if name in wanted]


def _columns_of(rows: Selection | RowSet) -> set[str]:
    dynamic = rows.dynamic if isinstance(rows, Selection) else ()
    found = {one.column for one in (*rows.codes, *rows.conditions, *rows.bounds, *dynamic)}
    if rows.open_on_as_at:
        found.add(END_COLUMNS[rows.table])
    return found


def only_coded(table: str, selections: Iterable[Selection], partners: Iterable) -> tuple[str, ...] | None:
    """Codelists outside which no row of the table is of use; None where rows are wanted whatever their code."""
    column = CODE_COLUMNS.get(table, "")
    found: dict[str, None] = {}
    for rows in (*selections, *(related.rows for related in partners)):
        matches = [one for one in rows.codes if not one.negated and one.column == column]
        if not matches:
            return None
        found.update(dict.fromkeys(matches[0].codelists))
    return tuple(found)


# --- queries ---------------------------------------------------------------------------------------------------------


def unit_predicates(long: LongPass, context: Context, name: Namer) -> dict[str, list[int]]:
    """Conditions beyond code and date, as SQL over ``t``, with the groups that they bind."""
    found: dict[str, list[int]] = {}
    for unit in long.units:
        parts = [*predicates(_without_window(unit.selection), "t", context, name, codes=False)]
        found.setdefault(" AND ".join(parts) or "TRUE", []).append(unit.group)
    return found


def _without_window(selection: Selection) -> Selection:
    return replace(selection, start=None, end=None)


def map_rows(long: LongPass, context: Context, name: Namer) -> list[tuple[int, str, str | None, str, int, int]]:
    """The map of a long pass: (group, code set, first date, last date, predicate, packed variant)."""
    bound = {
        group: index for index, groups in enumerate(unit_predicates(long, context, name).values()) for group in groups
    }
    variants = _variants(long)
    return [
        (
            unit.group,
            code_set_id(unit.selection.codes[0]),
            unit.selection.start.isoformat() if unit.selection.start else None,
            (unit.selection.end or context.as_at).isoformat(),
            bound[unit.group],
            variants[unit.column, unit.same_day],
        )
        for unit in long.units
    ]


def _variants(long: LongPass) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for unit in long.units:
        found.setdefault((unit.column, unit.same_day), len(found))
    return found


def long_source(long: LongPass, context: Context, name: Namer, groups: Iterable[int] | None = None) -> str:
    """FROM and WHERE of a long pass: the held rows ``t`` joined to the map ``m``."""
    conditions = list(unit_predicates(long, context, name))
    date_column = TABLES[long.table].date_column
    where = [f"t.{date_column} <= m.last_date", f"(m.first_date IS NULL OR t.{date_column} >= m.first_date)"]
    if conditions != ["TRUE"]:
        branches = " ".join(f"WHEN {index} THEN {sql}" for index, sql in enumerate(conditions))
        where.append(f"CASE m.predicate {branches} END")
    if groups is not None:
        where.append(f"m.grp IN ({', '.join(str(one) for one in groups)})")
    column = CODE_COLUMNS[long.table]
    return (
        f"FROM {context.rows(long.table)} t JOIN map_{long.table} m ON t.{column} = m.concept "
        f"WHERE {' AND '.join(where)}"
    )


def long_sql(long: LongPass, context: Context, name: Namer) -> str:
    """person_key, grp, and as needed last, first (packed) and rows."""
    wanted = {edge for _, edge in long.edges}
    parts = []
    for edge, function in (("last", "max"), ("first", "min")):
        if edge in wanted:
            parts.append(f"{function}({_packed(long, edge, context)}) AS {edge}")  # type: ignore[arg-type]
    if "rows" in wanted:
        parts.append("count(*) AS rows")
    listed = "".join(f", {part}" for part in parts)
    return f"SELECT t.person_key, m.grp{listed} {long_source(long, context, name)} GROUP BY t.person_key, m.grp"


def _packed(long: LongPass, edge: packing.Edge, context: Context) -> str:
    from commonweal.engine.rows_sql import number_of

    moment = f"t.{TABLES[long.table].date_column}"
    branches = []
    for (column, same_day), index in _variants(long).items():
        value = number_of(long.table, column, "t", context.dialect) if column else ""
        branches.append((index, packing.packed_sql(moment, value, edge, same_day, context.dialect)))
    if len(branches) == 1:
        return branches[0][1]
    return "CASE m.variant " + " ".join(f"WHEN {index} THEN {sql}" for index, sql in branches) + " END"


def extra_sql(long: LongPass, slot: Slot, groups: dict[int, StoredColumn], context: Context, name: Namer) -> str:
    """person_key, grp, value: one aggregate for the few groups that ask for it."""
    selection = next(iter(groups.values())).selection
    value = slot_sql(slot, selection, "t", "", context.dialect)
    return (
        f"SELECT t.person_key, m.grp, {value} AS value {long_source(long, context, name, groups)} "
        "GROUP BY t.person_key, m.grp"
    )


def wide_sql(
    table: str, columns: list[StoredColumn], context: Context, name: Namer, where: RowCondition | None = None
) -> str:
    """person_key and one column for each stored column, by name; conditions shared between columns are tested once.

    `where`: a condition that the selections of all these columns have, so that other rows need not be looked at.
    """
    guards: dict[str, str] = {}
    picked = []
    for column in columns:
        selection = column.selection
        if where is not None:
            selection = replace(selection, conditions=tuple(one for one in selection.conditions if one != where))
        condition = " AND ".join(f"({one})" for one in predicates(selection, "s", context, name))
        guard = ""
        if condition:
            guard = "t." + guards.setdefault(condition, f"p{len(guards)}")
        picked.append(f"{slot_sql(column.slot, column.selection, 't', guard, context.dialect)} AS {column.name}")
    tested = "".join(f", {condition} AS {alias}" for condition, alias in guards.items())
    tests = [condition_sql(where, "s", context.dialect)] if where is not None else []
    tests += since_sql((one.selection for one in columns), "s")
    only = f" WHERE {' AND '.join(tests)}" if tests else ""
    return (
        f"SELECT t.person_key, {', '.join(picked)} FROM (SELECT s.*{tested} FROM {context.rows(table)} s{only}) t "
        "GROUP BY t.person_key"
    )


def since_sql(selections: Iterable[Selection], alias: str) -> list[str]:
    """The day before which none of these looks, as a condition on rows: years of rows then need no test at all."""
    listed = list(selections)
    starts = [one.start for one in listed if one.start is not None]
    if not starts or len(starts) < len(listed):
        return []
    return [f"{alias}.{listed[0].date_column} >= {date_literal(min(starts))}"]


Item = TypeVar("Item")


def split_by_condition(
    items: Iterable[Item], conditions_of: Callable[[Item], Iterable[RowCondition]]
) -> dict[RowCondition | None, list[Item]]:
    """What asks for rows, by the condition that most of it puts on one column (their setting, say); None: no such one.

    A row of one setting then meets the tests of its own setting only, a few of a hundred.
    """
    listed = list(items)
    own = [[one for one in conditions_of(item) if one.operator == "in"] for item in listed]
    counted = Counter(one.column for conditions in own for one in conditions)
    column = counted.most_common(1)[0][0] if counted else ""
    parts: dict[RowCondition | None, list[Item]] = {}
    for item, conditions in zip(listed, own, strict=True):
        parts.setdefault(next((one for one in conditions if one.column == column), None), []).append(item)
    return parts


def alone_sql(selection: Selection, columns: list[StoredColumn], context: Context, name: Namer) -> list[str]:
    """Queries for a selection that stands alone: one for its aggregates, one for each kind of episode."""
    source = f"(SELECT *, '{selection.table}' AS row_table FROM {context.rows(selection.table)}) t"
    if selection.dynamic:
        source += " JOIN w ON w.person_key = t.person_key"
    where = " AND ".join(f"({one})" for one in predicates(selection, "t", context, name)) or "TRUE"
    queries = []
    plain = [one for one in columns if one.slot.kind != "episodes"]
    if plain:
        picked = ", ".join(f"{slot_sql(one.slot, selection, 't', '', context.dialect)} AS {one.name}" for one in plain)
        queries.append(f"SELECT t.person_key, {picked} FROM {source} WHERE {where} GROUP BY t.person_key")
    for column in (one for one in columns if one.slot.kind == "episodes"):
        moment = TABLES[selection.table].date_column
        gap = context.dialect.days_between("previous", "moment")
        queries.append(
            f"SELECT person_key, count(CASE WHEN previous IS NULL OR {gap} > {column.slot.gap_days} THEN 1 END) "
            f"AS {column.name} FROM (SELECT t.person_key, t.{moment} AS moment, lag(t.{moment}) OVER "
            f"(PARTITION BY t.person_key ORDER BY t.{moment}) AS previous FROM {source} WHERE {where}) e GROUP BY person_key"
        )
    return queries
