"""The first pass of a build: every loaded row gets its person and goes to its bucket's staging files.

One scan a table. Two kinds of row stop here and are counted by load: *orphans*, whose subject the register does not
know, and *replaced* rows, whose key came again in a later load (the later one wins, even for another person).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from commonweal.pipeline.build_plan import BuildPlan
from commonweal.record.schema import Table

CONTACT_LINES = ("diagnosis", "procedure")
BUCKETS_AT_ONCE = 16
KEYS_AT_ONCE = 20_000_000
"""Rows whose keys are compared in one go when a table came in several loads."""


@dataclass
class Tally:
    """Rows of one table of one load: ``canonical = built + replaced + orphaned + erased`` when the build is done."""

    canonical: int = 0
    replaced: int = 0
    orphaned: int = 0
    built: int = 0
    erased: int = 0

    @property
    def adds_up(self) -> bool:
        return self.canonical == self.built + self.replaced + self.orphaned + self.erased


Tallies = dict[tuple[str, int], Tally]
"""By table and load id."""


def prepare_people(connection: duckdb.DuckDBPyConnection, plan: BuildPlan) -> None:
    """Table ``who`` (subject_key, person_key) of the register."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE who AS FROM read_parquet('{plan.register / 'subjects.parquet'}')")


def find_superseded(connection: duckdb.DuckDBPyConnection, plan: BuildPlan) -> None:
    """Table ``superseded`` (load_id, record_number): source records of which a later version came, in another file.

    Versions are found within a layout, by what identifies its records (`record.writing.write_record_keys`). The latest is the
    one that its sender made last, where the layout says when that was; else the one that arrived last.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE superseded (load_id INTEGER, record_number BIGINT)")
    order = plan.order_sql()
    for files in plan.record_keys.values():
        if len(files) < 2:
            continue
        source = _source(files)
        rows = sum(pq.read_metadata(path).num_rows for path in files.values())
        slices = max(1, -(-rows // KEYS_AT_ONCE))
        for place in range(slices):
            version = f"{{'revised': coalesce(revised, ''), 'arrived': {order}}}"
            sliced = f"(SELECT *, {version} AS version FROM {source} WHERE record_key % {slices} = {place})"
            connection.execute(f"""
                INSERT INTO superseded SELECT load_id, record_number FROM {sliced} AS one JOIN (
                    SELECT record_key, max(version) AS newest FROM {sliced}
                    GROUP BY record_key HAVING min(load_id) < max(load_id)) AS last USING (record_key)
                WHERE one.version < last.newest
            """)


def stage_table(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, folder: Path) -> Tallies:
    """Write ``<folder>/<table>/bucket=<n>/*.parquet`` with the canonical columns, and count what was left out.

    Call `find_superseded` first; stage `contact` before `diagnosis` and `procedure`, whose rows stand with its versions.
    """
    files = plan.files.get(table.name, {})
    tallies = {(table.name, load_id): Tally(pq.read_metadata(path).num_rows) for load_id, path in files.items()}
    empty = not any(tally.canonical for tally in tallies.values())
    for place, tally in tallies.items():
        tally.erased = plan.erased.get(place, 0)
        tally.canonical += tally.erased
    if empty:
        return tallies
    alive = _without_superseded(connection, table, _source(files), tallies)
    alive = _without_replaced(connection, plan, table, alive, tallies)
    if table.per_person:
        for load_id, count in connection.execute(
            f"SELECT load_id, count(*) FROM {alive} AS loaded ANTI JOIN who USING (subject_key) GROUP BY load_id"
        ).fetchall():
            tallies[table.name, load_id].orphaned = count
    columns = ", ".join(f"CAST({column.name} AS {column.duckdb_type}) AS {column.name}" for column in table)
    person = "JOIN who USING (subject_key)" if table.per_person else ""
    bucket = f"person_key // {plan.width}" if table.per_person else "0"
    _deal_out(
        connection, plan, f"SELECT {columns}, {bucket} AS bucket FROM {alive} AS loaded {person}", folder / table.name
    )
    return tallies


def _deal_out(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, rows: str, folder: Path) -> None:
    """Write ``<folder>/bucket=<n>/*.parquet`` of a query with the column ``bucket``.

    Where there are many buckets rows are dealt out twice, to groups of buckets and from each group to its buckets: every
    open file holds rows that wait to be written, and to write 64 at once takes longer than to write 16 twice.
    """
    if len(plan.buckets) <= BUCKETS_AT_ONCE:
        _write_parts(connection, rows, folder, "bucket")
        return
    groups = folder.with_name(f"{folder.name}.groups")
    _write_parts(
        connection, f"SELECT *, bucket // {BUCKETS_AT_ONCE} AS bucket_group FROM ({rows})", groups, "bucket_group"
    )
    for group in sorted(groups.iterdir()):
        _write_parts(connection, f"FROM read_parquet('{group}/*.parquet', hive_partitioning = false)", folder, "bucket")
        shutil.rmtree(group)
    groups.rmdir()


def _write_parts(connection: duckdb.DuckDBPyConnection, rows: str, folder: Path, column: str) -> None:
    connection.execute(
        f"COPY ({rows}) TO '{folder}' (FORMAT parquet, COMPRESSION lz4, PARTITION_BY ({column}), OVERWRITE_OR_IGNORE)"
    )


def _without_superseded(connection: duckdb.DuckDBPyConnection, table: Table, source: str, tallies: Tallies) -> str:
    """`source` without the rows of records that came again; counts them as replaced."""
    if "record_number" not in table or not _rows(connection, "SELECT 1 FROM superseded LIMIT 1"):
        return source
    counted = _rows(
        connection,
        f"SELECT load_id, count(*) FROM {source} AS loaded SEMI JOIN superseded USING (load_id, record_number) GROUP BY load_id",
    )
    for load_id, rows in counted:
        tallies[table.name, load_id].replaced += rows
    kept = f"(SELECT loaded.* FROM {source} AS loaded ANTI JOIN superseded USING (load_id, record_number))"
    return kept if counted else source


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


def staged(folder: Path, table: str, bucket: int) -> str | None:
    """The staged rows of one bucket as a relation, or None where there are none."""
    files = sorted((folder / table / f"bucket={bucket}").glob("*.parquet"))
    return (
        f"read_parquet([{', '.join(repr(str(path)) for path in files)}], hive_partitioning = false)" if files else None
    )


def stage_identities(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, subjects: str, folder: Path) -> None:
    """The demographics of every subject by bucket, without names, addresses and numbers."""
    rows = f"""
        SELECT person_key, subject.* EXCLUDE (subject_key, local_identifier, nhs_number_status, superseded_by,
            family_name, given_name, address, postcode, telephone, nhs_number),
            {_national(plan)} AS national_opt_out, person_key // {plan.width} AS bucket
        FROM {subjects} AS subject JOIN who USING (subject_key)"""
    _deal_out(connection, plan, rows, folder / "subject")


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


def _without_replaced(
    connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, source: str, tallies: Tallies
) -> str:
    """`source` without rows that a later load replaced for whichever person; counts them.

    Only keys that do not name the person (or the record) can be replaced across people; the others are compared within
    their bucket, in the second pass.
    """
    rows = sum(tally.canonical for tally in tallies.values())
    if table.name in CONTACT_LINES:
        again = _exists(connection, "winner_contact") and _rows(connection, "SELECT 1 FROM winner_contact LIMIT 1")
        deliveries = {(load.layout, load.delivery) for load in plan.loads if load.load_id in plan.files[table.name]}
        parts = len(deliveries) > len({layout for layout, _ in deliveries})
        if not (again or parts):
            return source
        judged = _lines_judged(connection, plan, source, rows if parts else 0)
    elif "person_key" in table.key or "load_id" in table.key or len(tallies) < 2 or not table.per_person:
        return source
    else:
        winner, key = f"winner_{table.name}", ", ".join(table.key)
        _find_winners(connection, plan, table, winner, rows)
        stays = "loaded.load_id = winner.load_id AND loaded.record_number = winner.record_number"
        judged = (
            f"SELECT loaded.*, winner.{table.key[0]} IS NULL OR coalesce({stays}, false) AS stays "
            f"FROM {source} AS loaded LEFT JOIN {winner} AS winner USING ({key})"
        )
    for load_id, count in _rows(
        connection, f"SELECT load_id, count(*) FROM ({judged}) WHERE NOT stays GROUP BY load_id"
    ):
        tallies[table.name, load_id].replaced += count
    return f"(SELECT * EXCLUDE (stays) FROM ({judged}) WHERE stays)"


def _lines_judged(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, source: str, rows: int) -> str:
    """SQL: the lines of contacts, and whether each `stays`. `rows` is 0 where no layout came in two deliveries.

    Lines come in their contact's own file, or in another file of a delivery. Where the delivery of the version of the
    contact that stands brought a file of their layout, those that came with it stand. Where it said nothing of them, those
    of the last delivery that did stand. Never those of two deliveries together.
    """
    delivery = {load.load_id: plan.arrived.get(load.load_id, (0, load.delivery))[1] for load in plan.loads}
    layouts = {name: place for place, name in enumerate(dict.fromkeys(load.layout for load in plan.loads))}
    connection.execute("CREATE OR REPLACE TEMP TABLE line_load (load_id INTEGER, layout INTEGER, delivery INTEGER)")
    listed = ", ".join(f"({load.load_id}, {layouts[load.layout]}, {delivery[load.load_id]})" for load in plan.loads)
    connection.execute(f"INSERT INTO line_load VALUES {listed}")
    slices = -(-rows // KEYS_AT_ONCE)
    connection.execute("CREATE OR REPLACE TEMP TABLE line_last (contact_key BIGINT, layout INTEGER, delivery INTEGER)")
    for place in range(slices):
        connection.execute(
            f"INSERT INTO line_last SELECT contact_key, layout, max(delivery) FROM {source} AS l JOIN line_load USING (load_id) "
            f"WHERE hash(contact_key) % {slices} = {place} GROUP BY ALL HAVING min(delivery) < max(delivery)"
        )
    if not _exists(connection, "winner_contact"):
        connection.execute(
            "CREATE TEMP TABLE winner_contact (contact_key BIGINT, load_id INTEGER, record_number BIGINT)"
        )
    return f"""
        SELECT loaded.*, CASE
            WHEN winner.contact_key IS NOT NULL AND winner.load_id IS NULL THEN false
            WHEN with_it.layout = own.layout THEN loaded.load_id = winner.load_id
            WHEN EXISTS (SELECT 1 FROM line_load AS b WHERE b.layout = own.layout AND b.delivery = with_it.delivery)
                THEN own.delivery = with_it.delivery
            ELSE last.delivery IS NULL OR own.delivery = last.delivery END AS stays
        FROM {source} AS loaded JOIN line_load AS own ON own.load_id = loaded.load_id
        LEFT JOIN winner_contact AS winner ON winner.contact_key = loaded.contact_key
        LEFT JOIN line_load AS with_it ON with_it.load_id = winner.load_id
        LEFT JOIN line_last AS last ON last.contact_key = loaded.contact_key AND last.layout = own.layout
    """


def _find_winners(connection: duckdb.DuckDBPyConnection, plan: BuildPlan, table: Table, winner: str, rows: int) -> None:
    """Table `winner`: for each key that came more than once, the load and record that stand; none where the record was
    deleted since. In slices by hash of the key, so that memory does not grow with the table."""
    key, order = ", ".join(table.key), plan.order_sql()
    source = f"""(SELECT l.*, s.load_id IS NULL AS lives FROM {_source(plan.files[table.name])} AS l
                  LEFT JOIN superseded AS s ON s.load_id = l.load_id AND s.record_number = l.record_number)"""
    slices = max(1, -(-rows // KEYS_AT_ONCE))
    for place in range(slices):
        query = f"""
            SELECT {key}, arg_max(load_id, {order}) FILTER (lives) AS load_id,
                   arg_max(record_number, ({order}, record_number)) FILTER (lives) AS record_number
            FROM {source} AS loaded WHERE hash({key}) % {slices} = {place} GROUP BY {key} HAVING count(*) > 1
        """
        begin = f"CREATE OR REPLACE TEMP TABLE {winner} AS" if place == 0 else f"INSERT INTO {winner}"
        connection.execute(f"{begin} {query}")


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = $1", [table]).fetchone()
    return bool(row and row[0])
