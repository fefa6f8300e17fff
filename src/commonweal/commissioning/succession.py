"""Organisations that merge: who holds a contract, a scheme or an intention on a day.

What was recorded under an old code stays under it; what follows from it moves to the successor on the day of the merger. A merger
in the middle of a year splits that year: the old body until the day before, the successor from the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from commonweal.commissioning.intentions import REFERENCE_RULE, is_reference
from commonweal.errors import BadInput


@dataclass(frozen=True)
class Merger:
    """One body (code, name) became part of another on a day."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    merged_on: date


@dataclass(frozen=True)
class Held:
    """Who holds something from a day to a day, both included; None is open."""

    code: str
    name: str
    start: date | None
    end: date | None


def check(wanted: Merger, known: Iterable[Merger]) -> None:
    """Refuse a merger into itself, round in a circle, or of a body that has merged already."""
    known = tuple(known)
    if not wanted.old_code.strip() or not wanted.new_code.strip():
        raise BadInput("give both codes", where="merger")
    for code in (wanted.old_code, wanted.new_code):
        if not is_reference(code):
            raise BadInput("this is not an organisation code", value=code, remedy=f"use {REFERENCE_RULE}")
    if wanted.old_code == wanted.new_code or wanted.old_code in line(wanted.new_code, known):
        raise BadInput("an organisation cannot merge into itself", value=wanted.old_code)
    earlier = next((one for one in known if one.old_code == wanted.old_code), None)
    if earlier is not None:
        raise BadInput(
            "this organisation has merged already",
            value=wanted.old_code,
            remedy=f"it became {earlier.new_code} on {earlier.merged_on:%-d %B %Y}",
        )


def line(code: str, known: Iterable[Merger]) -> tuple[str, ...]:
    """The codes that `code` became, one after another, itself left out."""
    after = {one.old_code: one.new_code for one in known}
    found: list[str] = []
    while code in after and after[code] not in found:
        code = after[code]
        found.append(code)
    return tuple(found)


def holder(code: str, name: str, on: date, known: Sequence[Merger]) -> tuple[str, str]:
    """(code, name) of the body that stands for `code` on a day: itself, or the successor at that day."""
    by_old = {one.old_code: one for one in known}
    while code in by_old and by_old[code].merged_on <= on:
        code, name = by_old[code].new_code, by_old[code].new_name
    return code, name


def holders(code: str, name: str, starts: date | None, ends: date | None, known: Sequence[Merger]) -> tuple[Held, ...]:
    """Who holds something from `starts` to `ends`, in order: a new line on the day of each merger inside that time."""
    by_old = {one.old_code: one for one in known}
    if starts is not None:
        code, name = holder(code, name, starts, known)
    made: list[Held] = []
    while code in by_old and (ends is None or by_old[code].merged_on <= ends):
        merger = by_old[code]
        made.append(Held(code, name, starts, merger.merged_on - timedelta(days=1)))
        code, name, starts = merger.new_code, merger.new_name, merger.merged_on
    return (*made, Held(code, name, starts, ends))
