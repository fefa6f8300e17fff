"""The financial tables of the five source documents, derived again from their parts."""

from __future__ import annotations

from django.urls import reverse

from commonweal.finance.financial_position import financial_position
from commonweal.finance.money import in_millions, in_thousands
from commonweal.finance.printed_tables import harrow_savings, pod_variance, recovery_schemes, west_london_impact
from commonweal.web.finance.presenters import Page, Shown


def page() -> Page:
    """Month-4 variance, the scheme list, provider impact, Harrow's savings, and every row of the financial position."""
    rows, wrong = pod_variance()
    schemes, whole, _ = recovery_schemes()
    impact, harrow = west_london_impact(), harrow_savings()
    found = [*wrong, *impact.disagreements, *harrow.disagreements]
    items = [row for row in rows if row.kind == "item"]
    variance = [
        [
            row.name,
            *(in_millions(p) for p in (row.year_to_date, row.forecast, row.risk_share, row.total, row.printed_total)),
        ]
        for row in rows
        if row.kind != "total"
    ]
    variance.append(
        ["Total of the items"]
        + [
            in_millions(sum(getattr(row, name) for row in items))
            for name in ("year_to_date", "forecast", "risk_share", "total")
        ]
        + [in_millions(next(row.printed_total for row in rows if row.kind == "total"))]
    )
    years = list(harrow.year_totals)
    savings = [
        [area, *(in_millions(by_year.get(year, 0), 1) for year in years), in_millions(harrow.area_totals[area], 1)]
        for area, by_year in harrow.by_area.items()
    ]
    savings.append(
        ["Total", *(in_millions(harrow.year_totals[year], 1) for year in years), in_millions(harrow.total, 1)]
    )
    figures = financial_position()
    return Page(
        "The documents' figures, derived again",
        [
            f"{sum(f.derived is not None for f in figures)} of {len(figures)} printed figures follow from others; "
            f"{sum(f.agrees is False for f in figures)} of those do not agree. Printed figures are kept as printed.",
        ],
        tables=[
            Shown("North West London, month 4 of 2019/20, £m (negative is an overspend)",
                  [("Point of delivery", False)] + [(n, True) for n in ("Year to date", "Forecast", "Risk share", "Total", "Printed")], variance),
            Shown(f"The recovery schemes make {in_millions(whole, 1)}", [("Scheme", False), ("£m", True)],
                  [[name, in_millions(pence, 1)] for name, pence in schemes.items()]),
            Shown("West London 2014/15 provider impact, £k", [("Provider sector", False), ("Gross", True)],
                  [*([name, in_thousands(pence)] for name, pence in impact.by_sector.items()),
                   *([f"{name}: carried by no provider", in_thousands(pence)] for name, pence in impact.unassigned.items()),
                   ["Gross", in_thousands(impact.gross)], ["Invested", in_thousands(impact.investment)], ["Net", in_thousands(impact.net)]]),
            Shown("Harrow's savings by area and year, £m", [("Area", False), *((year, True) for year in years), ("All years", True)], savings),
            Shown("Printed figures that their own parts do not make", [("Where", False), ("In words", False)],
                  [[item.place, item.says] for item in found]),
            Shown("Every row of the financial position", [("Measure", False), ("Body", False), ("Period", False), ("Printed", True), ("Derived", True), ("How", False)],
                  [[f.measure, f.body, f.period, "–" if f.printed is None else str(f.printed),
                    "–" if f.derived is None else f"{f.derived.normalize():f}"[:9], f.how] for f in figures]),
        ],
        trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip
