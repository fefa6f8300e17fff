"""Expressions as JSON, so that a release carries the logic that made it and can explain itself for good."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from commonweal.definitions.vocabulary import nodes

TYPES: dict[str, type] = {
    one.__name__: one
    for one in (
        nodes.Literal, nodes.AsAt, nodes.PersonAttribute, nodes.Call, nodes.CaseWhen, nodes.DateDifference,
        nodes.DateShift, nodes.Member, nodes.CodeMatch, nodes.RowCondition, nodes.DateBound, nodes.Related,
        nodes.RowSet, nodes.Feature,
    )
}  # fmt: skip


def to_json(value: Any) -> Any:
    """A node, or what nodes are made of, as plain JSON values."""
    if type(value).__name__ in TYPES:
        kept = {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
        return {"is": type(value).__name__, **{name: part for name, part in kept.items() if part not in ([], "")}}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    return {"date": value.isoformat()} if isinstance(value, date) else value


def from_json(value: Any) -> Any:
    """The inverse of `to_json`."""
    if isinstance(value, dict):
        if "date" in value and "is" not in value:
            return date.fromisoformat(value["date"])
        made = {name: from_json(part) for name, part in value.items() if name != "is"}
        if value["is"] == "RowCondition":
            # Empty parts are not written: "present" and "missing" have no values.
            made.setdefault("values", ())
        return TYPES[value["is"]](**made)
    return tuple(from_json(one) for one in value) if isinstance(value, list) else value
