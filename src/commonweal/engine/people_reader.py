"""Lists, summaries and explanations of people, from a serving file and the record behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from commonweal.definitions.vocabulary.nodes import Feature, Node, PersonAttribute, walk
from commonweal.definitions.vocabulary.nodes import Member as MemberNode
from commonweal.engine import answers, nodes_json
from commonweal.engine.answers import DefinitionInfo, Explanation, FeatureValue, Scope
from commonweal.engine.columns import Stored
from commonweal.engine.evaluate import evaluate
from commonweal.engine.evidence import Evidence, Reasoner, SourceRow, feature_id, last_value
from commonweal.engine.exclusions import say_exclusion
from commonweal.engine.naive import NaiveEvaluator, PersonRecord, chosen_row
from commonweal.engine.person_history import concept_names, concept_of, person_rows
from commonweal.engine.plan import Plan, rewrite
from commonweal.engine.words import say, say_feature, say_rows
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

REASONS = "reasons of "
ORDERS = {
    "priority": "o_{id} DESC NULLS LAST, person_id",
    "age": "age DESC NULLS LAST, person_id",
    "person_id": "person_id",
}


def logic_of(info: DefinitionInfo) -> Node:
    """The condition that puts somebody on the list."""
    parts = {part: nodes_json.from_json(node) for part, node in info.details["logic"].items()}
    if info.kind != "measure":
        return parts[{"score": "score", "segment": "class"}.get(info.kind, "in")]
    from commonweal.definitions.vocabulary.nodes import Call

    missed = Call("not", (Call("coalesce", (parts["numerator"], nodes_json.nodes.Literal(False))),))
    return Call("and", (Call("and", (parts["population"], parts["denominator"])), missed))


def titles(reader: Reader) -> Any:
    """A function from codelist or definition id to title."""
    lists = reader.kept("codelist titles", lambda: dict(reader._all("SELECT id, title FROM codelist")))
    known = reader._definition_map()
    return lambda name: lists.get(name) or (known[name].title if name in known else name)


def _memberships(reader: Reader, node: Node) -> dict[str, Node]:
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


# --- lists -----------------------------------------------------------------------------------------------------------


def members(
    reader: Reader,
    info: DefinitionInfo,
    scope: Scope,
    limit: int,
    offset: int,
    order: str | None,
    evidence: bool,
) -> list[answers.Member]:
    """See `Reader.members`."""
    from commonweal.engine.serving import list_column

    has_order = info.kind == "flag" and "order" in info.details["logic"]
    order = order or ("priority" if has_order else "person_id")
    if order not in ORDERS or (order == "priority" and not has_order):
        raise BadInput(
            "there is no such order", value=order, remedy="use priority (flags that have one), age or person_id"
        )
    condition, values = scope.sql()
    priority = f"o_{info.id}" if has_order else "NULL"
    rows = reader._all(
        f"SELECT person_key, person_id, practice_code, age, sex, {priority} FROM wide JOIN person USING (person_key) "
        f"WHERE {list_column(info)} AND {condition} ORDER BY {ORDERS[order].format(id=info.id)} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    among = f"person_key IN ({', '.join(str(int(row[0])) for row in rows)})"
    lines = _evidence_of(reader, info, among, []) if evidence and rows else {}
    return [
        answers.Member(person_id, practice_code, age, sex, value, lines.get((key, person_id), ()))
        for key, person_id, practice_code, age, sex, value in rows
    ]


def evidence(reader: Reader, info: DefinitionInfo, person_ids: list[str]) -> dict[str, tuple[Evidence, ...]]:
    """See `Reader.evidence`."""
    from commonweal.engine.serving import list_column

    among = f"person_id IN ({', '.join('?' for _ in person_ids)}) AND {list_column(info)}"
    found = _evidence_of(reader, info, among, person_ids)
    return {person_id: lines for (_, person_id), lines in found.items()}


@dataclass(frozen=True)
class _Reasons:
    """How to tell why people are on one list: worked out once for a release."""

    logic: Node
    memberships: Mapping[str, Node]
    plan: Plan
    sql: str
    """The columns that are read for each person, from ``person``, ``wide`` and ``evidence``."""


def reasons_of(reader: Reader, info: DefinitionInfo) -> _Reasons:
    """How to tell why people are on this list, worked out when it is first asked."""
    return reader.kept(f"{REASONS}{info.id}", lambda: _reasons(reader, info))


def _reasons(reader: Reader, info: DefinitionInfo) -> _Reasons:
    logic = logic_of(info)
    memberships = _memberships(reader, logic)
    plan = Plan(reader.release().as_at, ())
    title = titles(reader)
    nodes = [part for node in (logic, *memberships.values()) for part in walk(node)]
    asked = list(nodes)
    for feature in (part for part in nodes if isinstance(part, Feature)):
        asked += walk(rewrite(feature, plan))
        # The last reading is said beside "none in 12 months" where some other definition has had it stored.
        if (reading := last_value(feature, title)) is not None:
            asked += walk(rewrite(reading, plan))
    held = reader.kept("columns", lambda: _columns(reader))
    wanted = {f"{prefix}_{part.definition_id}" for part in nodes if isinstance(part, MemberNode) for prefix in "rfsg"}
    attributes = {part.name for part in asked if isinstance(part, PersonAttribute)}
    picked = [f"person.{name}" for name in sorted(attributes & held["person"])]
    picked += [f"wide.{name}" for name in sorted(wanted & held["wide"])]
    picked += [f"evidence.{name}" for name in plan.columns if name in held["evidence"]]
    return _Reasons(logic, memberships, plan, ", ".join(["person.person_key", "person.person_id", *picked]))


def _columns(reader: Reader) -> dict[str, set[str]]:
    """Table to its columns."""
    found: dict[str, set[str]] = {}
    for table, column in reader._all("SELECT table_name, column_name FROM duckdb_columns()"):
        found.setdefault(table, set()).add(column)
    return found


def _evidence_of(
    reader: Reader, info: DefinitionInfo, among: str, values: list[Any]
) -> dict[tuple[int, str], tuple[Evidence, ...]]:
    """Evidence by (person_key, person_id) from the stored columns, in one question: no row of the record is read.

    `among` is the condition that says who, with its parameters.
    """
    reasons = reasons_of(reader, info)
    as_at, title = reader.release().as_at, titles(reader)
    result = reader.cursor.execute(
        f"SELECT {reasons.sql} FROM person JOIN wide USING (person_key) JOIN evidence USING (person_key) WHERE {among}",
        values,
    )
    names = [one[0] for one in result.description]
    found: dict[tuple[int, str], tuple[Evidence, ...]] = {}
    for listed in result.fetchall():
        row = dict(zip(names, listed, strict=True))
        reasoner = Reasoner(as_at, wide_lookup(row, reasons.plan, as_at), reasons.memberships, title)
        found[row["person_key"], row["person_id"]] = tuple(reasoner.evidence(reasons.logic))
    return found


def wide_lookup(row: dict[str, Any], plan: Plan, as_at: date) -> Any:
    """A lookup over one wide row: attributes, answers, stored columns, and features by their plan."""

    def lookup(node: Node) -> Any:
        if isinstance(node, Feature):
            return evaluate(rewrite(node, plan), as_at, lookup)
        if isinstance(node, Stored):
            return row[node.name]
        if isinstance(node, PersonAttribute):
            return row.get(node.name)
        if isinstance(node, MemberNode):
            return next((row[f"{p}_{node.definition_id}"] for p in "rfsg" if f"{p}_{node.definition_id}" in row), None)
        raise TypeError(type(node).__name__)

    return lookup


# --- one person -------------------------------------------------------------------------------------------------------


def key_of(reader: Reader, person_id: str) -> int:
    """The key of one person's rows."""
    found = reader.cursor.execute("SELECT person_key FROM person WHERE person_id = ?", [person_id]).fetchone()
    if found is None:
        raise BadInput("nobody in this release has that person_id", remedy="take it from a list of this release")
    return int(found[0])


