"""Counts as rows that may be shown: value and interval, each number through the disclosure door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commonweal.definitions.declarations import Definition
from commonweal.engine.answers import MeasureRow
from commonweal.governance.disclosure import DisclosureProfile, show_count, show_mean
from commonweal.statistics.intervals import byar, wilson

POUND = 100
"""Money for each person is shown in whole pounds where small numbers are hidden: to the penny, the total of a practice with
one admission would be the price of that admission, and the price its group."""


@dataclass(frozen=True)
class Shape:
    """What a definition's two counts mean together.

    ``share``: a part of people or rows (Wilson's interval); ``rate``: a count of things for each of the denominator
    (Byar's interval); ``total``: a sum, of pence, for each person (no interval: a pound is not a hundred events);
    ``mean``: a sum over people or rows (no interval).
    """

    kind: str
    per: float

    @classmethod
    def of(cls, kind: str, details: Mapping[str, Any]) -> Shape:
        """From a definition's kind and metadata."""
        if kind in ("register", "flag", "segment"):
            return cls("share", 100)
        if kind == "score" or details.get("sum_column"):
            return cls("mean", float(details.get("per") or 1) if kind == "measure" else 1)
        rate = bool(details.get("is_rate") or details.get("is_ratio"))
        if details.get("is_rate") and details.get("per") == 1:
            return cls("total", 1)
        return cls("rate" if rate else "share", float(details.get("per") or 100))

    @classmethod
    def of_definition(cls, definition: Definition) -> Shape:
        """From a declaration."""
        names = ("per", "is_rate", "is_ratio", "sum_column")
        return cls.of(definition.kind, {name: getattr(definition, name, None) for name in names})


def measure_row(
    shape: Shape,
    profile: DisclosureProfile,
    group: str,
    code: str,
    part: str,
    numerator: float | None,
    denominator: float | None,
    excluded: float | None = 0,
    state: str = "",
) -> MeasureRow:
    """One group. A number that the profile hides is None, and so is every number that would give it away.

    Counts that come as None were hidden before they were kept (the public file), or nobody could be counted (`state`).
    """
    left_out = None if excluded is None else show_count(round(excluded), profile).value
    counted = _counted(shape, profile, group, code, part, numerator, denominator)
    return replace(counted, excluded=left_out, state=state)


def _counted(
    shape: Shape,
    profile: DisclosureProfile,
    group: str,
    code: str,
    part: str,
    numerator: float | None,
    denominator: float | None,
) -> MeasureRow:
    if numerator is None or denominator is None:
        bottom = None if denominator is None else show_count(round(denominator), profile).value
        return MeasureRow(group, code, None, bottom, None, None, None, part)
    bottom = show_count(round(denominator), profile).value
    if shape.kind == "mean":
        mean = numerator / denominator if denominator else None
        shown = None if mean is None else show_mean(mean * shape.per, round(denominator), profile).value
        # The sum itself would give the exact denominator away beside the mean.
        return MeasureRow(
            group, code, numerator if not profile.suppress_below else None, bottom, shown, None, None, part
        )
    top = show_count(round(numerator), profile).value
    rest_hidden = shape.kind == "share" and profile.hides(round(denominator - numerator))
    if top is None or not bottom or rest_hidden:
        return MeasureRow(group, code, None if rest_hidden else top, bottom, None, None, None, part)
    if shape.kind == "share":
        value, lower, upper = (float(one) * shape.per for one in wilson(min(top, bottom), bottom))
    elif shape.kind == "total":
        value, lower, upper = top / bottom * shape.per, None, None
        if profile.suppress_below:
            value = round(value / POUND) * POUND
            top = value * bottom
    else:
        counted, low, high = byar(top)
        value, lower, upper = (float(one) / bottom * shape.per for one in (counted, low, high))
    return MeasureRow(group, code, top, bottom, value, lower, upper, part)
