"""A pack to take to a visit: PDF and spreadsheet of every measure for one practice, network or group."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst
import xlsxwriter

from commonweal.governance.disclosure import HES, MASK
from commonweal.web.core.presenters import date_words, short_date_words
from commonweal.web.leads.comparing import compared, moved, short_of_target, words_to_target
from commonweal.web.leads.dashboards import dashboards
from commonweal.web.leads.groups import OWN
from commonweal.web.leads.presenters import change_words, interval_words, pack_rows, target_words, value_words
from commonweal.web.lists.exports import harmless

if TYPE_CHECKING:
    from xlsxwriter.format import Format

    from commonweal.web.leads.services import Line, Page

MOST_FIRST = 12
"""How many lines of each kind the first page holds: a visit has an hour."""


def as_pdf(page: Page) -> bytes:
    """A tagged PDF: first what to talk about (worse, moved, better), then every measure by subject."""
    shown = [one for one in page.lines if one.now is not None and one.now.value is not None]
    rows = {one.info.id: row for one, row in zip(shown, pack_rows(shown), strict=True)}
    sections = []
    placed: set[str] = set()
    for subject in dashboards(one.info for one in shown):
        found = [rows[info.id] for info in subject.measures if info.id not in placed]
        placed.update(info.id for info in subject.measures)
        if found:
            sections.append({"title": subject.title, "rows": found})
    data = {
        "title": page.group.name,
        "date": date_words(page.release.as_at),
        "release": page.release.id,
        "invented": page.release.invented,
        "before": date_words(page.before_as_at) if page.before_as_at else "",
        "since": short_date_words(page.before_as_at) if page.before_as_at else "",
        "above": page.group.above[-1][2] if page.group.above else "",
        "counts": _counts(page),
        "worse": _first(page, "worse"),
        "better": _first(page, "better"),
        "moved": [_talk(one) for one in page.lines if moved(one.info, one.now, one.before) in {"worse", "better"}][:MOST_FIRST],
        "short": [_to_target(one) for one in page.lines if short_of_target(one.info, one.now)][:MOST_FIRST],
        "sections": sections,
        "hidden": sorted(one.info.title for one in page.lines if one.info.id not in rows),
        "own": page.group.kind == OWN,
        "footnote": HES.footnote,
    }  # fmt: skip
    return typst.compile(_template(), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards=["ua-1"])


def _first(page: Page, which: str) -> list[list[str]]:
    """The lines that are better or worse than the whole system, the furthest from it first, by the width of the interval."""
    found = [one for one in page.lines if compared(one.info, one.now, one.whole) == which]

    def apart(one: Line) -> float:
        now, whole = one.now, one.whole
        assert now is not None and whole is not None
        width = max((now.upper or 0) - (now.lower or 0), 1e-9)
        return abs((now.value or 0) - (whole.value or 0)) / width

    return [_talk(one) for one in sorted(found, key=apart, reverse=True)[:MOST_FIRST]]


def _talk(one: Line) -> list[str]:
    """Title, value, interval, the system's value, the change, the target."""
    return [
        one.info.title, value_words(one.info, one.now), interval_words(one.now), value_words(one.info, one.whole),
        change_words(one.info, one.now, one.before), target_words(one.info),
    ]  # fmt: skip


def _to_target(one: Line) -> list[str]:
    """Title, value, the target, how many would reach it, the system's value, the change."""
    return [
        one.info.title, value_words(one.info, one.now), target_words(one.info), words_to_target(one.info, one.now) or "–",
        value_words(one.info, one.whole), change_words(one.info, one.now, one.before),
    ]  # fmt: skip


def _counts(page: Page) -> dict[str, int]:
    verdicts = [compared(one.info, one.now, one.whole) for one in page.lines]
    return {
        "every": len(verdicts), "worse": verdicts.count("worse"), "better": verdicts.count("better"),
        "short": sum(short_of_target(one.info, one.now) for one in page.lines),
    }  # fmt: skip


