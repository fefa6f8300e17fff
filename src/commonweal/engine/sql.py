"""Expressions as SQL. Written once for both engines; what they disagree on is in `dialect`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from commonweal.definitions.vocabulary import nodes
from commonweal.engine.columns import Stored
from commonweal.engine.dialect import Dialect, date_literal, text_literal

Namer = Callable[[nodes.Node], str]
"""The SQL name of a stored column, a person attribute or another definition's answer."""


def literal(value: object, dialect: Dialect) -> str:
    """A constant."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return dialect.real(value)
    if isinstance(value, date):
        return date_literal(value)
    return text_literal(str(value))


def to_sql(node: nodes.Node, dialect: Dialect, as_at: date, name: Namer) -> str:
    """One rewritten expression as SQL."""

    def sql(one: nodes.Node) -> str:
        if isinstance(one, nodes.Literal):
            return literal(one.value, dialect)
        if isinstance(one, nodes.AsAt):
            return date_literal(as_at)
        if isinstance(one, Stored | nodes.PersonAttribute | nodes.Member):
            return name(one)
        if isinstance(one, nodes.DateDifference):
            return difference(sql(one.start), sql(one.end), one.unit, dialect)
        if isinstance(one, nodes.DateShift):
            return dialect.shift(sql(one.date), one.days, one.months)
        if isinstance(one, nodes.CaseWhen):
            branches = " ".join(f"WHEN {sql(test)} THEN {sql(value)}" for test, value in one.branches)
            return f"CASE {branches} ELSE {sql(one.otherwise)} END"
        if isinstance(one, nodes.Call):
            return call(one.operator, [sql(argument) for argument in one.arguments])
        raise TypeError(f"no SQL for {type(one).__name__}")

    return sql(node)


def call(operator: str, arguments: list[str]) -> str:
    """An operator over SQL expressions."""
    if operator == "not":
        return f"(NOT {arguments[0]})"
    if operator == "is_missing":
        return f"({arguments[0]} IS NULL)"
    if operator == "in":
        return f"({arguments[0]} IN ({', '.join(arguments[1:])}))"
    if operator in ("coalesce", "greatest", "least"):
        return arguments[0] if len(arguments) == 1 else f"{operator}({', '.join(arguments)})"
    if operator == "/":
        return f"(CAST({arguments[0]} AS DOUBLE) / nullif(CAST({arguments[1]} AS DOUBLE), 0))"
    joined = {"!=": "<>", "and": "AND", "or": "OR"}.get(operator, operator)
    return f"({arguments[0]} {joined} {arguments[1]})"


def difference(start: str, end: str, unit: str, dialect: Dialect) -> str:
    """Whole days, months or years between two dates, rounded down; see `vocabulary.calendar`."""
    if unit == "days":
        return f"CAST({dialect.days_between(start, end)} AS BIGINT)"
    if unit == "years":
        month_day = "(month({0}) * 100 + day({0}))"
        behind = f"CASE WHEN {month_day.format(end)} < {month_day.format(start)} THEN 1 ELSE 0 END"
        return f"CAST(year({end}) - year({start}) - {behind} AS BIGINT)"
    whole = f"(year({end}) - year({start})) * 12 + month({end}) - month({start})"
    return f"CAST({whole} - CASE WHEN day({end}) < day({start}) THEN 1 ELSE 0 END AS BIGINT)"
