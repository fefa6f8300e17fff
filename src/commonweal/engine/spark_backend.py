"""Runs a plan on Spark: the same queries as on DuckDB, over the whole record at once, pivoted by the cluster.

The organisation's own session may be handed in. `local_session` makes one on this machine; with
``local-cluster[2,1,1024]`` it has two real executors. The session's time zone has to be UTC and its workers have to run
this Python: `check_session` refuses one that is set otherwise.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from commonweal.definitions.codelists import load
from commonweal.definitions.vocabulary.nodes import Member, Node
from commonweal.engine import attributes as person_attributes
from commonweal.engine import packing, passes
from commonweal.engine.bucket import code_sets, held_rows, wide_name
from commonweal.engine.codes import Loader, resolve
from commonweal.engine.columns import StoredColumn
from commonweal.engine.dialect import SPARK
from commonweal.engine.duckdb_backend import CARE, FACT_TABLES
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.rows_sql import Context, unpacked_text
from commonweal.engine.sql import to_sql
from commonweal.errors import NotReady
from commonweal.governance.withheld import WithheldCode, row_filter, withheld_concepts
from commonweal.record.schema import TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPARK_TYPES = {"number": "DOUBLE", "date": "DATE", "text": "STRING", "condition": "BOOLEAN"}
NEEDED = {"spark.sql.session.timeZone": "UTC"}


def local_session(master: str = "local-cluster[2,1,1024]", name: str = "commonweal") -> SparkSession:
    """A session on this machine. Raises `NotReady` where there is no Java."""
    if shutil.which("java") is None:
        raise NotReady("Spark needs Java", remedy="install Java 17")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName(name)  # type: ignore[attr-defined]
    settings = {
        **NEEDED,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.ansi.enabled": "true",
        "spark.ui.showConsoleProgress": "false",
        # Hundreds of narrow columns: compiling one huge method costs more than it saves.
        "spark.sql.codegen.maxFields": "200",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def check_session(session: SparkSession) -> None:
    """Refuse a session whose settings would change answers."""
    for key, wanted in NEEDED.items():
        found = session.conf.get(key)
        if found != wanted:
            raise NotReady(
                "this Spark session would give other answers", where=key, value=found, remedy=f"set it to {wanted}"
            )


@dataclass
class SparkBackend:
    """One engine over one record. `run` gives one DataFrame of attributes and outputs."""

    record: RecordFiles
    session: SparkSession
    loader: Loader = load
    withheld: Iterable[WithheldCode] | None = None

    def __post_init__(self) -> None:
        check_session(self.session)
        self._prepared = duckdb.connect()
        withheld_concepts(self._prepared, self.record.relation("concept"), self.withheld)

    def run(self, plan: Plan, view: str = CARE) -> DataFrame:
        """Attributes and outputs of everybody, as a view may read them; people who objected are still in it."""
        context = self._prepare(plan)
        self._hold(plan, view)
        wide = self._attributes(plan.as_at, "day" if view == CARE else "month")
        for phase in range(1, plan.last_phase + 1):
            wide.createOrReplaceTempView("w")
            found = [
                part for one in passes.table_passes(plan.in_phase(phase)).values() for part in self._table(one, context)
            ]
            if found:
                wide = wide.join(_side_by_side(found), "person_key", "left").localCheckpoint()
        wide.createOrReplaceTempView("wide")
        columns = ", ".join([*person_attributes.COLUMNS, *(one.name for one in plan.outputs)])
        return self.session.sql(f"SELECT {columns} FROM ({expressions_sql(plan, 'wide', context)}) done")

    # --- what the queries read ---------------------------------------------------------------------------------------

    def _prepare(self, plan: Plan) -> Context:
        codes = resolve(self._prepared, self.record.relation("concept"), plan.codelists, self.loader)
        sets = code_sets(plan, codes)
        rows = [(name, concept) for name, concepts in sets.items() for concept in concepts]
        self._view("code_set", rows, "set_id STRING, concept INT")
        listed = self._prepared.execute("SELECT concept FROM withheld_concept").fetchall()
        self._view("withheld_concept", listed, "concept INT")
        person_attributes.practice_parents(
            self._prepared, self.record.relation("organisation"), plan.as_at, "practice_parents"
        )
        names = ["practice_code", *person_attributes.ANCESTORS]
        parents = self._prepared.execute(f"SELECT {', '.join(names)} FROM practice_parents").fetchall()
        self._view("practice_parents", parents, ", ".join(f"{name} STRING" for name in names))
        found = self._prepared.execute(
            f"SELECT max(snapshot_date) FROM {self.record.relation('wait')} WHERE snapshot_date <= $1", [plan.as_at]
        ).fetchone()
        return Context(SPARK, plan.as_at, latest_snapshot=found[0] if found else None, inline_codes=sets)

    def _view(self, name: str, rows: list[Any], schema: str) -> None:
        self.session.createDataFrame(rows, schema).createOrReplaceTempView(name)

    def _source(self, table: str) -> str:
        """A view of the Parquet files of a table; an empty one where there are none."""
        files = [str(path) for path in self.record.files(table)]
        name = f"source_{table}"
        if files:
            self.session.read.option("mergeSchema", "true").parquet(*files).createOrReplaceTempView(name)
        else:
            types = {"string": "STRING", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT",
                     "float64": "DOUBLE", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}  # fmt: skip
            self._view(name, [], ", ".join(f"{one.name} {types[one.type]}" for one in TABLES[table]))
        return name

    def _hold(self, plan: Plan, view: str) -> None:
        """Views ``rows_<table>`` of the rows that the plan needs and the view may read."""
        purpose = "direct_care" if view == CARE else "planning"
        withheld = f"SELECT contact_key FROM {self._source('contact')} WHERE NOT ({row_filter('contact', 'planning')})"
        for table in FACT_TABLES:
            condition = row_filter(table, purpose)
            if view != CARE and table in ("diagnosis", "procedure"):
                condition = f"({condition}) AND contact_key NOT IN ({withheld})"
            sql = held_rows(table, self._source(table), plan, condition)
            if sql is not None:
                self.session.sql(sql).localCheckpoint().createOrReplaceTempView(f"rows_{table}")

    def _attributes(self, as_at: date, precision: person_attributes.BirthPrecision) -> DataFrame:
        registration = self._source("registration")
        sources = person_attributes.Sources(
            person=self._source("person"),
            registration=registration,
            parents="practice_parents",
            place=self._source("place"),
            has_registrations=bool(self.session.sql(f"SELECT 1 FROM {registration} LIMIT 1").count()),
        )
        return self.session.sql(person_attributes.attributes_sql(sources, as_at, precision, SPARK))

    # --- columns ------------------------------------------------------------------------------------------------------

    def _table(self, one: passes.TablePass, context: Context) -> list[DataFrame]:
        """One DataFrame for each query: person_key and stored columns."""
        made = self._long(one.long, context)
        if one.wide:
            made.append(self._unpacked(passes.wide_sql(one.table, one.wide, context, wide_name), one.wide))
        for selection, stored in one.alone.items():
            for query in passes.alone_sql(selection, stored, context, wide_name):
                columns = [column for column in stored if f" AS {column.name}" in query]
                made.append(self._unpacked(query, columns))
        return made

    def _long(self, long: passes.LongPass, context: Context) -> list[DataFrame]:
        if not long.units:
            return []
        rows = passes.map_rows(long, context, wide_name)
        self._view(
            "map_rows", rows, "grp INT, set_id STRING, first_text STRING, last_text STRING, predicate INT, variant INT"
        )
        self.session.sql(
            "SELECT concept, grp, CAST(first_text AS DATE) AS first_date, CAST(last_text AS DATE) AS last_date, "
            "predicate, variant FROM map_rows JOIN code_set USING (set_id)"
        ).createOrReplaceTempView(f"map_{long.table}")
        made = []
        if long.edges:
            picked = [
                f"{_edge_sql(column, f'max(CASE WHEN grp = {group} THEN {edge} END)', edge)} AS {column.name}"
                for (group, edge), stored in long.edges.items()
                for column in stored
            ]
            query = passes.long_sql(long, context, wide_name)
            made.append(
                self.session.sql(f"SELECT person_key, {', '.join(picked)} FROM ({query}) q GROUP BY person_key")
            )
        for slot, groups in long.extras.items():
            picked = [
                f"{_decoded(column, f'max(CASE WHEN grp = {group} THEN value END)')} AS {column.name}"
                for group, column in groups.items()
            ]
            query = passes.extra_sql(long, slot, groups, context, wide_name)
            made.append(
                self.session.sql(f"SELECT person_key, {', '.join(picked)} FROM ({query}) q GROUP BY person_key")
            )
        return made

    def _unpacked(self, query: str, columns: list[StoredColumn]) -> DataFrame:
        picked = ", ".join(f"{_decoded(one, one.name)} AS {one.name}" for one in columns)
        return self.session.sql(f"SELECT person_key, {picked} FROM ({query}) q")


def _side_by_side(parts: list[DataFrame]) -> DataFrame:
    """All columns of one phase by person: one shuffle instead of a join for each query."""
    from pyspark.sql import functions

    stacked = parts[0]
    for part in parts[1:]:
        stacked = stacked.unionByName(part, allowMissingColumns=True)
    columns = [name for name in stacked.columns if name != "person_key"]
    return stacked.groupBy("person_key").agg(*(functions.max(name).alias(name) for name in columns))


def _edge_sql(column: StoredColumn, packed: str, edge: str) -> str:
    """A stored column of a long pass from its packed integer, or its count of rows."""
    if edge == "rows":
        return f"CAST({packed} AS DOUBLE)"
    if column.slot.kind in ("last_date", "first_date"):
        return packing.unpack_date_sql(packed, SPARK)
    return _decoded(column, packed)


def _decoded(column: StoredColumn, value: str) -> str:
    """A stored column from what its query gave."""
    slot = column.slot
    if slot.kind in ("last_value", "first_value"):
        edge: packing.Edge = "last" if slot.kind == "last_value" else "first"
        if column.kind == "text":
            return unpacked_text(value, edge)
        number = packing.unpack_value_sql(value, edge, slot.same_day, SPARK)
        if column.kind == "date":
            return SPARK.from_day_number(f"({number})")
        return f"(({number}) > 0.5)" if column.kind == "condition" else f"({number})"
    return f"CAST({value} AS {SPARK_TYPES[column.kind]})"


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


__all__ = ["SparkBackend", "check_session", "local_session"]
