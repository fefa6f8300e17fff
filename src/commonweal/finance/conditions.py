"""Conditions of a rule table: each can be asked of one row, or written as SQL. Both forms treat a missing value alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.errors import BadInput

OPERATORS = (
    "one_of",
    "not_one_of",
    "outside",
    "starts_with",
    "not_starts_with",
    "matches",
    "at_least",
    "at_most",
    "between",
)
PERSON_COLUMNS = ("sex", "age")


@dataclass(frozen=True)
class Condition:
    """One test of one column. A missing value holds only for ``outside``."""

    column: str
    operator: str
    operand: tuple[Any, ...]

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether one contact, given as a mapping of column names, meets the condition."""
        value = row.get(self.column)
        if value is None:
            return self.operator == "outside"
        match self.operator:
            case "one_of":
                return value in self.operand
            case "not_one_of" | "outside":
                return value not in self.operand
            case "starts_with":
                return value.startswith(self.operand)
            case "not_starts_with":
                return not value.startswith(self.operand)
            case "matches":
                return re.fullmatch(self.operand[0], value) is not None
            case "at_least":
                return value >= self.operand[0]
            case "at_most":
                return value <= self.operand[0]
            case _:
                return self.operand[0] <= value <= self.operand[1]

    def sql(self) -> str:
        """SQL over the column; `sex` and `age` are left as ``{sex}`` and ``{age}`` for the caller to fill."""
        name = f"{{{self.column}}}" if self.column in PERSON_COLUMNS else self.column
        listed = ", ".join(_literal(value) for value in self.operand)
        first = _literal(self.operand[0])
        match self.operator:
            case "one_of":
                return f"{name} IN ({listed})"
            case "not_one_of":
                return f"{name} NOT IN ({listed})"
            case "outside":
                return f"coalesce({name} NOT IN ({listed}), true)"
            case "starts_with":
                return "(" + " OR ".join(f"starts_with({name}, {_literal(value)})" for value in self.operand) + ")"
            case "not_starts_with":
                return "(" + " AND ".join(f"NOT starts_with({name}, {_literal(value)})" for value in self.operand) + ")"
            case "matches":
                return f"regexp_full_match({name}, {first})"
            case "at_least":
                return f"{name} >= {first}"
            case "at_most":
                return f"{name} <= {first}"
            case _:
                return f"{name} BETWEEN {first} AND {_literal(self.operand[1])}"


def condition_from(column: str, test: Any, lists: Mapping[str, Any]) -> Condition:
    """Read one condition of a rule table; `$name` stands for a list in `lists`."""
    operator, operand = ("one_of", test)
    if isinstance(test, dict):
        ((operator, operand),) = test.items()
    if operator not in OPERATORS:
        raise BadInput("no such operator in a rule table", where=f"column {column}", value=operator)
    if isinstance(operand, str) and operand.startswith("$"):
        operand = lists[operand[1:]]
    values = tuple(operand) if isinstance(operand, list) else (operand,)
    return Condition(column, operator, values)


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
