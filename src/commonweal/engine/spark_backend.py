"""Runs a plan on Spark: the same queries as on DuckDB, over the whole record at once, spread by person over the cluster.

Each table is read once, filtered to the rows that the plan needs, dealt out by person and kept; every query then runs where
its rows are. What the queries find is written one below another, as (person, column, value), and set side by side by one
pivot: hundreds of columns cost no more joins than one does. Values are doubles on that way (a date is its day number).

The organisation's own session may be handed in: the engine takes a session of its own over the same cluster, so that neither
sees the other's settings and views. Executors need no Python. `local_session` makes a cluster on this machine.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from commonweal.definitions.codelists import load
from commonweal.definitions.vocabulary.nodes import Member, Node
from commonweal.engine import attributes as person_attributes
from commonweal.engine import passes
from commonweal.engine.bucket import code_sets, held_rows, make_code_sets, make_maps, wide_name
from commonweal.engine.codes import Loader, resolve
from commonweal.engine.columns import StoredColumn
from commonweal.engine.dialect import SPARK
from commonweal.engine.duckdb_backend import CARE, FACT_TABLES, OF_CONTACTS
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.rows_sql import Context
from commonweal.engine.spark_values import Places, pivot_sql, queries_of
from commonweal.engine.sql import to_sql
from commonweal.errors import NotReady
from commonweal.governance.withheld import WithheldCode, row_filter, withheld_concepts
from commonweal.record.schema import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPARK_TYPES = {"number": "DOUBLE", "date": "DATE", "text": "STRING", "condition": "BOOLEAN"}
STORED_TYPES = {
    "string": "STRING", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT", "float64": "DOUBLE",
    "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP",
}  # fmt: skip
"""Canonical type to Spark's."""
PEOPLE_A_PARTITION = 25_000
"""Hundreds of doubles for each of them are in memory at once."""
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Rows are dealt out by person once, and every later step relies on where they are.
    "spark.sql.adaptive.enabled": "false",
    # A hundred short queries: compiling a method for each stage of each takes longer than running them without.
    "spark.sql.codegen.wholeStage": "false",
    # What is given to every executor waits for the rows behind it; on a busy cluster that takes longer than five minutes.
    "spark.sql.broadcastTimeout": "36000",
    # The small tables are given to every executor by name; of the others Spark's guess of the size is of the file, not of the rows.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    # Nothing is gained by what follows from hundreds of equal columns, and it takes longer than the job.
    "spark.sql.constraintPropagation.enabled": "false",
}


