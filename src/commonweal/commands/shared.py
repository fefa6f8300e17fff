"""What every command shares: the store option, JSON output, and progress."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from commonweal.store import DEFAULT_STORE, Store

StoreOption = Annotated[Path, typer.Option("--store", help="The store's folder", envvar="COMMONWEAL_STORE")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output")]
PurposeOption = Annotated[str, typer.Option("--purpose", help="direct_care, planning, research or public")]

console = Console(stderr=True)
"""For people: progress, tables and remarks go to standard error or the terminal, never into ``--json`` output."""


def open_store(path: Path = DEFAULT_STORE) -> Store:
    """The store at `path`."""
    return Store(Path(path))


def progress() -> Progress:
    """A progress bar with an estimate, on standard error."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def emit(result: dict[str, Any]) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(result, default=str, ensure_ascii=False))
