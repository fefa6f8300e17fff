"""The second pass of a build: one bucket at a time, staged rows become the record's sorted files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.finance.costing import with_cost
from commonweal.finance.pod import with_pod
from commonweal.governance.optouts import type1_sql
from commonweal.pipeline.build_plan import Bucket, BuildPlan
from commonweal.pipeline.build_stage import Tallies, staged
from commonweal.record.schema import FACTS, TABLES, Table

ROW_GROUP = 32_768
"""Rows of one piece of a record's file. A page about one person reads a piece or two of each table: in smaller ones it
reads less, and much smaller ones make the files larger for little (a quarter of this adds a twelfth)."""


@dataclass(frozen=True)
class Type1Codes:
    """Concepts of the site's Type 1 dissent and withdrawal codes."""

    dissent: tuple[int, ...]
    withdrawal: tuple[int, ...]


def write_bucket(
    connection: duckdb.DuckDBPyConnection,
    plan: BuildPlan,
    bucket: Bucket,
    staging: Path,
    record: Path,
    tallies: Tallies,
    type1: Type1Codes,
    source_order: str,
) -> dict[str, int]:
    """Write every table of one bucket into `record`; returns rows by table. Adds to `tallies` what was replaced and built.

    `source_order` is the SQL expression that ranks a feed for demographics (lower is better).
    """
    place = int(bucket.name)
    counts: dict[str, int] = {}
    for name in FACTS:
        relation = staged(staging, name, place)
        connection.execute(f"DROP TABLE IF EXISTS bucket_{name}")
        if relation is None:
            continue
        _keep_latest(connection, plan, TABLES[name], relation, tallies)
    _mark_confidential(connection)
    for name in FACTS:
        if _has(connection, name):
            source = f"SELECT * FROM bucket_{name}"
            if name == "contact":
                source = with_cost(with_pod(source, plan.pod_rule_set))
            path = record / name / f"{bucket.name}.parquet"
            counts[name] = _write(connection, TABLES[name], source, path)
            _count_built(connection, name, path, tallies)
    counts["person"] = _write(
        connection,
        TABLES["person"],
        person_sql(connection, plan, bucket, staged(staging, "subject", place), type1, source_order),
        record / "person" / f"{bucket.name}.parquet",
    )
    for name in FACTS:
        connection.execute(f"DROP TABLE IF EXISTS bucket_{name}")
    return counts


def write_whole(
    connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, staging: Path, record: Path, tallies: Tallies
) -> int:
    """Write a table that has no person (contract lines, organisations) as one file."""
    relation = staged(staging, table.name, 0)
    if relation is None:
        return 0
    _keep_latest(connection, plan, table, relation, tallies)
    path = record / table.name / "all.parquet"
    rows = _write(connection, table, f"SELECT * FROM bucket_{table.name}", path)
    _count_built(connection, table.name, path, tallies)
    connection.execute(f"DROP TABLE bucket_{table.name}")
    return rows


def _keep_latest(
    connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, relation: str, tallies: Tallies
) -> None:
    """Table ``bucket_<name>``: one row a key, from the latest load."""
    key = ", ".join(table.key)
    row = connection.execute(f"SELECT count(*) - count(DISTINCT hash({key})) FROM {relation}").fetchone()
    create = f"CREATE OR REPLACE TEMP TABLE bucket_{table.name} AS"
    if not row or not row[0]:
        connection.execute(f"{create} FROM {relation}")
        return
    connection.execute(f"""
        {create} SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY {plan.order_sql()} DESC, record_number DESC) AS place
        FROM {relation}
    """)
    for load_id, rows in connection.execute(
        f"SELECT load_id, count(*) FROM bucket_{table.name} WHERE place > 1 GROUP BY load_id"
    ).fetchall():
        tallies[table.name, load_id].replaced += rows
    connection.execute(f"DELETE FROM bucket_{table.name} WHERE place > 1")
    connection.execute(f"ALTER TABLE bucket_{table.name} DROP place")


def _mark_confidential(connection: duckdb.DuckDBPyConnection) -> None:
    """A contact with any line in an always-withheld category is confidential, and so are all its diagnoses."""
    if not _has(connection, "contact") and not _has(connection, "diagnosis"):
        return
    parts = []
    if _has(connection, "contact"):
        parts.append("SELECT contact_key FROM bucket_contact SEMI JOIN withheld_concept ON concept = primary_concept")
    parts += [
        f"SELECT contact_key FROM bucket_{name} SEMI JOIN withheld_concept USING (concept)"
        for name in ("diagnosis", "procedure")
        if _has(connection, name)
    ]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE withheld_contact AS {' UNION '.join(parts)}")
    for name in ("contact", "diagnosis"):
        if _has(connection, name):
            connection.execute(
                f"UPDATE bucket_{name} SET confidential = coalesce(confidential, false) "
                "OR contact_key IN (SELECT contact_key FROM withheld_contact)"
            )


