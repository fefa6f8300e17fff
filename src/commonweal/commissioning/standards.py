"""National standards as targets with a trajectory, each on the measure that is its own quantity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commonweal.commissioning.sources import DATA
from commonweal.commissioning.targets import Target

SOURCE = "national-standards"
TITLE = "National standards"


@dataclass(frozen=True)
class Standard:
    """One standard: the target, and whether its levels were confirmed."""

    target: Target
    verified: bool


def standards() -> tuple[Standard, ...]:
    """Every standard of ``data/national_standards.json``; the level of the last step is the target's own."""
    held = json.loads((DATA / "national_standards.json").read_text(encoding="utf-8"))["standards"]
    made = []
    for row in held:
        steps = tuple((date.fromisoformat(day), Decimal(level)) for day, level in row["steps"])
        note = row["source"] + ("" if row["verified"] else ". Not verified: check before relying on it")
        made.append(
            Standard(
                Target(
                    id=row["id"],
                    indicator=row["indicator"],
                    population=row["population"],
                    statistic="percent",
                    direction=row["direction"],
                    value=steps[-1][1] if steps else Decimal(row["value"]),
                    due=row["due"],
                    programme=row["programme"],
                    trajectory=steps,
                    measure_id=row["measure_id"],
                    note=note,
                    source=SOURCE,
                ),
                row["verified"],
            )
        )
    return tuple(made)
