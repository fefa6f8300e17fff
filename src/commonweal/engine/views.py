"""What direct care may see, and what every other purpose may: the second is the first with a few people's rows replaced.

Outside direct care, rows of withheld categories are gone and only the month of birth is known. That changes the columns or
the answers of few people in a hundred. `BucketResult` therefore holds everybody once, and those few a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.engine.births import BY_BIRTH
from commonweal.engine.record_files import Bucket

CARE, RESTRICTED = "care", "restricted"
VIEWS = {"direct_care": CARE, "planning": RESTRICTED, "research": RESTRICTED, "public": RESTRICTED}
"""Purpose to the view of the rows that it may read."""


@dataclass(frozen=True)
class Replaced:
    """People, by their place in a range, and a table with one row for each of them, in that order."""

    places: NDArray[np.int64]
    table: pa.Table

    def __len__(self) -> int:
        return len(self.places)


@dataclass
class BucketResult:
    """One range of people: attributes, outputs and stored columns. Every table is sorted by person_key."""

    bucket: Bucket
    care: pa.Table
    """Attributes and outputs, as direct care sees them."""
    columns: pa.Table
    """person_key and stored columns, as direct care sees them."""
    by_birth: pa.Table
    """`BY_BIRTH` by the month of birth, for everybody."""
    few: Replaced
    """Attributes and outputs in the restricted view, of the people for whom they may differ."""
    recomputed: Replaced
    """person_key and the stored columns that were computed without withheld rows, of the people who have such rows."""

    def people(self, view: str, columns: Iterable[str] | None = None) -> pa.Table:
        """Attributes and outputs (or only `columns`) of everybody, as a view sees them, objectors included."""
        names = list(self.care.column_names if columns is None else columns)
        if view == CARE:
            return self.care.select(names)
        rows = np.arange(self.care.num_rows)
        rows[self.few.places] = self.care.num_rows + np.arange(len(self.few))
        taken = pa.array(rows)
        made = []
        for name in names:
            if name in BY_BIRTH:
                made.append(self.by_birth.column(name))
            elif not len(self.few):
                made.append(self.care.column(name))
            else:
                both = [*self.care.column(name).chunks, *self.few.table.column(name).chunks]
                made.append(pa.concat_arrays(both).take(taken))
        return pa.table(made, names=names)


def without_objections(people: pa.Table) -> pa.Table:
    """The people who did not object to other uses than their care."""
    return people.filter(pc.invert(people.column("objected")))


def counted_people(result: BucketResult, view: str, columns: Iterable[str] | None = None) -> pa.Table:
    """The people whom a view may count: all for direct care, else those who did not object."""
    people = result.people(view, columns)
    return people if view == CARE else without_objections(people)
