"""The layouts that can be read: the shipped mappings and a store's own, each compiled once when it is read."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from commonweal.errors import BadInput
from commonweal.record.compiler import check_layout
from commonweal.record.mapping import BoundLayout, Family

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_family(path: Path | Any) -> Family:
    """The mapping in a YAML file. Raises `BadInput` that names the place and what is wrong there."""
    name = getattr(path, "name", str(path))
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 (the safe loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}, line {mark.line + 1}" if mark else name
        raise BadInput("the mapping is not valid YAML", where=place, remedy="mend the line named") from None
    if not isinstance(body, dict):
        raise BadInput("the mapping holds no settings", where=name, remedy="start from `commonweal mapping new FILE`")
    try:
        family = Family.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"the mapping is not valid: {first['msg']}",
            where=f"{name}, {place}",
            remedy="see `commonweal mapping list`",
        ) from None
    for layout in family.layouts:
        check_layout(BoundLayout(family=family, layout=layout), name)
    return family


@cache
def shipped_families() -> tuple[Family, ...]:
    """Every mapping in the package, by name."""
    folder = resources.files("commonweal.record") / "mappings"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return tuple(read_family(entry) for entry in files)


def families(extra: Path | None = None) -> tuple[Family, ...]:
    """The shipped mappings and those in the folder `extra` (the store's own); an own one wins over a shipped name."""
    own = tuple(read_family(path) for path in sorted(extra.glob("*.yaml"))) if extra and extra.is_dir() else ()
    names = {family.family for family in own}
    return own + tuple(family for family in shipped_families() if family.family not in names)


def layouts(wanted: str = "auto", extra: Path | None = None) -> list[BoundLayout]:
    """The layouts that `wanted` allows: ``auto``, a family, or ``family.layout``."""
    everything = [BoundLayout(family=family, layout=layout) for family in families(extra) for layout in family.layouts]
    if wanted == "auto":
        return everything
    found = [bound for bound in everything if wanted in (bound.name, bound.family.family)]
    if not found:
        known = sorted({bound.family.family for bound in everything})
        raise BadInput(
            "no such layout",
            value=wanted,
            remedy=f"use auto, or one of: {', '.join(known)} (see `commonweal mapping list`)",
        )
    return found
