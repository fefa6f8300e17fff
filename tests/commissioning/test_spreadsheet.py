"""A sheet of intentions: all of it or none, errors by cell."""

import io
from dataclasses import replace

import openpyxl
import pytest

from commonweal.commissioning import spreadsheet
from commonweal.commissioning.intentions import Intention, Kind, Procurement, register
from commonweal.errors import BadInput

TARGETS = frozenset({"t-1", "t-2"})


def thousand() -> list[Intention]:
    return [
        Intention(
            f"n-{number:04d}",
            "Cancer",
            "Brent",
            "2026/27",
            Kind.ENABLER,
            f"Title {number}",
            "Summary",
            strategies=("One", "Two"),
            procurement=Procurement.POSSIBLE,
            depends_on=(f"n-{number - 1:04d}",) if number else (),
            target_ids=("t-1",),
        )
        for number in range(1000)
    ]


def edited(content: bytes, cells: dict[str, object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book["Intentions"][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return spreadsheet.template(thousand())


def test_a_thousand_rows_come_back_as_they_went(sheet):
    result = spreadsheet.read(sheet, known_targets=TARGETS)
    assert (list(result.intentions), result.errors) == (thousand(), ())


def test_errors_by_cell_and_nothing_loaded(sheet):
    bad = edited(
        sheet,
        {
            "E17": "wish",
            "D3": "2026",
            "F900": None,
            "S5": "t-1; t-9",
            "A10": "n-0000",
            "R20": "n-9999",
            "Q30": "maybe",
            "A40": "a/b",
        },
    )
    result = spreadsheet.read(bad, known_targets=TARGETS)
    assert result.intentions == ()
    assert [error.cell for error in result.errors if error.cell not in {"R11", "R41"}] == [
        "D3",
        "S5",
        "A10",
        "E17",
        "Q30",
        "A40",
        "F900",
        "R20",
    ]
    by_cell = {error.cell: error for error in result.errors}
    assert by_cell["A10"].message == "“n-0000” is also in row 2"
    assert by_cell["S5"].message == "there is no target “t-9”"
    assert by_cell["F900"].message == "is empty"
    assert "strategic_change" in by_cell["E17"].remedy
    assert by_cell["R11"].message == "there is no intention “n-0008”"  # its row lost that reference


def test_a_reference_already_in_the_register_is_refused(sheet):
    result = spreadsheet.read(sheet, known_targets=TARGETS, known_intentions=frozenset({"n-0500"}))
    assert [(error.cell, "already in the register" in error.message) for error in result.errors] == [("A502", True)]


def test_formulas_and_script_stay_text():
    hostile = replace(thousand()[0], title='=HYPERLINK("http://x","y")', summary="<script>alert(1)</script>")
    (back,) = spreadsheet.read(spreadsheet.template([hostile]), known_targets=TARGETS).intentions
    assert back == hostile


def test_columns_may_stand_in_another_order(sheet):
    book = openpyxl.load_workbook(io.BytesIO(spreadsheet.template(thousand()[:3])))
    page = book["Intentions"]
    page.move_range("S1:S4", cols=2)
    out = io.BytesIO()
    book.save(out)
    assert spreadsheet.read(out.getvalue(), known_targets=TARGETS).intentions == tuple(thousand()[:3])


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_not_a_workbook_is_refused(content):
    with pytest.raises(BadInput, match="not an Excel workbook"):
        spreadsheet.read(content)


def test_a_missing_column_or_sheet_is_named(sheet):
    with pytest.raises(BadInput, match="Plain summary"):
        spreadsheet.read(edited(sheet, {"G1": "Anything"}))
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadInput, match="no sheet"):
        spreadsheet.read(out.getvalue())
    with pytest.raises(BadInput, match="no intentions"):
        spreadsheet.read(spreadsheet.template())


def test_the_register_of_the_documents_can_be_taken_out_as_a_template():
    content = spreadsheet.template(register())
    page = openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Intentions"]
    assert sum(1 for _ in page.iter_rows(min_row=2, values_only=True)) == 1161
