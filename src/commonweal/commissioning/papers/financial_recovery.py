"""The financial recovery paper: the schemes of a year, what they come to once nothing is counted twice, and what is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.commissioning.papers.model import Block, Figure, Paper, Section, Table, Text
from commonweal.commissioning.papers.provider_notice import pounds


@dataclass(frozen=True)
class SchemeLine:
    """One scheme of the year, money in pence. `delivered_pence` is None where nothing was measured; a cost avoided is never cash."""

    title: str
    maturity: str
    gross_pence: int
    investment_pence: int
    counted_pence: int
    risk_adjusted_pence: int
    delivered_pence: int | None
    cash_releasing: bool
    lead: str


def build(
    *, paper_id: str, place: str, year: str, schemes: Sequence[SchemeLine], made_at: datetime, stamp: str,
    audience: str = "public",
) -> Paper:  # fmt: skip
    """Cash and cost avoided apart, each with its total: they are never added up."""
    cash = [row for row in schemes if row.cash_releasing]
    avoided = [row for row in schemes if not row.cash_releasing]
    figures = tuple(
        Figure(key, label, pounds(amount), stamp, audience)
        for key, label, amount in (
            ("cash_counted", "Cash counted once overlaps are out", sum(row.counted_pence for row in cash)),
            ("cash_likely", "Cash likely, by the weight of each scheme", sum(row.risk_adjusted_pence for row in cash)),
            ("avoided_counted", "Cost avoided, counted once", sum(row.counted_pence for row in avoided)),
            ("delivered", "Cash delivered so far", sum(row.delivered_pence or 0 for row in cash)),
        )
    )
    totals = Table("What the schemes come to", ("What", "Amount"), tuple((one.label, one.shown) for one in figures))
    sections = (
        Section("introduction", "Introduction", 1, (Text("", slot="introduction"),)),
        Section("position", "The position and the gap", 1, (Text("", slot="position"),)),
        Section("totals", "What the schemes come to", 1, (totals,)),
        Section("cash", "Schemes that release cash", 1, (_table("Schemes that release cash", cash),)),
        Section("avoided", "Schemes that avoid cost", 1, (_table("Schemes that avoid cost", avoided),)),
        Section("risks", "Risks and what is done about them", 1, (Text("", slot="risks"),)),
        Section("next", "What comes next", 1, (Text("", slot="next"),)),
    )
    return Paper(
        id=paper_id,
        title=f"{place}: financial recovery {year}",
        subtitle="Generated from the scheme register",
        audience=audience,
        stamp=stamp,
        made_at=made_at,
        sections=sections,
        figures=figures,
    )


def _table(caption: str, rows: Sequence[SchemeLine]) -> Block:
    if not rows:
        return Text("None.")
    header = ("Scheme", "Lead", "Stage", "Gross", "Investment", "Counted", "Likely", "Delivered")
    lines = tuple(
        (
            row.title,
            row.lead or "nobody named",
            row.maturity.replace("_", " "),
            *(pounds(amount) for amount in (row.gross_pence, row.investment_pence, row.counted_pence, row.risk_adjusted_pence)),
            "not measured" if row.delivered_pence is None else pounds(row.delivered_pence),
        )
        for row in rows
    )  # fmt: skip
    return Table(caption, header, lines)
