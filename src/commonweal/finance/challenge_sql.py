"""What the contract rules select in the record, added up by rule, provider, point of delivery and month.

Run once for the planning file, when a release is made and after the position cube (it gives each provider's successor)::

    challenge_sql.write_challenges(con, record.relation, people)

It makes `position_challenge`: contacts, and pence at full price. What is claimed of the price is `challenges.claimed`, worked
when it is shown. A contact may be selected by several rules. Contacts without a cost count, and are worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commonweal.finance.challenges import rule
from commonweal.finance.pod import EMERGENCY_ADMISSION

TABLE = "position_challenge"
READMITTED_WITHIN_DAYS = 30
REFERRED_WITHIN_DAYS = 365

CONTACTS = """
CREATE OR REPLACE TEMP TABLE finance_contact AS
SELECT person_key, contact_key, setting, start_date, end_date, coalesce(s.successor_code, c.provider_code) AS provider_code,
  treatment_function_code, pod, first_attendance, admission_method, coalesce(cost_pence, 0) AS cost_pence,
  CAST(date_trunc('month', CASE WHEN setting = 'apc' THEN end_date ELSE start_date END) AS DATE) AS month
FROM {contact} c
LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code AS successor_code FROM position_cube) s USING (provider_code)
WHERE setting IN ('apc', 'op') AND c.provider_code IS NOT NULL AND start_date IS NOT NULL
"""
"""Contacts without a point of delivery stay for the dates of discharge; every rule counts those that have one."""

FOUND = """
CREATE OR REPLACE TABLE position_challenge AS
WITH counted AS (
  SELECT * FROM finance_contact WHERE pod IS NOT NULL AND month IS NOT NULL
), referred AS (
  SELECT a.*, r.source_code, r.date AS referred_on
  FROM (SELECT * FROM counted WHERE setting = 'op' AND first_attendance IN ('1', '3')) a
  ASOF JOIN (
    SELECT person_key, coalesce(s.current_provider_code, r.provider_code) AS provider_code, treatment_function_code, date,
      arg_max(source_code, referral_key) AS source_code
    FROM {referral} r
    LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code FROM position_cube) s USING (provider_code)
    GROUP BY ALL
  ) r ON a.person_key = r.person_key AND a.provider_code = r.provider_code
    AND a.treatment_function_code = r.treatment_function_code AND a.start_date >= r.date
), attended AS (
  SELECT provider_code, treatment_function_code, month, replace(pod, 'FUP', 'FA') AS kind,
    count(*) FILTER (pod LIKE '%FA%') AS firsts, count(*) FILTER (pod LIKE '%FUP%') AS follow_ups,
    CAST(coalesce(sum(cost_pence) FILTER (pod LIKE '%FUP%'), 0) AS HUGEINT) AS pence, max(pod) FILTER (pod LIKE '%FUP%') AS pod
  FROM counted WHERE setting = 'op' AND (pod LIKE '%FA%' OR pod LIKE '%FUP%') AND pod NOT LIKE 'OPPROC%' GROUP BY ALL
), above AS (
  SELECT *, follow_ups - CAST(floor(firsts * CAST('{ratio}' AS DECIMAL(9, 3))) AS BIGINT) AS contacts FROM attended WHERE firsts > 0
), discharged AS (
  SELECT *, lag(end_date) OVER (PARTITION BY person_key ORDER BY end_date, start_date, contact_key) AS discharged_on
  FROM finance_contact WHERE setting = 'apc' AND end_date IS NOT NULL
), same_day AS (
  SELECT *, row_number() OVER (PARTITION BY person_key, provider_code, treatment_function_code, start_date
    ORDER BY cost_pence DESC, contact_key) AS place
  FROM counted WHERE setting = 'op' AND treatment_function_code IS NOT NULL
), selected AS (
  SELECT 'consultant_to_consultant' AS rule, provider_code, pod, month, 1 AS contacts, cost_pence AS pence FROM referred
  WHERE source_code IN ('01', '02', '05', '10', '11') AND start_date - referred_on <= {referred}
  UNION ALL
  SELECT 'follow_up_ratio', provider_code, pod, month, contacts, CAST(contacts * pence // follow_ups AS BIGINT) FROM above
  WHERE contacts > 0
  UNION ALL
  SELECT 'readmission_30_days', provider_code, pod, month, 1, cost_pence FROM discharged
  WHERE pod IS NOT NULL AND {emergency} AND start_date BETWEEN discharged_on AND discharged_on + {readmitted}
  UNION ALL
  SELECT 'single_charge', provider_code, pod, month, 1, cost_pence FROM same_day WHERE place > 1
  UNION ALL
  SELECT 'out_of_sector', provider_code, pod, month, 1, cost_pence FROM counted
  WHERE provider_code NOT IN ({providers}) AND (setting = 'op' OR admission_method IN ('11', '12', '13'))
)
SELECT rule, provider_code, pod, month, CAST(sum(contacts) AS BIGINT) AS contacts, CAST(sum(pence) AS BIGINT) AS pence
FROM selected GROUP BY ALL ORDER BY ALL
"""


def write_challenges(con: Any, relation: Callable[[str], str], people: str) -> int:
    """Make `position_challenge` in the planning file that `con` holds; returns its rows. `relation` and `people` are as for
    `cube_sql.build_for_planning`: people who object and confidential contacts are left out before anything is added up."""
    counted = f"WHERE person_key IN (SELECT person_key FROM {people})"
    return build(
        con,
        contact=f"(SELECT * FROM {relation('contact')} {counted} AND NOT coalesce(confidential, false))",
        referral=f"(SELECT * FROM {relation('referral')} {counted})",
    )


def build(con: Any, *, contact: str = "contact", referral: str = "referral") -> int:
    """The same over any two relations; `position_cube` must stand."""
    con.execute(CONTACTS.format(contact=contact))
    inside = ", ".join(f"'{code}'" for code in rule("out_of_sector").providers)
    con.execute(
        FOUND.format(
            referral=referral, ratio=rule("follow_up_ratio").ratio, referred=REFERRED_WITHIN_DAYS,
            readmitted=READMITTED_WITHIN_DAYS, providers=inside, emergency=EMERGENCY_ADMISSION,
        )
    )  # fmt: skip
    con.execute("DROP TABLE finance_contact")
    return con.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0]
