"""Rows as SQL: the conditions of a selection and the aggregate of a slot. Shared by both engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from commonweal.definitions.vocabulary.nodes import CodeMatch, DateBound, Related, RowCondition
from commonweal.definitions.vocabulary.rows import END_COLUMNS
from commonweal.engine import packing
from commonweal.engine.columns import Selection, Slot
from commonweal.engine.dialect import Dialect, date_literal, text_literal
from commonweal.engine.sql import Namer, literal, to_sql
from commonweal.record.schema import TABLES


@dataclass(frozen=True)
class Context:
    """What the SQL of rows needs to know of a run.

    `rows` gives the relation that holds a table's rows; `latest_snapshot` is the last waiting list snapshot on or before
    the as-at date. The relation ``code_set`` holds the concepts of each group of codelists.
    """

    dialect: Dialect
    as_at: date
    prefix: str = "rows_"
    latest_snapshot: date | None = None
    inline_codes: Mapping[str, Iterable[int]] | None = None
    """Concepts by code set, written into the query where the engine allows no subquery there (Spark)."""

    def over(self, prefix: str) -> Context:
        """The same, over the rows ``<prefix><table>``."""
        return replace(self, prefix=prefix)

    def rows(self, table: str) -> str:
        return f"{self.prefix}{table}"


def condition_sql(condition: RowCondition, alias: str, dialect: Dialect) -> str:
    """A condition on one column; never true for a missing value, but for `missing`."""
    column = f"{alias}.{condition.column}"
    values = [literal(value, dialect) for value in condition.values]
    if condition.operator == "in":
        return f"{column} IN ({', '.join(values)})"
    if condition.operator == "not_in":
        return f"{column} NOT IN ({', '.join(values)})"
    if condition.operator == "present":
        return f"{column} IS NOT NULL"
    if condition.operator == "missing":
        return f"{column} IS NULL"
    if condition.operator == "above":
        return f"{column} > {values[0]}"
    if condition.operator == "below":
        return f"{column} < {values[0]}"
    lowest, highest = condition.values
    parts = [f"{column} >= {values[0]}"] if lowest is not None else []
    parts += [f"{column} <= {values[1]}"] if highest is not None else []
    return " AND ".join(parts) or f"{column} IS NOT NULL"


def code_set_id(match: CodeMatch) -> str:
    """The name of the union of the codelists of a match."""
    return "|".join(sorted(match.codelists))


def codes_sql(match: CodeMatch, alias: str, context: Context) -> str:
    """The concept is in (or in none of) the lists. A missing concept is in none."""
    column = f"{alias}.{match.column}"
    name = code_set_id(match)
    if context.inline_codes is None:
        inside = f"{column} IN (SELECT concept FROM code_set WHERE code_set.set_id = {text_literal(name)})"
    else:
        listed = ", ".join(str(one) for one in sorted(context.inline_codes[name]))
        inside = f"{column} IN ({listed})" if listed else "FALSE"
    return f"coalesce(NOT ({inside}), TRUE)" if match.negated else inside


def bound_sql(bound: DateBound, alias: str, context: Context, name: Namer) -> str:
    """A date bound, fixed or read from the person's wide row."""
    moment = to_sql(bound.bound, context.dialect, context.as_at, name)
    return f"{alias}.{bound.column} {bound.operator} {moment}"


def window_sql(selection: Selection, alias: str, context: Context) -> list[str]:
    """The dates of a selection."""
    column = f"{alias}.{selection.date_column}"
    parts = [f"{column} >= {date_literal(selection.start)}"] if selection.start else []
    if selection.end and selection.end < context.as_at:
        parts.append(f"{column} <= {date_literal(selection.end)}")
    return parts


def open_sql(table: str, alias: str, context: Context) -> list[str]:
    """Not ended before the as-at date; a waiting list is read from its latest snapshot."""
    end = f"{alias}.{END_COLUMNS[table]}"
    parts = [f"({end} IS NULL OR {end} >= {date_literal(context.as_at)})"]
    if table == "wait":
        snapshot = date_literal(context.latest_snapshot) if context.latest_snapshot else "NULL"
        parts.append(f"{alias}.snapshot_date = {snapshot}")
    return parts


