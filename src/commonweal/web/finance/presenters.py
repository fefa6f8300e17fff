"""Positions, forecasts, bridges and schemes as words, rows and charts. Money is pence until here; tables show £k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from commonweal.charts.base import Chart
from commonweal.charts.groups import waterfall
from commonweal.charts.series import Line, line_chart
from commonweal.finance import position as pure
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.money import in_millions, in_thousands, percent
from commonweal.finance.schemes import phased
from commonweal.web.finance.services.cube import DIMENSIONS, NOT_STATED, LineForecast, Standing
from commonweal.web.finance.services.position import ForecastPage, PositionPage, ReconciliationPage
from commonweal.web.finance.services.schemes import Register, SchemeRow, pipeline
from commonweal.web.finance.services.system import ControlPage, FiveYearPage

MILLION = 100_000_000


@dataclass(frozen=True)
class Shown:
    """One table of a page. `columns` are (heading, is it a number)."""

    caption: str
    columns: list[tuple[str, bool]]
    rows: list[list[Any]]
    says: str = ""
    empty: str = "Nothing to show"


@dataclass(frozen=True)
class Page:
    """What the shared template draws: words, charts, tables and links."""

    title: str
    lead: list[str] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    trail: list[tuple[str, str]] = field(default_factory=list)


def k(pence: int | None) -> str:
    """Thousands of pounds; a dash where there is none."""
    return "–" if pence is None else in_thousands(pence)


def millions(pence: int) -> str:
    """Without its sign: millions of pounds, or thousands below one million."""
    return f"£{in_millions(abs(pence), 1)}m" if abs(pence) >= MILLION else f"£{in_thousands(abs(pence))}k"


def over(pence: int) -> str:
    return f"{millions(pence)} {'over' if pence > 0 else 'under'} plan" if pence else "on plan"


def standing_words(stands: Standing) -> str:
    words = f"Month {stands.months} of {stands.year} ({stands.latest:%B %Y})."
    if stands.plan_estimated:
        words += " Months of the year for which no plan came take the mean of the months planned."
    return words


def position_page(page: PositionPage, provider: str = "") -> Page:
    """The system's (or one provider's) position by a dimension."""
    total = page.total
    lead = [standing_words(page.stands), f"Year to date {over(total.year_to_date.total)}."]
    if total.outturn is not None:
        ahead = total.outturn.statistical - total.plan_year
        lead.append(f"Forecast for the year {millions(total.outturn.statistical)}, {over(ahead)}.")
    for code, month in page.missing:
        lead.append(f"{page.names.get(code, code)} has sent nothing for {month:%B %Y}: left out, with its plan.")
    title = page.names.get(provider, provider) if provider else "System position"
    heading, _ = DIMENSIONS[page.by]
    return Page(
        title=title,
        lead=lead,
        tables=[_position_table(page, heading), _split_table(page, heading), _finding_table(page)],
        links=_dimension_links(provider),
        trail=[("Money", reverse("finance:overview"))] if provider else [],
    )


def _position_table(page: PositionPage, heading: str) -> Shown:
    columns = [(heading, False)] + [
        (name, True)
        for name in (
            "Month plan", "Month actual", "Month variance", "To date plan", "To date actual", "To date variance", "%",
            "Year plan", "Statistical", "Submitted", "Risk-adjusted",
        )
    ]  # fmt: skip
    rows = [_position_row(row, _label(page, row.key)) for row in page.rows]
    rows.append(_position_row(page.total, "Total"))
    says = "£ thousand. A positive variance is an overspend. Sums are of pence, rounded only here."
    return Shown("Plan, actual and outturn", columns, rows, says)


def _position_row(row: pure.PositionRow, label: Any) -> list[Any]:
    month, date = row.month, row.year_to_date
    outturn = row.outturn
    return [
        label, k(month.plan), k(month.actual), k(month.total), k(date.plan), k(date.actual), k(date.total),
        percent(date.total, date.plan) or "–", k(row.plan_year),
        k(outturn.statistical if outturn else None), k(outturn.submitted if outturn else None),
        k(outturn.risk_adjusted if outturn else None),
    ]  # fmt: skip


def _split_table(page: PositionPage, heading: str) -> Shown:
    columns = [(heading, False)] + [
        (name, True) for name in ("Volume", "Mix", "Price", "Without plan", "Variance to date")
    ]
    rows = [
        [label, k(split.volume), k(split.mix), k(split.price), k(split.unplanned), k(split.total)]
        for label, split in [
            *((_label(page, row.key), row.year_to_date) for row in page.rows),
            ("Total", page.total.year_to_date),
        ]
    ]
    says = "Volume, mix (between specialties) and price are told inside each point of delivery and then added; they make the variance to the penny."
    return Shown("Why: volume, mix and price", columns, rows, says)


def _finding_table(page: PositionPage) -> Shown:
    columns = [
        ("What", False),
        ("Provider", False),
        ("Where", False),
        ("From", False),
        ("£k", True),
        ("In words", False),
    ]
    rows = [
        [
            found["kind"].capitalize(), page.names.get(found["provider_code"], found["provider_code"]), found["pod"],
            f"{found['month']:%B %Y}", k(found["pence"]), found["says"],
        ]
        for found in page.findings
    ]  # fmt: skip
    return Shown(
        "Found in the figures", columns, rows, empty="No price change, volume change, gap or duplicate stands clear"
    )


def _label(page: PositionPage, key: Any) -> Any:
    text = page.names.get(str(key), str(key))
    if page.by == "provider" and key != NOT_STATED:
        return format_html('<a href="{}">{}</a>', reverse("finance:provider", args=[key]), text)
    return text


def _dimension_links(provider: str) -> list[tuple[str, str]]:
    base = reverse("finance:provider", args=[provider]) if provider else reverse("finance:overview")
    links = [
        (f"By {heading.lower()}", f"{base}?by={name}") for name, (heading, _) in DIMENSIONS.items() if name != "system"
    ]
    bridge = reverse("finance:bridge") + (f"?provider={provider}" if provider else "")
    return [*links, ("From plan to forecast", bridge)]


def bridge_page(stands: Standing, bridge: pure.Bridge, name: str) -> Page:
    steps = [(bridge.starts.says, bridge.starts.pence), *((step.says, step.pence) for step in bridge.steps)]
    words = (
        f"From {bridge.starts.says} of {millions(bridge.starts.pence)} to {bridge.ends.says} of {millions(bridge.ends.pence)}, "
        f"in {len(bridge.steps)} steps."
    )
    chart = waterfall(
        "From plan to forecast", [(says, pence / MILLION) for says, pence in steps], unit="£m", start="Plan",
        end=bridge.ends.says.capitalize(), words=words,
    )  # fmt: skip
    rows = [[says.capitalize(), k(pence)] for says, pence in (*steps, (bridge.ends.says, bridge.ends.pence))]
    return Page(
        title=f"From plan to forecast{': ' + name if name else ''}",
        lead=[standing_words(stands), words],
        charts=[chart],
        tables=[Shown("Each step", [("Step", False), ("£k", True)], rows)],
        trail=[("Money", reverse("finance:overview"))],
    )


def forecast_list(stands: Standing, lines: Sequence[LineForecast], names: Any) -> Page:
    rows = [
        [
            format_html('<a href="{}">{} {}</a>', reverse("finance:forecast", args=[line.provider_code, line.pod or NOT_STATED]),
                        names.get(line.provider_code, line.provider_code), line.pod or NOT_STATED),
            line.method.replace("_", " "), k(line.plan), k(line.outturn), k(line.outturn - line.plan), line.because,
        ]
        for line in lines
    ]  # fmt: skip
    columns = [
        ("Line", False),
        ("Method", False),
        ("Plan", True),
        ("Outturn", True),
        ("Over plan", True),
        ("Why this method", False),
    ]
    return Page(
        "Forecasts", [standing_words(stands), "Each line's method is the one with the least error on its own past years."],
        tables=[Shown("Forecast outturn by line, £ thousand", columns, rows)], trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip


def forecast_page(page: ForecastPage) -> Page:
    line, stands = page.line, page.stands
    actual = [(month, pence) for month, pence, _ in page.months if pence is not None]
    plan = [(month, pence) for month, _, pence in page.months]
    words = f"{page.name}, {line.pod}: {k(line.to_date)} thousand pounds to date, {k(line.outturn)} expected for {stands.year}."
    chart = line_chart(
        "Plan and actual by month",
        [
            Line("Actual", [month for month, _ in actual], [pence / 100_000 for _, pence in actual]),
            Line("Plan", [month for month, _ in plan], [pence / 100_000 for _, pence in plan], dashed=True),
        ],
        unit="£k", words=words, zero=True,
    )  # fmt: skip
    rows = [
        [
            held["method"].replace("_", " "), k(held["outturn"]),
            "–" if held["error"] is None else f"{100 * held['error']:.1f} %", held["tests"],
            "used" if held["method"] == line.method else "",
        ]
        for held in page.others
    ]  # fmt: skip
    lead = [standing_words(stands), f"Method: {line.method.replace('_', ' ')}; {line.because}."]
    if line.completion:
        lead.append(f"£{k(line.completion)}k is added for months whose first cut is not complete yet.")
    if line.lower is not None and line.upper is not None:
        lead.append(f"Four times in five the year should come to between £{k(line.lower)}k and £{k(line.upper)}k.")
    if line.says:
        lead.append(line.says.capitalize() + ".")
    columns = [
        ("Method", False),
        ("Outturn £k", True),
        ("Mean error on past years", True),
        ("Years tested", True),
        ("Which is used", False),
    ]
    return Page(
        f"Forecast: {page.name}, {line.pod}", lead, [chart],
        [Shown("Every method, with its back-test", columns, rows, "Each past year is forecast with only what was known then.")],
        trail=[("Money", reverse("finance:overview")), ("Forecasts", reverse("finance:forecasts"))],
    )  # fmt: skip


def reconciliation_page(page: ReconciliationPage) -> Page:
    tables = [
        Shown(
            "The same money in each source",
            [("Source", False), ("£k", True), ("Difference from the one above £k", True)],
            [
                [str(source).capitalize(), k(pence), k(None if place == 0 else page.found.steps[place - 1].difference)]
                for place, (source, pence) in enumerate(page.found.totals.items())
            ],
        )
    ]
    for step in page.found.steps:
        by_cause: dict[str, list[int]] = {}
        for cause in step.causes:
            by_cause.setdefault(cause.says, []).append(cause.pence)
        ranked = sorted(by_cause.items(), key=lambda item: -abs(sum(item[1])))
        rows = [[says.capitalize(), k(sum(amounts)), len(amounts)] for says, amounts in ranked]
        rows.append(["The whole difference", k(step.difference), len(step.causes)])
        columns = [("Cause", False), ("£k", True), ("Month, provider and point of delivery", True)]
        tables.append(
            Shown(f"From {step.left} to {step.right}", columns, rows, "Causes are ranked and add up to the difference.")
        )
        dearest = [[cause.says.capitalize(), cause.where, k(cause.pence)] for cause in step.causes[:15]]
        tables.append(
            Shown(
                f"The largest, {step.left} to {step.right}", [("Cause", False), ("Where", False), ("£k", True)], dearest
            )
        )
    rows = [
        [
            f"{row['local_pod'] or 'none'} (tariff {row['tariff_code'] or 'none'})", page.names.get(row["provider_code"], row["provider_code"]),
            row["lines"], k(row["pence"]), row["owner"] or "no owner", row["decided"] or "open",
        ]
        for row in page.unmapped
    ]  # fmt: skip
    columns = [
        ("Local point of delivery", False),
        ("Provider", False),
        ("Lines", True),
        ("At risk £k", True),
        ("Owner", False),
        ("Decided", False),
    ]
    tables.append(
        Shown(
            "Local points of delivery that are not mapped",
            columns,
            rows,
            empty="Every line has a national point of delivery",
        )
    )
    return Page(
        "Reconciliation", [standing_words(page.stands)], tables=tables, trail=[("Money", reverse("finance:overview"))]
    )


def schemes_page(held: Register) -> Page:
    total = held.total
    lead = [
        f"{held.year or 'No year'}: cash-releasing £{k(total.cash_releasing)}k, costs avoided £{k(total.avoided)}k (never cash).",
        f"Risk-adjusted: £{k(total.cash_risk_adjusted)}k and £{k(total.avoided_risk_adjusted)}k. Overlaps taken out: £{k(total.overlap_removed)}k.",
        "Red, amber, green: green from 95 % of the phased plan with milestones on time, red below 75 % or without owner or assessment.",
    ]
    columns = [
        ("Scheme", False), ("Strand", False), ("Maturity", False), ("Gross", True), ("Investment", True), ("Net", True),
        ("Overlap", True), ("Counted", True), ("Risk-adjusted", True), ("Full year", True), ("Kind", False), ("Rating", False), ("Because", False),
    ]  # fmt: skip
    rows = [_scheme_row(row) for row in held.rows]
    stages = [
        [name.replace("_", " ").capitalize(), count, k(value), k(risk)]
        for name, count, value, risk in pipeline(held.rows)
    ]
    impact = [
        [
            row.provider_code, ", ".join(f"{pod} {float(count):+,.0f}" for pod, count in sorted(row.activity_by_pod.items())),
            k(row.income_at_average), k(row.income_at_marginal), k(row.stranded),
        ]
        for row in held.impact
    ]  # fmt: skip
    return Page(
        "Schemes", lead,
        tables=[
            Shown("Schemes, £ thousand", columns, rows, empty="No scheme is loaded; load them from the template"),
            Shown("Pipeline by maturity, £ thousand", [("Maturity", False), ("Schemes", True), ("Counted", True), ("Risk-adjusted", True)], stages),
            Shown("Effect on providers, £ thousand", [("Provider", False), ("Activity in a full year", False), ("Income at average price", True),
                  ("Income at marginal price", True), ("Stranded cost", True)], impact, empty="No scheme states what it does to activity"),
        ],
        links=[(year, f"{reverse('finance:schemes')}?year={year}") for year in held.years],
        trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip


def _scheme_row(row: SchemeRow) -> list[Any]:
    scheme = row.scheme
    link = reverse("finance:scheme", args=[row.record.year.replace("/", "-"), row.record.reference])
    return [
        format_html('<a href="{}">{}</a>', link, scheme.title), scheme.strand or "–", scheme.maturity.replace("_", " "),
        k(scheme.gross_pence), k(scheme.investment_pence), k(scheme.net_pence), k(row.value.overlap), k(row.value.counted),
        k(row.value.risk_adjusted), k(row.full_year), "cash" if scheme.cash_releasing else "cost avoided",
        row.rating.rag.capitalize(), row.rating.because,
    ]  # fmt: skip


def control_page(page: ControlPage) -> Page:
    columns = [
        ("Organisation, cluster or system", False),
        ("Control total", True),
        ("Plan", True),
        ("Forecast", True),
        ("Variance", True),
        ("Met or not", False),
    ]
    rows = [
        [
            row.name if row.level == "organisation" else f"{row.level.capitalize()}: {row.name}", k(row.control_total), k(row.plan),
            k(row.forecast), k(row.variance), "met" if row.met else "not met",
        ]
        for row in page.rows
    ]  # fmt: skip
    tables = [
        Shown(
            "Control totals, £ thousand",
            columns,
            rows,
            "Surplus is positive, deficit negative.",
            "No control total is loaded",
        )
    ]
    for share in page.shares:
        parties = sorted(share.division.by_party)
        heading = [("Slice", False), ("£k", True), *((party, True) for party in parties)]
        slices = [
            [piece.says, k(piece.amount), *(k(piece.by_party.get(party)) for party in parties)]
            for piece in share.division.slices
        ]
        slices.append(["All", k(share.division.difference), *(k(share.division.by_party[party]) for party in parties)])
        says = f"Control total £{k(share.control_total)}k; outturn £{k(share.outturn)}k, {share.outturn_says}. Positive is over, and is borne."
        tables.append(Shown(f"{share.agreement.name}, version {share.agreement.version}", heading, slices, says))
    return Page(
        "Control totals and risk share", [page.year] if page.year else [], tables=tables,
        links=[(year, f"{reverse('finance:control')}?year={year}") for year in page.years], trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip


def five_year_page(page: FiveYearPage) -> Page:
    years = page.base.years
    last = years[-1]
    words = f"In {last.year} costs are {millions(last.cost)} against an allocation of {millions(last.allocation)}: a gap of {millions(last.gap)}."
    chart = line_chart(
        "The gap by year", [
            Line(name, [_april(year.year) for year in held.years], [year.gap / MILLION for year in held.years], dashed=name != "As planned")
            for name, held in page.scenarios
        ], unit="£m", words=words, zero=True,
    )  # fmt: skip
    rows = [[y.year, k(y.allocation), k(y.before_closing), k(y.gap_before), k(y.closing), k(y.gap)] for y in years]
    areas = [
        [
            line.area,
            line.year,
            k(line.opening),
            k(line.demographic),
            k(line.other_demand),
            k(line.price),
            k(line.before_closing),
            k(line.closing),
            k(line.cost),
        ]
        for line in page.base.areas
    ]
    moved = [[case.assumption.capitalize(), case.moved_by, k(case.effect), k(case.gap)] for case in page.sensitivity]
    area_columns = [("Area", False), ("Year", False)] + [
        (name, True) for name in ("Opening", "Demographic", "Other demand", "Price", "Before closing", "Closed", "Cost")
    ]
    return Page(
        "Five-year gap", [words], [chart],
        [
            Shown("Allocation, cost and gap, £ thousand", [("Year", False), ("Allocation", True), ("Cost if nothing is done", True),
                  ("Gap before", True), ("Closed", True), ("Gap", True)], rows),
            Shown("By area of spend, £ thousand", area_columns, areas),
            Shown(f"What the gap of {last.year} rests on, £ thousand", [("Assumption", False), ("Moved by", False), ("Effect", True), ("Gap", True)], moved),
        ],
        trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip


def _april(year: str) -> Any:
    return FinancialYear.parse(year).first_day


def phasing_table(row: SchemeRow) -> Shown:
    """A scheme's net value by month."""
    months = [
        [f"{month:%B %Y}", k(pence)] for month, pence in zip(row.scheme.year.months, phased(row.scheme), strict=True)
    ]
    return Shown("Net value by month, £ thousand", [("Month", False), ("£k", True)], months)
