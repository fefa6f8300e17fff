"""Gates: what one load says of its feed and of each practice in it, and which practices are excluded now.

Gates never drop rows. They say *pass*, *doubt*, *exclude* (a practice whose data cannot be believed: shown as excluded, never
as zero) or *stop* (a file, refused whole by `record.landing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import duckdb

from commonweal.record.control import Control
from commonweal.record.expressions import quote
from commonweal.record.layouts import layouts
from commonweal.record.mapping import BoundLayout, Layout
from commonweal.record.reading import Reading
from commonweal.record.schema import TABLES
from commonweal.store import Store

Gate = tuple[str, str, str, float | None, float | None, str, str, str | None]
"""Scope, code, metric, value, threshold, outcome, message, and the last day of which a practice has sent a row."""

SILENT_DAYS = 60
"""A practice whose newest row is so much older than its feed's may have stopped sending,"""
ROWS, PACE = "rows", "rows_a_year"
"""What is kept of every practice that a delivery holds, so that one that later deliveries lack is missed: rows (with, as its
threshold, those that broke a rule), and rows in the year before its newest."""
SILENT_ROWS = 6
"""and has where, at the pace of its last year, it would have sent so many rows since (none by chance: once in 400)."""
FEWEST_ROWS = 20
"""Below so many rows a share says nothing."""
VOLUME_FALL = 0.5
"""A delivery, or a practice in it, with less than this share of its usual rows is doubted."""


def gates(
    connection: duckdb.DuckDBPyConnection,
    control: Control,
    bound: BoundLayout,
    reading: Reading,
    quarantined: int,
    mode: str,
) -> list[Gate]:
    """The verdicts on one load: the whole file, and each practice against the file and its own history.

    `mode` is ``full`` where the file holds all that its feed has.
    """
    family = bound.family
    share = quarantined / reading.rows_in if reading.rows_in else 0.0
    found: list[Gate] = [
        (
            "feed",
            family.feed,
            "refused_share",
            round(share, 6),
            family.stop_above,
            "pass",
            "within the feed's limit",
            None,
        )
    ]
    usual = _usual_rows(control, bound)
    if usual and mode == "full" and reading.rows_in < VOLUME_FALL * usual:
        message = f"{reading.rows_in:,} rows, where {usual:,.0f} are usual"
        found.append(("feed", family.feed, "volume", reading.rows_in / usual, VOLUME_FALL, "doubt", message, None))
    return found + _practice_gates(connection, control, bound, reading, mode)


def _usual_rows(control: Control, bound: BoundLayout) -> float:
    rows = control.rows(
        "SELECT rows_in FROM load WHERE status = 'committed' AND layout = ? AND rows_in > 0", (bound.name,)
    )
    return median(row["rows_in"] for row in rows) if rows else 0.0


def _practice_gates(
    connection: duckdb.DuckDBPyConnection, control: Control, bound: BoundLayout, reading: Reading, mode: str
) -> list[Gate]:
    table, _, column = bound.layout.practice.partition(".")
    target = next((target for target in reading.plan.targets if target.table == table and not target.items), None)
    if target is None or column not in target.columns:
        return []
    practice = target.columns[column]
    dated = f"CAST({target.columns.get(TABLES[table].date_column, 'NULL')} AS DATE)"
    # What lies ahead (appointments) does not say that a practice still sends.
    newest = f"max({dated}) FILTER (disposition = 0 AND {dated} <= current_date)"
    rows = connection.execute(
        f"SELECT {practice}, count(*), count(*) FILTER (disposition > 0), {newest} "
        f"FROM mapped WHERE disposition >= 0 AND {practice} IS NOT NULL GROUP BY 1"
    ).fetchall()
    found: list[Gate] = []
    limit = bound.family.stop_above
    for code, total, refused, _ in rows:
        if total >= FEWEST_ROWS and refused / total > limit:
            message = f"{refused:,} of {total:,} rows break a rule"
            found.append(("practice", code, "refused_share", refused / total, limit, "exclude", message, None))
    lasts = {code: last for code, total, _, last in rows if last}
    paces = _rows_of_last_year(connection, practice, dated, lasts)
    found += [
        ("practice", code, PACE, paces.get(code, 0), None, "pass", "rows in the year before its newest", str(last))
        for code, last in lasts.items()
    ]
    found += [
        ("practice", row[0], ROWS, row[1], row[2], "pass", "rows in this delivery, and those that broke a rule", None)
        for row in rows
    ]
    found += _silent(lasts, paces, _known_paces(control, bound))
    if mode == "full":
        found += _vanished(control, bound, {row[0]: row[1] for row in rows})
    return found


def _silent(lasts: dict[str, date], paces: dict[str, int], known: dict[str, tuple[date, int]]) -> list[Gate]:
    """Practices that would have sent rows since their newest, at their pace; `known` are those of earlier deliveries."""
    found: list[Gate] = []
    newest = max(lasts.values(), default=date.min)
    for code in sorted({*lasts, *known}):
        before = known.get(code, (date.min, 0))
        last, pace = max((lasts.get(code, date.min), paces.get(code, 0)), before)
        days = (newest - last).days
        if days > SILENT_DAYS and max(pace, before[1]) / 365 * days >= SILENT_ROWS:
            message = f"its newest row is of {last}, {days} days before the feed's newest"
            found.append(("practice", code, "silent_days", days, SILENT_DAYS, "exclude", message, str(last)))
    return found


