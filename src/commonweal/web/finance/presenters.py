"""Positions, forecasts, bridges and schemes as words, rows and charts. Money is pence until here; tables show £k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html

from commonweal.charts.base import Chart
from commonweal.charts.groups import waterfall
from commonweal.charts.series import Line, line_chart
from commonweal.finance import position as pure
from commonweal.finance.anomalies import EVERYONE, FEEDS, GROUPS
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.money import in_millions, in_thousands, percent
from commonweal.finance.pod import pod_words
from commonweal.finance.reconcile import Cause
from commonweal.governance.disclosure import MASK, show_count
from commonweal.governance.purpose import resolve
from commonweal.web.finance.services.cube import DIMENSIONS, NOT_STATED, LineForecast, Standing
from commonweal.web.finance.services.local_pods import LocalPod
from commonweal.web.finance.services.position import (
    SCHEME_EFFECT,
    ForecastPage,
    Movements,
    PositionPage,
    ReconciliationPage,
)
from commonweal.web.finance.services.system import ControlPage, FiveYearPage

MILLION = 100_000_000
WHOLE_NAMES = frozenset(FEEDS.values()) | frozenset(GROUPS)


PLANNING = resolve("planning").profile


def activity(value: float | None) -> str:
    """Activity through the disclosure door; a negative one is a correction, of as many."""
    if value is None:
        return "–"
    shown = show_count(abs(round(value)), PLANNING).text
    return shown if value >= 0 or shown == MASK else f"-{shown}"


@dataclass(frozen=True)
class Shown:
    """One table of a page. `columns` are (heading, is it a number)."""

    caption: str
    columns: list[tuple[str, bool]]
    rows: list[list[Any]]
    says: str = ""
    empty: str = "Nothing to show"
    more: tuple[tuple[str, str], ...] = ()
    """Where its figures come from, or where they are changed: words and address."""


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


def signed(pence: int | None) -> str:
    """Thousands of pounds with the sign before the pound: ``-£26k``; a dash where there is none."""
    return "–" if pence is None else f"{'-' if pence < 0 else ''}£{in_thousands(abs(pence))}k"


def first_upper(words: str) -> str:
    """A sentence's first letter; names inside it stay as they are."""
    return words[:1].upper() + words[1:]


def over(pence: int) -> str:
    """A variance in millions of pounds, over or under plan."""
    return f"{millions(pence)} {'over' if pence > 0 else 'under'} plan" if pence else "on plan"


def standing_words(stands: Standing) -> str:
    """Up to which month the figures go, and what in the plan is estimated."""
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
        tables=[make(page, heading, provider) for make in (_position_table, _outturn_table, _split_table)]
        + [_finding_table(page)],
        links=_dimension_links(provider),
        trail=[("Money", reverse("finance:overview"))] if provider else [],
    )


def _position_table(page: PositionPage, heading: str, provider: str) -> Shown:
    columns = [(heading, False)] + [
        (name, True)
        for name in (
            "Month plan", "Month actual", "Month variance", "To date plan", "To date actual", "To date variance", "%",
        )
    ]  # fmt: skip
    rows = [_position_row(row, _label(page, row.key, provider)) for row in page.rows]
    rows.append(_position_row(page.total, "Total"))
    says = "£ thousand. A positive variance is an overspend. Sums are of pence, rounded only here."
    return Shown("Plan and actual", columns, rows, says)


def _position_row(row: pure.PositionRow, label: Any) -> list[Any]:
    month, date = row.month, row.year_to_date
    return [
        label, k(month.plan), k(month.actual), k(month.total), k(date.plan), k(date.actual), k(date.total),
        percent(date.total, date.plan) or "–",
    ]  # fmt: skip


def _outturn_table(page: PositionPage, heading: str, provider: str) -> Shown:
    columns = [(heading, False)] + [
        (name, True) for name in ("Year plan", "Statistical", "Over plan", "Submitted", "Risk-adjusted")
    ]
    rows = [_outturn_row(row, _label(page, row.key, provider)) for row in page.rows]
    rows.append(_outturn_row(page.total, "Total"))
    says = (
        "Statistical: each line by the method that its own past years chose. Submitted: what the provider says. Risk-adjusted: "
        "statistical with known changes and the savings still to come, by their likelihood; both by provider alone."
    )
    return Shown("Outturn for the year", columns, rows, says)


