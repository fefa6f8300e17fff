"""Scored links: Splink over the records that no verified number joined, and what may be joined by a score.

A score alone joins nobody. A pair joins when its weight is past `ACCEPT` *and* the given name and the date of birth
both agree or nearly agree; twins fail on the first and parents on the second, whatever household they share. Where a
record fits two people about equally well it joins neither. What is left out and still likely goes to the review queue.
"""

from __future__ import annotations

from typing import Any

import duckdb

from commonweal.record.linkage_model import linker, load_model, with_prior
from commonweal.record.linkage_prepare import ROWS_AT_ONCE

RULE_SCORED = "scored_by_comparison"
ACCEPT = 10.0
"""Match weight (log2 of the odds) from which a pair may join: odds of about a thousand to one."""
REVIEW = 0.0
"""Match weight from which a pair that does not join is shown to a person: as likely as not."""
MARGIN = 4.0
"""A record whose two best people are closer than this is ambiguous."""
LEVELS = ("given", "family", "birth_date", "sex", "residence", "telephone", "practice_code", "any_number")


def make_variants(connection: duckdb.DuckDBPyConnection) -> None:
    """``linkage_variant`` from ``linkage_record`` and ``linkage_entity``: the different descriptions of each entity.

    An entity is a set of subjects that numbers (or people) already joined. Descriptions without a birth date or without
    any name are left out: nothing can be concluded from them. A description goes by the smallest of its subjects.
    """
    row = connection.execute("SELECT count(*) FROM linkage_entity").fetchone()
    slices = max(1, -(-int(row[0] if row else 0) // ROWS_AT_ONCE))
    for place in range(
        slices
    ):  # what is gathered spills badly, so entities are taken some millions of records at a time
        verb = "INSERT INTO linkage_variant" if place else "CREATE OR REPLACE TEMP TABLE linkage_variant AS"
        within = f"(FROM linkage_entity WHERE hash(entity) % {slices} = {place})" if slices > 1 else "linkage_entity"
        connection.execute(f"{verb} {_described(within)}")


def _described(entities: str) -> str:
    """SQL of the descriptions of the entities of a relation (subject_key, entity)."""
    return f"""
        WITH numbered AS (
            SELECT entity, max(CAST(coalesce(number_kind <> 'untraced', false) AS INTEGER)) AS numbered
            FROM linkage_record JOIN {entities} AS of_record USING (subject_key) GROUP BY entity
        ), described AS (
            SELECT min(subject_key) AS subject_key, entity, given, given_standard, family, birth_date, sex, postcode,
                   postcodes, address, telephone, linkage_record.practice_code,
                   if(number_kind = 'pseudonym', NULL, canonical_number) AS any_number,
                   min(CASE WHEN number_kind = 'verified' THEN canonical_number END) AS label
            FROM linkage_record JOIN {entities} AS of_record USING (subject_key)
            WHERE birth_date IS NOT NULL AND (given IS NOT NULL OR family IS NOT NULL)
            GROUP BY ALL
        )
        SELECT described.*, numbered,
               left(birth_date, 5) || least(substr(birth_date, 6, 2), right(birth_date, 2))
                   || greatest(substr(birth_date, 6, 2), right(birth_date, 2)) AS birth_key,
               left(birth_date, 4) AS birth_year, left(given, 1) AS given_start, left(family, 3) AS family_start,
               left(postcode, length(postcode) - 3) AS district
        FROM described JOIN numbered USING (entity)
    """


def score_pairs(connection: duckdb.DuckDBPyConnection, model: dict[str, Any] | None = None) -> None:
    """Make ``linkage_scored`` (subject_a, subject_b, rule, weight, levels, accepted), and add to ``linkage_doubt``.

    `levels` is text, ``given=5:+9.1;…``: for each comparison the level that held and the weight that it gave.
    """
    make_variants(connection)
    counted = connection.execute(
        "SELECT count(DISTINCT entity), count(*) FILTER (numbered = 0) FROM linkage_variant"
    ).fetchone()
    entities, unnumbered = counted or (0, 0)
    if not unnumbered:
        _empty(connection)
    else:
        weights = with_prior(model or load_model(), entities)
        predicted = linker(connection, weights).inference.predict(threshold_match_weight=REVIEW)
        _keep(connection, predicted.physical_name)
        predicted.drop_table_from_database_and_remove_from_cache()
    _doubt_two_numbers(connection)
    connection.execute("DROP TABLE linkage_variant")


_COLUMNS = "subject_a BIGINT, subject_b BIGINT, rule VARCHAR, weight DOUBLE, levels VARCHAR, accepted BOOLEAN"


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_scored ({_COLUMNS})")


def _keep(connection: duckdb.DuckDBPyConnection, predicted: str) -> None:
    """One row a pair of entities (its best pair of descriptions), with the decision whether it joins."""
    levels = levels_sql(connection, predicted)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_best AS
        SELECT least(entity_l, entity_r) AS entity_a, greatest(entity_l, entity_r) AS entity_b,
               arg_max(struct_pack(
                   subject_a := least(subject_key_l, subject_key_r), subject_b := greatest(subject_key_l, subject_key_r),
                   levels := {levels}, given := gamma_given, birth_date := gamma_birth_date, sex := gamma_sex
               ), (match_weight, -least(subject_key_l, subject_key_r), -greatest(subject_key_l, subject_key_r))) AS pair,
               max(match_weight) AS weight, min(gamma_given) AS worst_given,
               any_value(if(entity_l < entity_r, numbered_l, numbered_r)) AS numbered_a,
               any_value(if(entity_l < entity_r, numbered_r, numbered_l)) AS numbered_b
        FROM {predicted} GROUP BY ALL
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_candidate AS
        SELECT *, weight >= {ACCEPT} AND pair.given > 0 AND pair.birth_date > 0
                  AND NOT (pair.given < 3 AND pair.sex = 0) AS strong
        FROM linkage_best
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_ambiguous AS
        WITH sides AS (
            SELECT entity_a AS entity, entity_b AS person, weight FROM linkage_candidate
            WHERE strong AND numbered_a = 0 AND numbered_b = 1
            UNION ALL SELECT entity_b, entity_a, weight FROM linkage_candidate
            WHERE strong AND numbered_b = 0 AND numbered_a = 1
        )
        SELECT entity FROM (
            SELECT entity, weight, max(weight) OVER (PARTITION BY entity) AS best FROM sides
        ) WHERE weight > best - {MARGIN} GROUP BY entity HAVING count(*) > 1
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_scored AS
        SELECT pair.subject_a AS subject_a, pair.subject_b AS subject_b, '{RULE_SCORED}' AS rule, weight,
               pair.levels AS levels,
               strong AND NOT (numbered_a + numbered_b = 1 AND (
                   entity_a IN (FROM linkage_ambiguous) OR entity_b IN (FROM linkage_ambiguous))) AS accepted,
               CASE WHEN strong THEN 'fits_two_people'
                    WHEN pair.given = 0 THEN 'different_given_name'
                    WHEN pair.birth_date = 0 THEN 'different_birth_date'
                    ELSE 'likely_but_not_sure' END AS doubt
        FROM linkage_candidate
    """)
    connection.execute("""
        INSERT INTO linkage_doubt
        SELECT doubt, CASE doubt
            WHEN 'fits_two_people' THEN 'fits two people about equally well, so it was joined to neither'
            WHEN 'different_given_name' THEN 'alike, but the given names differ: perhaps twins or one household'
            WHEN 'different_birth_date' THEN 'alike, but the dates of birth differ: perhaps parent and child'
            ELSE 'probably the same person, but not beyond doubt' END, subject_a, subject_b, weight
        FROM linkage_scored WHERE NOT accepted AND doubt IN ('fits_two_people', 'likely_but_not_sure')
    """)
    connection.execute(
        "ALTER TABLE linkage_scored DROP doubt; DROP TABLE linkage_best; DROP TABLE linkage_candidate; "
        "DROP TABLE linkage_ambiguous"
    )


def levels_sql(connection: duckdb.DuckDBPyConnection, predicted: str) -> str:
    """SQL of the text of `levels` over a table that Splink predicted."""
    present = {row[0] for row in connection.execute(f"DESCRIBE {predicted}").fetchall()}
    return " || ';' || ".join(
        f"'{name}=' || gamma_{name} || ':' || round(mw_{name} + "
        + (f"coalesce(mw_tf_adj_{name}, 0)" if f"mw_tf_adj_{name}" in present else "0")
        + ", 2)"
        for name in LEVELS
    )


def _doubt_two_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Two verified numbers on what looks like one person: never joined here, a question for the tracing service."""
    connection.execute("""
        INSERT INTO linkage_doubt
        SELECT 'two_numbers_one_description', 'name, date of birth, sex and postcode are the same under two different '
               'verified numbers', min(subject_key), max(subject_key), NULL
        FROM linkage_variant WHERE numbered = 1 AND given IS NOT NULL AND family IS NOT NULL AND postcode IS NOT NULL
        GROUP BY given, family, birth_date, sex, postcode HAVING count(DISTINCT entity) > 1
    """)
