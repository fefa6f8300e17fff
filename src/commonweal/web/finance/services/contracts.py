"""Contracts: the form agreed for each year with its terms, and what every form would pay for the activity that was done."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from commonweal.errors import Busy, NotReady
from commonweal.finance.calendar import FinancialYear, calendar_days
from commonweal.finance.contract_comparison import ContractYear, PodValue, Result, checked, compared, worked
from commonweal.finance.money import exact
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import ContractTerms
from commonweal.web.finance.services import cube, position
from commonweal.web.finance.services.cube import Standing

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

PURPOSE = "planning"


@dataclass(frozen=True)
class ContractLine:
    """One provider's contract in one year: what its form pays to date, and what activity at price would have."""

    provider_code: str
    year: str
    agreed: ContractTerms | None
    result: Result | None
    at_price: int
    plan: int
    months: int


@dataclass(frozen=True)
class ContractPage:
    """One contract by year: what each form would pay at the same activity, in pence."""

    stands: Standing
    name: str
    year: ContractYear
    year_name: str
    years: tuple[str, ...]
    agreed: ContractTerms | None
    results: tuple[Result, ...]
    by_year: tuple[ContractLine, ...]


def contracts(*, by: Actor) -> tuple[Standing, tuple[ContractLine, ...], Mapping[str, str]]:
    """Every provider of the year, with its form and what that pays."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    rows = held.cursor.execute(
        "SELECT DISTINCT current_provider_code FROM position_cube WHERE month BETWEEN ? AND ? AND actual_pence IS NOT NULL ORDER BY 1",
        [stands.year.first_day, stands.year.last_day],
    ).fetchall()
    agreed = {row.provider_code: row for row in ContractTerms.objects.filter(year=str(stands.year))}
    return stands, tuple(_line(held, stands, code, stands.year, agreed.get(code)) for (code,) in rows), cube.names(held)


def contract(*, by: Actor, provider: str, year: str = "") -> ContractPage:
    """One provider's activity of one year under every form, and its forms by year."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    years = _years(held, provider)
    if not years:
        raise NotReady("this release holds no contract lines of that provider", value=provider)
    chosen = FinancialYear.parse(year) if year else stands.year
    if str(chosen) not in years:
        raise NotReady("no month of that year has arrived", value=str(chosen), remedy=f"one of {', '.join(years)}")
    agreed = {row.year: row for row in ContractTerms.objects.filter(provider_code=provider)}
    mine = agreed.get(str(chosen))
    activity = contract_year(held, stands, provider, chosen)
    lines = tuple(_line(held, stands, provider, FinancialYear.parse(name), agreed.get(name)) for name in years)
    return ContractPage(
        stands, cube.names(held).get(provider, provider), activity, str(chosen), years, mine,
        compared(activity, {mine.form: mine.terms} if mine else {}), lines,
    )  # fmt: skip


def terms_of(*, by: Actor, provider: str, year: str) -> ContractTerms | None:
    """A contract's terms of a year; None where nobody recorded them. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    return ContractTerms.objects.filter(provider_code=provider, year=year).first()


@transaction.atomic
def set_terms(
    *, by: Actor, provider: str, year: str, form: str, terms: Mapping[str, str], agreed_in: str, base_version: int
) -> ContractTerms:
    """Record the form of a contract. BadInput (`where`: the term) where one cannot be read; Busy where somebody was first."""
    check_can(by, "finance.change")
    held = checked(form, terms)
    row = ContractTerms.objects.select_for_update().filter(provider_code=provider, year=year).first()
    if (row.version if row else 0) != base_version:
        stands = f"{row.form.replace('_', ' ')}, saved by {row.by.name}" if row and row.by else "nothing"
        raise Busy("someone else set this contract's form while you were working", value=stands)
    if row is None:
        row = ContractTerms(provider_code=provider, year=year, version=0)
    row.form, row.terms, row.agreed_in, row.by_id, row.version = form, held, agreed_in, by.user_id, row.version + 1
    row.save()
    audit.record(by, purpose=PURPOSE, action="set contract form", object=f"contract:{provider}:{year}")
    return row


def contract_year(held: Reader, stands: Standing, provider: str, year: FinancialYear) -> ContractYear:
    """The months that arrived, by POD. The current year is the provider page's own cells, so that the two agree."""
    if year == stands.year:
        cells = position.cells(held, stands, "pod", provider)
        plan_year = sum(cell.planned_pence for cell in cells)
        arrived = [cell for cell in cells if cell.month <= stands.latest and cell.actual_pence is not None]
        rows = [
            (
                cell.pod or "",
                cell.planned_activity,
                cell.planned_pence,
                cell.actual_activity or 0,
                cell.actual_pence or 0,
                cell.month,
            )
            for cell in arrived
        ]
    else:
        rows = held.cursor.execute(
            """SELECT coalesce(pod, ''), sum(planned_activity), CAST(sum(planned_pence) AS BIGINT), sum(actual_activity),
              CAST(sum(actual_pence) AS BIGINT), month
            FROM position_cube WHERE current_provider_code = ? AND month BETWEEN ? AND ? AND actual_pence IS NOT NULL
            GROUP BY 1, 6 ORDER BY 1, 6""",
            [provider, year.first_day, year.last_day],
        ).fetchall()
        plan_year = held.cursor.execute(
            "SELECT CAST(coalesce(sum(planned_pence), 0) AS BIGINT) FROM position_cube WHERE current_provider_code = ? AND month BETWEEN ? AND ?",
            [provider, year.first_day, year.last_day],
        ).fetchone()[0]
    pods: dict[str, list[tuple]] = {}
    for row in rows:
        pods.setdefault(row[0], []).append(row)
    months = sorted({row[5] for row in rows})
    last = months[-1] if months else year.first_day
    factor = held.cursor.execute(
        "SELECT CAST(coalesce(sum(actual_mff_pence), 0) AS BIGINT) FROM position_cube WHERE current_provider_code = ? AND month BETWEEN ? AND ?",
        [provider, year.first_day, last],
    ).fetchone()[0]
    return ContractYear(
        provider, date(last.year, last.month, calendar_days(last)), len(months),
        {pod: _added(held_rows) for pod, held_rows in sorted(pods.items())}, plan_year, factor,
    )  # fmt: skip


def _added(rows: list[tuple]) -> PodValue:
    return PodValue(
        sum((exact(row[1]) for row in rows), Fraction(0)), sum(row[2] for row in rows),
        sum((exact(row[3]) for row in rows), Fraction(0)), sum(row[4] for row in rows),
    )  # fmt: skip


def _line(
    held: Reader, stands: Standing, provider: str, year: FinancialYear, agreed: ContractTerms | None
) -> ContractLine:
    activity = contract_year(held, stands, provider, year)
    result = worked(agreed.form, activity, agreed.terms) if agreed else None
    return ContractLine(provider, str(year), agreed, result, activity.actual, activity.plan, activity.months)


def _years(held: Reader, provider: str) -> tuple[str, ...]:
    rows = held.cursor.execute(
        "SELECT DISTINCT month FROM position_cube WHERE current_provider_code = ? AND actual_pence IS NOT NULL",
        [provider],
    ).fetchall()
    return tuple(sorted({str(FinancialYear.of(month)) for (month,) in rows}, reverse=True))
