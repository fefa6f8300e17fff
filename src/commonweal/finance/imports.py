"""The templates for plans, ledgers and schemes, and what their rows become."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.schemes import ASSESSMENTS, MATURITIES, PAST_THE_GATES, STRANDS, Scheme, gates, phased
from commonweal.finance.sheet_import import (
    CellError,
    Column,
    financial_year,
    month,
    number,
    one_of,
    pounds,
    read_sheet,
    text,
    yes_no,
)

STATES = ("done", "screened_out", "in_progress")
MONTHS = ("April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March")  # fmt: skip
PLAN_COLUMNS = (
    Column("provider_code", "Provider code", "ODS code", text, example="RYJ"),
    Column("commissioner_code", "Commissioner code", "ODS code", text, required=False, example="W2U3Z"),
    Column("pod", "Point of delivery", "National code", text, example="NEL"),
    Column("treatment_function_code", "Specialty", "Treatment function code", text, required=False, example="300"),
    Column("month", "Month", "Any day of it, or 2025-04", month, example="2025-04"),
    Column("activity", "Planned activity", "In the unit of the POD", number, example="1200"),
    Column("pence", "Planned cost (£)", "Pounds, with market forces factor", pounds, example="2400000.00"),
)
LEDGER_COLUMNS = (
    Column("provider_code", "Provider code", "ODS code", text, example="RYJ"),
    Column("month", "Month", "Any day of it, or 2025-04", month, example="2025-04"),
    Column("pence", "Amount (£)", "Pounds; a credit is negative", pounds, example="2415000.00"),
    Column("reference", "Reference", "Invoice or journal", text, required=False, example="INV-1042"),
)
SCHEME_COLUMNS = (
    Column("id", "Scheme id", "Yours; unique", text, example="QIPP-07"),
    Column("title", "Title", "", text, example="Frailty at the front door"),
    Column("year", "Financial year", "As 2025/26", text, example="2025/26"),
    Column("gross_pence", "Gross saving (£)", "In the year", pounds, example="1200000"),
    Column("investment_pence", "Investment (£)", "In the year", pounds, required=False, example="250000"),
    Column("maturity", "Maturity", ", ".join(MATURITIES), one_of(*MATURITIES), example="business_case"),
    Column("recurrent", "Recurrent", "Yes or no", yes_no, example="yes"),
    Column("cash_releasing", "Cash-releasing", "Yes; no for a cost avoided", yes_no, example="yes"),
    Column("start", "Start month", "", month, required=False, example="2025-07"),
    Column(
        "strand",
        "Strand",
        "; ".join(f"{k}: {v}" for k, v in STRANDS.items()),
        one_of(*STRANDS),
        required=False,
        example="three",
    ),
    Column("senior_owner", "Senior owner", "", text, required=False, example="Director of Finance"),
    Column("clinical_lead", "Clinical lead", "", text, required=False),
    Column("finance_lead", "Finance lead", "", text, required=False),
    Column("category", "Category", "Demand, pathway, medicines, …", text, required=False, example="pathway"),
    Column(
        "confidence",
        "Confidence",
        "0 to 1; empty for the weight of its maturity",
        number,
        required=False,
        example="0.6",
    ),
    Column("overlap_group", "Overlap group", "Schemes on the same activity", text, required=False, example="frailty"),
    *(
        Column(
            name,
            f"{name.replace('_', ' ').capitalize()} assessment",
            ", ".join(STATES),
            one_of(*STATES),
            required=False,
        )
        for name in ASSESSMENTS
    ),
    Column("contract_variation", "Contract variation", "Its reference", text, required=False),
    Column("cohort_id", "Programme in the record", "Whose members it is about", text, required=False),
    *(
        Column(
            f"weight_{place}",
            f"Phasing {month}",
            "Weight; all twelve empty: evenly from the start",
            number,
            required=False,
        )
        for place, month in enumerate(MONTHS, start=1)
    ),
)


CONTROL_TOTAL_COLUMNS = (
    Column("code", "Organisation code", "ODS code", text, example="RYJ"),
    Column("name", "Organisation", "", text, example="An acute trust"),
    Column("cluster", "Cluster", "Such as inner or outer", text, example="inner"),
    Column("year", "Financial year", "As 2025/26", financial_year, example="2025/26"),
    Column("control_total", "Control total (£)", "Surplus positive, deficit negative", pounds, example="-1500000"),
    Column("plan", "Plan (£)", "Surplus positive", pounds, example="-1500000"),
    Column("forecast", "Forecast (£)", "Surplus positive", pounds, example="-2400000"),
)
AGREEMENT_COLUMNS = (
    Column("name", "Agreement", "The same on every row", text, example="Acute risk share"),
    Column("version", "Version", "As signed", text, example="1"),
    Column("year", "Financial year", "As 2025/26", financial_year, example="2025/26"),
    Column("control_total", "Control total (£)", "On the first row", pounds, required=False, example="100000000"),
    Column(
        "outturn",
        "Outturn (£)",
        "On the first row; empty for the forecast",
        pounds,
        required=False,
        example="104000000",
    ),
    Column("starts", "Band from (%)", "Of the control total", number, example="0"),
    Column("ends", "Band to (%)", "Empty for the last band", number, required=False),
    Column("party", "Party", "", text, example="Commissioner"),
    Column("share", "Share (%)", "The shares of a band make 100", number, example="100"),
)
FIVE_YEAR_COLUMNS = (
    Column("area", "Area of spend", "POD or area", text, example="Emergency"),
    Column("year", "Financial year", "As 2025/26", financial_year, example="2025/26"),
    Column("base_allocation", "Allocation, base year (£)", "On one row", pounds, required=False, example="3500000000"),
    Column("allocation_growth", "Allocation growth (%)", "The same on every row of a year", number, example="3.4"),
    Column("base", "Cost, base year (£)", "On one row of each area", pounds, required=False, example="900000000"),
    Column("demographic", "Demographic growth (%)", "", number, required=False, example="1.0"),
    Column("other_demand", "Other demand (%)", "", number, required=False, example="1.5"),
    Column("price", "Price (%)", "", number, required=False, example="2.0"),
    Column(
        "closing",
        "Saved by closing measures (£)",
        "In that year, against doing nothing",
        pounds,
        required=False,
        example="12000000",
    ),
)


@dataclass(frozen=True)
class PlanRow:
    """One month of a plan: activity in units of the point of delivery, value in pence."""

    provider_code: str
    commissioner_code: str | None
    pod: str
    treatment_function_code: str | None
    month: date
    activity: Decimal
    pence: int


@dataclass(frozen=True)
class LedgerRow:
    """One month of a provider's ledger, in pence."""

    provider_code: str
    month: date
    pence: int
    reference: str


