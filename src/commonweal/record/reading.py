"""Reading one file into the table ``mapped``: one query, every row accounted for.

After `read`, the connection holds

    mapped      one row for each record that could be parsed, in file order (see `record.compiler`)
    key_<v>     name, key: the subject key of each identifier in column <v> of mapped, where the plan deferred it
    unparsed    record_number, rule, message: records that are not records at all (columns missing, bad bytes, bad JSON)

and `record_number` is SQL over ``mapped`` for a row's place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.errors import BadInput, machine_failure
from commonweal.record.compiler import UNPLANNED, Plan, build, composite, source_columns
from commonweal.record.expressions import identifier, quote
from commonweal.record.inputs import Arrival
from commonweal.record.mapping import BoundLayout, Layout, Lookup, Target
from commonweal.record.paths import structure, structure_json
from commonweal.record.recognise import Match

MAX_LINE = 32 << 20
"""Bytes in one CSV line or one JSON object."""

PLAIN = "compression = 'uncompressed'"
"""What was packed is unpacked by now: a name that ends in .gz over plain text must not mislead the reader."""

FIRST_BYTES = 1 << 20
"""Bytes in which to look for the kinds of resource that a file holds."""

_KIND = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]+)"')

EMPTIED = "lines.ndjson"
MAX_BUNDLE = 256 << 20
"""Bytes in one FHIR bundle, which is read whole."""

CSV_RULES = {
    "MISSING COLUMNS": ("columns_missing", "fewer columns than the header"),
    "TOO MANY COLUMNS": ("columns_extra", "more columns than the header"),
    "UNQUOTED VALUE": ("quote", "a quoted value that does not end where it should"),
    "LINE SIZE OVER MAXIMUM": ("line_too_long", f"a line longer than {MAX_LINE:,} bytes"),
    "INVALID ENCODING": ("encoding", "bytes that are not UTF-8"),
    "INVALID STATE": ("quote", "a quote in the middle of a value"),
    "CAST": ("type", "a value of the wrong type"),
}


@dataclass(frozen=True)
class Reading:
    """What reading a file left on the connection."""

    plan: Plan
    parsed: int
    unparsed: int
    record_number: str

    @property
    def rows_in(self) -> int:
        return self.parsed + self.unparsed


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one integer that a query returns."""
    row = connection.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0


def read(
    connection: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    match: Match,
    site: Mapping[str, Collection[str]],
    received: str,
    lookup_source: Callable[[Lookup], str] | None = None,
    spare: Path | None = None,
) -> Reading:
    """Read, convert and check every row of `arrival`. Raises `BadInput` when the file cannot be read at all.

    `lookup_source` gives SQL for the rows that a lookup searches; `spare` is a folder for a file that is gone afterwards.
    """
    layout = match.bound.layout
    connection.execute(f"SET TimeZone = {quote(layout.zone)}")
    connection.execute("CREATE OR REPLACE TEMP TABLE unparsed (record_number BIGINT, rule VARCHAR, message VARCHAR)")
    columns = source_columns(layout, match.shape.format, match.shape.header)
    source = reader(arrival, match)
    if match.shape.format == "csv" and not arrival.utf8:
        # DuckDB 1.5 fails on bytes that are not UTF-8 when it reads only some columns: let it read them all then.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE raw_rows AS SELECT * FROM {source}")
        source = "raw_rows"
    bound, unplanned = _for_kinds(match)
    plan = build(bound, source, columns, site, received, unplanned)
    if layout.format == "fhir_bundle" and arrival.bytes > MAX_BUNDLE:
        raise BadInput(
            f"the bundle is larger than {MAX_BUNDLE:,} bytes", where=arrival.label, value=arrival.bytes,
            remedy="send smaller bundles, or NDJSON",
        )  # fmt: skip
    try:
        if layout.format == "fhir_bundle":
            _index_references(connection, match)
        if plan.stage:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {plan.stage}")
            for name, lookup in layout.lookups.items():
                _look_up(connection, name, lookup, lookup_source(lookup) if lookup_source else "")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {plan.query}")
        if spare is not None and match.shape.format in ("ndjson", "fhir_ndjson") and _any_without_content(connection):
            # An object that stops in the middle takes the next line with it: read again with such lines emptied.
            source = json_reader(quote(_emptied(connection, arrival, match, spare)), layout, arrival.bytes)
            plan = build(bound, source, columns, site, received, unplanned)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {plan.query}")
        if unplanned and scalar(connection, f"SELECT count(*) FROM mapped WHERE disposition = {UNPLANNED}"):
            plan = build(match.bound, source, columns, site, received)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {plan.query}")
    except duckdb.Error as error:
        raise unreadable(arrival, error) from None
    finally:
        if spare is not None:
            (spare / EMPTIED).unlink(missing_ok=True)
    _make_keys(connection, plan)
    if match.shape.format == "csv":
        _csv_rejects(connection, arrival)
    elif layout.is_json:
        _json_rejects(connection, layout.format)
    parsed = scalar(connection, "SELECT count(*) FROM mapped")
    unparsed = scalar(connection, "SELECT count(*) FROM unparsed")
    place = "place" if plan.stage else "rowid"
    record_number = f"m.{place} + 1"
    if match.shape.format == "csv" and unparsed:
        record_number = _numbers(connection, place)
    if layout.is_json:
        parsed = scalar(
            connection, "SELECT count(*) FROM mapped WHERE rowid + 1 NOT IN (SELECT record_number FROM unparsed)"
        )
    return Reading(plan, parsed, unparsed, record_number)


