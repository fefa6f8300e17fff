"""From ``mapped`` to canonical Parquet, subject rows and quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from commonweal.record import concepts, units
from commonweal.record.compiler import NO_TABLE, CompiledTarget, parse_levels
from commonweal.record.expressions import Check, hashed, quote
from commonweal.record.reading import Reading, scalar
from commonweal.record.schema import TABLES, Table
from commonweal.store import Store

QUARANTINE_COLUMNS = ("record_number", "rule", "column", "value", "message", "action")
OK = "m.disposition = 0"
SET_ASIDE = -32002
"""The disposition of a row that a rule over many rows took out: ``set_aside`` says which and why."""


def set_aside(connection: duckdb.DuckDBPyConnection, reading: Reading, orphans: bool) -> None:
    """Rules over many rows: duplicate keys in one file, and people who are not known. Fills ``set_aside``.

    ``known_subject`` (subject_key) must be there when `orphans` is asked for.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE set_aside (place BIGINT, rule VARCHAR, message VARCHAR, col VARCHAR, value VARCHAR, action VARCHAR)"
    )
    units.check_rows(connection, reading)
    if reading.plan.key:
        _duplicates(connection, reading)
    if orphans:
        for alias in reading.plan.subject_keys:
            _orphans(connection, reading, alias)


def _orphans(connection: duckdb.DuckDBPyConnection, reading: Reading, alias: str) -> None:
    """Set aside the rows of people whom no file introduced."""
    stranger = f"NOT EXISTS (SELECT 1 FROM known_subject k WHERE k.subject_key = m.{alias})"
    if alias in reading.plan.deferred:  # one look for each person, not for each row
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE stranger AS SELECT name FROM key_{alias}
            WHERE key NOT IN (SELECT subject_key FROM known_subject WHERE subject_key IS NOT NULL)
        """)
        if not scalar(connection, "SELECT count(*) FROM stranger"):
            return
        stranger = f"m.{alias} IN (SELECT name FROM stranger)"
    connection.execute(f"""
        INSERT INTO set_aside
        SELECT m.rowid, 'orphan', 'the person is in no file of this feed', '', NULL, 'refuse' FROM mapped m
        WHERE {OK} AND {alias} IS NOT NULL AND m.rowid NOT IN (SELECT place FROM set_aside) AND {stranger}
    """)


def close_set_aside(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the rows in ``set_aside`` out of what is loaded."""
    if scalar(connection, "SELECT count(*) FROM set_aside"):
        connection.execute(f"UPDATE mapped SET disposition = {SET_ASIDE} WHERE rowid IN (SELECT place FROM set_aside)")


