"""Stored columns carried from one as-at date to the next: only rows that enter or leave a window are looked at again.

From one month to the next few rows change what a column holds. A latest date is overwritten by a later row, a count gains the rows
that enter its window and loses those that leave it. So each row is aggregated about once for all dates, not once for each. What
does not follow from the date before (distinct values, a window that another feature begins, partner rows, what is open on the
day) is taken anew at each date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.vocabulary.nodes import RowCondition
from commonweal.engine.bucket import ColumnRun, People, drop_relations
from commonweal.engine.columns import Slot, StoredColumn
from commonweal.engine.dialect import date_literal
from commonweal.engine.plan import Plan
from commonweal.engine.rows_sql import Context
from commonweal.engine.vectors import ARROW_TYPES
from commonweal.record.schema import TABLES

STEP = "step_"
"""Prefix of the rows that change between two dates."""
EDGES = ("last_date", "last_value", "first_date", "first_value", "highest", "lowest")
ONE = timedelta(days=1)

Interval = tuple[date | None, date]
"""First and last day, both included; no first day is open."""


def follows(column: StoredColumn) -> bool:
    """Whether a column's value at one date follows from its value at an earlier one and the rows that enter and leave."""
    selection, slot = column.selection, column.slot
    if selection.dynamic or selection.related or selection.bounds or selection.open_on_as_at or selection.end is None:
        return False
    if slot.kind in EDGES:
        # Nobody knows what was behind the row that leaves.
        return selection.start is None
    if slot.kind == "total":
        # Taking a fraction away again would not give back what was there.
        return TABLES[selection.table][slot.column].type.startswith("int")
    return slot.kind == "rows"


def with_companions(columns: Iterable[StoredColumn]) -> dict[str, StoredColumn]:
    """These columns, by name, with those that say whether there is a row (or a value) behind their own values."""
    found: dict[str, StoredColumn] = {}
    for one in columns:
        for made in (one, companion(one)):
            if made is not None:
                found[made.name] = made
    return found


def companion(column: StoredColumn) -> StoredColumn | None:
    """The date of the row that gives a value; how many rows have an amount behind a total."""
    kind = column.slot.kind
    if kind in ("last_value", "first_value"):
        return StoredColumn(column.selection, Slot("last_date" if kind == "last_value" else "first_date"))
    if kind == "total":
        present = RowCondition(column.slot.column, "present", ())
        selection = replace(column.selection, conditions=(*column.selection.conditions, present))
        return StoredColumn(selection, Slot("rows"))
    return None


@dataclass(frozen=True, eq=False)
class Step:
    """How one column is made: the column of an earlier date, and the rows to add to it and to take away."""

    column: StoredColumn
    before: StoredColumn | None
    enter: StoredColumn | None
    """What the rows of the days that a window gains give; None where it gains none."""
    leave: StoredColumn | None

    @cached_property
    def newer(self) -> StoredColumn | None:
        """For a latest value, whether there is a later row at all."""
        return companion(self.enter) if self.enter and self.column.slot.kind == "last_value" else None

    @property
    def changes(self) -> tuple[StoredColumn, ...]:
        """What is asked of the rows that enter and leave."""
        return tuple(one for one in (self.enter, self.newer, self.leave) if one is not None)


def steps_of(plans: Mapping[date, Plan]) -> dict[date, list[Step]]:
    """For each date, how the columns that follow are made from those of the date before; the first from nothing."""
    made: dict[date, list[Step]] = {}
    before: dict[StoredColumn, list[StoredColumn]] = {}
    for moment, plan in sorted(plans.items()):
        columns = with_companions(one for one in plan.columns.values() if follows(one)).values()
        # A companion first: what it says is needed to combine the column that it stands beside.
        ordered = sorted(columns, key=lambda one: companion(one) is not None)
        made[moment] = [_step(one, before.get(_without_window(one), ())) for one in ordered]
        before = {}
        for one in ordered:
            before.setdefault(_without_window(one), []).append(one)
    return made


def _step(column: StoredColumn, earlier: Iterable[StoredColumn]) -> Step:
    before = _overlapping(column, earlier)
    if before is None:
        return Step(column, None, _during(column, _window(column)), None)
    start, end = _window(column)
    was_start, was_end = _window(before)
    enter = (was_end + ONE if start is None else max(was_end + ONE, start), end)
    leave = None if start is None or was_start is None else _during(column, (was_start, start - ONE))
    return Step(column, before, _during(column, enter), leave)


def _overlapping(column: StoredColumn, earlier: Iterable[StoredColumn]) -> StoredColumn | None:
    """The column whose window overlaps this one's and begins and ends last, but no later."""
    start, end = _window(column)
    found = []
    for one in earlier:
        was_start, was_end = _window(one)
        open_ended = start is None and was_start is None
        if was_end <= end and (open_ended or (start and was_start and was_start <= start <= was_end)):
            found.append(one)
    return max(found, key=lambda one: (one.selection.start or date.min, one.selection.end), default=None)


