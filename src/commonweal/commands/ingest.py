"""Commands that take files in: `ingest`, `quality`, `mapping`."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, progress
from commonweal.errors import BadInput, ExitCode, NotReady
from commonweal.record.control import Control
from commonweal.record.drafting import draft
from commonweal.record.landing import DeliveryReport, ingest
from commonweal.record.layouts import layouts
from commonweal.record.quality import Scorecard, as_rows, quarantine_examples, quarantine_summary, scorecards
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add this subject's commands."""
    app.command("ingest")(ingest_command)
    app.command("quality")(quality_command)
    mapping = typer.Typer(no_args_is_help=True, help="Mapping files: what the columns of a layout mean.")
    mapping.command("list")(mapping_list)
    mapping.command("new")(mapping_new)
    app.add_typer(mapping, name="mapping")


def ingest_command(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or archives")],
    layout: Annotated[str, typer.Option(help="auto, a family or family.layout: see `mapping list`")] = "auto",
    mode: Annotated[str, typer.Option(help="full or incremental, instead of the layout's own")] = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> int:
    """Land files: keep them, check every row, and say what became of each."""
    opened = open_store(store)
    with progress() as bar:
        task = bar.add_task("opening", total=None)

        def show(file: str, done: int, whole: int) -> None:
            bar.update(task, description=file or "done", completed=done, total=whole)

        report = ingest(opened, paths, layout=layout, mode=mode, progress=show)
    examples = quarantine_examples(opened, [file.load_id for file in report.with_status("loaded")])
    if as_json:
        emit({**summary(report), "examples": examples})
    else:
        _print(report, examples)
    return ExitCode.BAD_INPUT if report.with_status("refused") else ExitCode.OK


def summary(report: DeliveryReport) -> dict[str, object]:
    """The counts of a delivery; rows_in = loaded + quarantined + excluded."""
    return {
        "files": len(report.files),
        "unchanged": len(report.with_status("unchanged")),
        "refused": [{"file": file.file, "message": file.message} for file in report.with_status("refused")],
        "rows_in": report.total("rows_in"),
        "loaded": report.total("loaded"),
        "quarantined": report.total("quarantined"),
        "excluded": report.total("excluded"),
        "rejects": report.by("rejects"),
        "excluded_by": report.by("excluded_by"),
        "remarks": report.by("remarks"),
        "tables": report.by("tables"),
        "loads": [
            {
                "file": file.file,
                "status": file.status,
                "layout": file.layout,
                "load_id": file.load_id,
                "rows_in": file.rows_in,
            }
            for file in report.files
        ],
    }


def _print(report: DeliveryReport, examples: list[dict[str, object]]) -> None:
    table = Table("file", "layout", "rows in", "loaded", "quarantined", "excluded")
    for file in report.files:
        counts = [f"{getattr(file, name):,}" for name in ("rows_in", "loaded", "quarantined", "excluded")]
        table.add_row(file.file, file.layout if file.status == "loaded" else f"{file.layout} ({file.status})", *counts)
    table.add_section()
    table.add_row("all", "", *(f"{report.total(name):,}" for name in ("rows_in", "loaded", "quarantined", "excluded")))
    console.print(table)
    for rule, rows in report.by("rejects").items():
        console.print(f"quarantined {rows:,}: {rule}")
    for reason, rows in report.by("excluded_by").items():
        console.print(f"excluded {rows:,}: {reason}")
    for one in examples:
        where = f"{one['file']}, record {one['record']}" + (f", {one['column']}" if one["column"] else "")
        value = f", value {one['value']!r}" if one["value"] is not None else ""
        said = f"{one['message']}: {one['remedy']}"
        console.print(f"  {one['action']}: {where}{value}: {said}", markup=False, highlight=False)
    if examples:
        console.print("  The rest is loaded.")
    for file in report.files:
        if file.status != "loaded":
            console.print(f"{file.status}: {file.message}")
        for note in file.notes:
            console.print(f"note: {file.file}: {note}")


def quality_command(
    as_at: Annotated[str, typer.Option(help="The day to judge by, YYYY-MM-DD; today by default")] = "",
    organisations: Annotated[bool, typer.Option(help="Show each organisation too")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> int:
    """Completeness, validity, timeliness and volume of each feed, and what its gates say."""
    opened = open_store(store)
    cards = scorecards(opened, _day(as_at))
    if not cards:
        raise NotReady("nothing has been loaded", remedy="run: commonweal ingest PATH")
    rows = as_rows(cards)
    feeds = [
        row | {"organisations": [own for own in rows if own["feed"] == row["feed"] and own["organisation"]]}
        for row in rows
        if not row["organisation"]
    ]
    if as_json:
        emit(
            {
                "as_at": str(_day(as_at)),
                "feeds": feeds,
                "quarantine": quarantine_summary(opened),
                "gates": Control(opened).gates(),
            }
        )
    else:
        _print_quality([card for card in cards if organisations or not card.organisation])
    return ExitCode.PROBLEMS_FOUND if any(card.state == "alarm" for card in cards) else ExitCode.OK


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 (local date)
    except ValueError:
        raise BadInput("not a date", value=text, remedy="write it as YYYY-MM-DD") from None


def _print_quality(cards: list[Scorecard]) -> None:
    table = Table("feed", "organisation", "rows", "complete", "valid", "newest row", "received", "state")
    for card in cards:
        shares = [f"{share:.1%}" if share is not None else "" for share in (card.completeness, card.validity)]
        table.add_row(
            card.feed,
            card.organisation,
            f"{card.rows:,}",
            *shares,
            card.last_date or "",
            (card.last_received or "")[:10],
            card.state,
        )
    console.print(table)
    for card in cards:
        for reason in card.reasons:
            console.print(f"{card.feed} {card.organisation}: {reason}")


def mapping_list(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Every layout that can be read, and whether a real file proved it."""
    found = layouts("auto", Path(store) / "mappings")
    rows = [
        {
            "layout": bound.name, "title": bound.layout.title, "feed": bound.family.feed, "format": bound.layout.format,
            "tables": sorted({target.table for target in bound.layout.tables}), "proven": bound.layout.proven,
            "files": list(bound.layout.recognise.files), "columns": list(bound.layout.recognise.columns),
        }
        for bound in found
    ]  # fmt: skip
    if as_json:
        emit({"layouts": rows})
        return
    table = Table("layout", "title", "becomes", "proven")
    for row in rows:
        table.add_row(row["layout"], row["title"], ", ".join(row["tables"]), "yes" if row["proven"] else "unproven")
    console.print(table)


def mapping_new(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file of the new layout")],
    output: Annotated[Path | None, typer.Option(help="Where to write the draft; standard output by default")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Draft a mapping from a file, for a person to finish."""
    if not file.is_file():
        raise BadInput("no such file", where=file.name, remedy="check the path")
    with tempfile.TemporaryDirectory() as scratch:
        text = draft(file, Path(scratch))
    if output is not None:
        output.write_text(text, encoding="utf-8")
        console.print(f"wrote {output.name}: finish it, then put it in the store's mappings folder")
    if as_json:
        emit({"mapping": text, "file": output.name if output else None})
    elif output is None:
        typer.echo(text)
