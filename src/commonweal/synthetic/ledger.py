"""Adds up priced activity by trust, month, point of delivery and specialty, for the contract returns."""

from __future__ import annotations

import numpy as np

from commonweal.synthetic.draw import Ints
from commonweal.synthetic.reference import TRUSTS
from commonweal.synthetic.settings import Settings

PODS = (
    "AE",
    "NEL",
    "NELST",
    "NELNE",
    "EL",
    "DC",
    "OPFASPCL",
    "OPFASPNCL",
    "OPFUPSPCL",
    "OPFUPSPNCL",
    "NF2FFA",
    "NF2FFUP",
    "OPPROCFA",
    "OPPROCFUP",
)
"""National point of delivery codes used (docs: ACM)."""


def month_number(days: Ints) -> Ints:
    """Months since January 1970."""
    return np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(int)


class Ledger:
    """Counts and pence by trust × month × POD × specialty, over all chunks."""

    def __init__(self, settings: Settings, specialties: list[str]) -> None:
        self.first = int(month_number(np.array([settings.start]))[0])
        self.months = int(month_number(np.array([settings.end - 1]))[0]) - self.first + 1
        self.specialties = sorted(set(specialties))
        shape = (len(TRUSTS), self.months, len(PODS), len(self.specialties))
        self.activity = np.zeros(shape, np.int64)
        self.pence = np.zeros(shape, np.int64)

    def add(self, trust: Ints, days: Ints, pod: Ints, specialty: np.ndarray, pence: Ints) -> None:
        """Add one row for each activity. `specialty` holds treatment function codes."""
        where = (trust, month_number(days) - self.first, pod, np.searchsorted(self.specialties, specialty))
        np.add.at(self.activity, where, 1)
        np.add.at(self.pence, where, pence)
