"""Lists, explanations and timelines of people, from a serving file and the record behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from commonweal.definitions.codelists.terms import term as codelist_term
from commonweal.definitions.vocabulary.nodes import Feature, Node, PersonAttribute, walk
from commonweal.definitions.vocabulary.nodes import Member as MemberNode
from commonweal.engine import answers, nodes_json
from commonweal.engine.answers import DefinitionInfo, Explanation, FeatureValue, Scope
from commonweal.engine.columns import Stored
from commonweal.engine.evaluate import evaluate
from commonweal.engine.evidence import Evidence, Reasoner, SourceRow, feature_id, last_value
from commonweal.engine.exclusions import say_exclusion
from commonweal.engine.naive import NaiveEvaluator, PersonRecord, chosen_row
from commonweal.engine.plan import Plan, rewrite
from commonweal.engine.words import say, say_feature, say_rows
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

ORDERS = {
    "priority": "o_{id} DESC NULLS LAST, person_id",
    "age": "age DESC NULLS LAST, person_id",
    "person_id": "person_id",
}
TABLES_SHOWN = (
    "event", "medication", "contact", "diagnosis", "procedure", "referral", "wait", "care_package", "registration",
)  # fmt: skip


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
    lists = dict(reader._all("SELECT id, title FROM codelist"))
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
    lines = _evidence_of(reader, info, [row[0] for row in rows]) if evidence else {}
    return [
        answers.Member(person_id, practice_code, age, sex, value, tuple(lines.get(key, ())))
        for key, person_id, practice_code, age, sex, value in rows
    ]


def evidence(reader: Reader, info: DefinitionInfo, person_ids: list[str]) -> dict[str, tuple[Evidence, ...]]:
    """See `Reader.evidence`."""
    from commonweal.engine.serving import list_column

    rows = reader._all(
        f"SELECT person_key, person_id FROM wide JOIN person USING (person_key) WHERE {list_column(info)} "
        "AND person_id IN (SELECT unnest(?::VARCHAR[]))",
        [person_ids],
    )
    lines = _evidence_of(reader, info, [row[0] for row in rows])
    return {person_id: tuple(lines.get(key, ())) for key, person_id in rows}


def _evidence_of(reader: Reader, info: DefinitionInfo, keys: list[int]) -> dict[int, list[Any]]:
    """Evidence for each person from the stored columns: no row of the record is read."""
    if not keys:
        return {}
    as_at = reader.release().as_at
    logic = logic_of(info)
    memberships = _memberships(reader, logic)
    plan = Plan(as_at, ())
    title = titles(reader)
    for node in (logic, *memberships.values()):
        for feature in (part for part in walk(node) if isinstance(part, Feature)):
            rewrite(feature, plan)
            # The last reading is said beside "none in 12 months" where some other definition has had it stored.
            if (reading := last_value(feature, title)) is not None:
                rewrite(reading, plan)
    found: dict[int, list[Any]] = {}
    for key, row in _wide_rows(reader, plan, keys).items():
        reasoner = Reasoner(as_at, wide_lookup(row, plan, as_at), memberships, title)
        found[key] = reasoner.evidence(logic)
    return found


def _wide_rows(reader: Reader, plan: Plan, keys: list[int]) -> dict[int, dict[str, Any]]:
    """person_key to attributes, answers and the stored columns of a plan."""
    held = {row[0] for row in reader._all("SELECT column_name FROM duckdb_columns() WHERE table_name = 'evidence'")}
    columns = [name for name in plan.columns if name in held]
    listed = ", ".join(str(int(key)) for key in keys)
    picked = "".join(f", evidence.{name}" for name in columns)
    result = reader.cursor.execute(
        f"SELECT person.*, wide.* EXCLUDE (person_key){picked} FROM person JOIN wide USING (person_key) "
        f"JOIN evidence USING (person_key) WHERE person_key IN ({listed})"
    )
    names = [one[0] for one in result.description]
    return {row[names.index("person_key")]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


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


def person_row(reader: Reader, person_id: str) -> dict[str, Any]:
    """Attributes and answers of one person."""
    result = reader.cursor.execute(
        "SELECT person.*, wide.* EXCLUDE (person_key) FROM person JOIN wide USING (person_key) WHERE person_id = ?",
        [person_id],
    )
    names = [one[0] for one in result.description]
    row = result.fetchone()
    if row is None:
        raise BadInput("nobody in this release has that person_id", remedy="take it from a list of this release")
    return dict(zip(names, row, strict=True))


def person_rows(
    reader: Reader, person_key: int, tables: tuple[str, ...] = TABLES_SHOWN
) -> dict[str, list[dict[str, Any]]]:
    """The person's rows by table, read from their bucket; rows marked confidential by the source are left out."""
    from commonweal.governance.withheld import row_filter

    record = reader.record()
    bucket = next((one for one in record.buckets if one.low <= person_key <= one.high), None)
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        if bucket is None:
            found[table] = []
            continue
        result = reader.cursor.execute(
            f"SELECT * FROM {record.relation(table, bucket)} WHERE person_key = ? AND {row_filter(table, 'direct_care')}",
            [person_key],
        )
        names = [one[0] for one in result.description]
        found[table] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return found


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
    row = person_row(reader, person_id)
    rows = person_rows(reader, row["person_key"])
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
    concepts = _concept_names(reader, rows)
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
            concepts.get(_concept(row), ("", ""))[0],
            row.get(feature.column) if feature.column else row.get("value"),
        )
        for row in sorted(matched, key=lambda row: row[moment], reverse=True)[:50]
    )
    return FeatureValue(feature_id(feature), say_feature(feature, title), naive.value(feature), rows)


