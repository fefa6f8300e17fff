"""Stored columns from rows in order of their dates, where the rows are few or none."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from commonweal.definitions.vocabulary.nodes import CodeMatch, DateBound, Literal
from commonweal.engine import packing
from commonweal.engine.bucket import ARROW_TYPES
from commonweal.engine.columns import Selection, Slot, StoredColumn
from commonweal.engine.dated_rows import NEVER, DatedRows, Wanted, at_any_date, day_of, of_slot
from commonweal.engine.slots import column_of

EVENTS = Selection("event", codes=(CodeMatch("concept", ("a",)),))
SLOTS = [
    Slot("last_date"), Slot("first_date"), Slot("last_value", "value"), Slot("first_value", "value", "lowest"), Slot("rows"),
    Slot("distinct", "date"), Slot("total", "value"), Slot("highest", "value"), Slot("lowest", "value"), Slot("episodes", gap_days=30),
]  # fmt: skip


@pytest.mark.parametrize("slot", SLOTS, ids=lambda one: one.kind)
def test_nobody_has_anything_where_there_is_no_row_and_the_type_stays(slot):
    wanted = of_slot(slot)
    kinds = {"packed": np.int64, "number": np.float64, "code": np.int32}
    columns = {wanted: np.empty(0, dtype=kinds[wanted.kind])} if wanted else {}
    rows = DatedRows(np.empty(0, np.int32), np.empty(0, np.int32), columns)
    column = StoredColumn(EVENTS, slot)
    found = column_of(column, rows, slice(0, 0), 3)
    assert found.to_pylist() == [None] * 3
    assert found.type == ARROW_TYPES[column.kind]


def test_a_window_holds_its_first_and_its_last_day_and_nothing_after_the_as_at_date():
    days = [date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2)]
    rows = DatedRows(np.zeros(4, np.int32), np.array([day_of(one) for one in days], np.int32), {})
    whole = Selection("event", start=date(2025, 1, 1), end=date(2025, 7, 2))
    assert rows.at(whole, date(2025, 7, 1)) == slice(0, 3)
    assert rows.at(Selection("event", start=date(2025, 1, 2), end=date(2025, 6, 30)), date(2026, 1, 1)) == slice(1, 2)
    assert rows.at(Selection("event", start=date(2026, 1, 2)), date(2026, 1, 1)) == slice(4, 4)


def test_a_missing_date_meets_no_bound_and_has_not_ended():
    ended = Wanted("date", "end_date")
    days = np.array([day_of(date(2025, 1, 1))] * 3, np.int32)
    ends = np.array([NEVER, day_of(date(2025, 2, 1)), day_of(date(2025, 3, 1))], np.int32)
    rows = DatedRows(np.arange(3, dtype=np.int32), days, {ended: ends})
    bound = DateBound("end_date", "<=", Literal(date(2025, 2, 1)))
    assert rows.at(Selection("contact", bounds=(bound,)), date(2025, 6, 1)).tolist() == [1]
    assert rows.at(Selection("contact", open_on_as_at=True), date(2025, 3, 1)).tolist() == [0, 2]


def test_of_two_values_on_one_day_the_asked_one_counts():
    slot = Slot("last_value", "value", "lowest")
    wanted = of_slot(slot)
    day = day_of(date(2025, 1, 1)) + packing.EPOCH_OFFSET
    packed = [
        (day << packing.BITS) + (1 << packing.BITS) - (value * packing.SCALE + packing.HALF) for value in (7, 5, 9)
    ]
    rows = DatedRows(np.zeros(3, np.int32), np.full(3, day, np.int32), {wanted: np.array(packed, np.int64)})
    found = column_of(StoredColumn(EVENTS, slot), rows, slice(0, 3), 2)
    assert found.to_pylist() == [5.0, None]
    assert found.type == pa.float64()


def test_a_selection_at_any_date_has_no_window_left():
    bound = DateBound("end_date", ">=", Literal(date(2025, 2, 1)))
    rows = Selection("contact", bounds=(bound,), open_on_as_at=True, start=date(2024, 1, 1), end=date(2025, 1, 1))
    assert at_any_date(rows) == Selection("contact")
