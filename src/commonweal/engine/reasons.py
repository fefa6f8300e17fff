"""How to tell why people are on a list: the logic behind it, and the stored columns that its evidence is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.definitions.vocabulary.nodes import Call, Feature, Literal, Node, PersonAttribute, walk
from commonweal.definitions.vocabulary.nodes import Member as MemberNode
from commonweal.engine import nodes_json
from commonweal.engine.answers import DefinitionInfo
from commonweal.engine.evidence import Known, Wording, last_value
from commonweal.engine.plan import Plan, rewrite
from commonweal.engine.release_file import ReleaseFile

KEPT_AS = "reasons of "


def logic_of(info: DefinitionInfo) -> Node:
    """The condition that puts somebody on the list."""
    parts = {part: nodes_json.from_json(node) for part, node in info.details["logic"].items()}
    if info.kind != "measure":
        return parts[{"score": "score", "segment": "class"}.get(info.kind, "in")]
    missed = Call("not", (Call("coalesce", (parts["numerator"], Literal(False))),))
    return Call("and", (Call("and", (parts["population"], parts["denominator"])), missed))


def titles(reader: ReleaseFile) -> Any:
    """A function from codelist or definition id to title."""
    lists = reader.kept("codelist titles", lambda: dict(reader._all("SELECT id, title FROM codelist")))
    known = reader._definition_map()
    return lambda name: lists.get(name) or (known[name].title if name in known else name)


def memberships_of(reader: ReleaseFile, node: Node) -> dict[str, Node]:
    """The logic of every register and flag that an expression builds on."""
    found: dict[str, Node] = {}

    def visit(one: Node) -> None:
        for part in walk(one):
            if isinstance(part, MemberNode) and part.definition_id not in found:
                info = reader.definition(part.definition_id)
                inner = logic_of(info)
                if info.kind in ("register", "flag"):
                    found[part.definition_id] = inner
                visit(inner)

    visit(node)
    return found


@dataclass(frozen=True)
class Reasons:
    """How to tell why people are on one list: worked out once for a release."""

    logic: Node
    memberships: Mapping[str, Node]
    plan: Plan
    columns: tuple[str, ...]
    """What is read for each person, as ``table.column`` of ``person``, ``wide`` and ``evidence``."""
    wording: Wording
    rewritten: Known
    """A feature as an expression over those columns."""


def reasons_of(reader: ReleaseFile, info: DefinitionInfo) -> Reasons:
    """How to tell why people are on this list, worked out when it is first asked."""
    return reader.kept(f"{KEPT_AS}{info.id}", lambda: _reasons(reader, info))


def _reasons(reader: ReleaseFile, info: DefinitionInfo) -> Reasons:
    logic = logic_of(info)
    memberships = memberships_of(reader, logic)
    plan = Plan(reader.release().as_at, ())
    title = titles(reader)
    nodes = [part for node in (logic, *memberships.values()) for part in walk(node)]
    asked = list(nodes)
    for feature in (part for part in nodes if isinstance(part, Feature)):
        asked += walk(rewrite(feature, plan))
        # The last reading is said beside "none in 12 months" where some other definition has had it stored.
        if (reading := last_value(feature, title)) is not None:
            asked += walk(rewrite(reading, plan))
    held = columns_of(reader)
    wanted = {f"{prefix}_{part.definition_id}" for part in nodes if isinstance(part, MemberNode) for prefix in "rfsg"}
    attributes = {part.name for part in asked if isinstance(part, PersonAttribute)}
    picked = [f"person.{name}" for name in sorted(attributes & held["person"])]
    picked += [f"wide.{name}" for name in sorted(wanted & held["wide"])]
    picked += [f"evidence.{name}" for name in plan.columns if name in held["evidence"]]
    return Reasons(
        logic, memberships, plan, tuple(picked), Wording(title), Known(lambda feature: rewrite(feature, plan))
    )


def columns_of(reader: ReleaseFile) -> dict[str, set[str]]:
    """Table of the file to its columns."""

    def read() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table, column in reader._all(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = current_database()"
        ):
            found.setdefault(table, set()).add(column)
        return found

    return reader.kept("columns", read)
