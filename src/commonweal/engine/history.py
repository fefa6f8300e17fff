"""One range of people at many dates: rows are read once, in order of their dates, and each date looks up what it sees of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from commonweal.engine.activity import activity_measures, sides_of
from commonweal.engine.activity_at import Counting, RowsAt
from commonweal.engine.attributes import COLUMNS
from commonweal.engine.bucket import People, drop_relations
from commonweal.engine.columns import Selection, StoredColumn
from commonweal.engine.dated_rows import DatedRows, Reading, Wanted, at_any_date, wanted_by
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import Bucket
from commonweal.engine.rows_sql import Context
from commonweal.engine.slots import column_of
from commonweal.engine.views import BucketResult, Replaced
from commonweal.record.schema import TABLES

KEPT, KEPT_FEW = "kept_", "kept_few_"
"""Prefixes of the rows up to the last date: everybody's, and of few people those that may leave direct care."""


@dataclass
class DatePlan:
    """One plan's stored columns by selection, and what its measures count."""

    plan: Plan
    selections: dict[Selection, list[StoredColumn]] = field(default_factory=dict)
    """Selections whose rows are read once, with the columns taken from them."""
    anew: list[StoredColumn] = field(default_factory=list)
    """Columns whose rows are found at each date: they depend on another feature's date."""
    counting: Counting = field(init=False)

    def __post_init__(self) -> None:
        self.counting = Counting.of(self.plan)
        for column in self.plan.columns.values():
            if at_any_date(column.selection) is None:
                self.anew.append(column)
            else:
                self.selections.setdefault(column.selection, []).append(column)

    def wanted(self) -> Iterator[tuple[Selection, Iterable[Wanted]]]:
        """What has to be read once, by selection at any date."""
        for selection, columns in self.selections.items():
            yield _at_any_date(selection), wanted_by(selection, (one.slot for one in columns))
        yield from self.counting.wanted()

    def columns(self, rows: Mapping[Selection, DatedRows], context: Context, people: int) -> dict[str, pa.Array]:
        """Name to values of the columns that are taken from rows read once."""
        made: dict[str, pa.Array] = {}
        for selection, columns in self.selections.items():
            found = rows[_at_any_date(selection)]
            chosen = found.at(selection, self.plan.as_at, context.latest_snapshot)
            for column in columns:
                made[column.name] = column_of(column, found, chosen, people)
        return made

    def tables_anew(self) -> set[str]:
        """Tables that are read at each date."""
        of_sides = [
            side.selection(self.plan)
            for side in sides_of(activity_measures(self.plan))
            if side.definition_id in self.counting.anew
        ]
        selections = [*(one.selection for one in self.anew), *of_sides]
        return {one.table for one in selections} | {other.rows.table for one in selections for other in one.related}


def _at_any_date(selection: Selection) -> Selection:
    found = at_any_date(selection)
    assert found is not None
    return found


@dataclass
class History:
    """Plans of the same definitions at several dates, to run over a record range by range."""

    backend: DuckDBBackend
    plans: Mapping[date, Plan]
    everything: Plan = field(init=False)
    """All columns of all dates, as at the last: what rows have to be held for."""
    dates: dict[date, DatePlan] = field(init=False)
    wanted: dict[Selection, dict[Wanted, None]] = field(init=False)

    def __post_init__(self) -> None:
        last = self.plans[max(self.plans)]
        self.everything = Plan(last.as_at, last.definitions, outputs=last.outputs)
        for plan in self.plans.values():
            self.everything.columns.update(plan.columns)
        self.dates = {moment: DatePlan(plan) for moment, plan in sorted(self.plans.items())}
        self.wanted = {}
        for one in self.dates.values():
            for selection, columns in one.wanted():
                self.wanted.setdefault(selection, {}).update(dict.fromkeys(columns))

    def run(self, bucket: Bucket, attributes: Iterable[str] = COLUMNS) -> Iterator[tuple[date, BucketResult, RowsAt]]:
        """The result at each date, in order, with its rows to be counted by group. `attributes`: those of `run_bucket`."""
        backend, connection = self.backend, self.backend.connection
        context = backend.prepare(self.everything)
        backend.hold(self.everything, bucket, list(self.everything.columns), KEPT)
        asked = {name for plan in self.plans.values() for name in plan.attributes}
        known_people = backend.people_of(bucket, [*attributes, *sorted(asked)])
        people, few = known_people.people, self._hold_few()
        rows = Reading(connection, context.over(KEPT), people).read(self.wanted)
        few_rows = Reading(connection, context.over(KEPT_FEW), few).read(self.wanted) if len(few) else {}
        anew = {table for one in self.dates.values() for table in one.tables_anew()}
        drop_relations(connection, *(f"{KEPT}{table}" for table in TABLES if table not in anew))
        drop_relations(connection, *(f"{KEPT_FEW}{table}" for table in TABLES))
        places = people.places(few.keys)
        for moment, one in self.dates.items():
            context = backend.context(one.plan)
            self._show_rows(moment)
            known = one.columns(rows, context, len(people))
            again = one.columns(few_rows, context, len(few)) if len(few) else {}
            replaced = [Replaced(places, pa.table(again))] if len(few) and again else []
            todo = [column.name for column in one.anew]
            result = backend.run_held(one.plan, context, bucket, known_people, todo, known, replaced)
            yield moment, result, RowsAt(connection, one.plan, context, one.counting, result, rows, few_rows, places)
            del known, again, replaced, result  # some 250 MB of 50,000 people, before the next date's are made
        # Whoever still holds what was last given holds no rows.
        rows.clear()
        few_rows.clear()
        drop_relations(connection, *(f"{KEPT}{table}" for table in TABLES))

    def _hold_few(self) -> People:
        """Hold the rows of the people who have any that may not leave direct care, without those."""
        backend, connection = self.backend, self.backend.connection
        keys = backend.people_with_withheld_rows(KEPT)
        connection.register("_few", pa.table({"person_key": pa.array(keys, pa.int64())}))
        for table in backend.held(KEPT) if len(keys) else ():
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {KEPT_FEW}{table} AS SELECT * FROM {KEPT}{table} "
                f"WHERE person_key IN (SELECT person_key FROM _few) AND {backend.allowed(table)}"
            )
        connection.unregister("_few")
        return People(keys)

    def _show_rows(self, moment: date) -> None:
        """Let ``rows_<table>`` be the rows that a date can see, of the tables that are read at each date."""
        for table in self.backend.held(KEPT):
            drop_relations(self.backend.connection, f"rows_{table}")
            self.backend.connection.execute(
                f"CREATE TEMP VIEW rows_{table} AS SELECT * FROM {KEPT}{table} "
                f"WHERE {TABLES[table].date_column} <= DATE '{moment.isoformat()}'"
            )


__all__ = ["History"]
