"""Stable ids over unstable clusters: which old person each new cluster goes on from.

Every old person's heir is the cluster that holds most of its subjects (the smallest subject decides a tie). A cluster
that is heir to several takes the oldest and the others are merged into it; one that is heir to none is a new person,
split off where its subjects had a person before. Keys of new people go on from the largest ever given, in order of
practice, so that people of one practice lie together.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

PERSON_ID_BYTES = 10
"""80 random bits: among 10 million people the chance that any two ids are alike is 4 in 10**11."""
IDS_AT_ONCE = 250_000


@dataclass(frozen=True)
class AssignmentCounts:
    """`persons` stand now; `created`, `merged` and `split` are what this generation changed."""

    subjects: int
    persons: int
    created: int
    merged: int
    split: int
    fingerprint: str


def assign_persons(
    connection: duckdb.DuckDBPyConnection, clusters: str, previous: Path | None, folder: Path
) -> AssignmentCounts:
    """Write the snapshots of a generation (see `register`) into `folder`, and the temp table ``register_change``.

    `clusters` is a relation (subject_key, cluster, practice_code); `previous` the folder of the generation before.
    Subjects known before and absent from `clusters` keep their person: a load that was taken away orphans nobody.
    """
    _load_previous(connection, previous)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE register_cluster AS
        SELECT cluster.subject_key, cluster.cluster, cluster.practice_code, old.person_key AS old_key
        FROM {clusters} AS cluster LEFT JOIN old_subject AS old USING (subject_key)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE register_heir AS
        WITH shares AS (
            SELECT old_key, cluster, count(*) AS subjects, min(subject_key) AS first_subject
            FROM register_cluster WHERE old_key IS NOT NULL GROUP BY old_key, cluster
        )
        SELECT old_key, arg_max(cluster, (subjects, -first_subject)) AS cluster FROM shares GROUP BY old_key
    """)
    _allocate(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE new_subject AS
        SELECT subject_key, owner.person_key FROM register_cluster JOIN register_owner AS owner USING (cluster)
        UNION ALL
        SELECT old.subject_key, coalesce(owner.person_key, old.person_key) FROM old_subject AS old
        LEFT JOIN register_heir AS heir ON heir.old_key = old.person_key
        LEFT JOIN register_owner AS owner ON owner.cluster = heir.cluster
        WHERE old.subject_key NOT IN (SELECT subject_key FROM register_cluster)
    """)
    _persons(connection)
    _changes(connection)
    for name, order in (("subject", "subject_key"), ("person", "person_key")):
        connection.execute(
            f"COPY (SELECT * FROM new_{name} ORDER BY {order}) TO '{folder / f'{name}s.parquet'}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    counts = _counted(connection)
    connection.execute(
        "DROP TABLE register_cluster; DROP TABLE register_heir; DROP TABLE register_owner; DROP TABLE new_subject; "
        "DROP TABLE new_person; DROP TABLE old_subject; DROP TABLE old_person"
    )
    return counts


def _load_previous(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    if previous is None:
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE old_subject (subject_key BIGINT, person_key INTEGER);
            CREATE OR REPLACE TEMP TABLE old_person (person_key INTEGER, person_id VARCHAR, merged_into INTEGER);
        """)
        return
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE old_subject AS FROM read_parquet('{previous / "subjects.parquet"}');
        CREATE OR REPLACE TEMP TABLE old_person AS FROM read_parquet('{previous / "persons.parquet"}');
    """)


def _allocate(connection: duckdb.DuckDBPyConnection) -> None:
    """``register_owner`` (cluster, person_key, is_new): the oldest inherited person, or the next free key."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE register_owner AS
        WITH inherited AS (SELECT cluster, min(old_key) AS person_key FROM register_heir GROUP BY cluster),
        fresh AS (
            SELECT cluster, min(practice_code) AS practice_code, min(subject_key) AS first_subject
            FROM register_cluster WHERE cluster NOT IN (SELECT cluster FROM inherited) GROUP BY cluster
        )
        SELECT cluster, person_key, false AS is_new FROM inherited
        UNION ALL
        SELECT cluster, CAST((SELECT coalesce(max(person_key), -1) FROM old_person)
            + row_number() OVER (ORDER BY practice_code NULLS LAST, first_subject) AS INTEGER), true
        FROM fresh
    """)


def _persons(connection: duckdb.DuckDBPyConnection) -> None:
    """``new_person``: everyone before, with merges flattened to the survivor, and the new ones with random ids."""
    _fresh_ids(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE new_person AS
        WITH merged AS (
            SELECT heir.old_key, owner.person_key AS survivor FROM register_heir AS heir
            JOIN register_owner AS owner USING (cluster) WHERE owner.person_key <> heir.old_key
        )
        SELECT old.person_key, old.person_id,
               coalesce(onward.survivor, merged.survivor, old.merged_into) AS merged_into
        FROM old_person AS old
        LEFT JOIN merged ON merged.old_key = old.person_key
        LEFT JOIN merged AS onward ON onward.old_key = old.merged_into
        UNION ALL
        SELECT owner.person_key, 'p_' || digits, NULL
        FROM (SELECT person_key, row_number() OVER (ORDER BY person_key) - 1 AS position
              FROM register_owner WHERE is_new) AS owner
        JOIN fresh_id USING (position)
    """)
    connection.execute("DROP TABLE fresh_id")


