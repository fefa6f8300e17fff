"""The rows of a selection as arrays in order of their dates, read once for all as-at dates of a history.

What a selection asks of a row is the same at every date but for its window: from when to when, until when something was open, whether a
partner was there yet. `at_any_date` takes that away; `read` fetches the rows that remain, many selections in one query;
`DatedRows.at` says which of them a selection means as at a date, by two searches and a comparison or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.definitions.vocabulary.nodes import Literal
from commonweal.definitions.vocabulary.rows import CODE_COLUMNS, END_COLUMNS
from commonweal.engine import packing
from commonweal.engine.bucket import People, wide_name
from commonweal.engine.columns import Selection, Slot
from commonweal.engine.rows_sql import Context, code_set_id, number_of, packed_text, partner_sql, predicates
from commonweal.record.schema import TABLES

NEVER = np.int32(np.iinfo(np.int32).min)
"""Stands for a missing date."""
SNAPSHOT = "snapshot_date"
DAY_ZERO = date(1970, 1, 1)


@cache
def at_any_date(selection: Selection) -> Selection | None:
    """A selection without its window; None where its rows have to be found anew at each date.

    Days by which a partner is bounded stay: then each date has a selection of its own.
    """
    partners = [one.rows for one in selection.related]
    if selection.dynamic or any(one.related or one.open_on_as_at for one in partners):
        return None
    if any(not isinstance(one.bound, Literal) or not isinstance(one.bound.value, date) for one in selection.bounds):
        return None
    return replace(selection, start=None, end=None, bounds=(), open_on_as_at=False)


@dataclass(frozen=True)
class Wanted:
    """One column that is wanted of rows beside person and date.

    `kind` is ``date`` (days since 1970), ``number``, ``code`` (texts or values, by their place in a list; -1 for a missing one),
    ``packed`` (see `packing`) or ``partner`` (the first date of the partner of that number).
    """

    kind: str
    column: str
    edge: packing.Edge = "last"
    same_day: str = "highest"


def wanted_by(selection: Selection, slots: Iterable[Slot] = ()) -> dict[Wanted, None]:
    """What has to be read to find a selection's rows at a date, and to take these slots from them."""
    found = [Wanted("date", one.column) for one in selection.bounds]
    if selection.open_on_as_at:
        found.append(Wanted("date", END_COLUMNS[selection.table]))
        if selection.table == "wait":
            found.append(Wanted("date", SNAPSHOT))
    found += [Wanted("partner", str(number)) for number in range(len(selection.related))]
    found += [one for slot in slots for one in [of_slot(slot)] if one]
    return dict.fromkeys(found)


def of_slot(slot: Slot) -> Wanted | None:
    """The column from which a slot is taken."""
    if slot.kind in ("last_value", "first_value"):
        return Wanted("packed", slot.column, "last" if slot.kind == "last_value" else "first", slot.same_day)
    if slot.kind in ("total", "highest", "lowest"):
        return Wanted("number", slot.column)
    return Wanted("code", slot.column) if slot.kind == "distinct" else None


