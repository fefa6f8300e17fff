"""Numbers of a release: cells of its cube, each through the disclosure door."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from commonweal.definitions.vocabulary.names import check_name
from commonweal.engine.answers import MeasureRow, Scope
from commonweal.engine.cube import PERSON_GROUPS, ROW_GROUPS
from commonweal.engine.measure_rows import Shape, measure_row
from commonweal.engine.release_file import ReleaseFile
from commonweal.engine.succession import SUCCEEDED, succeeded_sql
from commonweal.errors import NotAllowed

Groups = Mapping[str, Collection[str] | None]
"""Kind of group to the codes that are wanted of it; None for every group of the kind."""
Cell = tuple[str, str, date]
"""Definition, kind of group, date."""


def measures(
    reader: ReleaseFile, definition_ids: Iterable[str], groups: Groups, dates: Collection[date] | None = None
) -> dict[Cell, list[MeasureRow]]:
    """See `ReleaseFile.measures`."""
    shapes = {}
    for name in dict.fromkeys(definition_ids):
        info = reader.computable(name)
        shapes[name] = Shape.of(info.kind, info.details)
    for kind in groups:
        check_name(kind, [*PERSON_GROUPS, *ROW_GROUPS], "group")
    found: dict[Cell, list[MeasureRow]] = {}
    # Bodies that ended are counted under those who took over; other groups (a quintile, all) have no successors.
    for kinds in ([one for one in groups if one in SUCCEEDED], [one for one in groups if one not in SUCCEEDED]):
        if kinds and shapes:
            part = {one: groups[one] for one in kinds}
            for name, kind, as_at, code, which, *counts in _cells(reader, list(shapes), part, dates):
                row = measure_row(shapes[name], reader.rule.profile, kind, code, which, *counts)
                found.setdefault((name, kind, as_at), []).append(row)
    return found


def _cells(
    reader: ReleaseFile, names: list[str], groups: Groups, dates: Collection[date] | None
) -> list[tuple[Any, ...]]:
    values: list[Any] = [*names, *groups, *(dates or ())]
    cells = (
        f"SELECT definition_id, group_type, as_at, group_code, part, numerator, denominator, {reader.left_out_columns()} "
        f"FROM cube WHERE definition_id IN ({_marks(names)}) AND group_type IN ({_marks(groups)})"
        f"{f' AND as_at IN ({_marks(dates)})' if dates is not None else ''}"
    )
    moved = reader.successions() if set(groups) <= set(SUCCEEDED) else {}
    if moved:
        cells = succeeded_sql(cells, moved, "definition_id, group_type, as_at")
    within = []
    for kind, codes in groups.items():
        values.append(kind)
        if codes is None:
            within.append("group_type = ?")
        else:
            within.append(f"(group_type = ? AND group_code IN ({_marks(codes) or 'NULL'}))")
            values += codes
    return reader.cursor.execute(
        f"SELECT * FROM ({cells}) WHERE {' OR '.join(within)} ORDER BY definition_id, group_type, as_at, group_code, part",
        values,
    ).fetchall()


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" for _ in values)


def measure(
    reader: ReleaseFile, definition_id: str, by: str, scope: Scope | None, as_at: date | None
) -> list[MeasureRow]:
    """See `ReleaseFile.measure`."""
    day = as_at or reader.release().as_at
    codes = None
    if scope is not None and not scope.everyone:
        codes = _codes_within(reader, by, scope)
    return measures(reader, [definition_id], {by: codes}, [day]).get((definition_id, by, day), [])


def _codes_within(reader: ReleaseFile, by: str, scope: Scope) -> list[str]:
    own = getattr(scope, by, None)
    if own:
        return list(own)
    if by == "practice":
        condition, values = scope.sql("p")
        rows = reader.cursor.execute(
            f"SELECT practice_code FROM ({_practices(reader)}) p WHERE {condition}", values
        ).fetchall()
        return [row[0] for row in rows]
    raise NotAllowed("this grouping is not within the scope", value=by, remedy="group by practice, or widen the scope")


def _practices(reader: ReleaseFile) -> str:
    # A release is for good, and early ones have no such table: there, every person has their practice.
    source = "practice" if reader.has_table("practice") else "person"
    return f"SELECT DISTINCT practice_code, pcn_code, neighbourhood_code, borough_code, icb_code FROM {source}"
