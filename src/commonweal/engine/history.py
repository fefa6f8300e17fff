"""One range of people at many dates: its rows are read once, and from date to date only what changed is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from commonweal.engine.attributes import COLUMNS
from commonweal.engine.bucket import People, drop_relations
from commonweal.engine.carried import CarriedColumns, Step, steps_of
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import Bucket
from commonweal.engine.rows_sql import Context
from commonweal.engine.views import BucketResult, Replaced
from commonweal.record.schema import TABLES

KEPT, KEPT_FEW = "kept_", "kept_few_"
"""Prefixes of the rows up to the last date: everybody's, and of few people those that may leave direct care."""


@dataclass
class History:
    """Plans of the same definitions at several dates, to run over a record range by range."""

    backend: DuckDBBackend
    plans: Mapping[date, Plan]
    everything: Plan = field(init=False)
    """All columns of all dates, as at the last: what rows have to be held for."""
    steps: dict[date, list[Step]] = field(init=False)

    def __post_init__(self) -> None:
        last = self.plans[max(self.plans)]
        self.everything = Plan(last.as_at, last.definitions, outputs=last.outputs)
        for plan in self.plans.values():
            self.everything.columns.update(plan.columns)
        self.steps = steps_of(self.plans)
        for steps in self.steps.values():
            # What a column carries along is read too.
            self.everything.columns.update({step.column.name: step.column for step in steps})

    def run(self, bucket: Bucket, attributes: Iterable[str] = COLUMNS) -> Iterator[tuple[date, BucketResult, Context]]:
        """The result at each date, in order; each sees the rows up to its own day. `attributes`: those of `run_bucket`."""
        backend, connection = self.backend, self.backend.connection
        backend.prepare(self.everything)
        backend.hold(self.everything, bucket, list(self.everything.columns), KEPT, by_date=True)
        asked = {name for plan in self.plans.values() for name in plan.attributes}
        known_people = backend.people_of(bucket, [*attributes, *sorted(asked)])
        care = CarriedColumns(connection, known_people.people, KEPT)
        few = CarriedColumns(connection, self._hold_few(), KEPT_FEW)
        places = known_people.people.places(few.people.keys)
        for moment, plan in sorted(self.plans.items()):
            context = backend.context(plan)
            self._show_rows(moment)
            known = care.at(plan, self.steps[moment], context)
            again = few.at(plan, self.steps[moment], context) if len(places) else {}
            replaced = [Replaced(places, pa.table(again))] if len(places) else []
            todo = [name for name in plan.columns if name not in known]
            yield moment, backend.run_held(plan, context, bucket, known_people, todo, known, replaced), context
        drop_relations(connection, *(f"{prefix}{table}" for prefix in (KEPT, KEPT_FEW) for table in TABLES))

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
        """Let ``rows_<table>`` be the rows that a date can see."""
        for table in self.backend.held(KEPT):
            drop_relations(self.backend.connection, f"rows_{table}")
            self.backend.connection.execute(
                f"CREATE TEMP VIEW rows_{table} AS SELECT * FROM {KEPT}{table} "
                f"WHERE {TABLES[table].date_column} <= DATE '{moment.isoformat()}'"
            )


__all__ = ["History"]
