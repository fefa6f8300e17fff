"""Lists, summaries and explanations of people, from a serving file and the record behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.definitions.vocabulary.nodes import Feature, Node, PersonAttribute, walk
from commonweal.definitions.vocabulary.nodes import Member as MemberNode
from commonweal.engine import answers, people_tables
from commonweal.engine.answers import DefinitionInfo, Explanation, FeatureValue, Scope
from commonweal.engine.columns import Stored
from commonweal.engine.evaluate import evaluate
from commonweal.engine.evidence import Evidence, Reasoner, SourceRow, feature_id
from commonweal.engine.exclusions import say_exclusion
from commonweal.engine.naive import NaiveEvaluator, PersonRecord, chosen_row
from commonweal.engine.person_history import concept_names, concept_of, person_rows
from commonweal.engine.plan import Plan, rewrite
from commonweal.engine.reasons import Reasons, columns_of, logic_of, memberships_of, reasons_of, titles
from commonweal.engine.release_file import ReleaseFile
from commonweal.engine.words import Title, say, say_feature, say_rows
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES

MEMBER_COLUMNS = ("person_id", "birth_date", "practice_code", "age", "sex")
ORDERS = {
    "priority": f"{people_tables.PRIORITY} DESC NULLS LAST, person_id",
    "age": "age DESC NULLS LAST, person_id",
    "person_id": "person_id",
}


# --- lists -----------------------------------------------------------------------------------------------------------


def members(
    reader: ReleaseFile,
    info: DefinitionInfo,
    scope: Scope,
    limit: int,
    offset: int,
    order: str | None,
    among: Sequence[str] | None,
) -> list[answers.Member]:
    """See `ReleaseFile.members`."""
    sorted_by = _order(info, order)
    condition, values = scope.sql("listed")
    if among is not None:
        condition += " AND list_contains(?::VARCHAR[], person_id)"
        values = [*values, list(among)]
    result = reader.cursor.execute(
        f"SELECT * FROM {people_tables.list_of(reader, info)} AS listed WHERE {condition} "
        f"ORDER BY {sorted_by} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    names = [one[0] for one in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    lines = _evidence_of(reader, info, rows)
    return [
        answers.Member(
            **{name: row[name] for name in MEMBER_COLUMNS}, order=row[people_tables.PRIORITY], evidence=found
        )
        for row, found in zip(rows, lines, strict=True)
    ]


def _order(info: DefinitionInfo, wanted: str | None) -> str:
    """How a list is sorted, in SQL; a flag that has an order of its own, by that."""
    has_order = people_tables.has_priority(info)
    order = wanted or ("priority" if has_order else "person_id")
    if order not in ORDERS or (order == "priority" and not has_order):
        raise BadInput(
            "there is no such order", value=order, remedy="use priority (flags that have one), age or person_id"
        )
    return ORDERS[order]


def identifiers(reader: ReleaseFile, info: DefinitionInfo, scope: Scope, limit: int) -> list[str]:
    """See `ReleaseFile.identifiers`."""
    condition, values = scope.sql("listed")
    found = reader.cursor.execute(
        f"SELECT person_id FROM {people_tables.list_of(reader, info)} AS listed WHERE {condition} "
        f"ORDER BY {_order(info, None)} LIMIT {int(limit)}",
        values,
    ).fetchall()
    return [row[0] for row in found]


def _evidence_of(reader: ReleaseFile, info: DefinitionInfo, rows: list[dict[str, Any]]) -> list[tuple[Evidence, ...]]:
    """The evidence of each row of a list, from its stored columns: no row of the record is read."""
    reasons = reasons_of(reader, info)
    as_at, title = reader.release().as_at, titles(reader)
    return [_evidence(reasons, row, as_at, title) for row in rows]


def _evidence(reasons: Reasons, row: Mapping[str, Any], as_at: date, title: Title) -> tuple[Evidence, ...]:
    lookup = wide_lookup(row, reasons.plan, as_at, reasons.rewritten)
    return tuple(Reasoner(as_at, lookup, reasons.memberships, title, reasons.wording).evidence(reasons.logic))


def reasons_for(reader: ReleaseFile, person: answers.PersonSummary) -> dict[str, tuple[Evidence, ...]]:
    """See `ReleaseFile.reasons`: the stored columns behind all of a person's flags in one question."""
    ours = {info.id: reasons_of(reader, info) for info in people_tables.listed(reader) if info.id in person.flags}
    wanted = [one.split(".") for one in dict.fromkeys(column for found in ours.values() for column in found.columns)]
    # The summary holds a person's attributes, scores and segments, and names the registers and flags that they are on.
    row = {name: name in person.row["on_lists"] for table, name in wanted if table == "wide"} | dict(person.row)
    stored = [name for table, name in wanted if table == "evidence"]
    if stored:
        sql = f"SELECT {', '.join(stored)} FROM evidence WHERE person_key = {int(person.person_key)}"
        row |= zip(stored, reader.cursor.execute(sql).fetchone() or [None] * len(stored), strict=True)
    as_at, title = reader.release().as_at, titles(reader)
    # Of each flag its own columns alone, as its list has them: one flag does not say more because there is another.
    own = {name: [column.split(".")[1] for column in one.columns] for name, one in ours.items()}
    return {name: _evidence(one, {each: row[each] for each in own[name]}, as_at, title) for name, one in ours.items()}


