"""Codelists turned into concepts of one record: matched by code and system, never by text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from commonweal.definitions.codelists import Codelist, load

Loader = Callable[[str], Codelist]


@dataclass(frozen=True)
class CodeBook:
    """The concepts that each codelist covers in one record, and the hash of what each list matches."""

    concepts: dict[str, frozenset[int]]
    hashes: dict[str, str]
    systems: dict[int, tuple[str, str]]
    """Concept to (system, code), of the concepts that are in some list."""

    def __call__(self, list_id: str) -> frozenset[int]:
        return self.concepts[list_id]


def resolve(
    connection: duckdb.DuckDBPyConnection, concept_relation: str, list_ids: Iterable[str], loader: Loader = load
) -> CodeBook:
    """Look up every list's codes in the concept dictionary (a relation with concept, system, code)."""
    lists = {name: loader(name) for name in dict.fromkeys(list_ids)}
    exact, prefix = [], []
    for name, one in lists.items():
        target = prefix if one.match == "prefix" else exact
        target += [(name, system, code) for system in one.systems for code in sorted(one.codes)]
    found: dict[str, set[int]] = {name: set() for name in lists}
    systems: dict[int, tuple[str, str]] = {}
    for codes, test in ((exact, "d.code = c.code"), (prefix, "starts_with(d.code, c.code)")):
        if not codes:
            continue
        names, system, code = zip(*codes, strict=True)
        connection.register("_codes", pa.table({"list_id": names, "system": system, "code": code}))
        rows = connection.execute(
            f"SELECT c.list_id, d.concept, d.system, d.code FROM {concept_relation} d "
            f"JOIN _codes c ON d.system = c.system AND {test}"
        ).fetchall()
        connection.unregister("_codes")
        for name, concept, of_system, of_code in rows:
            found[name].add(concept)
            systems[concept] = (of_system, of_code)
    hashes = {name: one.matching_hash for name, one in lists.items()}
    return CodeBook({name: frozenset(concepts) for name, concepts in found.items()}, hashes, systems)
