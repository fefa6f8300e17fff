"""The position cube: contract lines and costed contacts added up by month, provider, commissioner, place, POD and specialty.

Pure SQL over two relations, run by whoever holds a connection. A release calls, once for the planning file::

    from commonweal.finance import cube_sql
    with duckdb.connect(str(planning_file)) as con:
        counts = cube_sql.build_for_planning(con, record.relation, people)

It creates the tables of `TABLES` and returns rows by table. `build` is the same over any relations.

Rules
-----
* A contact counts in the month of discharge (admitted patients) or of its start, once, if it has a point of delivery.
* A provider may send a month again. The plan of a provider-month is its latest file that holds a plan, the actual its latest
  that holds an actual (by the day the file was made, freeze after flex, then by load). The others are in `position_file`,
  marked as not used; nothing is deleted.
* A provider-month in which no line has an actual has not arrived: its actual is null. In one that arrived, a line without an
  actual is zero.
* Money is price and market forces factor together; the factor's part stands beside it.
* Lines without a national POD stand in `position_local` too, by their three-part key, so that a decision made since the release
  can be applied when the position is read.
* `position_movement` holds each line's forecast as it stood a month ago: from the files that had been made before the first file
  of the latest month, with the same rule for choosing a method.
* Patient-level lines (`contract_activity`) stand beside as the same money charged by patient, never added to it.
* The price index of a provider, POD and month is what its contacts were priced at over what the same HRGs were priced at in the
  provider's first twelve months (median by HRG): a change of mix does not move it.
* Months of the current year for which no plan came take the mean of the months planned, line by line, `plan_estimated` true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commonweal.finance.cube_lines import write_findings, write_forecasts

TABLES = (
    "position_cube", "position_file", "position_unmapped", "position_local", "position_price_index", "position_forecast",
    "position_movement", "position_finding",
)  # fmt: skip

FILES = """
CREATE OR REPLACE TABLE position_file AS
WITH file AS (
  SELECT provider_code, month, load_id, max(submitted_on) AS submitted_on, max(submission) AS submission,
    count(*) AS lines,
    CAST(coalesce(sum(planned_price_pence), 0) + coalesce(sum(planned_mff_pence), 0) AS BIGINT) AS planned_pence,
    CAST(coalesce(sum(actual_price_pence), 0) + coalesce(sum(actual_mff_pence), 0) AS BIGINT) AS actual_pence,
    bool_or(planned_activity IS NOT NULL OR planned_price_pence IS NOT NULL) AS has_plan,
    bool_or(actual_activity IS NOT NULL OR actual_price_pence IS NOT NULL) AS has_actual
  FROM {contract_line} GROUP BY provider_code, month, load_id
), digested AS (
  SELECT provider_code, month, load_id,
    CAST(sum(CAST(hash(commissioner_code, practice_code, treatment_function_code, pod, local_pod, tariff_code,
      planned_activity, planned_price_pence, planned_mff_pence, actual_activity, actual_price_pence, actual_mff_pence)
      AS HUGEINT)) AS VARCHAR) AS digest
  FROM {contract_line} SEMI JOIN (SELECT provider_code, month FROM file GROUP BY ALL HAVING count(*) > 1)
    USING (provider_code, month)
  GROUP BY ALL
), ranked AS (
  SELECT *,
    row_number() OVER (PARTITION BY provider_code, month, has_plan
      ORDER BY coalesce(submitted_on, DATE '1900-01-01') DESC, submission = 'freeze' DESC, load_id DESC) AS plan_rank,
    row_number() OVER (PARTITION BY provider_code, month, has_actual
      ORDER BY coalesce(submitted_on, DATE '1900-01-01') DESC, submission = 'freeze' DESC, load_id DESC) AS actual_rank
  FROM file
)
SELECT * EXCLUDE (plan_rank, actual_rank, digest), has_plan AND plan_rank = 1 AS plan_used,
  has_actual AND actual_rank = 1 AS actual_used, coalesce(digest, '') AS digest
