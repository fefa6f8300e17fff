"""One measure's numbers from a release's cube: each has passed the disclosure door, and each is worked out once."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from commonweal.engine.measure_rows import Shape
from commonweal.pipeline.own_groups import Summed, summed
from commonweal.web.core.bounded import Bounded
from commonweal.web.leads.groups import OWN

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.engine.serving import Reader
    from commonweal.web.leads.groups import Group

PURPOSE = "planning"
MOST_ROWS = 50_000
"""How many rows a process keeps: some 20 MB. A page of a system with 340 practices has about 500."""
Rows = dict[str, "MeasureRow"]
_rows: Bounded[Rows] = Bounded(MOST_ROWS, len)


def rows_of(reader: Reader, measure_id: str, by: str, as_at: datetime.date) -> Rows:
    """One measure by one kind of group on one date: group code to its row, `unknown` left out."""
    key = _key(reader, measure_id, by, as_at)
    return _rows.get(key, lambda: _shown(reader.measure(measure_id, by=by, as_at=as_at)))


def fetch(reader: Reader, measure_id: str, kinds: Iterable[str], as_at: datetime.date) -> None:
    """Have the rows of one measure by several kinds of group, in one question where they are not there yet."""
    missing = [by for by in dict.fromkeys(kinds) if by and _key(reader, measure_id, by, as_at) not in _rows]
    if missing:
        found = reader.measures([measure_id], dict.fromkeys(missing), [as_at])
        for by in missing:
            _rows.put(_key(reader, measure_id, by, as_at), _shown(found.get((measure_id, by, as_at), [])))


def number_of(reader: Reader, info: DefinitionInfo, group: Group, as_at: datetime.date) -> Summed:
    """A measure for one group on one date."""
    return _number(reader, info, group, rows_of(reader, info.id, kind_of(group), as_at))


def over_time(
    reader: Reader, info: DefinitionInfo, group: Group, dates: Collection[datetime.date]
) -> list[tuple[datetime.date, Summed]]:
    """A measure for one group on each of the dates, in one question."""
    kind, codes = kind_of(group), _codes(group)
    key = (reader.folder, info.id, kind, tuple(codes))

    def ask() -> Rows:
        found = reader.measures([info.id], {kind: codes})
        return {f"{as_at} {row.group_code}": row for (_, _, as_at), rows in found.items() for row in rows}

    rows = _rows.get(key, ask)
    return [
        (day, _number(reader, info, group, {one: rows[f"{day} {one}"] for one in codes if f"{day} {one}" in rows}))
        for day in dates
    ]


Numbers = dict[tuple[str, str, str, datetime.date], "MeasureRow"]
"""Measure, kind of group, code, date."""


def table(
    reader: Reader, measure_ids: Iterable[str], groups: Iterable[tuple[str, str]], dates: Collection[datetime.date]
) -> Numbers:
    """Many measures for a few groups on a few dates, in one question: what a dashboard or a pack shows."""
    wanted: dict[str, list[str]] = {}
    for kind, code in groups:
        wanted.setdefault(kind, []).append(code)
    found = reader.measures(measure_ids, wanted, dates)
    return {(name, kind, row.group_code, day): row for (name, kind, day), rows in found.items() for row in rows}


def number_in(
    reader: Reader, info: DefinitionInfo, group: Group, held: Numbers, as_at: datetime.date
) -> MeasureRow | None:
    """A group's number out of a `table` that was read for `groups_of` it."""
    kind = kind_of(group)
    rows = {code: held[info.id, kind, code, as_at] for code in _codes(group) if (info.id, kind, code, as_at) in held}
    return _number(reader, info, group, rows).row


def groups_of(group: Group) -> list[tuple[str, str]]:
    """The groups of the cube that a group is made of: itself, or its practices where somebody put it together."""
    return [(kind_of(group), code) for code in _codes(group)]


def _number(reader: Reader, info: DefinitionInfo, group: Group, rows: Rows) -> Summed:
    if group.kind == OWN:
        return summed(Shape.of(info.kind, info.details), reader.rule.profile, rows, group.children, group.code)
    return Summed(rows.get(group.code), 0)


def kind_of(group: Group) -> str:
    """The kind of group of the cube that a group is read by: an own group is its practices."""
    return "practice" if group.kind == OWN else group.kind


def _codes(group: Group) -> list[str]:
    return sorted(group.children) if group.kind == OWN else [group.code]


def _key(reader: Reader, measure_id: str, by: str, as_at: datetime.date) -> tuple[object, ...]:
    return (reader.folder, measure_id, by, as_at)


def _shown(rows: Iterable[MeasureRow]) -> Rows:
    return {row.group_code: row for row in rows if row.group_code != "unknown"}
