"""``commonweal codelist``: list, check, compare, import and pin codelists."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store
from commonweal.definitions import codelists
from commonweal.definitions.codelists import library, usage
from commonweal.definitions.codelists.checks import check_codes
from commonweal.definitions.codelists.importing import Header, import_list, read_rows
from commonweal.errors import BadInput, ExitCode
from commonweal.store import DEFAULT_STORE

SHOWN = 200
"""Codes seen in no list that are given, most rows first."""

group = typer.Typer(no_args_is_help=True, help="Named, versioned sets of codes, each with its source and checks.")


def register(app: typer.Typer) -> None:
    """Add ``codelist`` to the command line."""
    app.add_typer(group, name="codelist")


@group.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """Every codelist held: version, system, codes, source."""
    rows = [_summary(codelists.load(list_id)) for list_id in codelists.ids()]
    if as_json:
        emit({"codelists": rows})
        return
    table = Table("id", "version", "system", "codes", "title")
    for row in rows:
        table.add_row(row["id"], row["version"], row["system"], str(row["codes"]), row["title"])
    console.print(table)


@group.command("check")
def check_command(
    list_id: Annotated[str | None, typer.Argument(help="One list; all where left out")] = None,
    data: Annotated[
        bool, typer.Option("--data", help="Also compare with the codes in the release that serves")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Pins, hashes, code formats and check digits; with --data, codes never seen, seen in no list, and inactive."""
    wanted = [list_id] if list_id else codelists.ids()
    problems: list[dict[str, str]] = []
    for one in wanted:
        codelist = codelists.load(one)
        problems += [
            {"list": one, "code": problem.code, "rule": problem.rule, "explanation": problem.explanation}
            for problem in check_codes(codelist.system, codelist.codes)
        ]
    result: dict[str, Any] = {"codelists": len(wanted), "problems": problems}
    if data:
        seen = usage.seen_codes(open_store(store))
        result["usage"] = [asdict(one) for one in usage.list_usage(wanted, seen)]
        unlisted = usage.in_no_list(seen)
        result["in_no_list_total"] = len(unlisted)
        result["in_no_list"] = [asdict(one) for one in unlisted[:SHOWN]]
        result["namesakes"] = [asdict(one) for one in usage.namesakes(unlisted)]
    if as_json:
        emit(result)
    else:
        _print_check(result)
    if problems:
        raise typer.Exit(ExitCode.PROBLEMS_FOUND)


@group.command("compare")
def compare_command(
    before: Annotated[str, typer.Argument(help="A list, ID or ID@VERSION")],
    after: Annotated[str, typer.Argument(help="A list, ID or ID@VERSION, or a CSV file in the same code system")],
    as_json: JsonOption = False,
) -> None:
    """Which codes join and which leave."""
    first = _named(before)
    second = _from_file(Path(after), first) if after.endswith((".csv", ".csv.gz")) else _named(after)
    found = codelists.compare(first, second)
    if as_json:
        emit(asdict(found))
        return
    console.print(
        f"{found.before} → {found.after}: {len(found.joining)} join, {len(found.leaving)} leave, {found.staying} stay"
    )
    for sign, changed in (("+", found.joining), ("-", found.leaving)):
        for code, term in changed:
            console.print(f"  {sign} {code} {term}", highlight=False)


@group.command("pin")
def pin_command(
    list_id: Annotated[str, typer.Argument(help="The list")],
    version: Annotated[str, typer.Argument(help="A version that is held")],
    as_json: JsonOption = False,
) -> None:
    """Make a held version of a list the one in force here; the packaged pin stays for everybody else."""
    pinned = library.pin(list_id, version)
    if as_json:
        emit(_summary(pinned))
        return
    console.print(f"{pinned.id} is pinned to {pinned.version}: {len(pinned.codes)} codes")


@group.command("versions")
def versions_command(
    list_id: Annotated[str, typer.Argument(help="The list")],
    as_json: JsonOption = False,
) -> None:
    """The versions held of one list, and which is in force."""
    current = codelists.load(list_id)
    rows = [
        {**_summary(codelists.load(list_id, one)), "in_force": one == current.version}
        for one in library.versions(list_id)
    ]
    if as_json:
        emit({"versions": rows})
        return
    for row in rows:
        mark = "  in force" if row["in_force"] else ""
        console.print(f"{row['version']}: {row['codes']} codes{mark}", highlight=False)