def predicates(selection: Selection, alias: str, context: Context, name: Namer, *, codes: bool = True) -> list[str]:
    """Every condition of a selection but those that bound to `codes`, where these are met elsewhere."""
    parts = [condition_sql(one, alias, context.dialect) for one in selection.conditions]
    if codes:
        parts += [codes_sql(one, alias, context) for one in selection.codes]
    parts += window_sql(selection, alias, context)
    parts += [bound_sql(one, alias, context, name) for one in (*selection.bounds, *selection.dynamic)]
    if selection.open_on_as_at:
        parts += open_sql(selection.table, alias, context)
    parts += [related_sql(one, alias, context, name) for one in selection.related]
    return parts


def related_sql(related: Related, alias: str, context: Context, name: Namer) -> str:
    """Whether there is another row of the same person in the window; a row is never its own partner."""
    exists = f"EXISTS {partner_sql(related, alias, context, name, '1')}"
    return f"NOT {exists}" if related.negated else exists


def partner_sql(related: Related, alias: str, context: Context, name: Namer, picked: str) -> str:
    """A subquery that gives `picked` of a row's partners ``o``, whether these are wanted or not."""
    rows = related.rows
    parts = [f"o.person_key = {alias}.person_key"]
    gap = context.dialect.days_between(f"{alias}.{related.own_column}", f"o.{related.other_column}")
    # Not BETWEEN: Spark evaluates its first part once, and to do so joins the dates of both rows with each other first.
    parts += [f"{gap} >= {related.lowest}", f"{gap} <= {related.highest}"]
    parts.append(
        f"NOT (o.load_id = {alias}.load_id AND o.record_number = {alias}.record_number"
        f" AND o.row_table = '{rows.table}' AND {alias}.row_table = o.row_table)"
    )
    parts += [condition_sql(one, "o", context.dialect) for one in rows.conditions]
    parts += [codes_sql(one, "o", context) for one in rows.codes]
    parts += [bound_sql(one, "o", context, name) for one in rows.bounds]
    if rows.open_on_as_at:
        parts += open_sql(rows.table, "o", context)
    source = f"(SELECT *, '{rows.table}' AS row_table FROM {context.rows(rows.table)})"
    return f"(SELECT {picked} FROM {source} o WHERE {' AND '.join(parts)})"


def slot_sql(slot: Slot, selection: Selection, alias: str, guard: str, dialect: Dialect) -> str:
    """The aggregate of a slot over rows for which `guard` (SQL; empty for all) holds.

    `last_*` and `first_*` give the packed integer, or for a text column the packed text.
    """
    table = TABLES[selection.table]
    moment = f"{alias}.{table.date_column}"

    def guarded(expression: str) -> str:
        return f"CASE WHEN {guard} THEN {expression} END" if guard else expression

    column = f"{alias}.{slot.column}" if slot.column else ""
    if slot.kind in ("last_date", "first_date"):
        return f"{'max' if slot.kind == 'last_date' else 'min'}({guarded(moment)})"
    if slot.kind in ("last_value", "first_value"):
        edge: packing.Edge = "last" if slot.kind == "last_value" else "first"
        function = "max" if edge == "last" else "min"
        if table[slot.column].type == "string":
            return f"{function}({guarded(packed_text(moment, column, edge, dialect))})"
        number = number_of(selection.table, slot.column, alias, dialect)
        return f"{function}({guarded(packing.packed_sql(moment, number, edge, slot.same_day, dialect))})"
    if slot.kind == "rows":
        return f"count({guarded('1')})"
    if slot.kind == "distinct":
        return f"count(DISTINCT {guarded(column)})"
    function = {"total": "sum", "highest": "max", "lowest": "min"}[slot.kind]
    return f"{function}({guarded(column)})"


def number_of(table: str, column: str, alias: str, dialect: Dialect) -> str:
    """A column as a number that can be packed."""
    kind = TABLES[table][column].type
    name = f"{alias}.{column}"
    if kind == "date":
        return dialect.day_number(name)
    return f"CAST({name} AS INTEGER)" if kind == "bool" else name


def packed_text(moment: str, text: str, edge: packing.Edge, dialect: Dialect) -> str:
    """Date, whether there is a text, and the text: in this order, so that `max` or `min` finds the row."""
    present, absent = ("'1'", "'0'") if edge == "last" else ("'0'", "'1'")
    flag = f"CASE WHEN {text} IS NULL THEN {absent} ELSE {present} END"
    return f"concat({dialect.text_of_date(moment)}, {flag}, coalesce({text}, ''))"


def unpacked_text(packed: str, edge: packing.Edge) -> str:
    """The text of a packed text."""
    present = "'1'" if edge == "last" else "'0'"
    return f"CASE WHEN substring({packed}, 11, 1) = {present} THEN substring({packed}, 12) END"
