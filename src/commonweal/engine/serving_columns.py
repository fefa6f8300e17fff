"""Which columns a serving file may hold, for which purpose: the record schema's allowed purposes, applied when it is written.

A copy of a canonical column is allowed where `record.schema` allows it. One that the schema gives in a coarser form (date of
death: its month for planning, its year for research) is served in that form, under a name that says so. What is derived is
listed here. Anything else is not in the file: `check_columns` looks at what was written and refuses a file that holds more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from commonweal.errors import NotAllowed
from commonweal.governance.purpose import PurposeRule
from commonweal.record.schema import ALL_PURPOSES, CARE_ONLY, NAMED_PURPOSES, PERSON, WITHIN_SYSTEM, Purpose

PERSON_KEY = "person_key"
"""The record's own key in direct care; everywhere else a key of the purpose (`governance.pseudonyms`)."""


@dataclass(frozen=True)
class Attribute:
    """One column of `person` as `engine.attributes` makes it."""

    name: str
    of: str = ""
    """The column of the canonical table `person` that it copies; empty where it is derived."""
    purposes: tuple[Purpose, ...] = ()
    """Who may have a derived one."""

    def served_as(self, purpose: str) -> tuple[str, str] | None:
        """(SQL, name) for one purpose; None where it may not have it."""
        if self.of:
            column = PERSON[self.of]
            if purpose in column.purposes:
                return self.name, self.name
            unit = dict(column.coarser).get(purpose)  # type: ignore[call-overload]
            return None if unit is None else (_coarsened(self.name, unit), self.name.replace("date", unit))
        return (self.name, self.name) if purpose in self.purposes else None


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("person_id", of="person_id"),
    Attribute("birth_date", of="birth_date"),
    Attribute("death_date", of="death_date"),
    Attribute("sex", of="sex"),
    Attribute("ethnic_category", of="ethnic_category"),
    Attribute("ethnic_group", purposes=NAMED_PURPOSES),
    Attribute("practice_code", of="practice_code"),
    Attribute("registered_since", purposes=CARE_ONLY),
    Attribute("pcn_code", purposes=NAMED_PURPOSES),
    Attribute("neighbourhood_code", purposes=WITHIN_SYSTEM),
    Attribute("borough_code", purposes=NAMED_PURPOSES),
    Attribute("icb_code", purposes=NAMED_PURPOSES),
    Attribute("lsoa21", of="lsoa21"),
    Attribute("residence_borough_code", purposes=NAMED_PURPOSES),
    Attribute("imd_decile", purposes=NAMED_PURPOSES),
    Attribute("language", of="language"),
    Attribute("age", purposes=WITHIN_SYSTEM),
    Attribute("age_band", purposes=NAMED_PURPOSES),
    Attribute("in_registered_population"),
    Attribute("objected"),
)
"""Every attribute but the key. The last two decide who is in a file and are in none."""

ANSWERS: dict[str, tuple[Purpose, ...]] = {
    "b": NAMED_PURPOSES,  # in a population
    "r": NAMED_PURPOSES,  # on a register
    "d": NAMED_PURPOSES,  # in a measure's denominator
    "n": NAMED_PURPOSES,  # in its numerator
    "g": NAMED_PURPOSES,  # segment
    "s": NAMED_PURPOSES,  # score
    "f": WITHIN_SYSTEM,  # flag: worth acting on, by those who care for them or plan for it
    "o": CARE_ONLY,  # a list's own order: it says who comes first, and singles a person out by its digits
}
"""Prefix of a column of ``wide`` to the purposes that may have it, person by person."""

TABLES: dict[str, tuple[Purpose, ...]] = {
    "release": ALL_PURPOSES,
    "definition": ALL_PURPOSES,
    "feature": ALL_PURPOSES,
    "codelist": ALL_PURPOSES,
    "cube": ALL_PURPOSES,
    "exclusion": ALL_PURPOSES,
    "organisation": ALL_PURPOSES,
    "practice": ALL_PURPOSES,
    "place": ALL_PURPOSES,
    "person": NAMED_PURPOSES,
    "wide": NAMED_PURPOSES,
    # Which codes anybody here has is itself a fact about somebody.
    "concept": CARE_ONLY,
    "codelist_concept": CARE_ONLY,
    "evidence": CARE_ONLY,
    "summary": CARE_ONLY,
    "list_size": CARE_ONLY,
}
"""Table of a serving file to the purposes whose file may hold it."""
LISTS = "list_"
"""How the name of a list's table begins: who is on it, for direct care alone."""


def _coarsened(name: str, unit: str) -> str:
    return f"CAST(date_trunc('{unit}', {name}) AS DATE)"


def person_columns(rule: PurposeRule) -> dict[str, str]:
    """Name to SQL of the attributes that a purpose's file holds, besides the key."""
    served = (one.served_as(str(rule.purpose)) for one in ATTRIBUTES)
    return {name: sql for sql, name in (one for one in served if one is not None)}


def answer_allowed(column: str, rule: PurposeRule) -> bool:
    """Whether a column of ``wide`` may be in a purpose's file."""
    prefix, underscore, _ = column.partition("_")
    return underscore == "_" and rule.purpose in ANSWERS.get(prefix, ())


def check_columns(
    connection: duckdb.DuckDBPyConnection, rule: PurposeRule, others: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """Refuse a file that holds a table or a person's column that its purpose may not have.

    `others` names tables that another package adds, with their purposes. Raises `NotAllowed`, which ends the release
    before anything of it is served.
    """
    tables = {**TABLES, **(others or {})}
    people = {PERSON_KEY, *person_columns(rule)}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND database_name = current_database()"
    ).fetchall():
        if rule.purpose not in (CARE_ONLY if table.startswith(LISTS) else tables.get(table, ())):
            raise _refused(rule, table)
        if table == "person" and column not in people:
            raise _refused(rule, f"{table}.{column}")
        if table == "wide" and column != PERSON_KEY and not answer_allowed(column, rule):
            raise _refused(rule, f"{table}.{column}")


def _refused(rule: PurposeRule, what: str) -> NotAllowed:
    return NotAllowed(
        f"the {str(rule.purpose).replace('_', ' ')} file may not hold this",
        value=what,
        remedy="say in record/schema.py or engine/serving_columns.py which purposes may have it",
    )
