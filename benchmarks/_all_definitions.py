"""Every definition that ships, by hand in DuckDB: what the engine is measured against, and checked by.

The SQL in `all_definitions/` is written from what the definitions say, without the engine: each source table is read once or
twice, one row a person holds everything that an answer rests on, answers are expressions over that row, counts are taken by the
smallest groups and added up. It runs over a built record, range by range. ``[[text : names]]`` repeats its text for each
name, ``#`` being the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.definitions.codelists import ids, load
from commonweal.engine.record_files import RecordFiles
from commonweal.governance.withheld import published_codes

FOLDER = Path(__file__).parent / "all_definitions"
ONCE, EACH_RANGE, AT_THE_END = ("01",), ("02", "03", "04", "05", "06", "07", "08", "09", "10"), ("11",)
VIEWS = ("care", "restricted")


def write_codes(folder: Path) -> None:
    """The shipped codelists as one table of codes, and the codes withheld outside direct care: given to the script."""
    rows = []
    for one in map(load, ids()):
        points = one.with_attribute("points") if any("points" in row for row in one.attributes.values()) else {}
        for system in one.systems:
            for code in sorted(one.codes):
                rows.append(
                    (one.id, system, code, one.match == "prefix", float(points[code]) if code in points else None)
                )
    names = ("list_id", "system", "code", "prefix", "points")
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, names=names), folder / "codes.parquet")
    system, prefix = zip(*((one.system, one.prefix) for one in published_codes()), strict=True)
    pq.write_table(pa.table({"system": system, "prefix": prefix}), folder / "withheld.parquet")


def expand(script: str) -> str:
    """Unroll ``[[text : names]]``: the text once for each name, ``#`` replaced."""

    def unroll(match: re.Match[str]) -> str:
        return "\n".join(match[1].replace("#", name) for name in match[2].split())

    return re.sub(r"\[\[(.*?) : (.*?)\]\]", unroll, script, flags=re.S)


def statements(part: str) -> list[str]:
    """The statements of one file of the script, by its number."""
    (path,) = FOLDER.glob(f"{part}_*.sql")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("--")]
    return [one for one in re.split(r";\s*\n", expand("\n".join(lines)) + "\n") if one.strip()]


def run_script(
    record: RecordFiles,
    codes: Path,
    target: Path,
    as_at: date,
    execute: Callable[[duckdb.DuckDBPyConnection, str], object] = duckdb.DuckDBPyConnection.execute,
) -> None:
    """Write ``care``, ``restricted`` and ``features`` by range, and ``cube`` by view, under `target`.

    `codes` is the folder of `write_codes`; `execute` may time each statement.
    """
    for name in (*VIEWS, "features", "cube"):
        (target / name).mkdir(parents=True, exist_ok=True)
    paths = {
        "record": record.root,
        "codes": codes / "codes.parquet",
        "withheld": codes / "withheld.parquet",
        "target": target,
    }
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET memory_limit = '1500MB'; SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{target / 'spill'}'")
        for name, path in paths.items():
            connection.execute(f"SET VARIABLE {name} = '{path}'")
        connection.execute(f"SET VARIABLE as_at = DATE '{as_at.isoformat()}'")
        for sql in (sql for part in ONCE for sql in statements(part)):
            execute(connection, sql)
        script = [sql for part in EACH_RANGE for sql in statements(part)]
        for bucket in record.buckets:
            connection.execute(f"SET VARIABLE bucket = '{bucket.name}'")
            for sql in script:
                execute(connection, sql)
        for sql in (sql for part in AT_THE_END for sql in statements(part)):
            execute(connection, sql)


def differences(script: Path, engine: Path) -> dict[str, list[str]]:
    """Where two outputs differ: by definition, the columns, groups or people that are not the same. Empty where all agree."""
    found: dict[str, list[str]] = {}
    with duckdb.connect() as connection:
        for view in VIEWS:
            for name, count in people_who_differ(connection, script / view, engine / view).items():
                found.setdefault(name[2:], []).append(f"{view}: {name} of {count} people")
            for name, group, code, *numbers in _groups(connection, script / "cube" / view, engine / "cube" / view):
                found.setdefault(name, []).append(f"{view}: {group} {code} {numbers}")
    return found


def people_who_differ(connection: duckdb.DuckDBPyConnection, script: Path, engine: Path) -> dict[str, int]:
    """Column to how many people differ in it."""
    ours, theirs = (f"read_parquet('{folder}/*.parquet')" for folder in (script, engine))
    kinds = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {theirs}").fetchall()}
    held = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {ours}").fetchall()}
    if held != set(kinds):
        raise AssertionError(f"not the same columns: {sorted(held ^ set(kinds))}")
    names = [name for name in kinds if name != "person_key"]
    tests = [
        f"(a.{name} IS NULL) <> (b.{name} IS NULL) OR abs(a.{name}::DOUBLE - b.{name}) > 1e-6"
        if kinds[name] == "DOUBLE"
        else f"a.{name} IS DISTINCT FROM b.{name}"
        for name in names
    ]
    counted = ", ".join(f"count(CASE WHEN {test} THEN 1 END)" for test in tests)
    alone = "count(CASE WHEN a.person_key IS NULL OR b.person_key IS NULL THEN 1 END)"
    joined = f"(SELECT *, person_key FROM {ours}) a FULL JOIN {theirs} b ON a.person_key = b.person_key"
    found = connection.execute(f"SELECT {alone}, {counted} FROM {joined}").fetchone()
    assert found is not None
    missing, *counts = found
    if missing:
        raise AssertionError(f"{missing} people are in one of the two alone")
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def _groups(connection: duckdb.DuckDBPyConnection, script: Path, engine: Path) -> list[tuple]:
    """Groups that are counted otherwise. A group of which nothing is counted may be left out."""
    keys = "definition_id, part, group_type, group_code"
    return connection.execute(f"""
        SELECT definition_id, group_type, group_code, a.numerator, b.numerator, a.denominator, b.denominator
        FROM '{script}.parquet' a FULL JOIN '{engine}.parquet' b USING ({keys})
        WHERE CASE WHEN a.numerator IS NULL OR b.numerator IS NULL THEN coalesce(a.numerator, b.numerator) <> 0
            ELSE abs(a.numerator - b.numerator) > 1e-6 * greatest(1, abs(b.numerator)) OR abs(a.denominator - b.denominator) > 1e-6 * greatest(1, abs(b.denominator)) END
        ORDER BY ALL""").fetchall()


__all__ = ["VIEWS", "differences", "expand", "people_who_differ", "run_script", "statements", "write_codes"]
