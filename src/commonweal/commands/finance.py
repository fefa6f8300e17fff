"""``commonweal finance``: the source documents' figures derived again, and what forecasts are worth."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from commonweal.commands import audited
from commonweal.commands.shared import JsonOption, PurposeOption, StoreOption, console, emit, open_store
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serve_file import people_of
from commonweal.engine.serving import open_reader
from commonweal.finance.accident_emergency import errors_by_method
from commonweal.finance.financial_position import financial_position
from commonweal.finance.money import in_millions, in_thousands
from commonweal.finance.pod import pod_sql, rule_sets
from commonweal.finance.printed_tables import (
    harrow_savings,
    pod_variance,
    recovery_schemes,
    west_london_impact,
)
from commonweal.governance.disclosure import show_count
from commonweal.store import DEFAULT_STORE

finance = typer.Typer(no_args_is_help=True, help="Positions, forecasts and the figures of the source documents.")


@finance.command()
def reproduce(as_json: JsonOption = False) -> None:
    """Derive the source documents' financial tables from their parts, and name every figure that does not add up."""
    rows, pod_wrong = pod_variance()
    schemes, schemes_total, schemes_wrong = recovery_schemes()
    impact, harrow, position = west_london_impact(), harrow_savings(), financial_position()
    derived = [figure for figure in position if figure.derived is not None]
    wrong = (*pod_wrong, *schemes_wrong, *impact.disagreements, *harrow.disagreements)
    if as_json:
        emit(
            {
                "pod_variance_m": {row.pod: in_millions(row.total) for row in rows if row.kind == "item"},
                "pod_variance_total_m": in_millions(sum(row.total for row in rows if row.kind == "item")),
                "schemes_m": {name: in_millions(pence, 1) for name, pence in schemes.items()},
                "schemes_total_m": in_millions(schemes_total, 1),
                "west_london_k": {
                    "gross": in_thousands(impact.gross),
                    "investment": in_thousands(impact.investment),
                    "net": in_thousands(impact.net),
                    "by_provider": {name: in_thousands(pence) for name, pence in impact.by_sector.items()},
                    "carried_by_no_provider": {name: in_thousands(pence) for name, pence in impact.unassigned.items()},
                },
                "harrow_m": {
                    "by_area": {area: in_millions(pence, 1) for area, pence in harrow.area_totals.items()},
                    "by_year": {year: in_millions(pence, 1) for year, pence in harrow.year_totals.items()},
                    "total": in_millions(harrow.total, 1),
                },
                "financial_position": {
                    "rows": len(position),
                    "derived": len(derived),
                    "agree": sum(figure.agrees is True for figure in derived),
                    "differ": [
                        {"id": f.id, "printed": str(f.printed), "derived": str(f.derived), "how": f.how}
                        for f in derived
                        if f.agrees is False
                    ],
                },
                "disagreements": [{"table": d.table, "place": d.place, "says": d.says} for d in wrong],
            }
        )
        return
    _show_pod_variance(rows)
    console.print(f"Recovery schemes: {len(schemes)} make {in_millions(schemes_total, 1)}")
    console.print(
        f"West London 2014/15 (£k): gross {in_thousands(impact.gross)}, invested {in_thousands(impact.investment)}, "
        f"net {in_thousands(impact.net)}; carried by no provider: "
        + ", ".join(f"{name} {in_thousands(pence)}" for name, pence in impact.unassigned.items())
    )
    for name, pence in impact.by_sector.items():
        console.print(f"    {name}: {in_thousands(pence)}")
    years = ", ".join(f"{year} {in_millions(pence, 1)}" for year, pence in harrow.year_totals.items())
    console.print(f"Harrow (£m): {years}; all years {in_millions(harrow.total, 1)}")
    console.print(f"Financial position: {len(derived)} of {len(position)} rows follow from other printed figures")
    for figure in derived:
        if figure.agrees is False:
            console.print(f"    {figure.id}: {figure.printed} printed, {figure.derived} derived ({figure.how})")
    console.print("Printed figures that their own parts do not make:")
    for item in wrong:
        console.print(f"    {item.place}: {item.says}")


