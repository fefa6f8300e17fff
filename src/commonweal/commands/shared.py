"""What every command shares: the store option, JSON output, and progress."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from commonweal.errors import BadInput
from commonweal.store import DEFAULT_STORE, Store

STORE_VARIABLE = "COMMONWEAL_STORE"


def _choose_store(path: Path) -> Path:
    """Name the store for the rest of the command: its own codelists are found there, in worker processes too."""
    os.environ[STORE_VARIABLE] = str(path)
    return path


def _store_option(help: str) -> Any:
    return typer.Option("--store", help=help, envvar=STORE_VARIABLE, callback=_choose_store)


StoreOption = Annotated[Path, _store_option("The store's folder")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output")]
PurposeOption = Annotated[str, typer.Option("--purpose", help="direct_care, planning, research or public")]

console = Console(stderr=True)
"""For people: progress, tables and remarks go to standard error or the terminal, never into ``--json`` output."""


def parse_date(text: str) -> date:
    """An ISO date given on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("this is not a date", value=text, remedy="write it as 2026-03-31") from None


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


def command_tree(app: typer.Typer) -> Any:
    """The command line as it runs and as its reference lists it: every command takes ``--store``.

    A command that reads nothing of a store but the codelists and pins in it leaves the option out of its signature
    and has it from here.
    """
    root = typer.main.get_command(app)
    for command in leaves(root).values():
        if all("--store" not in parameter.opts for parameter in command.params):
            command.params.append(_codelist_store())
    return root


def leaves(command: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command that does something, by its words, in alphabetical order."""
    if not hasattr(command, "commands"):
        return {path: command}
    return {
        words: leaf
        for name in sorted(command.commands)
        for words, leaf in leaves(command.commands[name], (*path, name)).items()
    }


def _codelist_store() -> Any:
    """The option, taken from a command that has it, for commands whose function does not ask for the path."""
    donor = typer.Typer()

    @donor.command()
    def _(
        store: Annotated[
            Path, _store_option("The store's folder; only the site's own codelists in it are read or written")
        ] = DEFAULT_STORE,
    ) -> None: ...

    option = next(parameter for parameter in typer.main.get_command(donor).params if "--store" in parameter.opts)
    option.expose_value = False
    return option


@contextlib.contextmanager
def store_kept() -> Iterator[None]:
    """Put the environment's store back afterwards: one command's ``--store`` is not the next one's default."""
    before = os.environ.get(STORE_VARIABLE)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(STORE_VARIABLE, None)
        else:
            os.environ[STORE_VARIABLE] = before


def run_for_json(command: Any, words: list[str]) -> tuple[int, dict[str, Any]]:
    """Run a command within another with ``--json``: its exit code, and the object it gives."""
    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        code = command.main(args=[*words, "--json"], prog_name="commonweal", standalone_mode=False)
    return (int(code) if isinstance(code, int) else 0), json.loads(held.getvalue() or "{}")
