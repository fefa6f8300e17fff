"""Defects seeded in GP observations: units mixed up, impossible dates, implausible values, deleted rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from commonweal.synthetic.draw import Bools, Floats, Ints
from commonweal.synthetic.gp import Entries
from commonweal.synthetic.settings import day
from commonweal.synthetic.sources import Defects

HBA1C, HEIGHT, SYSTOLIC = "999791000000106", "162755006", "271649006"
FEED = "olids/OBSERVATION"


@dataclass(frozen=True)
class Spoiled:
    """Columns after the defects. `units` indexes the units of the entries, followed by ``%``."""

    days: Ints
    values: Floats
    units: Ints
    deleted: Bools


def spoil(rng: np.random.Generator, defects: Defects, entries: Entries, columns: dict[str, np.ndarray]) -> Spoiled:
    """Seed the defects and count them."""
    days, values = columns["day"].astype(np.int64).copy(), columns["value"].copy()
    units, count = columns["unit"].astype(np.int64).copy(), len(columns["day"])
    draw = rng.random(count)

    def some(code: str, low: float, high: float, kind: str) -> Bools:
        chosen = (columns["code"] == entries.code(code)) & (draw >= low) & (draw < high)
        defects.add(FEED, kind, chosen.sum())
        return chosen

    percent = np.round(values / 10.929 + 2.15, 1)
    labelled = some(HBA1C, 0.0, 0.012, "hba1c_in_percent_labelled")
    unlabelled = some(HBA1C, 0.012, 0.017, "hba1c_in_percent_labelled_mmol_mol")
    values = np.where(labelled | unlabelled, percent, values)
    units = np.where(labelled, len(entries.units), units)
    metres = some(HEIGHT, 0.0, 0.02, "height_in_metres_labelled_cm")
    values = np.where(metres, np.round(values / 100, 2), values)
    absurd = some(SYSTOLIC, 0.0, 0.001, "systolic_implausible")
    values = np.where(absurd, values * 10, values)
    for kind, low, high, wrong in (
        ("date_1899", 0.9990, 0.9993, day(date(1899, 12, 30))),
        ("date_2099", 0.9993, 0.9996, day(date(2099, 1, 1))),
    ):
        chosen = (draw >= low) & (draw < high)
        defects.add(FEED, kind, chosen.sum())
        days = np.where(chosen, wrong, days)
    deleted = (draw >= 0.9900) & (draw < 0.9920)
    defects.add(FEED, "deleted_row", deleted.sum())
    return Spoiled(days, values, units, deleted)