FROM ranked LEFT JOIN digested USING (provider_code, month, load_id) ORDER BY provider_code, month, load_id
"""

CUTS = """
CREATE OR REPLACE TEMP TABLE finance_cut AS
WITH latest AS (
  SELECT provider_code, month, submission, arg_max(load_id, coalesce(submitted_on, DATE '1900-01-01')) AS load_id
  FROM position_file WHERE has_actual AND submission IN ('flex', 'freeze') GROUP BY ALL
), closed AS (
  SELECT provider_code, month FROM latest GROUP BY ALL HAVING count(DISTINCT submission) = 2
)
SELECT c.month, c.pod, l.submission,
  CAST(sum(coalesce(actual_price_pence, 0) + coalesce(actual_mff_pence, 0)) AS BIGINT) AS pence
FROM {contract_line} c JOIN latest l USING (provider_code, month, load_id) JOIN closed USING (provider_code, month)
WHERE c.pod IS NOT NULL GROUP BY ALL
"""

PLACES = """
CREATE OR REPLACE TEMP TABLE finance_place AS
WITH RECURSIVE up(code, parent, depth) AS (
  SELECT code, parent_code, 1 FROM {organisation} WHERE kind = 'practice'
  UNION ALL
  SELECT up.code, o.parent_code, depth + 1 FROM up JOIN {organisation} o ON o.code = up.parent WHERE depth < 4
)
SELECT up.code AS practice_code, min({{'depth': depth, 'code': up.parent}}).code AS place_code
FROM up JOIN {organisation} b ON b.code = up.parent AND b.kind = 'borough' GROUP BY up.code
"""

SUCCESSORS = """
CREATE OR REPLACE TEMP TABLE finance_successor AS
WITH RECURSIVE step(code, next, depth) AS (
  SELECT code, successor_code, 1 FROM {organisation} WHERE successor_code IS NOT NULL AND kind <> 'practice'
  UNION ALL
  SELECT step.code, o.successor_code, depth + 1
  FROM step JOIN {organisation} o ON o.code = step.next
  WHERE o.successor_code IS NOT NULL AND o.successor_code <> step.code AND depth < 10
)
SELECT code AS provider_code, arg_max(next, depth) AS successor_code FROM step GROUP BY code
"""

CUBE = """
CREATE OR REPLACE TABLE position_cube AS
WITH contract AS (
  SELECT c.month, c.provider_code, c.commissioner_code, p.place_code, c.pod, c.treatment_function_code,
    sum(planned_activity) FILTER (plan_used) AS planned_activity,
    sum(coalesce(planned_price_pence, 0) + coalesce(planned_mff_pence, 0)) FILTER (plan_used) AS planned_pence,
    sum(coalesce(planned_mff_pence, 0)) FILTER (plan_used) AS planned_mff_pence,
    sum(actual_activity) FILTER (actual_used) AS actual_activity,
    sum(coalesce(actual_price_pence, 0) + coalesce(actual_mff_pence, 0)) FILTER (actual_used) AS actual_pence,
    sum(coalesce(actual_mff_pence, 0)) FILTER (actual_used) AS actual_mff_pence,
    bool_or(f.submission = 'flex') FILTER (actual_used) AS flex
  FROM {contract_line} c
  JOIN position_file f ON f.provider_code = c.provider_code AND f.month = c.month AND f.load_id = c.load_id
    AND (f.plan_used OR f.actual_used)
  LEFT JOIN finance_place p ON p.practice_code = c.practice_code
  GROUP BY ALL
), activity AS (
  SELECT CAST(date_trunc('month', CASE WHEN setting = 'apc' THEN end_date ELSE start_date END) AS DATE) AS month,
    c.provider_code, c.commissioner_code, p.place_code, c.pod, c.treatment_function_code,
    count(*) AS record_activity, sum(cost_pence) AS record_pence,
    count(*) FILTER (cost_pence IS NULL) AS record_uncosted
  FROM {contact} c LEFT JOIN finance_place p ON p.practice_code = c.practice_code
  WHERE c.pod IS NOT NULL AND c.provider_code IS NOT NULL AND (setting <> 'apc' OR end_date IS NOT NULL)
  GROUP BY ALL
), patient_file AS (
  SELECT provider_code, month, arg_max(load_id, {{'made': coalesce(submitted_on, DATE '1900-01-01'), 'load': load_id}}) AS load_id
  FROM {contract_activity} GROUP BY ALL
), patient AS (
  SELECT c.month, c.provider_code, c.commissioner_code, p.place_code, c.pod, c.treatment_function_code,
    sum(activity) AS patient_activity, sum(cost_pence) AS patient_pence
  FROM {contract_activity} c JOIN patient_file USING (provider_code, month, load_id)
  LEFT JOIN finance_place p ON p.practice_code = c.practice_code
  GROUP BY ALL
), arrived AS (
  SELECT DISTINCT provider_code, month, true AS arrived FROM position_file WHERE actual_used
), cells AS (
  SELECT *, NULL::BIGINT AS record_activity, NULL::BIGINT AS record_pence, NULL::BIGINT AS record_uncosted,
    NULL::DOUBLE AS patient_activity, NULL::BIGINT AS patient_pence FROM contract
  UNION ALL BY NAME SELECT * FROM activity
  UNION ALL BY NAME SELECT * FROM patient
), added AS (
  SELECT month, provider_code, commissioner_code, place_code, pod, treatment_function_code,
    coalesce(sum(planned_activity), 0) AS planned_activity,
    CAST(coalesce(sum(planned_pence), 0) AS BIGINT) AS planned_pence,
    CAST(coalesce(sum(planned_mff_pence), 0) AS BIGINT) AS planned_mff_pence,
    coalesce(sum(actual_activity), 0) AS actual_activity,
    CAST(coalesce(sum(actual_pence), 0) AS BIGINT) AS actual_pence,
    CAST(coalesce(sum(actual_mff_pence), 0) AS BIGINT) AS actual_mff_pence,
    CAST(coalesce(sum(record_activity), 0) AS BIGINT) AS record_activity,
    CAST(coalesce(sum(record_pence), 0) AS BIGINT) AS record_pence,
    CAST(coalesce(sum(record_uncosted), 0) AS BIGINT) AS record_uncosted,
    sum(patient_activity) AS patient_activity, CAST(sum(patient_pence) AS BIGINT) AS patient_pence,
    coalesce(bool_or(flex), false) AS flex
  FROM cells GROUP BY ALL
)
SELECT c.month, c.provider_code, coalesce(s.successor_code, c.provider_code) AS current_provider_code,
  c.commissioner_code, c.place_code, c.pod, c.treatment_function_code, planned_activity, planned_pence, planned_mff_pence,
  CASE WHEN arrived THEN actual_activity END AS actual_activity, CASE WHEN arrived THEN actual_pence END AS actual_pence,
  CASE WHEN arrived THEN actual_mff_pence END AS actual_mff_pence, record_activity, record_pence, record_uncosted,
  patient_activity, patient_pence, flex, false AS plan_estimated
