"""Control totals by organisation, added up by cluster and system. Surplus is positive, deficit negative, as they are set.

A cluster belongs to a period: organisations move between clusters, and a sum keeps each organisation once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from commonweal.errors import BadInput


@dataclass(frozen=True)
class OrganisationPosition:
    """One organisation's year. Pence; surplus positive, deficit negative."""

    code: str
    name: str
    cluster: str
    control_total: int
    plan: int
    forecast: int


@dataclass(frozen=True)
class ControlTotalRow:
    """A sum over organisations, or one of them. `variance` negative is worse than the control total."""

    level: str
    name: str
    organisations: int
    control_total: int
    plan: int
    forecast: int

    @property
    def variance(self) -> int:
        """Forecast against the control total, pence; below zero is a shortfall."""
        return self.forecast - self.control_total

    @property
    def met(self) -> bool:
        """Whether the forecast reaches the control total."""
        return self.variance >= 0


def control_totals(positions: Iterable[OrganisationPosition], system: str) -> tuple[ControlTotalRow, ...]:
    """Every organisation, then each cluster, then the system: each level adds up to the next, to the penny."""
    held = sorted(positions, key=lambda row: (row.cluster, row.code))
    twice = [code for code, count in Counter(row.code for row in held).items() if count > 1]
    if twice:
        raise BadInput("an organisation has one control total in a year", value=", ".join(twice))
    rows = [ControlTotalRow("organisation", row.name, 1, row.control_total, row.plan, row.forecast) for row in held]
    clusters = sorted({row.cluster for row in held})
    rows += [
        _sum("cluster", cluster, held, lambda row, cluster=cluster: row.cluster == cluster) for cluster in clusters
    ]
    rows.append(_sum("system", system, held, lambda _: True))
    return tuple(rows)


def _sum(
    level: str,
    name: str,
    held: Sequence[OrganisationPosition],
    inside: Callable[[OrganisationPosition], bool],
) -> ControlTotalRow:
    chosen = [row for row in held if inside(row)]
    return ControlTotalRow(
        level,
        name,
        len(chosen),
        sum(row.control_total for row in chosen),
        sum(row.plan for row in chosen),
        sum(row.forecast for row in chosen),
    )
