"""``subject-access`` and ``erase``: what is held about one person, and its removal.

The NHS number is read from a file or standard input, so that none stands in a command line, a shell's history or a log.
"""

from __future__ import annotations

import csv
import html
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from commonweal.commands import audited
from commonweal.commands.shared import JsonOption, PurposeOption, StoreOption, console, emit, open_store
from commonweal.errors import BadInput
from commonweal.governance import audit
from commonweal.governance.purpose import require_people
from commonweal.pipeline import data_subject, releases
from commonweal.store import DEFAULT_STORE, Store

NumberOption = Annotated[
    Path | None, typer.Option("--number-file", help="A file that holds the NHS number; standard input where left out")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("subject-access")(subject_access)
    app.command("erase")(erase)


def subject_access(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the export")],
    reason: Annotated[str, typer.Option("--reason", help="Why, such as the request's reference; it is audited")],
    purpose: PurposeOption,
    number_file: NumberOption = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Everything that is held about one person, as tables (CSV), one JSON file and one page to read."""
    opened = open_store(store)
    require_people(audited.begin(opened, purpose).purpose)
    data_subject.check_grounds(reason=reason)
    if out.exists():
        raise BadInput("the export's folder is there already", where=out.name, remedy="name a new one")
    who = data_subject.find(opened, _number(number_file))
    from commonweal.web.people.held import held_about

    held = data_subject.everything_held(opened, who, by=audited.actor(), reason=reason)
    _audit("subject access", who, reason, sum(map(len, held.values())), opened)
    held |= held_about(who.person_ids)
    _write(out, held)
    counts = {name: len(rows) for name, rows in held.items()}
    if as_json:
        emit({"folder": str(out), "tables": counts})
    else:
        console.print(
            f"{sum(counts.values()):,} rows of {len(counts)} tables are in {out}; open record.html to read them"
        )


def erase(
    authority: Annotated[str, typer.Option("--authority", help="Who decided, and under which law")],
    reason: Annotated[str, typer.Option("--reason", help="Why, such as the request's reference")],
    purpose: PurposeOption,
    number_file: NumberOption = None,
    really: Annotated[bool, typer.Option("--really", help="Do it; without this, only say what would go")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Erase one person from the store. It cannot be undone. Build and release afterwards."""
    opened = open_store(store)
    require_people(audited.begin(opened, purpose).purpose)
    data_subject.check_grounds(authority=authority, reason=reason)
    who = data_subject.find(opened, _number(number_file))
    plan = data_subject.plan_erasure(opened, who)
    if not really:
        _audit("erase (dry run)", who, f"{authority}: {reason}", sum(plan.rows.values()), opened)
        _say({"dry_run": True, **plan.as_json()}, as_json)
        return
    from commonweal.web.people.held import remove_about

    _audit("erase", who, f"{authority}: {reason}", sum(plan.rows.values()), opened)
    done = data_subject.erase(
        opened, plan, authority=authority, reason=reason, decided_by=audited.actor().name, remove_notes=remove_about
    )
    _say({"dry_run": False, **done}, as_json)


def _audit(action: str, who: data_subject.DataSubject, reason: str, count: int, store: Store) -> None:
    audit.record(
        audited.actor(), purpose="direct_care", action=action, subject=who.person_id, object="whole record", reason=reason,
        result_count=count, release_id=(releases.ids(store) or [""])[-1],
    )  # fmt: skip


def _say(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(found)
        return
    console.print("Nothing was changed. This would go:" if found["dry_run"] else "Erased, for good:")
    for table, rows in found["rows"].items():
        console.print(f"  {rows:>8,} {table}")
    if found["cited_releases"]:
        console.print(f"Cited, so kept, and still hold the person: {', '.join(found['cited_releases'])}")
    console.print(
        "Then run: commonweal link, build and release. Landed files are kept whole: delete them by hand when your retention rule says so."
    )


def _number(path: Path | None) -> str:
    if path is None:
        return sys.stdin.readline()
    if not path.is_file():
        raise BadInput("no such file", where=path.name, remedy="check the path")
    return path.read_text(encoding="utf-8-sig").strip()


def _write(out: Path, held: dict[str, list[dict[str, Any]]]) -> None:
    from commonweal.web.lists.exports import harmless

    out.mkdir(parents=True, mode=0o700)
    (out / "record.json").write_text(json.dumps(held, default=str, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, rows in held.items():
        with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(
                {key: harmless(value) if isinstance(value, str) else value for key, value in row.items()}
                for row in rows
            )
    sections = "".join(_section(name, rows) for name, rows in held.items())
    (out / "record.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What is held about you</title>'
        "<h1>What is held about you</h1><p>Every row of every source, as it was sent; then what staff wrote here, and who "
        f"looked.</p>{sections}</html>",
        encoding="utf-8",
    )


def _section(name: str, rows: list[dict[str, Any]]) -> str:
    """One table as a heading and rows; columns that are empty throughout are left out of the page (not of the files)."""
    columns = [one for one in rows[0] if any(row[one] not in (None, "") for row in rows)]
    head = "".join(f'<th scope="col">{html.escape(one.replace("_", " "))}</th>' for one in columns)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(_text(row[one]))}</td>' for one in columns)}</tr>" for row in rows)
    title = html.escape(name.replace("_", " ").capitalize())
    return f"<h2>{title} ({len(rows)})</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
