"""``list`` and ``explain``: who is on a list, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from commonweal.commands import audited
from commonweal.commands.shared import JsonOption, PurposeOption, StoreOption, console, emit, open_store, parse_date
from commonweal.engine.answers import Scope
from commonweal.engine.evidence import Evidence, SourceRow
from commonweal.engine.exclusions import say_exclusion
from commonweal.engine.serving import open_reader
from commonweal.governance.purpose import require_people
from commonweal.record.control import Control
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("list")(list_people)
    app.command("explain")(explain)


def _evidence(lines: tuple[Evidence, ...] | list[Evidence]) -> list[dict[str, Any]]:
    return [{"feature": one.feature, "sentence": one.sentence, "value": one.value, "date": one.date} for one in lines]


def list_people(
    name: Annotated[str, typer.Argument(help="A register, flag or measure (those whom it misses)")],
    purpose: PurposeOption,
    as_at: Annotated[str | None, typer.Option("--as-at", help="Any date; the release's own where left out")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    practice: Annotated[str | None, typer.Option(help="Only people of this practice")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """People on a list, each with the evidence that put them there."""
    opened = open_store(store)
    require_people(audited.begin(opened, purpose).purpose)
    reader = open_reader(opened, purpose)
    release = reader.release()
    moment = parse_date(as_at) if as_at else release.as_at
    if moment == release.as_at:
        scope = Scope(practice=(practice,)) if practice else Scope(everyone=True)
        people = [
            {"person_id": one.person_id, "practice_code": one.practice_code, "age": one.age, "sex": one.sex,
             "evidence": _evidence(one.evidence)}
            for one in reader.members(name, scope=scope, limit=limit)
        ]  # fmt: skip
    else:
        people = _people_at(opened, name, moment, limit, practice)
    excluded = reader.exclusions(name, [practice] if practice else None, moment)
    audited.write(purpose, "list", object=name, release_id=release.id, count=len(people))
    shown = [one["person_id"] for one in people]
    audited.write_people(purpose, "look", shown, object=f"list {name}", release_id=release.id)
    if as_json:
        left_out = [one.as_json() for one in excluded]
        emit({"definition": name, "as_at": moment, "release": release.id, "people": people, "excluded": left_out})
        return
    for one in people:
        typer.echo(f"{one['person_id']}  {one['practice_code'] or '-'}  {one['age']}  {one['sex'] or '-'}")
        for line in one["evidence"]:
            typer.echo(f"    {line['sentence']}")
    for one in excluded:
        console.print(f"nobody is listed of {say_exclusion(one)}")
    console.print(f"{len(people)} people shown, as at {moment}, release {release.id}")


def _people_at(store: Any, name: str, moment: Any, limit: int, practice: str | None) -> list[dict[str, Any]]:
    from commonweal.pipeline.ask import list_at

    return [
        {**{key: one["row"][key] for key in ("person_id", "practice_code", "age", "sex")}, "evidence": _evidence(one["evidence"])}
        for one in list_at(store, name, moment, limit, practice=practice)
    ]  # fmt: skip


def _tell_rows(rows: tuple[SourceRow, ...], files: dict[int, str]) -> None:
    """Where a fact came from: the first rows, by file and record number."""
    for row in rows[:5]:
        value = "" if row.value is None else f" {row.value}"
        typer.echo(
            f"      {row.table} {row.date} {row.code}{value}: {files.get(row.load_id, 'no file')}, "
            f"record {row.record_number} (load {row.load_id})"
        )


def explain(
    name: Annotated[str, typer.Argument(help="A definition")],
    person: Annotated[str, typer.Argument(help="A person_id, as in a list")],
    purpose: PurposeOption,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Why a person is, or is not, on a list: features, values, source rows, and what would take them off."""
    opened = open_store(store)
    require_people(audited.begin(opened, purpose).purpose)
    reader = open_reader(opened, purpose)
    found = reader.explain(name, person)
    audited.write(purpose, "explain", object=name, release_id=found.release_id, subject=person)
    files = {load.load_id: load.file for load in Control(opened).loads(active=False)}
    if as_json:
        loads = sorted({row.load_id for one in (*found.features, *found.evidence) for row in one.rows})
        emit({**asdict(found), "files": {load: files.get(load, "") for load in loads}})
        return
    typer.echo(f"{found.title}: {found.answer} for {person}, as at {found.as_at}")
    typer.echo(f"Rule: {found.in_words}")
    for reason in found.excluded:
        typer.echo(f"  No answer: {reason}")
    for line in found.evidence:
        typer.echo(f"  {line.sentence}")
        _tell_rows(line.rows, files)
    for feature in found.features:
        typer.echo(f"  {feature.description}: {feature.value}")
        _tell_rows(feature.rows, files)
    for way in found.what_would_take_them_off:
        typer.echo(f"  Off the list: {way}")
