"""Data quality: what each load holds by organisation, whether it passes its gates, and scorecards over time.

Four dimensions (as in the NHS data quality framework): completeness (values filled), validity (rows that break no rule),
timeliness (against the feed's calendar; overdue is an alarm) and volume (against the feed's own history).

What gates make of them is in `record.gates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from commonweal.record.control import Control, LoadRow, load_folder
from commonweal.record.expressions import quote
from commonweal.record.gates import VOLUME_FALL
from commonweal.record.mapping import families
from commonweal.record.schema import TABLES
from commonweal.record.site import read_site
from commonweal.store import Store

Profile = tuple[str, str, str, int, int, str | None, str | None]
"""Table, organisation, column, rows, filled, first date, last date."""


def profiles(connection: duckdb.DuckDBPyConnection, folder: Path, counts: dict[str, int]) -> list[Profile]:
    """For each table of a load and each organisation: rows, filled values by column, first and last date."""
    found: list[Profile] = []
    for name, rows in counts.items():
        if not rows or name == "subject":
            continue
        table = TABLES[name]
        organisation = next((column for column in ("provider_code", "practice_code") if column in table), "")
        group = f"coalesce({organisation}, '')" if organisation else "''"
        columns = [column.name for column in table if column.name not in ("person_key", "load_id", "record_number")]
        counted = ", ".join(f"count({column})" for column in columns)
        dates = f"min({table.date_column}), max({table.date_column})" if table.date_column else "NULL, NULL"
        sql = f"SELECT {group}, count(*), {dates}, {counted} FROM read_parquet({quote(folder / f'{name}.parquet')}) GROUP BY 1"
        for row in connection.execute(sql).fetchall():
            first, last = (str(value) if value is not None else None for value in row[2:4])
            found.extend(
                (name, row[0], column, row[1], filled, first, last)
                for column, filled in zip(columns, row[4:], strict=True)
                if filled or table[column].required
            )
    return found


@dataclass(frozen=True)
class Scorecard:
    """One feed, or one organisation within it. Shares are 0 to 1."""

    feed: str
    organisation: str
    """Empty for the feed as a whole."""
    files: int
    rows: int
    completeness: float | None
    """Filled values of the columns that the feed fills anywhere, over its canonical rows."""
    validity: float | None
    """Rows not quarantined, over rows that arrived; of the feed as a whole only."""
    first_date: str | None
    last_date: str | None
    last_received: str | None
    due_every_days: int
    due_on: str | None
    overdue_days: int
    volume_change: float | None
    """Rows of the newest delivery over the median of those before it, less one."""
    state: str
    """good, doubt or alarm."""
    reasons: tuple[str, ...] = ()


def scorecards(store: Store, as_at: date) -> list[Scorecard]:
    """A scorecard for each feed and each organisation within it, worst first within a feed."""
    control = Control(store)
    loads, found = control.loads(), []
    verdicts = control.gates()
    for feed in sorted({load.feed for load in loads}):
        own = [load for load in loads if load.feed == feed]
        rows = _profile_rows(control, own)
        doubts = [gate for gate in verdicts if gate["feed"] == feed and gate["outcome"] != "pass"]
        found.append(_feed_card(store, feed, own, rows, doubts, as_at))
        found += sorted(
            _organisation_cards(feed, own, rows, doubts), key=lambda card: (card.state == "good", card.organisation)
        )
    return found


def _profile_rows(control: Control, loads: Sequence[LoadRow]) -> list[dict[str, Any]]:
    marks = ", ".join("?" * len(loads))
    return control.rows(f"SELECT * FROM profile WHERE load_id IN ({marks})", [load.load_id for load in loads])


def _calendar(store: Store, feed: str) -> tuple[int, int]:
    own = read_site(store).calendars.get(feed)
    if own is not None:
        return own.cadence_days, own.grace_days
    for family in families(store.root / "mappings"):
        if family.feed == feed and family.cadence_days:
            return family.cadence_days, family.grace_days
    return 0, 0


def _completeness(rows: Sequence[dict[str, Any]]) -> float | None:
    filled, possible = sum(row["filled"] for row in rows), sum(row["rows"] for row in rows)
    return round(filled / possible, 4) if possible else None


def _span(rows: Sequence[dict[str, Any]]) -> tuple[str | None, str | None]:
    first = min((row["first_date"] for row in rows if row["first_date"]), default=None)
    return first, max((row["last_date"] for row in rows if row["last_date"]), default=None)


def _feed_card(
    store: Store,
    feed: str,
    loads: Sequence[LoadRow],
    rows: Sequence[dict[str, Any]],
    doubts: Sequence[dict[str, Any]],
    as_at: date,
) -> Scorecard:
    arrived, refused = sum(load.rows_in for load in loads), sum(load.quarantined for load in loads)
    received = max(load.received_at for load in loads)
    cadence, grace = _calendar(store, feed)
    age = (as_at - date.fromisoformat(received[:10])).days
    overdue = max(0, age - cadence - grace) if cadence else 0
    change = _volume_change(loads)
    reasons = [
        f"overdue by {overdue} days" if overdue else "",
        *(f"{gate['code']}: {gate['message']}" for gate in doubts),
    ]
    if change is not None and change < VOLUME_FALL - 1:
        reasons.append(f"the newest delivery has {-change:.0%} fewer rows than usual")
    reasons = [reason for reason in reasons if reason]
    first, last = _span(rows)
    due = date.fromordinal(date.fromisoformat(received[:10]).toordinal() + cadence).isoformat() if cadence else None
    state = "alarm" if overdue else "doubt" if reasons else "good"
    return Scorecard(
        feed, "", len(loads), arrived, _completeness(rows), round(1 - refused / arrived, 6) if arrived else None, first, last,
        received, cadence, due, overdue, change, state, tuple(reasons),
    )  # fmt: skip


def _volume_change(loads: Sequence[LoadRow]) -> float | None:
    by_delivery: dict[int, int] = {}
    for load in loads:
        by_delivery[load.delivery] = by_delivery.get(load.delivery, 0) + load.rows_in
    *before, newest = [by_delivery[number] for number in sorted(by_delivery)]
    usual = median(before) if before else 0
    return round(newest / usual - 1, 4) if usual else None


def _organisation_cards(
    feed: str, loads: Sequence[LoadRow], rows: Sequence[dict[str, Any]], doubts: Sequence[dict[str, Any]]
) -> list[Scorecard]:
    received = {load.load_id: load.received_at for load in loads}
    by_organisation: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["organisation"]:
            by_organisation.setdefault(row["organisation"], []).append(row)
    found = []
    for organisation, own in by_organisation.items():
        held = {(row["load_id"], row["table_name"]): row["rows"] for row in own}
        reasons = tuple(gate["message"] for gate in doubts if gate["code"] == organisation)
        first, last = _span(own)
        newest = max(received[row["load_id"]] for row in own)
        found.append(
            Scorecard(feed, organisation, len({load for load, _ in held}), sum(held.values()), _completeness(own), None, first, last,
                      newest, 0, None, 0, None, "doubt" if reasons else "good", reasons)
        )  # fmt: skip
    return found


def quarantine_summary(store: Store) -> list[dict[str, Any]]:
    """Rows by feed, layout, file, rule, column and action over every active load."""
    control = Control(store)
    loads = {load.load_id: load for load in control.loads()}
    files = [load_folder(store, load_id) / "quarantine.parquet" for load_id in loads]
    held = ", ".join(quote(file) for file in files if file.exists())
    if not held:
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            f'SELECT load_id, rule, "column", action, any_value(message), count(*) FROM read_parquet([{held}]) '
            "GROUP BY ALL ORDER BY load_id, count(*) DESC"
        ).fetchall()
    return [
        {"load_id": load_id, "feed": loads[load_id].feed, "layout": loads[load_id].layout, "file": loads[load_id].file,
         "rule": rule, "column": column, "action": action, "message": message, "rows": count}
        for load_id, rule, column, action, message, count in rows
    ]  # fmt: skip


def as_rows(cards: Sequence[Scorecard]) -> list[dict[str, Any]]:
    """Scorecards as plain rows, for a table or JSON."""
    return [asdict(card) for card in cards]
