"""One person's rights over the store: everything that is held about them (subject access), and its erasure.

Both begin with an NHS number. Rows about the person are those of every subject that the register holds to be the person, and
those sent under the number itself.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from commonweal.engine.serving import current_release
from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.governance.audit import Actor
from commonweal.nhs_number import is_valid, normalise, normalise_sql
from commonweal.pipeline import releases
from commonweal.pipeline.build import builds_folder
from commonweal.record.control import Control, load_folder, writer
from commonweal.record.erasures import Erasures, sweep
from commonweal.record.expressions import quote
from commonweal.record.identities import IdentityStore
from commonweal.record.register import Register
from commonweal.record.schema import TABLES
from commonweal.store import Store


@dataclass(frozen=True)
class DataSubject:
    """Who the number is: the person's ids in the register (none before linkage) and the subjects of each source."""

    nhs_number: str
    person_ids: tuple[str, ...]
    subject_keys: tuple[int, ...]

    @property
    def person_id(self) -> str:
        """The person's id, or nothing before linkage."""
        return self.person_ids[0] if self.person_ids else ""


def find(store: Store, nhs_number: str) -> DataSubject:
    """The one person of an NHS number. Raises `BadInput` for no valid number, `NotReady` where nobody or more than one has it."""
    number = normalise(nhs_number) or ""
    if not is_valid(number):
        raise BadInput("this is not an NHS number", where="the number that was given", remedy="check its ten digits")
    register = Register.of(store)
    with duckdb.connect() as connection:
        IdentityStore.of(store).subjects(connection).create_view("held_subject")
        sent = {
            row[0]
            for row in connection.execute(
                f"SELECT DISTINCT subject_key FROM held_subject WHERE {normalise_sql('nhs_number')} = $1", [number]
            ).fetchall()
        }
        linked: list[tuple[int, str]] = []
        if sent and register.generation() is not None:
            linked = connection.execute(
                f"""WITH subjects AS (FROM read_parquet({quote(register.subjects_path)})),
                         theirs AS (SELECT DISTINCT person_key FROM subjects WHERE subject_key IN (SELECT unnest($1::BIGINT[])))
                    SELECT subject_key, person_id FROM subjects JOIN theirs USING (person_key)
                    JOIN read_parquet({quote(register.persons_path)}) USING (person_key)""",
                [sorted(sent)],
            ).fetchall()
    people = tuple(sorted({person_id for _, person_id in linked}))
    if not sent:
        raise NotReady("nobody in this store has that number", remedy="check it, and which store you asked")
    if len(people) > 1:
        raise NotReady(
            "more than one person was sent under that number", value=f"{len(people)} people",
            remedy="decide in the linkage review who they are, run commonweal link, then ask again",
        )  # fmt: skip
    return DataSubject(number, people, tuple(sorted(sent | {key for key, _ in linked})))


def check_grounds(**grounds: str) -> None:
    """Raises `NotAllowed` for grounds (authority, reason) that say nothing, or that hold a number which may be somebody's."""
    for name, text in grounds.items():
        if len(text.strip()) < 3:
            raise NotAllowed(f"this needs its {name}", remedy=f"give --{name}")
        if re.search(r"\d{10}", re.sub(r"[\s-]", "", text)):
            raise NotAllowed(
                f"the {name} holds what may be an NHS number", remedy="say it without the person's details"
            )


# --- subject access ---------------------------------------------------------------------------------------------------


def everything_held(store: Store, who: DataSubject, *, by: Actor, reason: str) -> dict[str, list[dict[str, Any]]]:
    """Table to the person's rows, with the feed and file that each came from; codes are spelled out. Audited first."""
    loads = {load.load_id: load for load in Control(store).loads(active=False)}
    sent = IdentityStore.of(store).look(
        who.subject_keys, person_id=who.person_id, by=by, purpose="direct_care", reason=reason
    )
    held = {"identity": sent} if sent else {}
    with duckdb.connect() as connection:
        for name, table in TABLES.items():
            files = {one: load_folder(store, one) / f"{name}.parquet" for one in loads}
            files = {one: path for one, path in files.items() if path.exists()}
            if table.per_person and files:
                rows = _rows(connection, store, name, list(map(str, files.values())), who.subject_keys)
                for row in rows:
                    load = loads[row["load_id"]]
                    row |= {"feed": load.feed, "file": load.file, "replaced": load.superseded_by is not None}
                if rows:
                    held[name] = rows
    return held


