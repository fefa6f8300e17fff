"""Costing: each source of a cost on worked contacts, the national collection's figures, and bitemporal price sets."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal
from importlib import resources

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance.costing import install_prices, record_averages, with_cost
from commonweal.finance.pod import with_pod
from commonweal.finance.prices import (
    Price,
    PriceSet,
    effective,
    national_cost_collection,
    read_price_set,
    to_pence,
)
from commonweal.record.schema import CONTACT


def contacts(rows: list[dict]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"CREATE TABLE contact ({', '.join(f'{c.name} {c.duckdb_type}' for c in CONTACT)})")
    names = sorted({name for row in rows for name in row} | {"contact_key", "start_date"})
    for number, row in enumerate(rows, start=1):
        row.setdefault("contact_key", number)
        row.setdefault("start_date", date(2024, 6, 1))
    table = pa.Table.from_pylist(
        [{name: row.get(name) for name in names} for row in rows],
        schema=None,
    )
    con.register("given", table)
    con.execute(f"INSERT INTO contact ({', '.join(names)}) SELECT {', '.join(names)} FROM given")
    return con


def cost(rows: list[dict], price_sets=None, as_at=None) -> list[tuple]:
    con = contacts(rows)
    install_prices(con, price_sets, as_at)
    found = con.execute(
        f"SELECT cost_pence, cost_basis, cost_reason FROM ({with_cost(with_pod('contact'))}) ORDER BY contact_key"
    ).fetchall()
    assert len(found) == len(rows)
    return found


def emergency(nights, hrg, **more):
    return {
        "setting": "apc", "admission_method": "21", "patient_classification": "1", "length_of_stay_days": nights,
        "hrg_code": hrg, **more,
    }  # fmt: skip


def test_the_collection_holds_13362_rows_of_which_1820_stay_blank():
    prices = [price for price in national_cost_collection().prices if price.code]
    assert len(prices) == 13_362
    assert sum(price.pence is None for price in prices) == 1_820
    assert not any(price.pence == 0 for price in prices)
    blanks = {}
    for price in prices:
        if price.pence is None:
            blanks[price.department] = blanks.get(price.department, 0) + 1
    assert blanks["Regular Day or Night Admissions"] == 557
    assert blanks["Daycase"] == 295


def test_unit_costs_times_activity_give_back_the_printed_costs():
    """99.2 billion pounds, and every unit cost in whole pence within half a penny of cost over activity."""
    packed = resources.files("commonweal.finance").joinpath("data/national_cost_collection_2024_25.csv.gz").read_bytes()
    rows = list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))
    held = {(p.department, p.code): p.pence for p in national_cost_collection().prices}
    assert round(sum(Decimal(row["cost"]) for row in rows) / 10**9, 1) == Decimal("99.2")
    for row in rows:
        if row["unit_cost"]:
            exact = Decimal(row["cost"]) / Decimal(row["activity"]) * 100
            assert abs(held[row["department_code"], row["currency_code"]] - exact) <= Decimal("0.5001")


def test_each_source_of_a_cost_in_its_order():
    title = "National cost collection 2024/25"
    rows = [
        emergency(4, "AA22C", submitted_price_pence=123_456, submitted_base_price_pence=100_000, market_forces_factor=1.2),
        emergency(4, "AA22C", submitted_base_price_pence=100_000, market_forces_factor=1.18),
        emergency(4, "AA22C", submitted_base_price_pence=100_000),
        emergency(4, "AA22C", submitted_price_pence=0),
        emergency(4, "AA22C"),
        emergency(1, "AA22C"),
        emergency(0, "AA22C"),
        emergency(4, "ZZ99Z"),
        emergency(None, "AA22C"),
        {"setting": "apc", "admission_method": "11", "patient_classification": "2", "hrg_code": "AA23C"},
        {"setting": "ae", "department_type": "01", "hrg_code": "VB11Z"},
        {"setting": "ae", "department_type": "05", "hrg_code": "VB11Z"},
        {"setting": "op", "attendance_status": "5", "first_attendance": "1", "hrg_code": "WF01B"},
        {"setting": "op", "attendance_status": "3", "first_attendance": "1", "hrg_code": "WF01B"},
        {"setting": "mental_health", "service_type": "A02", "attendance_status": "5"},
        {"setting": "mental_health", "service_type": "A02", "attendance_status": "3"},
        {"setting": "gp", "professional_role": "GP"},
        {"setting": "urgent_111"},
    ]  # fmt: skip
    assert cost(rows) == [
        (123_456, "row_price", "price on the row, including market forces factor"),
        (118_000, "row_price", "price before market forces factor, times the factor on the row"),
        (100_000, "row_price", "price on the row; no market forces factor with it"),
        (0, "row_price", "price on the row, including market forces factor"),
        (873_298, "hrg_cost", f"{title}, Non-Elective Inpatient - Long Stay"),
        (106_665, "hrg_cost", f"{title}, Non-Elective Inpatient - Short Stay"),
        (106_665, "hrg_cost", f"{title}, Non-Elective Inpatient - Short Stay"),
        (541_670, "pod_average", f"{title}, Non-Elective Inpatient - Long Stay average"),
        (None, "uncosted", "no point of delivery"),
        (107_708, "pod_average", f"{title}, Daycase average; its own unit cost is blank"),
        (12_676, "hrg_cost", f"{title}, Emergency Care"),
        (None, "uncosted", "no point of delivery"),
        (None, "uncosted", "no price set covers Outpatient attendance, OPFASPCL"),
        (None, "uncosted", "not attended: no activity"),
        (35_683, "hrg_cost", f"{title}, Mental Health Care Contact"),
        (None, "uncosted", "not attended: no activity"),
        (None, "uncosted", "no price set covers GP appointment"),
        (None, "uncosted", "no department prices it"),
    ]


def test_outside_its_year_the_collection_is_used_and_says_so():
    ((pence, basis, reason),) = cost([emergency(4, "AA22C", start_date=date(2023, 6, 1))])
    assert (pence, basis) == (873_298, "hrg_cost")
    assert reason.endswith("outside its year and not adjusted for inflation")


def test_the_records_own_average_prices_attendances_and_is_marked():
    rows = [
        {"setting": "op", "attendance_status": "5", "first_attendance": "1", "hrg_code": "WF01B", **price}
        for price in ({"submitted_price_pence": 10_000}, {"submitted_price_pence": 10_001}, {})
    ]
    con = contacts(rows)
    install_prices(con, [national_cost_collection(), record_averages(con, with_pod("contact"))])
    found = con.execute(f"SELECT cost_pence, cost_basis FROM ({with_cost(with_pod('contact'))}) ORDER BY contact_key")
    assert found.fetchall() == [(10_000, "row_price"), (10_001, "row_price"), (10_001, "pod_average")]


def test_nothing_but_the_cost_changes():
    con = contacts([emergency(4, "AA22C"), {"setting": "gp"}])
    install_prices(con)
    kept = "SELECT * EXCLUDE (pod, pod_rule, cost_pence, cost_basis, cost_reason) FROM"
    before = con.execute(f"{kept} contact").fetchall()
    filled = with_cost(with_pod("contact"))
    assert [item[0] for item in con.execute(filled).description] == list(CONTACT.column_names)
    assert sorted(con.execute(f"{kept} ({filled})").fetchall(), key=str) == sorted(before, key=str)


PRICE_LIST = """department,code,unit,price_gbp,valid_from,valid_to
GP appointment,GP,minute,3.70,2024-04-01,2025-03-31
GP appointment,,contact,41.005,2024-04-01,2025-03-31
GP appointment,Chaplain,contact,,2024-04-01,2025-03-31
"""


def supplied(text=PRICE_LIST):
    return read_price_set(
        text, id="local", title="Local prices", source="the user", issued_on=date(2024, 4, 1), name="prices.csv"
    )


def test_a_price_set_of_the_user_by_the_minute_by_contact_and_blank():
    rows = [
        {"setting": "gp", "professional_role": "GP", "start_at": "2024-06-01 09:00", "end_at": "2024-06-01 09:10"},
        {"setting": "gp", "professional_role": "GP"},
        {"setting": "gp", "professional_role": "Nurse"},
        {"setting": "gp", "professional_role": "Chaplain"},
        {"setting": "gp", "professional_role": "Nurse", "start_date": date(2026, 6, 1)},
    ]
    found = [(pence, basis) for pence, basis, _ in cost(rows, [national_cost_collection(), supplied()])]
    # 10 minutes at 3.70; no length, so the average; the blank price stays blank and the average says so.
    assert found == [
        (3_700, "hrg_cost"), (4_101, "pod_average"), (4_101, "pod_average"), (4_101, "pod_average"), (None, "uncosted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("department,code\nA,B\n", "lacks unit, price_gbp"),
        (PRICE_LIST.replace("3.70", "three"), "record 1"),
        (PRICE_LIST.replace("minute", "fortnight"), "no such unit"),
        (PRICE_LIST.replace("2025-03-31", "31/03/2025", 1), "cannot be read"),
        (PRICE_LIST.splitlines()[0] + "\n", "holds no price"),
    ],
)
def test_a_price_set_that_cannot_be_read_says_where(text, says):
    with pytest.raises(BadInput) as caught:
        supplied(text)
    assert says in str(caught.value)
    assert "prices.csv" in str(caught.value)


def price_set(name, issued, starts, ends, pence, *, stretches=False):
    return PriceSet(name, name, "test", issued, starts, ends, (Price("D", "X", pence),), stretches)


def price_on(sets, day, as_at=None):
    found = [p for p in effective(sets, as_at) if p.starts <= day <= p.ends]
    assert len(found) <= 1
    return found[0].pence if found else None


def test_prices_reissued_in_mid_year_hold_from_the_start_of_the_year_once_known():
    """2025/26: uplift of 4.15 % in April, 4.83 % prices of 27 June 2025 back-dated to 1 April 2025."""
    april = price_set("april", date(2025, 4, 1), date(2025, 4, 1), date(2026, 3, 31), 10_415)
    june = price_set("june", date(2025, 6, 27), date(2025, 4, 1), date(2026, 3, 31), 10_483)
    day = date(2025, 5, 10)
    assert price_on([april, june], day, as_at=date(2025, 6, 26)) == 10_415
    assert price_on([april, june], day, as_at=date(2025, 6, 27)) == 10_483
    assert price_on([april, june], date(2025, 3, 31)) is None


DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
SETS = st.lists(
    st.tuples(DAYS, DAYS, DAYS, st.integers(1, 999), st.booleans()), min_size=1, max_size=6, unique_by=lambda t: t[3]
)


@settings(max_examples=60, deadline=None)
@given(SETS, st.randoms(), DAYS)
def test_the_order_of_loading_price_sets_does_not_matter(drawn, shuffler, day):
    sets = [
        price_set(f"s{pence}", issued, min(a, b), max(a, b), pence, stretches=stretches)
        for issued, a, b, pence, stretches in drawn
    ]
    mixed = sets[:]
    shuffler.shuffle(mixed)
    assert sorted(effective(sets), key=str) == sorted(effective(mixed), key=str)
    covering = [held for held in sets if held.valid_from <= day <= held.valid_to]
    if covering:
        latest = max(covering, key=lambda held: (held.issued_on, held.id))
        assert price_on(sets, day) == latest.prices[0].pence


def test_half_a_penny_goes_up():
    assert [to_pence(text) for text in ("0.005", "1.004", "-0.005", "2.675")] == [1, 100, -1, 268]
