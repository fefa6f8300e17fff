"""The scheme register as it is read: values that add up, gates, RAG with its rule, what should have stopped, what changed."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false, reportIndexIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commonweal.errors import NotReady
from commonweal.finance.calendar import FinancialYear, month_number
from commonweal.finance.scheme_delivery import ProviderImpact, Rating, provider_impact, rating
from commonweal.finance.schemes import (
    MATURITIES,
    ActivityChange,
    Investment,
    Maturity,
    Milestone,
    ProgrammeValue,
    Scheme,
    SchemeValue,
    full_year_effect,
    gates,
    phased,
    programme_value,
    without_overlaps,
)
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import OverlapCeiling, SchemeRecord


@dataclass(frozen=True)
class SchemeRow:
    """A scheme, its value after overlap, its rating, and the gates still shut; money in pence."""

    record: SchemeRecord
    scheme: Scheme
    value: SchemeValue
    rating: Rating
    planned_to_date: int
    gates: tuple[str, ...]
    full_year: int


@dataclass(frozen=True)
class Register:
    """The schemes of a year and what they come to."""

    year: str
    years: tuple[str, ...]
    rows: tuple[SchemeRow, ...]
    total: ProgrammeValue
    impact: tuple[ProviderImpact, ...]


def plain(record: SchemeRecord) -> Scheme:
    """A stored scheme as the pure package knows it."""
    return Scheme(
        id=record.reference,
        title=record.title,
        year=FinancialYear.parse(record.year),
        gross_pence=record.gross_pence,
        investment_pence=record.investment_pence,
        maturity=record.maturity,  # type: ignore[arg-type]
        recurrent=record.recurrent,
        cash_releasing=record.cash_releasing,
        start=record.start,
        phasing=tuple(Decimal(str(weight)) for weight in record.phasing),
        strand=record.strand,
        category=record.category,
        senior_owner=record.senior_owner,
        clinical_lead=record.clinical_lead,
        finance_lead=record.finance_lead,
        confidence=record.confidence,
        milestones=tuple(
            Milestone(
                item["title"],
                date.fromisoformat(item["due"]),
                date.fromisoformat(item["done"]) if item.get("done") else None,
            )
            for item in record.milestones
        ),
        assessments=dict(record.assessments),
        impact=tuple(ActivityChange(**item) for item in record.impact),
        investments=tuple(Investment(**item) for item in record.investments),
        cohort_id=record.cohort,
        contract_variation=record.contract_variation,
        evidence_grade=record.evidence_grade,
        evaluation_method=record.evaluation_method,
        overlap_group=record.overlap_group,
        slippage_reason=record.slippage_reason,
        mitigation=record.mitigation,
    )


def live_schemes(year: str) -> list[Scheme]:
    """Schemes of a year that are not stopped."""
    return [plain(record) for record in SchemeRecord.objects.filter(year=year).exclude(maturity="stopped")]


def live_in(year: str) -> list[tuple[Scheme, SchemeValue, int | None]]:
    """Schemes of a year that are not stopped, each with its value once overlaps are taken out and what it delivered, in pence."""
    records = list(SchemeRecord.objects.filter(year=year).exclude(maturity="stopped"))
    held = [plain(record) for record in records]
    values = without_overlaps(held, ceilings())
    return [
        (scheme, value, record.delivered_pence) for scheme, value, record in zip(held, values, records, strict=True)
    ]


def all_live() -> list[tuple[Scheme, SchemeValue]]:
    """Schemes of every year that are not stopped, each with its value once overlaps within its year are taken out."""
    years = SchemeRecord.objects.order_by("year").values_list("year", flat=True).distinct()
    found: list[tuple[Scheme, SchemeValue]] = []
    for year in years:
        schemes = live_schemes(year)
        found += zip(schemes, without_overlaps(schemes, ceilings()), strict=True)
    return found


def register(*, by: Actor, year: str = "", on: date | None = None) -> Register:
    """The schemes of one year (the latest that has any), with values from which overlaps are taken out."""
    check_can(by, "finance.see")
    years = tuple(SchemeRecord.objects.order_by("-year").values_list("year", flat=True).distinct())
    chosen = year or (years[0] if years else "")
    records = list(SchemeRecord.objects.filter(year=chosen))
    if year and not records:
        raise NotReady("there are no schemes of that year", value=year)
    schemes = [plain(record) for record in records]
    values = {value.scheme_id: value for value in without_overlaps(schemes, ceilings())}
    rows = tuple(_row(record, scheme, values[scheme.id], on) for record, scheme in zip(records, schemes, strict=True))
    return Register(chosen, years, rows, programme_value(list(values.values())), provider_impact(schemes))


def one(*, by: Actor, year: str, reference: str, on: date | None = None) -> SchemeRow:
    """One scheme. Raises `NotAllowed`, and `NotReady` where there is none of that reference."""
    check_can(by, "finance.see")
    found = next((row for row in register(by=by, year=year, on=on).rows if row.record.reference == reference), None)
    if found is None:
        raise NotReady("there is no such scheme", value=f"{reference} {year}")
    return found


def ceilings() -> Mapping[str, int]:
    """The most that each overlap group can save, in pence."""
    return dict(OverlapCeiling.objects.values_list("group", "pence"))


@dataclass(frozen=True)
class OverlapGroup:
    """Schemes of one year that act on the same activity. `ceiling` None: nobody has said what that activity costs."""

    year: str
    name: str
    schemes: tuple[SchemeRecord, ...]
    claimed: int
    counted: int
    ceiling: int | None
    says: str
    version: int


def overlap_groups(*, by: Actor) -> tuple[OverlapGroup, ...]:
    """The groups of the latest year that has schemes."""
    held = register(by=by)
    ceilings_ = {row.group: row for row in OverlapCeiling.objects.all()}
    groups: dict[str, list[SchemeRow]] = {}
    for row in held.rows:
        if row.scheme.overlap_group:
            groups.setdefault(row.scheme.overlap_group, []).append(row)
    found = []
    for name, rows in sorted(groups.items()):
        ceiling = ceilings_.get(name)
        found.append(
            OverlapGroup(
                held.year, name, tuple(row.record for row in rows), sum(row.value.claimed for row in rows),
                sum(row.value.counted for row in rows), ceiling.pence if ceiling else None, ceiling.says if ceiling else "",
                ceiling.version if ceiling else 0,
            )
        )  # fmt: skip
    return tuple(found)


def _row(record: SchemeRecord, scheme: Scheme, value: SchemeValue, on: date | None) -> SchemeRow:
    moment = on or date.today()  # noqa: DTZ011  (a register is read as at today; a test says the day)
    months = 12 if moment > scheme.year.last_day else 0 if moment < scheme.year.first_day else month_number(moment) - 1
    planned = sum(phased(scheme, scheme.gross_pence)[:months])
    measured = record.delivered_pence is not None
    rated = rating(scheme, record.delivered_pence or 0, planned if measured else 0, moment)
    if not measured and rated.rag == "green":
        rated = Rating("amber", "delivery is not measured yet")
    return SchemeRow(record, scheme, value, rated, planned, gates(scheme), full_year_effect(scheme))


def pipeline(rows: tuple[SchemeRow, ...]) -> list[tuple[Maturity, int, int, int]]:
    """By maturity: schemes, net value, risk-adjusted value."""
    return [
        (
            name,
            sum(row.scheme.maturity == name for row in rows),
            sum(row.value.counted for row in rows if row.scheme.maturity == name),
            sum(row.value.risk_adjusted for row in rows if row.scheme.maturity == name),
        )
        for name in MATURITIES
    ]