def _any_without_content(connection: duckdb.DuckDBPyConnection) -> bool:
    return scalar(connection, "SELECT count(*) FROM mapped WHERE nothing") > 0


def _emptied(connection: duckdb.DuckDBPyConnection, arrival: Arrival, match: Match, folder: Path) -> Path:
    """A copy of a file of JSON lines in which a line that is not an object is an empty object."""
    path = folder / EMPTIED
    mark = quote(chr(1))  # no line of JSON holds it
    lines = (
        f"read_csv({quote(match.shape.path or arrival.path)}, columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false, {PLAIN}, "
        f"delim = {mark}, quote = '', escape = '', strict_mode = false, max_line_size = {MAX_LINE}, buffer_size = {2 * MAX_LINE})"
    )
    connection.execute(
        f"COPY (SELECT CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line ELSE '{{}}' END FROM {lines}) "
        f"TO {quote(path)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER {mark})"
    )
    return path


def _for_kinds(match: Match) -> tuple[BoundLayout, frozenset[str]]:
    """The layout without the targets of resources that the file's first lines do not hold, whose fields need not be read.

    Returns it with the kinds left out: where one comes after all, the file is read again with the whole layout.
    """
    layout = match.bound.layout
    if layout.format != "fhir_ndjson":
        return match.bound, frozenset()
    held = _first_kinds(match)

    def kinds(target: Target) -> frozenset[str]:
        named = isinstance(target.when, dict) and target.when.get("column") == "resource"
        return frozenset(target.when.get("in") or ()) if named and target.when else frozenset()

    tables = tuple(target for target in layout.tables if not kinds(target) or held & kinds(target))
    left_out = frozenset().union(*(kinds(target) for target in layout.tables if target not in tables))
    return match.bound.model_copy(update={"layout": layout.model_copy(update={"tables": tables})}), left_out


def _first_kinds(match: Match) -> set[str]:
    """The kinds of resource in the first lines of a file (and of those within them, which does no harm)."""
    with match.shape.path.open("rb") as handle:
        return {kind.decode() for kind in _KIND.findall(handle.read(FIRST_BYTES))}


