"""What an expression is made of: plain, frozen nodes that every evaluator reads. Nobody writes these by hand.

`expressions` and `rows` are the language that people write; each of their objects holds one node. Nodes compare and
hash by content, so that two definitions that ask for the same feature share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal as Choice

Kind = Choice["condition", "number", "date", "text"]
Scalar = bool | int | float | str | date


@dataclass(frozen=True)
class Node:
    """One part of an expression: one value for one person at one as-at date."""


@dataclass(frozen=True)
class Literal(Node):
    """A value that is the same for everybody; None is a missing value."""

    value: Scalar | None


@dataclass(frozen=True)
class AsAt(Node):
    """The date at which everything is evaluated."""


@dataclass(frozen=True)
class PersonAttribute(Node):
    """An attribute of the person as at the date: see `person.ATTRIBUTES`."""

    name: str


@dataclass(frozen=True)
class Call(Node):
    """An operator over values: see `expressions.OPERATORS`."""

    operator: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class CaseWhen(Node):
    """The value of the first branch whose condition is true; `otherwise` where none is."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True)
class DateDifference(Node):
    """Whole `unit` from `start` to `end`, rounded down."""

    start: Node
    end: Node
    unit: Choice["days", "months", "years"]


@dataclass(frozen=True)
class DateShift(Node):
    """`date` moved by months, then by days."""

    date: Node
    days: int
    months: int


@dataclass(frozen=True)
class Member(Node):
    """The answer of another definition for the same person: in the register, the score, the segment."""

    definition_id: str
    part: str = ""


@dataclass(frozen=True)
class CodeMatch:
    """The concept in `column` is in one of the codelists (or, negated, in none of them)."""

    column: str
    codelists: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class RowCondition:
    """A condition on one column of a row. A missing value meets only `missing`.

    `operator` is ``in`` or ``not_in`` (values: the set), ``range`` (values: lowest and highest, both included, None is
    open), ``above``/``below`` (values: the bound, excluded), ``present`` or ``missing``.
    """

    column: str
    operator: str
    values: tuple[Scalar | None, ...]


@dataclass(frozen=True)
class DateBound:
    """The date in `column` stands so to a date that is fixed, relative to the as-at date, or another feature's.

    A row with a missing date, or a bound that is missing for the person, does not match.
    """

    column: str
    operator: Choice["<", "<=", ">", ">=", "="]
    bound: Node


@dataclass(frozen=True)
class Related:
    """A row that has (or, negated, has not) another row of the same person within `lowest`..`highest` days.

    Days run from this row's `own_column` to the other row's `other_column`; a row is never its own partner.
    """

    rows: RowSet
    own_column: str
    other_column: str
    lowest: int
    highest: int
    negated: bool = False


@dataclass(frozen=True)
class RowSet:
    """Rows of one table: all conditions hold, and the table's date is on or before the as-at date."""

    table: str
    codes: tuple[CodeMatch, ...] = ()
    conditions: tuple[RowCondition, ...] = ()
    bounds: tuple[DateBound, ...] = ()
    related: tuple[Related, ...] = ()
    open_on_as_at: bool = False


@dataclass(frozen=True)
class Feature(Node):
    """One value for each person from the rows of one table.

    `aggregate` and what `column` and `part` mean:

    * ``latest``, ``earliest``: the row with the last or first date; `part` is ``date`` or ``value``, and `column` is
      the column that gives the value. Several rows on that one day: `same_day` says whether the ``highest`` or the
      ``lowest`` value of that day is taken; a row with a value comes before one without.
    * ``any``: whether there is a row. ``count``: rows, or distinct values of `column`. ``total``, ``highest``,
      ``lowest``: of `column`. ``episodes``: runs of rows no more than `gap_days` apart.
    """

    rows: RowSet
    aggregate: Choice["latest", "earliest", "any", "count", "total", "highest", "lowest", "episodes"]
    column: str = ""
    part: str = ""
    same_day: Choice["highest", "lowest"] = "highest"
    gap_days: int = 0


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside `node`; for a feature, the dates that its window depends on."""
    if isinstance(node, Call):
        yield from node.arguments
    elif isinstance(node, CaseWhen):
        for condition, value in node.branches:
            yield condition
            yield value
        yield node.otherwise
    elif isinstance(node, DateDifference):
        yield node.start
        yield node.end
    elif isinstance(node, DateShift):
        yield node.date
    elif isinstance(node, Feature):
        yield from bounds_of(node.rows)


def bounds_of(rows: RowSet) -> Iterator[Node]:
    """The dates that a set of rows is bounded by, its partners' included."""
    for bound in rows.bounds:
        yield bound.bound
    for related in rows.related:
        yield from bounds_of(related.rows)


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything inside it, outermost first, repeats included."""
    yield node
    for child in children(node):
        yield from walk(child)


def features_in(*nodes: Node) -> tuple[Feature, ...]:
    """Every distinct feature used, a feature that a window depends on before the one that uses it."""
    found: dict[Feature, None] = {}

    def visit(node: Node) -> None:
        for child in children(node):
            visit(child)
        if isinstance(node, Feature):
            found.setdefault(node)

    for node in nodes:
        visit(node)
    return tuple(found)


def members_in(*nodes: Node) -> tuple[str, ...]:
    """Ids of the other definitions that these expressions use."""
    return tuple(dict.fromkeys(part.definition_id for node in nodes for part in walk(node) if isinstance(part, Member)))


def codelists_in(rows: RowSet) -> tuple[str, ...]:
    """Ids of the codelists that a set of rows uses."""
    own = [name for match in rows.codes for name in match.codelists]
    partners = [name for related in rows.related for name in codelists_in(related.rows)]
    return tuple(dict.fromkeys(own + partners))
