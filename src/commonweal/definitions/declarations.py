"""What a definition is: frozen declarations with owner, source, review dates, logic and worked patients.

A module under `definitions/content` holds them as plain module-level values; `definitions.registry` collects them.
What the declarations share is in `Definition`; each kind adds its logic:

* `Register`: who has the condition. * `Flag`: whom it is worth acting on now. * `Segment`: one class for everybody.
* `Score`: one number. * `Measure`: people, numerator within denominator within population, or a rate per person.
* `ActivityMeasure`: rows of contacts, referrals or waits, numerator within denominator, or a ratio of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from commonweal.definitions.vocabulary import nodes
from commonweal.definitions.vocabulary.expressions import Condition, Number, number_true, when
from commonweal.definitions.vocabulary.names import check_name
from commonweal.definitions.vocabulary.nodes import (
    Feature,
    Node,
    codelists_in,
    features_in,
    members_in,
)
from commonweal.definitions.vocabulary.rows import Rows
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES

Basis = Literal["registered", "resident", "treated", "everyone"]
Polarity = Literal["higher_is_better", "lower_is_better", "neither"]

BASES: dict[str, str] = {
    "registered": "alive and registered with a practice on the as-at date",
    "resident": "alive and with a known area of residence",
    "treated": "alive and in the record through care, wherever registered",
    "everyone": "in the record, alive or dead",
}
"""Who can be counted at all."""

WORKED_AS_AT = date(2026, 3, 31)
"""The as-at date of worked patients that name none."""


@dataclass(frozen=True)
class Source:
    """Where the rule comes from. `version` is the edition followed; `link` leads to it."""

    name: str
    version: str
    link: str = ""


@dataclass(frozen=True)
class WorkedRow:
    """One row of a worked patient: `codelist` means any code of that list; `columns` are the table's other columns."""

    table: str
    date: str
    codelist: str = ""
    columns: tuple[tuple[str, Any], ...] = ()


def row(table: str, date: str, codelist: str = "", **columns: Any) -> WorkedRow:
    """A row of `table` on this date: ``row("event", "2025-10-01", "hba1c_cod", value=61)``."""
    known = TABLES[check_name(table, TABLES, "table")]
    for name in columns:
        check_name(name, known.column_names, f"column of {table}")
    return WorkedRow(table, date, codelist, tuple(columns.items()))


@dataclass(frozen=True)
class WorkedPatient:
    """A tiny record and the answer that the definition must give for it.

    `expected`: True or False (register, flag); a number or None (score); a segment's id; for a measure ``numerator``,
    ``denominator`` (and not numerator), ``population`` (and not denominator) or ``outside``, or for a rate or an
    activity measure the pair (numerator, denominator). `registered_from` is the date of registration with a practice:
    the date of birth unless given; empty means not registered.
    """

    label: str
    expected: Any
    rows: tuple[WorkedRow, ...] = ()
    born: str = "1960-06-15"
    sex: str = "F"
    died: str = ""
    registered_from: str | None = None
    ethnic_category: str = "A"
    as_at: date = WORKED_AS_AT


@dataclass(frozen=True, eq=False, kw_only=True)
class Definition:
    """What every definition states about itself. Dates bound when the rule was in force, not when data is read."""

    id: str
    title: str
    why_it_matters: str
    owner: str
    checked_by: str
    source: Source
    reviewed_on: date
    review_due: date
    basis: Basis = "registered"
    polarity: Polarity = "neither"
    valid_from: date | None = None
    valid_to: date | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    missing_codelists: tuple[str, ...] = ()
    """Codelists that have no sound substitute here: until they are supplied the definition is not computed."""
    unverified: tuple[str, ...] = ()
    """Values of the rule that no source held here confirms, each with what was taken and since when. They stand until somebody with
    the source reads it; until then the definition says so wherever it is explained."""
    worked_patients: tuple[WorkedPatient, ...] = ()

    @property
    def kind(self) -> str:
        return type(self).kind_name  # type: ignore[attr-defined]

    def __post_init__(self) -> None:
        where = f"definition {self.id!r}"
        if not self.id.isidentifier() or self.id != self.id.lower():
            raise BadInput("an id is lower-case letters, digits and underscores", where=where, value=self.id)
        check_name(self.basis, BASES, "population basis", where)
        if self.review_due <= self.reviewed_on:
            raise BadInput("the review is due before it was done", where=where, value=self.review_due)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise BadInput("the rule ends before it begins", where=where, value=self.valid_to)

    def expressions(self) -> dict[str, Node]:
        """The definition's expressions by the part that they decide."""
        raise NotImplementedError

    def row_sets(self) -> dict[str, Rows]:
        """The rows that it counts one by one, where it counts rows and not people."""
        return {}

    @property
    def computable(self) -> bool:
        """Whether every codelist that it needs is there."""
        return not self.missing_codelists

    def features(self) -> tuple[Feature, ...]:
        """The features that its expressions use, in the order in which they are needed."""
        return features_in(*self.expressions().values())

    def uses(self) -> tuple[str, ...]:
        """Ids of the definitions that it builds on."""
        return members_in(*self.expressions().values())

    def codelists(self) -> tuple[str, ...]:
        """Ids of the codelists that it uses: derived, never written by hand."""
        found = [name for feature in self.features() for name in codelists_in(feature.rows)]
        found += [name for rows in self.row_sets().values() for name in codelists_in(rows.rows)]
        return tuple(dict.fromkeys(found))

    def in_force(self, as_at: date) -> bool:
        """Whether this form of the rule was in force on the date."""
        return (self.valid_from is None or self.valid_from <= as_at) and (
            self.valid_to is None or as_at <= self.valid_to
        )

    def metadata(self) -> dict[str, Any]:
        """Everything but the logic and the worked patients, as plain values."""
        hidden = {"logic", "population", "denominator", "numerator", "rules", "terms", "value", "valid_for", "order_by"}
        return {
            "kind": self.kind,
            **{
                one.name: getattr(self, one.name)
                for one in fields(self)
                if one.name not in hidden | {"worked_patients"}
            },
        }