def _concept(row: Mapping[str, Any]) -> int:
    return next(
        (row[name] for name in ("concept", "primary_concept", "reason_concept") if row.get(name) is not None), -1
    )


def _concept_names(reader: Reader, rows: dict[str, list[dict[str, Any]]]) -> dict[int, tuple[str, str]]:
    """Concept to (code, term) of the concepts in these rows."""
    wanted = {_concept(row) for listed in rows.values() for row in listed} - {-1}
    if not wanted:
        return {}
    found = reader._all(
        f"SELECT concept, code, coalesce(term, ''), system FROM concept WHERE concept IN ({', '.join(map(str, wanted))})"
    )
    # A feed may send codes alone; nobody should have to read them.
    return {concept: (code, term or codelist_term(system, code)) for concept, code, term, system in found}


# --- timeline ---------------------------------------------------------------------------------------------------------


def timeline(reader: Reader, person_id: str, settings: tuple[str, ...] | None) -> list[answers.TimelineItem]:
    """See `Reader.timeline`."""
    key = person_row(reader, person_id)["person_key"]
    rows = person_rows(reader, key)
    names = _concept_names(reader, rows)
    as_at = reader.release().as_at
    items = [
        item
        for table, listed in rows.items()
        for row in listed
        if (item := _item(table, row, names)) is not None and item.date <= as_at
    ]
    if settings:
        items = [one for one in items if one.setting in settings or one.table in settings]
    return sorted(items, key=lambda one: (one.date, one.table, one.load_id, one.record_number), reverse=True)


def _item(table: str, row: dict[str, Any], names: dict[int, tuple[str, str]]) -> answers.TimelineItem | None:
    moment = row.get(TABLES[table].date_column)
    if moment is None:
        return None
    code, term = names.get(_concept(row), ("", ""))
    shown = {
        name: value for name, value in row.items() if value is not None and name not in ("person_key", "confidential")
    }
    title = (
        term or code or row.get("setting") or row.get("service_type") or row.get("package_type") or row.get("list_type")
    )
    if table == "registration":
        title = f"Registered with {row['practice_code']}"
    return answers.TimelineItem(
        moment,
        row.get("end_date") or row.get("clock_stop_date"),
        table,
        row.get("setting") or row.get("source_kind") or table,
        str(title or table),
        code,
        "",
        row.get("value"),
        row.get("unit") or "",
        row.get("provider_code") or row.get("practice_code"),
        row["load_id"],
        row["record_number"],
        shown,
    )


__all__ = ["explain", "members", "say_rows", "summary", "timeline"]
