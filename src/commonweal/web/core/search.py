"""One search over what each app offers from its ``search`` module. People are not in it: they are found by full NHS number.

Words travel in the body of a request, never in an address: somebody will type a name.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.apps import apps

from commonweal.nhs_number import is_valid, normalise
from commonweal.web.core.actor import Actor
from commonweal.web.core.apps import SiteApp

MOST_SHOWN = 10
LONGEST = 100
"""Characters of a search that are read."""


@dataclass(frozen=True)
class Hit:
    """One thing found: what it is called, a few words about it, and where it is."""

    title: str
    words: str
    href: str
    more: tuple[tuple[str, str], ...] = ()
    """Further links: (text, address)."""


@dataclass(frozen=True)
class Section:
    """What one app found of one kind: the first `MOST_SHOWN` of `total`."""

    title: str
    hits: tuple[Hit, ...]
    total: int
    order: int = 50


def sections_for(actor: Actor, words: str) -> list[Section]:
    """What `actor` may see that holds every one of the words. Sections with nothing in them are left out."""
    wanted = split(words)
    found: list[Section] = []
    if not wanted:
        return found
    for config in apps.get_app_configs():
        if not isinstance(config, SiteApp) or config.name == "commonweal.web.core":
            continue
        if importlib.util.find_spec(f"{config.name}.search"):
            found += importlib.import_module(f"{config.name}.search").found(actor, wanted)
    return sorted((one for one in found if one.hits), key=lambda one: (one.order, one.title))


def split(words: str) -> tuple[str, ...]:
    """The words of a search in lower case."""
    return tuple(words[:LONGEST].casefold().split())


def fits(wanted: Sequence[str], *texts: str) -> bool:
    """Whether the texts together hold every word."""
    text = " ".join(texts).casefold()
    return all(word in text for word in wanted)


def section(title: str, hits: Iterable[Hit], order: int, total: int | None = None) -> Section:
    """A section of the first hits; `total` where `hits` are already cut short."""
    every = tuple(hits)
    return Section(title, every[:MOST_SHOWN], len(every) if total is None else total, order)


def as_nhs_number(words: str) -> str:
    """The NHS number that was typed; empty where it is none."""
    number = normalise(words) or ""
    return number if is_valid(number) else ""


def looks_like_part_of_a_number(words: str) -> bool:
    """Digits alone, three or more, that are no NHS number: mistyped, or a piece of one."""
    return bool(re.fullmatch(r"[0-9]{3,}", normalise(words) or "")) and not as_nhs_number(words)


__all__ = ["Hit", "Section", "as_nhs_number", "fits", "looks_like_part_of_a_number", "section", "sections_for", "split"]
