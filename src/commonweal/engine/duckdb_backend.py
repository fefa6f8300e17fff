"""Runs a plan on DuckDB, bucket by bucket: for direct care, and again for the few people whose rows are withheld.

Purposes come before aggregation. Rows that the source marked as confidential are never read. Rows in an always-withheld
category count in direct care only: people who have such a row are computed a second time without it, everybody else's
columns serve both. People who objected are left out of every purpose but direct care.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from commonweal.definitions.codelists import load
from commonweal.engine import attributes as person_attributes
from commonweal.engine.activity import activity_measures, always_held, row_groups
from commonweal.engine.bucket import ColumnRun, People, expressions_sql, held_rows, make_code_sets
from commonweal.engine.codes import CodeBook, Loader, resolve
from commonweal.engine.dialect import DUCKDB
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.engine.rows_sql import Context
from commonweal.governance.withheld import WithheldCode, row_filter, withheld_concepts
from commonweal.record.schema import TABLES

CARE, RESTRICTED = "care", "restricted"
VIEWS = {"direct_care": CARE, "planning": RESTRICTED, "research": RESTRICTED, "public": RESTRICTED}
"""Purpose to the view of the rows that it may read."""

FACT_TABLES = ("event", "medication", "contact", "diagnosis", "procedure", "referral", "wait", "care_package")


@dataclass
class BucketResult:
    """One range of people: attributes, stored columns and outputs, for each view."""

    bucket: Bucket
    people: dict[str, pa.Table]
    """View to attributes and outputs, sorted by person_key."""
    features: dict[str, pa.Table]
    """View to person_key and stored columns, in the same order."""


ColumnCache = Callable[[Bucket, str], Mapping[str, pa.Array]]


@dataclass
class DuckDBBackend:
    """One process's engine over one record. Reuse it for several plans; close it at the end."""

    record: RecordFiles
    loader: Loader = load
    withheld: Iterable[WithheldCode] | None = None
    memory_limit: str = "1GB"
    """Of DuckDB; what is held in Arrow comes on top. Beyond it DuckDB spills to a folder of its own."""
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f"SET GLOBAL memory_limit = '{self.memory_limit}'")
        self._spill = tempfile.TemporaryDirectory(prefix="commonweal-")
        self.connection.execute(f"SET GLOBAL temp_directory = '{self._spill.name}'")
        self.connection.execute(f"SET GLOBAL threads = {self.threads}")
        self.connection.execute("SET GLOBAL preserve_insertion_order = false")
        withheld_concepts(self.connection, self.record.relation("concept"), self.withheld)
        self.has_registrations = self._exists(self.record.relation("registration"))
        self.books: dict[frozenset[str], CodeBook] = {}

    def close(self) -> None:
        self.connection.close()
        self._spill.cleanup()

    def __enter__(self) -> DuckDBBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exists(self, relation: str) -> bool:
        return self.connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None

    def code_book(self, list_ids: Iterable[str]) -> CodeBook:
        """The concepts of these codelists in this record."""
        wanted = frozenset(list_ids)
        if wanted not in self.books:
            self.books[wanted] = resolve(self.connection, self.record.relation("concept"), wanted, self.loader)
        return self.books[wanted]

    def prepare(self, plan: Plan) -> Context:
        """Make the code sets and organisation tables of a plan; returns what its SQL needs to know."""
        make_code_sets(self.connection, plan, self.code_book(plan.codelists))
        person_attributes.practice_parents(
            self.connection, self.record.relation("organisation"), plan.as_at, "practice_parents"
        )
        snapshot = None
        if any(one.selection.table == "wait" for one in plan.columns.values()):
            found = self.connection.execute(
                f"SELECT max(snapshot_date) FROM {self.record.relation('wait')} WHERE snapshot_date <= $1", [plan.as_at]
            ).fetchone()
            snapshot = found[0] if found else None
        return Context(DUCKDB, plan.as_at, latest_snapshot=snapshot)

    def run(self, plan: Plan, cached: ColumnCache | None = None) -> Iterator[BucketResult]:
        """The whole plan, one bucket at a time."""
        context = self.prepare(plan)
        for bucket in self.record.buckets:
            yield self.run_bucket(plan, context, bucket, cached)

    def run_dates(self, plans: Mapping[date, Plan], bucket: Bucket) -> Iterator[tuple[date, BucketResult, Context]]:
        """One range of people at many dates: its rows are read once, and each date sees those up to its own day."""
        last = plans[max(plans)]
        everything = Plan(last.as_at, last.definitions, outputs=last.outputs)
        for plan in plans.values():
            everything.columns.update(plan.columns)
        self.prepare(everything)
        self._hold(everything, bucket, list(everything.columns), "kept_")
        held = self._held("kept_")
        for moment, plan in sorted(plans.items()):
            context = self.prepare(plan)
            for table in held:
                self._drop(f"open_{table}", f"rows_{table}")
                self.connection.execute(
                    f"CREATE TEMP VIEW rows_{table} AS SELECT * FROM kept_{table} "
                    f"WHERE {TABLES[table].date_column} <= DATE '{moment.isoformat()}'"
                )
            yield moment, self._run_held(plan, context, bucket, list(plan.columns), {}, {}), context

    def run_bucket(
        self, plan: Plan, context: Context, bucket: Bucket, cached: ColumnCache | None = None
    ) -> BucketResult:
        """One range of people, for both views."""
        again = always_held(plan)
        known = dict(cached(bucket, CARE)) if cached else {}
        known_restricted = dict(cached(bucket, RESTRICTED)) if cached else {}
        known = {name: values for name, values in known.items() if name not in again}
        todo = [name for name in plan.columns if name not in known]
        self._hold(plan, bucket, todo)
        return self._run_held(plan, context, bucket, todo, known, known_restricted)

    def _run_held(
        self,
        plan: Plan,
        context: Context,
        bucket: Bucket,
        todo: list[str],
        known: dict[str, pa.Array],
        known_restricted: dict[str, pa.Array],
    ) -> BucketResult:
        care_people = self._attributes(bucket, plan.as_at, "day")
        people = People(care_people.column("person_key").to_numpy().astype(np.int64))
        run = ColumnRun(self.connection, plan, context, people, care_people, known)
        run.run()
        care = {name: run.columns[name] for name in plan.columns}
        restricted_people = self._attributes(bucket, plan.as_at, "month")
        found = self._restricted(plan, context, people, restricted_people, care, todo, known_restricted)
        restricted = {name: found[name] for name in care}
        features = {
            CARE: _side_by_side(care_people, care, keys_only=True),
            RESTRICTED: _side_by_side(restricted_people, restricted, keys_only=True),
        }
        both = [_side_by_side(care_people, care), _side_by_side(restricted_people, restricted)]
        answers = self._outputs(plan, context, pa.concat_tables(both))
        outputs = {CARE: answers.slice(0, len(people)), RESTRICTED: answers.slice(len(people))}
        return BucketResult(bucket, outputs, features)

    # --- attributes ------------------------------------------------------------------------------------------------

    def _attributes(self, bucket: Bucket, as_at: date, precision: person_attributes.BirthPrecision) -> pa.Table:
        sources = person_attributes.Sources(
            person=self.record.relation("person", bucket),
            registration=self.record.relation("registration", bucket),
            parents="practice_parents",
            place=self.record.relation("place"),
            has_registrations=self.has_registrations,
        )
        query = person_attributes.attributes_sql(sources, as_at, precision, DUCKDB)
        return self.connection.execute(f"SELECT * FROM ({query}) ORDER BY person_key").to_arrow_table().combine_chunks()

    # --- rows ------------------------------------------------------------------------------------------------------

    def _drop(self, *names: str) -> None:
        """Remove these tables or views, where they are there."""
        views = {row[0] for row in self.connection.execute("SELECT view_name FROM duckdb_views()").fetchall()}
        for name in names:
            self.connection.execute(f"DROP {'VIEW' if name in views else 'TABLE'} IF EXISTS {name}")

    def _hold(self, plan: Plan, bucket: Bucket, todo: list[str], prefix: str = "rows_") -> None:
        """Read each table that is needed once, into ``<prefix><table>``."""
        wanted = _part_of(plan, todo)
        counted = {rows.rows.table for one in activity_measures(plan) for rows in one.row_sets().values()}
        for table in FACT_TABLES:
            self._drop(*(f"{kind}_{table}" for kind in ("open", "few", "rows", "kept")))
            source = self.record.relation(table, bucket)
            also = set(row_groups(table).values()) if table in counted else set()
            sql = held_rows(table, source, wanted, row_filter(table, "direct_care"), also)
            if sql is not None:
                self.connection.execute(f"CREATE TEMP TABLE {prefix}{table} AS {sql}")
        if todo:
            self.connection.execute(
                "CREATE OR REPLACE TEMP TABLE withheld_contact AS SELECT contact_key FROM "
                f"{self.record.relation('contact', bucket)} WHERE NOT ({row_filter('contact', 'planning')})"
            )

    def rows_of_view(self, context: Context, view: str) -> Context:
        """The held rows of the range last run, as a view may read them."""
        if view == CARE:
            return context
        for table in self._held():
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW open_{table} AS SELECT * FROM rows_{table} WHERE {self._allowed(table)}"
            )
        return replace(context, prefix="open_")

    def _held(self, prefix: str = "rows_") -> list[str]:
        """Tables whose rows are held."""
        found = self.connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
        ).fetchall()
        names = {row[0] for row in found}
        return [table for table in FACT_TABLES if f"{prefix}{table}" in names]

    def _restricted(
        self,
        plan: Plan,
        context: Context,
        people: People,
        attributes: pa.Table,
        care: dict[str, pa.Array],
        todo: list[str],
        known: dict[str, pa.Array],
    ) -> dict[str, pa.Array]:
        """The columns without withheld rows: recomputed for the people who have such rows, the same for the rest."""
        found = {**{name: care[name] for name in todo}, **{name: known.get(name, care[name]) for name in care}}
        affected = self._people_with_withheld_rows() if todo else np.empty(0, dtype=np.int64)
        if not len(affected):
            return found
        self.connection.register("_affected", pa.table({"person_key": pa.array(affected, pa.int64())}))
        for table in self._held():
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE few_{table} AS SELECT t.* FROM rows_{table} t "
                f"WHERE person_key IN (SELECT person_key FROM _affected) AND {self._allowed(table)}"
            )
        self.connection.unregister("_affected")
        few = replace(context, prefix="few_")
        places = people.places(affected)
        part = attributes.take(pa.array(places))
        again = {name: found[name].take(pa.array(places)) for name in found if name not in todo}
        run = ColumnRun(self.connection, plan, few, People(affected), part, again)
        run.run()
        rows = np.arange(len(people))
        rows[places] = len(people) + np.arange(len(affected))
        for name in todo:
            found[name] = pa.concat_arrays([care[name], run.columns[name]]).take(pa.array(rows))
        return found

    def _allowed(self, table: str) -> str:
        """The condition on held rows that may leave direct care: its own, and its contact's."""
        own = row_filter(table, "planning")
        if table in ("diagnosis", "procedure"):
            return f"({own}) AND contact_key NOT IN (SELECT contact_key FROM withheld_contact)"
        return own

    def _people_with_withheld_rows(self) -> np.ndarray:
        parts = [
            f"SELECT person_key FROM rows_{table} WHERE NOT ({self._allowed(table)})"
            for table in self._held()
            if self._allowed(table) not in ("true", row_filter(table, "direct_care"))
        ]
        if not parts:
            return np.empty(0, dtype=np.int64)
        query = f"SELECT DISTINCT person_key FROM ({' UNION ALL '.join(parts)}) ORDER BY person_key"
        return self.connection.execute(query).fetchnumpy()["person_key"].astype(np.int64)

    # --- outputs ---------------------------------------------------------------------------------------------------

    def _outputs(self, plan: Plan, context: Context, wide: pa.Table) -> pa.Table:
        """Attributes and outputs, in the order of `wide`: one query for both views, because binding it is what costs."""
        self.connection.register("wide", wide.append_column("place", pa.array(np.arange(wide.num_rows))))
        columns = ", ".join([*person_attributes.COLUMNS, *(one.name for one in plan.outputs)])
        query = expressions_sql(plan, "wide", context)
        found = self.connection.execute(f"SELECT {columns} FROM ({query}) ORDER BY place").to_arrow_table()
        self.connection.unregister("wide")
        return found.combine_chunks()


def _side_by_side(people: pa.Table, columns: Mapping[str, pa.Array], *, keys_only: bool = False) -> pa.Table:
    names = ["person_key"] if keys_only else people.column_names
    arrays = [people.column(name) for name in names]
    return pa.table([*arrays, *columns.values()], names=[*names, *columns])


def _part_of(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with only these stored columns."""
    wanted = set(names)
    return Plan(plan.as_at, plan.definitions, {name: one for name, one in plan.columns.items() if name in wanted})
