"""`opt-outs`: import the national data opt-out list."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store
from commonweal.errors import BadInput
from commonweal.governance.optouts import NationalOptOutList
from commonweal.store import DEFAULT_STORE

group = typer.Typer(no_args_is_help=True, help="Objections to uses beyond direct care.")


def register(app: typer.Typer) -> None:
    """Add `opt-outs`."""
    app.add_typer(group, name="opt-outs")


@group.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="The list that came back: an NHS number a line; plain or gzip")],
    as_at: Annotated[str, typer.Option("--as-at", help="The day the list was true, YYYY-MM-DD")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Replace the national data opt-out list; the next build applies it."""
    if not file.is_file():
        raise BadInput("no such file", where=file.name, remedy="check the path")
    try:
        day = date.fromisoformat(as_at)
    except ValueError:
        raise BadInput("this is not a date", where="--as-at", value=as_at, remedy="write it as 2026-03-31") from None
    held = NationalOptOutList.of(open_store(store))
    with tempfile.TemporaryDirectory() as scratch:
        listed = held.replace(_plain(file, Path(scratch)), day)
    if as_json:
        emit({"as_at": day, "listed": listed})
    else:
        console.print(f"{listed:,} people are on the national list of {day}; build and release to apply it")


def _plain(file: Path, scratch: Path) -> Path:
    """The file, unpacked where it is gzip."""
    with file.open("rb") as opened:
        if opened.read(2) != b"\x1f\x8b":
            return file
    target = scratch / file.name.removesuffix(".gz")
    try:
        with gzip.open(file) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)
    except (EOFError, gzip.BadGzipFile):
        raise BadInput(
            "the file ends too early", where=file.name, remedy="ask for the list again; nothing was imported"
        ) from None
    return target
