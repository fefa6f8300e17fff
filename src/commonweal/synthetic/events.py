"""The organisational events that are planted in every run: a merger, a practice that falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from commonweal.synthetic.draw import Bools, Ints
from commonweal.synthetic.reference import Reference
from commonweal.synthetic.settings import day

MERGED_ON = day(date(2025, 10, 1))
SILENT_FROM = day(date(2026, 6, 1))


@dataclass(frozen=True)
class Organisations:
    """Rows of the practice table: `merged` closed into `successor`; `silent` stops sending GP data."""

    merged: int
    successor: int
    silent: int


def organisations(reference: Reference) -> Organisations:
    """The same choice for one size, whatever the seed: in the first network with three practices, and the next one's first."""
    table = reference.practices
    networks = [rows.index.to_numpy() for code, rows in table.groupby("pcn_code") if code != "U" and len(rows) >= 3]
    first, second = networks[0], networks[1]
    order = first[np.argsort(table.people.to_numpy()[first], kind="stable")]
    return Organisations(int(order[0]), int(order[1]), int(second[0]))


def practice_at(planted: Organisations, practice: Ints, days: Ints) -> Ints:
    """The practice that answers for a record on a day: the merged practice's successor from the merger on."""
    return np.where((practice == planted.merged) & (days >= MERGED_ON), planted.successor, practice)


def silenced(planted: Organisations, practice: Ints, days: Ints) -> Bools:
    """GP rows that never arrive."""
    return (practice == planted.silent) & (days >= SILENT_FROM)
