"""What can be wrong with the definitions as a whole, and what would change if a codelist did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow.compute as pc

from commonweal.definitions import codelists
from commonweal.definitions.codelists import Codelist
from commonweal.definitions.declarations import Definition, check_references
from commonweal.definitions.registry import registry
from commonweal.engine import worked_patients
from commonweal.engine.plan import definitions_needed, not_computable
from commonweal.engine.provenance import definition_hash
from commonweal.errors import CommonwealError
from commonweal.pipeline.ask import running
from commonweal.store import Store

LEAST_PATIENTS = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one definition."""

    definition: str
    rule: str
    explanation: str


def problems_of(definitions: Iterable[Definition], today: date | None = None) -> list[Problem]:
    """References, codelists, reviews, worked patients: everything that can be checked without a record."""
    chosen = tuple(definitions)
    today = today or datetime.now(UTC).date()
    found: list[Problem] = []
    try:
        check_references(chosen)
    except CommonwealError as error:
        return [Problem("", "reference", str(error))]
    blocked = not_computable(chosen)
    for one in chosen:
        if one.review_due < today:
            found.append(Problem(one.id, "review", f"the review was due on {one.review_due}"))
        missing = [name for name in one.codelists() if not codelists.exists(name)]
        if missing and one.id not in blocked:
            found.append(Problem(one.id, "codelist", f"no such codelist: {', '.join(missing)}"))
        if one.id not in blocked and len(one.worked_patients) < LEAST_PATIENTS:
            found.append(Problem(one.id, "worked patients", "needs at least one patient who is in and one who is out"))
    if any(problem.rule == "codelist" for problem in found):
        return found
    return found + [
        Problem(
            one.definition,
            "worked patients",
            f"{one.patient}: expected {one.expected!r}, naive {one.naive!r}, DuckDB {one.duckdb!r}",
        )
        for one in worked_patients.check(chosen)
    ]


def summary(definitions: Iterable[Definition]) -> dict[str, int]:
    """How many definitions of each kind, and what they use."""
    chosen = tuple(definitions)
    kinds = {
        f"{kind}s": sum(one.kind == kind for one in chosen)
        for kind in ("register", "measure", "flag", "segment", "score")
    }
    features = {feature for one in chosen for feature in one.features()}
    lists = {name for one in chosen for name in one.codelists()}
    return {
        **kinds,
        "codelists": len(lists),
        "features": len(features),
        "not_computable": len(not_computable(chosen)),
        "worked_patients": sum(len(one.worked_patients) for one in chosen),
    }


def identity(definition: Definition) -> dict[str, Any]:
    """``definition_hash`` of a definition's logic and of what its codelists hold now, as answers carry it; the version of each list."""
    known = dict(registry())
    used = definitions_needed([definition.id], known)
    held = [name for one in used for name in one.codelists() if codelists.exists(name)]
    lists = {name: codelists.load(name) for name in dict.fromkeys(held)}
    return {
        "definition_hash": definition_hash(definition, {name: one.matching_hash for name, one in lists.items()}, known),
        "codelist_versions": {name: {"version": one.version, "sha256": one.sha256} for name, one in lists.items()},
    }


def codelist_effect(store: Store, wanted: list[str], changed: Codelist, as_at: date) -> list[dict[str, Any]]:
    """Who joins and who leaves each register or flag of `wanted` if this codelist took the pinned one's place."""
    before = _members(store, wanted, as_at)
    with codelists.using(changed):
        after = _members(store, wanted, as_at)
    return [
        {
            "definition": name,
            "before": len(before[name]),
            "after": len(after[name]),
            "joins": sorted(after[name] - before[name]),
            "leaves": sorted(before[name] - after[name]),
        }
        for name in wanted
    ]


def _members(store: Store, wanted: list[str], as_at: date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in wanted}
    with running(store, wanted, as_at) as run:
        columns = {one.definition_id: one.name for one in run.plan.outputs if one.part == "in"}
        for ran in run.buckets(["person_id"]):
            people = ran.result.care
            for name in wanted:
                inside = people.filter(pc.fill_null(people.column(columns[name]), False))
                found[name].update(inside.column("person_id").to_pylist())
    return found