@dataclass
class DatedRows:
    """The rows of one selection at any date, in order of their dates."""

    places: NDArray[np.int32]
    """The person's place among the people."""
    days: NDArray[np.int32]
    columns: dict[Wanted, NDArray]
    texts: Mapping[Wanted, pa.Array] = field(default_factory=dict)
    """The texts (or values) that a ``code`` or a packed text stands for."""
    _orders: dict[Wanted, NDArray[np.int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.days)

    def at(self, selection: Selection, as_at: date, snapshot: date | None = None) -> slice | NDArray[np.int64]:
        """Which rows the selection means as at a date."""
        within = self.window(selection, as_at)
        tests = self._tests(selection, as_at, snapshot, within)
        return within.start + np.flatnonzero(np.logical_and.reduce(tests)) if tests else within

    def window(self, selection: Selection, as_at: date) -> slice:
        """The rows of its days."""
        end = min(as_at, selection.end or as_at)
        first = 0 if selection.start is None else int(np.searchsorted(self.days, day_of(selection.start)))
        return slice(first, max(first, int(np.searchsorted(self.days, day_of(end), "right"))))

    def in_order(self, wanted: Wanted, rows: slice | NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows in order of a packed column, whose order is first that of the dates."""
        if wanted not in self._orders:
            self._orders[wanted] = np.argsort(self.columns[wanted], kind="stable")
        if isinstance(rows, slice):
            return self._orders[wanted][rows]
        return rows[np.argsort(self.columns[wanted][rows], kind="stable")]

    def _tests(
        self, selection: Selection, as_at: date, snapshot: date | None, within: slice
    ) -> list[NDArray[np.bool_]]:
        found = []
        for bound in selection.bounds:
            assert isinstance(bound.bound, Literal) and isinstance(bound.bound.value, date)
            days = self.columns[Wanted("date", bound.column)][within]
            found.append((days != NEVER) & _COMPARED[bound.operator](days, day_of(bound.bound.value)))
        if selection.open_on_as_at:
            days = self.columns[Wanted("date", END_COLUMNS[selection.table])][within]
            found.append((days == NEVER) | (days >= day_of(as_at)))
            if selection.table == "wait":
                seen = NEVER if snapshot is None else day_of(snapshot)
                days = self.columns[Wanted("date", SNAPSHOT)][within]
                found.append((days == seen) & (days != NEVER))
        for number, related in enumerate(selection.related):
            first = self.columns[Wanted("partner", str(number))][within]
            there = (first != NEVER) & (first <= day_of(as_at))
            found.append(~there if related.negated else there)
        return found


_COMPARED = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal}


@cache
def day_of(moment: date) -> int:
    """Days since 1970."""
    return (moment - DAY_ZERO).days


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """Reads selections from the held rows ``<context.prefix><table>`` of some people."""

    connection: duckdb.DuckDBPyConnection
    context: Context
    people: People

    def read(self, asked: Mapping[Selection, Iterable[Wanted]]) -> dict[Selection, DatedRows]:
        """The rows of each of these selections (as `at_any_date` gives them)."""
        together: dict[tuple, list[Selection]] = {}
        for one in asked:
            together.setdefault(_query_of(one), []).append(one)
        found: dict[Selection, DatedRows] = {}
        for selections in together.values():
            wanted = dict.fromkeys(column for one in selections for column in asked[one])
            by_code = _is_coded(selections[0])
            if by_code:
                self._map(selections)
            table = self.connection.execute(self._sql(selections[0], wanted, by_code)).to_arrow_table().combine_chunks()
            for number, rows in self._apart(table, wanted, by_code):
                selection = selections[number]
                found[selection] = replace(rows, columns={one: rows.columns[one] for one in asked[selection]})
            nothing = self._rows(table.slice(0, 0), wanted)
            for one in selections:
                found.setdefault(one, nothing)
        return found

    def _map(self, selections: list[Selection]) -> None:
        """``read_map``: set of codes → the number of the selection that asks for it."""
        names = [code_set_id(one.codes[0]) for one in selections]
        table = pa.table({"set_id": pa.array(names, pa.string()), "grp": pa.array(range(len(names)), pa.int32())})
        self.connection.register("_read", table)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE read_map AS SELECT concept, grp FROM _read JOIN code_set USING (set_id)"
        )
        self.connection.unregister("_read")

    def _sql(self, selection: Selection, wanted: Iterable[Wanted], by_code: bool) -> str:
        moment = f"t.{selection.date_column}"
        bare = replace(selection, related=())
        picked = ["m.grp" if by_code else "0 AS grp", "t.person_key", f"{moment} AS day"]
        picked += [f"{self._value(selection, one, moment)} AS v{place}" for place, one in enumerate(wanted)]
        source = f"(SELECT *, '{selection.table}' AS row_table FROM {self.context.rows(selection.table)}) t"
        if by_code:
            source += f" JOIN read_map m ON t.{CODE_COLUMNS[selection.table]} = m.concept"
        tests = predicates(bare, "t", self.context, wide_name, codes=not by_code)
        return f"SELECT {', '.join(picked)} FROM {source} WHERE {' AND '.join(f'({one})' for one in tests) or 'TRUE'}"

    def _value(self, selection: Selection, wanted: Wanted, moment: str) -> str:
        column = f"t.{wanted.column}"
        dialect = self.context.dialect
        if wanted.kind == "partner":
            related = selection.related[int(wanted.column)]
            first = f"min(o.{TABLES[related.rows.table].date_column})"
            return partner_sql(related, "t", self.context, wide_name, first)
        if wanted.kind == "number":
            return f"CAST({column} AS DOUBLE)"
        if wanted.kind == "packed":
            if TABLES[selection.table][wanted.column].type == "string":
                return packed_text(moment, column, wanted.edge, dialect)
            number = number_of(selection.table, wanted.column, "t", dialect)
            return packing.packed_sql(moment, number, wanted.edge, wanted.same_day, dialect)
        return column

    def _apart(self, table: pa.Table, wanted: Mapping[Wanted, None], by_code: bool) -> Iterator[tuple[int, DatedRows]]:
        """Number of each selection and its rows."""
        rows = self._rows(table, wanted)
        groups = table.column("grp").to_numpy()
        here = rows.places >= 0
        days = rows.days
        order = np.lexsort((days, groups)) if by_code else np.argsort(days, kind="stable")
        order = order[here[order]]
        for piece in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
            if len(piece):
                columns = {one: values[piece] for one, values in rows.columns.items()}
                yield int(groups[piece[0]]), DatedRows(rows.places[piece], days[piece], columns, rows.texts)

    def _rows(self, table: pa.Table, wanted: Iterable[Wanted]) -> DatedRows:
        places = self.people.places(table.column("person_key").to_numpy()).astype(np.int32)
        texts: dict[Wanted, pa.Array] = {}
        columns: dict[Wanted, NDArray] = {}
        for place, one in enumerate(wanted):
            columns[one], listed = _array(one, table.column(f"v{place}").combine_chunks())
            if listed is not None:
                texts[one] = listed
        return DatedRows(places, days_of(table.column("day").combine_chunks()), columns, texts)


def _query_of(selection: Selection) -> tuple:
    """Selections with an equal one are read by one query."""
    if _is_coded(selection):
        return selection.table, selection.conditions
    return (selection,)


def _is_coded(selection: Selection) -> bool:
    """Whether a selection is found by the table's own code column and plain conditions alone."""
    return (
        len(selection.codes) == 1
        and not selection.codes[0].negated
        and selection.codes[0].column == CODE_COLUMNS.get(selection.table)
        and not selection.related
    )


def _array(wanted: Wanted, values: pa.Array) -> tuple[NDArray, pa.Array | None]:
    """One column as an array, and what its numbers stand for."""
    if wanted.kind in ("date", "partner"):
        return days_of(values), None
    if wanted.kind == "number":
        return pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False), None
    if wanted.kind == "packed" and not pa.types.is_string(values.type):
        return values.to_numpy(zero_copy_only=False), None
    coded = values.dictionary_encode()
    places = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    if wanted.kind != "packed":
        return places, coded.dictionary
    # Texts by their rank, so that the order of the numbers is that of the texts.
    order = pc.sort_indices(coded.dictionary)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order.to_numpy()] = np.arange(len(order))
    return ranks[places], coded.dictionary.take(order)


def days_of(dates: pa.Array) -> NDArray[np.int32]:
    """Days since 1970; `NEVER` for a missing date."""
    return pc.fill_null(dates.cast(pa.date32()).cast(pa.int32()), int(NEVER)).to_numpy(zero_copy_only=False)


__all__ = ["NEVER", "DatedRows", "Reading", "Wanted", "at_any_date", "of_slot", "wanted_by"]
