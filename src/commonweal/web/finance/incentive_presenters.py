"""Incentive schemes as pages: what each pays, practice by practice and measure by measure."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from commonweal.finance.money import in_pounds
from commonweal.governance.disclosure import MASK
from commonweal.web.core.presenters import date_words
from commonweal.web.finance.presenters import Page, Shown
from commonweal.web.finance.services.incentives import Earned, SchemePage

TRAIL = [("Money", "finance:overview"), ("Incentive schemes", "finance:incentives")]
ESTIMATE = (
    "Worked from counts as they are shown, which are rounded: an estimate to plan and check with. What is paid is settled on the practice's own "
    "count. Prices and thresholds are settings of the file of schemes."
)


def _trail(deep: int) -> list[tuple[str, str]]:
    return [(words, reverse(name)) for words, name in TRAIL[:deep]]


def schemes_page(pages: list[SchemePage]) -> Page:
    """Every scheme with what it pays in all."""
    rows = []
    for one in pages:
        earned = sum(row.totals[0] for row in one.practices)
        full = sum(row.totals[1] for row in one.practices)
        rows.append([
            format_html('<a href="{}">{}</a>', reverse("finance:incentive", args=[one.scheme.id]), one.scheme.title), len(one.scheme.lines),
            sum(row.totals[0] > 0 for row in one.practices), in_pounds(earned), in_pounds(full), _percent(earned, full), one.scheme.source,
        ])  # fmt: skip
    columns = [
        ("Scheme", False), ("Measures", True), ("Practices paid", True), ("Earned so far, £", True), ("At full achievement, £", True),
        ("Earned, %", True), ("Source", False),
    ]  # fmt: skip
    lead = [_as_at(pages[0]) if pages else "", ESTIMATE]
    return Page("Local incentive schemes", lead, tables=[Shown("Schemes", columns, rows)], trail=_trail(1))


def scheme_page(one: SchemePage, may_take: bool) -> Page:
    """One scheme: its measures over all practices, then each practice."""
    lines = []
    for place, line in enumerate(one.scheme.lines):
        paid = [row.lines[place][1] for row in one.practices]
        told = [cell for cell in paid if cell is not None]
        lines.append([
            one.titles[line.measure], _threshold(line.lower), _threshold(line.upper), f"{line.pence_per_person.normalize():f}p",
            sum(cell.share == 1 for cell in told), sum(0 < cell.share < 1 for cell in told), sum(cell.share == 0 for cell in told),
            in_pounds(sum(cell.pence for cell in told)) if told else MASK,
            in_pounds(sum(cell.full_pence for cell in told)) if told else MASK,
        ])  # fmt: skip
    practices = [
        [
            format_html('<a href="{}">{}</a>', reverse("finance:incentive_practice", args=[one.scheme.id, row.code]), row.name),
            MASK if row.list_size is None else row.list_size, *_told(row), row.untold or "",
        ]
        for row in sorted(one.practices, key=lambda row: (-row.totals[0], row.name))
    ]  # fmt: skip
    by_measure = [
        ("Measure", False), ("Lower, %", True), ("Upper, %", True), ("Price a person", True), ("Practices in full", True),
        ("In part", True), ("Not", True), ("Earned, £", True), ("Full, £", True),
    ]  # fmt: skip
    by_practice = [
        ("Practice", False), ("List size", True), ("Earned, £", True), ("Full, £", True), ("Earned, %", True), ("Lines not told", True),
    ]  # fmt: skip
    more = (
        (("Take it away as a spreadsheet", reverse("finance:incentive_sheet", args=[one.scheme.id])),)
        if may_take
        else ()
    )
    return Page(
        one.scheme.title,
        [one.scheme.says, f"Source: {one.scheme.source}. In force from {date_words(one.scheme.valid_from)}. {_as_at(one)}", ESTIMATE],
        tables=[Shown("By measure", by_measure, lines), Shown("By practice, the most first", by_practice, practices, more=more)],
        trail=_trail(2),
    )  # fmt: skip


def practice_page(one: SchemePage, row: Earned, sees_all: bool) -> Page:
    """One practice: what each measure earned, and how many people more would earn it all."""
    cells: list[list[Any]] = []
    for (measure, paid), line in zip(row.lines, one.scheme.lines, strict=True):
        title = format_html(
            '<a href="{}">{}</a>', reverse("leads:measure", args=[measure, "practice", row.code]), one.titles[measure]
        )
        if paid is None:
            cells.append(
                [title, MASK, _threshold(line.lower), _threshold(line.upper), MASK, MASK, "too few to tell, or nobody"]
            )
            continue
        need = f"{paid.more} {'fewer' if line.better_low else 'more'}" if paid.more else "reached"
        cells.append([
            title, f"{float(paid.achieved):.1f}", _threshold(line.lower), _threshold(line.upper), in_pounds(paid.pence),
            in_pounds(paid.full_pence), need,
        ])  # fmt: skip
    columns = [
        ("Measure", False), ("Achieved, %", True), ("Lower, %", True), ("Upper, %", True), ("Earned, £", True), ("Full, £", True),
        ("People to full payment", False),
    ]  # fmt: skip
    earned, full = row.totals
    lead = [
        f"Earned so far £{in_pounds(earned)} of £{in_pounds(full)}, for {row.list_size if row.list_size is not None else MASK} registered people. {_as_at(one)}",
        one.scheme.says,
        ESTIMATE,
    ]
    trail = [*_trail(2), (one.scheme.title, reverse("finance:incentive", args=[one.scheme.id]))] if sees_all else []
    return Page(f"{one.scheme.title}: {row.name}", lead, tables=[Shown("By measure", columns, cells)], trail=trail)


def _threshold(value: Any) -> str:
    return f"{value.normalize():f}"


def _told(row: Earned) -> tuple[str, str, str]:
    """Earned, full and share of a practice; hidden, and never nought, where no line of it can be told."""
    if row.untold == len(row.lines):
        return MASK, MASK, MASK
    return in_pounds(row.totals[0]), in_pounds(row.totals[1]), _percent(*row.totals)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def _as_at(one: SchemePage) -> str:
    return f"Data as at {date_words(one.as_at)}{', invented' if one.invented else ''}."
