"""The tables that pages about people read: who is on each list, how many, and each person in short.

Each of them is one SQL statement over `person`, `wide` and `evidence`. Direct care's file stores what the statements give, in
the order in which it is read, because a question to a table of hundreds of columns costs milliseconds before it reads a
row. What a file does not store (a measure's list; a release that was made before) is asked of the statement itself.
"""

from __future__ import annotations

from commonweal.engine.answers import SCOPE_COLUMNS, DefinitionInfo
from commonweal.engine.reasons import columns_of, reasons_of
from commonweal.engine.release_file import ReleaseFile

LIST_PREFIX = "list_"
LISTED_KINDS = ("flag", "register")
EVERY_LIST = ("person_key", "person_id", "birth_date", "age", "sex", *SCOPE_COLUMNS.values())
"""Attributes that every list holds of its people, beside `PRIORITY` and what its evidence is read from."""
PRIORITY = "priority"
SIZES, SUMMARY = "list_size", "summary"
HASH = "md5_number_lower({})"
"""The summary is sorted by this number of the person's identifier: to pass over numbers is ten times as fast as over texts."""


def has_priority(info: DefinitionInfo) -> bool:
    """Whether a list has an order of its own."""
    return info.kind == "flag" and "order" in info.details["logic"]


def list_column(info: DefinitionInfo) -> str:
    """The condition that says who is on a list; for a measure, those in the denominator and not in the numerator."""
    if info.kind == "measure":
        return f"(d_{info.id} AND NOT n_{info.id})"
    return f"{'r' if info.kind == 'register' else 'f'}_{info.id}"


def listed(reader: ReleaseFile) -> list[DefinitionInfo]:
    """The definitions whose lists are stored: every register and flag that the release computes."""
    return [one for one in reader.definitions() if one.computable and one.kind in LISTED_KINDS]


def list_of(reader: ReleaseFile, info: DefinitionInfo) -> str:
    """One row a person on the list (`EVERY_LIST`, `PRIORITY`, the columns of its reasons), to stand in FROM."""
    table = f"{LIST_PREFIX}{info.id}"
    return table if table in columns_of(reader) else f"({_list_sql(reader, info)})"


def sizes(reader: ReleaseFile) -> str:
    """One row a list and practice that has people on it: definition_id, the columns of a scope, people."""
    return SIZES if SIZES in columns_of(reader) else f"({_sizes_sql(reader)})"


def summary_of(reader: ReleaseFile) -> str:
    """The question for one person (its one parameter): attributes, scores, segments, and ``on_lists``: the columns of `wide`
    of the lists that they are on."""
    if SUMMARY in columns_of(reader):
        return f"SELECT * FROM {SUMMARY} WHERE person_hash = {HASH.format('$1')} AND person_id = $1"
    return f"SELECT * FROM ({_summary_sql(reader)}) WHERE person_id = $1"


def store(reader: ReleaseFile) -> None:
    """Store them in the reader's file, which is open for writing."""
    for info in listed(reader):
        order = f"practice_code NULLS LAST, {PRIORITY} DESC NULLS LAST, person_id"
        reader.cursor.execute(f"CREATE TABLE {LIST_PREFIX}{info.id} AS {_list_sql(reader, info)} ORDER BY {order}")
    reader.cursor.execute(
        f"CREATE TABLE {SUMMARY} AS SELECT {HASH.format('person_id')} AS person_hash, * FROM ({_summary_sql(reader)}) "
        "ORDER BY person_hash"
    )
    reader.forget("columns")
    reader.cursor.execute(f"CREATE TABLE {SIZES} AS {_sizes_sql(reader)} ORDER BY ALL")
    reader.forget("columns")


def _list_sql(reader: ReleaseFile, info: DefinitionInfo) -> str:
    base = [f"person.{one}" for one in EVERY_LIST]
    more = [one for one in reasons_of(reader, info).columns if one not in base]
    priority = f"o_{info.id}" if has_priority(info) else "NULL::DOUBLE"
    return (
        f"SELECT {', '.join([*base, *more])}, {priority} AS {PRIORITY} FROM person JOIN wide USING (person_key) "
        f"LEFT JOIN evidence USING (person_key) WHERE {list_column(info)}"
    )


def _sizes_sql(reader: ReleaseFile) -> str:
    codes = ", ".join(SCOPE_COLUMNS.values())
    counted = [
        f"SELECT '{one.id}' AS definition_id, {codes}, count(*) AS people FROM {list_of(reader, one)} GROUP BY ALL"
        for one in listed(reader)
    ]
    nothing = f"SELECT '' AS definition_id, {codes}, 0 AS people FROM person WHERE false"
    return " UNION ALL ".join([nothing, *counted])


def _summary_sql(reader: ReleaseFile) -> str:
    held = sorted(columns_of(reader)["wide"])
    answers = "".join(f", {one}" for one in held if one[:2] in ("s_", "g_"))
    lists = ", ".join(f"CASE WHEN {one} THEN '{one}' END" for one in held if one[:2] in ("r_", "f_"))
    on_lists = f"list_filter([{lists}], lambda one: one IS NOT NULL)" if lists else "CAST([] AS VARCHAR[])"
    return f"SELECT person.*{answers}, {on_lists} AS on_lists FROM person JOIN wide USING (person_key)"