@group.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file with one code a row")],
    list_id: Annotated[str, typer.Option("--id", help="Id that definitions use, such as afibres_cod")],
    system: Annotated[str, typer.Option(help=f"One of {', '.join(codelists.SYSTEMS)}")] = "snomed",
    version: Annotated[str, typer.Option(help="Release name or date; today where left out")] = "",
    title: Annotated[str, typer.Option(help="What the list holds, in words; the title it has where left out")] = "",
    source: Annotated[str, typer.Option(help="Who published it, and where")] = "",
    licence: Annotated[str, typer.Option(help="On what terms")] = "not stated",
    code_column: Annotated[str, typer.Option(help="Column of codes, where its name is unusual")] = "",
    into: Annotated[Path | None, typer.Option(help="Folder of lists; the organisation's own where left out")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a file's codes, keep it as a new version in the organisation's folder, and pin it."""
    header = Header(
        id=list_id,
        title=title or (codelists.load(list_id).title if codelists.exists(list_id) else list_id),
        system=system,
        version=version or date.today().isoformat(),  # noqa: DTZ011 - a local date names the version
        source=source or file.name,
        licence=licence,
    )
    done = import_list(read_rows(file, code_column=code_column), header, folder=into or codelists.site_folder())
    result = {
        **_summary(done.codelist),
        "refused": [{"code": problem.code, "explanation": problem.explanation} for problem in done.dropped],
        "spaces_removed": done.removed_spaces,
        "duplicates": done.duplicates,
    }
    if as_json:
        emit(result)
        return
    console.print(f"{list_id} {done.codelist.version}: {len(done.codelist.codes)} codes, {len(done.dropped)} refused")
    for problem in done.dropped[:20]:
        console.print(f"  {problem.code}: {problem.explanation}", highlight=False)


def _summary(codelist: codelists.Codelist) -> dict[str, Any]:
    return {
        "id": codelist.id,
        "title": codelist.title,
        "system": codelist.system,
        "version": codelist.version,
        "codes": len(codelist.codes),
        "source": codelist.source,
        "licence": codelist.licence,
        "sha256": codelist.sha256,
    }


def _named(name: str) -> codelists.Codelist:
    list_id, _, version = name.partition("@")
    return codelists.load(list_id, version or None)


def _from_file(path: Path, like: codelists.Codelist) -> codelists.Codelist:
    if not path.is_file():
        raise BadInput("no such file", where=str(path))
    rows = read_rows(path)
    return codelists.Codelist(
        id=path.name, title=path.name, system=like.system, version="file", codes=frozenset(row["code"] for row in rows),
        sha256=library.content_hash(str(sorted(row["code"] for row in rows))), source=path.name, repository="",
        licence="", released=None, retrieved=date.min, match=like.match,
        terms={row["code"]: row["term"] for row in rows},
    )  # fmt: skip


def _print_check(result: dict[str, Any]) -> None:
    console.print(f"{result['codelists']} codelists, {len(result['problems'])} problems")
    for problem in result["problems"]:
        console.print(f"  {problem['list']} {problem['code']}: {problem['explanation']}", highlight=False)
    if "usage" in result:
        _print_usage(result)


def _print_usage(result: dict[str, Any]) -> None:
    """What an analyst asks next: lists that nobody has, codes without a list, and codes that a list has lost."""
    usage_of = result["usage"]
    for one in usage_of:
        if one["seen"] or len(usage_of) == 1:
            console.print(
                f"  {one['id']}: {one['seen']} of {one['codes']} codes seen, on {one['rows']} rows", highlight=False
            )
        if one["inactive_seen"]:
            console.print(f"    inactive and seen: {', '.join(one['inactive_seen'])}", highlight=False)
    unseen = [one["id"] for one in usage_of if not one["seen"]]
    if unseen and len(usage_of) > 1:
        console.print(f"{len(unseen)} lists without a code in the data: {', '.join(unseen)}", highlight=False)
    console.print(f"{result['in_no_list_total']:,} codes seen in no list; the most frequent:")
    for one in result["in_no_list"][:20]:
        console.print(f"  {one['rows']:>9,}  {one['system']} {one['code']} {one['term']}".rstrip(), highlight=False)
    if result["namesakes"]:
        console.print("In no list, with the name of a code in one (a new or an older code of the same thing?):")
    for one in result["namesakes"]:
        console.print(
            f"  {one['rows']:>9,}  {one['system']} {one['code']} {one['term']}: {', '.join(one['lists'])}",
            highlight=False,
        )
