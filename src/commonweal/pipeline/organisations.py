"""Organisations with their dates and successors: the packaged rows, what loads brought, and what the site knows.

A membership is dated, and so is the body above it. Where a body ends, its members pass to its successor from the next day. Where
nobody has said who that is, the members stay under it *as last verified*: its last row is carried on, its name and a note say
so, and the same series goes on under the same code. Nothing is guessed: a site that knows the successor writes it down
(`record.site`, ``successions`` and ``organisations``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from commonweal.record.site import Site

LAST_VERIFIED = "as last verified"


@dataclass(frozen=True)
class Organisation:
    """One row of the canonical table."""

    code: str
    name: str
    kind: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None = None
    successor_code: str | None = None
    postcode: str | None = None
    note: str | None = None

    def held(self, moment: date) -> bool:
        """Whether the row holds on a day."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to >= moment)


def settled(rows: Iterable[Organisation], site: Site) -> list[Organisation]:
    """Every row with the site's facts applied, members passed on to successors, and unverified ends carried on."""
    known = [_succeeded(row, site) for row in rows]
    known += [
        Organisation(
            one.code, one.name, one.kind, one.parent_code, one.valid_from, one.valid_to, one.successor_code, note=one.source or None
        )
        for one in site.organisations
    ]  # fmt: skip
    known += _carried_on(known)
    by_code: dict[str, list[Organisation]] = {}
    for row in known:
        by_code.setdefault(row.code, []).append(row)
    passed = [part for row in known for part in _passed_on(row, by_code)]
    return sorted(passed, key=lambda row: (row.code, row.kind, row.parent_code or "", row.valid_from))


def _succeeded(row: Organisation, site: Site) -> Organisation:
    """A row that a succession of the site's ends."""
    for one in site.successions:
        if (
            one.code == row.code
            and (row.valid_to is None or row.valid_to >= one.ended_on)
            and row.valid_from <= one.ended_on
        ):
            return replace(row, valid_to=one.ended_on, successor_code=one.successor_code, note=one.source or row.note)
    return row


def _carried_on(rows: Sequence[Organisation]) -> list[Organisation]:
    """A further row for each body that ended without a successor while others still name it as the body above them."""
    named = {row.parent_code: row for row in rows if row.parent_code and row.valid_to is None}
    last: dict[tuple[str, str], Organisation] = {}
    for row in rows:
        key = (row.code, row.kind)
        if key not in last or (row.valid_to or date.max) > (last[key].valid_to or date.max):
            last[key] = row
    return [
        replace(
            row, name=f"{row.name} ({LAST_VERIFIED})", valid_from=row.valid_to + timedelta(days=1), valid_to=None,
            note=f"It ended on {row.valid_to}; who took over is not verified, so its members are kept under it",
        )
        for row in last.values()
        if row.valid_to is not None and row.successor_code is None and row.code in named
    ]  # fmt: skip


def _passed_on(row: Organisation, by_code: dict[str, list[Organisation]]) -> list[Organisation]:
    """A row cut at each day on which the body above it gave way to a successor."""
    parts, part = [], row
    for _ in range(len(by_code)):  # a chain of successions is no longer than there are bodies
        above = by_code.get(part.parent_code or "", [])
        ended = next(
            (one for one in above if one.valid_to and one.successor_code and one.successor_code != one.code), None
        )
        still = any(one.valid_to is None for one in above)
        if ended is None or ended.valid_to is None or still or (part.valid_to and part.valid_to <= ended.valid_to):
            break
        if part.valid_from <= ended.valid_to:
            parts.append(replace(part, valid_to=ended.valid_to, successor_code=part.successor_code))
        begins = max(part.valid_from, ended.valid_to + timedelta(days=1))
        part = replace(part, parent_code=ended.successor_code, valid_from=begins)
    return [*parts, part]
