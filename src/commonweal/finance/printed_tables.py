"""Tables as they were printed: read in exact pence, every subtotal, total and row sum computed again, each difference found.

The source tables keep printed figures even where they do not add up. A `Disagreement` is found by adding, never looked up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from commonweal.finance.money import from_millions, from_thousands, in_millions, in_thousands

POD_VARIANCE = "pod_variance_nwl_2019_20_m4"
RECOVERY_SCHEMES = "recovery_schemes_nwl_2019_20"
PROVIDER_IMPACT = "provider_impact_wl_2014_15"
HARROW_SAVINGS = "harrow_savings_2017_21"
FINANCIAL_POSITION = "financial_position"
PROCUREMENT = "procurement_pipeline_wl_2014_15"

Row = dict[str, str]


@dataclass(frozen=True)
class Disagreement:
    """A printed figure that its own parts do not give. Pence."""

    table: str
    place: str
    printed: int
    computed: int
    says: str

    @property
    def difference(self) -> int:
        """Computed less printed, pence."""
        return self.computed - self.printed


@cache
def printed_table(name: str) -> tuple[Row, ...]:
    """The rows of one shipped source table, all text, as printed."""
    path = resources.files("commonweal.finance").joinpath(f"data/source_tables/{name}.csv")
    return tuple(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def millions(row: Row, column: str) -> int:
    """A cell in millions of pounds, in pence; an empty cell adds nothing."""
    return from_millions(row[column]) if row[column] else 0


def thousands(row: Row, column: str) -> int:
    """A cell printed in thousands of pounds, in pence; an empty cell is 0."""
    return from_thousands(row[column]) if row[column] else 0


@dataclass(frozen=True)
class PodVarianceRow:
    """One line of the month-4 table. Pence, negative is an overspend, as it was printed. `total` is computed."""

    pod: str
    name: str
    kind: str
    year_to_date: int
    forecast: int
    risk_share: int
    printed_total: int

    @property
    def total(self) -> int:
        """Forecast and risk share together, pence."""
        return self.forecast + self.risk_share


def pod_variance() -> tuple[tuple[PodVarianceRow, ...], tuple[Disagreement, ...]]:
    """North West London, month 4 of 2019/20, acute variance by POD, and where the printed table does not add up."""
    rows = tuple(
        PodVarianceRow(
            row["pod"],
            row["pod_name"],
            row["row_type"],
            *(millions(row, column) for column in ("ytd_m4_m", "fot_m", "risk_share_m", "total_m")),
        )
        for row in printed_table(POD_VARIANCE)
    )
    items = [row for row in rows if row.kind == "item"]
    outpatients = [row for row in items if row.pod.startswith("OP ")]
    found: list[Disagreement] = []
    for row in rows:
        parts = outpatients if row.kind == "subtotal" else items if row.kind == "total" else [row]
        columns = {
            "year to date": (row.year_to_date, sum(item.year_to_date for item in parts)),
            "forecast": (row.forecast, sum(item.forecast for item in parts)),
            "risk share": (row.risk_share, sum(item.risk_share for item in parts)),
            "total": (row.printed_total, sum(item.total for item in parts)),
        }
        for column, (printed, computed) in columns.items():
            if printed != computed:
                says = f"the items make {in_millions(computed)}; {in_millions(printed)} is printed"
                found.append(Disagreement(POD_VARIANCE, f"{row.name}, {column}", printed, computed, says))
    return rows, tuple(found)


def recovery_schemes() -> tuple[dict[str, int], int, tuple[Disagreement, ...]]:
    """The recovery schemes by name in pence, their sum, and any disagreement with the printed total."""
    rows = printed_table(RECOVERY_SCHEMES)
    schemes = {row["scheme"]: millions(row, "opportunity_m") for row in rows if row["row_type"] == "item"}
    made = sum(schemes.values())
    printed = sum(millions(row, "opportunity_m") for row in rows if row["row_type"] == "total")
    wrong = (
        ()
        if made == printed
        else (Disagreement(RECOVERY_SCHEMES, "Total", printed, made, "the schemes do not add up"),)
    )
    return schemes, made, wrong


SECTORS = {
    "primary_care_k": "Primary care",
    "community_clch_k": "Community (CLCH)",
    "mental_health_cnwl_k": "Mental health (CNWL)",
    "acute_imperial_k": "Acute (Imperial)",
    "acute_chelwest_k": "Acute (Chelsea and Westminster)",
    "continuing_care_k": "Continuing care",
    "other_k": "Other",
}


@dataclass(frozen=True)
class ProviderImpactTable:
    """West London's provider impact analysis, computed from its items. Pence."""

    gross: int
    investment: int
    net: int
    by_sector: dict[str, int]
    unassigned: dict[str, int]
    """Items whose sectors do not carry the whole gross saving, and how much no sector carries."""
    disagreements: tuple[Disagreement, ...]


