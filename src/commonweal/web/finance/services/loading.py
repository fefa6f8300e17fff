"""The finance figures of the source documents, in the register: printed ones only, and each says where it stands.

Done twice it adds nothing, and what people changed since is kept.
"""

# pyright: reportGeneralTypeIssues=false
from __future__ import annotations

import hashlib

from django.db import transaction

from commonweal.finance.financial_position import financial_position
from commonweal.finance.money import from_millions
from commonweal.finance.printed_tables import RECOVERY_SCHEMES, millions, printed_table
from commonweal.governance import audit as chain
from commonweal.web.finance.models import Agreement, ControlTotal, FiveYearModel, Import, SchemeRecord

SOURCE_NAME = "Source documents (printed figures)"
YEARS = ("2019/20", "2020/21", "2021/22", "2022/23", "2023/24")
LOADER = chain.Actor("command:finance load-documents", "", "")


def load_documents() -> dict[str, int]:
    """Schemes, control totals, a worked risk share and the five-year example. Returns what was new."""
    with transaction.atomic():
        new = {
            "schemes": _schemes(),
            "control_totals": _control_totals(),
            "risk_shares": _worked_share(),
            "five_year_models": _five_year(),
        }
        if any(new.values()):
            count = sum(new.values())
            chain.record(
                LOADER, purpose="planning", action="load documents", object="finance register", result_count=count
            )
    return new


def _source(kind: str, rows: int) -> Import:
    digest = hashlib.sha256(f"{SOURCE_NAME} {kind}".encode()).hexdigest()
    return Import.objects.get_or_create(kind=kind, digest=digest, defaults={"file_name": SOURCE_NAME, "rows": rows})[0]


def _schemes() -> int:
    """The thirteen recovery schemes of 2019/20. The document states no owner, phasing or assessment, so none is given; a
    scheme whose text says that it is under way is "in delivery", one that is agreed is "approved", the rest are ideas."""
    count = 0
    for row in printed_table(RECOVERY_SCHEMES):
        if row["row_type"] != "item":
            continue
        risk = f" Risk: {row['risk']}." if row["risk"] else ""
        _, made = SchemeRecord.objects.get_or_create(
            reference=row["id"], year="2019/20",
            defaults={
                "title": row["scheme"], "gross_pence": millions(row, "opportunity_m"), "maturity": _maturity(row["status_and_confidence"]),
                "strand": row["strand"], "category": "recovery plan",
                "note": f"In the document's words: {row['status_and_confidence']}.{risk} ({row['source']}, {row['section']})",
            },
        )  # fmt: skip
        count += made
    return count


def _maturity(status: str) -> str:
    words = status.lower()
    if "implement" in words or "included in forecast" in words or "saving £1m" in words:
        return "in_delivery"
    return "approved" if "agreed" in words else "idea"


def _control_totals() -> int:
    """North West London CCGs together, two years: the document prints no control total for one organisation."""
    printed = {figure.id: figure.printed for figure in financial_position()}
    outturn_2019 = (printed["f-jh-plan-1920"] or 0) - (printed["f-jh-risk-ccg"] or 0)
    held = {
        "2018/19": (printed["f-jh-ct-1819"], printed["f-jh-ct-1819"], printed["f-jh-out-1819"]),
        "2019/20": (printed["f-jh-ct-1920"], printed["f-jh-plan-1920"], outturn_2019),
    }
    source, count = _source("control_totals", len(held)), 0
    for year, (control, plan, forecast) in held.items():
        _, made = ControlTotal.objects.get_or_create(
            code="NWL-CCGS", year=year,
            defaults={
                "source": source, "name": "North West London CCGs together", "cluster": "not printed by cluster",
                "control_total_pence": from_millions(control or 0), "plan_pence": from_millions(plan or 0),
                "forecast_pence": from_millions(forecast or 0),
            },
        )  # fmt: skip
        count += made
    return count


def _worked_share() -> int:
    """The worked example of a banded share: control total £100m, outturn £104m. Local agreements differ."""
    bands = [
        ("0", "0.01", {"Commissioner": "1", "Provider": "0"}),
        ("0.01", "0.03", {"Commissioner": "0.5", "Provider": "0.5"}),
        ("0.03", None, {"Commissioner": "0.7", "Provider": "0.3"}),
    ]
    rows = [
        {"starts": starts, "ends": ends, "party": party, "share": share}
        for starts, ends, shares in bands
        for party, share in shares.items()
    ]
    _, made = Agreement.objects.get_or_create(
        name="Worked example of a banded share", version="illustration",
        defaults={
            "source": _source("risk_share", len(rows)), "year": "2019/20", "control_total_pence": from_millions(100),
            "outturn_pence": from_millions(104), "bands": rows,
        },
    )  # fmt: skip
    return int(made)


def _five_year() -> int:
    """The CCGs' whole expenditure of 2018/19 with the printed allocation growth, population growth (5 % over four years) and
    acute activity growth (18 %, of which the population's share is taken off), in real terms; the recovery schemes close what
    they can in their year. One area, because the documents print no spending by area: an illustration of the model."""
    if FiveYearModel.objects.exists():
        return 0
    printed = {figure.id: figure.printed or 0 for figure in financial_position()}
    names = ("f-jh-alloc-1920", "f-jh-alloc-2021", "f-jh-alloc-2122", "f-jh-alloc-2223", "f-jh-alloc-2324")
    demographic = (1 + float(printed["f-jh-popgrowth"]) / 100) ** 0.25 - 1
    other = (1 + float(printed["f-jh-acutegrowth"]) / 100) ** 0.25 / (1 + demographic) - 1
    spent = from_millions(printed["f-jh-exp-1819"])
    saved = sum(millions(row, "opportunity_m") for row in printed_table(RECOVERY_SCHEMES) if row["row_type"] == "item")
    rows = [
        {
            "area": "All commissioned spending", "year": year, "base": spent if place == 0 else None,
            "allocation_growth": str(printed[name] / 100), "demographic": f"{demographic:.6f}", "other_demand": f"{other:.6f}",
            "price": "0", "closing": saved,
        }
        for place, (year, name) in enumerate(zip(YEARS, names, strict=True))
    ]  # fmt: skip
    allocation = spent + from_millions(printed["f-jh-out-1819"])
    FiveYearModel.objects.create(source=_source("five_year", len(rows)), base_allocation_pence=allocation, rows=rows)
    return 1
