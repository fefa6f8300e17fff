"""The letter that gives a provider notice: what changes for it, from when, what it is worth, and what that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from commonweal.commissioning.intentions import Intention
from commonweal.commissioning.notice import check_notice
from commonweal.commissioning.papers.model import Block, Paper, Points, Section, Table, Text
from commonweal.commissioning.provider_impact import Assumption, Impact


def pounds(pence: int) -> str:
    """Whole pounds with a sign where negative."""
    return f"{'−' if pence < 0 else ''}£{abs(round(pence / 100)):,}"


def build(
    *,
    provider: str,
    provider_code: str,
    commissioner: str,
    starts: date,
    intentions: Sequence[Intention],
    impacts: Sequence[Impact],
    assumptions: Sequence[Assumption],
    made_at: datetime,
    stamp: str,
    written: str = "",
) -> Paper:
    """A paper for the provider alone. It says plainly where notice is short and where an assumption is not agreed."""
    given = made_at.date()
    found = check_notice(starts, given=given, as_at=given)
    opening = (
        f"{commissioner} gives {provider} notice of the changes below, intended from {starts:%-d %B %Y}. {found.words}",
        "Please say within the period that the contract sets where you do not agree, and with which assumption.",
    )
    blocks: tuple[Block, ...] = (
        Points(tuple(f"{row.title}. {row.summary} ({row.id})" for row in intentions)) if intentions else Text("None."),
    )
    sections = [
        Section("notice", "Notice of changes", 1, (Text("\n\n".join(opening)), Text(written, "words"))),
        Section("changes", "What will change", 1, blocks),
    ]
    if impacts:
        header = ("Point of delivery", "Year", "Activity", "Income under the contract", "Stranded cost", "Investment")
        rows = tuple(
            (
                row.point_of_delivery,
                row.year,
                f"{row.activity:,}",
                pounds(row.income_contract_pence),
                pounds(row.stranded_pence),
                pounds(row.investment_pence),
            )
            for row in impacts
        )
        sections.append(
            Section("impact", "What it is worth", 1, (Table("Effect on activity and income", header, rows),))
        )
    if assumptions:
        rows = tuple(
            (row.id, row.statement, row.value, row.source, "agreed by both" if row.agreed else "not agreed by both")
            for row in assumptions
        )
        table = Table("Assumptions", ("Reference", "Assumption", "Value", "Source", "Standing"), rows)
        sections.append(Section("assumptions", "What this rests on", 1, (table,)))
    return Paper(
        id=f"notice-{provider_code.lower()}",
        title=f"Notice to {provider}",
        subtitle=f"From {commissioner}",
        audience="planning",
        stamp=stamp,
        made_at=made_at,
        sections=tuple(sections),
    )
