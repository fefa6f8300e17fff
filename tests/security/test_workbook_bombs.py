"""Small workbooks that would take a worker's memory or time are refused before a library opens them."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from commonweal.commissioning import spreadsheet
from commonweal.errors import BadInput
from commonweal.finance.imports import PLAN_COLUMNS
from commonweal.finance.sheet_import import read_sheet
from commonweal.governance.workbooks import check_workbook

SHEET = "xl/worksheets/sheet1.xml"
END = b"</sheetData>"
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


def workbook(**changed: bytes) -> bytes:
    """A sheet of two rows; `changed` replaces the end of the sheet's data (``end``) or adds a part (``extra``)."""
    book = openpyxl.Workbook()
    for row in (["Provider", "Month"], ["RYJ", "2026-04"]):
        book.active.append(row)
    held, made = io.BytesIO(), io.BytesIO()
    book.save(held)
    with zipfile.ZipFile(held) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(END, changed.get("end", END)) if part == SHEET else content)
        if "extra" in changed:
            target.writestr("xl/media/picture.bin", changed["extra"])
    return made.getvalue()


BOMBS = {
    "a cell at the far corner": {"end": FAR},
    "a row far down": {"end": b'<row r="1048576"><c t="n"><v>1</v></c><c r="H1048576"><v>1</v></c></row></sheetData>'},
    "a merge of everything": {"end": END + b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'},
    "a merge in other words": {"end": END + b'<mergeCells><mergeCell ref="&#65;1:XFD1048576"/></mergeCells>'},
    "many merges": {"end": END + b"<mergeCells>" + b'<mergeCell ref="A1:Z9999"/>' * 20 + b"</mergeCells>"},
    "a link over everything": {"end": END + b'<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'},
    "much of nothing": {"extra": b"\0" * (64 << 20)},
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused(bomb):
    content = workbook(**bomb)
    assert len(content) < 100_000, "what makes it a bomb is that it is small"
    for read in (lambda: read_sheet(content, PLAN_COLUMNS), lambda: spreadsheet.read(content)):
        with pytest.raises(BadInput, match="unpacks to more than is read"):
            read()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not a zip", workbook()[:-40], workbook(end=b"</wrong>"), workbook(end=END + b'<mergeCell ref="?"/>')],
    ids=["empty", "no zip", "torn", "broken XML", "no cell"],
)  # fmt: skip
def test_what_is_no_workbook_is_said_to_be_none(content):
    for read in (lambda: read_sheet(content, PLAN_COLUMNS), lambda: spreadsheet.read(content)):
        with pytest.raises(BadInput, match="not a spreadsheet that can be read"):
            read()


def test_entities_do_not_grow():
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    part = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]><x>&l9;</x>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        target.writestr("xl/sharedStrings.xml", part)
    with pytest.raises(BadInput):
        check_workbook(made.getvalue())


def test_an_ordinary_workbook_passes():
    book = openpyxl.Workbook()
    for number in range(5000):
        book.active.append([f"RYJ{number}", "2026-04", number])
    book.active.merge_cells("E1:F40")
    held = io.BytesIO()
    book.save(held)
    check_workbook(held.getvalue())