FROM added c
LEFT JOIN arrived a ON a.provider_code = c.provider_code AND a.month = c.month
LEFT JOIN finance_successor s ON s.provider_code = c.provider_code
"""

PLAN_AHEAD = """
INSERT INTO position_cube BY NAME
WITH latest AS (
  SELECT max(month) AS month, CAST(date_trunc('year', max(month) - INTERVAL 3 MONTH) + INTERVAL 3 MONTH AS DATE) AS starts
  FROM position_cube WHERE actual_pence IS NOT NULL
), planned AS (
  SELECT max(c.month) AS last_month, count(DISTINCT c.month) AS months
  FROM position_cube c, latest WHERE c.planned_pence <> 0 AND c.month >= latest.starts
), ahead AS (
  SELECT CAST(unnest(generate_series(planned.last_month + INTERVAL 1 MONTH, latest.starts + INTERVAL 11 MONTH,
    INTERVAL 1 MONTH)) AS DATE) AS month
  FROM planned, latest WHERE planned.months > 0
), cell AS (
  SELECT c.provider_code, c.current_provider_code, c.commissioner_code, c.place_code, c.pod, c.treatment_function_code,
    sum(c.planned_activity) / any_value(planned.months) AS planned_activity,
    CAST(round(sum(c.planned_pence) / any_value(planned.months)) AS BIGINT) AS planned_pence,
    CAST(round(sum(c.planned_mff_pence) / any_value(planned.months)) AS BIGINT) AS planned_mff_pence
  FROM position_cube c, latest, planned
  WHERE c.month >= latest.starts AND c.planned_pence <> 0 GROUP BY ALL
)
SELECT ahead.month, cell.*, 0 AS record_activity, 0 AS record_pence, 0 AS record_uncosted, false AS flex, true AS plan_estimated
FROM cell, ahead
"""

PRICE_INDEX = """
CREATE OR REPLACE TABLE position_price_index AS
WITH priced AS NOT MATERIALIZED (
  SELECT provider_code, pod, hrg_code,
    CAST(date_trunc('month', CASE WHEN setting = 'apc' THEN end_date ELSE start_date END) AS DATE) AS month,
    submitted_price_pence AS pence
  FROM {contact}
  WHERE pod IS NOT NULL AND hrg_code IS NOT NULL AND submitted_price_pence > 0 AND (setting <> 'apc' OR end_date IS NOT NULL)
), monthly AS (
  SELECT provider_code, pod, hrg_code, month, sum(pence) AS pence, count(*) AS contacts FROM priced GROUP BY ALL
), first AS (
  SELECT provider_code, min(month) AS month FROM monthly GROUP BY 1
), base AS (
  SELECT p.provider_code, pod, hrg_code, median(pence) AS pence
  FROM priced p JOIN first f ON f.provider_code = p.provider_code AND p.month < f.month + INTERVAL 12 MONTH
  GROUP BY ALL
)
SELECT m.provider_code, m.pod, m.month, sum(m.pence) / sum(m.contacts * b.pence) AS price_index,
  CAST(sum(m.contacts) AS BIGINT) AS contacts
