"""Reference tables of a build: organisations, places and concepts, and which feed to believe first."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa

from commonweal.pipeline.build_plan import BuildPlan
from commonweal.pipeline.build_stage import Tallies
from commonweal.pipeline.build_tables import write_whole
from commonweal.pipeline.organisations import Organisation, settled
from commonweal.record.schema import TABLES

LEAST_TRUSTED = 9
_ARROW = {"string": pa.string(), "date": pa.date32()}
ORGANISATION_SCHEMA = pa.schema([(one.name, _ARROW[one.type]) for one in TABLES["organisation"]])


def source_order_sql(feed: str) -> str:
    """SQL that ranks a feed by its name, from `data/feed_trust.csv`; the first line that fits decides, lower is better."""
    text = resources.files("commonweal.pipeline").joinpath("data/feed_trust.csv").read_text(encoding="utf-8")
    cases = " ".join(
        f"WHEN contains(lower({feed}), '{row['feed_contains']}') THEN {row['rank']}"
        for row in csv.DictReader(text.splitlines())
    )
    return f"CASE {cases} ELSE {LEAST_TRUSTED} END"


def write_reference(
    connection: duckdb.DuckDBPyConnection,
    plan: BuildPlan,
    concepts: str,
    staging: Path,
    record: Path,
    tallies: Tallies,
) -> dict[str, int]:
    """Write `organisation`, `place` and `concept`; returns rows by table.

    What a load brought comes first; the packaged rows fill in the codes that no load has.
    """
    counts = {}
    for name, code in (("organisation", "code"), ("place", "lsoa21")):
        loaded = write_whole(connection, plan, TABLES[name], staging, record, tallies) if name in plan.files else 0
        packaged = resources.files("commonweal.pipeline").joinpath(f"data/{name}.csv.gz")
        path = record / name / "all.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with resources.as_file(packaged) as file:
            own = f"SELECT {_typed(connection, name, file)} FROM read_csv('{file}', all_varchar = true, nullstr = '')"
            if loaded:
                held = f"read_parquet('{path}')"
                own = f"SELECT * FROM {held} UNION ALL SELECT * FROM ({own}) ANTI JOIN {held} AS held USING ({code})"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE reference_rows AS {own}")
        if name == "organisation":
            _settle(connection, plan)
        counts[name] = _copy(connection, f"SELECT * FROM reference_rows ORDER BY {', '.join(TABLES[name].key)}", path)
    path = record / "concept" / "all.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(TABLES["concept"].column_names)
    counts["concept"] = _copy(connection, f"SELECT {columns} FROM {concepts} ORDER BY concept", path)
    connection.execute("DROP TABLE reference_rows")
    return counts


def _typed(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> str:
    """The table's columns from a packaged file of text; what the file lacks is missing."""
    held = {row[0] for row in connection.execute(f"DESCRIBE FROM read_csv('{file}', all_varchar = true)").fetchall()}
    return ", ".join(
        f"CAST({one.name if one.name in held else 'NULL'} AS {one.duckdb_type}) AS {one.name}" for one in TABLES[table]
    )


def _settle(connection: duckdb.DuckDBPyConnection, plan: BuildPlan) -> None:
    """Apply what the site knows of organisations to ``reference_rows``."""
    names = TABLES["organisation"].column_names
    found = connection.execute(f"SELECT {', '.join(names)} FROM reference_rows").fetchall()
    rows = settled((Organisation(*row) for row in found), plan.site)
    table = pa.table({name: [getattr(row, name) for row in rows] for name in names}, schema=ORGANISATION_SCHEMA)
    connection.register("settled_rows", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE reference_rows AS SELECT * FROM settled_rows")
    connection.unregister("settled_rows")


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    row = connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(row[0]) if row else 0
