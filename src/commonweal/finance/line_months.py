"""The months of many lines as one table, so that all of them are forecast in one computation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear

Amounts = Mapping[date, int | None]
"""First day of month → amount (pence, or units of activity); None, or absent, where the month has not arrived."""

MOST = 10**14
"""A trillion pounds: sums of a year times its days stay whole numbers of 64 bits."""


@dataclass(frozen=True)
class LineMonths:
    """`amounts` and `known` are lines × financial years × 12; an amount is zero where it is not known."""

    first: FinancialYear
    amounts: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, histories: Sequence[Amounts], last: FinancialYear) -> LineMonths:
        """From the year before the first known month to the end of `last`; later months are left out.

        Raises `BadInput` for an amount beyond a trillion pounds.
        """
        end = last.first_day.replace(year=last.start + 1)
        cells = [
            (line, month.year * 12 + month.month, amount)
            for line, history in enumerate(histories)
            for month, amount in history.items()
            if amount is not None and month < end
        ]
        wrong = next((amount for _, _, amount in cells if abs(amount) > MOST), None)
        if wrong is not None:
            raise BadInput("an amount is beyond a trillion pounds", value=wrong, remedy="amounts are in pence")
        earliest = min((month for _, month, _ in cells), default=last.start * 12 + 4)
        first = FinancialYear((earliest - 4) // 12 - 1)
        years = last.start - first.start + 1
        shape = (len(histories), years * 12)
        amounts, known = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
        if cells:
            line, month, amount = (np.array(column, dtype=np.int64) for column in zip(*cells, strict=True))
            place = month - (first.start * 12 + 4)
            amounts[line, place], known[line, place] = amount, True
        by_year = (len(histories), years, 12)
        return cls(first, amounts.reshape(by_year), known.reshape(by_year))

    def place(self, year: FinancialYear) -> int:
        """Where a year stands on the second axis."""
        return year.start - self.first.start

    def up_to(self, year: FinancialYear, months: int) -> tuple[np.ndarray, np.ndarray]:
        """Amounts and known, lines × months from the start to month `months` of `year`."""
        lines, years, _ = self.amounts.shape
        end, flat = self.place(year) * 12 + months, (lines, years * 12)
        return self.amounts.reshape(flat)[:, :end], self.known.reshape(flat)[:, :end]

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        """Every year on the second axis."""
        return tuple(FinancialYear(self.first.start + step) for step in range(self.amounts.shape[1]))
