"""The provider impact analysis of West London CCG 2014/15, reproduced from its lines and checked.

The printed table has one gap: Paediatrics saves 100 (thousand pounds) gross, of which 75 is placed with a sector. The 25 that
nobody was told about follows into the planned care subtotal and the total. `checks` finds it from the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commonweal.commissioning import sources

SECTORS = {
    "primary_care_k": "Primary care",
    "community_clch_k": "Community (CLCH)",
    "mental_health_cnwl_k": "Mental health (CNWL)",
    "acute_imperial_k": "Acute (Imperial)",
    "acute_chelwest_k": "Acute (Chelsea and Westminster)",
    "continuing_care_k": "Continuing care",
    "other_k": "Other",
}
INVESTMENT_TICKS = ("invest_primary", "invest_community", "invest_mental_health", "invest_acute", "invest_continuing")


@dataclass(frozen=True)
class Line:
    """One row in thousands of pounds. `kind` is item, subtotal or total; `affected` are the ticks, which are not money."""

    block: str
    group: str
    item: str
    kind: str
    gross_k: int
    sectors_k: tuple[int, ...]
    investment_k: int
    affected: tuple[str, ...]

    @property
    def net_k(self) -> int:
        return self.gross_k - self.investment_k

    @property
    def unplaced_k(self) -> int:
        """Savings that no sector was told about."""
        return self.gross_k - sum(self.sectors_k)


@dataclass(frozen=True)
class Check:
    """A row that does not add up, in thousands of pounds."""

    item: str
    group: str
    gross_k: int
    placed_k: int
    difference_k: int


def _number(text: str) -> int:
    return int(text) if text else 0


def printed() -> tuple[Line, ...]:
    """The 16 rows as printed."""
    return tuple(
        Line(
            row["block"],
            row["group"],
            row["item"],
            row["row_type"],
            _number(row["gross_savings_k"]),
            tuple(_number(row[name]) for name in SECTORS),
            _number(row["investment_k"]),
            tuple(name.removeprefix("invest_") for name in INVESTMENT_TICKS if row[name] == "1"),
        )
        for row in sources.rows("provider_impact_wl_2014_15")
    )


def _sum(lines: Sequence[Line], block: str, group: str, item: str, kind: str) -> Line:
    return Line(
        block,
        group,
        item,
        kind,
        sum(line.gross_k for line in lines),
        tuple(sum(column) for column in zip(*(line.sectors_k for line in lines), strict=True)),
        sum(line.investment_k for line in lines),
        (),
    )


def reproduced() -> tuple[Line, ...]:
    """The table built again from its items: a subtotal for each group of more than one line, and the total."""
    items = [line for line in printed() if line.kind == "item"]
    made: list[Line] = []
    for group in dict.fromkeys(line.group for line in items):
        lines = [line for line in items if line.group == group]
        made += lines
        if len(lines) > 1:
            made.append(_sum(lines, lines[0].block, group, "Subtotal", "subtotal"))
    return (*made, _sum(items, "all", "All", "Total", "total"))


def checks(lines: Sequence[Line]) -> list[Check]:
    """Rows whose sectors do not add to the gross saving."""
    return [
        Check(line.item, line.group, line.gross_k, sum(line.sectors_k), line.unplaced_k)
        for line in lines
        if line.unplaced_k
    ]
