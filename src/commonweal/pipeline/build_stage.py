"""The first pass of a build: every loaded row gets its person and goes to its bucket's staging files.

One scan a table. Two kinds of row stop here and are counted by load: *orphans*, whose subject the register does not
know, and *replaced* rows, whose key came again in a later load (the later one wins, even for another person).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from commonweal.pipeline.build_plan import BuildPlan
from commonweal.record.schema import Table

CONTACT_LINES = ("diagnosis", "procedure")
KEYS_AT_ONCE = 20_000_000
"""Rows whose keys are compared in one go when a table came in several loads."""


@dataclass
class Tally:
    """Rows of one table of one load: ``canonical = built + replaced + orphaned`` when the build is done."""

    canonical: int = 0
    replaced: int = 0
    orphaned: int = 0
    built: int = 0

    @property
    def adds_up(self) -> bool:
        return self.canonical == self.built + self.replaced + self.orphaned


Tallies = dict[tuple[str, int], Tally]
"""By table and load id."""


def prepare_people(connection: duckdb.DuckDBPyConnection, plan: BuildPlan) -> None:
    """Table ``who`` (subject_key, person_key) of the register."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE who AS FROM read_parquet('{plan.register / 'subjects.parquet'}')")


def stage_table(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, folder: Path) -> Tallies:
    """Write ``<folder>/<table>/bucket=<n>/*.parquet`` with the canonical columns, and count what was left out.

    Stage `contact` before `diagnosis` and `procedure`: their rows stand with the load that gave the contact.
    """
    files = plan.files.get(table.name, {})
    tallies = {(table.name, load_id): Tally(pq.read_metadata(path).num_rows) for load_id, path in files.items()}
    if not any(tally.canonical for tally in tallies.values()):
        return tallies
    source = _source(files)
    alive = _without_replaced(connection, table, source, tallies)
    if table.per_person:
        for load_id, count in connection.execute(
            f"SELECT load_id, count(*) FROM {alive} AS loaded ANTI JOIN who USING (subject_key) GROUP BY load_id"
        ).fetchall():
            tallies[table.name, load_id].orphaned = count
    columns = ", ".join(f"CAST({column.name} AS {column.duckdb_type}) AS {column.name}" for column in table)
    person = "JOIN who USING (subject_key)" if table.per_person else ""
    bucket = f"person_key // {plan.width}" if table.per_person else "0"
    connection.execute(
        f"COPY (SELECT {columns}, {bucket} AS bucket FROM {alive} AS loaded {person}) "
        f"TO '{folder / table.name}' (FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket))"
    )
    return tallies


def staged(folder: Path, table: str, bucket: int) -> str | None:
    """The staged rows of one bucket as a relation, or None where there are none."""
    files = sorted((folder / table / f"bucket={bucket}").glob("*.parquet"))
    return (
        f"read_parquet([{', '.join(repr(str(path)) for path in files)}], hive_partitioning = false)" if files else None
    )


def stage_identities(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, subjects: str, folder: Path) -> None:
    """The demographics of every subject by bucket, without names, addresses and numbers."""
    connection.execute(f"""
        COPY (SELECT person_key, subject.* EXCLUDE (subject_key, local_identifier, nhs_number_status, superseded_by,
                  family_name, given_name, address, postcode, telephone, nhs_number),
                  {_national(plan)} AS national_opt_out, person_key // {plan.width} AS bucket
              FROM {subjects} AS subject JOIN who USING (subject_key))
        TO '{folder / "subject"}' (FORMAT parquet, COMPRESSION lz4, PARTITION_BY (bucket))
    """)


def _national(plan: BuildPlan) -> str:
    if plan.national_list is None:
        return "NULL::BOOLEAN"
    return (
        "coalesce(regexp_replace(nhs_number, '[^0-9]', '', 'g') IN "
        f"(SELECT nhs_number FROM read_parquet('{plan.national_list}')), false)"
    )


def _source(files: dict[int, Path]) -> str:
    listed = ", ".join(repr(str(path)) for path in files.values())
    return f"read_parquet([{listed}], union_by_name = true)"


def _without_replaced(connection: duckdb.DuckDBPyConnection, table: Table, source: str, tallies: Tallies) -> str:
    """`source` without rows that a later load replaced for whichever person; counts them.

    Only keys that do not name the person (or the record) can be replaced across people; the others are compared within
    their bucket, in the second pass.
    """
    if table.name in CONTACT_LINES:
        winner, key, stays = "winner_contact", "contact_key", "loaded.load_id = winner.load_id"
        if not _exists(connection, winner):
            return source
    elif "person_key" in table.key or "load_id" in table.key or len(tallies) < 2 or not table.per_person:
        return source
    else:
        winner, key = f"winner_{table.name}", ", ".join(table.key)
        stays = "loaded.load_id = winner.load_id AND loaded.record_number = winner.record_number"
        _find_winners(connection, winner, key, source, sum(tally.canonical for tally in tallies.values()))
    judged = f"SELECT loaded.*, winner.load_id IS NULL OR ({stays}) AS stays FROM {source} AS loaded LEFT JOIN {winner} AS winner USING ({key})"
    for load_id, rows in connection.execute(
        f"SELECT load_id, count(*) FROM ({judged}) WHERE NOT stays GROUP BY load_id"
    ).fetchall():
        tallies[table.name, load_id].replaced = rows
    return f"(SELECT * EXCLUDE (stays) FROM ({judged}) WHERE stays)"


def _find_winners(connection: duckdb.DuckDBPyConnection, winner: str, key: str, source: str, rows: int) -> None:
    """Table `winner`: for each key that came more than once, the load and record that stand. In slices by hash of the
    key, so that memory does not grow with the table."""
    slices = max(1, -(-rows // KEYS_AT_ONCE))
    for place in range(slices):
        query = f"""
            SELECT {key}, max(load_id) AS load_id, arg_max(record_number, (load_id, record_number)) AS record_number
            FROM {source} WHERE hash({key}) % {slices} = {place} GROUP BY {key} HAVING count(*) > 1
        """
        begin = f"CREATE OR REPLACE TEMP TABLE {winner} AS" if place == 0 else f"INSERT INTO {winner}"
        connection.execute(f"{begin} {query}")


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = $1", [table]).fetchone()
    return bool(row and row[0])