def as_xlsx(page: Page) -> bytes:
    """One sheet of measures, numbers as numbers, and one that says where they come from."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        wrap, one_place = book.add_format({"text_wrap": True}), book.add_format({"num_format": "#,##0.0"})
        whole_number = book.add_format({"num_format": "#,##0"})
        sheet = book.add_worksheet("Measures")
        headings = (
            "Measure", "Subject", "Value", "Lower 95%", "Upper 95%", "Numerator", "Denominator", "Whole system",
            "Against the system", page.group.above[-1][2] if page.group.above else "Group above",
            f"On {date_words(page.before_as_at)}" if page.before_as_at else "Before", "Target", "To the target", "Unit",
        )  # fmt: skip
        sheet.write_row(0, 0, [harmless(one) for one in headings], bold)
        subjects = _subjects(page)
        for place, one in enumerate(page.lines, start=1):
            now = one.now
            sheet.write_string(place, 0, harmless(one.info.title), wrap)
            sheet.write_string(place, 1, harmless(subjects.get(one.info.id, "")), wrap)
            numbers = [
                (now.value if now else None, one_place), (now.lower if now else None, one_place),
                (now.upper if now else None, one_place), (now.numerator if now else None, whole_number),
                (now.denominator if now else None, whole_number), (one.whole.value if one.whole else None, one_place),
            ]  # fmt: skip
            told = now is not None and now.value is not None
            for column, (number, shape) in enumerate(numbers, start=2):
                _cell(sheet, place, column, number, shape, "–" if told and column < 7 else MASK)
            sheet.write_string(place, 8, compared(one.info, one.now, one.whole))
            _cell(sheet, place, 9, one.above.value if one.above else None, one_place)
            _cell(sheet, place, 10, one.before.value if one.before else None, one_place)
            target = one.info.details.get("target")
            if target is not None:
                sheet.write_number(place, 11, target, one_place)
            sheet.write_string(place, 12, words_to_target(one.info, now))
            sheet.write_string(place, 13, _unit(one))
        sheet.set_column(0, 0, 60)
        sheet.set_column(1, 1, 26)
        sheet.set_column(2, 13, 14)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(page.lines)), len(headings) - 1)
        sheet.set_landscape(), sheet.fit_to_pages(1, 0), sheet.repeat_rows(0)
        _about(book, page, bold, wrap)
    return out.getvalue()


def _cell(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    number: float | None,
    shape: Format,
    absent: str = MASK,
) -> None:
    """A number as a number; else the mask, or a dash where there is nothing to hide: a mean counts nobody."""
    if number is None:
        sheet.write_string(row, column, absent)
    else:
        sheet.write_number(row, column, number, shape)


def _subjects(page: Page) -> dict[str, str]:
    """The first subject that each measure stands under."""
    found: dict[str, str] = {}
    for subject in dashboards(one.info for one in page.lines):
        for info in subject.measures:
            found.setdefault(info.id, subject.title)
    return found


def _unit(one: Line) -> str:
    details = one.info.details
    per = details.get("per") or 100
    if details.get("sum_column"):
        return "mean"
    return "%" if per == 100 else f"per {per:,}"


def _about(book: xlsxwriter.Workbook, page: Page, bold: Format, wrap: Format) -> None:
    about = book.add_worksheet("About")
    facts = [
        ("For", page.group.name), ("Data as at", date_words(page.release.as_at)), ("Release", page.release.id),
        ("Stamp", page.release.stamp), ("People", "invented" if page.release.invented else "real"),
        ("Small numbers", HES.footnote),
        ("Against the system", "better or worse only where the 95% interval does not hold the system's value"),
    ]  # fmt: skip
    if page.group.kind == OWN:
        facts.append(("How the group is counted", "from its practices' published numbers, each rounded; those with a hidden number are left out"))  # fmt: skip
    for place, (name, words) in enumerate(facts):
        about.write_string(place, 0, name, bold)
        about.write_string(place, 1, harmless(words), wrap)
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 80)


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "pack.typ").read_bytes()
