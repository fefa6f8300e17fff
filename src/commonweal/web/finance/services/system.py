"""Control totals by organisation, cluster and system; the risk share; the five-year gap."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false, reportIndexIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from commonweal.errors import NotReady
from commonweal.finance.control_total import ControlTotalRow, OrganisationPosition, control_totals
from commonweal.finance.five_year import Area, FiveYearPlan, Projection, Sensitivity, project, scenario, sensitivity
from commonweal.finance.risk_share import Band, Division, RiskShare, divide
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import Agreement, ControlTotal, FiveYearModel
from commonweal.web.finance.services import cube


@dataclass(frozen=True)
class SharePage:
    """A risk share agreement and how it divides the forecast."""

    agreement: RiskShare
    control_total: int
    outturn: int
    outturn_says: str
    division: Division


@dataclass(frozen=True)
class ControlPage:
    """Control totals of a year by organisation, cluster and system, with the risk shares."""

    year: str
    years: tuple[str, ...]
    rows: tuple[ControlTotalRow, ...]
    shares: tuple[SharePage, ...]


def control(*, by: Actor, year: str = "") -> ControlPage:
    """Control totals and risk shares of a year, the newest where none is asked for. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    years = tuple(ControlTotal.objects.order_by("-year").values_list("year", flat=True).distinct())
    agreed = tuple(Agreement.objects.order_by("-year").values_list("year", flat=True).distinct())
    known = tuple(sorted({*years, *agreed}, reverse=True))
    if not known:
        return ControlPage("", (), (), ())
    chosen = year or known[0]
    positions = [
        OrganisationPosition(
            row.code, row.name, row.cluster, row.control_total_pence, row.plan_pence, row.forecast_pence
        )
        for row in ControlTotal.objects.filter(year=chosen)
    ]
    rows = control_totals(positions, "System") if positions else ()
    shares = tuple(shared_out(row) for row in Agreement.objects.filter(year=chosen).order_by("name", "version"))
    return ControlPage(chosen, known, rows, shares)


def shared_out(row: Agreement) -> SharePage:
    """One agreement with its difference divided. Raises BadInput where its bands cannot hold."""
    bands: dict[tuple[str, str | None], dict[str, str]] = {}
    for held in row.bands:
        bands.setdefault((held["starts"], held["ends"]), {})[held["party"]] = held["share"]
    start = int(row.year[:4])
    agreement = RiskShare(
        row.name, row.version, date(start, 4, 1), date(start + 1, 3, 31),
        tuple(Band(starts, ends, shares) for (starts, ends), shares in sorted(bands.items(), key=lambda b: float(b[0][0]))),
    )  # fmt: skip
    outturn, says = row.outturn_pence, "as stated in the agreement"
    if outturn is None:
        outturn = sum(line.outturn for line in cube.line_forecasts(cube.reader()))
        says = "the statistical outturn of all providers together"
    return SharePage(
        agreement, row.control_total_pence, outturn, says, divide(agreement, row.control_total_pence, outturn)
    )


@dataclass(frozen=True)
class FiveYearPage:
    """The five-year model as planned, its scenarios and its sensitivities."""

    plan: FiveYearPlan
    base: Projection
    scenarios: tuple[tuple[str, Projection], ...]
    sensitivity: tuple[Sensitivity, ...]


def five_year(*, by: Actor) -> FiveYearPage:
    """The latest model with its scenarios: as planned, demand one point higher, and closing measures four fifths delivered."""
    check_can(by, "finance.see")
    row = FiveYearModel.objects.order_by("-id").first()
    if row is None:
        raise NotReady("no five-year model is loaded", remedy="load one from its template")
    plan = five_year_plan(row.base_allocation_pence, row.rows)
    scenarios = (
        ("As planned", plan),
        ("Other demand one point a year higher", scenario(plan, other_demand="0.01")),
        ("Four fifths of the closing measures delivered", scenario(plan, delivery="0.8")),
        ("Nothing closes the gap", scenario(plan, delivery=0)),
    )
    return FiveYearPage(
        plan, project(plan), tuple((name, project(held)) for name, held in scenarios), sensitivity(plan)
    )


def five_year_plan(base_allocation: int, rows: list[dict]) -> FiveYearPlan:
    """The plan of a loaded model: rows hold area, year, base (pence, first year), rates in percent, closing (pence)."""
    years = tuple(sorted({row["year"] for row in rows}))
    areas: dict[str, dict[str, dict]] = {}
    for row in rows:
        areas.setdefault(row["area"], {})[row["year"]] = row
    growth = {row["year"]: row["allocation_growth"] for row in rows}

    def rates(held: dict[str, dict], name: str) -> tuple[str, ...]:
        return tuple(str(held.get(year, {}).get(name) or "0") for year in years)

    return FiveYearPlan(
        years=years,
        base_allocation=base_allocation,
        allocation_growth=tuple(growth[year] for year in years),
        areas=tuple(
            Area(
                name,
                next(row["base"] for row in held.values() if row["base"] is not None),
                rates(held, "demographic"),
                rates(held, "other_demand"),
                rates(held, "price"),
            )
            for name, held in areas.items()
        ),
        closing={name: tuple(held.get(year, {}).get("closing") or 0 for year in years) for name, held in areas.items()},
    )
