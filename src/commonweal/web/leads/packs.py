"""A pack to take to a visit: PDF and spreadsheet of every measure for one practice or network."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst
import xlsxwriter

from commonweal.governance.disclosure import HES
from commonweal.web.core.presenters import date_words
from commonweal.web.leads.presenters import pack_rows
from commonweal.web.lists.exports import harmless

if TYPE_CHECKING:
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.web.leads.groups import Group

HEADINGS = ("Measure", "Value", "95% interval", "Group above", "Whole system", "Against the system")


def as_pdf(group: Group, release: ReleaseInfo, rows: list[tuple]) -> bytes:
    """A tagged PDF with a contents of what is better and worse first, then every measure."""
    listed = pack_rows(rows)
    data = {
        "title": group.name,
        "date": date_words(release.as_at),
        "release": release.id,
        "invented": release.invented,
        "better": [row for row in listed if row[5] == "better"],
        "worse": [row for row in listed if row[5] == "worse"],
        "rows": listed,
        "headings": list(HEADINGS),
        "footnote": HES.footnote,
    }
    return typst.compile(_template(), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards=["ua-1"])


def as_xlsx(group: Group, release: ReleaseInfo, rows: list[tuple]) -> bytes:
    """One sheet of measures, numbers as numbers, and one that says where they come from."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, wrap = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
        sheet = book.add_worksheet("Measures")
        headings = (
            "Measure",
            "Value",
            "Lower 95%",
            "Upper 95%",
            "Numerator",
            "Denominator",
            "Whole system",
            "Against the system",
        )
        sheet.write_row(0, 0, headings, bold)
        for place, ((info, own, _, whole), words) in enumerate(zip(rows, pack_rows(rows), strict=True), start=1):
            sheet.write_string(place, 0, harmless(info.title), wrap)
            numbers = (own.value, own.lower, own.upper, own.numerator, own.denominator, whole.value if whole else None)
            for column, number in enumerate(numbers, start=1):
                if number is None:
                    sheet.write_string(place, column, "*")
                else:
                    sheet.write_number(place, column, number)
            sheet.write_string(place, 7, words[5])
        sheet.set_column(0, 0, 60)
        sheet.set_column(1, 7, 14)
        sheet.freeze_panes(1, 1)
        about = book.add_worksheet("About")
        facts = (
            ("For", group.name), ("Data as at", date_words(release.as_at)), ("Release", release.id),
            ("Stamp", release.stamp), ("People", "invented" if release.invented else "real"), ("Small numbers", HES.footnote),
            ("Against the system", "better or worse only where the 95% interval does not hold the system's value"),
        )  # fmt: skip
        for place, (name, words) in enumerate(facts):
            about.write_string(place, 0, name, bold)
            about.write_string(place, 1, harmless(words), wrap)
        about.set_column(0, 0, 22)
        about.set_column(1, 1, 80)
    return out.getvalue()


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "pack.typ").read_bytes()
