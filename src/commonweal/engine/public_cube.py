"""Cubes in which every number is as it may be shown, so that the file itself gives nothing away.

The planning file holds exact counts behind the reader's disclosure door. The public file is the one that may be copied and
handed out, and research's numbers are not rounded: for both, the door is applied before the file is written (`shown_cube`). For
research, further cells are hidden so that no total gives one away (`protected_cube`). Areas of some 1,500 people (LSOA)
are left out of both: their counts are nearly all small, and they cross every other grouping.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.engine.cube import SMALL_AREAS
from commonweal.engine.measure_rows import Shape
from commonweal.governance.disclosure import MEAN_DIGITS, DisclosureProfile, count_sql
from commonweal.governance.secondary import Sum, hide_secondary

KEY = ("definition_id", "part", "as_at", "group_type", "group_code")
LADDER = ("practice", "pcn", "neighbourhood", "borough", "icb")
"""Bodies from the smallest up; each is a column of `practices` in `protected_cube`."""
Group = tuple[str, str]
"""Group type and code."""


def shown_cube(cube: pa.Table, shapes: Iterable[tuple[str, Shape]], profile: DisclosureProfile) -> pa.Table:
    """`cube` (columns as `Cube.table` makes them) with each count rounded, and null where `profile` hides it.

    `shapes` names each definition's id and what its two counts mean. The numerator of a share is null also where the rest
    of its denominator is hidden. That of a mean is the mean, cut to its shown digits, times the shown denominator.
    """
    listed = list(shapes)
    kinds = pa.table(
        {
            "definition_id": pa.array([name for name, _ in listed], pa.string()),
            "kind": pa.array([shape.kind for _, shape in listed], pa.string()),
        }
    )
    top, bottom, rest, left_out = (
        count_sql(f"CAST(round({count}) AS BIGINT)", profile)
        for count in ("numerator", "denominator", "denominator - numerator", "excluded")
    )
    scale = f"power(10, {MEAN_DIGITS - 1} - floor(log10(abs(numerator / denominator))))"
    with duckdb.connect() as connection:
        connection.register("cube", cube)
        connection.register("kinds", kinds)
        return connection.execute(f"""
            SELECT definition_id, part, as_at, group_type, group_code,
              CAST(CASE
                WHEN denominator IS NULL OR ({bottom} IS NULL AND kind IN ('mean', 'share')) THEN NULL
                WHEN kind = 'mean' AND (denominator = 0 OR numerator = 0) THEN 0
                WHEN kind = 'mean' THEN round(numerator / denominator * {scale}) / {scale} * {bottom}
                WHEN kind = 'share' AND numerator <= denominator AND {rest} IS NULL THEN NULL
                ELSE {top} END AS DOUBLE) AS numerator,
              CAST({bottom} AS DOUBLE) AS denominator,
              CAST({left_out} AS DOUBLE) AS excluded,
              state
            FROM cube JOIN kinds USING (definition_id)
            WHERE group_type NOT IN ({", ".join(f"'{one}'" for one in SMALL_AREAS)})
            ORDER BY definition_id, part, as_at, group_type, group_code""").to_arrow_table()


def protected_cube(
    cube: pa.Table,
    shapes: Iterable[tuple[str, Shape]],
    profile: DisclosureProfile,
    practices: Sequence[tuple[str | None, ...]],
) -> pa.Table:
    """`shown_cube`, with further cells hidden so that no sum of shown ones gives a hidden one away.

    `practices` has one row a practice: its code and the bodies above it, as in `LADDER`.
    """
    listed = list(shapes)
    kind_of = {name: shape.kind for name, shape in listed}
    shown = shown_cube(cube, listed, profile)
    small = pc.is_in(cube.column("group_type").cast(pa.string()), pa.array(SMALL_AREAS))
    exact = _plain(cube.filter(pc.invert(small)))
    exact = exact.filter(pc.is_in(exact.column("definition_id"), pa.array(list(kind_of), pa.string())))
    exact = exact.sort_by([(name, "ascending") for name in KEY])
    if not exact.num_rows:
        return shown
    tables, cells, groups, kinds = _places(exact, kind_of)
    shape = (len(kinds), len(groups))

    def grid(column: pa.ChunkedArray, dtype: type = float) -> np.ndarray:
        made = np.zeros(shape, dtype=dtype)
        made[tables, cells] = pc.fill_null(column, 0).to_numpy() if dtype is float else pc.is_null(column).to_numpy()
        return made

    numerator, denominator = grid(exact.column("numerator")), grid(exact.column("denominator"))
    gone = grid(exact.column("denominator"), bool)
    shares, means = kinds == "share", kinds == "mean"
    # The sum of a mean is no count of people: its people are counted. A rate's counts have no rest.
    counted = np.where(means[:, None], denominator, numerator)
    rest = np.where(shares[:, None], np.maximum(denominator - numerator, 0), counted)
    sums, least = sums_of(groups, practices), profile.suppress_below
    bottom = hide_secondary([denominator], grid(shown.column("denominator"), bool) & ~gone, sums, least)
    top = grid(shown.column("numerator"), bool) & ~gone
    top |= bottom & (shares | means)[:, None]
    top = hide_secondary([counted, rest], top, sums, least)

    def without(name: str, hidden: np.ndarray) -> pa.ChunkedArray:
        return pc.if_else(pa.array(hidden[tables, cells]), pa.scalar(None, pa.float64()), shown.column(name))

    for name, hidden in (("numerator", top), ("denominator", bottom)):
        shown = shown.set_column(shown.schema.get_field_index(name), name, without(name, hidden))
    return shown


def _plain(table: pa.Table) -> pa.Table:
    """The same with texts as texts, which can be sorted."""
    fields = [pa.field(one.name, pa.string()) if pa.types.is_dictionary(one.type) else one for one in table.schema]
    return table.cast(pa.schema(fields))


def _places(exact: pa.Table, kind_of: dict[str, str]) -> tuple[np.ndarray, np.ndarray, list[Group], np.ndarray]:
    """Row to table (one definition's part on one date) and to cell; the group of each cell; the kind of each table."""
    parts = [pc.cast(exact.column(name), pa.string()) for name in KEY]
    table = pc.binary_join_element_wise(*parts[:3], "\x1f").combine_chunks().dictionary_encode()
    group = pc.binary_join_element_wise(*parts[3:], "\x1f").combine_chunks().dictionary_encode()
    groups = [tuple(one.split("\x1f")) for one in group.dictionary.to_pylist()]
    kinds = np.array([kind_of[one.split("\x1f")[0]] for one in table.dictionary.to_pylist()])
    return table.indices.to_numpy(), group.indices.to_numpy(), groups, kinds  # type: ignore[return-value]


def sums_of(groups: Sequence[Group], practices: Sequence[tuple[str | None, ...]]) -> list[Sum]:
    """Which groups add up to which: everybody to each kind of group, each body to those below it, fifths to tenths."""
    place = {group: number for number, group in enumerate(groups)}
    found: list[Sum] = []
    for kind in dict.fromkeys(one for one, _ in groups if one != "all"):
        if ("all", "all") in place:
            found.append((place["all", "all"], tuple(n for (one, _), n in place.items() if one == kind)))
    for above, kind in enumerate(LADDER[1:], 1):
        for below in range(above):
            parts: dict[str, set[str]] = {}
            for row in practices:
                if row[above] and row[below]:
                    parts.setdefault(str(row[above]), set()).add(str(row[below]))
            found += _sums(place, kind, LADDER[below], parts, practices, above, below)
    for fifth in range(1, 6):
        own = (place.get(("imd_decile", str(2 * fifth - 1))), place.get(("imd_decile", str(2 * fifth))))
        if ("imd_quintile", str(fifth)) in place:
            found.append((place["imd_quintile", str(fifth)], tuple(one for one in own if one is not None)))
    return [one for one in found if one[1]]


def _sums(
    place: dict[Group, int],
    kind: str,
    smaller: str,
    parts: dict[str, set[str]],
    practices: Sequence[tuple[str | None, ...]],
    above: int,
    below: int,
) -> list[Sum]:
    """Each body of a kind and the smaller ones that make it up, where they do: each wholly inside it, none missing."""
    found = []
    for code, inside in parts.items():
        own = [row for row in practices if row[above] == code]
        whole = all(row[below] for row in own) and not any(
            row[below] in inside and row[above] != code for row in practices
        )
        if whole and (kind, code) in place:
            found.append((place[kind, code], tuple(place[smaller, one] for one in inside if (smaller, one) in place)))
    return found
