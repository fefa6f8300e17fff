"""JSON paths in mappings: ``code.coding[0].code`` to SQL over a typed structure, and the structure itself.

A path is field names joined by dots, each with an optional index ``[0]`` or a choice ``[system=URI]`` (the first item whose
field equals the value; several choices separated by ``|`` are tried in order, and ``*`` stands for the first item).
Only the fields that a mapping names are read: DuckDB's JSON reader is given the exact structure.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from commonweal.errors import BadInput
from commonweal.record.expressions import identifier, quote
from commonweal.record.mapping import Layout

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]]*)\])?(?:\.|$)")


@dataclass(frozen=True)
class Step:
    """One field, and which item of it."""

    name: str
    choose: str | None = None


def steps(path: str) -> list[Step]:
    """The steps of a path. Raises `BadInput` on a path that cannot be read."""
    found, place = [], 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            raise BadInput("not a JSON path", value=path, remedy="write it as field.list[0].field")
        found.append(Step(match[1], match[2]))
        place = match.end()
    return found


def _choose(sql: str, choice: str) -> str:
    if choice.isdigit():
        return f"{sql}[{int(choice) + 1}]"
    options = []
    for part in choice.split("|"):
        if part == "*":
            options.append(f"{sql}[1]")
        else:
            name, _, value = part.partition("=")
            options.append(f"list_filter({sql}, x -> x.{identifier(name)} = {quote(value)})[1]")
    if len(options) == 1:
        return options[0]
    # Most lists hold one item: choosing among several is the slow way, taken only where there are several.
    whole = f"coalesce({', '.join(options)})"
    return f"CASE WHEN len({sql}) = 1 THEN {sql}[1] ELSE {whole} END" if choice.endswith("*") else whole


def path_sql(path: str, root: str = "") -> str:
    """SQL for the value at `path` under `root` (a column or an expression; empty for the reader's own columns)."""
    sql = root
    for step in steps(path):
        sql = f"{sql}.{identifier(step.name)}" if sql else identifier(step.name)
        if step.choose is not None:
            sql = _choose(f"({sql})" if "(" in sql else sql, step.choose)
            sql = f"({sql})"
    return sql


def list_sql(path: str, fields: dict[str, str], root: str = "") -> str:
    """SQL for a list of structs with the named fields of each item."""
    packed = ", ".join(f"{identifier(name)} := {path_sql(inner, 'element')}" for name, inner in fields.items())
    whole = path_sql(path, root)
    # Most records lack the list: nothing is built for those.
    return f"CASE WHEN {whole} IS NOT NULL THEN list_transform({whole}, element -> struct_pack({packed})) END"


def structure(layout: Layout) -> dict[str, str]:
    """The DuckDB type of each top-level JSON field that the layout reads."""
    return {name: _type(node) for name, node in _tree(layout).items()}


def structure_json(layout: Layout) -> str:
    """The same structure as `from_json` takes it."""
    return json.dumps({name: _spec(node) for name, node in _tree(layout).items()})


def _tree(layout: Layout) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in layout.fields.values():
        _plant(tree, path)
    for item in layout.lists.values():
        for inner in item.fields.values():
            _plant(tree, f"{item.path}[*].{inner}")
    return tree


def _spec(node: dict[str, Any]) -> Any:
    inner: Any = {name: _spec(child) for name, child in node.items() if name} or "VARCHAR"
    return [inner] if node[""] else inner


def _plant(tree: dict[str, Any], path: str) -> None:
    node = tree
    walked = steps(path)
    for place, step in enumerate(walked):
        branch = node.setdefault(step.name, {"": False})
        branch[""] = branch[""] or step.choose is not None
        if step.choose and "=" in step.choose:
            for part in step.choose.split("|"):
                if "=" in part:
                    branch.setdefault(part.partition("=")[0], {"": False})
        if place < len(walked) - 1:
            node = branch


def _type(node: dict[str, Any]) -> str:
    inner = {name: child for name, child in node.items() if name}
    body = "STRUCT(" + ", ".join(f"{identifier(n)} {_type(c)}" for n, c in inner.items()) + ")" if inner else "VARCHAR"
    return body + ("[]" if node[""] else "")