def wide_lookup(
    row: Mapping[str, Any], plan: Plan, as_at: date, rewritten: Callable[[Node], Node] | None = None
) -> Any:
    """A lookup over one wide row: attributes, answers, stored columns, and features by their plan (or as `rewritten`)."""

    def lookup(node: Node) -> Any:
        if isinstance(node, Feature):
            return evaluate(rewritten(node) if rewritten else rewrite(node, plan), as_at, lookup)
        if isinstance(node, Stored):
            return row[node.name]
        if isinstance(node, PersonAttribute):
            return row.get(node.name)
        if isinstance(node, MemberNode):
            return next((row[f"{p}_{node.definition_id}"] for p in "rfsg" if f"{p}_{node.definition_id}" in row), None)
        raise TypeError(type(node).__name__)

    return lookup


# --- one person -------------------------------------------------------------------------------------------------------


def key_of(reader: ReleaseFile, person_id: str) -> int:
    """The key of one person's rows."""
    return int(_summary_row(reader, person_id)["person_key"])


def _summary_row(reader: ReleaseFile, person_id: str) -> dict[str, Any]:
    """One person's row of the summary."""
    result = reader.cursor.execute(people_tables.summary_of(reader), [person_id])
    names = [one[0] for one in result.description]
    values = result.fetchone()
    if values is None:
        raise BadInput("nobody in this release has that person_id", remedy="take it from a list of this release")
    return dict(zip(names, values, strict=True))


def person_row(reader: ReleaseFile, person_id: str, also: tuple[str, ...]) -> dict[str, Any]:
    """Attributes, registers, flags, scores, segments and populations of one person; `also` names further answers."""
    row = _summary_row(reader, person_id)
    wanted = [name for name in sorted(columns_of(reader)["wide"]) if name[0] in "rfsgb" or name in also]
    found = reader._one(f"SELECT {', '.join(wanted)} FROM wide WHERE person_key = {int(row['person_key'])}")
    return row | dict(zip(wanted, found, strict=True))


def summary(reader: ReleaseFile, person_id: str) -> answers.PersonSummary:
    """See `ReleaseFile.person`."""
    row = _summary_row(reader, person_id)

    def starting(prefix: str) -> dict[str, Any]:
        return {name[2:]: value for name, value in row.items() if name.startswith(prefix) and value is not None}

    decile, as_at = row["imd_decile"], reader.release().as_at
    lists = sorted(row["on_lists"])
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
        tuple(one[2:] for one in lists if one.startswith("r_")),
        tuple(one[2:] for one in lists if one.startswith("f_")),
        starting("s_"),
        starting("g_"),
        tuple(say_exclusion(one) for one in reader.exclusions(practices=[row["practice_code"]]) if one.holds(as_at)),
        int(row["person_key"]),
        row,
    )


def evaluator(reader: ReleaseFile, row: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> NaiveEvaluator:
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


def explain(reader: ReleaseFile, info: DefinitionInfo, person_id: str) -> Explanation:
    """See `ReleaseFile.explain`."""
    row = person_row(reader, person_id, (f"d_{info.id}", f"n_{info.id}"))
    rows = person_rows(reader, row["person_key"]).by_table
    release = reader.release()
    logic = logic_of(info)
    memberships = memberships_of(reader, logic)
    naive = evaluator(reader, row, rows)
    title = titles(reader)
    stored = wide_lookup(row, Plan(release.as_at, ()), release.as_at)

    def lookup(node: Node) -> Any:
        return stored(node) if isinstance(node, MemberNode) else naive.value(node)

    concepts = concept_names(reader, rows)
    reasoner = Reasoner(
        release.as_at, lookup, memberships, title, rows_of=lambda feature: _source_rows(naive, feature, concepts)
    )
    naive._known.update({node: stored(node) for node in walk(logic) if isinstance(node, MemberNode)})
    features = dict.fromkeys(
        part for node in (logic, *memberships.values()) for part in walk(node) if isinstance(part, Feature)
    )
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
    rows = _source_rows(naive, feature, concepts)
    return FeatureValue(feature_id(feature), say_feature(feature, title), naive.value(feature), rows)


def _source_rows(
    naive: NaiveEvaluator, feature: Feature, concepts: dict[int, tuple[str, str]]
) -> tuple[SourceRow, ...]:
    """The rows that gave a feature, latest first and at most fifty: one where one decides."""
    matched = naive.matching(feature.rows)
    if feature.aggregate in ("latest", "earliest"):
        chosen = chosen_row(feature, matched)
        matched = [] if chosen is None else [chosen]
    moment = TABLES[feature.rows.table].date_column
    return tuple(
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


__all__ = ["explain", "members", "reasons_for", "say_rows", "summary"]