@dataclass(frozen=True)
class Imported:
    """What was read. With errors there are no rows: a file is taken whole or not at all."""

    rows: tuple[object, ...]
    errors: tuple[CellError, ...]


def read_plan(content: bytes, name: str = "plan") -> Imported:
    """Plan rows; the same provider, commissioner, POD, specialty and month twice is an error at the second."""
    read = read_sheet(content, PLAN_COLUMNS, name=name)
    errors = list(read.errors)
    seen: dict[tuple[object, ...], int] = {}
    for row in read.rows:
        key = tuple(
            row[part] for part in ("provider_code", "commissioner_code", "pod", "treatment_function_code", "month")
        )
        if key in seen:
            errors.append(CellError(f"row {row['row']}", "", "", f"the same line as row {seen[key]}: give it once"))
        seen.setdefault(key, row["row"])
    rows = tuple(PlanRow(**{k: v for k, v in row.items() if k != "row"}) for row in read.rows)
    return Imported(() if errors else rows, tuple(errors))


def read_ledger(content: bytes, name: str = "ledger") -> Imported:
    """A ledger from a spreadsheet or CSV: rows that can be read, and an error for each cell that cannot."""
    read = read_sheet(content, LEDGER_COLUMNS, name=name)
    rows = tuple(
        LedgerRow(row["provider_code"], row["month"], row["pence"], row["reference"] or "") for row in read.rows
    )
    return Imported(rows, read.errors)


def read_schemes(content: bytes, name: str = "schemes") -> Imported:
    """Schemes; an id twice, a year that is none, or a confidence outside 0 to 1 is an error by row."""
    read = read_sheet(content, SCHEME_COLUMNS, name=name)
    errors = list(read.errors)
    schemes: list[Scheme] = []
    seen: set[str] = set()
    for row in read.rows:
        where = f"row {row['row']}"
        if row["id"] in seen:
            errors.append(CellError(where, "Scheme id", row["id"], "this id is used twice"))
        seen.add(row["id"])
        if row["confidence"] is not None and not 0 <= row["confidence"] <= 1:
            errors.append(CellError(where, "Confidence", str(row["confidence"]), "it lies between 0 and 1"))
            continue
        try:
            scheme = _scheme(row)
            phased(scheme)
        except BadInput as wrong:
            errors.append(CellError(where, "", str(wrong.value or ""), wrong.message))
            continue
        shut = gates(scheme) if scheme.maturity in PAST_THE_GATES else ()
        if shut:
            errors.append(CellError(where, "Maturity", scheme.maturity, f"it may not be that yet: {'; '.join(shut)}"))
        schemes.append(scheme)
    return Imported(() if errors else tuple(schemes), tuple(errors))


def _scheme(row: Mapping[str, Any]) -> Scheme:
    """One row as a scheme; what is left empty is not given."""
    weights = [row[f"weight_{place}"] for place in range(1, 13)]
    assessed = {name: row[name] for name in ASSESSMENTS if row[name]}
    apart = {"row", "year", *ASSESSMENTS, *(f"weight_{place}" for place in range(1, 13))}
    given = {key: value for key, value in row.items() if key not in apart and value is not None}
    phasing = tuple(weight or Decimal(0) for weight in weights) if any(w is not None for w in weights) else ()
    return Scheme(year=FinancialYear.parse(row["year"]), assessments=assessed, phasing=phasing, **given)


def template(columns: Sequence[Column], title: str, rows: Sequence[Mapping[str, str]] = ()) -> bytes:
    """A workbook with headings and what each column wants; `rows` as text, or one example row to overwrite."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, notes = book.add_worksheet(title[:31]), book.add_worksheet("How to fill it in")
    strong = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, strong)
        for line, row in enumerate(rows or [{column.name: column.example}], start=1):
            sheet.write_string(line, place, row.get(column.name, ""))
        sheet.set_column(place, place, max(14, len(column.heading) + 2))
        notes.write_string(place + 1, 0, column.heading)
        notes.write_string(place + 1, 1, "needed" if column.required else "may be empty")
        notes.write_string(place + 1, 2, column.says)
    for place, heading in enumerate(("Column", "", "What it holds")):
        notes.write_string(0, place, heading, strong)
    notes.set_column(0, 2, 30)
    sheet.freeze_panes(1, 0)
    book.close()
    return held.getvalue()
