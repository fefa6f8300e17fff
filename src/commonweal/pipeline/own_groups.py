"""An organisation's own groups of practices, as a file: answers for them are sums over their practices.

Sums that a reader chooses can give away what a table hides: two practices together, less the one that is shown, is the one that
is not. Where a purpose hides small numbers, a group that holds a practice with a hidden number therefore has none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from commonweal.engine.cube import GONE, PART
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


def grouped(rows: Iterable[Mapping[str, Any]], groups: Groups, profile: DisclosureProfile) -> list[dict[str, Any]]:
    """Rows of a cube by practice as rows by own group; a count is None where a practice's is hidden."""
    by_cell: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        by_cell.setdefault((row["definition_id"], row["part"]), {})[row["group_code"]] = row
    made = []
    for (name, part), practices in by_cell.items():
        for group, codes in sorted(groups.items()):
            held = [practices[code] for code in sorted(codes) if code in practices]
            believed = [row for row in held if row["state"] != GONE]
            hidden = any(_hidden(row, profile) for row in believed)
            total = {
                key: None if hidden or not believed else sum(row[key] for row in believed)
                for key in ("numerator", "denominator")
            }
            partly = len(believed) < len(held) or any(row["state"] for row in believed)
            state = (PART if partly else "") if believed else GONE
            excluded = sum(row["excluded"] for row in held)
            made.append(
                {"definition_id": name, "part": part, "group_type": OWN, "group_code": group, "excluded": excluded, "state": state, **total}
            )  # fmt: skip
    return made


def _hidden(row: Mapping[str, Any], profile: DisclosureProfile) -> bool:
    top, bottom = round(row["numerator"]), round(row["denominator"])
    return any(profile.hides(count) for count in (top, bottom, bottom - top))
