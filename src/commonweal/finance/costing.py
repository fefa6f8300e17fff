"""What each contact cost: the first of these that is there, with the reason on the row.

1. ``row_price``: the price on the row. `submitted_price_pence` already holds the market forces factor and is never
   multiplied again; where only the price before the factor came, factor and price on the row are multiplied.
2. ``hrg_cost``: the price set's cost of this HRG (or service type, or role) in this department.
3. ``pod_average``: the department's average, or the record's own average for the POD, marked as such.
4. ``uncosted``: with the reason.

Use from a build, once a connection and then once a bucket::

    install_prices(con)                                   # two small temporary tables
    sql = with_cost(with_pod("SELECT * FROM bucket"))     # cost_pence, cost_basis, cost_reason filled; all else unchanged

Nothing else is needed. The joins are on at most one price a contact, so the number of rows cannot change; their order can.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from commonweal.finance.prices import (
    FIRST_DAY,
    LAST_DAY,
    DatedPrice,
    Price,
    PriceSet,
    effective,
    national_cost_collection,
)

UNIT_TABLE, AVERAGE_TABLE = "finance_unit_price", "finance_average_price"

_NON_ELECTIVE = "pod IN ('NEL', 'NELST', 'NELNE')"
DEPARTMENTS: tuple[tuple[str, str], ...] = (
    ("pod = 'DC'", "Daycase"),
    ("pod = 'EL'", "Elective Inpatients"),
    ("pod IN ('RADAY', 'RANIGHT')", "Regular Day or Night Admissions"),
    # Short stay is under two days: the collection's own patient-level definition (NES), not the contract's HRG rule.
    (f"{_NON_ELECTIVE} AND length_of_stay_days < 2", "Non-Elective Inpatient - Short Stay"),
    (f"{_NON_ELECTIVE} AND length_of_stay_days >= 2", "Non-Elective Inpatient - Long Stay"),
    ("pod IN ('OPPROC', 'OPPROCFA', 'OPPROCFUP')", "Outpatient Procedures"),
    ("pod = 'AE'", "Emergency Care"),
    ("pod = 'COMM'", "Community Health Service"),
    ("setting = 'mental_health' AND length_of_stay_days IS NULL", "Mental Health Care Contact"),
    ("setting = 'talking_therapies'", "NHS Talking Therapy Care Contact"),
    ("setting = 'ambulance'", "Ambulance"),
    ("setting = 'gp'", "GP appointment"),
    ("setting = 'social_care'", "Social care"),
)
"""Which department of the collection prices a contact: SQL over `contact`, first that holds. The last two are not in the
national collection (a price set that the user supplies fills them); nor are outpatient attendances without a procedure,
whose department is OUTPATIENT_ATTENDANCE with the POD."""

OUTPATIENT_ATTENDANCE = "Outpatient attendance, "

_CODE = """CASE WHEN setting IN ('apc', 'op', 'ae') THEN hrg_code
     WHEN setting IN ('mental_health', 'talking_therapies', 'social_care', 'ambulance') THEN service_type
     ELSE professional_role END"""
_NOT_ATTENDED = "setting NOT IN ('apc', 'ae') AND attendance_status IN ('2', '3', '4', '7')"
_HAS_ROW_PRICE = "(submitted_price_pence IS NOT NULL OR submitted_base_price_pence IS NOT NULL)"


def install_prices(con: Any, price_sets: Iterable[PriceSet] | None = None, as_at: date | None = None) -> None:
    """Create (or replace) the two temporary price tables of one DuckDB connection.

    `price_sets` defaults to the national cost collection 2024/25; a user's sets are added to it by the caller. `as_at`
    ignores sets issued later.
    """
    sets = tuple(price_sets) if price_sets is not None else (national_cost_collection(),)
    titles = {held.id: held.title for held in sets}
    dated = effective(sets, as_at)
    for table, wanted in ((UNIT_TABLE, True), (AVERAGE_TABLE, False)):
        rows = [price for price in dated if bool(price.code) is wanted]
        held = _arrow(rows, titles)
        con.register(f"{table}_rows", held)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {table}_rows")
        con.unregister(f"{table}_rows")


def _arrow(rows: list[DatedPrice], titles: dict[str, str]) -> pa.Table:
    return pa.table(
        {
            "department": pa.array([row.department for row in rows], pa.string()),
            "code": pa.array([row.code for row in rows], pa.string()),
            "unit": pa.array([row.unit for row in rows], pa.string()),
            "pence": pa.array([row.pence for row in rows], pa.int64()),
            "starts": pa.array([row.starts for row in rows], pa.date32()),
            "ends": pa.array([row.ends for row in rows], pa.date32()),
            "reason": pa.array([_reason(row, titles[row.price_set]) for row in rows], pa.string()),
        }
    )


def _reason(row: DatedPrice, title: str) -> str:
    what = f"{title}, {row.department}" + ("" if row.code else " average")
    return what + (", outside its year and not adjusted for inflation" if row.outside else "")


def department_sql() -> str:
    """SQL CASE over `contact` (with its POD) giving the department that prices it."""
    lines = " ".join(f"WHEN {test} THEN '{department}'" for test, department in DEPARTMENTS)
    attendance = f"WHEN setting = 'op' AND pod IS NOT NULL THEN '{OUTPATIENT_ATTENDANCE}' || pod"
    return f"CASE WHEN {_NOT_ATTENDED} THEN NULL {lines} {attendance} END"


def _cost_of(price: str) -> str:
    """Pence of one contact at a price by contact, minute or day; null where the measure is missing."""
    minutes = "coalesce(date_diff('minute', c.start_at, c.end_at), c.wait_minutes)"
    return (
        f"CASE {price}.unit WHEN 'contact' THEN {price}.pence WHEN 'minute' THEN {price}.pence * {minutes} "
        f"WHEN 'day' THEN {price}.pence * c.length_of_stay_days END"
    )


def with_cost(source: str) -> str:
    """SQL of `source` (a SELECT over `contact` with `pod` filled, or a table's name) with `cost_pence`, `cost_basis` and
    `cost_reason` filled. Needs `install_prices` on the same connection. Pence; half a penny up."""
    inner = source if " " in source.strip() else f"SELECT * FROM {source}"
    row_price = "coalesce(submitted_price_pence, round(submitted_base_price_pence * coalesce(market_forces_factor, 1)))"
    return f"""SELECT * EXCLUDE (finance_department, finance_code, finance_unit, finance_unit_reason, finance_blank,
                finance_average, finance_average_reason)
  REPLACE (
    CAST(CASE WHEN {_HAS_ROW_PRICE} THEN {row_price} ELSE coalesce(finance_unit, finance_average) END AS BIGINT)
      AS cost_pence,
    CASE WHEN {_HAS_ROW_PRICE} THEN 'row_price' WHEN finance_unit IS NOT NULL THEN 'hrg_cost'
         WHEN finance_average IS NOT NULL THEN 'pod_average' ELSE 'uncosted' END AS cost_basis,
    CASE WHEN submitted_price_pence IS NOT NULL THEN 'price on the row, including market forces factor'
         WHEN submitted_base_price_pence IS NOT NULL AND market_forces_factor IS NOT NULL
           THEN 'price before market forces factor, times the factor on the row'
         WHEN submitted_base_price_pence IS NOT NULL THEN 'price on the row; no market forces factor with it'
         WHEN finance_unit IS NOT NULL THEN finance_unit_reason
         WHEN finance_average IS NOT NULL AND finance_blank THEN finance_average_reason || '; its own unit cost is blank'
         WHEN finance_average IS NOT NULL THEN finance_average_reason
         WHEN {_NOT_ATTENDED} THEN 'not attended: no activity'
         WHEN setting IN ('apc', 'op', 'ae') AND pod IS NULL THEN 'no point of delivery'
         WHEN finance_department IS NULL THEN 'no department prices it'
         ELSE 'no price set covers ' || finance_department END AS cost_reason)
FROM (
  SELECT c.*, u.reason AS finance_unit_reason, a.reason AS finance_average_reason,
    u.department IS NOT NULL AND u.pence IS NULL AS finance_blank,
    {_cost_of("u")} AS finance_unit, {_cost_of("a")} AS finance_average
  FROM (SELECT *, {department_sql()} AS finance_department, {_CODE} AS finance_code FROM ({inner})) c
  LEFT JOIN {UNIT_TABLE} u ON u.department = c.finance_department AND u.code = c.finance_code
    AND c.start_date BETWEEN u.starts AND u.ends
  LEFT JOIN {AVERAGE_TABLE} a ON a.department = c.finance_department AND c.start_date BETWEEN a.starts AND a.ends
)"""


def record_averages(con: Any, source: str) -> PriceSet:
    """The record's own mean price on the row for outpatient attendances, by POD and activity year, as a price set.

    The national collection 2024/25 prices no outpatient attendance without a procedure, so an attendance without a price
    on its row takes this average, marked as such. `source` is a SELECT over contacts with `pod` filled.
    """
    inner = source if " " in source.strip() else f"SELECT * FROM {source}"
    rows = con.execute(
        f"""SELECT year(start_date - INTERVAL 3 MONTH), pod, CAST(round(avg(submitted_price_pence)) AS BIGINT)
        FROM ({inner}) WHERE setting = 'op' AND pod IS NOT NULL AND pod NOT LIKE 'OPPROC%'
          AND submitted_price_pence IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"""
    ).fetchall()
    prices = tuple(
        Price(OUTPATIENT_ATTENDANCE + pod, "", pence, "contact", date(year, 4, 1), date(year + 1, 3, 31))
        for year, pod, pence in rows
    )
    starts = min((price.valid_from for price in prices if price.valid_from), default=FIRST_DAY)
    ends = max((price.valid_to for price in prices if price.valid_to), default=LAST_DAY)
    return PriceSet("record-average", "Mean price on this record's rows", "this record", starts, starts, ends, prices)
