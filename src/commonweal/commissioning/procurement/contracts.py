"""The contract register: what runs out when, in time to choose again; and the annual summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from commonweal.commissioning.notice import months_before

LEAD_MONTHS: Mapping[str, int] = {
    "direct award A": 3,
    "direct award B": 3,
    "direct award C": 6,
    "most suitable provider": 9,
    "competitive": 15,
}
"""Months to allow before a contract ends, by route. A planning habit, not law: each organisation sets its own."""


@dataclass(frozen=True)
class Contract:
    """One contract. `value_pence` is for its whole life; `extension_months` what may still be added under its own terms."""

    id: str
    provider: str
    service: str
    starts: date
    ends: date
    value_pence: int
    route: str
    decided_on: date
    notice_months: int = 6
    extension_months: int = 0
    intention_id: str = ""
    lead: str = ""


@dataclass(frozen=True)
class Warning:
    """What must be decided about a contract, and by when. `level`: ended, overdue, soon, ahead."""

    contract: Contract
    level: str
    decide_by: date
    words: str


def expiry(contract: Contract, *, as_at: date, lead_months: int | None = None, ahead_months: int = 6) -> Warning | None:
    """A warning when the time to start choosing again is past or within `ahead_months`; None while it is further off."""
    months = lead_months if lead_months is not None else LEAD_MONTHS.get(contract.route, 15)
    decide_by = months_before(contract.ends, months)
    extension = f"; {contract.extension_months} months may be added" if contract.extension_months else ""
    if contract.ends < as_at:
        return Warning(
            contract, "ended", decide_by, f"ended {contract.ends:%-d %B %Y}: is the service without a contract?"
        )
    if decide_by <= as_at:
        left = (contract.ends - as_at).days
        return Warning(
            contract,
            "overdue",
            decide_by,
            f"ends in {left} days; choosing needed to start by {decide_by:%-d %B %Y}{extension}",
        )
    if months_before(decide_by, ahead_months) <= as_at:
        return Warning(contract, "soon", decide_by, f"start choosing by {decide_by:%-d %B %Y}{extension}")
    return None


def warnings(contracts: Iterable[Contract], *, as_at: date) -> list[Warning]:
    """Warnings, the most pressing first."""
    order = {"ended": 0, "overdue": 1, "soon": 2}
    found = [warning for contract in contracts if (warning := expiry(contract, as_at=as_at)) is not None]
    return sorted(found, key=lambda warning: (order[warning.level], warning.contract.ends, warning.contract.id))


@dataclass(frozen=True)
class AnnualSummary:
    """Contracts awarded in a financial year by route (regulation 25), with their value, and the providers that come and go.

    `new_providers` held no contract before the year; `gone_providers` held one that ended in the year and hold none after it.
    """

    year: str
    counts: Mapping[str, int]
    value_pence: Mapping[str, int]
    urgent: int
    providers: int
    new_providers: tuple[str, ...] = ()
    gone_providers: tuple[str, ...] = ()


def financial_year(day: date) -> str:
    """``2024/25`` for a day from 1 April 2024 to 31 March 2025."""
    start = day.year if day >= date(day.year, 4, 1) else day.year - 1
    return f"{start}/{(start + 1) % 100:02d}"


def annual_summary(contracts: Iterable[Contract], year: str) -> AnnualSummary:
    """Counts by route of what was decided in the year."""
    contracts = list(contracts)
    chosen = [contract for contract in contracts if financial_year(contract.decided_on) == year]
    counts = Counter(contract.route for contract in chosen)
    value: Counter[str] = Counter()
    for contract in chosen:
        value[contract.route] += contract.value_pence
    mine = {contract.provider for contract in chosen}
    earlier = {contract.provider for contract in contracts if financial_year(contract.decided_on) < year}
    ended = {contract.provider for contract in contracts if financial_year(contract.ends) == year}
    staying = {contract.provider for contract in contracts if financial_year(contract.ends) > year}
    return AnnualSummary(
        year,
        dict(counts),
        dict(value),
        counts.get("urgent award", 0),
        len(mine),
        tuple(sorted(mine - earlier)),
        tuple(sorted(ended - staying)),
    )