def set_aside_last(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse the last record of a file that ends without a line end: a value may have been cut short."""
    connection.execute(f"""
        INSERT INTO set_aside
        SELECT m.rowid, 'unfinished', 'the file ends without a line end: its last record may be cut short', '', NULL, 'refuse'
        FROM mapped m WHERE {OK} AND m.rowid = (SELECT max(rowid) FROM mapped)
    """)


def write_orphans(connection: duckdb.DuckDBPyConnection, reading: Reading, folder: Path) -> None:
    """Keep the keys that orphans waited for (``orphan_key.parquet``), so that they can come home when their owner arrives."""
    parts = [
        f"SELECT n.key FROM mapped m JOIN set_aside s ON m.rowid = s.place JOIN key_{alias} n ON n.name = m.{alias} "
        "WHERE s.rule = 'orphan'"
        if alias in reading.plan.deferred
        else f"SELECT {alias} AS key FROM mapped m JOIN set_aside s ON m.rowid = s.place WHERE s.rule = 'orphan'"
        for alias in reading.plan.subject_keys
    ]
    for name, lookup in reading.plan.bound.layout.lookups.items():
        if lookup.required:
            places = [
                str(n)
                for n, check in enumerate(reading.plan.checks, start=1)
                if check.rule == "orphan" and check.column == name
            ]
            parts.append(
                f"SELECT g.k_{name} FROM mapped m JOIN staged g ON m.place = g.rowid WHERE m.disposition IN ({', '.join(places)})"
            )
    if parts and scalar(connection, "SELECT count(*) FROM quarantine WHERE rule = 'orphan'"):
        path = quote(folder / "orphan_key.parquet")
        body = " UNION ".join(parts)
        connection.execute(
            f"COPY (SELECT CAST(key AS BIGINT) AS key FROM ({body}) WHERE key IS NOT NULL) TO {path} (FORMAT parquet)"
        )


KEYED_BY_RECORD = frozenset(("event", "medication", "registration", "preference"))
"""Tables whose rows a later version of the same source record replaces: their own keys do not find it."""


QUICK_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
"""What a build reads once: a fifth larger than zstd's own level 3, and an eighth less work to write."""


def write_record_keys(connection: duckdb.DuckDBPyConnection, reading: Reading, load_id: int, folder: Path) -> None:
    """Keep what each source record is known by across files (``record_key.parquet``), for the build to find the versions of it.

    Columns: load_id, record_number, record_key (64 bits of a hash), revised. A record that the layout leaves out on purpose
    (deleted at the source) is kept too: it takes an earlier version's place. One that broke a rule is not: the version
    before it stands.
    """
    layout = reading.plan.bound.layout
    tables = {target.table for target in layout.tables}
    deletes_or_dates = layout.exclude or layout.revised
    if not (KEYED_BY_RECORD & tables or (deletes_or_dates and any(TABLES[name].per_person for name in tables))):
        return
    known = reading.plan.identity
    names = [row[0] for row in connection.execute("SELECT column_name FROM (DESCRIBE mapped)").fetchall()]
    beside = ("record_number", "place", "disposition", "nothing", "bad", "received")
    content = ", ".join(f"coalesce(CAST(m.{name} AS VARCHAR), '')" for name in names if name not in beside)
    everything = hashed(f"concat_ws(chr(31), {content})")
    key = f"m.{known}" if reading.plan.key else f"coalesce(m.{known}, {everything})" if known else everything
    # A column that the file lacks is a constant, and no column of ``mapped``.
    revised = (
        f"CAST(try_cast(m.{reading.plan.revised} AS TIMESTAMP) AS VARCHAR)"
        if reading.plan.revised in names
        else "CAST(NULL AS VARCHAR)"
    )
    left_out = f"m.disposition < 0 AND m.disposition > {NO_TABLE}" if known else "FALSE"
    connection.execute(f"""
        COPY (SELECT {load_id}::INTEGER AS load_id, {reading.record_number}::BIGINT AS record_number,
                     {key} AS record_key, {revised} AS revised
              FROM mapped m WHERE {OK} OR ({left_out}))
        TO {quote(folder / "record_key.parquet")} ({QUICK_PARQUET})
    """)


def _duplicates(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    key = reading.plan.key
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {key} AS repeated_key FROM mapped WHERE disposition = 0 "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    if not scalar(connection, "SELECT count(*) FROM repeated"):
        return
    names = [row[0] for row in connection.execute("SELECT column_name FROM (DESCRIBE mapped)").fetchall()]
    content = ", ".join(f"m.{name}" for name in names if name not in ("record_number", "place"))
    connection.execute(f"""
        INSERT INTO set_aside
        SELECT place, CASE WHEN same THEN 'the same record again in one file' ELSE 'duplicate_key' END,
               'the same key as a later record of this file, which is kept', '', NULL, CASE WHEN same THEN 'exclude' ELSE 'refuse' END
        FROM (SELECT m.rowid AS place,
                     lead(m.rowid) OVER later IS NOT NULL AS earlier,
                     hash({content}) = last_value(hash({content})) OVER (later ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS same
              FROM mapped m JOIN repeated r ON m.{key} = r.repeated_key WHERE m.disposition = 0
              WINDOW later AS (PARTITION BY m.{key} ORDER BY m.rowid))
        WHERE earlier
    """)


def stage_items(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Unnest the items of each target that has them into ``items_<n>``, with the verdict of their own rules."""
    for place, target in enumerate(reading.plan.targets):
        if not target.items:
            continue
        level = (
            f"SELECT *, unnest({target.items}) AS item, generate_subscripts({target.items}, 1) AS position, "
            f"{reading.record_number} AS record FROM mapped m WHERE len({target.items}) > 0 AND {OK} AND {target.take}"
        )
        level = f"SELECT * FROM ({level}) WHERE nullif(trim(CAST(item AS VARCHAR)), '') IS NOT NULL"
        for group in parse_levels(target.item_parses):
            level = f"SELECT *, {', '.join(f'{sql} AS {alias}' for sql, alias in group)} FROM ({level})"
        whens = " ".join(f"WHEN {check.condition} THEN {n}" for n, check in enumerate(target.item_checks, start=1))
        verdict = f"CASE {whens} ELSE 0 END" if whens else "0"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE items_{place} AS SELECT *, {verdict} AS verdict FROM ({level})"
        )
        if units.measured(target):
            units.check_items(connection, place, target)


def intern_codes(connection: duckdb.DuckDBPyConnection, store: Store, reading: Reading) -> int:
    """Give every code in the loaded rows its place in the dictionary."""
    concepts.attach(connection, store)
    whole = not scalar(connection, "SELECT count(*) FROM set_aside")
    parts = []
    for place, target in enumerate(reading.plan.targets):
        if whole and units.measured(target) and not target.items:  # they were looked through already
            parts.append(f"SELECT system, code, min(term) AS term FROM seen_{place} GROUP BY ALL")
            continue
        for code in target.codes.values():
            parts.append(
                f"SELECT {code.system} AS system, {code.code} AS code, min({code.term}) AS term FROM {_origin(place, target)} GROUP BY ALL"
                if code.term != "NULL"
                else f"SELECT DISTINCT {code.system} AS system, {code.code} AS code, CAST(NULL AS VARCHAR) AS term FROM {_origin(place, target)}"
            )
    return concepts.intern(connection, store, " UNION ALL ".join(parts)) if parts else 0


def _origin(place: int, target: CompiledTarget) -> str:
    if target.items:
        return f"items_{place} m WHERE verdict = 0"
    return f"mapped m WHERE {OK}" + ("" if target.take == "TRUE" else f" AND {target.take}")


def selection(place: int, target: CompiledTarget, reading: Reading, load_id: int, converts: bool) -> str:
    """The rows of one target, with every column of its canonical table. `converts`: some values stand in another unit."""
    record_number = reading.record_number
    table = TABLES[target.table]
    columns, joins = [], []
    measured = converts and units.measured(target)
    if measured:
        joins.append(units.rule_join(target))
    for name in _load_columns(table):
        column_type = "BIGINT" if name == "subject_key" else table[name].duckdb_type
        if name == "load_id":
            columns.append(f"{load_id}::INTEGER AS load_id")
        elif name == "record_number":
            columns.append(f"{'m.record' if target.items else record_number}::BIGINT AS record_number")
        elif name in target.codes:
            code, alias = target.codes[name], f"d{len(joins)}"
            joins.append(
                f"LEFT JOIN concept_dictionary {alias} ON {alias}.system = {code.system} AND {alias}.code = {code.code}"
            )
            columns.append(f"{alias}.concept AS {name}")
        elif measured and name == "value":
            columns.append(f"{units.converted(f'CAST({target.columns[name]} AS DOUBLE)')} AS value")
        elif measured and name == "unit":
            given = target.columns.get("unit", "NULL")
            columns.append(
                f"CASE WHEN {target.columns['value']} IS NULL THEN {given} ELSE coalesce(ur.standard, {given}) END AS unit"
            )
        elif name == "subject_key" and target.columns.get(name) in reading.plan.deferred:
            alias = target.columns[name]
            joins.append(f"JOIN key_{alias} n{alias} ON n{alias}.name = m.{alias}")
            columns.append(f"n{alias}.key AS subject_key")
        elif name in target.columns:
            columns.append(f"CAST({target.columns[name]} AS {column_type}) AS {name}")
        else:
            columns.append(f"CAST(NULL AS {column_type}) AS {name}")
    source, _, where = _origin(place, target).partition(" WHERE ")
    return f"SELECT {', '.join(columns)} FROM {source} {' '.join(joins)} WHERE {where}"


def _load_columns(table: Table) -> list[str]:
    return ["subject_key" if name == "person_key" else name for name in table.column_names]


def write_tables(
    connection: duckdb.DuckDBPyConnection, reading: Reading, load_id: int, folder: Path
) -> tuple[dict[str, int], str]:
    """Write each canonical table of the load. Returns rows by table, and SQL for the subject rows (empty without any)."""
    by_table: dict[str, list[str]] = {}
    for place, target in enumerate(reading.plan.targets):
        converts = units.measured(target) and not units.as_they_came(connection, place, target)
        by_table.setdefault(target.table, []).append(selection(place, target, reading, load_id, converts))
    counts: dict[str, int] = {}
    subjects = ""
    for name, parts in by_table.items():
        sql = " UNION ALL ".join(parts)
        if name == "subject":
            same = ", ".join(column for column in TABLES["subject"].column_names if column != "record_number")
            subjects = f"SELECT {same}, min(record_number) AS record_number FROM ({sql}) GROUP BY ALL"
            continue
        path = folder / f"{name}.parquet"
        counts[name] = scalar(connection, f"COPY ({sql}) TO {quote(path)} ({QUICK_PARQUET})")
        if not counts[name]:
            path.unlink()
    return counts, subjects


def write_quarantine(
    connection: duckdb.DuckDBPyConnection, reading: Reading, load_id: int, file: str, folder: Path
) -> None:
    """Write ``quarantine.parquet`` and leave table ``quarantine`` behind: every refused row, blanked value and refused item.

    Columns: load_id, file, record_number, rule, column, value, message, action (``refused``, ``blanked``, ``item``). A value
    that could identify someone is left out: the file and record say where it is.
    """
    plan, number = reading.plan, reading.record_number
    parts = ["SELECT record_number, rule, '' AS \"column\", NULL AS value, message, 'refused' AS action FROM unparsed"]
    if plan.checks:
        parts.append(f"""
            SELECT {number}, r.rule, r.col, left(m.bad, 200), r.message, 'refused'
            FROM mapped m JOIN (VALUES {_rules(plan.checks)}) AS r(place, rule, col, message) ON m.disposition = r.place""")
    parts.append(f"""
        SELECT {number}, s.rule, s.col, left(s.value, 200), s.message, 'refused'
        FROM set_aside s JOIN mapped m ON m.rowid = s.place WHERE s.action = 'refuse'""")
    for place, check in enumerate(plan.blanks):
        parts.append(f"""
            SELECT {number}, {quote(check.rule)}, {quote(check.column)}, nullif(left(m.b{place}, 200), ''), {quote(check.message)}, 'blanked'
            FROM mapped m WHERE {OK} AND m.b{place} IS NOT NULL""")
    for place, target in enumerate(plan.targets):
        if target.item_checks:
            masked = target.item_personal
            value = "NULL" if masked else "left(CAST(item AS VARCHAR), 200)"
            parts.append(f"""
                SELECT record, r.rule, r.col, {value}, r.message, 'item'
                FROM items_{place} JOIN (VALUES {_rules(target.item_checks)}) AS r(place, rule, col, message) ON verdict = r.place""")
        if target.items and units.measured(target):
            parts.append(f"SELECT record, rule, col, shown, message, 'item' FROM bad_items_{place}")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE quarantine AS
        SELECT {load_id}::INTEGER AS load_id, {quote(file)} AS file, * FROM ({" UNION ALL ".join(parts)}) ORDER BY record_number
    """)
    if scalar(connection, "SELECT count(*) FROM quarantine"):
        connection.execute(
            f"COPY quarantine TO {quote(folder / 'quarantine.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )


def _rules(checks: Iterable[Check]) -> str:
    return ", ".join(
        f"({place}, {quote(check.rule)}, {quote(check.column)}, {quote(check.message)})"
        for place, check in enumerate(checks, start=1)
    )


def tally(
    connection: duckdb.DuckDBPyConnection, reading: Reading
) -> tuple[int, dict[str, int], dict[str, int], dict[str, int]]:
    """Rows loaded; refused by rule; excluded by reason; values blanked and items refused, by rule."""
    loaded = scalar(connection, f"SELECT count(*) FROM mapped m WHERE {OK}")
    rejects = dict(
        connection.execute(
            "SELECT rule, count(*) FROM quarantine WHERE action = 'refused' GROUP BY rule ORDER BY rule"
        ).fetchall()
    )
    remarks = dict(
        connection.execute(
            "SELECT rule, count(*) FROM quarantine WHERE action <> 'refused' GROUP BY rule ORDER BY rule"
        ).fetchall()
    )
    reasons = dict(enumerate(reading.plan.exclusions, start=1)) | {
        -NO_TABLE: "the mapping holds no table for this kind of row"
    }
    excluded: dict[str, int] = {}
    found = connection.execute(
        f"SELECT -disposition, count(*) FROM mapped WHERE disposition < 0 AND disposition <> {SET_ASIDE} AND NOT nothing GROUP BY 1"
    ).fetchall()
    found += connection.execute("SELECT rule, count(*) FROM set_aside WHERE action = 'exclude' GROUP BY 1").fetchall()
    for place, rows in found:
        reason = reasons.get(place, str(place))
        excluded[reason] = excluded.get(reason, 0) + rows
    return loaded, rejects, excluded, remarks
