"""What is known of each person as at the date: age, place, practice and the bodies above it. One SQL for both engines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from commonweal.engine.dialect import Dialect, date_literal
from commonweal.engine.sql import difference

BirthPrecision = Literal["day", "month"]

ETHNIC_GROUPS: dict[str, str] = {
    **dict.fromkeys("ABC", "white"),
    **dict.fromkeys("DEFG", "mixed"),
    **dict.fromkeys("HJKL", "asian"),
    **dict.fromkeys("MNP", "black"),
    **dict.fromkeys("RS", "other"),
}
"""2001 ethnic category to group (NHS Data Dictionary); Z and 99 are missing."""

COLUMNS = (
    "person_key", "person_id", "birth_date", "death_date", "sex", "ethnic_category", "ethnic_group", "practice_code",
    "registered_since", "pcn_code", "neighbourhood_code", "borough_code", "icb_code", "lsoa21",
    "residence_borough_code", "imd_decile", "language", "in_registered_population", "objected", "age", "age_band",
)  # fmt: skip

ANCESTORS = {
    "pcn_code": "pcn",
    "neighbourhood_code": "neighbourhood",
    "borough_code": "borough",
    "icb_code": "icb",
}


@dataclass(frozen=True)
class Sources:
    """Relations that the attributes are read from. `parents` is made by `practice_parents`."""

    person: str
    registration: str
    place: str
    has_registrations: bool
    parents: str = ""


def practice_parents(connection: duckdb.DuckDBPyConnection, organisation: str, as_at: date, name: str) -> None:
    """Make the table `name`: practice_code and the bodies it belongs to on the date, by dated parents, up to five up.

    Where two parents of one kind hold at once, the one that began last counts, then the highest code.
    """
    moment = date_literal(as_at)
    picked = ", ".join(
        f"max(CASE WHEN kind = '{kind}' THEN concat(CAST(valid_from AS VARCHAR), code) END)[11:] AS {column}"
        for column, kind in ANCESTORS.items()
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name} AS
        WITH RECURSIVE held AS (
            SELECT code, kind, parent_code, valid_from FROM {organisation}
            WHERE valid_from <= {moment} AND (valid_to IS NULL OR valid_to >= {moment})
        ), above AS (
            SELECT code AS practice_code, parent_code, valid_from, 1 AS steps FROM held WHERE kind = 'practice'
            UNION
            SELECT above.practice_code, held.parent_code, above.valid_from, steps + 1
            FROM above JOIN held ON held.code = above.parent_code WHERE steps < 5
        )
        SELECT practice_code, {picked}
        FROM (SELECT above.practice_code, held.code, held.kind, above.valid_from
              FROM above JOIN held ON held.code = above.parent_code)
        GROUP BY practice_code
    """)


def attributes_sql(sources: Sources, as_at: date, precision: BirthPrecision, dialect: Dialect) -> str:
    """One row a person with `COLUMNS`."""
    return aged_sql(f"({known_sql(sources, as_at, dialect)})", as_at, precision, dialect)


def aged_sql(known: str, as_at: date, precision: BirthPrecision, dialect: Dialect) -> str:
    """The rows of `known_sql` with the date of birth as `precision` has it, and the age that follows from it."""
    birth = "coalesce(birth_day, birth_month)" if precision == "day" else "birth_month"
    age = difference("birth_date", date_literal(as_at), "years", dialect)
    return f"""
        SELECT *, {band_sql("age", dialect)} AS age_band
        FROM (SELECT *, {age} AS age FROM (SELECT *, {birth} AS birth_date FROM {known} k) a) b
    """


def band_sql(age: str, dialect: Dialect) -> str:
    """The band of five years that an age is in; 90 and over are one."""
    text = "STRING" if dialect.is_spark else "VARCHAR"
    return f"""CASE WHEN {age} IS NULL OR {age} < 0 THEN NULL WHEN {age} >= 90 THEN '90+' ELSE concat(
            lpad(CAST(CAST(floor({age} / 5) AS INT) * 5 AS {text}), 2, '0'), '-',
            lpad(CAST(CAST(floor({age} / 5) AS INT) * 5 + 4 AS {text}), 2, '0')) END"""


BY_PLACE = ("residence_borough_code", "imd_decile")
"""Attributes that are read from the place in which somebody lives."""


def unchanging_sql(sources: Sources, placed: bool = True) -> str:
    """One row a person: what holds at every date, both forms of the date of birth, and the date of death whenever it is.

    `placed`: with `BY_PLACE`, which costs a join.
    """
    place = (
        "l.borough_code AS residence_borough_code, CAST(l.imd2019_decile AS BIGINT) AS imd_decile, " if placed else ""
    )
    groups = " ".join(f"WHEN '{code}' THEN '{group}'" for code, group in ETHNIC_GROUPS.items())
    categories = ", ".join(f"'{code}'" for code in ETHNIC_GROUPS)
    return f"""
        SELECT p.person_key, p.person_id, p.birth_date AS birth_day, p.birth_month, p.death_date,
            p.sex, CASE WHEN p.ethnic_category IN ({categories}) THEN p.ethnic_category END AS ethnic_category,
            CASE p.ethnic_category {groups} END AS ethnic_group,
            p.lsoa21, {place}p.language,
            coalesce(p.type1_opt_out, FALSE) OR coalesce(p.national_opt_out, FALSE) AS objected
        FROM {sources.person} p{f" LEFT JOIN {sources.place} l ON l.lsoa21 = p.lsoa21" if placed else ""}"""


def known_sql(sources: Sources, as_at: date, dialect: Dialect) -> str:
    """One row a person: all that is known but what follows from the date of birth, and both forms of that date."""
    moment = date_literal(as_at)
    known = "r.practice_code IS NOT NULL" if sources.has_registrations else "TRUE"
    return f"""
        SELECT p.person_key, p.person_id, p.birth_day, p.birth_month,
            CASE WHEN p.death_date <= {moment} THEN p.death_date END AS death_date, p.sex, p.ethnic_category, p.ethnic_group,
            r.practice_code, r.registered_since,
            {", ".join(f"o.{column}" for column in ANCESTORS)},
            p.lsoa21, p.residence_borough_code, p.imd_decile, p.language, {known} AS in_registered_population, p.objected
        FROM ({unchanging_sql(sources)}) p
        LEFT JOIN (
            SELECT person_key, substring(held, 11) AS practice_code, CAST(substring(held, 1, 10) AS DATE) AS registered_since
            FROM (SELECT person_key, max(concat({dialect.text_of_date("start_date")}, practice_code)) AS held
                  FROM {sources.registration} g
                  WHERE start_date <= {moment} AND (end_date IS NULL OR end_date >= {moment})
                  GROUP BY person_key) h
        ) r ON r.person_key = p.person_key
        LEFT JOIN {sources.parents} o ON o.practice_code = r.practice_code
    """
