"""Local incentive schemes on the release that serves: what each practice has earned so far.

Payments are worked from counts as the disclosure door shows them, so they can be shown with them: an estimate to plan and check
with. What is paid in the end is settled on the practice's own count.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import xlsxwriter

from commonweal.definitions.registry import registry
from commonweal.errors import NotAllowed, NotReady
from commonweal.finance.incentives import IncentiveScheme, Payment, payment, scheme, schemes, total
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can, check_can
from commonweal.web.core.presenters import date_words
from commonweal.web.lists.exports import harmless

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

LIST_SIZE = "hypertension"
"""A register: its denominator is everybody registered at the practice."""
PURPOSE = "planning"


@dataclass(frozen=True)
class Earned:
    """One practice in one scheme. A line without a payment is hidden (its counts are small) or has nobody."""

    code: str
    name: str
    list_size: int | None
    lines: tuple[tuple[str, Payment | None], ...]
    """Measure id and payment, in the scheme's order."""

    @property
    def totals(self) -> tuple[int, int]:
        """Pence earned, and pence at full achievement, of the lines that can be told."""
        return total(one for _, one in self.lines)

    @property
    def untold(self) -> int:
        """Lines that could not be worked out."""
        return sum(one is None for _, one in self.lines)


@dataclass(frozen=True)
class SchemePage:
    """One scheme over the practices that the actor may see."""

    scheme: IncentiveScheme
    as_at: date
    invented: bool
    titles: Mapping[str, str]
    practices: tuple[Earned, ...]


def every(*, by: Actor) -> list[SchemePage]:
    """Every scheme over all practices. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "finance.see")
    return [_page(one) for one in schemes()]


def one(*, by: Actor, scheme_id: str) -> SchemePage:
    """One scheme over all practices. Raises `NotAllowed`, `BadInput`, `NotReady`."""
    check_can(by, "finance.see")
    return _page(scheme(scheme_id))


def practice(*, by: Actor, scheme_id: str, code: str) -> tuple[SchemePage, Earned]:
    """One practice in one scheme: open to finance, and to those who work at the practice."""
    check_can(by, "measures.see")
    if not can(by, "finance.see") and (by.organisation_kind, by.organisation_code) != ("practice", code):
        raise NotAllowed("what another practice is paid is shown to finance only", remedy="open your own practice")
    page = _page(scheme(scheme_id))
    found = next((one for one in page.practices if one.code == code), None)
    if found is None:
        raise NotReady("the release has no such practice", value=code)
    return page, found


def spreadsheet(*, by: Actor, scheme_id: str) -> bytes:
    """One scheme as a workbook: a line for each practice and measure, and what it rests on."""
    check_can(by, "finance.export")
    page = _page(scheme(scheme_id))
    audit.record(by, purpose=PURPOSE, action="take incentive scheme away", object=f"incentive:{scheme_id}")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("Payments")
        heads = (
            "Practice",
            "Name",
            "List size",
            "Measure",
            "Achieved, %",
            "Lower, %",
            "Upper, %",
            "Earned, £",
            "Full, £",
            "People to upper",
        )
        sheet.write_row(0, 0, heads, bold)
        place = 0
        for practice_row in page.practices:
            for (measure, paid), line in zip(practice_row.lines, page.scheme.lines, strict=True):
                place += 1
                sheet.write_row(place, 0, [practice_row.code, harmless(practice_row.name)])
                sheet.write(place, 2, practice_row.list_size if practice_row.list_size is not None else "*")
                sheet.write_string(place, 3, harmless(page.titles[measure]))
                sheet.write_row(place, 5, [float(line.lower), float(line.upper)])
                if paid is None:
                    sheet.write_string(place, 4, "*")
                    continue
                sheet.write_number(place, 4, round(float(paid.achieved), 1))
                sheet.write_number(place, 7, paid.pence / 100, money)
                sheet.write_number(place, 8, paid.full_pence / 100, money)
                sheet.write_number(place, 9, paid.more)
        sheet.set_column(0, 9, 16)
        sheet.freeze_panes(1, 2)
        about = book.add_worksheet("About")
        for row, words in enumerate((page.scheme.title, page.scheme.says, page.scheme.source, f"Data as at {date_words(page.as_at)}",
            "Worked from counts as they are shown: an estimate, not a claim.")):  # fmt: skip
            about.write_string(row, 0, harmless(words))
    return out.getvalue()


def _page(chosen: IncentiveScheme) -> SchemePage:
    held = releases.reader(PURPOSE)
    info = held.release()
    wanted = [line.measure for line in chosen.lines]
    titles = {name: registry()[name].title for name in wanted}
    wanted = [name for name in wanted if _computes(held, name)]
    found = held.measures([*wanted, LIST_SIZE], {"practice": None}, [info.as_at])
    cells = {
        name: {row.group_code: row for row in found.get((name, "practice", info.as_at), [])}
        for name in (*wanted, LIST_SIZE)
    }
    names = reading.organisation_names(held)
    practices = []
    for code, row in sorted(cells[LIST_SIZE].items()):
        if code == "unknown":
            continue
        size = None if row.denominator is None else int(row.denominator)
        lines = []
        for line in chosen.lines:
            cell, paid = cells.get(line.measure, {}).get(code), None
            if size is not None and cell is not None and cell.numerator is not None and cell.denominator is not None:
                paid = payment(line, int(cell.numerator), int(cell.denominator), size)
            lines.append((line.measure, paid))
        practices.append(Earned(code, names.get(code, code), size, tuple(lines)))
    return SchemePage(chosen, info.as_at, info.invented, titles, tuple(practices))


def _computes(held: Reader, name: str) -> bool:
    """Whether the release computes a measure; a line that it does not is told as such, and the others are paid."""
    return any(one.id == name and one.computable for one in held.definitions())