def west_london_impact() -> ProviderImpactTable:
    """Gross, investment and net from the items alone; what no provider carries; every printed sum that the items do not make."""
    rows = printed_table(PROVIDER_IMPACT)
    items = [row for row in rows if row["row_type"] == "item"]
    unassigned = {
        row["item"]: thousands(row, "gross_savings_k") - sum(thousands(row, column) for column in SECTORS)
        for row in items
    }
    found: list[Disagreement] = []
    for row in rows:
        parts = _parts(row, items)
        for column in ("gross_savings_k", *SECTORS, "total_k", "investment_k", "net_savings_k"):
            _compare(found, row, column, thousands(row, column), sum(thousands(item, column) for item in parts))
        carried = sum(thousands(row, column) for column in SECTORS)
        _compare(found, row, "gross over sectors", thousands(row, "gross_savings_k"), carried)
        net = thousands(row, "gross_savings_k") - thousands(row, "investment_k")
        _compare(found, row, "net_savings_k", thousands(row, "net_savings_k"), net)
    gross = sum(thousands(row, "gross_savings_k") for row in items)
    investment = sum(thousands(row, "investment_k") for row in items)
    return ProviderImpactTable(
        gross,
        investment,
        gross - investment,
        {name: sum(thousands(row, column) for row in items) for column, name in SECTORS.items()},
        {item: pence for item, pence in unassigned.items() if pence},
        tuple(found),
    )


def _parts(row: Row, items: Sequence[Row]) -> Sequence[Row]:
    if row["row_type"] == "total":
        return items
    if row["row_type"] == "subtotal":
        return [item for item in items if item["group"] == row["group"]]
    return [row]


def _compare(found: list[Disagreement], row: Row, column: str, printed: int, computed: int) -> None:
    if printed != computed:
        place = f"{row['group']} / {row['item']}, {column.removesuffix('_k').replace('_', ' ')}"
        says = f"{in_thousands(printed)} printed, {in_thousands(computed)} computed"
        found.append(Disagreement(PROVIDER_IMPACT, place, printed, computed, says))


HARROW_YEARS = {
    "y2017_18_m": "2017/18",
    "y2018_19_m": "2018/19",
    "y2019_20_m": "2019/20",
    "y2020_21_m": "2020/21",
}


@dataclass(frozen=True)
class HarrowSavings:
    """Harrow's savings by area and year, pence, savings negative, computed from the years."""

    by_area: dict[str, dict[str, int]]
    area_totals: dict[str, int]
    year_totals: dict[str, int]
    total: int
    disagreements: tuple[Disagreement, ...]


def harrow_savings() -> HarrowSavings:
    """Harrow's savings 2017 to 2021 by area of spend and year, in pence, with the printed totals beside the sums."""
    rows = printed_table(HARROW_SAVINGS)
    items = [row for row in rows if row["row_type"] == "item"]
    by_area = {
        row["area_of_spend"]: {year: millions(row, column) for column, year in HARROW_YEARS.items() if row[column]}
        for row in items
    }
    area_totals = {area: sum(years.values()) for area, years in by_area.items()}
    year_totals = {year: sum(millions(row, column) for row in items) for column, year in HARROW_YEARS.items()}
    found: list[Disagreement] = []
    for row in rows:
        computed = area_totals.get(row["area_of_spend"], sum(year_totals.values()))
        if row["total_printed_m"]:
            _harrow_compare(found, f"{row['area_of_spend']}, all years", millions(row, "total_printed_m"), computed)
        if row["row_type"] == "total":
            for column, year in HARROW_YEARS.items():
                _harrow_compare(found, f"Total, {year}", millions(row, column), year_totals[year])
            printed_rows = sum(
                millions(item, "total_printed_m") if item["total_printed_m"] else area_totals[item["area_of_spend"]]
                for item in items
            )
            _harrow_compare(found, "Total of the total column", millions(row, "total_printed_m"), printed_rows)
    return HarrowSavings(by_area, area_totals, year_totals, sum(year_totals.values()), tuple(found))


def _harrow_compare(found: list[Disagreement], place: str, printed: int, computed: int) -> None:
    if printed != computed:
        says = f"{in_millions(printed, 1)} printed, the years make {in_millions(computed, 1)}"
        found.append(Disagreement(HARROW_SAVINGS, place, printed, computed, says))
