"""One measure's number beside another: by whether the interval holds the other's value, never by the difference alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, MeasureRow

POLARITIES = ("higher_is_better", "lower_is_better")


def compared(info: DefinitionInfo, own: MeasureRow | None, other: MeasureRow | None) -> str:
    """``better``, ``worse`` or ``no different``; ``higher`` or ``lower`` for what is neither good nor bad."""
    if own is None or other is None or None in (own.value, own.lower, own.upper, other.value):
        return "–"
    if own.lower <= other.value <= own.upper:  # type: ignore[operator]
        return "no different"
    higher = own.value > other.value  # type: ignore[operator]
    polarity = info.details.get("polarity")
    if polarity not in POLARITIES:
        return "higher" if higher else "lower"
    return "better" if higher == (polarity == "higher_is_better") else "worse"


def moved(info: DefinitionInfo, now: MeasureRow | None, before: MeasureRow | None) -> str:
    """``better``, ``worse``, ``higher``, ``lower`` or ``no different`` than before: the two intervals must not touch."""
    if now is None or before is None or None in (now.lower, now.upper, before.lower, before.upper):
        return "–"
    if now.lower <= before.upper and before.lower <= now.upper:  # type: ignore[operator]
        return "no different"
    return compared(info, now, before)


def short_of_target(info: DefinitionInfo, row: MeasureRow | None) -> bool:
    """Whether the value stands on the wrong side of the definition's own target."""
    target, polarity = info.details.get("target"), info.details.get("polarity")
    if target is None or row is None or row.value is None or polarity not in POLARITIES:
        return False
    return row.value < target if polarity == "higher_is_better" else row.value > target


def words_to_target(info: DefinitionInfo, row: MeasureRow | None) -> str:
    """``about 11 more``: how many of those counted would bring a share to its target, from the numbers that are shown.

    Empty where it is not short of it, is no share, or its counts are hidden. Shown counts are rounded: so is this.
    """
    per = info.details.get("per") or 100
    if row is None or not short_of_target(info, row) or per != 100 or info.details.get("sum_column"):
        return ""
    if row.numerator is None or not row.denominator:
        return ""
    missing = info.details["target"] / per * row.denominator - row.numerator
    return f"about {math.ceil(abs(missing)):,} {'more' if missing > 0 else 'fewer'}"
