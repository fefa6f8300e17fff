"""The position cube and its forecasts from contacts and contract lines, against hand-written SQL for the cube alone.

The baseline is one statement that groups the same two tables into the same cells (practices by their place) with nothing
else: no latest file for each month, no successor, no months that have not arrived, no price index, no findings. Ours is
everything that a release writes, forecasts and findings included. Both are given in CPU seconds and by the clock.
"""

from __future__ import annotations

import resource
import time

import duckdb

from commonweal.finance import cube_sql
from commonweal.record.schema import CONTACT, CONTRACT_LINE, ORGANISATION

CONTACTS = {"small": 300_000, "place": 3_000_000, "ics": 24_000_000}
"""24 months of contacts: about ten a person."""

HAND_WRITTEN = """
CREATE OR REPLACE TABLE by_hand AS
WITH place AS (
  SELECT code AS practice_code, parent_code AS place_code FROM organisation WHERE kind = 'practice'
), cells AS (
  SELECT month, provider_code, commissioner_code, place_code, pod, treatment_function_code,
    sum(planned_activity) AS planned_activity, sum(planned_price_pence + planned_mff_pence) AS planned_pence,
    sum(actual_activity) AS actual_activity, sum(actual_price_pence + actual_mff_pence) AS actual_pence,
    NULL::BIGINT AS record_activity, NULL::BIGINT AS record_pence
  FROM contract_line LEFT JOIN place USING (practice_code) GROUP BY ALL
  UNION ALL BY NAME
  SELECT CAST(date_trunc('month', CASE WHEN setting = 'apc' THEN end_date ELSE start_date END) AS DATE) AS month,
    provider_code, commissioner_code, place_code, pod, treatment_function_code, count(*) AS record_activity,
    sum(cost_pence) AS record_pence
  FROM contact LEFT JOIN place USING (practice_code) WHERE pod IS NOT NULL GROUP BY ALL
)
SELECT month, provider_code, commissioner_code, place_code, pod, treatment_function_code, sum(planned_activity) AS a,
  sum(planned_pence) AS b, sum(actual_activity) AS c, sum(actual_pence) AS d, sum(record_activity) AS e, sum(record_pence) AS f
FROM cells GROUP BY ALL ORDER BY 1, 2, 5, 6, 3, 4
"""


def run(size: str = "small") -> dict:
    contacts = CONTACTS[size]
    con = duckdb.connect()
    con.execute("SET threads = 2")
    _fill(con, contacts)
    baseline, baseline_cpu = _best(lambda: con.execute(HAND_WRITTEN))
    cube, cube_cpu = _best(lambda: cube_sql.build(con, forecasts=False))
    seconds, cpu = _best(lambda: cube_sql.build(con))
    counts = cube_sql.build(con)
    return {
        "name": "finance", "size": size, "contacts": contacts, "cells": counts["position_cube"], "lines": counts["position_forecast"],
        "seconds": round(seconds, 3), "baseline_seconds": round(baseline, 3), "ratio": round(seconds / baseline, 2),
        "cpu_seconds": round(cpu, 3), "baseline_cpu_seconds": round(baseline_cpu, 3), "cpu_ratio": round(cpu / baseline_cpu, 2),
        "cube_ratio": round(cube / baseline, 2), "cube_cpu_ratio": round(cube_cpu / baseline_cpu, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def _best(work, times: int = 3) -> tuple[float, float]:
    """Least seconds by the clock, and least CPU seconds of all threads."""
    clock, cpu = [], []
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - used)
    return min(clock), min(cpu)


def _fill(con: duckdb.DuckDBPyConnection, contacts: int) -> None:
    """Contacts of 24 months at 4 providers, 12 PODs, 30 specialties and 300 practices; and the contract lines that go with them."""
    for table in (CONTACT, CONTRACT_LINE, ORGANISATION):
        con.execute(f"CREATE TABLE {table.name} ({', '.join(f'{c.name} {c.duckdb_type}' for c in table)})")
    pods = "['NEL','NELST','NELNE','EL','DC','OPFASPCL','OPFUPSPCL','NF2FFA','NF2FFUP','OPPROCFA','OPPROCFUP','AE'][1 + h % 12]"
    con.execute(
        f"""INSERT INTO contact (contact_key, setting, start_date, end_date, provider_code, commissioner_code, practice_code,
          treatment_function_code, pod, cost_pence, hrg_code, submitted_price_pence)
        SELECT i, CASE WHEN h % 12 < 5 THEN 'apc' WHEN h % 12 = 11 THEN 'ae' ELSE 'op' END, d, d + 2,
          ['RYJ','R1K','RQM','RAS'][1 + h // 12 % 4], 'W2U3Z', 'E8' || lpad(CAST(h // 48 % 300 AS VARCHAR), 4, '0'),
          CAST(100 + h // 14400 % 30 AS VARCHAR), {pods}, 10000 + h % 5000, 'HR' || CAST(h % 60 AS VARCHAR) || 'A', 10000 + h % 5000
        FROM (SELECT i, CAST(hash(i) % 1000000007 AS BIGINT) AS h, DATE '2024-10-01' + CAST(hash(i + 1) % 728 AS INTEGER) AS d
              FROM range({contacts}) t(i))"""
    )
    con.execute(
        """INSERT INTO contract_line (month, provider_code, commissioner_code, practice_code, treatment_function_code, pod,
          planned_activity, planned_price_pence, planned_mff_pence, actual_activity, actual_price_pence, actual_mff_pence,
          submitted_on, load_id, record_number)
        SELECT month, provider_code, commissioner_code, practice_code,
          treatment_function_code, pod, count(*) * 0.98, CAST(sum(cost_pence) * 0.98 AS BIGINT), 0, count(*), sum(cost_pence), 0,
          month + INTERVAL 50 DAY, CAST(date_diff('month', DATE '2024-09-01', month) AS INTEGER), row_number() OVER ()
        FROM (SELECT *, CAST(date_trunc('month', end_date) AS DATE) AS month FROM contact) GROUP BY ALL"""
    )
    con.execute(
        """INSERT INTO organisation (code, name, kind, parent_code, valid_from)
        SELECT DISTINCT practice_code, practice_code, 'practice', 'B' || CAST(hash(practice_code) % 8 AS VARCHAR), DATE '2000-01-01'
        FROM contact UNION ALL SELECT 'B' || i, 'B' || i, 'borough', 'QRV', DATE '2000-01-01' FROM range(8) t(i)"""
    )