def _make_keys(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """The key of each identifier that the plan left in place of its key."""
    for alias, namespace in plan.deferred.items():
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE key_{alias} AS SELECT name, subject_key({quote(namespace)}, name) AS key
            FROM (SELECT DISTINCT {alias} AS name FROM mapped WHERE {alias} IS NOT NULL)
        """)


def reader(arrival: Arrival, match: Match) -> str:
    """SQL for the table function that reads a file."""
    layout, shape = match.bound.layout, match.shape
    path = quote(shape.path or arrival.path)
    if shape.format == "parquet":
        return f"read_parquet({path})"
    if layout.is_json:
        return json_reader(path, layout, arrival.bytes)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(shape.header)))
    return (
        f"read_csv({path}, {PLAIN}, auto_detect = false, header = true, delim = {quote(shape.delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, store_rejects = true, strict_mode = true, max_line_size = {MAX_LINE}, "
        f"buffer_size = {2 * MAX_LINE})"
    )


def _whole(size: int) -> int:
    """The reader's buffer for one object of `size` bytes."""
    return max(16 << 20, size + 1024)


def json_reader(path: str, layout: Layout, size: int) -> str:
    """SQL that reads JSON with exactly the fields in `types`; a line that is not an object comes out with nothing in it."""
    if layout.format == "fhir_bundle":
        # Entries are read leniently one by one: resources of different kinds give one field different shapes.
        whole = f"read_json({path}, {PLAIN}, format = 'unstructured', columns = {{'entry': 'JSON[]'}}, maximum_object_size = {_whole(size)})"
        spec = quote('{"resource": ' + structure_json(layout) + "}")
        return f"(SELECT from_json(entry, {spec}) AS entry FROM (SELECT unnest(entry) AS entry FROM {whole}))"
    columns = ", ".join(f"{quote(name)}: {quote(type_)}" for name, type_ in structure(layout).items())
    return (
        f"read_json({path}, {PLAIN}, format = 'newline_delimited', records = true, ignore_errors = true, columns = {{{columns}}}, "
        f"maximum_object_size = {MAX_LINE})"
    )


def _index_references(connection: duckdb.DuckDBPyConnection, match: Match) -> None:
    """The bundle's own index: each entry's address to its resource's identifier."""
    path = quote(match.shape.path)
    columns = "{'entry': 'STRUCT(fullUrl VARCHAR, resource STRUCT(id VARCHAR))[]'}"
    connection.execute(f"""
        SET VARIABLE "references" = (
            SELECT map_from_entries(list((full_url, id))) FROM (
                SELECT e.fullUrl AS full_url, any_value(coalesce(e.resource.id, regexp_replace(e.fullUrl, '^urn:uuid:', ''))) AS id
                FROM (SELECT unnest(entry) AS e FROM read_json({path}, {PLAIN}, format = 'unstructured', columns = {columns},
                                                               maximum_object_size = {_whole(match.shape.path.stat().st_size)}))
                WHERE e.fullUrl IS NOT NULL GROUP BY e.fullUrl))
    """)


def unreadable(arrival: Arrival, error: Exception) -> BadInput:
    """The reader's message without any of the file's own text. Raises `error` again where the machine failed, not the file."""
    if machine_failure(error):
        raise error
    text = str(error).splitlines()[0]
    if "maximum_object_size" in str(error):
        text = f"a JSON object longer than {MAX_LINE:,} bytes"
    elif "JSON" in text or "json" in text:
        text = "not valid JSON"
    else:
        text = text.split(":")[0]
    return BadInput(
        "the file cannot be read", where=arrival.label, value=text, remedy="ask the sender for the file again"
    )


def _csv_rejects(connection: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
    """The lines that the CSV reader set aside, as records; their text is left behind."""
    known = ", ".join(
        f"({quote(kind)}, {quote(rule)}, {quote(message)})" for kind, (rule, message) in CSV_RULES.items()
    )
    connection.execute(f"""
        INSERT INTO unparsed
        SELECT line - 1, coalesce(min(k.rule), 'malformed'), coalesce(min(k.message), 'not a CSV record')
        FROM reject_errors e LEFT JOIN (VALUES {known}) AS k(kind, rule, message) ON k.kind = CAST(e.error_type AS VARCHAR)
        WHERE e.scan_id = (SELECT max(scan_id) FROM reject_scans)
        GROUP BY line
    """)
    open_quote = connection.execute("SELECT min(record_number) FROM unparsed WHERE rule = 'quote'").fetchone()
    if open_quote and open_quote[0] is not None:
        swallowed = scalar(
            connection,
            "SELECT count(*) FROM reject_errors WHERE CAST(error_type AS VARCHAR) = 'UNQUOTED VALUE' AND csv_line LIKE '%' || chr(10) || '%'",
        )
        if swallowed:
            raise BadInput(
                "a quote that never ends takes in the lines after it", where=f"{arrival.label}, record {open_quote[0]}",
                remedy="mend the quotes on that line, or ask the sender for the file again",
            )  # fmt: skip


def _json_rejects(connection: duckdb.DuckDBPyConnection, format_: str) -> None:
    """Lines that are not JSON objects come out of the reader with nothing in them."""
    what = "an entry with no resource in it" if format_ == "fhir_bundle" else "not a valid JSON object"
    connection.execute(f"INSERT INTO unparsed SELECT rowid + 1, 'json', {quote(what)} FROM mapped WHERE nothing")


def _look_up(connection: duckdb.DuckDBPyConnection, name: str, lookup: Lookup, source: str) -> None:
    """The looked-up rows that this file needs, one for each key: the same one whatever the order of rows."""
    names = list(dict.fromkeys((*lookup.match, *lookup.columns)))
    if not source:
        source = f"SELECT {', '.join(f'NULL::VARCHAR AS {identifier(column)}' for column in names)} WHERE false"
    packed = ", ".join(f"{identifier(column)} := {identifier(column)}" for column in lookup.columns)
    key = composite(identifier(column) for column in lookup.match)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE lookup_{name} AS
        SELECT key, {", ".join(f"found.{identifier(column)}" for column in lookup.columns)} FROM (
            SELECT key, min(struct_pack({packed})) AS found FROM (SELECT *, {key} AS key FROM ({source}))
            WHERE key IN (SELECT k_{name} FROM staged) GROUP BY key)
    """)


def _numbers(connection: duckdb.DuckDBPyConnection, place: str) -> str:
    """Give ``mapped`` the true record numbers, where some records were set aside by the reader."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE gap AS
        SELECT good_before, max(passed) AS passed FROM (
            SELECT record_number - row_number() OVER (ORDER BY record_number) AS good_before,
                   row_number() OVER (ORDER BY record_number) AS passed FROM unparsed)
        GROUP BY good_before
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE mapped AS
        SELECT m.* EXCLUDE (held), m.held + 1 + coalesce(g.passed, 0) AS record_number
        FROM (SELECT {place} AS held, * FROM mapped) m ASOF LEFT JOIN gap g ON m.held >= g.good_before
        ORDER BY m.held
    """)
    return "m.record_number"
