"""The oracle: features of one person from their rows, in plain Python. Slow and obvious on purpose.

The engines have to agree with it. It also answers "why", because it keeps the rows that gave each value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commonweal.definitions.declarations import Definition
from commonweal.definitions.vocabulary.nodes import (
    CodeMatch,
    DateBound,
    Feature,
    Member,
    Node,
    PersonAttribute,
    Related,
    RowCondition,
    RowSet,
)
from commonweal.definitions.vocabulary.rows import END_COLUMNS
from commonweal.engine.evaluate import evaluate
from commonweal.engine.packing import rounded
from commonweal.record.schema import TABLES

Row = Mapping[str, Any]
Codes = Callable[[str], frozenset[int] | set[int]]
"""Codelist id to the concepts that it covers."""


@dataclass
class PersonRecord:
    """One person's attributes as at the date, and rows by table."""

    attributes: Mapping[str, Any]
    rows: Mapping[str, Sequence[Row]]


@dataclass
class NaiveEvaluator:
    """Evaluates features and definitions for one person as at one date."""

    person: PersonRecord
    as_at: date
    codes: Codes
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    latest_snapshot: date | None = None
    _known: dict[Node, Any] = field(default_factory=dict)

    def value(self, node: Node) -> Any:
        """The value of an expression; None where missing."""
        return evaluate(node, self.as_at, self._lookup)

    def _lookup(self, node: Node) -> Any:
        if node not in self._known:
            if isinstance(node, Feature):
                self._known[node] = feature_value(node, self.matching(node.rows), self.as_at)
            elif isinstance(node, PersonAttribute):
                self._known[node] = self.person.attributes.get(node.name)
            elif isinstance(node, Member):
                self._known[node] = self.answer(self.definitions[node.definition_id])
            else:
                raise TypeError(f"no value for {type(node).__name__}")
        return self._known[node]

    # --- definitions ---------------------------------------------------------------------------------------------

    def in_basis(self, basis: str) -> bool:
        """Whether the person belongs to a population basis."""
        attributes = self.person.attributes
        alive = attributes.get("death_date") is None
        if basis == "registered":
            return alive and bool(attributes.get("in_registered_population"))
        if basis == "resident":
            return alive and attributes.get("lsoa21") is not None
        return alive if basis == "treated" else True

    def answer(self, definition: Definition) -> Any:
        """True or False, a number, a class, or for a measure the pair (denominator, numerator)."""
        values = {part: self.value(node) for part, node in definition.expressions().items()}
        basis = self.in_basis(definition.basis)
        if definition.kind in ("register", "flag"):
            return basis and values["in"] is True
        if definition.kind in ("score", "segment"):
            return values["score" if definition.kind == "score" else "class"] if basis else None
        if definition.row_sets():
            return (values["denominator"], values["numerator"]) if basis else (0, 0)
        denominator = basis and values["population"] is True and values["denominator"] is True
        if definition.is_rate:  # type: ignore[attr-defined]
            return denominator, values["numerator"] if denominator else None
        return denominator, denominator and values["numerator"] is True

    # --- rows ----------------------------------------------------------------------------------------------------

    def matching(self, rows: RowSet) -> list[Row]:
        """The person's rows that belong to a row set."""
        moments = [(bound, self.value(bound.bound)) for bound in rows.bounds]
        return [row for row in self.person.rows.get(rows.table, ()) if self._matches(row, rows, moments)]

    def _matches(self, row: Row, rows: RowSet, moments: Iterable[tuple[DateBound, Any]]) -> bool:
        when = row.get(TABLES[rows.table].date_column)
        if when is None or when > self.as_at:
            return False
        return (
            all(self._coded(row, match) for match in rows.codes)
            and all(_holds(row.get(one.column), one) for one in rows.conditions)
            and all(_stands(row.get(bound.column), bound.operator, moment) for bound, moment in moments)
            and (not rows.open_on_as_at or self._open(row, rows.table))
            and all(self._has_partner(row, rows.table, one) != one.negated for one in rows.related)
        )

    def _coded(self, row: Row, match: CodeMatch) -> bool:
        concept = row.get(match.column)
        inside = concept is not None and any(concept in self.codes(name) for name in match.codelists)
        return inside != match.negated

    def _open(self, row: Row, table: str) -> bool:
        end = row.get(END_COLUMNS[table])
        if table == "wait" and (self.latest_snapshot is None or row.get("snapshot_date") != self.latest_snapshot):
            return False
        return end is None or end >= self.as_at

    def _has_partner(self, row: Row, table: str, related: Related) -> bool:
        start = row.get(related.own_column)
        if start is None:
            return False
        for other in self.matching(related.rows):
            end = other.get(related.other_column)
            same = table == related.rows.table and all(
                row.get(part) == other.get(part) for part in ("load_id", "record_number")
            )
            if not same and end is not None and related.lowest <= (end - start).days <= related.highest:
                return True
        return False


