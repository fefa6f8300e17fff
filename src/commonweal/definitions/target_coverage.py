"""Which of the plans' targets the record can compute: one row for each, classed and explained."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

TargetClass = Literal["computed", "milestone", "not_computable"]
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class TargetCoverage:
    """One target of the source documents: how it is met, and why.

    ``computed`` names a measure; ``milestone`` is met when its evidence is entered; ``not_computable`` says what lacks.
    """

    target_id: str
    target_class: TargetClass
    measure_id: str
    reason: str


@cache
def coverage() -> tuple[TargetCoverage, ...]:
    """Every target, in the order of the documents."""
    with (DATA / "targets.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(
            TargetCoverage(row["target_id"], cast(TargetClass, row["class"]), row["measure_id"], row["reason"])
            for row in csv.DictReader(handle)
        )


def counts() -> dict[str, int]:
    """How many targets of each class."""
    return dict(Counter(one.target_class for one in coverage()))
