"""Expressions over one person: conditions, numbers, dates and texts, and what may be done with them.

Missing values follow one rule everywhere (three-valued logic):

* a comparison or a sum with a missing value is missing; so is a division by zero;
* ``and`` is false if either side is false, else missing if either is missing; ``or`` is true if either side is true,
  else missing if either is missing; ``not`` missing is missing;
* a person is in a register, flag, denominator or numerator only where its condition is *true*: missing is out;
* in `when`, a branch whose condition is missing is not taken;
* `any`, `none` and `count` are never missing. `is_missing` and `coalesce` turn a missing value into a certain one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from commonweal.definitions.vocabulary.names import refuse_attribute
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateDifference,
    DateShift,
    Kind,
    Literal,
    Member,
    Node,
)
from commonweal.errors import BadInput

OPERATORS: dict[str, str] = {
    "and": "both are true",
    "or": "either is true",
    "not": "is not true",
    "=": "equals",
    "!=": "differs from",
    "<": "is less than, or earlier than",
    "<=": "is at most, or on or before",
    ">": "is more than, or later than",
    ">=": "is at least, or on or after",
    "+": "plus",
    "-": "minus",
    "*": "times",
    "/": "divided by; missing where the divisor is zero",
    "in": "is one of",
    "is_missing": "is missing",
    "coalesce": "the first that is not missing",
    "greatest": "the greatest of those that are not missing",
    "least": "the least of those that are not missing",
}


@dataclass(frozen=True, eq=False)
class Expression:
    """One value for one person. Combine conditions with ``&``, ``|`` and ``~``, never with and, or, not."""

    node: Node
    kind: Kind = "condition"

    def __bool__(self) -> NoReturn:
        raise BadInput(
            "a condition has no value until it is evaluated for a person",
            remedy="combine conditions with & | ~ (each in brackets) instead of and, or, not, and use is_in for a set",
        )

    def is_missing(self) -> Condition:
        """True where there is no value."""
        return Condition(Call("is_missing", (self.node,)))

    def is_known(self) -> Condition:
        """True where there is a value."""
        return ~self.is_missing()

    def is_in(self, values: Iterable[Any]) -> Condition:
        """True where the value is one of `values`; missing where it is missing."""
        return Condition(Call("in", (self.node, *(as_node(value, self.kind) for value in values))))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return _compare("=", self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return _compare("!=", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, name, lambda: f"operation on a {self.kind}")


class Condition(Expression):
    """True, false or missing."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "condition")

    def __and__(self, other: Condition) -> Condition:
        return Condition(Call("and", (self.node, as_node(other, "condition"))))

    def __or__(self, other: Condition) -> Condition:
        return Condition(Call("or", (self.node, as_node(other, "condition"))))

    def __invert__(self) -> Condition:
        return Condition(Call("not", (self.node,)))

    __rand__ = __and__
    __ror__ = __or__


class _Ordered(Expression):
    def __lt__(self, other: Any) -> Condition:
        return _compare("<", self, other)

    def __le__(self, other: Any) -> Condition:
        return _compare("<=", self, other)

    def __gt__(self, other: Any) -> Condition:
        return _compare(">", self, other)

    def __ge__(self, other: Any) -> Condition:
        return _compare(">=", self, other)

    def between(self, lowest: Any, highest: Any) -> Condition:
        """From `lowest` to `highest`, both included."""
        return (self >= lowest) & (self <= highest)


class Number(_Ordered):
    """A number; its unit is that of the column or the count that it comes from."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "number")

    def __add__(self, other: Any) -> Number:
        return _arithmetic("+", self, other)

    def __radd__(self, other: Any) -> Number:
        return _arithmetic("+", other, self)

    def __sub__(self, other: Any) -> Number:
        return _arithmetic("-", self, other)

    def __rsub__(self, other: Any) -> Number:
        return _arithmetic("-", other, self)

    def __mul__(self, other: Any) -> Number:
        return _arithmetic("*", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Number:
        return _arithmetic("/", self, other)


@dataclass(frozen=True)
class Period:
    """A length of time in months and days, to move a date by: ``days(30)``, ``months(-12)``."""

    days: int = 0
    months: int = 0

    def __neg__(self) -> Period:
        return Period(-self.days, -self.months)


def days(count: int) -> Period:
    """So many days."""
    return Period(days=count)


def months(count: int) -> Period:
    """So many calendar months."""
    return Period(months=count)


def years(count: int) -> Period:
    """So many calendar years."""
    return Period(months=12 * count)


class DateValue(_Ordered):
    """A date."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "date")

    def __add__(self, period: Period) -> DateValue:
        if not isinstance(period, Period):
            raise BadInput("a date is moved by a period", value=period, remedy="write date + days(30) or + months(6)")
        return DateValue(DateShift(self.node, period.days, period.months))

    def __sub__(self, period: Period) -> DateValue:
        return self + (-period)

    def days_to(self, other: DateValue | date) -> Number:
        """Days from this date to `other`."""
        return Number(DateDifference(self.node, as_node(other, "date"), "days"))

    def months_to(self, other: DateValue | date) -> Number:
        """Whole months from this date to `other`, rounded down."""
        return Number(DateDifference(self.node, as_node(other, "date"), "months"))

    def years_to(self, other: DateValue | date) -> Number:
        """Whole years from this date to `other`, rounded down."""
        return Number(DateDifference(self.node, as_node(other, "date"), "years"))