def _outturn_row(row: pure.PositionRow, label: Any) -> list[Any]:
    outturn = row.outturn
    return [
        label, k(row.plan_year), k(outturn.statistical if outturn else None), k(row.forecast_variance),
        k(outturn.submitted if outturn else None), k(outturn.risk_adjusted if outturn else None),
    ]  # fmt: skip


def _split_table(page: PositionPage, heading: str, provider: str) -> Shown:
    columns = [(heading, False)] + [
        (name, True) for name in ("Volume", "Mix", "Price", "Without plan", "Variance to date")
    ]
    rows = [
        [label, k(split.volume), k(split.mix), k(split.price), k(split.unplanned), k(split.total)]
        for label, split in [
            *((_label(page, row.key, provider), row.year_to_date) for row in page.rows),
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
            found["kind"].capitalize(), page.names.get(found["provider_code"], found["provider_code"]), _finding_place(found),
            f"{found['month']:%B %Y}", k(found["pence"]), found["says"],
        ]
        for found in page.findings
    ]  # fmt: skip
    return Shown(
        "Found in the figures",
        columns,
        rows,
        empty="No price change, volume change, gap, duplicate or scheme effect stands clear",
    )


def _finding_place(found: dict[str, Any]) -> Any:
    """Where something was found, with the trail to its lines (a whole feed: to its provider)."""
    pod, provider = found["pod"], found["provider_code"]
    if found["kind"] == SCHEME_EFFECT:
        return format_html('<a href="{}">{}</a>', reverse("finance:programmes"), pod)
    if provider == EVERYONE:
        return format_html('<a href="{}">{}</a>', reverse("finance:breakdown", args=["pod", pod]), pod_words(pod))
    if pod in WHOLE_NAMES or not pod:
        return format_html('<a href="{}">{}</a>', reverse("finance:provider", args=[provider]), pod or "every line")
    address = reverse("finance:trace", args=[provider, pod])
    return format_html('<a href="{}?month={}">{}</a>', address, f"{found['month']:%Y-%m}", pod_words(pod))


def _label(page: PositionPage, key: Any, provider: str = "") -> Any:
    """A row's name with its trail: a provider's page, a provider's contract lines, or the lines that make the row."""
    text = page.names.get(str(key), str(key))
    if page.by == "pod":
        text = pod_words(text)
    if page.by == "provider" and key != NOT_STATED:
        address = reverse("finance:provider", args=[key])
    elif page.by == "pod" and provider:
        address = reverse("finance:trace", args=[provider, key])
    else:
        address = reverse("finance:breakdown", args=[page.by, key])
    return format_html('<a href="{}">{}</a>', address, text)


def _dimension_links(provider: str) -> list[tuple[str, str]]:
    base = reverse("finance:provider", args=[provider]) if provider else reverse("finance:overview")
    links = [
        (f"By {heading.lower()}", f"{base}?by={name}") for name, (heading, _) in DIMENSIONS.items() if name != "system"
    ]
    bridge = reverse("finance:bridge") + (f"?provider={provider}" if provider else "")
    contract = [("Its contract, form by form", reverse("finance:contract", args=[provider]))] if provider else []
    return [*links, ("From plan to forecast, and since last month", bridge), *contract]


def bridge_page(stands: Standing, bridge: pure.Bridge, name: str, moved: Movements, provider: str = "") -> Page:
    """The plan to the forecast, and last month's forecast to this month's, each step a line."""
    words = _bridge_words(bridge)
    charts = [_waterfall("From plan to forecast", bridge, words)]
    tables = [_steps(bridge, "From plan to forecast, each step")]
    lead = [standing_words(stands), words]
    if moved.bridge is None:
        lead.append(
            "There is no forecast of last month for this year: this is its first month, or nothing had arrived then."
        )
    else:
        lead.append(_bridge_words(moved.bridge))
        charts.append(_waterfall("From last month to this month", moved.bridge, _bridge_words(moved.bridge)))
        tables += [_steps(moved.bridge, "From last month's forecast to this month's, each step"), _moved_table(moved)]
    base = reverse("finance:provider", args=[provider]) if provider else reverse("finance:overview")
    return Page(
        f"From plan to forecast{': ' + name if name else ''}", lead, charts, tables,
        links=[("The position behind it", base), ("Forecasts, line by line", reverse("finance:forecasts"))],
        trail=[("Money", reverse("finance:overview"))],
    )  # fmt: skip


def _bridge_words(bridge: pure.Bridge) -> str:
    moved = bridge.ends.pence - bridge.starts.pence
    return (
        f"From {bridge.starts.says} of {millions(bridge.starts.pence)} to {bridge.ends.says} of {millions(bridge.ends.pence)}: "
        f"{millions(moved)} {'more' if moved > 0 else 'less'}, in {len(bridge.steps)} {'step' if len(bridge.steps) == 1 else 'steps'}."
    )