def _known_paces(control: Control, bound: BoundLayout) -> dict[str, tuple[date, int]]:
    """Newest row and rows in the year before it, of each practice that a standing delivery of the layout held."""
    rows = control.rows(
        "SELECT g.code, max(g.since) AS last, max(g.value) AS pace FROM gate g JOIN load l USING (load_id) "
        "WHERE l.status = 'committed' AND l.superseded_by IS NULL AND l.layout = ? AND g.metric = ? GROUP BY 1",
        (bound.name, PACE),
    )
    return {row["code"]: (date.fromisoformat(row["last"]), int(row["pace"])) for row in rows}


def _rows_of_last_year(
    connection: duckdb.DuckDBPyConnection, practice: str, dated: str, lasts: dict[str, date]
) -> dict[str, int]:
    """Rows of each practice in the year that ends with its newest row."""
    if not lasts:
        return {}
    listed = ", ".join(f"({quote(code)}, DATE '{last}')" for code, last in lasts.items())
    return dict(
        connection.execute(
            f"SELECT code, count(*) FROM mapped JOIN (VALUES {listed}) AS s(code, last) ON {practice} = code "
            f"WHERE disposition = 0 AND {dated} > last - 365 AND {dated} <= last GROUP BY 1"
        ).fetchall()
    )


def _vanished(control: Control, bound: BoundLayout, now: dict[str, int]) -> list[Gate]:
    """Practices that the delivery before this one held, and this one does not, or hardly."""
    before = control.rows(
        "SELECT g.code, max(g.value) AS rows FROM gate g JOIN load l USING (load_id) WHERE l.status = 'committed' "
        "AND l.superseded_by IS NULL AND l.layout = ? AND g.metric = ? GROUP BY 1",
        (bound.name, ROWS),
    )
    return [
        (
            "practice", row["code"], "volume", now.get(row["code"], 0) / row["rows"], VOLUME_FALL, "exclude",
            f"{now.get(row['code'], 0):,} rows, where the delivery before had {row['rows']:,.0f}", None,
        )
        for row in before
        if row["rows"] >= FEWEST_ROWS and now.get(row["code"], 0) < VOLUME_FALL * row["rows"]
    ]  # fmt: skip


@dataclass(frozen=True)
class ExcludedPractice:
    """A practice whose data cannot be believed now: to be shown as excluded wherever the feed counts, never as zero."""

    feed: str
    layout: str
    practice_code: str
    reasons: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """What the layout brings: a table, or one kind of it (``event``, ``contact[gp]``)."""
    since: str | None = None
    """The last day of which its data can be believed; None where none of it can."""


KIND_COLUMNS = {"contact": "setting"}
"""Table to the column that tells apart what different feeds bring to it."""


def sources_of(layout: Layout) -> tuple[str, ...]:
    """What a layout brings, as its practice gate judges it. What it says of people by the way (`subject`) is not judged."""
    found = {}
    for target in layout.tables:
        if target.table == "subject" and not layout.practice.startswith("subject."):
            continue
        kind = target.columns.get(KIND_COLUMNS.get(target.table, ""))
        constant = kind.get("constant", "") if isinstance(kind, dict) else ""
        found[f"{target.table}[{constant}]" if constant else target.table] = None
    return tuple(found)


def excluded_practices(store: Store) -> list[ExcludedPractice]:
    """The practices that their gates exclude, by the newest delivery of each layout that speaks of them.

    A practice that has sent again since, and passed, is not among them.
    """
    rows = Control(store).rows(
        """
        WITH active AS (SELECT load_id, feed, layout, delivery FROM load WHERE status = 'committed' AND superseded_by IS NULL),
        verdict AS (
            SELECT a.feed, a.layout, g.code, g.metric, g.message, g.since, a.delivery,
                   max(a.delivery) OVER (PARTITION BY a.layout, g.code) AS newest
            FROM gate g JOIN active a USING (load_id) WHERE g.scope = 'practice' AND g.outcome = 'exclude'),
        sent AS (
            SELECT a.layout, g.code, max(a.delivery) AS delivery FROM gate g JOIN active a USING (load_id)
            WHERE g.scope = 'practice' AND g.metric = ? GROUP BY 1, 2)
        SELECT DISTINCT v.feed, v.layout, v.code, v.metric, v.message, v.since
        FROM verdict v LEFT JOIN sent s USING (layout, code)
        WHERE v.delivery = v.newest AND v.delivery >= coalesce(s.delivery, 0) ORDER BY 1, 2, 3, 4
        """,
        (ROWS,),
    )
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["feed"], row["layout"], row["code"]), []).append(row)
    known = {bound.name: sources_of(bound.layout) for bound in layouts("auto", store.root / "mappings")}
    return [
        ExcludedPractice(
            feed, layout, code, tuple(row["message"] for row in verdicts), known.get(layout, ()),
            # A verdict without a day bears on every date.
            None if any(row["since"] is None for row in verdicts) else min(row["since"] for row in verdicts),
        )
        for (feed, layout, code), verdicts in found.items()
    ]  # fmt: skip