class Text(Expression):
    """A code or a short word, compared exactly as it is held."""

    def __init__(self, node: Node) -> None:
        super().__init__(node, "text")


WRAPPERS: dict[Kind, type] = {"condition": Condition, "number": Number, "date": DateValue, "text": Text}

as_at = DateValue(AsAt())
"""The date at which everything is evaluated."""


def kind_of(value: object) -> Kind:
    """What sort of value this is."""
    if isinstance(value, Expression):
        return value.kind
    if isinstance(value, bool):
        return "condition"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, date):
        return "date"
    if isinstance(value, str):
        return "text"
    raise BadInput(
        "this cannot stand in an expression", value=value, remedy="use a number, date, text or another expression"
    )


def as_node(value: object, kind: Kind) -> Node:
    """The node of `value`, which has to be of this kind."""
    found = kind_of(value)
    if found != kind:
        raise BadInput(
            f"a {kind} is needed here, and this is a {found}", value=None if isinstance(value, Expression) else value
        )
    return value.node if isinstance(value, Expression) else Literal(value)  # type: ignore[arg-type]


def _compare(operator: str, left: Expression, right: object) -> Condition:
    if right is None:
        raise BadInput("a missing value cannot be compared", remedy="use is_missing() or is_known()")
    return Condition(Call(operator, (left.node, as_node(right, left.kind))))


def _arithmetic(operator: str, left: object, right: object) -> Number:
    return Number(Call(operator, (as_node(left, "number"), as_node(right, "number"))))


def all_of(*conditions: Condition) -> Condition:
    """All are true."""
    return Condition(_chain("and", conditions))


def any_of(*conditions: Condition) -> Condition:
    """At least one is true."""
    return Condition(_chain("or", conditions))


def _chain(operator: str, conditions: tuple[Condition, ...]) -> Node:
    nodes = [as_node(one, "condition") for one in conditions]
    if not nodes:
        raise BadInput(f"{operator} needs at least one condition")
    result = nodes[0]
    for node in nodes[1:]:
        result = Call(operator, (result, node))
    return result


def number_true(*conditions: Condition) -> Number:
    """How many of these are true; a missing one does not count."""
    total: Number | None = None
    for one in conditions:
        flag = when((one, 1), otherwise=0)
        total = flag if total is None else total + flag
    if total is None:
        raise BadInput("number_true needs at least one condition")
    return total


def when(*branches: tuple[Condition, Any], otherwise: Any = None) -> Any:
    """The value of the first branch whose condition is true; `otherwise` (or missing) where none is."""
    if not branches:
        raise BadInput("when needs at least one (condition, value) pair")
    kind = kind_of(branches[0][1])
    last = Literal(None) if otherwise is None else as_node(otherwise, kind)
    pairs = tuple((as_node(condition, "condition"), as_node(value, kind)) for condition, value in branches)
    return WRAPPERS[kind](CaseWhen(pairs, last))


def _first(operator: str, values: tuple[Any, ...]) -> Any:
    if not values:
        raise BadInput(f"{operator} needs at least one value")
    kind = kind_of(values[0])
    return WRAPPERS[kind](Call(operator, tuple(as_node(value, kind) for value in values)))


def coalesce(*values: Any) -> Any:
    """The first that is not missing."""
    return _first("coalesce", values)


def greatest(*values: Any) -> Any:
    """The greatest (or last date) of those that are not missing; missing where all are."""
    return _first("greatest", values)


def least(*values: Any) -> Any:
    """The least (or first date) of those that are not missing; missing where all are."""
    return _first("least", values)


def is_member(definition_id: str) -> Condition:
    """The person is in this register (or the flag is raised), as decided by that definition."""
    return Condition(Member(definition_id))


def score_of(definition_id: str) -> Number:
    """The person's value of this score; missing outside its validity range."""
    return Number(Member(definition_id))


def segment_of(definition_id: str) -> Text:
    """The id of the person's segment in this scheme."""
    return Text(Member(definition_id))
