"""Definitions computed on a release's record without making a release: another date, a new definition, a new codelist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from commonweal.definitions.codelists import load
from commonweal.definitions.declarations import Definition
from commonweal.definitions.registry import registry
from commonweal.definitions.vocabulary.names import check_name
from commonweal.engine.activity import activity_cells, row_groups
from commonweal.engine.answers import MeasureRow
from commonweal.engine.attributes import COLUMNS
from commonweal.engine.cache import FeatureCache
from commonweal.engine.codes import Loader
from commonweal.engine.cube import PERSON_GROUPS, ROW_GROUPS, Cube
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.history import History
from commonweal.engine.measure_rows import Shape, measure_row
from commonweal.engine.plan import Plan, definitions_needed, make_plan, not_computable
from commonweal.engine.provenance import definition_hash, result_hash
from commonweal.engine.ranges import Ran, run_ranges
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serving import current_release
from commonweal.engine.views import VIEWS, counted_people
from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.governance.purpose import resolve
from commonweal.pipeline.confidential import withheld_by
from commonweal.pipeline.own_groups import OWN, Groups, check_groups, summed
from commonweal.pipeline.releases import manifest
from commonweal.pipeline.standing import Standing
from commonweal.store import Store


@dataclass
class Run:
    """A plan that runs over the record of a release."""

    plan: Plan
    backend: DuckDBBackend
    cache: FeatureCache
    release_id: str
    hashes: dict[str, str]
    """Definition to the hash of its logic and its codelists."""
    standing: Standing
    data: tuple[Any, ...]
    """What identifies the rows read: the inputs of the build, what is excluded of them, and what is withheld."""

    def buckets(self, attributes: Iterable[str] = COLUMNS) -> Iterator[Ran]:
        """Results bucket by bucket, with these attributes of people; columns that a release or an earlier run computed are
        reused, new ones kept."""
        known = self.cache.reader(self.plan)
        self.cache.start(self.plan)
        for ran in run_ranges(self.backend, self.plan, known, attributes):
            self.cache.keep(ran.result.bucket, ran.result)
            yield ran
        self.cache.finish()


@contextmanager
def running(
    store: Store,
    wanted: Iterable[str],
    as_at: date,
    *,
    release_id: str | None = None,
    loader: Loader = load,
    known: dict[str, Definition] | None = None,
) -> Iterator[Run]:
    """A run of these definitions (and what they build on). Unknown names are refused with the nearest."""
    definitions = dict(registry()) if known is None else known
    for name in wanted:
        check_name(name, definitions, "definition")
    chosen = definitions_needed(wanted, definitions)
    reasons = not_computable(chosen)
    for name in wanted:
        if name in reasons:
            raise NotReady("this definition cannot be computed here", value=name, remedy=reasons[name])
    release_id = release_id or current_release(store)
    plan = make_plan(chosen, as_at)
    withheld, withheld_hash = withheld_by(store)
    record = RecordFiles.open(store.release(release_id))
    made = manifest(store, release_id)
    standing = Standing.of(made, record)
    unsent = standing.uncomputed(plan)
    for name in wanted:
        if name in unsent:
            raise NotReady("this record cannot answer that", value=name, remedy=unsent[name])
    with DuckDBBackend(record, loader=loader, withheld=withheld) as backend:
        codes = backend.code_book(plan.codelists)
        hashes = {one.id: definition_hash(one, codes.hashes, definitions) for one in chosen}
        yield Run(
            plan,
            backend,
            FeatureCache(_cache_folder(store, release_id), codes.hashes, withheld_hash),
            release_id,
            hashes,
            standing,
            (made.get("inputs", {}), made.get("excluded", []), withheld_hash),
        )


def _cache_folder(store: Store, release_id: str) -> Path:
    """Beside the build that the release was made of, while that is there: releases of one build share columns."""
    build = store.root / "builds" / str(manifest(store, release_id).get("build", ""))
    return (build if (build / "manifest.json").is_file() else store.release(release_id)) / "features"


def measured(
    store: Store,
    wanted: list[str],
    as_at: date,
    by: str,
    purpose: str,
    *,
    release_id: str | None = None,
    loader: Loader = load,
    known: dict[str, Definition] | None = None,
    groups: Groups | None = None,
) -> list[dict[str, Any]]:
    """Rows of `wanted` by group at a date: numerator, denominator, value, lower, upper, release, hash.

    `known`: the definitions there are, where some are not among those that ship. `groups`: the organisation's own groups of
    practices, in place of `by`. The numbers pass the disclosure door of the purpose.
    """
    by = "practice" if groups else by
    _check_rounded(purpose)
    with running(store, wanted, as_at, release_id=release_id, loader=loader, known=known) as run:
        _check_group(by, wanted, run.plan)
        cube = Cube([cell for cell in run.standing.cells(run.plan) if cell.definition_id in wanted])
        for ran in run.buckets(_attributes(by)):
            _add(cube, run.plan, ran, by, purpose)
        return _rows(run, cube, wanted, by, purpose, groups)


def measured_at(
    store: Store,
    wanted: list[str],
    moments: Iterable[date],
    by: str,
    purpose: str,
    *,
    release_id: str | None = None,
    loader: Loader = load,
    known: dict[str, Definition] | None = None,
) -> list[dict[str, Any]]:
    """`measured` at many dates. Rows are read once a bucket, for all dates together."""
    dates = sorted(set(moments))
    _check_rounded(purpose)
    with running(store, wanted, dates[-1], release_id=release_id, loader=loader, known=known) as last:
        _check_group(by, wanted, last.plan)
        plans = {moment: make_plan(last.plan.definitions, moment) for moment in dates}
        cubes = {
            moment: Cube([cell for cell in last.standing.cells(plan) if cell.definition_id in wanted])
            for moment, plan in plans.items()
        }
        history = History(last.backend, plans)
        for bucket in last.backend.record.buckets:
            for moment, result, rows in history.run(bucket, _attributes(by)):
                if by in PERSON_GROUPS:
                    cubes[moment].add_people(counted_people(result, VIEWS[purpose]), (by,))
                else:
                    rows.add_to({VIEWS[purpose]: cubes[moment]})
        return [
            row
            for moment in dates
            for row in _rows(replace(last, plan=plans[moment]), cubes[moment], wanted, by, purpose)
        ]


def _attributes(by: str) -> list[str]:
    """What has to be known of people in order to count them by a group."""
    return [PERSON_GROUPS[by]] if PERSON_GROUPS.get(by) else []


def _check_group(by: str, wanted: list[str], plan: Plan) -> None:
    """Refuse an unknown group, and a group of rows for a definition that counts people: no answer would look like zero."""
    check_name(by, [*PERSON_GROUPS, *ROW_GROUPS], "group")
    if by in PERSON_GROUPS:
        return
    of_rows = {
        one.id: [by in row_groups(rows.rows.table) for rows in one.row_sets().values()] for one in plan.definitions
    }
    for name in wanted:
        if not of_rows[name]:
            raise BadInput(
                f"this definition counts people, who have no {by}",
                value=name,
                remedy=f"ask by one of {', '.join(PERSON_GROUPS)}; by {by}, ask for a measure that counts rows",
            )
        if not any(of_rows[name]):
            raise BadInput(f"the rows that this measure counts have no {by}", value=name, remedy="ask by another group")


def _check_rounded(purpose: str) -> None:
    """Numbers that are not rounded are safe in a fixed cube only, where further cells are hidden (`governance.secondary`)."""
    profile = resolve(purpose).profile
    if profile.suppress_below and profile.round_to == 1:
        raise NotAllowed(
            "this purpose reads the fixed numbers of a release only",
            value=purpose,
            remedy="ask for a date that the release holds, or use planning",
        )


def _add(cube: Cube, plan: Plan, ran: Ran, by: str, purpose: str) -> None:
    if by in PERSON_GROUPS:
        cube.add_people(counted_people(ran.result, VIEWS[purpose]), (by,))
    else:
        activity_cells(ran.backend.connection, plan, ran.context, ran.result, {VIEWS[purpose]: cube})


def _rows(
    run: Run, cube: Cube, wanted: list[str], by: str, purpose: str, groups: Groups | None = None
) -> list[dict[str, Any]]:
    profile = resolve(purpose).profile
    shapes = {one.id: Shape.of_definition(one) for one in run.plan.definitions}
    counted = [
        row
        for row in cube.table(run.plan.as_at.isoformat()).to_pylist()
        if row["group_type"] == by and row["definition_id"] in wanted
    ]
    shown: dict[tuple[str, str], dict[str, MeasureRow]] = defaultdict(dict)
    for row in counted:
        name, part, code = row["definition_id"], row["part"], row["group_code"]
        counts = [row[key] for key in ("numerator", "denominator", "excluded", "state")]
        shown[name, part][code] = measure_row(shapes[name], profile, row["group_type"], code, part, *counts)
    if groups is None:
        return [_as_row(name, row, run, purpose) for (name, _), rows in shown.items() for row in rows.values()]
    check_groups(groups, {code for group, code in cube.counts if group == by})
    return [
        _as_row(name, total.row or MeasureRow(OWN, code, None, None, None, None, None, part), run, purpose) | {"practices_hidden": total.left_out}
        for (name, part), rows in shown.items()
        for code, practices in sorted(groups.items())
        for total in [summed(shapes[name], profile, rows, practices, code, part)]
    ]  # fmt: skip


def _as_row(name: str, row: MeasureRow, run: Run, purpose: str) -> dict[str, Any]:
    return {
        "definition": name,
        "part": row.part,
        "group_type": row.group_type,
        "group": row.group_code,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "value": row.value,
        "lower": row.lower,
        "upper": row.upper,
        "excluded": row.excluded,
        "state": row.state,
        "as_at": run.plan.as_at.isoformat(),
        "release": run.release_id,
        "definition_hash": run.hashes[name],
        "hash": result_hash(run.hashes[name], run.data, run.plan.as_at, purpose),
    }


def list_at(
    store: Store,
    name: str,
    as_at: date,
    limit: int,
    *,
    practice: str | None = None,
    release_id: str | None = None,
    loader: Loader = load,
) -> list[dict[str, Any]]:
    """People on a list as at any date, with evidence, for direct care."""
    from commonweal.definitions.vocabulary.nodes import Member, walk
    from commonweal.engine.evidence import Reasoner
    from commonweal.engine.people_reader import wide_lookup

    with running(store, [name], as_at, release_id=release_id, loader=loader) as run:
        by_id = {one.id: one for one in run.plan.definitions}
        definition = by_id[name]
        column = f"{'r' if definition.kind == 'register' else 'f'}_{name}"
        if definition.kind not in ("register", "flag"):
            raise NotReady(
                f"a {definition.kind} is not a list of people", value=name, remedy="name a register or a flag"
            )
        logic = definition.expressions()["in"]
        memberships = {one.id: one.expressions()["in"] for one in by_id.values() if one.kind in ("register", "flag")}
        used = {part.definition_id for part in walk(logic) if isinstance(part, Member)}
        memberships = {key: node for key, node in memberships.items() if key != name or key in used}
        lists = {one: loader(one).title for one in run.plan.codelists}
        names = {**{one.id: one.title for one in by_id.values()}, **lists}
        found: list[dict[str, Any]] = []
        order = f"o_{name}" if f"o_{name}" in {one.name for one in run.plan.outputs} else ""
        for ran in run.buckets():
            people = run.standing.people(ran.result.care, run.plan)
            wanted = people.column(column)
            if practice is not None:
                wanted = pc.and_(wanted, pc.equal(people.column("practice_code"), practice))
            chosen = pc.indices_nonzero(pc.fill_null(wanted, False))
            if len(chosen):
                both = people.take(chosen).to_pylist()
                features = ran.result.columns.take(chosen).to_pylist()
                keyed = [{**one, **two} for one, two in zip(both, features, strict=True)]
                found = _first([*found, *keyed], order, limit)
        people_found = []
        for row in found:
            reasoner = Reasoner(as_at, wide_lookup(row, run.plan, as_at), memberships, lambda one: names.get(one, one))
            people_found.append({"row": row, "evidence": reasoner.evidence(logic)})
    return people_found


def _first(rows: list[dict[str, Any]], order: str, limit: int) -> list[dict[str, Any]]:
    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        value = row.get(order) if order else None
        return (value is None, -(value or 0), row["person_id"])

    return sorted(rows, key=key)[:limit]