def _rows(
    connection: duckdb.DuckDBPyConnection, store: Store, name: str, files: list[str], keys: tuple[int, ...]
) -> list[dict[str, Any]]:
    concepts = store.root / "concepts.parquet"
    coded = [one.name for one in TABLES[name] if one.name == "concept" or one.name.endswith("_concept")]
    joins, columns = "", "loaded.* EXCLUDE (subject_key)"
    if concepts.exists():
        for column in coded:
            joins += f" LEFT JOIN read_parquet({quote(concepts)}) AS c_{column} ON c_{column}.concept = loaded.{column}"
            columns += f", c_{column}.system AS {column}_system, c_{column}.code AS {column}_code, c_{column}.term AS {column}_term"
    found = connection.execute(
        f"SELECT {columns} FROM read_parquet($1, union_by_name = true) AS loaded{joins} "
        "WHERE subject_key IN (SELECT unnest($2::BIGINT[])) ORDER BY load_id, record_number",
        [files, list(keys)],
    )
    names = [one[0] for one in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


# --- erasure ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure takes out, and which releases hold the person until they are gone."""

    who: DataSubject
    rows: dict[str, int]
    releases: tuple[str, ...]
    cited: tuple[str, ...]
    serving: str

    def as_json(self) -> dict[str, Any]:
        """Counts and release ids; nothing that says who it is."""
        return {
            "rows": self.rows, "releases": self.releases, "cited_releases": self.cited, "serving_release": self.serving,
        }  # fmt: skip


def plan_erasure(store: Store, who: DataSubject) -> ErasurePlan:
    """Count what would go; changes nothing."""
    rows: dict[str, int] = {}
    keys = list(who.subject_keys)
    with duckdb.connect() as connection:
        parts = [str(IdentityStore.of(store).part(one)) for one in IdentityStore.of(store).load_ids()]
        tables = {"subject": parts}
        for name, table in TABLES.items():
            if table.per_person:
                paths = [
                    load_folder(store, one.load_id) / f"{name}.parquet" for one in Control(store).loads(active=False)
                ]
                tables[name] = [str(path) for path in paths if path.exists()]
        for name, files in tables.items():
            if files:
                found = connection.execute(
                    "SELECT count(*) FROM read_parquet($1, union_by_name = true) WHERE subject_key IN (SELECT unnest($2::BIGINT[]))",
                    [files, keys],
                ).fetchone()
                if found and found[0]:
                    rows[name] = int(found[0])
    known = releases.ids(store)
    cited = releases.cited(store) & set(known)
    return ErasurePlan(who, rows, tuple(known), tuple(sorted(cited)), current_release(store) if known else "")


def erase(
    store: Store,
    plan: ErasurePlan,
    *,
    authority: str,
    reason: str,
    decided_by: str,
    remove_notes: Callable[[tuple[str, ...]], dict[str, int]] = lambda people: {},
) -> dict[str, Any]:
    """Erase one person, for good. Returns what went; the caller audits first, and builds and releases after.

    `remove_notes` takes away what the site's own database holds. Builds are removed, for they are made again from the
    loads; so is every release that neither serves nor is cited. Call `check_grounds` first.
    """
    with writer(store, "erase"):
        number = Erasures(store).add(
            plan.who.subject_keys, plan.who.nhs_number, authority=authority, reason=reason, decided_by=decided_by
        )
        sweep(store)
        Register.of(store).forget(plan.who.subject_keys)
        notes = remove_notes(plan.who.person_ids)
        shutil.rmtree(builds_folder(store), ignore_errors=True)
        gone = releases.prune_erased(store)
    return {"erasure": number, "rows": plan.rows, "notes": notes, "releases_removed": gone, **_left(store)}


def _left(store: Store) -> dict[str, Any]:
    cited = releases.cited(store)
    waiting = releases.before_erasure(store)
    return {
        "cited_releases": [name for name in waiting if name in cited],
        "waiting_releases": [name for name in waiting if name not in cited],
    }
