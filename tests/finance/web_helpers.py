"""What the finance pages' tests share: contract lines of two trusts, and reading a page as words and rows."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pyarrow as pa

from commonweal.finance.calendar import month_after


def lines(over_plan=1.1):
    """Two trusts, two PODs, 18 months: plan £10,000 a month and line; RYJ's emergencies 10 % over plan, all by volume."""
    made = []
    for place in range(18):
        month = month_after(date(2024, 4, 1), place)
        for provider in ("RYJ", "R1K"):
            for pod in ("NEL", "EL"):
                over = (provider, pod) == ("RYJ", "NEL")
                late = provider == "R1K" and place == 17
                made.append({
                    "month": month, "provider_code": provider, "load_id": 1, "pod": pod, "commissioner_code": "W2U3Z",
                    "treatment_function_code": "300", "planned_activity": 100.0, "planned_price_pence": 1_000_000,
                    "planned_mff_pence": 0, "actual_activity": None if late else 100.0 * over_plan if over else 100.0,
                    "actual_price_pence": None if late else round(1_000_000 * over_plan) if over else 1_000_000,
                    "actual_mff_pence": None if late else 0,
                })  # fmt: skip
    made.append({**made[0], "pod": None, "local_pod": "ZZ9", "tariff_code": None, "planned_activity": None,
                 "planned_price_pence": None, "actual_activity": 3.0, "actual_price_pence": 9_900})  # fmt: skip
    return made


def twice_on_one_day():
    """RYJ: twelve people twice on one day of August 2025, £100 and £80; R1K: four in June and in July, too few to show."""
    return [
        {"person_key": 100 * month + person, "contact_key": 1000 * month + 10 * person + place, "setting": "op", "start_date": date(2025, month, 4),
         "provider_code": provider, "treatment_function_code": "300", "pod": "OPFUPSPCL", "first_attendance": "2", "cost_pence": pence}
        for provider, month, people in (("RYJ", 8, 12), ("R1K", 6, 4), ("R1K", 7, 4))
        for person in range(people)
        for place, pence in enumerate((10_000, 8_000))
    ]  # fmt: skip


def waits():
    """Referral to treatment at two snapshots five weeks apart: RYJ 40, then 8 gone and 13 joined; R1K 20 and the same 20, 3 of them eyes."""
    first, second = date(2025, 8, 24), date(2025, 9, 28)

    def one(pathway, snapshot, start, provider, specialty="110"):
        return {"person_key": pathway, "pathway_key": pathway, "snapshot_date": snapshot, "list_type": "rtt", "clock_start_date": start,
                "provider_code": provider, "treatment_function_code": specialty}  # fmt: skip

    old, new = date(2025, 3, 3), date(2025, 9, 1)
    made = [one(number, first, old, "RYJ") for number in range(40)]
    made += [one(number, second, old, "RYJ") for number in range(8, 40)] + [
        one(100 + number, second, new, "RYJ") for number in range(13)
    ]
    for day in (first, second):
        made += [one(200 + number, day, old, "R1K", "130" if number < 3 else "110") for number in range(20)]
    return made


def put(con, table, rows):
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE given_{table.name} ({', '.join(f'{c.name} {c.duckdb_type}' for c in table)})"
    )
    if rows:
        names = sorted({name for row in rows for name in row})
        con.register("given_rows", pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]))
        con.execute(f"INSERT INTO given_{table.name} ({', '.join(names)}) SELECT {', '.join(names)} FROM given_rows")
        con.unregister("given_rows")
    return f"given_{table.name}"


def text_of(answer):
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def row_of(answer, label, place=0):
    """The cells of the table row that starts with a label (of the one at `place`, where several do)."""
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", answer.content.decode(), re.S):
        cells = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)
        words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]
        if words and words[0] == label:
            found.append(words[1:])
    assert len(found) > place, f"no row {label!r}"
    return found[place]


def sheet(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    held.name = "sent.xlsx"
    return held