def person_sql(
    connection: duckdb.DuckDBPyConnection,
    plan: BuildPlan,
    bucket: Bucket,
    subjects: str | None,
    type1: Type1Codes,
    source_order: str,
) -> str:
    """SQL of the `person` rows of one bucket: the best of what the sources say about each person.

    Best is the first source in order of trust, and within it the newest. The practice is where the person is registered
    on the as-at date; where no feed sends registrations, what the best source says.
    """
    persons = f"read_parquet('{plan.register / 'persons.parquet'}')"
    sent = subjects or _no_subjects()
    trust = f"({source_order}, -load_id, -coalesce(epoch(valid_from), -4e9), -record_number)"

    def best(column: str) -> str:
        return f"arg_min({column}, {trust}) FILTER ({column} IS NOT NULL)"

    opted = type1_sql(
        "bucket_event" if _has(connection, "event") else "(SELECT 1 WHERE false)",
        type1.dissent if _has(connection, "event") else (),
        type1.withdrawal if _has(connection, "event") else (),
        "bucket_preference" if _has(connection, "preference") else None,
    )
    national = (
        "SELECT DISTINCT person_key FROM bucket_preference WHERE kind = 'national_opt_out' AND value = 'dissent' "
        f"AND date <= DATE '{plan.as_at}' AND (end_date IS NULL OR end_date > DATE '{plan.as_at}')"
        if _has(connection, "preference")
        else "SELECT NULL::INTEGER AS person_key WHERE false"
    )
    registered = (
        f"""SELECT person_key, arg_max(practice_code, (start_date, load_id, record_number)) FILTER (
                    start_date <= DATE '{plan.as_at}' AND (end_date IS NULL OR end_date >= DATE '{plan.as_at}'))
                AS practice_code FROM bucket_registration GROUP BY person_key"""
        if _has(connection, "registration")
        else "SELECT NULL::INTEGER AS person_key, NULL::VARCHAR AS practice_code WHERE false"
    )
    first = connection.execute("SELECT min(load_id) FROM who_load").fetchone()
    return f"""
        WITH best AS (
            SELECT person_key, {best("birth_date")} AS birth_date, {best("death_date")} AS death_date,
                   {best("sex")} AS sex, {best("nullif(ethnic_category, 'Z')")} AS stated_ethnic_category,
                   {best("ethnic_category")} AS ethnic_category, {best("language")} AS language,
                   {best("lsoa21")} AS lsoa21, {best("practice_code")} AS practice_code,
                   bool_or(national_opt_out) AS national_opt_out,
                   arg_min(load_id, {trust}) AS load_id, arg_min(record_number, {trust}) AS record_number
            FROM {sent} GROUP BY person_key
        ), registered AS ({registered}), opted AS ({opted}), national AS ({national})
        SELECT CAST(person.person_key AS INTEGER) AS person_key, person.person_id, best.birth_date,
               CAST(date_trunc('month', best.birth_date) AS DATE) AS birth_month, best.death_date, best.sex,
               coalesce(best.stated_ethnic_category, best.ethnic_category) AS ethnic_category, best.language,
               best.lsoa21,
               CASE WHEN best.death_date <= DATE '{plan.as_at}' THEN NULL
                    WHEN registered.person_key IS NOT NULL THEN registered.practice_code
                    ELSE best.practice_code END AS practice_code,
               coalesce(opted.type1_opt_out, false) AS type1_opt_out,
               coalesce(best.national_opt_out, false) OR national.person_key IS NOT NULL AS national_opt_out,
               CAST(coalesce(best.load_id, {first[0] if first else 0}) AS INTEGER) AS load_id,
               CAST(coalesce(best.record_number, 0) AS BIGINT) AS record_number
        FROM {persons} AS person
        JOIN best ON best.person_key = person.person_key
        LEFT JOIN registered ON registered.person_key = person.person_key
        LEFT JOIN opted ON opted.person_key = person.person_key
        LEFT JOIN national ON national.person_key = person.person_key
        WHERE person.merged_into IS NULL AND person.person_key BETWEEN {bucket.low} AND {bucket.high}
    """


def _no_subjects() -> str:
    columns = "person_key:INTEGER feed:VARCHAR birth_date:DATE death_date:DATE sex:VARCHAR ethnic_category:VARCHAR"
    columns += " language:VARCHAR lsoa21:VARCHAR practice_code:VARCHAR valid_from:DATE load_id:INTEGER"
    columns += " record_number:BIGINT national_opt_out:BOOLEAN"
    named = ", ".join("NULL::{1} AS {0}".format(*pair.split(":")) for pair in columns.split())
    return f"(SELECT {named} WHERE false)"


def _write(connection: duckdb.DuckDBPyConnection, table: Table, source: str, path: Path) -> int:
    """Write canonical columns in the table's order; ties fall by lineage, so that the same inputs give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f"CAST({column.name} AS {column.duckdb_type}) AS {column.name}" for column in table)
    lineage = [name for name in ("load_id", "record_number") if name in table]
    order = ", ".join(dict.fromkeys((*table.sort, *lineage, *table.key)))
    row = connection.execute(
        f"COPY (SELECT {columns} FROM ({source}) ORDER BY {order}) TO '{path}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    ).fetchone()
    return int(row[0]) if row else 0


def _count_built(connection: duckdb.DuckDBPyConnection, table: str, path: Path, tallies: Tallies) -> None:
    for load_id, rows in connection.execute(
        f"SELECT load_id, count(*) FROM read_parquet('{path}') GROUP BY load_id"
    ).fetchall():
        tallies[table, load_id].built += rows


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = $1", [f"bucket_{table}"]
    ).fetchone()
    return bool(row and row[0])


def type1_codes(connection: duckdb.DuckDBPyConnection, concepts: str, lists: dict[str, Sequence[str]]) -> Type1Codes:
    """The concepts of the site's codes; a code that no load has sent yet has none."""

    def concepts_of(name: str) -> tuple[int, ...]:
        codes = [code.replace(".", "") for code in lists.get(name, ())]
        rows = connection.execute(
            f"SELECT concept FROM {concepts} WHERE list_contains($1::VARCHAR[], code) ORDER BY concept", [codes]
        )
        return tuple(row[0] for row in rows.fetchall())

    return Type1Codes(concepts_of("type1_dissent"), concepts_of("type1_withdrawal"))
