"""Commands that take files in: `ingest`, `quality`, `mapping`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, progress
from commonweal.errors import ExitCode
from commonweal.record.landing import DeliveryReport, ingest
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add this subject's commands."""
    app.command("ingest")(ingest_command)


def ingest_command(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or archives")],
    layout: Annotated[str, typer.Option(help="auto, a family or family.layout: see `mapping list`")] = "auto",
    mode: Annotated[str, typer.Option(help="full or incremental, instead of the layout's own")] = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> int:
    """Land files: keep them, check every row, and say what became of each."""
    with progress() as bar:
        task = bar.add_task("opening", total=None)

        def show(file: str, done: int, whole: int) -> None:
            bar.update(task, description=file or "done", completed=done, total=whole)

        report = ingest(open_store(store), paths, layout=layout, mode=mode, progress=show)
    if as_json:
        emit(summary(report))
    else:
        _print(report)
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


def _print(report: DeliveryReport) -> None:
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
    for file in report.files:
        if file.status != "loaded":
            console.print(f"{file.status}: {file.message}")
        for note in file.notes:
            console.print(f"note: {file.file}: {note}")
