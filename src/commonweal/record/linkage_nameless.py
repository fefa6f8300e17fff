"""Records with neither name nor usable number: community, mental health and social care returns carry none by design.

They join by exact date of birth, sex and full postcode, leaving out 1 January (a default date), as the last pass of the
older HES patient id method is known to have done (from general knowledge, not verified), and under one more condition:
exactly one known person may be born that day at that postcode, of whichever sex, so that twins are left alone.
"""

from __future__ import annotations

import duckdb

RULE_NAMELESS = "birth_date_sex_and_postcode"
WEIGHT = 1.0
"""Binds after every other link."""


def link_nameless(connection: duckdb.DuckDBPyConnection) -> None:
    """Add links to ``linkage_scored`` and doubts to ``linkage_doubt``, from ``linkage_record`` and ``linkage_cluster``
    (subject_key, cluster: the people so far)."""
    # Few records are nameless: only their clusters, and people born on their days at their postcodes, are looked at.
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_bare AS
        SELECT cluster, subject_key, birth_date, sex, postcode
        FROM (FROM linkage_record WHERE given IS NULL AND family IS NULL AND number_kind IS NULL) JOIN linkage_cluster USING (subject_key)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_place AS
        WITH named AS (
            SELECT DISTINCT cluster FROM linkage_cluster ANTI JOIN linkage_bare USING (subject_key) SEMI JOIN (
                SELECT cluster FROM linkage_bare) AS bare USING (cluster)
        ), bare AS (
            SELECT cluster, subject_key, birth_date, sex, postcode FROM linkage_bare ANTI JOIN named USING (cluster)
            WHERE birth_date IS NOT NULL AND postcode IS NOT NULL
        )
        SELECT cluster, subject_key, birth_date, sex, false AS anchored, postcode FROM bare
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_near AS
        SELECT subject_key, birth_date, sex, postcode FROM (
            SELECT subject_key, birth_date, sex, unnest(postcodes) AS postcode
            FROM linkage_record SEMI JOIN linkage_place USING (birth_date)
        ) SEMI JOIN linkage_place USING (birth_date, postcode) ANTI JOIN linkage_place USING (subject_key)
    """)
    connection.execute("""
        INSERT INTO linkage_place
        SELECT cluster, subject_key, birth_date, sex, true, postcode
        FROM linkage_near JOIN linkage_cluster USING (subject_key)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_nameless AS
        WITH bare AS (
            SELECT birth_date, sex, postcode, min(subject_key) AS first_subject, list(DISTINCT subject_key) AS subjects
            FROM linkage_place WHERE NOT anchored AND sex IS NOT NULL AND substr(birth_date, 6) <> '01-01'
            GROUP BY ALL
        ), people AS (
            SELECT birth_date, postcode, count(DISTINCT cluster) AS people, min(subject_key) AS subject_key,
                   list(DISTINCT sex) FILTER (sex IS NOT NULL) AS sexes
            FROM linkage_place WHERE anchored GROUP BY ALL
        )
        SELECT bare.*, coalesce(people.people, 0) AS people, people.subject_key AS anchor, people.sexes,
               count(*) OVER (PARTITION BY bare.birth_date, bare.postcode) AS sexes_here
        FROM bare LEFT JOIN people USING (birth_date, postcode)
    """)
    connection.execute(f"""
        INSERT INTO linkage_scored
        SELECT DISTINCT least(bare, target), greatest(bare, target), '{RULE_NAMELESS}', {WEIGHT}, NULL, true
        FROM (
            SELECT unnest(subjects) AS bare, if(people = 1, anchor, first_subject) AS target FROM linkage_nameless
            WHERE (people = 1 AND (len(sexes) = 0 OR sexes = [sex])) OR (people = 0 AND sexes_here = 1)
        ) WHERE bare <> target
    """)
    connection.execute("""
        INSERT INTO linkage_doubt
        SELECT 'fits_two_people', 'neither name nor number, and more than one person was born that day at that postcode',
               least(first_subject, anchor), greatest(first_subject, anchor), NULL
        FROM linkage_nameless WHERE people > 1
    """)
    connection.execute(
        "DROP TABLE linkage_bare; DROP TABLE linkage_place; DROP TABLE linkage_near; DROP TABLE linkage_nameless"
    )
