"""``define``: check, run, explain and compare definitions, their history, and their generated reference."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from commonweal.commands import audited
from commonweal.commands.docs import GENERATED, definition_pages
from commonweal.commands.shared import JsonOption, PurposeOption, StoreOption, console, emit, open_store, parse_date
from commonweal.definitions import codelists, sizes
from commonweal.definitions.registry import all_definitions, get
from commonweal.definitions.vocabulary.calendar import add_months
from commonweal.engine import reference, serve_file
from commonweal.engine.cube import PERSON_GROUPS, ROW_GROUPS
from commonweal.engine.serving import current_release
from commonweal.errors import BadInput, ExitCode
from commonweal.governance.purpose import require_people
from commonweal.pipeline import ask, definition_checks, releases
from commonweal.pipeline.own_groups import OWN, read_groups
from commonweal.store import DEFAULT_STORE

group = typer.Typer(no_args_is_help=True, help="Registers, measures, flags, segments and scores.")


def register(app: typer.Typer) -> None:
    """Add ``define`` to the command line."""
    app.add_typer(group, name="define")


@group.command("check")
def check_command(as_json: JsonOption = False) -> None:
    """Everything that can be wrong without a record: references, codelists, reviews, worked patients."""
    chosen = all_definitions()
    problems = definition_checks.problems_of(chosen)
    result: dict[str, Any] = {
        **definition_checks.summary(chosen),
        **_targets(),
        "register_lines": sizes.median_lines()[1],
        "register_lines_with_worked_patients": sizes.median_lines()[0],
        "problems": [asdict(one) for one in problems],
    }
    if as_json:
        emit(result)
    else:
        for name, value in result.items():
            if name != "problems":
                console.print(f"{name.replace('_', ' ')}: {value}")
        for one in problems:
            console.print(f"{one.definition}: {one.rule}: {one.explanation}")
    if problems:
        raise typer.Exit(ExitCode.PROBLEMS_FOUND)


def _targets() -> dict[str, int]:
    """The targets of the source documents, and how many of them are of each class."""
    from commonweal.definitions import target_coverage

    counted = target_coverage.counts()
    return {"targets_total": sum(counted.values()), **{f"targets_{name}": counted[name] for name in sorted(counted)}}


@group.command("run")
def run_command(
    names: Annotated[list[str], typer.Argument(help="Definitions")],
    purpose: PurposeOption,
    as_at: Annotated[str | None, typer.Option("--as-at", help="Any date; the release's own where left out")] = None,
    by: Annotated[str, typer.Option("--by", help=f"Group: {', '.join((*PERSON_GROUPS, *ROW_GROUPS))}")] = "all",
    groups: Annotated[
        Path | None, typer.Option("--groups", help="Own groups: a CSV file with practice_code and group")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Compute definitions at any date, by group, on the record of the release that serves."""
    opened = open_store(store)
    audited.begin(opened, purpose)
    moment = _moment(opened, as_at)
    own = read_groups(groups) if groups else None
    rows = ask.measured(opened, names, moment, by, purpose, groups=own)
    by = OWN if own else by
    audited.write(
        purpose, "count", object=f"{', '.join(names)} by {by}", release_id=current_release(opened), count=len(rows)
    )
    _show(rows, as_json)


def _moment(store: Any, as_at: str | None) -> date:
    if as_at:
        return parse_date(as_at)
    return date.fromisoformat(releases.manifest(store, current_release(store))["as_at"])


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        emit({"rows": rows})
        return
    table = Table("definition", "as at", "group", "numerator", "denominator", "value", "95% interval")
    for row in rows:
        interval = f"{row['lower']:.2f} to {row['upper']:.2f}" if row["lower"] is not None else ""
        table.add_row(
            f"{row['definition']} {row['part']}".strip(), row["as_at"], row["group"], _number(row["numerator"]),
            _number(row["denominator"]), f"{row['value']:.2f}" if row["value"] is not None else "*", interval,
        )  # fmt: skip
    console.print(table)


def _number(value: float | None) -> str:
    return "*" if value is None else f"{value:,.0f}"


@group.command("history")
def history_command(
    name: Annotated[str, typer.Argument(help="A definition")],
    purpose: PurposeOption,
    months: Annotated[
        int, typer.Option("--months", min=1, max=240, help="So many month ends, back from the as-at date")
    ] = 24,
    as_at: Annotated[
        str | None, typer.Option("--as-at", help="The last date; the release's own where left out")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Group")] = "all",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """A definition at each of many dates, from one reading of the record."""
    opened = open_store(store)
    audited.begin(opened, purpose)
    last = _moment(opened, as_at)
    moments = [add_months(last, -back) for back in range(months - 1, -1, -1)]
    rows = ask.measured_at(opened, [name], moments, by, purpose)
    audited.write(
        purpose, "count", object=f"{name} by {by}, {months} dates", release_id=current_release(opened), count=len(rows)
    )
    _show(rows, as_json)


@group.command("explain")
def explain_command(name: Annotated[str, typer.Argument(help="A definition")], as_json: JsonOption = False) -> None:
    """A definition in words: why, rule, source, codelists, worked patients."""
    one = get(name)
    titles = {list_id: codelists.load(list_id).title for list_id in codelists.ids()}
    known = {d.id: d.title for d in all_definitions()}
    if as_json:
        described = serve_file.definition_json(one, lambda key: titles.get(key) or known.get(key, key))
        emit({**described, **definition_checks.identity(one)})
        return
    reason = "" if one.computable else f"needs {', '.join(one.missing_codelists)}"
    typer.echo(reference.section(one, lambda key: titles.get(key) or known.get(key, key), reason, titles))


@group.command("compare")
def compare_command(
    names: Annotated[list[str], typer.Argument(help="Registers or flags")],
    purpose: PurposeOption,
    codelist: Annotated[str, typer.Option("--codelist", help="The version to try: ID@VERSION")],
    as_at: Annotated[str | None, typer.Option("--as-at")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Who would join and who would leave each register if this codelist changed."""
    opened = open_store(store)
    require_people(audited.begin(opened, purpose).purpose)
    list_id, _, version = codelist.partition("@")
    if not version:
        raise BadInput("the version to try is missing", value=codelist, remedy="write ID@VERSION")
    found = definition_checks.codelist_effect(opened, names, codelists.load(list_id, version), _moment(opened, as_at))
    audited.write(
        purpose, "compare", object=f"{', '.join(names)} with {codelist}", release_id=current_release(opened),
        count=sum(len(one["joins"]) + len(one["leaves"]) for one in found),
    )  # fmt: skip
    if as_json:
        moved = {person for one in found for person in (*one["joins"], *one["leaves"])}
        audited.write_people(
            purpose, "look", sorted(moved), object=f"compare {codelist}", release_id=current_release(opened)
        )
        emit({"codelist": codelist, "definitions": found})
        return
    for one in found:
        console.print(
            f"{one['definition']}: {one['before']:,} → {one['after']:,}; {len(one['joins'])} join, {len(one['leaves'])} leave"
        )


@group.command("docs")
def docs_command(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages")] = Path("docs/reference/definitions"),
    as_json: JsonOption = False,
) -> None:
    """Write the reference of every definition, its codelists and its worked patients."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, page in definition_pages().items():
        path = folder / f"{kind}s.md"
        path.write_text(GENERATED + page, encoding="utf-8")
        written.append(str(path))
    if as_json:
        emit({"pages": written})
    else:
        console.print(f"{len(written)} pages written under {folder}")
