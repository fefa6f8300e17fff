"""Helpers of these tests."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from commonweal.synthetic.settings import Size

DATA = Path(__file__).parent / "data"
DISTRICT = Size("district", 40_000, ("Brent", "Harrow"))


@dataclass(frozen=True)
class System:
    """One written system."""

    folder: Path
    summary: dict[str, Any]
    connection: duckdb.DuckDBPyConnection

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query; ``{sus_apc/spell}`` names a file, every column as text."""
        while "{" in sql:
            before, rest = sql.split("{", 1)
            name, after = rest.split("}", 1)
            sql = f"{before}read_csv('{self.folder / name}.csv.gz', all_varchar = true){after}"
        return self.connection.sql(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.all(sql)[0][0]


def slice_(name: str) -> dict[str, set[str]]:
    """A two-column slice as key → values."""
    table: dict[str, set[str]] = defaultdict(set)
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for key, value in rows:
            table[key].add(value)
    return table
