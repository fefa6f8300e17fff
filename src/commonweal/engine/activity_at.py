"""Measures that count rows, by groups that belong to the row, as at each date of a history: `activity` over arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.engine.activity import Side, activity_cells, activity_measures, row_groups, sides_of
from commonweal.engine.columns import Selection
from commonweal.engine.cube import UNKNOWN, Cube
from commonweal.engine.dated_rows import DatedRows, Wanted, at_any_date, wanted_by
from commonweal.engine.exclusions import mask_of
from commonweal.engine.plan import Plan
from commonweal.engine.rows_sql import Context
from commonweal.engine.views import CARE, RESTRICTED, BucketResult


@dataclass(frozen=True)
class Counting:
    """What the measures of a plan count: each side with its rows."""

    sides: tuple[tuple[Side, Selection, Selection], ...]
    """A side, its selection, and that at any date."""
    anew: frozenset[str]
    """Measures whose rows are found at each date."""

    @classmethod
    def of(cls, plan: Plan) -> Counting:
        """Of the sides whose rows belong to a group."""
        sides = [(side, side.selection(plan)) for side in sides_of(activity_measures(plan))]
        anew = frozenset(side.definition_id for side, selection in sides if at_any_date(selection) is None)
        return cls(
            tuple(
                (side, selection, base)
                for side, selection in sides
                for base in [at_any_date(selection)]
                if base is not None and side.definition_id not in anew and row_groups(selection.table)
            ),
            anew,
        )

    def wanted(self) -> Iterable[tuple[Selection, Iterable[Wanted]]]:
        """What has to be read for it."""
        for side, selection, base in self.sides:
            groups = [Wanted("code", column) for column in row_groups(selection.table).values()]
            summed = [Wanted("number", side.summed)] if side.summed else []
            yield base, [*wanted_by(selection), *groups, *summed]


@dataclass(frozen=True)
class RowsAt:
    """The rows of one range of people as at one date, to be counted."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    context: Context
    counting: Counting
    result: BucketResult
    rows: Mapping[Selection, DatedRows]
    few_rows: Mapping[Selection, DatedRows]
    """Rows that may leave direct care, of the people who have others."""
    few: NDArray[np.int64]
    """Places of those people, sorted."""

    def add_to(self, cubes: Mapping[str, Cube]) -> None:
        """Add what the measures of these cubes count. The people whom both views count alike are counted once."""
        if self.counting.anew:
            activity_cells(self.connection, self.plan, self.context, self.result, cubes, self.counting.anew)
        left_out = {cell.definition_id: cell.left_out for cube in cubes.values() for cell in cube.cells}
        people = self.result.care
        common = ~people.column("objected").to_numpy(zero_copy_only=False)
        common[self.few] = False
        few = self.result.few.table.take(pa.array(np.searchsorted(self.result.few.places, self.few)))
        kept: dict[tuple[str, frozenset[str], bool], NDArray[np.float64]] = {}
        for side, selection, base in self.counting.sides:
            if side.definition_id not in left_out:
                continue
            out = left_out[side.definition_id]
            for of_few, table in ((False, people), (True, few)):
                if (side.basis, out, of_few) not in kept:
                    kept[side.basis, out, of_few] = _kept(table, side.basis, out)
            everybody = kept[side.basis, out, False]
            if CARE in cubes:
                self._add(cubes[CARE], side, selection, self.rows[base], everybody)
            if RESTRICTED in cubes:
                self._add(cubes[RESTRICTED], side, selection, self.rows[base], everybody * common)
                if not len(self.few):
                    continue
                own = kept[side.basis, out, True] * ~few.column("objected").to_numpy(zero_copy_only=False)
                self._add(cubes[RESTRICTED], side, selection, self.few_rows[base], own)

    def _add(self, cube: Cube, side: Side, selection: Selection, rows: DatedRows, counted: NDArray[np.float64]) -> None:
        """Add the rows of one side; `counted`: 1 for each person whose rows count, else 0."""
        chosen = rows.at(selection, self.plan.as_at, self.context.latest_snapshot)
        weights = counted[rows.places[chosen]]
        if side.summed:
            weights = weights * np.nan_to_num(rows.columns[Wanted("number", side.summed)][chosen])
        if not weights.any():
            return
        for group, column in row_groups(selection.table).items():
            wanted = Wanted("code", column)
            # A row without a code has -1.
            found = np.bincount(rows.columns[wanted][chosen] + 1, weights=weights)
            for place in np.flatnonzero(found):
                code = rows.texts[wanted][int(place) - 1].as_py() if place else UNKNOWN
                side.add(cube, group, code, float(found[place]))


def _kept(people: pa.Table, basis: str, out: frozenset[str]) -> NDArray[np.float64]:
    kept = people.column(basis)
    if out:
        kept = pc.and_(kept, pc.invert(mask_of(people, out)))
    return pc.fill_null(kept, False).to_numpy(zero_copy_only=False).astype(np.float64)


__all__ = ["Counting", "RowsAt"]
