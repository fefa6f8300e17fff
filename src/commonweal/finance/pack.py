"""The monthly pack: one set of plain values, as a spreadsheet, a Word document and a tagged PDF.

Text never becomes a formula: every text cell is written as text whatever its first character. Amounts in the spreadsheet are
numbers (pounds, from whole pence); in the documents they are words as on the screen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from commonweal.commissioning.papers.model import Block, Paper, Points, Section, Table, Text
from commonweal.commissioning.papers.pdf import to_pdf
from commonweal.commissioning.papers.word import to_word
from commonweal.finance.money import in_thousands

Cell = str | int | None
"""Text, or an amount in pence, or nothing."""


@dataclass(frozen=True)
class PackTable:
    """One table. `money` names the columns (from 0) that hold pence; the first column heads its row."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    money: frozenset[int]
    says: str = ""
    """How to read it: the rule, the sign, what is missing."""


@dataclass(frozen=True)
class Pack:
    """A month's pack. `stamp` says which release made its figures; `invented` is said on every page that it makes."""

    title: str
    month: str
    stamp: str
    made_at: datetime
    summary: tuple[str, ...]
    tables: tuple[PackTable, ...]
    invented: bool = False

    @property
    def warning(self) -> str:
        """What every page says of an invented month; empty for a real one."""
        return "Invented people and money: not a real position." if self.invented else ""


def spreadsheet(pack: Pack) -> bytes:
    """One sheet a table behind a front sheet; amounts in pounds as numbers with pence kept exactly."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": pack.title, "comments": pack.stamp, "created": pack.made_at})
    strong, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0;[Red]-#,##0"})
    front = book.add_worksheet("Summary")
    lines = (pack.title, pack.month, pack.stamp, pack.warning, "", *pack.summary, "", "Amounts are in pounds.")
    for row, line in enumerate(lines):
        front.write_string(row, 0, line, strong if row == 0 else None)
    front.set_column(0, 0, 110)
    used: set[str] = {"summary"}
    for table in pack.tables:
        sheet = book.add_worksheet(_sheet_name(table.title, used))
        sheet.write_string(0, 0, table.title, strong)
        sheet.write_string(1, 0, "; ".join(part for part in (table.says, pack.warning) if part))
        for place, heading in enumerate(table.headings):
            sheet.write_string(3, place, heading, strong)
            sheet.set_column(place, place, 34 if place == 0 else max(16, len(heading) + 2))
        for row, cells in enumerate(table.rows, start=4):
            for place, cell in enumerate(cells):
                if cell is None:
                    sheet.write_blank(row, place, None)
                elif isinstance(cell, str):
                    sheet.write_string(row, place, cell)
                elif place in table.money:
                    sheet.write_number(row, place, cell / 100, money)
                else:
                    sheet.write_number(row, place, cell)
        sheet.freeze_panes(4, 1)
    book.close()
    return held.getvalue()


def as_paper(pack: Pack) -> Paper:
    """The pack as a paper, amounts in thousands of pounds."""
    first: list[Block] = [Text(pack.warning)] if pack.warning else []
    first.append(Points(pack.summary, numbered=False))
    sections = [Section("summary", "Summary", 1, tuple(first))]
    for place, table in enumerate(pack.tables, start=1):
        blocks: list[Block] = [Text(table.says)] if table.says else []
        header = tuple(
            f"{heading} (£k)" if column in table.money else heading for column, heading in enumerate(table.headings)
        )
        blocks.append(Table(table.title, header, tuple(_words(row, table.money) for row in table.rows)))
        sections.append(Section(f"table-{place}", table.title, 2, tuple(blocks)))
    return Paper(
        id=f"pack-{pack.month}",
        title=pack.title,
        subtitle=f"{pack.month}{'. ' + pack.warning.rstrip('.') if pack.warning else ''}",
        audience="planning",
        stamp=pack.stamp,
        made_at=pack.made_at,
        sections=tuple(sections),
    )


def word(pack: Pack) -> bytes:
    """The monthly pack as a Word document."""
    return to_word(as_paper(pack))


def pdf(pack: Pack) -> bytes:
    """Tagged PDF (PDF/UA-1)."""
    return to_pdf(as_paper(pack))


def _words(row: Sequence[Cell], money: frozenset[int]) -> tuple[str, ...]:
    return tuple(
        "" if cell is None else cell if isinstance(cell, str) else in_thousands(cell) if place in money else f"{cell:,}"
        for place, cell in enumerate(row)
    )


def _sheet_name(title: str, used: set[str]) -> str:
    """A name that a workbook allows: at most 31 characters, none of []:*?/\\, none twice."""
    plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in title).strip()[:28] or "Table"
    name, count = plain, 2
    while name.lower() in used:
        name, count = f"{plain[:25]} {count}", count + 1
    used.add(name.lower())
    return name
