"""Codelists beside the data: codes never seen, codes seen in no list, and codes that a list marks as inactive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.definitions.codelists.library import ids, load
from commonweal.errors import NotReady
from commonweal.record.schema import FACTS, TABLES
from commonweal.store import Store


@dataclass(frozen=True)
class SeenCode:
    """One code as it occurs in the record, with the number of rows that carry it."""

    system: str
    code: str
    term: str
    rows: int


@dataclass(frozen=True)
class ListUsage:
    """How one list meets the data: `seen` of `codes` occur, on `rows` rows. `inactive_seen` are marked inactive."""

    id: str
    version: str
    codes: int
    seen: int
    rows: int
    never_seen: tuple[str, ...]
    inactive_seen: tuple[str, ...]


def seen_codes(store: Store) -> list[SeenCode]:
    """Every code that occurs in the release that serves, most rows first. Counts rows, so holds nothing personal."""
    record = _record_folder(store)
    concepts = store.root / "concepts.parquet"
    if not concepts.is_file():
        raise NotReady("the store has no concept dictionary", where=concepts.name, remedy="commonweal ingest FILE")
    counted = [
        f"SELECT {column.name} AS concept, count(*) AS n FROM read_parquet('{record / name}/*.parquet') "
        f"WHERE {column.name} IS NOT NULL GROUP BY 1"
        for name in FACTS
        for column in TABLES[name]
        if column.concept and any((record / name).glob("*.parquet"))
    ]
    if not counted:
        return []
    query = (
        f"SELECT system, code, coalesce(term, ''), sum(n)::BIGINT AS n FROM ({' UNION ALL '.join(counted)}) "
        f"JOIN read_parquet('{concepts}') USING (concept) GROUP BY ALL ORDER BY n DESC, system, code"
    )
    with duckdb.connect() as connection:
        return [SeenCode(*row) for row in connection.execute(query).fetchall()]


def list_usage(list_ids: list[str], seen: list[SeenCode]) -> list[ListUsage]:
    """Each list against the codes seen."""
    found = []
    for list_id in list_ids:
        codelist = load(list_id)
        matched = [one for one in seen if codelist.covers(one.system, one.code)]
        names = {one.code for one in matched}
        if codelist.match == "prefix":
            never = {code for code in codelist.codes if not any(name.startswith(code) for name in names)}
        else:
            never = codelist.codes - names
        found.append(
            ListUsage(
                list_id,
                codelist.version,
                len(codelist.codes),
                len(codelist.codes) - len(never),
                sum(one.rows for one in matched),
                tuple(sorted(never)),
                tuple(sorted(codelist.inactive & names)),
            )
        )
    return found


def in_no_list(seen: list[SeenCode]) -> list[SeenCode]:
    """Codes that occur in the data and in no list held, most rows first."""
    lists = [load(list_id) for list_id in ids()]
    return [one for one in seen if not any(codelist.covers(one.system, one.code) for codelist in lists)]


@dataclass(frozen=True)
class Namesake:
    """A code in no list whose term is that of a member: often the same thing under a new or an older code."""

    system: str
    code: str
    term: str
    rows: int
    lists: tuple[str, ...]
    """The lists that hold a code of this name."""


def namesakes(unlisted: list[SeenCode]) -> list[Namesake]:
    """Which codes seen in no list bear the name of a code in one. A name is a hint for whoever keeps the list, and matches nobody.

    Names are compared without case and without what stands in brackets at the end (a supplier, a semantic tag).
    """
    holders: dict[tuple[str, str], set[str]] = {}
    for list_id in ids():
        codelist = load(list_id)
        for term in codelist.terms.values():
            for system in codelist.systems:
                holders.setdefault((system, _plain(term)), set()).add(list_id)
    return [
        Namesake(one.system, one.code, one.term, one.rows, tuple(sorted(holders[one.system, _plain(one.term)])))
        for one in unlisted
        if _plain(one.term) and (one.system, _plain(one.term)) in holders
    ]


def _plain(term: str) -> str:
    return re.sub(r"\s*\([^)]*\)\s*$", "", term).strip().lower()


def _record_folder(store: Store) -> Path:
    if not store.current_pointer.is_file():
        raise NotReady("there is no release yet", remedy="commonweal release")
    return store.release(store.current_pointer.read_text(encoding="utf-8").strip()) / "record"
