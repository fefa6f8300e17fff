"""Spreadsheets in and out: what people really send, errors by cell, and text that can never become a formula."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl
import pypdf
import pytest
from docx import Document

from commonweal.errors import BadInput
from commonweal.finance.imports import (
    LEDGER_COLUMNS,
    PLAN_COLUMNS,
    SCHEME_COLUMNS,
    read_ledger,
    read_plan,
    read_schemes,
    template,
)
from commonweal.finance.pack import Pack, PackTable, pdf, spreadsheet, word

HEADINGS = [column.heading for column in PLAN_COLUMNS]


def workbook(rows, change=None):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def plan(*rows, change=None):
    return read_plan(workbook([HEADINGS, *rows], change))


GOOD = ["RYJ", "W2U3Z", "NEL", 300, "2025-04", 1200, 2_400_000]


def test_the_templates_read_back_as_their_own_example():
    (row,) = read_plan(template(PLAN_COLUMNS, "Plan")).rows
    assert (row.provider_code, row.month, row.activity, row.pence) == ("RYJ", date(2025, 4, 1), 1200, 240_000_000)
    (scheme,) = read_schemes(template(SCHEME_COLUMNS, "Schemes")).rows
    assert (scheme.id, scheme.gross_pence, scheme.maturity, scheme.start) == (
        "QIPP-07",
        120_000_000,
        "business_case",
        date(2025, 7, 1),
    )
    (entry,) = read_ledger(template(LEDGER_COLUMNS, "Ledger")).rows
    assert entry.pence == 241_500_000


def test_numbers_as_text_dates_as_dates_and_headings_in_another_order():
    titles = ["MONTH", "planned cost (£)", "Provider Code", "point of delivery", "Planned  Activity"]
    rows = [titles, [datetime(2025, 5, 9), "£1,234.50", " RYJ ", "EL", "(12)"], ["May 2025", 0.1, "RYJ", "DC", "1,000"]]
    found = read_plan(workbook([["Plan of the trust"], [], *rows]))
    assert found.errors == ()
    assert [(row.month, row.pence, row.activity, row.treatment_function_code) for row in found.rows] == [
        (date(2025, 5, 1), 123_450, -12, None),
        (date(2025, 5, 1), 10, 1_000, None),
    ]


def test_merged_cells_hold_for_all_of_their_rows():
    def merge(sheet):
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:B3")

    found = plan(GOOD, [None, None, "EL", 100, "2025-04", 5, 10], change=merge)
    assert [(row.provider_code, row.pod) for row in found.rows] == [("RYJ", "NEL"), ("RYJ", "EL")]


def test_every_error_has_its_cell_and_nothing_is_taken():
    bad = ["", "W2U3Z", "EL", 100, "soon", "many", "12.345"]
    found = plan(GOOD, bad, [None] * 7, ["RQM", None, "DC", None, "2025-04", True, "#REF!"])
    assert found.rows == ()
    assert [(error.cell, error.heading) for error in found.errors] == [
        ("A3", "Provider code"), ("E3", "Month"), ("F3", "Planned activity"), ("G3", "Planned cost (£)"),
        ("F5", "Planned activity"), ("G5", "Planned cost (£)"),
    ]  # fmt: skip
    assert found.errors[3].says == "an amount in pounds has at most two decimals"
    assert found.errors[5].says == "the formula in this cell gives an error"


def test_a_formula_that_was_never_calculated_is_an_error_and_not_a_zero():
    found = plan([*GOOD[:6], "=1000*2"])
    assert [(error.cell, "never calculated" in error.says) for error in found.errors] == [("G2", True)]


def test_the_same_line_twice_and_a_scheme_id_twice():
    assert "the same line as row 2" in plan(GOOD, GOOD).errors[0].says
    headings = [column.heading for column in SCHEME_COLUMNS]
    row = ["a", "A", "2025/26", 100, None, "idea", "yes", "no", *[None] * 8]
    other = ["a", "A", "2025/27", 100, None, "dream", "yes", "no", *[None] * 8]
    found = read_schemes(workbook([headings, row, other]))
    assert [(error.cell, error.heading) for error in found.errors] == [("F3", "Maturity")]
    other[5] = "idea"
    wrong_year = read_schemes(workbook([headings, row, other]))
    assert [error.says for error in wrong_year.errors] == ["this id is used twice", "this is not a financial year"]
    row[14] = 1.5
    assert read_schemes(workbook([headings, row])).errors[0].says == "it lies between 0 and 1"


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_file_that_is_no_workbook(content):
    with pytest.raises(BadInput, match="not a spreadsheet"):
        read_plan(content)


def test_a_sheet_without_the_headings_names_them():
    with pytest.raises(BadInput, match="lacks headings") as caught:
        read_plan(workbook([["Provider code", "Cost"]]))
    assert "Point of delivery" in str(caught.value)


NASTY = '=HYPERLINK("http://x","y")'
PACK = Pack(
    "Finance pack", "2025-08", "release 20260930-101500", datetime(2026, 10, 1, tzinfo=UTC),
    ("Forecast £1.2m over plan.", "@SUM(A1)"),
    (
        PackTable("Position by provider", ("Provider", "Plan", "Variance", "Months"), (
            (NASTY, 123_456_789, -50, 4), ("+44 trust", 0, None, 5),
        ), frozenset({1, 2}), "Positive is an overspend"),
        PackTable("Position: by [provider]", ("Provider",), (("-1+1",),), frozenset()),
    ),
    invented=True,
)  # fmt: skip


def test_the_packs_spreadsheet_holds_exact_amounts_and_no_formula():
    book = openpyxl.load_workbook(io.BytesIO(spreadsheet(PACK)))
    assert book.sheetnames == ["Summary", "Position by provider", "Position  by  provider"]
    sheet = book["Position by provider"]
    assert (sheet["A5"].value, sheet["B5"].value, sheet["C5"].value, sheet["D5"].value) == (
        NASTY,
        1_234_567.89,
        -0.5,
        4,
    )
    assert sheet["C6"].value is None
    kinds = {cell.data_type for held in book.worksheets for row in held.iter_rows() for cell in row}
    assert "f" not in kinds
    assert "Invented" in sheet["A2"].value


def test_the_packs_word_document_has_headings_and_tables():
    document = Document(io.BytesIO(word(PACK)))
    assert [cell.text for cell in document.tables[0].rows[0].cells] == [
        "Provider",
        "Plan (£k)",
        "Variance (£k)",
        "Months",
    ]
    assert [cell.text for cell in document.tables[0].rows[1].cells] == [NASTY, "1,235", "0", "4"]
    words = " ".join(paragraph.text for paragraph in document.paragraphs)
    assert "Invented people and money" in words
    assert "release 20260930-101500" in words


def test_the_packs_pdf_is_tagged():
    reader = pypdf.PdfReader(io.BytesIO(pdf(PACK)))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    content = " ".join(page.extract_text() for page in reader.pages)
    assert "Position by provider" in content
    assert "1,235" in content
