"""How good a linkage is, against a known truth: pairwise precision and recall, and what kind of error was made.

A pair is two subjects. Precision is the share of joined pairs that are one person; recall the share of one person's
pairs that were joined. Pairs are counted from group sizes, never enumerated, so that millions of subjects take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa


@dataclass(frozen=True)
class LinkageQuality:
    """Pairs: `true_links`, `found_links`, and `right_links` in both. People split over, or sharing, joined records."""

    true_links: int
    found_links: int
    right_links: int
    people: int
    people_split: int
    joined: int
    joined_mixed: int

    @property
    def precision(self) -> float:
        """1 where nothing was joined."""
        return self.right_links / self.found_links if self.found_links else 1.0

    @property
    def recall(self) -> float:
        """1 where there was nothing to join."""
        return self.right_links / self.true_links if self.true_links else 1.0


@dataclass(frozen=True)
class ErrorKind:
    """One kind of missed or wrong pair, by what the two records look like, and how many there are."""

    error: str
    kind: str
    pairs: int


def evaluate(truth: pa.Table, found: pa.Table) -> LinkageQuality:
    """`truth` (subject_key, person) against `found` (subject_key, person_key); subjects in only one are left out."""
    with duckdb.connect() as connection:
        _both(connection, truth, found)
        row = connection.execute("""
            WITH pairs AS (
                SELECT (SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM both_sides GROUP BY person)) AS t,
                       (SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM both_sides GROUP BY person_key)) AS f,
                       (SELECT sum(n * (n - 1) // 2) FROM
                           (SELECT count(*) AS n FROM both_sides GROUP BY person, person_key)) AS r
            ), people AS (
                SELECT count(*) AS n, count(*) FILTER (parts > 1) AS split FROM
                    (SELECT count(DISTINCT person_key) AS parts FROM both_sides GROUP BY person)
            ), joined AS (
                SELECT count(*) AS n, count(*) FILTER (parts > 1) AS mixed FROM
                    (SELECT count(DISTINCT person) AS parts FROM both_sides GROUP BY person_key)
            )
            SELECT t, f, r, people.n, people.split, joined.n, joined.mixed FROM pairs, people, joined
        """).fetchone()
    assert row is not None
    return LinkageQuality(*(int(value or 0) for value in row))


def error_kinds(truth: pa.Table, found: pa.Table, subjects: pa.Table) -> list[ErrorKind]:
    """Missed and wrong pairs by kind, commonest first. `subjects` has the columns of `record.schema.SUBJECT`.

    Each missed pair counts under the first difference between its two records; each wrong pair under what they share.
    """
    with duckdb.connect() as connection:
        _both(connection, truth, found)
        connection.register("subjects", subjects)
        connection.execute("""
            CREATE TEMP TABLE wrong_pair AS
            SELECT 'missed' AS error, a.subject_key AS left_key, b.subject_key AS right_key
            FROM both_sides AS a JOIN both_sides AS b
              ON a.person = b.person AND a.subject_key < b.subject_key AND a.person_key <> b.person_key
            UNION ALL
            SELECT 'wrong', a.subject_key, b.subject_key FROM both_sides AS a JOIN both_sides AS b
              ON a.person_key = b.person_key AND a.subject_key < b.subject_key AND a.person <> b.person
        """)
        rows = connection.execute("""
            SELECT error, CASE
                WHEN error = 'wrong' AND a.nhs_number = b.nhs_number THEN 'the same number'
                WHEN error = 'wrong' AND a.birth_date = b.birth_date AND a.address = b.address THEN 'twins'
                WHEN error = 'wrong' AND a.address = b.address THEN 'one household'
                WHEN error = 'wrong' THEN 'other'
                WHEN a.nhs_number <> b.nhs_number THEN 'two numbers'
                WHEN a.family_name IS NULL OR b.family_name IS NULL THEN 'no name'
                WHEN upper(a.given_name) = upper(b.family_name) THEN 'names exchanged'
                WHEN upper(a.family_name) <> upper(b.family_name) AND a.birth_date <> b.birth_date
                    THEN 'family name and birth date'
                WHEN upper(a.given_name) <> upper(b.given_name) AND a.birth_date <> b.birth_date
                    THEN 'given name and birth date'
                WHEN a.birth_date <> b.birth_date THEN 'birth date'
                WHEN upper(a.family_name) <> upper(b.family_name) AND upper(a.given_name) <> upper(b.given_name)
                    THEN 'both names'
                WHEN upper(a.family_name) <> upper(b.family_name) THEN 'family name'
                WHEN upper(a.given_name) <> upper(b.given_name) THEN 'given name'
                WHEN a.postcode <> b.postcode THEN 'address only'
                ELSE 'fits two people, or too little to go on' END AS kind, count(*) AS pairs
            FROM wrong_pair JOIN subjects AS a ON a.subject_key = left_key JOIN subjects AS b ON b.subject_key = right_key
            GROUP BY ALL ORDER BY error, pairs DESC, kind
        """).fetchall()
    return [ErrorKind(*row) for row in rows]


def _both(connection: duckdb.DuckDBPyConnection, truth: pa.Table, found: pa.Table) -> None:
    connection.register("truth", truth)
    connection.register("found", found)
    connection.execute("CREATE TEMP TABLE both_sides AS FROM truth JOIN found USING (subject_key)")
