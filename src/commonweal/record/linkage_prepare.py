"""From the subject rows that feeds sent to one comparable record a subject.

A subject is one source's idea of one person, so its rows are one person by definition; the newest value of each field
is compared. Names lose case, accents and punctuation; the first given name is also looked up in a list of short forms.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import duckdb

from commonweal.nhs_number import VERIFIED, normalise_sql, valid_sql

PSEUDONYM_PATTERN = "[0-9A-Za-z_:+/=-]{16,}"
"""A token that stands for an NHS number in a feed that carries no numbers: at least 16 characters and not all digits."""
STANDING_STATUS = "'01', '07'"
"""Trace status under which a token stands by itself: verified, or 07, no number was sent and the processor found it."""
LONGEST_SUPERSEDED_CHAIN = 8
ROWS_AT_ONCE = 2_000_000
"""Subject rows prepared together: a few hundred megabytes."""

_NEWEST = "(CAST(load_id AS BIGINT) << 45) | (CAST(coalesce(valid_from, DATE '1900-01-01') - DATE '1900-01-01' AS BIGINT) << 28)"
_ORDER = f"({_NEWEST}) | (record_number & 268435455)"
_NUMBER = normalise_sql("nhs_number")


def prepare_records(connection: duckdb.DuckDBPyConnection, subjects: str) -> int:
    """Make the temp table ``linkage_record``, one row a subject, from a relation of `record.schema.SUBJECT` rows.

    Columns: subject_key, feed, number (as sent), canonical_number (after PDS mergers; null where unusable), number_kind
    (verified, untraced, pseudonym or null), other_number (another usable number of the same subject, or null), given,
    given_standard, family, birth_date (text YYYY-MM-DD), birth_month (YYYY-MM, where day or month is known), sex, postcode, postcodes (list), address, telephone,
    practice_code. Returns the number of rows.

    What is gathered of a subject cannot spill to disk, so subjects are taken some millions of rows at a time.
    """
    _short_forms(connection)
    _superseded(connection, subjects)
    for place, within in enumerate(_key_ranges(connection, subjects)):
        _numbers(connection, f"(SELECT * FROM {subjects} WHERE {within})")
        _demographics(connection, f"(SELECT * FROM {subjects} WHERE {within})")
        verb = "INSERT INTO linkage_record" if place else "CREATE OR REPLACE TEMP TABLE linkage_record AS"
        connection.execute(f"""
            {verb}
            SELECT demographics.* EXCLUDE (given_all, family),
                   split_part(given_all, ' ', 1) AS given,
                   coalesce(short_form.standard, split_part(given_all, ' ', 1)) AS given_standard,
                   nullif(replace(family, ' ', ''), '') AS family,
                   number.* EXCLUDE (subject_key)
            FROM linkage_demographics AS demographics
            LEFT JOIN linkage_number AS number USING (subject_key)
            LEFT JOIN short_form ON short_form.short = split_part(given_all, ' ', 1)
            ORDER BY subject_key
        """)
    connection.execute("DROP TABLE linkage_demographics; DROP TABLE linkage_number")
    return _count(connection, "linkage_record")


def _key_ranges(connection: duckdb.DuckDBPyConnection, subjects: str) -> list[str]:
    """Conditions on ``subject_key``, in its order, that part the rows into pieces of about `ROWS_AT_ONCE`.

    The identity store's files are sorted by the key, so each piece reads little more than itself.
    """
    pieces = -(-_count(connection, subjects) // ROWS_AT_ONCE)
    if pieces <= 1:
        return ["true"]
    shares = [place / pieces for place in range(1, pieces)]
    row = connection.execute(f"SELECT approx_quantile(subject_key, {shares}) FROM {subjects}").fetchone()
    edges = sorted(set(row[0])) if row else []
    first, last = [f"subject_key <= {edge}" for edge in edges], [f"subject_key > {edge}" for edge in edges]
    return [" AND ".join(both) for both in zip(["true", *last], [*first, "true"], strict=True)]


def _demographics(connection: duckdb.DuckDBPyConnection, subjects: str) -> None:
    """``linkage_demographics``: the newest value of each field of each subject; arg_max passes over nulls."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_demographics AS
        SELECT subject_key, arg_max(feed, sent) AS feed, arg_max(given_all, sent) AS given_all,
               arg_max(family, sent) AS family, arg_max(birth_date, sent) AS birth_date,
               arg_max(birth_month, sent) AS birth_month, arg_max(sex, sent) AS sex,
               arg_max(postcode, sent) AS postcode,
               list_sort(list_distinct(list(postcode) FILTER (postcode IS NOT NULL))) AS postcodes,
               arg_max(address, sent) AS address, arg_max(telephone, sent) AS telephone,
               arg_max(practice_code, sent) AS practice_code
        FROM (SELECT subject_key, feed, {_ORDER} AS sent, {_letters("given_name")} AS given_all,
                     {_letters("family_name")} AS family,
                     CASE WHEN coalesce(birth_date_precision, 'D') = 'D' THEN CAST(birth_date AS VARCHAR) END
                         AS birth_date,
                     CASE WHEN coalesce(birth_date_precision, 'D') <> 'Y' THEN left(CAST(birth_date AS VARCHAR), 7) END
                         AS birth_month,
                     CASE WHEN sex IN ('M', 'F') THEN sex END AS sex, {_postcode()} AS postcode,
                     {_letters("address", digits=True)} AS address, {_telephone()} AS telephone,
                     nullif(practice_code, '') AS practice_code
              FROM {subjects} AS subject)
        GROUP BY subject_key
    """)


def _numbers(connection: duckdb.DuckDBPyConnection, subjects: str) -> None:
    """``linkage_number``: the usable number of each subject, verified before untraced, then newest."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_number AS
        WITH said AS (
            SELECT subject_key, {_NUMBER} AS number, nhs_number_status AS status, {_ORDER} AS sent
            FROM {subjects} WHERE nhs_number IS NOT NULL
        ), kinds AS (
            SELECT *, CASE
                WHEN {valid_sql("number")} THEN if(status = '{VERIFIED}', 'verified', 'untraced')
                WHEN regexp_full_match(number, '{PSEUDONYM_PATTERN}') AND NOT regexp_full_match(number, '[0-9]+')
                     THEN if(coalesce(status, '{VERIFIED}') IN ({STANDING_STATUS}), 'pseudonym', 'untraced') END AS number_kind
            FROM said
        ), usable AS (
            SELECT subject_key, number, coalesce(superseded.canonical, number) AS canonical_number, number_kind,
                   (CAST(number_kind <> 'untraced' AS BIGINT) << 62) | sent AS preference
            FROM kinds LEFT JOIN superseded USING (number) WHERE number_kind IS NOT NULL
        )
        SELECT subject_key, arg_max(number, preference) AS number,
               arg_max(canonical_number, preference) AS canonical_number,
               arg_max(number_kind, preference) AS number_kind,
               list_filter(list_sort(list_distinct(list(canonical_number) FILTER (number_kind <> 'untraced'))),
                           lambda other: other <> arg_max(canonical_number, preference))[1] AS other_number
        FROM usable GROUP BY subject_key
    """)


def _superseded(connection: duckdb.DuckDBPyConnection, subjects: str) -> None:
    """``superseded`` (number, canonical): each replaced number with the last of its chain. A ring stays as it is."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE superseded AS
        SELECT number, arg_max(superseded_by, (sent, superseded_by)) AS canonical
        FROM (SELECT {_NUMBER} AS number, {normalise_sql("superseded_by")} AS superseded_by, {_ORDER} AS sent
              FROM {subjects} WHERE nhs_number IS NOT NULL AND superseded_by IS NOT NULL)
        WHERE superseded_by IS NOT NULL AND number IS NOT NULL AND superseded_by <> number GROUP BY number
    """)
    for _ in range(LONGEST_SUPERSEDED_CHAIN):
        changed = connection.execute("""
            UPDATE superseded SET canonical = further.canonical FROM superseded AS further
            WHERE superseded.canonical = further.number AND further.canonical <> superseded.number
        """).fetchone()
        if not changed or not changed[0]:
            return


def _letters(column: str, *, digits: bool = False) -> str:
    keep = "A-Z0-9" if digits else "A-Z"
    return (
        f"nullif(trim(regexp_replace(regexp_replace(upper(strip_accents({column})), '[''’`.]', '', 'g'), "
        f"'[^{keep}]+', ' ', 'g')), '')"
    )


def _postcode() -> str:
    bare = "regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g')"
    return f"CASE WHEN length({bare}) BETWEEN 5 AND 7 AND NOT starts_with({bare}, 'ZZ99') THEN {bare} END"


def _telephone() -> str:
    digits = "regexp_replace(telephone, '[^0-9]', '', 'g')"
    return f"CASE WHEN length({digits}) >= 10 AND length(replace({digits}, right({digits}, 1), '')) > 1 THEN right({digits}, 10) END"


@cache
def short_forms() -> dict[str, str]:
    """Short and pet forms of given names, upper case, with the name that they are compared as."""
    text = resources.files("commonweal.record").joinpath("data/given_names.txt").read_text(encoding="utf-8")
    forms: dict[str, str] = {}
    for line in text.splitlines():
        standard, _, shorts = line.partition(":")
        if shorts and not line.startswith("#"):
            forms.update({short: standard.strip() for short in shorts.split()})
    return forms


def _short_forms(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE short_form (short VARCHAR, standard VARCHAR)")
    connection.executemany("INSERT INTO short_form VALUES (?, ?)", list(short_forms().items()))


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
