"""A date and a value in one 64-bit integer, so that "the latest value" is one `max` and never depends on row order.

The high 17 bits hold days since 1900, the low 46 the value times 10,000 (rounded half up), shifted to be positive. On one
day a row with a value beats one without, whichever of highest and lowest is asked for. Values are therefore exact to
four decimal places within ±1.7 thousand million; beyond that they are held at the limit.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from commonweal.engine.dialect import Dialect

BITS = 46
SCALE = 10_000
HALF = 1 << (BITS - 1)
TOP = (1 << BITS) - 1
EPOCH_OFFSET = 25_567
"""Days from 1900-01-01 to 1970-01-01, from which Arrow counts."""

Edge = Literal["last", "first"]


def inverted(edge: Edge, same_day: str) -> bool:
    """Whether the value is packed upside down: it is when `max` must find the lowest, or `min` the highest."""
    return (edge == "last") == (same_day == "lowest")


def packed_sql(moment: str, value: str, edge: Edge, same_day: str, dialect: Dialect) -> str:
    """The packed integer of a row; an empty `value` packs the date alone."""
    day = f"{dialect.day_number(moment)} * {1 << BITS}"
    if not value:
        return f"({day})"
    absent = 0 if edge == "last" else TOP
    scaled = f"floor(CAST({value} AS DOUBLE) * {dialect.real(float(SCALE))} + {dialect.real(0.5)})"
    limit = dialect.real(float(HALF - 2))
    bits = f"CAST(least(greatest({scaled}, -{limit}), {limit}) AS BIGINT) + {HALF}"
    if inverted(edge, same_day):
        bits = f"{1 << BITS} - ({bits})"
    # Not coalesce: greatest and least skip a null, so that a missing value would become the limit.
    return f"({day} + CASE WHEN {value} IS NULL THEN {absent} ELSE {bits} END)"


def unpack_dates(packed: NDArray[np.int64]) -> NDArray[np.int32]:
    """Days since 1970."""
    return ((packed >> BITS) - EPOCH_OFFSET).astype(np.int32)


def unpack_values(
    packed: NDArray[np.int64], edge: Edge, same_day: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values, and where there is none."""
    low = packed & TOP
    absent = low == (0 if edge == "last" else TOP)
    bits = (1 << BITS) - low if inverted(edge, same_day) else low
    return (bits - HALF) / float(SCALE), absent


def unpack_date_sql(packed: str, dialect: Dialect) -> str:
    """The date of a packed integer."""
    return dialect.from_day_number(dialect.high_bits(packed, BITS))


def unpack_value_sql(packed: str, edge: Edge, same_day: str, dialect: Dialect) -> str:
    """The value of a packed integer, null where the row had none."""
    low = f"({packed} & {TOP})"
    absent = 0 if edge == "last" else TOP
    bits = f"({1 << BITS} - {low})" if inverted(edge, same_day) else low
    return f"CASE WHEN {low} <> {absent} THEN CAST({bits} - {HALF} AS DOUBLE) / {dialect.real(float(SCALE))} END"


def rounded(value: float) -> float:
    """What packing makes of a value."""
    scaled = np.floor(float(value) * float(SCALE) + 0.5)
    limit = float(HALF - 2)
    return float(min(max(scaled, -limit), limit)) / float(SCALE)