def _waterfall(title: str, bridge: pure.Bridge, words: str) -> Chart:
    """The steps alone, from nothing: beside the totals they would be too thin to see."""
    large = max(abs(step.pence) for step in (*bridge.steps, pure.BridgeStep("", 0))) >= 10 * MILLION
    unit, scale = ("£m", MILLION) if large else ("£k", 100_000)
    steps = [
        (first_upper(bridge.starts.says), 0.0),
        *((first_upper(step.says), step.pence / scale) for step in bridge.steps),
    ]
    return waterfall(
        f"{title}: what changes", steps, unit=unit, start=steps[0][0], end="The whole change", words=words
    )  # fmt: skip


def _steps(bridge: pure.Bridge, caption: str) -> Shown:
    steps = (bridge.starts, *bridge.steps, bridge.ends)
    return Shown(caption, [("Step", False), ("£k", True)], [[first_upper(step.says), k(step.pence)] for step in steps])


def _moved_table(moved: Movements) -> Shown:
    """The lines whose forecast moved most, with the trail to each."""
    lines = sorted(moved.lines, key=lambda line: -abs(line.forecast_now - line.forecast_before))[:15]
    rows = []
    for line in lines:
        code, pod = line.key  # type: ignore[misc]
        link = reverse("finance:forecast", args=[code, pod or NOT_STATED])
        rows.append([
            format_html('<a href="{}">{}, {}</a>', link, moved.names.get(code, code), pod_words(pod or NOT_STATED)), k(line.forecast_before), k(line.restated),
            k(line.expected), k(line.arrived), k(line.forecast_now), k(line.forecast_now - line.forecast_before),
        ])  # fmt: skip
    columns = [
        ("Line", False), ("Forecast last month", True), ("Restated", True), ("Expected of the month", True), ("It came to", True), ("Forecast now", True), ("Moved", True),
    ]  # fmt: skip
    says = "Last month's forecast is made again from the files that had arrived then, by the same rule."
    return Shown("The lines that moved most, £ thousand", columns, rows, says)


