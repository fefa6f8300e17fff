"""The monthly pack: the same services as the pages, as a spreadsheet, a Word document or a tagged PDF."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from commonweal.errors import BadInput
from commonweal.finance import pack as pure
from commonweal.finance.money import in_millions
from commonweal.finance.pack import Pack, PackTable
from commonweal.finance.position import PositionRow
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.services import contracts, position, schemes, system
from commonweal.web.finance.services.cube import DIMENSIONS
from commonweal.web.finance.services.position import PositionPage

PURPOSE = "planning"
FORMATS: dict[str, tuple[Callable[[Pack], bytes], str, str]] = {
    "xlsx": (pure.spreadsheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "spreadsheet"),
    "docx": (pure.word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"),
    "pdf": (pure.pdf, "application/pdf", "PDF"),
}


def made(*, by: Actor, kind: str) -> tuple[bytes, str, str]:
    """The pack as a file: its content, content type and name. Written to the audit before it is given."""
    check_can(by, "finance.export")
    if kind not in FORMATS:
        raise BadInput("the pack is not made in that format", value=kind, remedy=f"one of {', '.join(FORMATS)}")
    held = pack(by=by)
    make, content_type, _ = FORMATS[kind]
    content = make(held)
    audit.record(
        by, purpose=PURPOSE, action="export finance pack", object=f"pack:{held.month}:{kind}", release_id=held.stamp
    )
    return content, content_type, f"finance-pack-{held.month}.{kind}"


def pack(*, by: Actor) -> Pack:
    """The monthly pack from the current release. Raises `NotAllowed`."""
    pages = [position.position(by=by, dimension=name) for name in ("provider", "pod")]
    stands, total = pages[0].stands, pages[0].total
    register = schemes.register(by=by)
    summary = [
        f"Month {stands.months} of {stands.year}: year to date £{in_millions(total.year_to_date.actual, 1)}m against a plan of "
        f"£{in_millions(total.year_to_date.plan, 1)}m.",
        f"Volume £{in_millions(total.year_to_date.volume, 1)}m, mix £{in_millions(total.year_to_date.mix, 1)}m, price "
        f"£{in_millions(total.year_to_date.price, 1)}m, without plan £{in_millions(total.year_to_date.unplanned, 1)}m.",
    ]
    if total.outturn is not None:
        summary.append(
            f"Forecast outturn £{in_millions(total.outturn.statistical, 1)}m against a plan of £{in_millions(total.plan_year, 1)}m."
        )
    if register.rows:
        summary.append(
            f"{len(register.rows)} schemes of {register.year}: £{in_millions(register.total.cash_releasing, 1)}m cash-releasing, "
            f"£{in_millions(register.total.cash_risk_adjusted, 1)}m risk-adjusted."
        )
    return Pack(
        title="Finance pack",
        month=f"{stands.latest:%Y-%m}",
        stamp=f"release {stands.release_id}",
        made_at=timezone.now(),
        summary=tuple(summary),
        tables=(
            *(_position_table(page) for page in pages),
            _findings(pages[0]),
            *_bridges(by),
            _forecasts(by),
            _reconciliation(by),
            _contracts(by),
            *_control(by, str(stands.year)),
            _schemes(register),
        ),
        invented=stands.invented,
    )


def _position_table(page: PositionPage) -> PackTable:
    heading = DIMENSIONS[page.by][0]
    rows = [(*_row(row, page.names.get(str(row.key), str(row.key))),) for row in page.rows]
    rows.append(_row(page.total, "Total"))
    return PackTable(
        f"Position by {heading.lower()}",
        (
            heading,
            "Plan to date",
            "Actual to date",
            "Variance",
            "Volume",
            "Mix",
            "Price",
            "No plan",
            "Plan for year",
            "Outturn",
        ),
        tuple(rows),
        frozenset(range(1, 10)),
        "A positive variance is an overspend",
    )


def _row(row: PositionRow, label: str) -> tuple[pure.Cell, ...]:
    held = row.year_to_date
    return (
        label, held.plan, held.actual, held.total, held.volume, held.mix, held.price, held.unplanned, row.plan_year,
        row.outturn.statistical if row.outturn else None,
    )  # fmt: skip


def _bridges(by: Actor) -> list[PackTable]:
    """From plan to forecast; from last month to this one, where there is a last month."""
    _, to_forecast, _ = position.bridge(by=by)
    moved = position.movements(by=by).bridge
    named = [("From plan to forecast", to_forecast)] + ([("From last month", moved)] if moved else [])
    return [
        PackTable(
            title, ("Step", "Amount"), tuple((step.says, step.pence) for step in (held.starts, *held.steps, held.ends)), frozenset({1}),
            "Each step is added to the one before",
        )
        for title, held in named
    ]  # fmt: skip


def _forecasts(by: Actor) -> PackTable:
    _, lines, names = position.forecast_lines(by=by)
    rows = tuple(
        (
            f"{names.get(line.provider_code, line.provider_code)} {line.pod}",
            line.method.replace("_", " "),
            line.plan,
            line.outturn,
            line.because,
        )
        for line in lines
    )
    headings = ("Line", "Method", "Plan for year", "Outturn", "Why this method")
    return PackTable(
        "Forecasts",
        headings,
        rows,
        frozenset({2, 3}),
        "Each line by the method with the least error on its own past years",
    )


def _reconciliation(by: Actor) -> PackTable:
    found = position.reconciliation(by=by).found
    rows: list[tuple[pure.Cell, ...]] = [(str(source), "", pence) for source, pence in found.totals.items()]
    for step in found.steps:
        causes: dict[str, int] = {}
        for cause in step.causes:
            causes[cause.says] = causes.get(cause.says, 0) + cause.pence
        ranked = sorted(causes.items(), key=lambda one: -abs(one[1]))
        rows += [(f"{step.left} to {step.right}", says, pence) for says, pence in ranked]
        rows.append((f"{step.left} to {step.right}", "the whole difference", step.difference))
    return PackTable(
        "Reconciliation", ("Source", "Cause", "Amount"), tuple(rows), frozenset({2}), "The same money in each source"
    )


def _contracts(by: Actor) -> PackTable:
    _, lines, names = contracts.contracts(by=by)
    rows = tuple(
        (
            names.get(line.provider_code, line.provider_code), line.result.form.title if line.result else "not recorded", line.plan, line.at_price,
            line.result.payment.paid if line.result and line.result.payment else None,
        )
        for line in lines
    )  # fmt: skip
    headings = ("Provider", "Form this year", "Plan to date", "Activity at price", "Its form pays")
    return PackTable("Contracts", headings, rows, frozenset({2, 3, 4}), "Each contract under its own form")


def _control(by: Actor, year: str) -> list[PackTable]:
    """Control totals of the year that the pack is about, where they are loaded."""
    if year not in system.control(by=by).years:
        return []
    rows = tuple(
        (
            row.name if row.level == "organisation" else f"{row.level}: {row.name}",
            row.control_total,
            row.plan,
            row.forecast,
            row.variance,
        )
        for row in system.control(by=by, year=year).rows
    )
    headings = ("Organisation", "Control total", "Plan", "Forecast", "Variance")
    return [PackTable("Control totals", headings, rows, frozenset({1, 2, 3, 4}), "Surplus is positive")] if rows else []


def _findings(page: PositionPage) -> PackTable:
    rows = tuple(
        (
            found["kind"], page.names.get(found["provider_code"], found["provider_code"]), found["pod"],
            f"{found['month']:%B %Y}", found["pence"], found["says"],
        )
        for found in page.findings
    )  # fmt: skip
    return PackTable(
        "Found in the figures", ("What", "Provider", "Where", "From", "Worth", "In words"), rows, frozenset({4})
    )


def _schemes(register: schemes.Register) -> PackTable:
    rows = tuple(
        (
            row.scheme.title, row.scheme.maturity.replace("_", " "), row.scheme.net_pence, row.value.overlap, row.value.counted,
            row.value.risk_adjusted, "cash" if row.scheme.cash_releasing else "cost avoided", row.rating.rag,
        )
        for row in register.rows
    )  # fmt: skip
    headings = ("Scheme", "Maturity", "Net", "Overlap", "Counted", "Risk-adjusted", "Kind", "Rating")
    return PackTable(
        "Schemes", headings, rows, frozenset({2, 3, 4, 5}), "Overlaps are taken out; a cost avoided is never cash"
    )
