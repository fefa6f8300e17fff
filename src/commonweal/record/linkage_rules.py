"""Deterministic links: the same person by number, unless the people behind it plainly differ.

Records that share a usable number are compared with the hub of their group (the record whose birth date is commonest
there). A verified number, or the same pseudonym, links unless birth date or given name contradicts it; an untraced
number links only where the birth date, or sex and both names, agree as well; and where anyone contradicts the hub, birth date and sex or the
names must agree outright. Records that contradict the hub are set against each other in the
same way, and go to the review queue. A number behind which very many birth dates stand is nobody's number.
"""

from __future__ import annotations

import duckdb

from commonweal.record.linkage_prepare import ROWS_AT_ONCE

ROUNDS = 3
MOST_BIRTH_DATES = 20
"""A number with more different birth dates than this is a default value, not a person's."""

RULE_VERIFIED = "verified_nhs_number"
RULE_SUPERSEDED = "superseded_nhs_number"
RULE_PSEUDONYM = "same_pseudonym"
RULE_CORROBORATED = "corroborated_nhs_number"

MACROS = """
    CREATE OR REPLACE TEMP MACRO birth_dates_near(a, b) AS
        CASE WHEN a = b THEN true  -- CASE, unlike OR, works the dear part out only for the rows that need it
             ELSE damerau_levenshtein(a, b) <= 1 OR a = left(b, 5) || substr(b, 9, 2) || '-' || substr(b, 6, 2) END;
    CREATE OR REPLACE TEMP MACRO births_contradict(date_a, month_a, date_b, month_b) AS
        coalesce(NOT birth_dates_near(date_a, date_b), damerau_levenshtein(month_a, month_b) > 1, false);
    CREATE OR REPLACE TEMP MACRO births_agree(date_a, month_a, sex_a, date_b, month_b, sex_b) AS
        coalesce(birth_dates_near(date_a, date_b), month_a = month_b AND sex_a = sex_b, false);
    CREATE OR REPLACE TEMP MACRO given_names_clash(given_a, standard_a, given_b, standard_b) AS
        CASE WHEN given_a = given_b OR standard_a = standard_b THEN false ELSE coalesce(
            NOT ((length(given_a) = 1 OR length(given_b) = 1) AND left(given_a, 1) = left(given_b, 1))
            AND NOT starts_with(given_a, given_b) AND NOT starts_with(given_b, given_a)
            AND greatest(jaro_winkler_similarity(given_a, given_b), jaro_winkler_similarity(standard_a, standard_b))
                < 0.8
            AND damerau_levenshtein(given_a, given_b) > 2, false) END;
    CREATE OR REPLACE TEMP MACRO names_agree(given_a, standard_a, family_a, given_b, standard_b, family_b) AS
        CASE WHEN standard_a = standard_b AND family_a = family_b THEN true
             ELSE coalesce((standard_a = standard_b OR jaro_winkler_similarity(given_a, given_b) >= 0.88)
            AND jaro_winkler_similarity(family_a, family_b) >= 0.88, false) END;
"""
"""Agreement of two records' fields. Dates are text (YYYY-MM-DD): one slip, one swap, or day and month exchanged is near.
Where only the month is known on a side, months are compared, and sex with them."""

_CONTRADICTS = """
    (births_contradict(record.birth_date, record.birth_month, hub.birth_date, hub.birth_month) AND NOT names_agree(
        record.given, record.given_standard, record.family, hub.given, hub.given_standard, hub.family))
    OR (given_names_clash(record.given, record.given_standard, hub.given, hub.given_standard)
        AND NOT coalesce(record.given = hub.family AND record.family = hub.given, false))
"""
_CERTAIN = """coalesce(record.birth_date = hub.birth_date AND record.sex = hub.sex, false) OR names_agree(
    record.given, record.given_standard, record.family, hub.given, hub.given_standard, hub.family)"""
_CORROBORATED = """births_agree(
    record.birth_date, record.birth_month, record.sex, hub.birth_date, hub.birth_month, hub.sex) OR (
    coalesce(record.sex = hub.sex, false) AND names_agree(
        record.given, record.given_standard, record.family, hub.given, hub.given_standard, hub.family))"""

_COMPARED = ", ".join(f"record.{name}" for name in (
    "subject_key", "canonical_number", "number", "number_kind", "given", "given_standard", "family", "birth_date",
    "birth_month", "sex",
))  # fmt: skip
"""What of a record these rules read."""


