"""``release`` and ``releases``: publish a build, and look after what was published."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from commonweal.commands import audited
from commonweal.commands.shared import (
    JsonOption,
    PurposeOption,
    StoreOption,
    console,
    emit,
    open_store,
    parse_date,
    progress,
)
from commonweal.engine.serving import current_release
from commonweal.errors import CommonwealError
from commonweal.governance.disclosure import show_count
from commonweal.governance.purpose import PurposeRule
from commonweal.pipeline import releases
from commonweal.pipeline.confidential import withheld_warnings
from commonweal.pipeline.release import Step, make_release
from commonweal.store import DEFAULT_STORE, Store

group = typer.Typer(no_args_is_help=True, help="What was published: list, compare, roll back, prune.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("release")(release)
    app.add_typer(group, name="releases")


def release(
    store: StoreOption = DEFAULT_STORE,
    as_at: Annotated[str | None, typer.Option("--as-at", help="Date of the definitions; the record's last day")] = None,
    history: Annotated[list[str] | None, typer.Option("--history", help="Further as-at dates for measures")] = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the newest build: compute every definition, write a file for each purpose, let it serve."""
    opened = open_store(store)
    with progress() as bar:
        task = bar.add_task("releasing", total=1)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        made = make_release(
            opened,
            as_at=parse_date(as_at) if as_at else None,
            history=tuple(parse_date(one) for one in history or ()),
            step=step,
            before_it_serves=lambda release_id: _draw(opened, release_id, step),
        )
    releases.prune_erased(opened)
    warnings = withheld_warnings(opened, datetime.now(UTC).date())
    for text in warnings:
        console.print(f"[bold red]Warning:[/] {text}")
    if as_json:
        emit(
            {
                "warnings": warnings,
                "id": made.id, "as_at": made.as_at, "stamp": made.stamp, "tables": made.tables,
                "definitions": made.definitions, "columns_computed": made.computed_columns,
                "columns_reused": made.reused_columns,
            }
        )  # fmt: skip
        return
    console.print(f"Release {made.id} serves, as at {made.as_at}: {made.definitions} definitions")
    console.print(f"  {made.computed_columns} columns computed, {made.reused_columns} reused; stamp {made.stamp[:16]}")


def _draw(store: Store, release_id: str, step: Step) -> None:
    """The charts that people look at, before they ask for them. A release serves without them too."""
    from django.db import DatabaseError

    from commonweal.web.setup import prepare

    step("drawing charts", 0, 1)
    try:
        prepare(store)
        from commonweal.web.leads.drawing import draw

        draw(store, release_id)
    except (CommonwealError, DatabaseError) as error:
        console.print(f"Charts are drawn when they are first opened: {type(error).__name__}")


@group.command("list")
def list_command(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Every release, newest first."""
    found = releases.listed(open_store(store))
    if as_json:
        emit({"releases": [asdict(one) for one in found]})
        return
    table = Table("release", "as at", "people", "definitions", "serves", "cited")
    for one in found:
        table.add_row(
            one.id, one.as_at, f"{one.people:,}", str(one.definitions), "yes" if one.serves else "", "yes" if one.cited else ""
        )  # fmt: skip
    console.print(table)


@group.command("compare")
def compare_command(
    before: Annotated[str, typer.Argument(help="A release")],
    after: Annotated[str | None, typer.Argument(help="Another; the one that serves where left out")] = None,
    *,
    purpose: PurposeOption,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """What changed between two releases, and why. Counts of people are those of direct care, and shown to it alone."""
    opened = open_store(store)
    rule = audited.begin(opened, purpose)
    found = _as_shown(releases.compare(opened, before, after or current_release(opened)), rule)
    audited.write(
        purpose, "compare releases", object=f"{found['before']} {found['after']}", release_id=str(found["after"]),
        count=len(found["definitions"]),
    )  # fmt: skip
    if as_json:
        emit(found)
        return
    for name in ("inputs", "codelists", "tables"):
        for key, (first, second) in found[name].items():
            console.print(f"{name}: {key}: {first} → {second}")
    for one in found["definitions"]:
        counts = f"{one['before']} → {one['after']} " if rule.identifiable else ""
        console.print(f"{one['id']}: {counts}({one['why']})")


def _as_shown(found: dict[str, Any], rule: PurposeRule) -> dict[str, Any]:
    """A comparison as a purpose may see it. Two exact counts of one register, a day apart, are a question about whoever joined."""
    if rule.identifiable:
        return found
    tables = {
        name: [None if one is None else show_count(one, rule.profile).value for one in pair]
        for name, pair in found["tables"].items()
    }
    definitions = [{**one, "before": None, "after": None} for one in found["definitions"]]
    return {**found, "tables": tables, "definitions": definitions}


@group.command("rollback")
def rollback_command(
    release_id: Annotated[
        str | None, typer.Argument(help="The release to serve; the one before where left out")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Let an earlier release serve again."""
    serving = releases.roll_back(open_store(store), release_id)
    if as_json:
        emit({"serves": serving})
    else:
        console.print(f"Release {serving} serves")


@group.command("prune")
def prune_command(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many of the newest to keep")] = 5,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Remove old releases, and columns kept for them; never the one that serves, and none that is cited."""
    gone = releases.prune(open_store(store), keep)
    if as_json:
        emit({"pruned": gone})
    else:
        console.print(f"{len(gone)} releases removed")