FROM monthly m JOIN base b USING (provider_code, pod, hrg_code)
GROUP BY ALL ORDER BY 1, 2, 3
"""

UNMAPPED = """
CREATE OR REPLACE TABLE position_unmapped AS
SELECT c.provider_code, c.local_pod, c.tariff_code, count(*) AS lines,
  CAST(sum(abs(coalesce(actual_price_pence, planned_price_pence, 0)) + abs(coalesce(actual_mff_pence, planned_mff_pence, 0)))
    AS BIGINT) AS value_at_risk_pence,
  min(c.month) AS first_month, max(c.month) AS last_month
FROM {contract_line} c
JOIN position_file f ON f.provider_code = c.provider_code AND f.month = c.month AND f.load_id = c.load_id
  AND (f.actual_used OR f.plan_used)
WHERE c.pod IS NULL GROUP BY ALL ORDER BY value_at_risk_pence DESC, provider_code, local_pod, tariff_code
"""


LOCAL = """
CREATE OR REPLACE TABLE position_local AS
SELECT c.month, c.provider_code, coalesce(s.successor_code, c.provider_code) AS current_provider_code, c.commissioner_code,
  p.place_code, c.treatment_function_code, c.local_pod, c.tariff_code,
  coalesce(sum(planned_activity) FILTER (plan_used), 0) AS planned_activity,
  CAST(coalesce(sum(coalesce(planned_price_pence, 0) + coalesce(planned_mff_pence, 0)) FILTER (plan_used), 0) AS BIGINT) AS planned_pence,
  CASE WHEN bool_or(actual_used) THEN coalesce(sum(actual_activity) FILTER (actual_used), 0) END AS actual_activity,
  CASE WHEN bool_or(actual_used) THEN CAST(coalesce(sum(coalesce(actual_price_pence, 0) + coalesce(actual_mff_pence, 0))
    FILTER (actual_used), 0) AS BIGINT) END AS actual_pence
FROM {contract_line} c
JOIN position_file f ON f.provider_code = c.provider_code AND f.month = c.month AND f.load_id = c.load_id
  AND (f.actual_used OR f.plan_used)
