"""`commonweal synthetic`: make an invented care system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, progress
from commonweal.errors import BadInput
from commonweal.store import DEFAULT_STORE
from commonweal.synthetic.generate import generate
from commonweal.synthetic.settings import SIZES, Settings


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def synthetic(
        out: Annotated[
            Path | None,
            typer.Option(
                "--out",
                help="Folder to write, `incoming` in the store where left out; an earlier invented system is replaced",
            ),
        ] = None,
        size: Annotated[
            str, typer.Option("--size", help="small (5,000 people), place (200,000) or ics (2.4 million)")
        ] = "small",
        seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes")] = 1,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        """Make an invented care system in the national layouts: real places, invented people."""
        if size not in SIZES:
            raise BadInput("no such size", value=size, remedy=f"use one of {', '.join(SIZES)}")
        folder = out or store / "incoming"
        with progress() as bar:
            task = bar.add_task(f"inventing {SIZES[size].people:,} people", total=None)

            def show(done: int, total: int, words: str) -> None:
                bar.update(task, completed=done, total=total, description=f"invented {words}")

            summary = generate(Settings(SIZES[size], seed), folder, show)
        if as_json:
            emit(summary)
            return
        for name, rows in summary["rows"].items():
            console.print(f"{rows:>12,}  {name}")
        console.print(f"{summary['people']:,} invented people in {summary['seconds']} s, under {folder}")
