"""Spreadsheets that are taken whole or not at all, with every error by cell."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false, reportIndexIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from commonweal.errors import BadInput, CommonwealError
from commonweal.finance import imports
from commonweal.finance.control_total import OrganisationPosition, control_totals
from commonweal.finance.five_year import project
from commonweal.finance.imports import (
    AGREEMENT_COLUMNS,
    CONTROL_TOTAL_COLUMNS,
    FIVE_YEAR_COLUMNS,
    LEDGER_COLUMNS,
    PLAN_COLUMNS,
    SCHEME_COLUMNS,
)
from commonweal.finance.sheet_import import CellError, Column, read_sheet
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import (
    Agreement,
    ControlTotal,
    FiveYearModel,
    Import,
    LedgerLine,
    PlanLine,
)
from commonweal.web.finance.services import scheme_changes as changes
from commonweal.web.finance.services.system import five_year_plan, shared_out

PURPOSE = "planning"
COLUMNS: dict[str, tuple[Column, ...]] = {
    "plan": PLAN_COLUMNS,
    "ledger": LEDGER_COLUMNS,
    "schemes": SCHEME_COLUMNS,
    "control_totals": CONTROL_TOTAL_COLUMNS,
    "five_year": FIVE_YEAR_COLUMNS,
    "risk_share": AGREEMENT_COLUMNS,
}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: how many rows were taken, or every error."""

    kind: str
    rows: int
    errors: tuple[CellError, ...]


def template(*, by: Actor, kind: str) -> bytes:
    """The empty spreadsheet of a kind. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    return imports.template(COLUMNS[_kind(kind)], str(Import.Kind(kind).label))


def take(*, by: Actor, kind: str, content: bytes, name: str) -> Outcome:
    """Read a spreadsheet and, where nothing is wrong with it, keep all of its rows. The same file again changes nothing."""
    check_can(by, "finance.change")
    digest = hashlib.sha256(content).hexdigest()
    if Import.objects.filter(kind=_kind(kind), digest=digest).exists():
        raise BadInput("this file was taken already", where=name, remedy="nothing has to be done")
    rows, errors = READERS[kind](content, name)
    if errors:
        return Outcome(kind, 0, tuple(errors))
    if not rows:
        raise BadInput("the sheet holds no row", where=name, remedy="start from the template")
    with transaction.atomic():
        source = Import.objects.create(kind=kind, file_name=name[:200], digest=digest, rows=len(rows), by_id=by.user_id)
        KEEPERS[kind](source, rows, by)
        audit.record(by, purpose=PURPOSE, action=f"load {kind}", object=f"import:{source.pk}", result_count=len(rows))
    return Outcome(kind, len(rows), ())


def taken(*, by: Actor) -> list[Import]:
    """The last 50 files loaded. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    return list(Import.objects.select_related("by")[:50])


def _kind(kind: str) -> str:
    if kind not in COLUMNS:
        raise BadInput("no such kind of file", value=kind, remedy=f"one of {', '.join(COLUMNS)}")
    return kind


def _plain(read: Callable[[bytes, str], imports.Imported]) -> Callable[[bytes, str], tuple[list[Any], list[CellError]]]:
    def reading(content: bytes, name: str) -> tuple[list[Any], list[CellError]]:
        found = read(content, name)
        return list(found.rows), list(found.errors)

    return reading


def _sheet(
    kind: str, check: Callable[[list[dict]], None]
) -> Callable[[bytes, str], tuple[list[dict], list[CellError]]]:
    """Read a kind of sheet, then ask the pure package whether its rows can hold together."""

    def reading(content: bytes, name: str) -> tuple[list[dict], list[CellError]]:
        found = read_sheet(content, COLUMNS[kind], name=name)
        errors = list(found.errors)
        if not errors and found.rows:
            try:
                check(list(found.rows))
            except CommonwealError as wrong:
                says = wrong.message + (f" ({wrong.where})" if wrong.where else "")
                errors.append(CellError("the whole sheet", "", str(wrong.value or ""), says))
        return list(found.rows), errors

    return reading


def _check_control(rows: list[dict]) -> None:
    for year in {row["year"] for row in rows}:
        control_totals(
            [
                OrganisationPosition(r["code"], r["name"], r["cluster"], r["control_total"], r["plan"], r["forecast"])
                for r in rows
                if r["year"] == year
            ],
            "System",
        )


def _check_five_year(rows: list[dict]) -> None:
    allocation, plain = _five_year_rows(rows)
    project(five_year_plan(allocation, plain))


def _five_year_rows(rows: list[dict]) -> tuple[int, list[dict]]:
    """Rates from percent to shares, as text that keeps every digit; the allocation is stated on the first row."""
    allocation = next((row["base_allocation"] for row in rows if row["base_allocation"] is not None), None)
    if allocation is None:
        raise BadInput("the allocation of the year before the first is needed on one row")
    if any(
        sum(r["base"] is not None for r in rows if r["area"] == area) != 1 for area in {row["area"] for row in rows}
    ):
        raise BadInput("each area needs its cost in the base year on one of its rows")

    def share(value: Decimal | None) -> str:
        return str((value or Decimal(0)) / 100)

    return allocation, [
        {
            "area": row["area"], "year": row["year"], "base": row["base"], "closing": row["closing"] or 0,
            "allocation_growth": share(row["allocation_growth"]), "demographic": share(row["demographic"]),
            "other_demand": share(row["other_demand"]), "price": share(row["price"]),
        }
        for row in rows
    ]  # fmt: skip


