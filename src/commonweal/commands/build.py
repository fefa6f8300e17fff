"""``commonweal build``: the linked record from everything loaded and linked."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, progress
from commonweal.errors import BadInput
from commonweal.finance.pod import DEFAULT_RULE_SET
from commonweal.pipeline.build import build
from commonweal.store import DEFAULT_STORE, MEMORY

_SAYS = {
    "plan": "Reading what there is",
    "stage": "Finding each row's person",
    "buckets": "Writing the record",
    "reference": "Writing reference tables",
    "manifest": "Counting and hashing",
    "publish": "Publishing the build",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("build")
    def _build(
        store: StoreOption = DEFAULT_STORE,
        json: JsonOption = False,
        as_at: Annotated[str, typer.Option("--as-at", help="The record's last day, YYYY-MM-DD")] = "",
        pod_rules: Annotated[str, typer.Option("--pod-rules", help="icb-live or nhp")] = DEFAULT_RULE_SET,
        memory: Annotated[str, typer.Option("--memory", help="Memory limit of the database, such as 2GB")] = MEMORY,
    ) -> None:
        """Build the linked record."""
        with progress() as bar:
            task = bar.add_task("Building", total=None)

            def step(name: str, done: int, total: int) -> None:
                bar.update(task, description=_SAYS[name], completed=done, total=total)

            result = build(
                open_store(store), as_at=_date(as_at), pod_rule_set=pod_rules, memory_limit=memory, on_step=step
            )
        if json:
            emit(result.as_json())
            return
        console.print(f"Build {result.build_id}" + (" (the same inputs: nothing to do)" if result.reused else ""))
        for table, rows in result.tables.items():
            console.print(f"  {rows:>12,} {table}")
        console.print(
            f"  {result.replaced:>12,} replaced by a later load, {result.orphaned:,} whose person is not known"
        )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("this is not a date", where="--as-at", value=text, remedy="write it as 2026-03-31") from None
