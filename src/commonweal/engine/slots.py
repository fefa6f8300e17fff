"""Stored columns as at a date, from rows in order of their dates: what `passes` asks of DuckDB, over arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.engine import packing
from commonweal.engine.bucket import typed_values, unpacked_texts
from commonweal.engine.columns import Slot, StoredColumn
from commonweal.engine.dated_rows import DatedRows, of_slot

Rows = slice | NDArray[np.int64]


def column_of(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    """One value for each of so many people from the chosen rows; missing where somebody has none."""
    return _TAKEN[column.slot.kind](column, rows, chosen, people)


def _edge_date(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    places, days = rows.places[chosen], rows.days[chosen]
    if column.slot.kind == "first_date":
        places, days = places[::-1], days[::-1]
    found = np.zeros(people, dtype=np.int32)
    found[places] = days  # of several the last one stays
    return pa.array(found, mask=_without(places, people)).view(pa.date32())


def _edge_value(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    slot = column.slot
    wanted = of_slot(slot)
    assert wanted is not None
    order = rows.in_order(wanted, chosen)
    if slot.kind == "first_value":
        order = order[::-1]
    taken = np.full(people, -1, dtype=np.int64)
    taken[rows.places[order]] = order
    nobody = taken < 0
    packed = np.zeros(people, dtype=np.int64)
    packed[~nobody] = rows.columns[wanted][taken[~nobody]]
    if wanted in rows.texts:
        return unpacked_texts(rows.texts[wanted].take(pa.array(packed, mask=nobody)), wanted.edge)
    values, absent = packing.unpack_values(packed, wanted.edge, slot.same_day)
    return typed_values(column.kind, values, nobody | absent)


def _count(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    return _counted(rows.places[chosen], people)


def _counted(places: NDArray[np.int32], people: int) -> pa.Array:
    found = np.bincount(places, minlength=people)
    return pa.array(found.astype(np.float64), mask=found == 0)


def _distinct(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    codes, places = _values(column.slot, rows)[chosen], rows.places[chosen]
    known = codes >= 0
    pairs = np.unique(places[known].astype(np.int64) << 32 | codes[known])
    return _counted((pairs >> 32).astype(np.int32), people)


def _total(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    values, places = _known(column.slot, rows, chosen)
    # Of no rows at all the sum is whole numbers, whatever the weights.
    found = np.bincount(places, weights=values, minlength=people).astype(np.float64)
    return pa.array(found, mask=_without(places, people))


def _extreme(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    values, places = _known(column.slot, rows, chosen)
    order = np.argsort(values, kind="stable")
    if column.slot.kind == "lowest":
        order = order[::-1]
    found = np.zeros(people)
    found[places[order]] = values[order]
    return pa.array(found, mask=_without(places, people))


def _episodes(column: StoredColumn, rows: DatedRows, chosen: Rows, people: int) -> pa.Array:
    places, days = rows.places[chosen], rows.days[chosen]
    order = np.argsort(places, kind="stable")
    places, days = places[order], days[order]
    begins = np.ones(len(days), dtype=bool)
    begins[1:] = (places[1:] != places[:-1]) | (np.diff(days) > column.slot.gap_days)
    return _counted(places[begins], people)


def _values(slot: Slot, rows: DatedRows) -> NDArray:
    wanted = of_slot(slot)
    assert wanted is not None
    return rows.columns[wanted]


def _known(slot: Slot, rows: DatedRows, chosen: Rows) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Values that are there, and whose they are."""
    values, places = _values(slot, rows)[chosen], rows.places[chosen]
    known = ~np.isnan(values)
    return values[known], places[known]


def _without(places: NDArray[np.int32], people: int) -> NDArray[np.bool_]:
    """Which people are at none of these places."""
    nobody = np.ones(people, dtype=bool)
    nobody[places] = False
    return nobody


_TAKEN: dict[str, Callable[[StoredColumn, DatedRows, Rows, int], pa.Array]] = {
    "last_date": _edge_date,
    "first_date": _edge_date,
    "last_value": _edge_value,
    "first_value": _edge_value,
    "rows": _count,
    "distinct": _distinct,
    "total": _total,
    "highest": _extreme,
    "lowest": _extreme,
    "episodes": _episodes,
}

__all__ = ["column_of"]