def _fresh_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """``fresh_id`` (position, digits): random digits for each new person, some hundred thousand at a time."""
    row = connection.execute("SELECT count(*) FROM register_owner WHERE is_new").fetchone()
    fresh, width = int(row[0]) if row else 0, 2 * PERSON_ID_BYTES
    connection.execute("CREATE OR REPLACE TEMP TABLE fresh_id (position BIGINT, digits VARCHAR)")
    for first in range(0, fresh, IDS_AT_ONCE):
        count = min(IDS_AT_ONCE, fresh - first)
        offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
        digits = os.urandom(count * PERSON_ID_BYTES).hex().encode()
        ids = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(digits))
        connection.register("_fresh_ids", pa.table({"position": np.arange(first, first + count), "digits": ids}))
        connection.execute("INSERT INTO fresh_id FROM _fresh_ids")
        connection.unregister("_fresh_ids")


def _changes(connection: duckdb.DuckDBPyConnection) -> None:
    """``register_change``: merges, and new people whose subjects had a person before."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE register_change AS
        SELECT 'merged_into' AS kind, person.person_key, person.person_id, survivor.person_key AS other_key,
               survivor.person_id AS other_id
        FROM new_person AS person JOIN old_person AS old USING (person_key)
        JOIN new_person AS survivor ON survivor.person_key = person.merged_into
        WHERE old.merged_into IS NULL
        UNION ALL
        SELECT DISTINCT 'split_from', person.person_key, person.person_id, origin.person_key, origin.person_id
        FROM register_cluster AS cluster JOIN register_owner AS owner USING (cluster)
        JOIN register_heir AS heir ON heir.old_key = cluster.old_key
        JOIN new_person AS person ON person.person_key = owner.person_key
        JOIN new_person AS origin ON origin.person_key = cluster.old_key
        WHERE heir.cluster <> cluster.cluster
        ORDER BY ALL
    """)


def _counted(connection: duckdb.DuckDBPyConnection) -> AssignmentCounts:
    row = connection.execute("""
        SELECT (SELECT count(*) FROM new_subject), (SELECT count(DISTINCT person_key) FROM new_subject),
               (SELECT count(*) FROM register_owner WHERE is_new),
               (SELECT count(*) FROM register_change WHERE kind = 'merged_into'),
               (SELECT count(*) FROM register_change WHERE kind = 'split_from'),
               (SELECT CAST(sum(CAST(hash(subject_key, person_key) AS HUGEINT)) AS VARCHAR) FROM new_subject)
    """).fetchone()
    assert row is not None
    subjects, persons, created, merged, split, content = row
    fingerprint = hashlib.sha256(str(content).encode()).hexdigest()
    return AssignmentCounts(subjects, persons, created, merged, split, fingerprint)
