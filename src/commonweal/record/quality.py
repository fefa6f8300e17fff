"""Data quality: what each load holds by organisation, whether it passes its gates, and scorecards over time.

Four dimensions (as in the NHS data quality framework): completeness (values filled), validity (rows that break no rule),
timeliness (against the feed's calendar; overdue is an alarm) and volume (against the feed's own history).

What gates make of them is in `record.gates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from commonweal.record.control import Control, LoadRow, load_folder
from commonweal.record.expressions import quote
from commonweal.record.gates import FEWEST_ROWS, VOLUME_FALL, excluded_practices
from commonweal.record.layouts import families
from commonweal.record.rules import remedy
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
    """Rows not quarantined, over rows that arrived; of an organisation where its layout judges practices."""
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
    doubtful: tuple[str, ...] = ()
    """Of a feed: the organisations in it that failed a gate; each has a reason that begins with its code."""


def scorecards(store: Store, as_at: date) -> list[Scorecard]:
    """A scorecard for each feed and each organisation within it, worst first within a feed.

    A feed of which every delivery was refused has one too.
    """
    control = Control(store)
    loads, every, found = control.loads(), control.loads(active=False), []
    standing = {load.load_id for load in loads}
    excluded = excluded_practices(store)
    verdicts = [gate for gate in control.gates() if gate["load_id"] in standing and gate["scope"] != "practice"]
    refusals = control.refused()
    for feed in sorted({load.feed for load in (*loads, *refusals)}):
        history = _History(
            feed, tuple(load for load in loads if load.feed == feed), tuple(load for load in every if load.feed == feed),
            tuple(load for load in refusals if load.feed == feed), _calendar(store, feed), as_at,
        )  # fmt: skip
        rows = _profile_rows(control, history.every)
        doubts = [
            (gate["code"], gate["message"]) for gate in verdicts if gate["feed"] == feed and gate["outcome"] != "pass"
        ]
        doubts += [(one.practice_code, reason) for one in excluded if one.feed == feed for reason in one.reasons]
        found.append(_feed_card(history, [row for row in rows if row["load_id"] in standing], doubts))
        refused = control.refused_rows([load.load_id for load in history.standing])
        found += sorted(
            _organisation_cards(history, rows, doubts, refused),
            key=lambda card: (card.state == "good", card.organisation),
        )
    return found


@dataclass(frozen=True)
class _History:
    """What a feed has sent: loads that stand, all that were taken, and those that were refused."""

    feed: str
    standing: tuple[LoadRow, ...]
    every: tuple[LoadRow, ...]
    refused: tuple[LoadRow, ...]
    calendar: tuple[int, int]
    as_at: date

    def due(self, received: str) -> tuple[str | None, int]:
        """When the next delivery is due after one received then, and by how many days it is overdue."""
        cadence, grace = self.calendar
        if not cadence:
            return None, 0
        day = date.fromisoformat(received[:10])
        overdue = max(0, (self.as_at - day).days - cadence - grace)
        return date.fromordinal(day.toordinal() + cadence).isoformat(), overdue

    @property
    def refused_since(self) -> list[str]:
        """What was refused whole after the last delivery that was taken."""
        last = max((load.load_id for load in self.every), default=0)
        return [
            f"refused whole: {load.message.splitlines()[0]} ({load.file})"
            for load in self.refused
            if load.load_id > last
        ]


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


def _feed_card(history: _History, rows: Sequence[dict[str, Any]], doubts: Sequence[tuple[str, str]]) -> Scorecard:
    loads = history.standing
    arrived, refused = sum(load.rows_in for load in loads), sum(load.quarantined for load in loads)
    received = max((load.received_at for load in history.every), default=None)
    due, overdue = history.due(received) if received else (None, 0)
    change = _change(_by_delivery((load.delivery, load.rows_in) for load in history.every))
    alarms = [f"overdue by {overdue} days"] if overdue else []
    alarms += history.refused_since
    reasons = [*alarms, *(f"{code}: {message}" for code, message in doubts)]
    if change is not None and change < VOLUME_FALL - 1:
        reasons.append(f"the newest delivery has {-change:.0%} fewer rows than usual")
    first, last = _span(rows)
    state = "alarm" if alarms else "doubt" if reasons else "good"
    return Scorecard(
        history.feed, "", len(loads), arrived, _completeness(rows), round(1 - refused / arrived, 6) if arrived else None, first,
        last, received, history.calendar[0], due, overdue, change, state, tuple(dict.fromkeys(reasons)),
        tuple(sorted({code for code, _ in doubts})),
    )  # fmt: skip


def _by_delivery(counts: Iterable[tuple[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for delivery, rows in counts:
        found[delivery] = found.get(delivery, 0) + rows
    return found


def _change(by_delivery: dict[int, int]) -> float | None:
    """Rows of the newest delivery over the median of those before it, less one; None without a history."""
    numbers = sorted(by_delivery)
    usual = median(by_delivery[number] for number in numbers[:-1]) if len(numbers) > 1 else 0
    return round(by_delivery[numbers[-1]] / usual - 1, 4) if usual else None


def _organisation_cards(
    history: _History,
    rows: Sequence[dict[str, Any]],
    doubts: Sequence[tuple[str, str]],
    refused: dict[str, tuple[int, int]],
) -> list[Scorecard]:
    loads = {load.load_id: load for load in history.every}
    standing = {load.load_id for load in history.standing}
    deliveries = {load.delivery for load in history.every}
    by_organisation: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["organisation"]:
            by_organisation.setdefault(row["organisation"], []).append(row)
    found = []
    for organisation, own in by_organisation.items():
        held = {(row["load_id"], row["table_name"]): row["rows"] for row in own}
        counts = _by_delivery((loads[load].delivery, count) for (load, _), count in held.items())
        # A delivery without a row of theirs is a delivery of none.
        change = _change({number: counts.get(number, 0) for number in deliveries if number >= min(counts)})
        now = [row for row in own if row["load_id"] in standing]
        newest = max(loads[row["load_id"]].received_at for row in own)
        due, overdue = history.due(newest)
        reasons = [message for code, message in doubts if code == organisation]
        reasons += [f"overdue by {overdue} days"] if overdue else []
        if change is not None and change < VOLUME_FALL - 1 and sum(counts.values()) >= FEWEST_ROWS:
            reasons.append(f"the newest delivery has {-change:.0%} fewer rows of it than usual")
        first, last = _span(now)
        judged, broke = refused.get(organisation, (0, 0))
        found.append(
            Scorecard(
                history.feed, organisation, len({load for load, _ in held if load in standing}),
                sum(count for (load, _), count in held.items() if load in standing), _completeness(now),
                round(1 - broke / judged, 6) if judged else None, first, last, newest, history.calendar[0], due, overdue, change,
                "alarm" if overdue else "doubt" if reasons else "good", tuple(reasons),
            )
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


def quarantine_examples(store: Store, load_ids: Sequence[int], each: int = 3) -> list[dict[str, Any]]:
    """The first records that broke each rule, by file: where they are, the value, what is wrong with it and what to do.

    A value that could identify somebody is not there (`record.writing.write_quarantine`): file and record say where it is.
    """
    files = [load_folder(store, load_id) / "quarantine.parquet" for load_id in load_ids]
    held = ", ".join(quote(file) for file in files if file.exists())
    if not held:
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            f'SELECT file, record_number, rule, "column", value, message, action FROM read_parquet([{held}]) '
            f'QUALIFY row_number() OVER (PARTITION BY load_id, rule, "column" ORDER BY record_number) <= {int(each)} '
            "ORDER BY load_id, rule, record_number"
        ).fetchall()
    names = ("file", "record", "rule", "column", "value", "message", "action")
    return [{**dict(zip(names, row, strict=True)), "remedy": remedy(row[2])} for row in rows]


def as_rows(cards: Sequence[Scorecard]) -> list[dict[str, Any]]:
    """Scorecards as plain rows, for a table or JSON."""
    return [asdict(card) for card in cards]