def _check_agreement(rows: list[dict]) -> None:
    shared_out(_agreement(rows, outturn=rows[0]["control_total"]))


def _agreement(rows: list[dict], outturn: int | None = None) -> Agreement:
    first = rows[0]
    if first["control_total"] is None:
        raise BadInput("the control total is needed on the first row")
    bands = [
        {
            "starts": str(row["starts"] / 100), "ends": None if row["ends"] is None else str(row["ends"] / 100),
            "party": row["party"], "share": str(row["share"] / 100),
        }
        for row in rows
    ]  # fmt: skip
    stated = first["outturn"] if outturn is None else outturn
    return Agreement(
        name=first["name"], version=first["version"], year=first["year"], control_total_pence=first["control_total"],
        outturn_pence=stated, bands=bands,
    )  # fmt: skip


def _keep_plan(source: Import, rows: list[Any], by: Actor) -> None:
    """A plan replaces what was loaded before for the same providers and months."""
    for provider in {row.provider_code for row in rows}:
        months = {row.month for row in rows if row.provider_code == provider}
        PlanLine.objects.filter(provider_code=provider, month__in=months, current=True).update(current=False)
    PlanLine.objects.bulk_create(
        [
            PlanLine(
                source=source, provider_code=row.provider_code, commissioner_code=row.commissioner_code or "", pod=row.pod,
                treatment_function_code=row.treatment_function_code or "", month=row.month, activity=row.activity, pence=row.pence,
            )
            for row in rows
        ],
        batch_size=500,
    )  # fmt: skip


def _keep_ledger(source: Import, rows: list[Any], by: Actor) -> None:
    """A ledger replaces the months that it holds, whole: a ledger is sent month by month."""
    LedgerLine.objects.filter(month__in={row.month for row in rows}, current=True).update(current=False)
    LedgerLine.objects.bulk_create(
        [
            LedgerLine(
                source=source, provider_code=r.provider_code, month=r.month, pence=r.pence, reference=r.reference
            )
            for r in rows
        ],
        batch_size=500,
    )


def _keep_schemes(source: Import, rows: list[Any], by: Actor) -> None:
    """New schemes, or new versions of those that are held: a cell left empty keeps what the register has."""
    for scheme in rows:
        values = {
            "title": scheme.title, "gross_pence": scheme.gross_pence, "investment_pence": scheme.investment_pence,
            "recurrent": scheme.recurrent, "cash_releasing": scheme.cash_releasing, "start": scheme.start, "strand": scheme.strand,
            "category": scheme.category, "senior_owner": scheme.senior_owner, "clinical_lead": scheme.clinical_lead,
            "finance_lead": scheme.finance_lead, "confidence": scheme.confidence, "overlap_group": scheme.overlap_group,
            "assessments": dict(scheme.assessments), "contract_variation": scheme.contract_variation, "cohort": scheme.cohort_id,
            "phasing": [f"{weight.normalize():f}" for weight in scheme.phasing],
        }  # fmt: skip
        given = {name: value for name, value in values.items() if value not in (None, "", [], {})}
        changes.take(
            by=by,
            year=str(scheme.year),
            reference=scheme.id,
            values=given,
            maturity=scheme.maturity,
            source=source.file_name,
        )


def _keep_control(source: Import, rows: list[dict], by: Actor) -> None:
    for row in rows:
        ControlTotal.objects.update_or_create(
            code=row["code"], year=row["year"],
            defaults={
                "source": source, "name": row["name"], "cluster": row["cluster"], "control_total_pence": row["control_total"],
                "plan_pence": row["plan"], "forecast_pence": row["forecast"],
            },
        )  # fmt: skip


def _keep_five_year(source: Import, rows: list[dict], by: Actor) -> None:
    allocation, plain = _five_year_rows(rows)
    FiveYearModel.objects.create(source=source, base_allocation_pence=allocation, rows=plain)


def _keep_agreement(source: Import, rows: list[dict], by: Actor) -> None:
    made = _agreement(rows)
    if Agreement.objects.filter(name=made.name, version=made.version).exists():
        raise BadInput("this version of the agreement is held already", value=f"{made.name} {made.version}")
    made.source = source
    made.save()


READERS: dict[str, Callable[[bytes, str], tuple[list[Any], list[CellError]]]] = {
    "plan": _plain(imports.read_plan),
    "ledger": _plain(imports.read_ledger),
    "schemes": _plain(imports.read_schemes),
    "control_totals": _sheet("control_totals", _check_control),
    "five_year": _sheet("five_year", _check_five_year),
    "risk_share": _sheet("risk_share", _check_agreement),
}
KEEPERS: dict[str, Callable[[Import, list[Any], Actor], None]] = {
    "plan": _keep_plan,
    "ledger": _keep_ledger,
    "schemes": _keep_schemes,
    "control_totals": _keep_control,
    "five_year": _keep_five_year,
    "risk_share": _keep_agreement,
}
