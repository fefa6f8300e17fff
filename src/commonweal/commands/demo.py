"""`demo`: an invented North West London, from files to a site, by the same commands that anyone would run."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from commonweal.commands.shared import StoreOption, console
from commonweal.errors import CommonwealError, ExitCode
from commonweal.store import DEFAULT_STORE, Store

AS_AT = "2026-10-01"
"""The day after the invented system's last activity."""


def steps(store: Path, size: str, seed: int) -> list[tuple[str, list[str]]]:
    """What the demonstration runs: why, and the command."""
    incoming = store / "incoming"
    at = ["--store", str(store)]
    return [
        ("Invent a care system", ["synthetic", "--size", size, "--seed", str(seed), "--out", str(incoming)]),
        ("Land and check its files", ["ingest", str(incoming), *at]),
        ("Find who is who", ["link", *at]),
        ("Build the linked record", ["build", "--as-at", AS_AT, *at]),
        ("Work out what it means and release it", ["release", "--as-at", AS_AT, "--months", "24", *at]),
        ("Load the five public documents' plans", ["plans", "load", *at]),
    ]


def register(app: typer.Typer) -> None:
    """Add `demo`."""

    @app.command("demo")
    def demo(
        store: StoreOption = DEFAULT_STORE,
        size: Annotated[str, typer.Option(help="small (about 5,000 people), place (about 200,000) or ics")] = "small",
        seed: Annotated[int, typer.Option(help="The same seed invents the same people")] = 1,
        port: Annotated[int, typer.Option(help="Port of the site")] = 8000,
        fresh: Annotated[
            bool, typer.Option("--fresh", help="Throw the demonstration's store away and start again")
        ] = False,
        site: Annotated[bool, typer.Option(help="Serve the site at the end")] = True,
    ) -> int:
        """Build an invented North West London from files to a site, and serve it."""
        if fresh:
            _remove(store)
        command = typer.main.get_command(app)
        marker = store / "demo-is-complete"
        if not marker.exists():
            for why, words in steps(store, size, seed):
                console.rule(f"[bold]{why}")
                console.print(f"$ ./run {shlex.join(words)}", markup=False, highlight=False)
                code = command.main(args=words, prog_name="commonweal", standalone_mode=False)
                if isinstance(code, int) and code not in {ExitCode.OK, ExitCode.PROBLEMS_FOUND}:
                    return code
            marker.write_text(f"{size} {seed}\n")
        if not site:
            return ExitCode.OK
        console.rule("[bold]Serve the site")
        command.main(
            args=["serve", "--store", str(store), "--port", str(port)], prog_name="commonweal", standalone_mode=False
        )
        return ExitCode.OK


def _remove(store: Path) -> None:
    """Delete a demonstration's store; anything else is left alone."""
    if not store.exists():
        return
    if not (store / "incoming").is_dir() and Store(store).control.exists():
        raise CommonwealError(
            "this store was not made by the demonstration", where=str(store), remedy="name another with --store"
        )
    shutil.rmtree(store)
