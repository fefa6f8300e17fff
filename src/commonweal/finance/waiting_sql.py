"""Waiting lists by snapshot: how many wait, how long, and who joined and left since the snapshot before.

Run once for the planning file when a release is made, after the position cube (it gives each provider's successor)::

    waiting_sql.write_waiting(con, record.relation, people)

It makes `position_waiting`, a row for each list, snapshot, provider and specialty, and for their totals (an empty provider or
specialty). Only pathways whose clock runs are counted. Joined and left compare the pathways of two snapshots of one provider:
a pathway that came and went between them is in neither, and one that changed specialty left one and joined the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TABLE = "position_waiting"
LISTS = {"rtt": "Referral to treatment", "diagnostic": "Diagnostic tests"}
"""Lists that come as snapshots; cancer pathways come when they end."""

LISTED = """
CREATE OR REPLACE TEMP TABLE waiting_listed AS
SELECT w.pathway_key, w.snapshot_date, w.list_type, coalesce(s.successor_code, w.provider_code, 'unknown') AS provider_code,
  coalesce(w.treatment_function_code, 'unknown') AS treatment_function_code, w.snapshot_date - w.clock_start_date AS days
FROM {wait} w
LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code AS successor_code FROM position_cube) s USING (provider_code)
WHERE w.list_type IN ({lists}) AND w.snapshot_date IS NOT NULL AND w.clock_start_date <= w.snapshot_date
  AND (w.clock_stop_date IS NULL OR w.clock_stop_date > w.snapshot_date)
"""

COUNTED = """
CREATE OR REPLACE TABLE position_waiting AS
WITH moment AS (
  SELECT list_type, provider_code, snapshot_date,
    lag(snapshot_date) OVER (PARTITION BY list_type, provider_code ORDER BY snapshot_date) AS previous
  FROM (SELECT DISTINCT list_type, provider_code, snapshot_date FROM waiting_listed)
), here AS (
  SELECT l.*, m.previous, m.previous IS NOT NULL AND p.pathway_key IS NULL AS joined
  FROM waiting_listed l JOIN moment m USING (list_type, provider_code, snapshot_date)
  LEFT JOIN waiting_listed p ON p.pathway_key = l.pathway_key AND p.list_type = l.list_type AND p.provider_code = l.provider_code
    AND p.treatment_function_code = l.treatment_function_code AND p.snapshot_date = m.previous
), gone AS (
  SELECT p.list_type, p.provider_code, p.treatment_function_code, m.snapshot_date
  FROM waiting_listed p JOIN moment m ON m.list_type = p.list_type AND m.provider_code = p.provider_code AND m.previous = p.snapshot_date
  LEFT JOIN waiting_listed l ON l.pathway_key = p.pathway_key AND l.list_type = p.list_type AND l.provider_code = p.provider_code
    AND l.treatment_function_code = p.treatment_function_code AND l.snapshot_date = m.snapshot_date
  WHERE l.pathway_key IS NULL
), rows AS (
  SELECT list_type, snapshot_date, provider_code, treatment_function_code, days, joined, FALSE AS was_gone FROM here
  UNION ALL SELECT list_type, snapshot_date, provider_code, treatment_function_code, NULL, FALSE, TRUE FROM gone
)
SELECT list_type, snapshot_date, coalesce(provider_code, '') AS provider_code, coalesce(treatment_function_code, '') AS treatment_function_code,
  count(*) FILTER (NOT was_gone) AS waiting, count(*) FILTER (days < 42) AS under_6_weeks, count(*) FILTER (days < 126) AS under_18_weeks,
  count(*) FILTER (days >= 364) AS over_52_weeks, count(*) FILTER (joined) AS joined, count(*) FILTER (was_gone) AS gone,
  avg(days) AS mean_days, quantile_cont(days, 0.5) AS median_days, quantile_cont(days, 0.92) AS days_92
FROM rows
GROUP BY GROUPING SETS ((list_type, snapshot_date, provider_code, treatment_function_code), (list_type, snapshot_date, provider_code),
  (list_type, snapshot_date, treatment_function_code), (list_type, snapshot_date))
ORDER BY ALL
"""


def write_waiting(con: Any, relation: Callable[[str], str], people: str) -> int:
    """Make `position_waiting` in the planning file that `con` holds; returns its rows. `relation` and `people` are as for
    `cube_sql.build_for_planning`: people who object are left out before anything is counted."""
    return build(con, wait=f"(SELECT * FROM {relation('wait')} WHERE person_key IN (SELECT person_key FROM {people}))")


def build(con: Any, *, wait: str = "wait") -> int:
    """The same over any relation; `position_cube` must stand."""
    con.execute(LISTED.format(wait=wait, lists=", ".join(f"'{name}'" for name in LISTS)))
    con.execute(COUNTED)
    con.execute("DROP TABLE waiting_listed")
    return con.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0]
