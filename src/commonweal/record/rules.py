"""Row rules that follow from the canonical schema: required, closed sets, ranges, dates in range and in order.

Rules declared in a mapping (types, code maps, NHS numbers) come from `record.expressions`. A refused row goes whole to
quarantine under the first rule that it breaks, in the order: conversion, required, code, range, order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from commonweal.record.expressions import Check, among
from commonweal.record.mapping import Target
from commonweal.record.schema import TABLES

EARLIEST = "1900-01-01"
"""No living person was born before it; feeds write 1899-12-30 for an empty spreadsheet date."""

FAR_YEARS = 10
"""A date that may lie ahead (a review, the end of a package) lies at most so many years ahead."""


REMEDIES = {
    "type": "write the value as its column's type says, or change the mapping's date format or unit",
    "missing": "fill it at the source, or map the column that holds it",
    "code_unknown": "send a code of the list named, or add the code to the mapping",
    "code_rewritten": "export codes as text: a spreadsheet took this one for a number, and its last digits are lost",
    "out_of_range": "correct the value or its unit at the source",
    "implausible": "correct the value or its unit at the source",
    "unit": "correct the unit at the source, or give the mapping the unit that the sender means",
    "date_too_early": "correct the date at the source; leave it empty where it is not known",
    "date_in_future": "correct the date at the source",
    "dates_in_order": "correct the two dates at the source",
    "nhs_number": "correct the number at the source, or leave it empty",
    "orphan": "send the file that holds the person or the parent record: the row is then taken without being sent again",
    "duplicate_key": "nothing, where the later record is right; else give each record its own key",
    "unfinished": "send the file again, with its last line ended",
    "dangling_reference": "put the resource that it refers to into the same bundle",
    "json": "write the line as one JSON object, with the record whole",
    "encoding": "save the file as UTF-8, or name its encoding in the mapping",
    "columns_missing": "check the delimiter and the quotes on that line",
    "columns_extra": "check the delimiter and the quotes on that line",
    "quote": "close the quote on that line, or double a quote that belongs to the text",
    "line_too_long": "shorten the text, or check the quotes before it",
}
"""What to do about a row that broke a rule."""

REMEDY = "correct the record at the source and send it again, or change the mapping"
"""What to do where the rule has no remedy of its own (a mapping's own rules)."""


def remedy(rule: str) -> str:
    """What to do about a row that broke `rule`."""
    return REMEDIES.get(rule, REMEDY)


def schema_checks(
    target: Target,
    columns: Mapping[str, str],
    codes: Mapping[str, str],
    sources: Mapping[str, frozenset[str]],
    guard: str,
) -> list[Check]:
    """The checks of one target's columns. `columns` and `codes` map names to SQL; `sources` to the source columns read."""
    table = TABLES[target.table]
    found: list[Check] = []

    def add(rule: str, condition: str, name: str, value: str, message: str) -> None:
        touched = sources.get(name, frozenset())
        whole = f"{guard} AND ({condition})" if guard else condition
        found.append(Check(rule, whole, ", ".join(sorted(touched)) or name, value, message, "refuse", touched))

    for name, sql in {**columns, **codes}.items():
        required = name == "subject_key" or (name in table and table[name].required)
        if required:
            add("missing", f"{sql} IS NULL", name, "", f"{name} is required")
    for name, sql in codes.items():
        if not re.fullmatch(r"NULL|'.*'", sql):
            add("code_rewritten", _rewritten(sql), name, sql, f"{name} is no code but a number in scientific notation")
    for name, sql in columns.items():
        if name not in table:
            continue
        column = table[name]
        if column.values:
            outside = among(sql, column.values, outside=True)
            add("code_unknown", outside, name, sql, f"{name} is one of {', '.join(column.values)}")
        if column.type in ("date", "timestamp"):
            _date_checks(target, name, sql, add)
        if column.unit in ("days", "minutes", "hours") or name in ("quantity", "position"):
            add("out_of_range", f"{sql} < 0", name, sql, f"{name} is below zero")
    for constraint in table.constraints:
        names = [word for word in re.findall(r"[a-z_0-9]+", constraint) if word in table]
        if all(name in columns for name in names):
            sql = re.sub(r"[a-z_0-9]+", lambda word: columns.get(word[0], word[0]), constraint)
            value = " || ' after ' || ".join(
                f"CAST({columns[name]} AS VARCHAR)" for name in reversed(list(dict.fromkeys(names)))
            )
            add("dates_in_order", f"NOT ({sql})", names[0], value, constraint.split(" OR ")[-1])
    return found


def _rewritten(code: str) -> str:
    """Whether a code was opened in a spreadsheet and saved again: 5.9621E+07. CASE, so that few codes meet the dear part."""
    return f"CASE WHEN {code} LIKE '%E+%' THEN regexp_full_match({code}, '[0-9]([.][0-9]+)?E[+][0-9]+') ELSE FALSE END"


def _date_checks(target: Target, name: str, sql: str, add) -> None:
    table = TABLES[target.table]
    add("date_too_early", f"{sql} < DATE '{EARLIEST}'", name, sql, f"{name} is before {EARLIEST}")
    happened = name in (table.date_column, "birth_date", "death_date", "recorded_date") and not target.future_dates
    if happened:
        add("date_in_future", f"{sql} > received + 1", name, sql, f"{name} is after the file arrived")
    else:
        add(
            "date_in_future",
            f"{sql} > received + INTERVAL {FAR_YEARS} YEAR",
            name,
            sql,
            f"{name} is more than {FAR_YEARS} years ahead",
        )