LEFT JOIN finance_place p ON p.practice_code = c.practice_code
LEFT JOIN finance_successor s ON s.provider_code = c.provider_code
WHERE c.pod IS NULL GROUP BY ALL
"""

# A provider-month of which no later file came is what the cube holds already; only the others are read from the lines.
BEFORE = """
CREATE OR REPLACE TEMP TABLE finance_before AS
WITH latest AS (
  SELECT max(month) AS month FROM position_file WHERE actual_used
), cutoff AS (
  SELECT provider_code, min(submitted_on) AS day FROM position_file, latest
  WHERE has_actual AND position_file.month = latest.month GROUP BY 1
), known AS (
  SELECT f.provider_code, f.month, arg_max(f.load_id, {{'made': coalesce(f.submitted_on, DATE '1900-01-01'),
    'closed': f.submission = 'freeze', 'load': f.load_id}}) AS load_id
  FROM position_file f LEFT JOIN cutoff USING (provider_code), latest
  WHERE f.has_actual AND f.month < latest.month AND coalesce(f.submitted_on < cutoff.day, true) GROUP BY ALL
)
SELECT provider_code, pod, month, CAST(sum(pence) AS BIGINT) AS pence, bool_or(flex) AS flex FROM (
  SELECT c.current_provider_code AS provider_code, coalesce(c.pod, '') AS pod, c.month, c.actual_pence AS pence, c.flex
  FROM position_cube c JOIN known USING (provider_code, month)
  JOIN position_file f ON f.provider_code = c.provider_code AND f.month = c.month AND f.load_id = known.load_id AND f.actual_used
  WHERE c.actual_pence IS NOT NULL
  UNION ALL
  SELECT coalesce(s.successor_code, c.provider_code), coalesce(c.pod, ''), c.month,
    coalesce(actual_price_pence, 0) + coalesce(actual_mff_pence, 0), c.submission = 'flex'
  FROM {contract_line} c JOIN (
    SELECT known.* FROM known JOIN position_file f USING (provider_code, month, load_id) WHERE NOT f.actual_used
  ) k USING (provider_code, month, load_id)
  LEFT JOIN finance_successor s ON s.provider_code = c.provider_code
)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

NO_PATIENT_LINES = """(SELECT NULL::DATE AS month, NULL::VARCHAR AS provider_code, NULL::VARCHAR AS commissioner_code,
  NULL::VARCHAR AS practice_code, NULL::VARCHAR AS treatment_function_code, NULL::VARCHAR AS pod, NULL::DOUBLE AS activity,
  NULL::BIGINT AS cost_pence, NULL::DATE AS submitted_on, NULL::INTEGER AS load_id WHERE false)"""


def statements(
    contact: str, contract_line: str, organisation: str, contract_activity: str = NO_PATIENT_LINES
) -> tuple[str, ...]:
    """The SQL that makes the cube's tables, in order."""
    relations = {
        "contact": contact, "contract_line": contract_line, "organisation": organisation,
        "contract_activity": contract_activity,
    }  # fmt: skip
    return tuple(
        text.format(**relations)
        for text in (FILES, CUTS, PLACES, SUCCESSORS, CUBE, PLAN_AHEAD, PRICE_INDEX, UNMAPPED, LOCAL, BEFORE)
    )


def build(
    con: Any,
    *,
    contact: str = "contact",
    contract_line: str = "contract_line",
    organisation: str = "organisation",
    contract_activity: str = NO_PATIENT_LINES,
    forecasts: bool = True,
) -> dict[str, int]:
    """Create the position tables on one DuckDB connection; returns rows by table.

    Without contract lines the cube holds the record's side alone and there is nothing to forecast. `forecasts` False leaves
    `position_forecast` and `position_finding` empty (they run one statistical model a line: seconds).
    """
    for statement in statements(contact, contract_line, organisation, contract_activity):
        con.execute(statement)
    con.execute(
        "CREATE OR REPLACE TABLE position_cube AS SELECT * FROM position_cube "
        "ORDER BY month, provider_code, pod, treatment_function_code, commissioner_code, place_code"
    )
    write_forecasts(con, forecasts)
    write_findings(con, forecasts)
    con.execute(
        "DROP TABLE IF EXISTS finance_place; DROP TABLE IF EXISTS finance_successor; DROP TABLE IF EXISTS finance_cut; "
        "DROP TABLE IF EXISTS finance_before"
    )
    return {table: con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def build_for_planning(con: Any, relation: Callable[[str], str], people: str) -> dict[str, int]:
    """Create the position tables in a planning file that is being written, from the record that it is made of.

    `relation` gives a canonical table as SQL that can stand in FROM; `people` is such a relation with the record's
    `person_key` of everybody whom planning may count (the file itself knows them by other keys). Contacts of anybody else
    (they object, or are in no population) and contacts marked confidential are left out before anything is added up;
    contract lines are the providers' own sums and hold everybody, so the difference between the two shows in reconciliation.
    """
    contact = (
        f"(SELECT * FROM {relation('contact')} WHERE person_key IN (SELECT person_key FROM {people}) "
        "AND NOT coalesce(confidential, false))"
    )
    return build(
        con,
        contact=contact,
        contract_line=relation("contract_line"),
        organisation=relation("organisation"),
        contract_activity=relation("contract_activity"),
    )
