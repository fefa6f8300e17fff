"""Always-withheld categories: which coded rows never leave direct care.

The codes are dated data (`data/withheld.csv`, with its source beside it) plus a site's own rows; matching is by code
system and prefix. Two different things make a row confidential and they bind different purposes:

* its *category* (HIV, sexually transmitted infection, assisted conception): withheld outside direct care;
* the *source's own flag* on an event or a medication (the patient objected to sharing it): withheld everywhere.

A build writes the category into `contact.confidential` and `diagnosis.confidential`, and leaves the source's flag in
`event.confidential` and `medication.confidential`. `row_filter` gives the SQL condition that a purpose must apply to
each table **before** it aggregates.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources

import duckdb

from commonweal.governance.purpose import Purpose, resolve

SNOMED = "snomed"
ALWAYS = date(1900, 1, 1)
"""SNOMED CT codes and a site's own rows hold for every date: older records were mapped to them."""


@dataclass(frozen=True)
class WithheldCode:
    """Every code of `system` that starts with `prefix` (SNOMED CT: that is it), within its dates (inclusive; None is open)."""

    category: str
    system: str
    prefix: str
    valid_from: date
    valid_to: date | None = None


def published_codes() -> tuple[WithheldCode, ...]:
    """The list that ships with the package."""
    text = resources.files("commonweal.governance").joinpath("data/withheld.csv").read_text(encoding="utf-8")
    classified = tuple(
        WithheldCode(
            row["category"],
            row["system"],
            row["prefix"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )
    text = resources.files("commonweal.governance").joinpath("data/withheld_hiv_snomed.csv").read_text(encoding="utf-8")
    coded = (WithheldCode("hiv", SNOMED, row["code"], ALWAYS) for row in csv.DictReader(text.splitlines()))
    return (*classified, *coded)


WITHHELD_CATEGORIES = ("hiv", "sexually_transmitted_infection", "assisted_conception")


def categories_without_codes(codes: Iterable[WithheldCode], system: str = SNOMED) -> tuple[str, ...]:
    """The categories of which nothing is withheld in a code system, for want of a list: a GP record's rows of them pass."""
    listed = {code.category for code in codes if code.system == system}
    return tuple(category for category in WITHHELD_CATEGORIES if category not in listed)


def site_codes(lists: Mapping[str, Iterable[str]]) -> tuple[WithheldCode, ...]:
    """A site's own rows: its lists called ``withheld_<system>``."""
    return tuple(
        WithheldCode("site", name.removeprefix("withheld_"), code.replace(".", "").upper(), ALWAYS)
        for name, codes in lists.items()
        if name.startswith("withheld_")
        for code in codes
    )


def withheld_concepts(
    connection: duckdb.DuckDBPyConnection,
    concepts: str,
    codes: Iterable[WithheldCode] | None = None,
    table: str = "withheld_concept",
) -> str:
    """Make the temp table `table` (concept INTEGER, category, valid_from, valid_to) and return its name.

    `concepts` is a SQL relation with the columns of `record.schema.CONCEPT`, such as ``read_parquet('…')``.
    """
    listed = published_codes() if codes is None else tuple(codes)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE _withheld_code "
        "(category VARCHAR, system VARCHAR, prefix VARCHAR, valid_from DATE, valid_to DATE)"
    )
    if listed:
        columns = ("category", "system", "prefix", "valid_from", "valid_to")
        connection.execute(
            "INSERT INTO _withheld_code SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
            [[getattr(code, name) for code in listed] for name in columns],
        )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT CAST(concepts.concept AS INTEGER) AS concept, min(code.category) AS category,
               min(code.valid_from) AS valid_from, max(coalesce(code.valid_to, DATE '9999-12-31')) AS valid_to
        FROM {concepts} AS concepts
        JOIN _withheld_code AS code
          ON concepts.system = code.system AND starts_with(upper(replace(concepts.code, '.', '')), code.prefix)
          AND (code.system <> '{SNOMED}' OR concepts.code = code.prefix)
        GROUP BY concepts.concept
    """)
    return table


def row_filter(table: str, purpose: str | Purpose, withheld: str = "withheld_concept") -> str:
    """The SQL condition that rows of a canonical table must meet for a purpose; ``true`` where all may pass.

    `withheld` names a relation of concepts as made by `withheld_concepts`. Procedures of a withheld contact are left
    out by joining to the contacts that passed; their own codes are tested here.
    """
    rule = resolve(purpose)
    conditions = []
    if rule.withhold_confidential and table in ("event", "medication"):
        conditions.append("confidential IS NOT TRUE")
    if rule.withhold_categories:
        if table in ("contact", "diagnosis"):
            conditions.append("confidential IS NOT TRUE")
        if table in ("event", "diagnosis", "procedure", "medication"):
            conditions.append(f"concept NOT IN (SELECT concept FROM {withheld})")
        if table == "contact":
            conditions.append(f"(primary_concept IS NULL OR primary_concept NOT IN (SELECT concept FROM {withheld}))")
        if table == "referral":
            conditions.append(f"(reason_concept IS NULL OR reason_concept NOT IN (SELECT concept FROM {withheld}))")
    return " AND ".join(conditions) or "true"


def withheld_person_filter(purpose: str | Purpose) -> str:
    """The SQL condition that rows of `person` must meet for a purpose: the opt-outs that bite."""
    rule = resolve(purpose)
    columns = {"type1": "type1_opt_out", "national": "national_opt_out"}
    return " AND ".join(f"{columns[opt_out]} IS NOT TRUE" for opt_out in rule.opt_outs) or "true"