def person_row(reader: Reader, person_id: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Attributes, registers, flags, scores, segments and populations of one person; `also` names further answers."""
    result = reader.cursor.execute("SELECT * FROM person WHERE person_id = ?", [person_id])
    names = [one[0] for one in result.description]
    values = result.fetchone()
    if values is None:
        raise BadInput("nobody in this release has that person_id", remedy="take it from a list of this release")
    row = dict(zip(names, values, strict=True))
    answers = reader.kept("columns", lambda: _columns(reader))["wide"]
    wanted = [name for name in sorted(answers) if name[0] in "rfsgb" or name in also]
    found = reader._one(f"SELECT {', '.join(wanted)} FROM wide WHERE person_key = {int(row['person_key'])}")
    return row | dict(zip(wanted, found, strict=True))


def summary(reader: Reader, person_id: str) -> answers.PersonSummary:
    """See `Reader.person`."""
    row = person_row(reader, person_id)

    def starting(prefix: str) -> dict[str, Any]:
        return {name[2:]: value for name, value in row.items() if name.startswith(prefix) and name[1] == "_"}

    decile, as_at = row["imd_decile"], reader.release().as_at
    return answers.PersonSummary(
        person_id,
        row["birth_date"],
        row["age"],
        row["sex"],
        row["death_date"],
        row["ethnic_category"],
        row["practice_code"],
        row["pcn_code"],
        row["borough_code"],
        row["lsoa21"],
        None if decile is None else int(decile),
        tuple(sorted(name for name, value in starting("r_").items() if value)),
        tuple(sorted(name for name, value in starting("f_").items() if value)),
        {name: value for name, value in starting("s_").items() if value is not None},
        {name: value for name, value in starting("g_").items() if value is not None},
        tuple(say_exclusion(one) for one in reader.exclusions(practices=[row["practice_code"]]) if one.holds(as_at)),
        int(row["person_key"]),
    )


def evaluator(reader: Reader, row: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> NaiveEvaluator:
    """The naive evaluator over one person's rows, with the release's own codelists."""
    codes: dict[str, set[int]] = {}

    def concepts(list_id: str) -> set[int]:
        if list_id not in codes:
            found = reader._all("SELECT concept FROM codelist_concept WHERE codelist = ?", [list_id])
            codes[list_id] = {one[0] for one in found}
        return codes[list_id]

    as_at = reader.release().as_at
    attributes = {**row, "in_registered_population": row.get("b_registered", row["practice_code"] is not None)}
    snapshots = [one["snapshot_date"] for one in rows.get("wait", ()) if one["snapshot_date"] <= as_at]
    return NaiveEvaluator(PersonRecord(attributes, rows), as_at, concepts, {}, max(snapshots, default=None))


def explain(reader: Reader, info: DefinitionInfo, person_id: str) -> Explanation:
    """See `Reader.explain`."""
    row = person_row(reader, person_id, (f"d_{info.id}", f"n_{info.id}"))
    rows = person_rows(reader, row["person_key"]).by_table
    release = reader.release()
    logic = logic_of(info)
    memberships = _memberships(reader, logic)
    naive = evaluator(reader, row, rows)
    title = titles(reader)
    stored = wide_lookup(row, Plan(release.as_at, ()), release.as_at)

    def lookup(node: Node) -> Any:
        return stored(node) if isinstance(node, MemberNode) else naive.value(node)

    reasoner = Reasoner(release.as_at, lookup, memberships, title)
    naive._known.update({node: stored(node) for node in walk(logic) if isinstance(node, MemberNode)})
    features = dict.fromkeys(
        part for node in (logic, *memberships.values()) for part in walk(node) if isinstance(part, Feature)
    )
    concepts = concept_names(reader, rows)
    values = tuple(_feature_value(naive, one, title, concepts) for one in features)
    return Explanation(
        info.id,
        info.title,
        person_id,
        _answer(info, row, reasoner, logic),
        say(logic, title),
        tuple(reasoner.evidence(logic)),
        values,
        tuple(reasoner.ways_off(logic)),
        release.id,
        release.as_at,
        info.hash,
        tuple(say_exclusion(one) for one in reader.exclusions(info.id, [row["practice_code"]])),
    )


def _answer(info: DefinitionInfo, row: dict[str, Any], reasoner: Reasoner, logic: Node) -> Any:
    prefix = {"register": "r", "flag": "f", "score": "s", "segment": "g"}.get(info.kind)
    if prefix and f"{prefix}_{info.id}" in row:
        return row[f"{prefix}_{info.id}"]
    if f"d_{info.id}" in row:
        return {"denominator": row[f"d_{info.id}"], "numerator": row[f"n_{info.id}"]}
    return reasoner.value(logic)


def _feature_value(
    naive: NaiveEvaluator, feature: Feature, title: Any, concepts: dict[int, tuple[str, str]]
) -> FeatureValue:
    matched = naive.matching(feature.rows)
    if feature.aggregate in ("latest", "earliest"):
        chosen = chosen_row(feature, matched)
        matched = [] if chosen is None else [chosen]
    moment = TABLES[feature.rows.table].date_column
    rows = tuple(
        SourceRow(
            feature.rows.table,
            row.get(moment),
            row["load_id"],
            row["record_number"],
            code,
            row.get(feature.column) if feature.column else row.get("value"),
            term,
        )
        for row in sorted(matched, key=lambda row: row[moment], reverse=True)[:50]
        for code, term in [concepts.get(concept_of(row), ("", ""))]
    )
    return FeatureValue(feature_id(feature), say_feature(feature, title), naive.value(feature), rows)


__all__ = ["explain", "members", "say_rows", "summary"]
