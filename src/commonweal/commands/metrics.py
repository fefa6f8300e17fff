"""``metrics``: what an operator's monitoring watches."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store
from commonweal.record.metrics import prometheus_text
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("metrics")(metrics)


def metrics(
    output: Annotated[Path | None, typer.Option(help="A file to replace; standard output by default")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Feeds, refused rows, exclusions and the release that serves, as Prometheus text. Nothing about any person."""
    text = prometheus_text(open_store(store), date.today())  # noqa: DTZ011 (local date)
    if output is not None:
        temporary = output.with_name(f".{output.name}.new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(output)  # whoever reads it sees the old text or the new one
        console.print(f"wrote {output.name}")
    elif as_json:
        emit({"prometheus": text})
    else:
        typer.echo(text, nl=False)