@dataclass
class CarriedColumns:
    """The columns of one range of people that follow from date to date, over the rows ``<source><table>``."""

    connection: duckdb.DuckDBPyConnection
    people: People
    source: str
    """Prefix of the tables that hold the rows of all dates."""
    held: Mapping[str, pa.Array] = field(default_factory=dict)
    """The columns as at the date before, by name."""

    def at(self, plan: Plan, steps: Iterable[Step], context: Context) -> dict[str, pa.Array]:
        """Name to values of the plan's columns that follow, as at its date. Dates have to be asked in order."""
        steps = list(steps)
        changes = self._changes(steps, plan, context)
        made: dict[str, pa.Array] = {}
        for step in steps:
            made[step.column.name] = self._combined(step, changes, made)
        self.held = made
        return {name: values for name, values in made.items() if name in plan.columns}

    def _changes(self, steps: list[Step], plan: Plan, context: Context) -> dict[str, pa.Array]:
        """What the entering and the leaving rows give, by the name of what is asked: one run over the rows of all their days."""
        asked = {change.name: change for step in steps for change in step.changes}
        self._hold(asked.values())
        delta = Plan(plan.as_at, plan.definitions, asked, dict.fromkeys(asked, 1))
        nobody = pa.table({"person_key": pa.array(self.people.keys)})
        return ColumnRun(self.connection, delta, replace(context, prefix=STEP), self.people, nobody).run()

    def _hold(self, changes: Iterable[StoredColumn]) -> None:
        """Make ``step_<table>``: the rows of the days that any of these changes is about."""
        days: dict[str, dict[Interval, None]] = {}
        for one in changes:
            days.setdefault(one.selection.table, {})[_window(one)] = None
        for table, intervals in days.items():
            moment = TABLES[table].date_column
            tests = [
                (f"{moment} >= {date_literal(start)} AND " if start else "") + f"{moment} <= {date_literal(end)}"
                for start, end in intervals
            ]
            everything = any(start is None for start, _ in intervals)
            drop_relations(self.connection, f"{STEP}{table}")
            self.connection.execute(
                f"CREATE TEMP {'VIEW' if everything else 'TABLE'} {STEP}{table} AS "
                f"SELECT * FROM {self.source}{table} WHERE {' OR '.join(f'({one})' for one in tests)}"
            )

    def _combined(self, step: Step, changes: Mapping[str, pa.Array], made: Mapping[str, pa.Array]) -> pa.Array:
        entered = _unless_empty(changes[step.enter.name] if step.enter else None)
        kind = step.column.slot.kind
        if step.before is None:
            # A window that begins after the date has no day yet.
            return changes[step.enter.name] if step.enter else pa.nulls(len(self.people), ARROW_TYPES[step.column.kind])
        old = self.held[step.before.name]
        if kind in ("rows", "total"):
            left = _unless_empty(changes[step.leave.name] if step.leave else None)
            return self._counted(step, old, entered, left, made)
        if step.enter is not None and step.newer is not None:
            newer = changes[step.newer.name]
            # A later row without a value leaves none.
            return (
                old if _unless_empty(newer) is None else pc.if_else(pc.is_valid(newer), changes[step.enter.name], old)
            )
        if entered is None:
            return old
        if kind == "last_date":
            return pc.coalesce(entered, old)
        if kind == "first_date":
            return pc.coalesce(old, entered)
        if kind == "first_value":
            return pc.if_else(pc.is_valid(self.held[_companion_name(step.before)]), old, entered)
        return (pc.max_element_wise if kind == "highest" else pc.min_element_wise)(old, entered, skip_nulls=True)

    def _counted(
        self, step: Step, old: pa.Array, entered: pa.Array | None, left: pa.Array | None, made: Mapping[str, pa.Array]
    ) -> pa.Array:
        if entered is None and left is None:
            return old
        total = pc.fill_null(old, 0.0)
        if entered is not None:
            total = pc.add(total, pc.fill_null(entered, 0.0))
        if left is not None:
            total = pc.subtract(total, pc.fill_null(left, 0.0))
        if step.column.slot.kind == "rows":
            return total
        present = pc.fill_null(made[_companion_name(step.column)], 0.0)
        return pc.if_else(pc.greater(present, 0.0), total, pa.scalar(None, pa.float64()))


def _unless_empty(values: pa.Array | None) -> pa.Array | None:
    """None where no value is there."""
    return None if values is None or values.null_count == len(values) else values


def _companion_name(column: StoredColumn) -> str:
    found = companion(column)
    assert found is not None
    return found.name


def _window(column: StoredColumn) -> tuple[date | None, date]:
    assert column.selection.end is not None
    return column.selection.start, column.selection.end


@cache
def _without_window(column: StoredColumn) -> StoredColumn:
    return StoredColumn(replace(column.selection, start=None, end=None), column.slot)


def _during(column: StoredColumn, days: Interval) -> StoredColumn | None:
    """What these days give of a column; None where there is no such day. Windows that slide alike share it."""
    start, end = days
    return None if start is not None and start > end else _of_days(_without_window(column), days)


@cache
def _of_days(column: StoredColumn, days: Interval) -> StoredColumn:
    return StoredColumn(replace(column.selection, start=days[0], end=days[1]), column.slot)


__all__ = ["CarriedColumns", "Step", "follows", "steps_of"]