def _condition(value: object, where: str) -> Condition:
    if not isinstance(value, Condition):
        raise BadInput("a condition is needed here", where=where, remedy="end features with any(), or compare them")
    return value


@dataclass(frozen=True, eq=False, kw_only=True)
class Register(Definition):
    """Who has a condition: the people in the basis for whom `logic` is true."""

    kind_name = "register"
    logic: Condition

    def __post_init__(self) -> None:
        super().__post_init__()
        _condition(self.logic, f"register {self.id!r}")

    def expressions(self) -> dict[str, Node]:
        return {"in": self.logic.node}


@dataclass(frozen=True, eq=False, kw_only=True)
class Flag(Definition):
    """Whom it is worth acting on now: rule, action, actor, capacity and possible harm."""

    kind_name = "flag"
    logic: Condition
    suggested_action: str
    who_acts: str
    capacity_hint: str
    harm_note: str
    order_by: Number | None = None
    """Highest first: who is seen first where capacity is short. Ties go by person_id."""

    def __post_init__(self) -> None:
        super().__post_init__()
        where = f"flag {self.id!r}"
        _condition(self.logic, where)
        for name in ("suggested_action", "who_acts", "capacity_hint", "harm_note"):
            if not getattr(self, name).strip():
                raise BadInput(f"a flag states its {name.replace('_', ' ')}", where=where)

    def expressions(self) -> dict[str, Node]:
        order = {"order": self.order_by.node} if self.order_by is not None else {}
        return {"in": self.logic.node, **order}


