"""How long a register is: the lines of its declaration, with and without its worked patients."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pkgutil import iter_modules
from statistics import median

from commonweal.definitions import content

WORKED = "worked_patients"


def register_lines() -> dict[str, tuple[int, int]]:
    """Name of each module-level ``name = Register(…)`` to its lines, all of them and those that are no worked patients."""
    found = {}
    for module in iter_modules(content.__path__):
        source = inspect.getsource(import_module(f"{content.__name__}.{module.name}"))
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value) == "Register":
                every = _lines(node)
                patients = [_lines(word.value) for word in node.value.keywords if word.arg == WORKED]
                alone = every - (set().union(*patients) - _shared(node.value))
                found[ast.unparse(node.targets[0])] = (len(every), len(alone))
    return found


def median_lines() -> tuple[float, float]:
    """Median lines of a register, with and without its worked patients."""
    pairs = list(register_lines().values())
    return median(one for one, _ in pairs), median(one for _, one in pairs)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _lines(node: ast.expr | ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _shared(call: ast.Call) -> set[int]:
    """Lines that hold something else too."""
    others = [_lines(word.value) for word in call.keywords if word.arg != WORKED]
    return set().union(*others)