def _holds(value: Any, condition: RowCondition) -> bool:
    if condition.operator == "missing":
        return value is None
    if value is None:
        return False
    if condition.operator == "present":
        return True
    if condition.operator == "in":
        return value in condition.values
    if condition.operator == "not_in":
        return value not in condition.values
    if condition.operator == "above":
        return value > condition.values[0]
    if condition.operator == "below":
        return value < condition.values[0]
    lowest, highest = condition.values
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _stands(value: date | None, operator: str, moment: date | None) -> bool:
    if value is None or moment is None:
        return False
    return {
        "<": value < moment,
        "<=": value <= moment,
        ">": value > moment,
        ">=": value >= moment,
        "=": value == moment,
    }[operator]


def feature_value(feature: Feature, rows: list[Row], as_at: date) -> Any:
    """The value of a feature from the rows that matched."""
    moment = TABLES[feature.rows.table].date_column
    if feature.aggregate == "any":
        return bool(rows)
    if feature.aggregate in ("latest", "earliest"):
        chosen = chosen_row(feature, rows)
        if chosen is None:
            return None
        return chosen[moment] if feature.part == "date" else _comparable(chosen.get(feature.column), feature)
    if feature.aggregate == "episodes":
        days = sorted(row[moment] for row in rows)
        return sum(1 for index, day in enumerate(days) if index == 0 or (day - days[index - 1]).days > feature.gap_days)
    if feature.aggregate == "count" and not feature.column:
        return len(rows)
    values = [row[feature.column] for row in rows if row.get(feature.column) is not None]
    if feature.aggregate == "count":
        return len(set(values))
    if feature.aggregate == "total":
        return 0 if not rows else sum(values) if values else None
    return (max if feature.aggregate == "highest" else min)(values, default=None)


def chosen_row(feature: Feature, rows: list[Row]) -> Row | None:
    """The row that gives a latest or earliest value; of equal ones, the one that arrived last."""
    if not rows:
        return None
    moment = TABLES[feature.rows.table].date_column
    edge = (max if feature.aggregate == "latest" else min)(row[moment] for row in rows)
    day = [row for row in rows if row[moment] == edge]
    if not feature.column:
        return max(day, key=_lineage)
    known = [row for row in day if row.get(feature.column) is not None]
    if not known:
        return max(day, key=_lineage)
    highest = feature.same_day == "highest"
    if TABLES[feature.rows.table][feature.column].type == "string":
        highest = feature.aggregate == "latest"
    best = (max if highest else min)(_comparable(row[feature.column], feature) for row in known)
    return max((row for row in known if _comparable(row[feature.column], feature) == best), key=_lineage)


def _lineage(row: Row) -> tuple[int, int]:
    return row.get("load_id") or 0, row.get("record_number") or 0


def _comparable(value: Any, feature: Feature) -> Any:
    """A value as the engines hold it: numbers to four decimal places."""
    if value is None or isinstance(value, bool | str | date):
        return value
    return rounded(value)
