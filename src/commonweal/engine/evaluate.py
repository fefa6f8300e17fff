"""Expressions evaluated in plain Python for one person: slow, obvious, and the meaning that SQL has to match."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from commonweal.definitions.vocabulary import calendar
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateDifference,
    DateShift,
    Literal,
    Node,
)

Lookup = Callable[[Node], Any]
"""The value of a feature, a stored column, a person attribute or another definition's answer."""


def evaluate(node: Node, as_at: date, lookup: Lookup) -> Any:
    """The value of `node`; None where it is missing."""

    def value(one: Node) -> Any:
        if isinstance(one, Literal):
            return one.value
        if isinstance(one, AsAt):
            return as_at
        if isinstance(one, CaseWhen):
            for test, result in one.branches:
                if value(test) is True:
                    return value(result)
            return value(one.otherwise)
        if isinstance(one, DateDifference):
            return _difference(value(one.start), value(one.end), one.unit)
        if isinstance(one, DateShift):
            moment = value(one.date)
            return None if moment is None else calendar.add(moment, days=one.days, months=one.months)
        if isinstance(one, Call):
            return apply(one.operator, [value(argument) for argument in one.arguments])
        return lookup(one)

    return value(node)


def _difference(start: date | None, end: date | None, unit: str) -> int | None:
    if start is None or end is None:
        return None
    between = {
        "days": calendar.days_between,
        "months": calendar.months_between,
        "years": calendar.years_between,
    }
    return between[unit](start, end)


def apply(operator: str, values: list[Any]) -> Any:
    """An operator over values, with missing values as the vocabulary states."""
    if operator == "is_missing":
        return values[0] is None
    if operator == "coalesce":
        return next((one for one in values if one is not None), None)
    if operator in ("greatest", "least"):
        known = [one for one in values if one is not None]
        return (max if operator == "greatest" else min)(known) if known else None
    if operator == "and":
        return False if False in values else None if None in values else True
    if operator == "or":
        return True if True in values else None if None in values else False
    if any(one is None for one in values):
        return None
    if operator == "not":
        return not values[0]
    if operator == "in":
        return values[0] in values[1:]
    return _binary(operator, *values)


def _binary(operator: str, left: Any, right: Any) -> Any:
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    if operator == "<":
        return left < right
    if operator == "<=":
        return left <= right
    if operator == ">":
        return left > right
    if operator == ">=":
        return left >= right
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "/":
        return float(left) / float(right) if right else None
    raise ValueError(f"no such operator: {operator}")
