"""What a plan makes of the date of birth: direct care knows the day, every other purpose the month."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    DateDifference,
    Member,
    Node,
    PersonAttribute,
    bounds_of,
    children,
    walk,
)
from commonweal.engine.plan import Plan

BY_BIRTH = ("birth_date", "age", "age_band")
"""Attributes that follow from the date of birth."""

AGE = DateDifference(PersonAttribute("birth_date"), AsAt(), "years")
TESTS = ("<", "<=", ">", ">=", "=", "!=", "in", "is_missing")
"""Operators that give true, false or missing for values."""


def birth_terms(plan: Plan) -> list[Node]:
    """The smallest expressions of a plan that read the date of birth and can be the same where that date is not.

    A test of an age ("under 18") rather than the age, the age rather than the date. Where all terms are the same by the
    day and by the month of birth, so is everything that is built on them.
    """
    roots = [*(one.node for one in plan.outputs), *_bounds(plan)]
    terms = dict.fromkeys(term for root in roots for term in _terms(root))
    return list(dict.fromkeys([AGE, *(one for one in terms if not _by_age_alone(one))]))


def birth_bounds(plan: Plan) -> bool:
    """Whether the date of birth decides which rows count for some stored column."""
    return any(
        isinstance(one, PersonAttribute) and one.name in BY_BIRTH for root in _bounds(plan) for one in walk(root)
    )


def _bounds(plan: Plan) -> list[Node]:
    """The dates, different for each person, by which rows are chosen."""
    selections = dict.fromkeys(column.selection for column in plan.columns.values())
    own = [bound.bound for one in selections for bound in one.dynamic]
    return own + [bound for one in selections for related in one.related for bound in bounds_of(related.rows)]


def _by_age_alone(node: Node) -> bool:
    """Whether an expression reads the date of birth only for the age in years, so that an equal age settles it."""
    if node == AGE:
        return True
    if isinstance(node, PersonAttribute):
        return node.name not in ("birth_date",)
    return all(_by_age_alone(one) for one in children(node))


def _terms(node: Node) -> Iterator[Node]:
    inside = list(walk(node))
    if not any(isinstance(one, PersonAttribute) and one.name in BY_BIRTH for one in inside):
        return
    whole = isinstance(node, DateDifference | PersonAttribute) or (isinstance(node, Call) and node.operator in TESTS)
    if whole and not any(isinstance(one, Member) for one in inside):
        yield node
        return
    for child in children(node):
        yield from _terms(child)