def forecast_list(stands: Standing, lines: Sequence[LineForecast], names: Any) -> Page:
    """The page of every line's forecast."""
    rows = [
        [
            format_html('<a href="{}">{}, {}</a>', reverse("finance:forecast", args=[line.provider_code, line.pod or NOT_STATED]),
                        names.get(line.provider_code, line.provider_code), pod_words(line.pod or NOT_STATED)),
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
    """The page of one line's forecast."""
    line, stands = page.line, page.stands
    actual = [(month, pence) for month, pence, _ in page.months if pence is not None]
    plan = [(month, pence) for month, _, pence in page.months]
    words = f"{page.name}, {pod_words(line.pod or NOT_STATED)}: {k(line.to_date)} thousand pounds to date, {k(line.outturn)} expected for {stands.year}."
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
        lead.append(first_upper(line.says) + ".")
    columns = [
        ("Method", False),
        ("Outturn £k", True),
        ("Mean error on past years", True),
        ("Years tested", True),
        ("Which is used", False),
    ]
    return Page(
        f"Forecast: {page.name}, {pod_words(line.pod or NOT_STATED)}", lead, [chart],
        [Shown("Every method, with its back-test", columns, rows, "Each past year is forecast with only what was known then.")],
        links=[("Its contract lines and contacts", reverse("finance:trace", args=[line.provider_code, line.pod or NOT_STATED]))],
        trail=[("Money", reverse("finance:overview")), ("Forecasts", reverse("finance:forecasts"))],
    )  # fmt: skip


def reconciliation_page(page: ReconciliationPage, may: bool) -> Page:
    """The page of the four sources."""
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
        rows = [[first_upper(says), k(sum(amounts)), len(amounts)] for says, amounts in ranked]
        rows.append(["The whole difference", k(step.difference), len(step.causes)])
        columns = [("Cause", False), ("£k", True), ("Month, provider and point of delivery", True)]
        tables.append(
            Shown(f"From {step.left} to {step.right}", columns, rows, "Causes are ranked and add up to the difference.")
        )
        dearest = [[first_upper(cause.says), _where(cause, page.names), k(cause.pence)] for cause in step.causes[:15]]
        tables.append(
            Shown(
                f"The largest, {step.left} to {step.right}", [("Cause", False), ("Where", False), ("£k", True)], dearest
            )
        )
    tables.append(_local_pods(page, may))
    links = [("The year to date", reverse("finance:reconciliation"))] + [
        (f"{month:%B}", f"{reverse('finance:reconciliation')}?month={place}")
        for place, month in enumerate(page.stands.year.months[: page.stands.months], start=1)
    ]
    return Page(
        "Reconciliation", [standing_words(page.stands)], tables=tables, links=links, trail=[("Money", reverse("finance:overview"))]
    )  # fmt: skip


def _where(cause: Cause, names: Mapping[str, str]) -> Any:
    """A cause's place in words, with the trail to its lines."""
    if cause.key is None:
        return cause.where
    month, provider, pod = cause.key
    words = ", ".join([f"{month:%B %Y}", names.get(provider, provider), *([pod_words(pod)] if pod else [])])
    if pod is None:
        return format_html('<a href="{}">{}</a>', reverse("finance:provider", args=[provider]), words)
    address = reverse("finance:trace", args=[provider, pod])
    return format_html('<a href="{}?month={}">{}</a>', address, f"{month:%Y-%m}", words)


def _local_pods(page: ReconciliationPage, may: bool) -> Shown:
    """Local codes with their value at risk now, their owner and what was decided; each leads to its question."""
    rows = []
    for row in page.unmapped:
        provider, local, tariff = row.key
        label: Any = f"{local or 'none'} (tariff {tariff or 'none'})"
        if may:
            query = urlencode({"provider": provider, "local": local, "tariff": tariff})
            label = format_html('<a href="{}?{}">{}</a>', reverse("finance:own_pod"), query, label)
        rows.append([
            label, page.names.get(provider, provider), f"{row.first_month:%b %Y} to {row.last_month:%b %Y}", row.lines, k(row.pence), k(row.at_risk),
            row.owner or "no owner", _decision(row),
        ])  # fmt: skip
    if rows:
        rows.append(["All", "", "", sum(row.lines for row in page.unmapped), k(sum(row.pence for row in page.unmapped)),
                     k(sum(row.at_risk for row in page.unmapped)), "", ""])  # fmt: skip
    columns = [
        ("Local point of delivery", False), ("Provider", False), ("Months", False), ("Lines", True), ("Value £k", True), ("At risk now £k", True),
        ("Owner", False), ("Decided", False),
    ]  # fmt: skip
    says = "A decision counts on every page from when it is made, for its months; what no decision covers stays at risk under “not stated”."
    return Shown(
        "Local points of delivery that are not mapped",
        columns,
        rows,
        says if rows else "",
        "Every line has a national point of delivery",
    )


def _decision(row: LocalPod) -> str:
    if not row.decided:
        return "open"
    words = f"{row.decided}, {f'from {row.decided_from:%B %Y}' if row.decided_from else 'from the start'}"
    return words + (f" to {row.decided_to:%B %Y}" if row.decided_to else "")


def local_pod_page(row: LocalPod) -> Page:
    """The page of one unmapped local point of delivery."""
    provider, local, tariff = row.key
    facts = [
        ["Provider", provider or "none"], ["Local point of delivery", local or "none"], ["Tariff", tariff or "none"],
        ["Months", f"{row.first_month:%B %Y} to {row.last_month:%B %Y}"], ["Lines", row.lines], ["Value £k", k(row.pence)], ["At risk now £k", k(row.at_risk)],
        ["Decided", _decision(row)],
    ]  # fmt: skip
    return Page(
        f"Local point of delivery {local or 'without a code'}", ["All three parts of the key must match; a missing part matches a missing part."],
        tables=[Shown("What it is", [("What", False), ("Value", False)], facts)],
        links=[("Its contract lines", reverse("finance:trace", args=[provider, NOT_STATED]))],
        trail=[("Money", reverse("finance:overview")), ("Reconciliation", reverse("finance:reconciliation"))],
    )  # fmt: skip


def control_page(page: ControlPage) -> Page:
    """The page of control totals and risk shares."""
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
    """The page of the five-year model."""
    years = page.base.years
    last = years[-1]
    words = f"In {last.year} costs are {millions(last.cost)} against an allocation of {millions(last.allocation)}: a gap of {millions(last.gap)}."
    chart = line_chart(
        "The gap by year", [
            Line(name, [_april(year.year) for year in held.years], [year.gap / MILLION for year in held.years], dashed=name != "As planned")
            for name, held in page.scenarios
        ], unit="£m", words=words, zero=True, years=True,
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
