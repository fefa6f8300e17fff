"""Every definition that ships, by id: what is declared at module level under `definitions.content`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

from commonweal.definitions import content
from commonweal.definitions.declarations import Definition, check_references
from commonweal.definitions.vocabulary.names import check_name
from commonweal.errors import BadInput


@cache
def registry() -> MappingProxyType[str, Definition]:
    """id to definition, in order of id. Two of one id, and a reference to none, are errors."""
    found: dict[str, Definition] = {}
    for module in pkgutil.iter_modules(content.__path__):
        loaded = importlib.import_module(f"{content.__name__}.{module.name}")
        for value in vars(loaded).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Definition) and found.setdefault(one.id, one) is not one:
                    raise BadInput("two definitions share an id", where=module.name, value=one.id)
    check_references(found.values())
    return MappingProxyType(dict(sorted(found.items())))


def all_definitions(kind: str = "") -> tuple[Definition, ...]:
    """Every definition, or those of one kind: register, measure, flag, segment, score."""
    return tuple(one for one in registry().values() if kind in ("", one.kind))


def get(definition_id: str) -> Definition:
    """The definition of this id; an unknown id is refused with the nearest."""
    return registry()[check_name(definition_id, registry(), "definition")]