def local_session(
    executors: int = 2, executor_mb: int = 1024, driver_mb: int = 1024, name: str = "commonweal"
) -> SparkSession:
    """A cluster on this machine: so many executors of one core, each a process with so much memory, and a driver.

    Raises `NotReady` where there is no Java.
    """
    if shutil.which("java") is None:
        raise NotReady("Spark needs Java", remedy="install Java 17")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    master = f"local-cluster[{executors},1,{executor_mb}]"
    builder = SparkSession.builder.master(master).appName(name)  # type: ignore[attr-defined]
    settings = {
        "spark.executor.memory": f"{executor_mb}m",
        "spark.driver.memory": f"{driver_mb}m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        # Such a cluster lives for a job or two: what Java compiles thoroughly (half of all processor time) is not used for long.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # By default a hundred: each executor would compile the same expressions again for every task.
        "spark.sql.codegen.cache.maxEntries": "2000",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


@dataclass
class SparkBackend:
    """One engine over one record. `run` gives one DataFrame of attributes and outputs; close it when these have been read."""

    record: RecordFiles
    session: SparkSession
    loader: Loader = load
    withheld: Iterable[WithheldCode] | None = None
    _kept: list[DataFrame] = field(default_factory=list)
    _held_for: Plan | None = None
    """The plan whose rows are kept; both views read them."""

    def __post_init__(self) -> None:
        self.session = self.session.newSession()
        wanted = -(-self._rows_in("person") // PEOPLE_A_PARTITION)
        self._partitions = max(self.session.sparkContext.defaultParallelism, wanted)
        for key, value in {**SETTINGS, "spark.sql.shuffle.partitions": str(self._partitions)}.items():
            self.session.conf.set(key, value)
        self._prepared = duckdb.connect()
        withheld_concepts(self._prepared, self.record.relation("concept"), self.withheld)
        self._broadcast("withheld_concept", "SELECT concept FROM withheld_concept")

    def close(self) -> None:
        """Let go of what is kept on the executors. A frame that `run` gave is still right, and computed anew."""
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        self._held_for = None

    def __enter__(self) -> SparkBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, plan: Plan, view: str = CARE) -> DataFrame:
        """Attributes and outputs of everybody, as a view may read them; people who objected are still in it."""
        if self._held_for is not plan:
            self.close()
            self._hold(plan)
            self._held_for = plan
        self._show(plan, view)
        people = self._keep(self._attributes(plan, "day" if view == CARE else "month"))
        wide = self._side_by_side(people, self._values(plan, people), plan.columns.values(), self._places(plan))
        wide.createOrReplaceTempView("wide")
        columns = ", ".join([*person_attributes.COLUMNS, *(one.name for one in plan.outputs)])
        return self.session.sql(f"SELECT {columns} FROM ({expressions_sql(plan, 'wide', self._context(plan))}) done")

    def _rows_in(self, table: str) -> int:
        return sum(pq.read_metadata(path).num_rows for path in self.record.files(table))

    # --- what the queries read ---------------------------------------------------------------------------------------

    def _hold(self, plan: Plan) -> None:
        """Views ``held_<table>`` of the rows that the plan needs and direct care may read, kept by person, and the code sets."""
        self._codes = resolve(self._prepared, self.record.relation("concept"), plan.codelists, self.loader)
        make_code_sets(self._prepared, plan, self._codes)
        self._broadcast("code_set", "SELECT set_id, concept FROM code_set")
        person_attributes.practice_parents(
            self._prepared, self.record.relation("organisation"), plan.as_at, "practice_parents"
        )
        self._broadcast("practice_parents", "SELECT * FROM practice_parents")
        for table in FACT_TABLES:
            sql = held_rows(table, self._source(table), plan, row_filter(table, "direct_care"))
            if sql is not None:
                rows = self.session.sql(sql).repartition(self._partitions, "person_key")
                self._keep(rows).createOrReplaceTempView(f"held_{table}")

    def _show(self, plan: Plan, view: str) -> None:
        """Views ``rows_<table>`` of the rows that are held and a view may read."""
        withheld = f"SELECT contact_key FROM {self._source('contact')} WHERE NOT ({self._allowed('contact')})"
        for table in FACT_TABLES:
            if held_rows(table, table, plan) is None:
                continue
            condition = "true" if view == CARE else self._allowed(table)
            if view != CARE and table in OF_CONTACTS:
                condition = f"({condition}) AND contact_key NOT IN ({withheld})"
            self.session.sql(f"SELECT * FROM held_{table} WHERE {condition}").createOrReplaceTempView(f"rows_{table}")

    def _allowed(self, table: str) -> str:
        """The condition on rows that may leave direct care, with the concepts written out: a subquery beside an OR would compare
        each row with each of them."""
        concepts = self._prepared.execute("SELECT DISTINCT concept FROM withheld_concept ORDER BY concept").fetchall()
        condition = row_filter(table, "planning")
        listed = ", ".join(str(one) for (one,) in concepts)
        return condition.replace("SELECT concept FROM withheld_concept", listed) if listed else condition

    def _context(self, plan: Plan) -> Context:
        found = self._prepared.execute(
            f"SELECT max(snapshot_date) FROM {self.record.relation('wait')} WHERE snapshot_date <= $1", [plan.as_at]
        ).fetchone()
        return Context(
            SPARK, plan.as_at, latest_snapshot=found[0] if found else None, inline_codes=code_sets(plan, self._codes)
        )

    def _broadcast(self, name: str, query: str) -> None:
        """A view of what DuckDB prepared, small enough for every executor to have."""
        table = self._prepared.execute(query).to_arrow_table()
        self.session.createDataFrame(table).hint("broadcast").createOrReplaceTempView(name)

    def _keep(self, frame: DataFrame) -> DataFrame:
        self._kept.append(frame.cache())
        return self._kept[-1]

    def _source(self, table: str) -> str:
        """A view of the Parquet files of a table; an empty one where there are none. No file is opened to learn its columns."""
        files = [str(path) for path in self.record.files(table)]
        name = f"source_{table}"
        schema = ", ".join(f"{one.name} {STORED_TYPES[one.type]}" for one in TABLES[table])
        frame = self.session.read.schema(schema).parquet(*files) if files else self.session.createDataFrame([], schema)
        frame.createOrReplaceTempView(name)
        return name

    def _attributes(self, plan: Plan, precision: person_attributes.BirthPrecision) -> DataFrame:
        sources = person_attributes.Sources(
            person=self._source("person"),
            registration=self._source("registration"),
            parents="practice_parents",
            place=self._source("place"),
            has_registrations=self._rows_in("registration") > 0,
        )
        made = self.session.sql(person_attributes.attributes_sql(sources, plan.as_at, precision, SPARK))
        return made.repartition(self._partitions, "person_key")

    # --- columns ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _places(plan: Plan) -> dict[str, int]:
        return {name: number for number, name in enumerate(plan.columns)}

    def _values(self, plan: Plan, people: DataFrame) -> list[DataFrame]:
        """Every value that the queries find, phase by phase. What later phases look at is taken on its own, before them."""
        context, places = self._context(plan), self._places(plan)
        bounds = [bound.bound for one in plan.columns.values() for bound in one.selection.dynamic]
        looked_at = {name for bound in bounds for name in plan.stored_in(bound)}
        found: list[DataFrame] = []
        before: list[DataFrame] = []
        known: list[StoredColumn] = []
        for phase in range(1, plan.last_phase + 1):
            columns = plan.in_phase(phase)
            if phase > 1:
                self._keep(self._side_by_side(people, before, known, places)).createOrReplaceTempView("w")
            found += self._frames(columns, context, places)
            again = [one for one in columns if one.name in looked_at]
            if again and phase < plan.last_phase:
                known += again
                before += self._frames(again, context, places)
        return found

    def _frames(self, columns: list[StoredColumn], context: Context, places: Places) -> list[DataFrame]:
        """The values of these columns: a frame of numbers, one of texts, as far as there are any."""
        for one in passes.table_passes(columns).values():
            if one.long.units:
                make_maps(self._prepared, one.long, context)
                self._broadcast(f"map_{one.table}", f"SELECT * FROM map_{one.table}")
        queries = queries_of(columns, context, places)
        return [self.session.sql(" UNION ALL ".join(one)) for one in (queries.numbers, queries.texts) if one]

    def _side_by_side(
        self, people: DataFrame, found: list[DataFrame], columns: Iterable[StoredColumn], places: Places
    ) -> DataFrame:
        """Attributes and these columns, one row a person."""
        listed = list(columns)
        for of_texts in (False, True):
            frames = [one for one in found if (dict(one.dtypes)["value"] == "string") == of_texts]
            chosen = [one for one in listed if (one.kind == "text") == of_texts]
            if not frames:
                continue
            # Dealt out while they are narrow: the pivot would do it twice, the second time with hundreds of columns a row.
            stacked = reduce(lambda one, other: one.union(other), frames).repartition(self._partitions, "person_key")
            stacked.createOrReplaceTempView("found")
            people = people.join(self.session.sql(pivot_sql("found", chosen, places)), "person_key", "left")
        return people


def expressions_sql(plan: Plan, source: str, context: Context) -> str:
    """All outputs over the wide table `source`, level by level; the attributes come through."""

    def name(node: Node) -> str:
        if isinstance(node, Member):
            return member_name(node, plan)
        return wide_name(node).removeprefix("w.")

    query = f"SELECT * FROM {source}"
    for level in sorted({one.level for one in plan.outputs}):
        made = [
            f"CAST({to_sql(one.node, context.dialect, plan.as_at, name)} AS {SPARK_TYPES[one.kind]}) AS {one.name}"
            for one in plan.outputs
            if one.level == level
        ]
        query = f"SELECT *, {', '.join(made)} FROM ({query}) l{level}"
    return query


def member_name(node: Member, plan: Plan) -> str:
    """The output column of the definition that an expression refers to."""
    for output in plan.outputs:
        if output.definition_id == node.definition_id and output.part in ("in", "score", "class"):
            return output.name
    return "NULL"


__all__ = ["SparkBackend", "local_session"]