def link_by_number(connection: duckdb.DuckDBPyConnection) -> None:
    """From ``linkage_record`` make ``linkage_edge`` (subject_a, subject_b, rule) and ``linkage_doubt`` (kind, reason,
    subject_a, subject_b), the doubts about numbers."""
    connection.execute(MACROS)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_edge (subject_a BIGINT, subject_b BIGINT, rule VARCHAR);
        CREATE OR REPLACE TEMP TABLE linkage_doubt
            (kind VARCHAR, reason VARCHAR, subject_a BIGINT, subject_b BIGINT, weight DOUBLE);
    """)
    _doubt_subjects_with_two_numbers(connection)
    for within in _slices(connection):
        _link_slice(connection, within)


def _slices(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Conditions that part the records by their number, some millions at a time: records of one number stay together."""
    row = connection.execute("SELECT count(canonical_number) FROM linkage_record").fetchone()
    slices = max(1, -(-int(row[0] if row else 0) // ROWS_AT_ONCE))
    return [f"hash(canonical_number) % {slices} = {place}" for place in range(slices)] if slices > 1 else ["true"]


def _link_slice(connection: duckdb.DuckDBPyConnection, within: str) -> None:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_group AS
        SELECT canonical_number, min(subject_key) AS any_subject, max(subject_key) AS other_subject,
               count(DISTINCT coalesce(birth_date, birth_month)) > {MOST_BIRTH_DATES} AS in_common_use
        FROM linkage_record WHERE canonical_number IS NOT NULL AND {within} GROUP BY canonical_number HAVING count(*) > 1
    """)
    connection.execute(f"""
        INSERT INTO linkage_doubt
        SELECT 'number_in_common_use', 'one number stands on records with more than {MOST_BIRTH_DATES} birth dates; '
               'it was not used to link', any_subject, other_subject, NULL FROM linkage_group WHERE in_common_use
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_waiting AS
        SELECT {_COMPARED} FROM linkage_record AS record JOIN linkage_group USING (canonical_number)
        WHERE NOT in_common_use
    """)
    for round_number in range(1, ROUNDS + 1):
        if not _one_round(connection, round_number):
            break
    connection.execute(
        "DROP TABLE linkage_waiting; DROP TABLE linkage_group; DROP TABLE linkage_hub; DROP TABLE linkage_compared"
    )


def _one_round(connection: duckdb.DuckDBPyConnection, round_number: int) -> bool:
    """Link what agrees with its group's hub; leave the rest in ``linkage_waiting``. True while any wait."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_hub AS
        WITH counted AS (
            SELECT canonical_number, coalesce(birth_date, birth_month) AS birth, count(*) AS records,
                   min(subject_key) FILTER (number_kind <> 'untraced') AS traced, min(subject_key) AS any_subject
            FROM linkage_waiting GROUP BY ALL
        ), chosen AS (
            SELECT canonical_number, count(*) AS birth_dates, arg_max(coalesce(traced, any_subject),
                (traced IS NOT NULL, records, -coalesce(traced, any_subject))) AS subject_key
            FROM counted GROUP BY canonical_number
        )
        SELECT record.* FROM chosen JOIN linkage_waiting AS record USING (subject_key)
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_compared AS
        SELECT *, NOT contradicts AND (corroborated OR NOT untraced)
                  AND (certain OR NOT bool_or(contradicts) OVER (PARTITION BY canonical_number)) AS links
        FROM (SELECT record.subject_key, record.canonical_number, hub.subject_key AS hub_key,
               ({_CONTRADICTS}) AS contradicts, {_CERTAIN} AS certain, ({_CORROBORATED}) AS corroborated,
               record.number_kind = 'untraced' OR hub.number_kind = 'untraced' AS untraced,
               CASE WHEN record.number_kind = 'untraced' OR hub.number_kind = 'untraced' THEN '{RULE_CORROBORATED}'
                    WHEN record.number <> hub.number THEN '{RULE_SUPERSEDED}'
                    WHEN record.number_kind = 'pseudonym' THEN '{RULE_PSEUDONYM}'
                    ELSE '{RULE_VERIFIED}' END AS rule
        FROM linkage_waiting AS record JOIN linkage_hub AS hub USING (canonical_number)
        WHERE record.subject_key <> hub.subject_key)
    """)
    # A number that someone else carries too is doubtful for all: there the birth date or the names must agree outright.
    connection.execute("""
        INSERT INTO linkage_edge SELECT hub_key, subject_key, rule FROM linkage_compared WHERE links
    """)
    if round_number == 1:
        connection.execute("""
            INSERT INTO linkage_doubt
            SELECT 'same_number_different_person', 'the same number stands on records whose birth date or given name '
                   'contradict each other; they were not linked', hub_key, subject_key, NULL
            FROM linkage_compared WHERE contradicts
        """)
    left = connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_waiting AS
        SELECT record.* FROM linkage_compared JOIN linkage_waiting AS record USING (subject_key)
        WHERE NOT links
    """).fetchone()
    return bool(left and left[0])


def _doubt_subjects_with_two_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        INSERT INTO linkage_doubt
        SELECT 'one_identifier_two_numbers', 'one source identifier came with two different usable numbers; '
               'the newer was used', subject_key, subject_key, NULL
        FROM linkage_record WHERE other_number IS NOT NULL
    """)
