"""``commonweal link``: which of the loaded records are the same person."""

from __future__ import annotations

from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, progress
from commonweal.record.linkage import STEPS, link, train_on
from commonweal.store import DEFAULT_STORE, MEMORY

_SAYS = {
    "records": "Reading records",
    "numbers": "Linking by NHS number",
    "scores": "Comparing the rest",
    "partition": "Forming people",
    "register": "Writing the register",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("link")
    def _link(
        store: StoreOption = DEFAULT_STORE,
        json: JsonOption = False,
        train: Annotated[
            bool, typer.Option("--train", help="Learn the weights from this store's verified numbers first")
        ] = False,
        memory: Annotated[str, typer.Option("--memory", help="Memory limit of the database, such as 2GB")] = MEMORY,
    ) -> None:
        """Link the loaded records into people with stable ids."""
        opened = open_store(store)
        with progress() as bar:
            task = bar.add_task("Linking", total=len(STEPS) + int(train))
            if train:
                bar.update(task, description="Learning weights")
                train_on(opened, memory_limit=memory)
                bar.advance(task)

            def step(name: str) -> None:
                bar.update(task, description=_SAYS[name], completed=STEPS.index(name) + int(train))

            result = link(opened, memory_limit=memory, on_step=step)
        if json:
            emit(result.as_json())
            return
        console.print(f"{result.records:,} records are {result.persons:,} people")
        for rule, count in result.linked_by.items():
            console.print(f"  {count:,} joined by {rule.replace('_', ' ')}")
        for kind, count in result.review.items():
            console.print(f"  {count:,} to review: {kind.replace('_', ' ')}")
