"""Expressions over Arrow columns: a plan's outputs for a range of people at once, each distinct part computed once.

The definitions share most of their parts (a condition of one is the denominator of ten). `Program` lists the distinct parts of
many expressions in the order in which they can be computed; `Program.run` does so, one Arrow kernel a part, and lets go
of each column after its last use. Numbers are doubles. Missing values as the vocabulary states (see `evaluate`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.definitions.vocabulary import calendar
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateDifference,
    DateShift,
    Literal,
    Member,
    Node,
    PersonAttribute,
    children,
)
from commonweal.engine.columns import Stored
from commonweal.engine.plan import Plan

ARROW_TYPES = {"number": pa.float64(), "date": pa.date32(), "text": pa.string(), "condition": pa.bool_()}
"""Kind of a value to the type of its column."""

Values = Any
"""A column of one value a person, or a scalar that everybody shares."""


@dataclass(frozen=True)
class Part:
    """One thing to compute: what, and from which earlier parts (by their place)."""

    operator: str
    of: tuple[int, ...] = ()
    detail: Any = None


@dataclass
class Program:
    """Named expressions of one as-at date, taken apart."""

    as_at: date
    parts: list[Part] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    """Name of each column that is wanted to its part."""
    _places: dict[Any, int] = field(default_factory=dict)
    _members: dict[str, int | None] = field(default_factory=dict)
    """Definition to the part that is its answer; None until that is known."""
    _seen: dict[int, tuple[Node, int]] = field(default_factory=dict)
    """Part of each node by its identity (and the node, lest another takes its identity)."""

    @classmethod
    def of_plan(cls, plan: Plan) -> Program:
        """All outputs of a plan, under their names."""
        made = cls(plan.as_at)
        made._members = {one.definition_id: None for one in plan.outputs if one.definition_id}
        for output in sorted(plan.outputs, key=lambda one: one.level):
            place = made.add(output.name, output.node, output.kind)
            if output.definition_id and output.part in ("in", "score", "class"):
                made._members[output.definition_id] = place
        return made

    @classmethod
    def of_terms(cls, as_at: date, terms: Iterable[Node]) -> Program:
        """Expressions that refer to no other definition, by their number."""
        made = cls(as_at)
        for number, term in enumerate(terms):
            made.named[str(number)] = made._part_of(term)
        return made

    def add(self, name: str, node: Node, kind: str) -> int:
        """Let the program yield one more column; returns its part."""
        self.named[name] = self._place(Part("typed", (self._part_of(node),), kind))
        return self.named[name]

    def run(self, columns: Mapping[str, pa.Array], people: int) -> dict[str, pa.Array]:
        """The named columns of so many people, from their stored columns and attributes."""
        last_use = self._last_use()
        held: dict[int, Values] = {}
        for place, part in enumerate(self.parts):
            if part.operator == "column":
                held[place] = _column(columns[part.detail])
            else:
                held[place] = _KERNELS[part.operator](part.detail, *(held[one] for one in part.of))
            for one in {*part.of, place}:
                if last_use[one] <= place:
                    del held[one]
        return {name: _spread(held[place], people) for name, place in self.named.items()}

    def _last_use(self) -> list[int]:
        last = list(range(len(self.parts)))
        for place, part in enumerate(self.parts):
            for one in part.of:
                last[one] = place
        for place in self.named.values():
            last[place] = len(self.parts)
        return last

    # --- taking apart ----------------------------------------------------------------------------------------------

    def _place(self, part: Part) -> int:
        # 1, 1.0 and true are equal, and not the same.
        key = (part.operator, part.of, type(part.detail), part.detail)
        if key not in self._places:
            self._places[key] = len(self.parts)
            self.parts.append(part)
        return self._places[key]

    def _part_of(self, node: Node) -> int:
        known = self._seen.get(id(node))
        if known is None:
            known = self._seen[id(node)] = node, self._place(self._part(node))
        return known[1]

    def _part(self, node: Node) -> Part:
        if isinstance(node, Literal):
            return Part("literal", detail=node.value)
        if isinstance(node, AsAt):
            return Part("literal", detail=self.as_at)
        if isinstance(node, Stored | PersonAttribute):
            return Part("column", detail=node.name)
        if isinstance(node, Member):
            if node.definition_id not in self._members:
                return Part("literal")  # it cannot be computed
            place = self._members[node.definition_id]
            if place is None:
                raise ValueError(f"{node.definition_id} is read before it is computed")
            return Part("same", (place,))
        of = tuple(self._part_of(one) for one in children(node))
        if isinstance(node, CaseWhen):
            return self._case(of)
        if isinstance(node, DateDifference):
            if node.unit == "days":
                return Part("days", of)
            return Part(node.unit, tuple(self._place(Part("calendar", (one,))) for one in of))
        if isinstance(node, DateShift):
            return Part("shift", of, (node.days, node.months))
        if isinstance(node, Call) and node.operator in _KERNELS:
            return Part(node.operator, of)
        raise TypeError(f"{type(node).__name__} cannot be computed over columns")

    def _case(self, of: tuple[int, ...]) -> Part:
        """Branches from the last to the first, each an if."""
        *branches, otherwise = of
        for at in range(len(branches) - 2, 0, -2):
            otherwise = self._place(Part("if", (branches[at], branches[at + 1], otherwise)))
        return Part("if", (branches[0], branches[1], otherwise))


def _column(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    whole = pa.types.is_integer(values.type)
    return values.cast(pa.float64()) if whole else values


def _spread(values: Values, people: int) -> pa.Array:
    return pa.repeat(values, people) if isinstance(values, pa.Scalar) else values


# --- one kernel a part: its detail, then the values of the parts that it is made of ----------------------------------


def _literal(value: Any) -> pa.Scalar:
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return pa.scalar(value, pa.date32()) if isinstance(value, date) else pa.scalar(value)


def _typed(kind: str, values: Values) -> Values:
    wanted = ARROW_TYPES[kind]
    return values if values.type == wanted else values.cast(wanted)


def _condition(values: Values) -> Values:
    return values.cast(pa.bool_()) if pa.types.is_null(values.type) else values


def _if(_: Any, test: Values, value: Values, otherwise: Values) -> Values:
    certain = pc.coalesce(_condition(test), pa.scalar(False))
    if isinstance(certain, pa.Scalar):
        return value if certain.as_py() else otherwise
    if _says(value, True) and _says(otherwise, False):
        return certain
    return pc.if_else(certain, value, otherwise)


def _says(value: Values, wanted: bool) -> bool:
    return isinstance(value, pa.BooleanScalar) and value.as_py() is wanted


def _is_in(_: Any, value: Values, *listed: Values) -> Values:
    if not all(isinstance(one, pa.Scalar) for one in listed):
        found = [pc.equal(value, one) for one in listed]
        together = found[0]
        for one in found[1:]:
            together = pc.or_kleene(together, one)
        return together
    if isinstance(value, pa.Scalar):
        return pa.scalar(value in listed if value.is_valid else None, pa.bool_())
    values = pa.array([one.as_py() for one in listed], value.type)
    return pc.if_else(pc.is_valid(value), pc.is_in(value, value_set=values), pa.scalar(None, pa.bool_()))


def _divided(_: Any, above: Values, below: Values) -> Values:
    below = below.cast(pa.float64())
    below = pc.if_else(pc.equal(below, 0.0), pa.scalar(None, pa.float64()), below)
    return pc.divide(above.cast(pa.float64()), below)


def _days(_: Any, start: Values, end: Values) -> Values:
    first, last = (one.cast(pa.date32()).cast(pa.int32()) for one in (start, end))
    return pc.subtract(last, first).cast(pa.float64())


def _calendar(_: Any, moment: Values) -> tuple[Values, Values, Values]:
    """Year, month and day of a date."""
    dates = moment.cast(pa.date32())
    return pc.year(dates), pc.month(dates), pc.day(dates)


def _months(_: Any, start: tuple[Values, ...], end: tuple[Values, ...]) -> Values:
    """Whole months: see `vocabulary.calendar`."""
    years, months = (pc.subtract(end[at], start[at]) for at in (0, 1))
    behind = pc.less(end[2], start[2]).cast(pa.int64())
    return pc.subtract(pc.add(pc.multiply(years, 12), months), behind).cast(pa.float64())


def _years(_: Any, start: tuple[Values, ...], end: tuple[Values, ...]) -> Values:
    """Whole years: see `vocabulary.calendar`."""
    of_year = [pc.add(pc.multiply(one[1], 100), one[2]) for one in (start, end)]
    behind = pc.less(of_year[1], of_year[0]).cast(pa.int64())
    return pc.subtract(pc.subtract(end[0], start[0]), behind).cast(pa.float64())


def _shift(by: tuple[int, int], moment: Values) -> Values:
    """A date moved by months (the last day of a shorter month), then days."""
    days, months = by
    moment = moment.cast(pa.date32())
    if isinstance(moment, pa.Scalar):
        known = moment.as_py()
        return pa.scalar(None if known is None else calendar.add(known, days=days, months=months), pa.date32())
    missing = moment.is_null().to_numpy(zero_copy_only=False)
    day = moment.cast(pa.int32()).fill_null(0).to_numpy().astype("datetime64[D]")
    if months:
        month = day.astype("datetime64[M]")
        moved = month + months
        longest = (moved + 1).astype("datetime64[D]") - moved.astype("datetime64[D]") - 1
        day = moved.astype("datetime64[D]") + np.minimum(day - month.astype("datetime64[D]"), longest)
    return pa.array((day + days).astype(np.int64).astype(np.int32), mask=missing).view(pa.date32())


def _of_two(kernel: Callable[..., Values], values: tuple[Values, ...]) -> Values:
    first, *rest = values
    for one in rest:
        first = kernel(first, one)
    return first


def _of_conditions(kernel: Callable[..., Values]) -> Callable[..., Values]:
    return lambda _, *values: _of_two(kernel, tuple(map(_condition, values)))


def _of_values(kernel: Callable[..., Values]) -> Callable[..., Values]:
    return lambda _, *values: _of_two(kernel, values)


_KERNELS: dict[str, Callable[..., Values]] = {
    "literal": lambda value: _literal(value),
    "same": lambda _, values: values,
    "typed": _typed,
    "if": _if,
    "not": lambda _, values: pc.invert(_condition(values)),
    "is_missing": lambda _, values: pc.is_null(values),
    "coalesce": lambda _, *values: pc.coalesce(*values),
    "greatest": lambda _, *values: pc.max_element_wise(*values, skip_nulls=True),
    "least": lambda _, *values: pc.min_element_wise(*values, skip_nulls=True),
    "and": _of_conditions(pc.and_kleene),
    "or": _of_conditions(pc.or_kleene),
    "in": _is_in,
    "=": _of_values(pc.equal),
    "!=": _of_values(pc.not_equal),
    "<": _of_values(pc.less),
    "<=": _of_values(pc.less_equal),
    ">": _of_values(pc.greater),
    ">=": _of_values(pc.greater_equal),
    "+": _of_values(pc.add),
    "-": _of_values(pc.subtract),
    "*": _of_values(pc.multiply),
    "/": _divided,
    "days": _days,
    "months": _months,
    "years": _years,
    "calendar": _calendar,
    "shift": _shift,
}  # fmt: skip

__all__ = ["ARROW_TYPES", "Program"]
