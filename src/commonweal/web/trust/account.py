"""The release's account of itself: what it holds, feed by feed, what was refused and why, and who opted out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from commonweal.definitions.codelists import Codelist
from commonweal.governance.disclosure import HES, show_count
from commonweal.web.core import reading, releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.core.presenters import date_words, moment_words

TITLES = {
    "feed_quality": ("What arrived, feed by feed", "Completeness, validity and age of each feed.", "No feed was scored"),
    "reconciliation": (
        "Rows at each step", "The counts agree at every hop, or the load would have stopped.", "Nothing was reconciled",
    ),
    "quarantine_summary": ("What was refused, and why", "Refused rows are kept, with their file and reason.", "Nothing was refused"),
}  # fmt: skip


@dataclass(frozen=True)
class AccountTable:
    """One table of the account."""

    title: str
    words: str
    columns: list[tuple[str, bool]]
    rows: list[list[str]]
    empty: str


@dataclass(frozen=True)
class Account:
    """The page about a release."""

    facts: list[tuple[str, str]]
    tables: list[AccountTable]


def of_release(*, by: Actor) -> Account:
    """The current release. Counts of people pass the disclosure door."""
    check_can(by, "trust.read")
    planning = releases.reader("planning")
    care = releases.reader("direct_care")
    release = planning.release()
    definitions = planning.definitions()
    everyone, usable = reading.population(care), reading.population(planning)
    facts = [
        ("Release", release.id),
        ("Made", moment_words(release.created_at)),
        ("Data as at", date_words(release.as_at)),
        ("People in it", "invented" if release.invented else "real"),
        ("People for direct care", show_count(everyone, HES).text),
        ("Left out of planning because they objected", show_count(everyone - usable, HES).text),
        ("People for planning", show_count(usable, HES).text),
        ("Definitions computed", f"{sum(one.computable for one in definitions):,} of {len(definitions):,}"),
        ("Made by version", release.code_version),
        ("Stamp", release.stamp),
    ]
    return Account(facts, [_table(name, *reading.account_table(planning, name)) for name in TITLES])


def code_rows(codelist: Codelist, most: int) -> list[list[str]]:
    """The first codes with their terms."""
    return [[code, codelist.terms.get(code, "")] for code in sorted(codelist.codes)[:most]]


def _table(name: str, columns: list[str], rows: list[tuple]) -> AccountTable:
    title, words, empty = TITLES[name]
    numeric = [
        bool(rows) and all(isinstance(row[place], int | float) or row[place] is None for row in rows)
        for place in range(len(columns))
    ]
    headings = [
        (column.replace("_", " ").capitalize(), number) for column, number in zip(columns, numeric, strict=True)
    ]
    return AccountTable(title, words, headings, [[_cell(value) for value in row] for row in rows], empty)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime.date):
        return date_words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
