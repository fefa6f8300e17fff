"""One person's rows of the record, by table or as a timeline: read from the files of their bucket when somebody looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.definitions.codelists.terms import term as codelist_term
from commonweal.engine.answers import History, TimelineItem
from commonweal.engine.history_file import TABLES_SHOWN
from commonweal.engine.release_file import ReleaseFile
from commonweal.governance.withheld import row_filter
from commonweal.record.schema import TABLES

Row = dict[str, Any]
Columns = Mapping[str, Iterable[str]]
"""Table to the columns that are wanted of it beside those of every item."""
CONCEPTS = ("concept", "primary_concept", "reason_concept")
ITEM_COLUMNS = (
    *CONCEPTS, "end_date", "clock_stop_date", "setting", "source_kind", "service_type", "package_type", "list_type", "value", "unit",
    "provider_code", "practice_code", "load_id", "record_number",
)  # fmt: skip
"""What an item is made of, where its table has it, beside the table's date."""
MOST_NAMES = 50_000
"""Names of concepts that a process keeps of one release: some 10 MB."""


@dataclass(frozen=True)
class PersonRows:
    """A person's rows by table, without those that the source marked as confidential, and how many those are."""

    by_table: dict[str, list[Row]]
    withheld: int


def person_rows(reader: ReleaseFile, person_key: int, wanted: Columns | None = None) -> PersonRows:
    """The rows of one person, of each table that a timeline shows with all its columns, or of `wanted`.

    A column costs as much to read as the rows do, so a page names those that it shows.
    """
    found: dict[str, list[Row]] = {}
    withheld = 0
    for table in TABLES_SHOWN if wanted is None else wanted:
        found[table] = []
        source = reader.rows_of(table, person_key)
        columns = "*" if wanted is None else _columns(reader, table, source, tuple(wanted[table]))
        result = reader.cursor.execute(
            f"SELECT ({row_filter(table, 'direct_care')}) AS shown, {columns} FROM {source} "
            f"WHERE person_key = {int(person_key)}"
        )
        names = [one[0] for one in result.description][1:]
        for shown, *values in result.fetchall():
            if shown:
                found[table].append(dict(zip(names, values, strict=True)))
            else:
                withheld += 1
    return PersonRows(found, withheld)


def _columns(reader: ReleaseFile, table: str, source: str, also: tuple[str, ...]) -> str:
    """Those of the columns that the release holds: one that was made before a column was added lacks it."""

    def read() -> str:
        held = {row[0] for row in reader.cursor.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        wanted = dict.fromkeys((TABLES[table].date_column, *ITEM_COLUMNS, *also))
        return ", ".join(one for one in wanted if one in held)

    return reader.kept(f"columns of the record's {table} with {', '.join(also)}", read)


def history(reader: ReleaseFile, person_key: int, wanted: Columns | None = None) -> History:
    """See `ReleaseFile.history`."""
    rows = person_rows(reader, person_key, wanted)
    names = concept_names(reader, rows.by_table)
    as_at = reader.release().as_at
    items = [
        item
        for table, listed in rows.by_table.items()
        for row in listed
        if (item := _item(table, row, names)) is not None and item.date <= as_at
    ]
    items.sort(key=lambda one: (one.date, one.table, one.load_id, one.record_number), reverse=True)
    return History(items, rows.withheld)


def concept_of(row: Mapping[str, Any]) -> int:
    """The concept that says what a row is about; -1 where it has none."""
    return next((row[name] for name in CONCEPTS if row.get(name) is not None), -1)


def concept_names(reader: ReleaseFile, rows: Mapping[str, list[Row]]) -> dict[int, tuple[str, str]]:
    """Concept to (code, term) of the concepts in these rows."""
    known: dict[int, tuple[str, str]] = reader.kept("names of concepts", dict)
    if len(known) > MOST_NAMES:
        known.clear()
    wanted = {concept_of(row) for listed in rows.values() for row in listed} - {-1}
    named = {one: name for one in wanted if (name := known.get(one)) is not None}
    unnamed = wanted - named.keys()
    if unnamed:
        found = reader.cursor.execute(
            f"SELECT concept, code, coalesce(term, ''), system FROM concept WHERE concept IN ({', '.join(map(str, unnamed))})"
        ).fetchall()
        # A feed may send codes alone; nobody should have to read them.
        new = {concept: (code, term or codelist_term(system, code)) for concept, code, term, system in found}
        known.update(new)
        named |= new
    return named


def _item(table: str, row: Row, names: Mapping[int, tuple[str, str]]) -> TimelineItem | None:
    moment = row.get(TABLES[table].date_column)
    if moment is None:
        return None
    code, term = names.get(concept_of(row), ("", ""))
    shown = {
        name: value for name, value in row.items() if value is not None and name not in ("person_key", "confidential")
    }
    title = (
        term or code or row.get("setting") or row.get("service_type") or row.get("package_type") or row.get("list_type")
    )
    if table == "registration":
        title = f"Registered with {row['practice_code']}"
    return TimelineItem(
        moment,
        row.get("end_date") or row.get("clock_stop_date"),
        table,
        row.get("setting") or row.get("source_kind") or table,
        str(title or table),
        code,
        "",
        row.get("value"),
        row.get("unit") or "",
        row.get("provider_code") or row.get("practice_code"),
        row["load_id"],
        row["record_number"],
        shown,
    )
