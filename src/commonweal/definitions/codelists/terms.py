"""What a code means, in words, from the codelists that hold it: for display where a feed sends a code without its term."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from commonweal.definitions.codelists.library import ids, load, pinned

_TAG = re.compile(r"\s*\((?:finding|procedure|disorder|observable entity|situation|regime/therapy|event|product)\)$")
"""The semantic tag of a SNOMED CT fully specified name: not for people."""


_GROUPS = ("acs_", "charlson_")
"""Lists whose terms name the group and not the code: hypertension would read as heart failure."""


@cache
def _terms() -> dict[str, dict[str, str]]:
    """System to code to term; of several lists that hold a code, the first by id that gives it a term."""
    held: dict[str, dict[str, str]] = {}
    pins = pinned()
    for list_id in ids():
        if list_id not in pins or list_id.startswith(_GROUPS):
            continue
        found = load(list_id)
        for system in found.systems:
            into = held.setdefault(system, {})
            for code, term in found.terms.items():
                if term and code not in into:
                    into[code] = _TAG.sub("", term)
    for system, code, name in _observations():
        held.setdefault(system, {}).setdefault(code, name)
    return held


def _observations() -> list[tuple[str, str, str]]:
    """System, code and name of the observations whose units the record converts."""
    path = resources.files("commonweal.record") / "data" / "observation_codes.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [(row["system"], row["code"], row["observation"].replace("_", " ").capitalize()) for row in rows]


def term(system: str, code: str) -> str:
    """The term of a code as a codelist gives it; empty where none does. Never used to match.

    A diagnosis that no list holds by itself is said by its three-character category, as ICD-10 orders them.
    """
    held = _terms().get(system, {})
    return held.get(code, "") or (held.get(code[:3], "") if system == "icd10" else "")
