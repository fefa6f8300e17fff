"""What failed its gate is left out of every answer that would read it, and every answer says so: never a zero.

A *source* is what a feed brings, in words that a definition can be compared with: a table, or one kind of it
(``event``, ``contact[gp]``). A definition *reads* the sources of its expressions and of the definitions it builds on. A practice
that is excluded for a source is left out of the numerator and of the denominator of each definition that reads it. A
definition cannot be computed at all where the record holds nothing of what one of its parts reads.

The answers of the people left out become missing in the person table, once; lists, cubes, counts and files follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.declarations import Definition
from commonweal.definitions.vocabulary.nodes import Feature, Member, Node, RowSet, walk
from commonweal.engine.plan import Plan
from commonweal.engine.words import say_source
from commonweal.record.gates import KIND_COLUMNS

REGISTERS_PEOPLE = ("registration", "subject")
"""Sources that say who is registered: without them nobody's practice is believed."""


@dataclass(frozen=True)
class Exclusion:
    """One practice that cannot be believed for some sources, and why."""

    practice_code: str
    sources: tuple[str, ...]
    reasons: tuple[str, ...]
    feed: str = ""
    layout: str = ""
    since: date | None = None
    """Answers as at this day and before stand; None where no date does."""

    def holds(self, as_at: date) -> bool:
        """Whether it bears on answers as at a date."""
        return self.since is None or as_at > self.since

    def as_json(self) -> dict[str, Any]:
        """Plain values, as a manifest holds them."""
        return {**asdict(self), "since": self.since.isoformat() if self.since else None}


def from_json(body: Mapping[str, Any]) -> Exclusion:
    """An exclusion as a manifest holds it."""
    since = date.fromisoformat(body["since"]) if body["since"] else None
    return Exclusion(**{**body, "sources": tuple(body["sources"]), "reasons": tuple(body["reasons"]), "since": since})


def say_exclusion(one: Exclusion) -> str:
    """One exclusion in words: ``E84002 is excluded for olids.observation (event): its newest row is …``."""
    return f"{one.practice_code} is excluded for {one.layout or one.feed} ({', '.join(one.sources)}): {'; '.join(one.reasons)}"


def source_name(table: str, kind: str = "") -> str:
    """A source in words: ``contact[gp]``."""
    return f"{table}[{kind}]" if kind else table


def _overlap(one: str, other: str) -> bool:
    """Whether two sources share rows: a whole table holds each of its kinds."""
    (table, _, kind), (other_table, _, other_kind) = one.partition("["), other.partition("[")
    return table == other_table and (not kind or not other_kind or kind == other_kind)


def overlaps(sources: Iterable[str], read: Iterable[str]) -> bool:
    """Whether any of some sources shares rows with any of others."""
    others = tuple(read)
    return any(_overlap(one, other) for one in sources for other in others)


def _rows_read(rows: RowSet) -> set[str]:
    column = KIND_COLUMNS.get(rows.table, "")
    kinds = {
        str(value)
        for condition in rows.conditions
        if condition.column == column and condition.operator in ("=", "in")
        for value in condition.values
    }
    found = {source_name(rows.table, kind) for kind in kinds} or {source_name(rows.table)}
    return found.union(*(_rows_read(related.rows) for related in rows.related if not related.negated))


def _node_reads(node: Node, by_id: Mapping[str, Definition]) -> set[str]:
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Feature):
            found |= _rows_read(part.rows)
        elif isinstance(part, Member):
            found |= reads(by_id[part.definition_id], by_id)
    return found


def reads(definition: Definition, by_id: Mapping[str, Definition]) -> set[str]:
    """The sources that a definition reads, through what it builds on too."""
    found: set[str] = set().union(*(_node_reads(node, by_id) for node in definition.expressions().values()))
    for rows in definition.row_sets().values():
        found |= _rows_read(rows.rows)
    return found | set(REGISTERS_PEOPLE if definition.basis == "registered" else ())


def unsent(plan: Plan, present: set[str]) -> dict[str, str]:
    """Definition to why it cannot be computed: no feed has sent anything that one of its parts reads, so that it would
    answer zero for everybody. `present` are the sources that the record holds."""
    by_id = {one.id: one for one in plan.definitions}
    found: dict[str, str] = {}
    for one in plan.definitions:
        parts = [_node_reads(node, by_id) for part, node in one.expressions().items() if part != "order"]
        parts += [_rows_read(rows.rows) for rows in one.row_sets().values()]
        for part in parts:
            if part and not overlaps(part, present):
                found[one.id] = f"no feed has sent what it reads: {', '.join(say_source(one) for one in sorted(part))}"
    return found


def left_out(plan: Plan, exclusions: Iterable[Exclusion]) -> dict[str, frozenset[str]]:
    """Definition to the practices that it leaves out as at the plan's date; only those that leave out any."""
    by_id = {one.id: one for one in plan.definitions}
    holding = [one for one in exclusions if one.holds(plan.as_at)]
    found: dict[str, frozenset[str]] = {}
    for one in plan.definitions if holding else ():
        own = reads(one, by_id)
        codes = {exclusion.practice_code for exclusion in holding if overlaps(exclusion.sources, own)}
        if codes:
            found[one.id] = frozenset(codes)
    return found


def mask_of(people: pa.Table, practices: frozenset[str]) -> pa.ChunkedArray | pa.Array:
    """True for each person of these practices."""
    known = pc.is_in(people.column("practice_code"), value_set=pa.array(sorted(practices), pa.string()))
    return pc.fill_null(known, False)


def without_excluded(
    people: pa.Table, plan: Plan, out: Mapping[str, frozenset[str]], uncomputed: Iterable[str] = ()
) -> pa.Table:
    """`people` with the answers missing of each definition for those whom it leaves out, and for all of one `uncomputed`."""
    nobody, masks = set(uncomputed), {}
    for output in plan.outputs:
        name, practices = output.definition_id, out.get(output.definition_id)
        if output.name not in people.column_names or not (name in nobody or practices):
            continue
        place = people.column_names.index(output.name)
        column = people.column(place)
        if name in nobody:
            people = people.set_column(place, output.name, pa.nulls(people.num_rows, column.type))
            continue
        if practices not in masks:
            mask = mask_of(people, practices or frozenset())
            masks[practices] = mask if pc.any(mask).as_py() else None
        if masks[practices] is not None:
            emptied = pc.if_else(masks[practices], pa.scalar(None, column.type), column)
            people = people.set_column(place, output.name, emptied)
    return people