@finance.command()
def backtest(
    month: Annotated[int, typer.Option("--month", min=1, max=11, help="Stand after this month of the year")] = 6,
    as_json: JsonOption = False,
) -> None:
    """Forecast error by method on 52 real months of A&E attendances at every trust, against naive."""
    found = errors_by_method(month)
    if as_json:
        emit(
            {
                "month": month,
                "methods": [
                    {"method": e.method, "forecasts": e.forecasts, "error": e.error, "bias": e.bias, "worst": e.worst}
                    for e in found
                ],
            }
        )
        return
    table = Table(title=f"Outturn error standing after month {month}, A&E attendances by trust")
    for heading in ("method", "forecasts", "mean error", "bias", "worst"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for e in found:
        shares = (f"{100 * share:.2f} %" for share in (e.error, e.bias, e.worst))
        table.add_row(e.method.replace("_", " "), str(e.forecasts), *shares)
    console.print(table)


@finance.command("pod-orders")
def pod_orders(purpose: PurposeOption, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Where the two published point of delivery orders differ, on the contacts of the release that serves.

    `differ` counts contacts that fall into another group; a finer code of the same group is listed and not counted.
    """
    opened = open_store(store)
    audited.begin(opened, purpose)
    reader = open_reader(opened, purpose)
    record, sets, profile = RecordFiles.open(reader.folder), rule_sets(), reader.rule.profile
    age = "date_diff('year', p.birth_month, c.start_date) - CAST(month(c.start_date) < month(p.birth_month) AS INTEGER)"
    live, model = pod_sql("icb-live"), pod_sql("nhp", sex="person_sex", age="person_age")
    found = reader.cursor.execute(
        f"""SELECT a.pod, b.pod, a.rule, b.rule, count(*) AS contacts
        FROM (SELECT {live} AS a, {model} AS b FROM (
          SELECT c.*, p.sex AS person_sex, {age} AS person_age
          FROM {record.relation("contact")} c JOIN {record.relation("person")} p USING (person_key)
          WHERE c.setting IN ('apc', 'op', 'ae') AND NOT coalesce(c.confidential, false)
            AND person_key IN (SELECT person_key FROM {people_of(reader.folder, reader.rule)})))
        GROUP BY ALL ORDER BY contacts DESC"""
    ).fetchall()
    rows = [
        {
            "live": row[0], "model": row[1], "contacts": show_count(row[4], profile).text,
            "kind": "finer code" if _group(row[0]) == _group(row[1]) else "another group",
            "because": f"{sets['icb-live'].explain(row[2])} | {sets['nhp'].explain(row[3])}",
        }
        for row in found
        if row[0] != row[1]
    ]  # fmt: skip
    audited.write(purpose, "compare POD orders", object="contacts", release_id=reader.release().id, count=len(rows))
    differ = sum(row[4] for row in found if _group(row[0]) != _group(row[1]))
    whole = sum(row[4] for row in found)
    if as_json:
        emit({"contacts": show_count(whole, profile).text, "differ": show_count(differ, profile).text, "rows": rows})
        return
    table = Table(
        "live order", "model's order", "contacts", "live rule | model's rule", title="Where the two orders differ"
    )
    for row in rows:
        table.add_row(row["live"] or "none", row["model"] or "none", row["contacts"], row["kind"], row["because"])
    console.print(table)


def _group(pod: str | None) -> str:
    """Codes of one group: the model has one code where the live order has several."""
    starts = {
        "OPFA": "first",
        "NF2FFA": "first",
        "OPFUP": "follow-up",
        "NF2FFUP": "follow-up",
        "OPPROC": "procedure",
        "NELST": "NEL",
    }
    return next((group for start, group in starts.items() if (pod or "").startswith(start)), pod or "none")


@finance.command("load-documents")
def load_documents(
    store: StoreOption = DEFAULT_STORE,
    mode: Annotated[str, typer.Option(help="Settings to use: demo or production")] = "demo",
    as_json: JsonOption = False,
) -> None:
    """Put the documents' printed schemes, control totals and growth into the register. Done twice, it adds nothing."""
    from commonweal.web.setup import prepare

    prepare(open_store(store), mode)
    from commonweal.web.finance.services import loading

    new = loading.load_documents()
    if as_json:
        emit({"new": new})
        return
    console.print("new: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in new.items()))


@finance.command("example")
def example(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """An invented month in a demonstration: ledger, contract forms, schemes with their people, what should have stopped."""
    from commonweal.web.setup import prepare

    prepare(open_store(store), "demo")
    from commonweal.web import server
    from commonweal.web.finance.services.example import make_example

    server.make_ready(demo=True)
    page, new = "/finance/schemes/", make_example()
    if as_json:
        emit({"page": page, "new": new})
        return
    console.print(f"{page} " + ("is made" if new else "was there already"))


def _show_pod_variance(rows: tuple) -> None:
    table = Table(title="North West London, month 4 of 2019/20, acute variance (£m; negative is an overspend)")
    for heading in ("point of delivery", "year to date", "forecast", "risk share", "total", "printed"):
        table.add_column(heading, justify="left" if heading == "point of delivery" else "right")
    for row in rows:
        if row.kind != "total":
            amounts = (row.year_to_date, row.forecast, row.risk_share, row.total, row.printed_total)
            table.add_row(row.name, *(in_millions(amount) for amount in amounts))
    items = [row for row in rows if row.kind == "item"]
    printed = sum(row.printed_total for row in rows if row.kind == "total")
    sums = [sum(getattr(row, name) for row in items) for name in ("year_to_date", "forecast", "risk_share", "total")]
    table.add_row("Total of the items", *(in_millions(amount) for amount in (*sums, printed)), style="bold")
    console.print(table)


def register(app: typer.Typer) -> None:
    """Add the `finance` commands."""
    app.add_typer(finance, name="finance")