@dataclass(frozen=True, eq=False, kw_only=True)
class Measure(Definition):
    """A share of people (a numerator condition), or a rate (a numerator number, summed) for each person in it.

    By construction numerator ⊆ denominator ⊆ population: each is tested only among those that passed the one before.
    """

    kind_name = "measure"
    population: Condition | None = None
    """Everybody in the basis where it is not given."""
    denominator: Condition | None = None
    """The whole population where it is not given."""
    numerator: Condition | Number
    per: int = 100
    """The value is shown for so many people: 100 is a percentage."""
    target: float | None = None
    """In the same unit as the value."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in (self.population, self.denominator):
            if part is not None:
                _condition(part, f"measure {self.id!r}")
        if not isinstance(self.numerator, Condition | Number):
            raise BadInput("the numerator is a condition, or a number to be summed", where=f"measure {self.id!r}")

    @property
    def is_rate(self) -> bool:
        """The numerator is a number summed over people, not a count of people."""
        return isinstance(self.numerator, Number)

    def expressions(self) -> dict[str, Node]:
        everybody = nodes.Literal(True)
        population = self.population.node if self.population is not None else everybody
        denominator = self.denominator.node if self.denominator is not None else everybody
        return {"population": population, "denominator": denominator, "numerator": self.numerator.node}


@dataclass(frozen=True, eq=False, kw_only=True)
class ActivityMeasure(Definition):
    """A share of rows (numerator: further conditions on the denominator's rows), a ratio of two sets, or an average.

    Groups may be the person's (practice, borough, …) or the row's own (provider, treatment function).
    """

    kind_name = "measure"
    denominator: Rows
    numerator: Rows
    """For a share, begin from the denominator: ``denominator.where(…)``. A ratio says `is_ratio`."""
    sum_column: str = ""
    """Sum this column of the numerator's rows instead of counting them: an average cost or length of stay."""
    is_ratio: bool = False
    per: int = 100
    target: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        where = f"measure {self.id!r}"
        inner, outer = self.numerator.rows, self.denominator.rows
        if inner.table != outer.table and not self.is_ratio:
            raise BadInput("numerator and denominator are rows of one table", where=where)
        if features_in(*(bound.bound for bound in (*inner.bounds, *outer.bounds))):
            raise BadInput("an activity measure's windows are relative to the as-at date only", where=where)
        if not self.is_ratio and not _narrows(inner, outer):
            raise BadInput(
                "the numerator is not drawn from the denominator's rows",
                where=where,
                remedy="write numerator=denominator.where(…), or say is_ratio=True",
            )
        if self.sum_column:
            self.numerator.total(self.sum_column)

    def expressions(self) -> dict[str, Node]:
        summed = self.numerator.total(self.sum_column) if self.sum_column else self.numerator.count()
        return {"denominator": self.denominator.count().node, "numerator": summed.node}

    def row_sets(self) -> dict[str, Rows]:
        return {"denominator": self.denominator, "numerator": self.numerator}


def _narrows(inner: Any, outer: Any) -> bool:
    parts = ("codes", "conditions", "bounds", "related")
    return all(set(getattr(outer, part)) <= set(getattr(inner, part)) for part in parts) and (
        inner.open_on_as_at or not outer.open_on_as_at
    )


@dataclass(frozen=True, eq=False)
class SegmentRule:
    """One class of a segment scheme."""

    id: str
    title: str
    condition: Condition


@dataclass(frozen=True, eq=False, kw_only=True)
class Segment(Definition):
    """One class for everybody: the first rule that is true, else `otherwise` (id, title)."""

    kind_name = "segment"
    rules: tuple[SegmentRule, ...]
    otherwise: tuple[str, str]

    def __post_init__(self) -> None:
        super().__post_init__()
        ids = [rule.id for rule in self.rules] + [self.otherwise[0]]
        if len(set(ids)) != len(ids):
            raise BadInput("two classes of one scheme share an id", where=f"segment {self.id!r}", value=ids)

    @property
    def classes(self) -> dict[str, str]:
        """Title by id, in order."""
        return {**{rule.id: rule.title for rule in self.rules}, self.otherwise[0]: self.otherwise[1]}

    def expressions(self) -> dict[str, Node]:
        branches = [(rule.condition, rule.id) for rule in self.rules]
        return {"class": when(*branches, otherwise=self.otherwise[0]).node}


@dataclass(frozen=True, eq=False)
class Term:
    """One part of a score: its weight where the condition is true, or weight times the number where it is known."""

    label: str
    amount: Condition | Number
    weight: float = 1.0


@dataclass(frozen=True)
class Band:
    """A named range of a score: from `lowest` (included) up to the next band."""

    id: str
    title: str
    lowest: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Score(Definition):
    """One number: a weighted sum of `terms`, or any expression as `value`; missing outside `valid_for`."""

    kind_name = "score"
    terms: tuple[Term, ...] = ()
    value: Number | None = None
    base: float = 0.0
    valid_for: Condition | None = None
    validity: str
    """In words: for whom, for what outcome and in which data the score was validated."""
    caveat: str
    bands: tuple[Band, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.terms) == (self.value is not None):
            raise BadInput("a score has either terms or a value", where=f"score {self.id!r}")

    def expressions(self) -> dict[str, Node]:
        value = self.value if self.value is not None else self._sum()
        if self.valid_for is not None:
            value = when((self.valid_for, value))
        return {"score": value.node}

    def _sum(self) -> Number:
        total: Any = None
        for term in self.terms:
            if isinstance(term.amount, Condition):
                part = when((term.amount, float(term.weight)), otherwise=0.0)
            else:
                part = when((term.amount.is_known(), term.amount * float(term.weight)), otherwise=0.0)
            total = part if total is None else total + part
        return total + float(self.base) if self.base else total


def check_references(definitions: Iterable[Definition]) -> None:
    """Every `is_member`, `score_of` and `segment_of` names a definition that exists, and none leads back to itself."""
    known = {one.id: one for one in definitions}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise BadInput("definitions refer to each other in a circle", value=" → ".join((*path, name)))
        for used in known[name].uses():
            check_name(used, known, "definition", where=f"definition {name!r}")
            visit(used, (*path, name))

    for name in known:
        visit(name, ())


__all__ = [
    "BASES", "WORKED_AS_AT", "ActivityMeasure", "Band", "Definition", "Flag", "Measure", "Register", "Score", "Segment",
    "SegmentRule", "Source", "Term", "WorkedPatient", "WorkedRow", "check_references", "number_true", "row",
]  # fmt: skip
