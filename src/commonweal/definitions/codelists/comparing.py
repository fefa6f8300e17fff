"""Comparing two versions of a list: which codes join, which leave."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.definitions.codelists.model import Codelist
from commonweal.errors import BadInput


@dataclass(frozen=True)
class Comparison:
    """Codes and terms that differ between two lists, each sorted by code."""

    before: str
    after: str
    joining: tuple[tuple[str, str], ...]
    """(code, term) only in the second."""
    leaving: tuple[tuple[str, str], ...]
    """(code, term) only in the first."""
    staying: int


def compare(before: Codelist, after: Codelist) -> Comparison:
    """What changes when `after` takes the place of `before`. Both must be in one code system."""
    if before.system != after.system:
        raise BadInput(
            "lists in different code systems cannot be compared",
            value=f"{before.id} is {before.system}, {after.id} is {after.system}",
            remedy="compare two versions of one list, or two lists in one system",
        )
    return Comparison(
        before=f"{before.id} {before.version}",
        after=f"{after.id} {after.version}",
        joining=tuple((code, after.terms.get(code, "")) for code in sorted(after.codes - before.codes)),
        leaving=tuple((code, before.terms.get(code, "")) for code in sorted(before.codes - after.codes)),
        staying=len(before.codes & after.codes),
    )
