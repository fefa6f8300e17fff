"""Groups of practices that people put together: read from a file, or kept in the site, and summed in one way.

A group's number is made from its practices' shown numbers alone. Each has passed the disclosure door, so a sum of them tells
nothing that they do not, whatever groups anybody makes (decision 0085).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commonweal.engine.answers import MeasureRow
from commonweal.engine.cube import GONE, PART
from commonweal.engine.measure_rows import Shape, measure_row
from commonweal.errors import BadInput
from commonweal.governance.disclosure import DisclosureProfile

Groups = Mapping[str, frozenset[str]]
"""Group to the codes of its practices. A practice may be in several."""

OWN = "own"
"""The group type of the rows."""

COLUMNS = ("practice_code", "group")


def read_groups(path: Path) -> Groups:
    """Groups from a CSV file with the columns practice_code and group. Raises `BadInput` with the line that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput("the file of groups cannot be read", where=path.name, remedy="give a CSV file") from error
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise BadInput(
            "the file of groups has other columns", where=path.name, remedy=f"it needs {' and '.join(COLUMNS)}"
        )
    found: dict[str, set[str]] = {}
    for line, row in enumerate(rows, 2):
        practice, group = ((row[name] or "").strip() for name in COLUMNS)
        if not (practice and group):
            raise BadInput("a practice or a group is missing", where=f"{path.name}, line {line}", remedy="fill it in")
        found.setdefault(group, set()).add(practice)
    return {group: frozenset(practices) for group, practices in found.items()}


def check_groups(groups: Groups, known: Iterable[str]) -> None:
    """Refuse groups of practices in which nobody is registered: a slip of the pen would count as nobody."""
    held = set(known)
    for group, practices in groups.items():
        for practice in sorted(practices - held):
            raise BadInput(
                "nobody is registered with this practice",
                where=f"group {group}",
                value=practice,
                remedy="correct its code",
            )


@dataclass(frozen=True)
class Summed:
    """A group's number (None: no practice of it has one), and how many practices with a hidden number are not in it."""

    row: MeasureRow | None
    left_out: int


def summed(
    shape: Shape,
    profile: DisclosureProfile,
    rows: Mapping[str, MeasureRow],
    practices: Iterable[str],
    code: str,
    part: str = "",
) -> Summed:
    """The practices' shown numbers added up. Those with a hidden number are left out of both counts.

    `rows`: one of a definition's by practice, after the disclosure door. A measure whose sums are not shown (a mean) is
    the mean of the practices' means, weighed by the people counted.
    """
    own = [rows[one] for one in sorted(practices) if one in rows]
    shown = [row for row in own if row.value is not None and row.denominator]
    gone = [row for row in own if row.state == GONE]
    hidden = sum(row.value is None and row.denominator != 0 and row.state != GONE for row in own)
    excluded = sum(row.excluded or 0 for row in own)
    if not shown:
        row = MeasureRow(OWN, code, None, None, None, None, None, part, excluded, GONE) if gone and not hidden else None
        return Summed(row, hidden)
    state = PART if gone or any(row.state for row in shown) else ""
    bottom = sum(row.denominator or 0 for row in shown)
    if shape.kind == "mean":
        mean = sum((row.value or 0) * (row.denominator or 0) for row in shown) / bottom
        row = MeasureRow(OWN, code, None, bottom, float(f"{mean:.4g}"), None, None, part, excluded, state)
        return Summed(row, hidden)
    top = sum(row.numerator or 0 for row in shown)
    return Summed(measure_row(shape, profile, OWN, code, part, top, bottom, excluded, state), hidden)
