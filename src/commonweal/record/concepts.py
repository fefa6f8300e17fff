"""The concept dictionary: every code of every system, as a dense integer, append-only.

Held as ``concepts.parquet`` in the store and replaced in one rename. A code keeps its integer for good, so loads and
releases made at different times agree. Only the holder of the store's writer lock adds to it.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from commonweal.record.expressions import quote
from commonweal.store import Store


def path(store: Store) -> Path:
    """Where the dictionary is."""
    return store.root / "concepts.parquet"


def attach(connection: duckdb.DuckDBPyConnection, store: Store, name: str = "concept_dictionary") -> None:
    """Give `connection` a table of the dictionary: concept, system, code, term."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} (concept INTEGER, system VARCHAR, code VARCHAR, term VARCHAR)"
    )
    if path(store).exists():
        connection.execute(
            f"INSERT INTO {name} SELECT concept, system, code, term FROM read_parquet({quote(path(store))})"
        )


def intern(connection: duckdb.DuckDBPyConnection, store: Store, codes: str, name: str = "concept_dictionary") -> int:
    """Add what is new in the relation `codes` (system, code, term) to the attached table and the file.

    Returns how many were added. A term is kept for display when the code is first seen, or when it had none.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE new_concept AS
        SELECT system, code, min(term) AS term FROM ({codes}) found
        WHERE code IS NOT NULL AND system IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM {name} held WHERE held.system = found.system AND held.code = found.code)
        GROUP BY ALL
    """)
    row = connection.execute("SELECT count(*) FROM new_concept").fetchone()
    added = int(row[0]) if row else 0
    if not added:
        return 0
    connection.execute(f"""
        INSERT INTO {name}
        SELECT (SELECT coalesce(max(concept), 0) FROM {name}) + row_number() OVER (ORDER BY system, code), system, code, term
        FROM new_concept
    """)
    temporary = path(store).with_name(f".concepts.{os.getpid()}.parquet")
    connection.execute(
        f"COPY (SELECT * FROM {name} ORDER BY concept) TO {quote(temporary)} (FORMAT parquet, COMPRESSION zstd)"
    )
    temporary.replace(path(store))
    return added
