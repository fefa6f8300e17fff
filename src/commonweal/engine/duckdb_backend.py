"""Runs a plan on DuckDB, bucket by bucket: for direct care, and again for the few people whose rows are withheld.

Purposes come before aggregation. Rows that the source marked as confidential are never read. Rows in an always-withheld
category count in direct care only: people who have such a row are computed a second time without it, everybody else's
columns serve both. People who objected are left out of every purpose but direct care.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.codelists import load
from commonweal.engine import attributes as person_attributes
from commonweal.engine.activity import activity_measures, always_held, row_groups
from commonweal.engine.births import birth_bounds, birth_terms
from commonweal.engine.bucket import (
    ColumnRun,
    People,
    drop_relations,
    held_rows,
    make_code_sets,
)
from commonweal.engine.cache import CachedColumns
from commonweal.engine.codes import CodeBook, Loader, resolve
from commonweal.engine.dialect import DUCKDB
from commonweal.engine.people_at import PeopleAt
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import Bucket, RecordFiles
from commonweal.engine.rows_sql import Context
from commonweal.engine.vectors import Program
from commonweal.engine.views import CARE, RESTRICTED, VIEWS, BucketResult, Replaced
from commonweal.governance.withheld import WithheldCode, row_filter, withheld_concepts

FACT_TABLES = ("event", "medication", "contact", "diagnosis", "procedure", "referral", "wait", "care_package")
OF_CONTACTS = ("diagnosis", "procedure")
"""Tables whose rows belong to a contact, and leave direct care only where it may."""


@dataclass(frozen=True)
class _Programs:
    plan: Plan
    """Held, lest another plan takes its identity."""
    outputs: Program
    births: Program


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
        # Each file is read once, and what the database keeps of it would fill the limit.
        self.connection.execute("SET GLOBAL enable_external_file_cache = false")
        self._spill = tempfile.TemporaryDirectory(prefix="commonweal-")
        self.connection.execute(f"SET GLOBAL temp_directory = '{self._spill.name}'")
        self.connection.execute(f"SET GLOBAL threads = {self.threads}")
        self.connection.execute("SET GLOBAL preserve_insertion_order = false")
        withheld_concepts(self.connection, self.record.relation("concept"), self.withheld)
        self.has_registrations = self._exists(self.record.relation("registration"))
        self.books: dict[frozenset[str], CodeBook] = {}
        self._parents: dict[date, str] = {}
        """As-at date to the table of the bodies above each practice on that day."""
        self._snapshots: dict[date, date | None] = {}
        self._programs: dict[int, _Programs] = {}
        """What was made of a plan, by its identity."""

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
        return self.context(plan)

    def context(self, plan: Plan) -> Context:
        """What the SQL of a plan needs to know, its code sets apart."""
        if plan.as_at not in self._parents:
            self._parents[plan.as_at] = f"practice_parents_{plan.as_at:%Y%m%d}"
            person_attributes.practice_parents(
                self.connection, self.record.relation("organisation"), plan.as_at, self._parents[plan.as_at]
            )
        snapshot = None
        if any(one.selection.table == "wait" for one in plan.columns.values()):
            snapshot = self._latest_snapshot(plan.as_at)
        return Context(DUCKDB, plan.as_at, latest_snapshot=snapshot)

    def _latest_snapshot(self, as_at: date) -> date | None:
        if as_at not in self._snapshots:
            found = self.connection.execute(
                f"SELECT max(snapshot_date) FROM {self.record.relation('wait')} WHERE snapshot_date <= $1", [as_at]
            ).fetchone()
            self._snapshots[as_at] = found[0] if found else None
        return self._snapshots[as_at]

    def run(self, plan: Plan, cached: CachedColumns | None = None) -> Iterator[BucketResult]:
        """The whole plan, one bucket at a time."""
        context = self.prepare(plan)
        for bucket in self.record.buckets:
            yield self.run_bucket(plan, context, bucket, cached)

    def run_bucket(
        self,
        plan: Plan,
        context: Context,
        bucket: Bucket,
        cached: CachedColumns | None = None,
        attributes: Iterable[str] = person_attributes.COLUMNS,
    ) -> BucketResult:
        """One range of people, for both views, with these attributes (and those that every answer needs)."""
        known, replaced = cached(bucket) if cached else ({}, [])
        todo = [name for name in plan.columns if name not in known]
        self.hold(plan, bucket, {*todo, *always_held(plan)})
        people = self.people_of(bucket, [*attributes, *plan.attributes])
        return self.run_held(plan, context, bucket, people, todo, known, replaced)

    def people_of(self, bucket: Bucket, attributes: Iterable[str] = person_attributes.COLUMNS) -> PeopleAt:
        """The people of a range, to be asked for these attributes at a date."""
        sources = person_attributes.Sources(
            person=self.record.relation("person", bucket),
            registration=self.record.relation("registration", bucket),
            place=self.record.relation("place"),
            has_registrations=self.has_registrations,
        )
        return PeopleAt(self.connection, sources, attributes)

    def run_held(
        self,
        plan: Plan,
        context: Context,
        bucket: Bucket,
        known_people: PeopleAt,
        todo: list[str],
        known: dict[str, pa.Array],
        replaced: list[Replaced],
    ) -> BucketResult:
        """One range of people over the rows that are held; `known` columns are not taken again, but for the `replaced` few."""
        people = known_people.people
        attributes, by_birth = known_people.at(plan.as_at, self._parents[plan.as_at])
        run = ColumnRun(self.connection, plan, context, people, attributes, known)
        run.run()
        care = {name: run.columns[name] for name in plan.columns}
        moved = self._born_otherwise(plan, attributes, by_birth, care)
        coarse = _with(attributes, by_birth)
        recomputed = self._recomputed(plan, context, people, coarse, care, todo, moved, replaced)
        few = np.unique(np.concatenate([moved, *(one.places for one in (*replaced, recomputed))]))
        few_columns = _replaced(few, care, [*replaced, recomputed])
        return BucketResult(
            bucket,
            self._answers(plan, attributes, care),
            _side_by_side(attributes, care, keys_only=True),
            by_birth,
            Replaced(few, self._answers(plan, coarse.take(pa.array(few)), few_columns)),
            recomputed,
        )

    # --- births ----------------------------------------------------------------------------------------------------

    def _born_otherwise(
        self, plan: Plan, attributes: pa.Table, by_birth: pa.Table, care: dict[str, pa.Array]
    ) -> np.ndarray:
        """Places of the people for whom the month of birth says something else than the day does."""
        terms = self._programs_of(plan).births
        by_day, by_month = (
            terms.run({**_columns(table), **care}, attributes.num_rows)
            for table in (attributes, _with(attributes, by_birth))
        )
        found = np.zeros(attributes.num_rows, dtype=bool)
        for name, values in by_day.items():
            known, other = pc.is_valid(values), pc.is_valid(by_month[name])
            unlike = pc.if_else(pc.and_(known, other), pc.not_equal(values, by_month[name]), pc.xor(known, other))
            found |= unlike.to_numpy(zero_copy_only=False)
        return np.flatnonzero(found)

    # --- rows ------------------------------------------------------------------------------------------------------

    def hold(self, plan: Plan, bucket: Bucket, todo: Iterable[str], prefix: str = "rows_") -> None:
        """Read each table that is needed once, into ``<prefix><table>``."""
        wanted = _part_of(plan, todo)
        counted = {rows.rows.table for one in activity_measures(plan) for rows in one.row_sets().values()}
        drop_relations(
            self.connection, *(f"{kind}{table}" for kind in ("few_", "rows_", prefix) for table in FACT_TABLES)
        )
        held = set()
        for table in FACT_TABLES:
            source = self.record.relation(table, bucket)
            also = set(row_groups(table).values()) if table in counted else set()
            sql = held_rows(table, source, wanted, row_filter(table, "direct_care"), also)
            if sql is not None:
                self.connection.execute(f"CREATE TEMP TABLE {prefix}{table} AS {sql}")
                held.add(table)
        if held & set(OF_CONTACTS):
            self.connection.execute(
                "CREATE OR REPLACE TEMP TABLE withheld_contact AS SELECT contact_key FROM "
                f"{self.record.relation('contact', bucket)} WHERE NOT ({row_filter('contact', 'planning')})"
            )

    def held(self, prefix: str = "rows_") -> list[str]:
        """Tables whose rows are held."""
        found = self.connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
        ).fetchall()
        names = {row[0] for row in found}
        return [table for table in FACT_TABLES if f"{prefix}{table}" in names]

    def _recomputed(
        self,
        plan: Plan,
        context: Context,
        people: People,
        attributes: pa.Table,
        care: dict[str, pa.Array],
        todo: list[str],
        moved: np.ndarray,
        replaced: list[Replaced],
    ) -> Replaced:
        """The columns without withheld rows, of the people who have such rows.

        Where a window begins or ends by the date of birth, those for whom the month says otherwise are among them.
        """
        computed = todo or always_held(plan)
        affected = self.people_with_withheld_rows() if computed else np.empty(0, dtype=np.int64)
        if computed:
            also = [*(one.places for one in replaced), *([moved] if birth_bounds(plan) else [])]
            affected = np.unique(np.concatenate([affected, *(people.keys[places] for places in also)]))
        if not len(affected):
            return Replaced(affected, pa.table({"person_key": pa.array(affected, pa.int64())}))
        self.connection.register("_affected", pa.table({"person_key": pa.array(affected, pa.int64())}))
        for table in self.held():
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE few_{table} AS SELECT t.* FROM rows_{table} t "
                f"WHERE person_key IN (SELECT person_key FROM _affected) AND {self.allowed(table)}"
            )
        self.connection.unregister("_affected")
        places = people.places(affected)
        part = attributes.take(pa.array(places))
        again = _replaced(places, {name: care[name] for name in care if name not in todo}, replaced)
        run = ColumnRun(self.connection, plan, replace(context, prefix="few_"), People(affected), part, again)
        run.run()
        return Replaced(places, _side_by_side(part, {name: run.columns[name] for name in todo}, keys_only=True))

    def allowed(self, table: str) -> str:
        """The condition on held rows that may leave direct care: its own, and its contact's."""
        own = row_filter(table, "planning")
        if table in OF_CONTACTS:
            return f"({own}) AND contact_key NOT IN (SELECT contact_key FROM withheld_contact)"
        return own

    def people_with_withheld_rows(self, prefix: str = "rows_") -> np.ndarray:
        """Keys of the people who have, among the held rows, one that may not leave direct care."""
        parts = [
            f"SELECT person_key FROM {prefix}{table} WHERE NOT ({self.allowed(table)})"
            for table in self.held(prefix)
            if self.allowed(table) not in ("true", row_filter(table, "direct_care"))
        ]
        if not parts:
            return np.empty(0, dtype=np.int64)
        query = f"SELECT DISTINCT person_key FROM ({' UNION ALL '.join(parts)}) ORDER BY person_key"
        return self.connection.execute(query).to_arrow_table().column("person_key").to_numpy().astype(np.int64)

    # --- outputs ---------------------------------------------------------------------------------------------------

    def _programs_of(self, plan: Plan) -> _Programs:
        if id(plan) not in self._programs:
            self._programs[id(plan)] = _Programs(
                plan, Program.of_plan(plan), Program.of_terms(plan.as_at, birth_terms(plan))
            )
        return self._programs[id(plan)]

    def _answers(self, plan: Plan, people: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
        """Attributes and outputs of these people."""
        made = self._programs_of(plan).outputs.run({**_columns(people), **columns}, people.num_rows)
        for output in plan.outputs:
            people = people.append_column(output.name, made[output.name])
        return people.combine_chunks()


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _replaced(places: np.ndarray, care: dict[str, pa.Array], replaced: list[Replaced]) -> dict[str, pa.Array]:
    """The columns of the people at these places (sorted), with what was computed for them without withheld rows."""
    columns = {name: values.take(pa.array(places)) for name, values in care.items()}
    for one in replaced:
        inside = np.isin(one.places, places)
        rows = np.arange(len(places))
        rows[np.searchsorted(places, one.places[inside])] = len(places) + np.flatnonzero(inside)
        taken = pa.array(rows)
        for name in set(one.table.column_names) & set(columns):
            columns[name] = pa.concat_arrays([columns[name], *one.table.column(name).chunks]).take(taken)
    return columns


def _with(table: pa.Table, replaced: pa.Table) -> pa.Table:
    """`table` with the columns of `replaced` in place of its own."""
    for name in replaced.column_names:
        table = table.set_column(table.column_names.index(name), name, replaced.column(name))
    return table


def _side_by_side(people: pa.Table, columns: Mapping[str, pa.Array], *, keys_only: bool = False) -> pa.Table:
    names = ["person_key"] if keys_only else people.column_names
    arrays = [people.column(name) for name in names]
    return pa.table([*arrays, *columns.values()], names=[*names, *columns])


def _part_of(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with only these stored columns."""
    wanted = set(names)
    return Plan(plan.as_at, plan.definitions, {name: one for name, one in plan.columns.items() if name in wanted})


__all__ = ["CARE", "FACT_TABLES", "RESTRICTED", "VIEWS", "BucketResult", "DuckDBBackend"]
