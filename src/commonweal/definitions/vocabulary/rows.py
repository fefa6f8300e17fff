"""Rows of the record, and the features taken from them.

    event.coded("dm_cod").latest().date
    contact.where(setting="ae", department_type="01").in_last(months=12).count()
    medication.coded("salbutamol").in_last(months=12).count(distinct="date")

Only rows dated on or before the as-at date are ever seen. A window ``in_last(months=12)`` starts the day after the
same day twelve months before and ends on the as-at date, both included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NoReturn

from commonweal.definitions.vocabulary.expressions import (
    WRAPPERS,
    Condition,
    DateValue,
    Number,
    as_at,
    as_node,
    days,
    months,
    years,
)
from commonweal.definitions.vocabulary.names import check_name, refuse_attribute
from commonweal.definitions.vocabulary.nodes import (
    CodeMatch,
    DateBound,
    Feature,
    Kind,
    Related,
    RowCondition,
    RowSet,
)
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES, Table

CODE_COLUMNS: dict[str, str] = {
    "event": "concept",
    "medication": "concept",
    "diagnosis": "concept",
    "procedure": "concept",
    "contact": "primary_concept",
    "referral": "reason_concept",
}
"""The column that `coded` reads, unless another is named."""

END_COLUMNS: dict[str, str] = {
    "contact": "end_date", "medication": "end_date", "referral": "end_date", "care_package": "end_date",
    "wait": "clock_stop_date",
}  # fmt: skip
"""The column that says when something ended: `open` reads it."""

SameDay = Literal["highest", "lowest"]


@dataclass(frozen=True)
class Where:
    """A condition on one column that is more than a value or a set of values; made by the functions below."""

    operator: str
    values: tuple[Any, ...] = ()


def at_least(value: float | date) -> Where:
    """This value or more; this date or later."""
    return Where("range", (value, None))


def at_most(value: float | date) -> Where:
    """This value or less; this date or earlier."""
    return Where("range", (None, value))


def between(lowest: float | date, highest: float | date) -> Where:
    """From `lowest` to `highest`, both included."""
    return Where("range", (lowest, highest))


def more_than(value: float | date) -> Where:
    """More than this value."""
    return Where("above", (value,))


def less_than(value: float | date) -> Where:
    """Less than this value."""
    return Where("below", (value,))


def not_in(*values: str | float) -> Where:
    """A value that is none of these; a missing value does not match."""
    return Where("not_in", values)


present = Where("present")
"""Any value."""
missing = Where("missing")
"""No value."""


@dataclass(frozen=True, eq=False)
class DatedRow:
    """The latest or earliest row: its ``date``, its ``value`` and other columns by ``column(name)``."""

    _rows: RowSet
    _aggregate: Literal["latest", "earliest"]
    _same_day: SameDay

    @property
    def date(self) -> DateValue:
        """When it was; missing where there is no row."""
        return DateValue(Feature(self._rows, self._aggregate, part="date"))

    @property
    def value(self) -> Number:
        """Its number, to four decimal places, in the standard unit; missing where it has none."""
        return self.column("value")

    def column(self, name: str) -> Any:
        """Another column of the row; of several rows on one day, the highest (or lowest) in that column."""
        table = TABLES[self._rows.table]
        kind = _column_kind(table, name)
        return WRAPPERS[kind](Feature(self._rows, self._aggregate, name, "value", self._same_day))

    def exists(self) -> Condition:
        """There is such a row."""
        return Condition(Feature(self._rows, "any"))

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, name, lambda: f"part of the {self._aggregate} {self._rows.table} row")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one table that meet every condition given so far. Each method returns a narrower set."""

    rows: RowSet

    # --- which rows ---------------------------------------------------------------------------------------------

    def coded(self, *codelists: str, column: str = "") -> Rows:
        """Whose code is in one of these codelists."""
        return self._match(codelists, column, negated=False)

    def not_coded(self, *codelists: str, column: str = "") -> Rows:
        """Whose code is in none of these codelists."""
        return self._match(codelists, column, negated=True)

    def _match(self, codelists: tuple[str, ...], column: str, *, negated: bool) -> Rows:
        if not codelists:
            raise BadInput("coded() needs the id of at least one codelist")
        table = TABLES[self.rows.table]
        column = column or CODE_COLUMNS.get(table.name, "")
        coded = [one.name for one in table if one.concept]
        if not coded:
            raise BadInput(f"{table.name} has no coded column", remedy="use where() on one of its columns")
        check_name(column, coded, f"coded column of {table.name}")
        match = CodeMatch(column, codelists, negated)
        return Rows(replace(self.rows, codes=(*self.rows.codes, match)))

    def where(self, **conditions: Any) -> Rows:
        """Whose column equals a value, is one of a tuple of values, or meets `at_least`, `between`, `present`, …"""
        table = TABLES[self.rows.table]
        made = [_row_condition(table, column, wanted) for column, wanted in conditions.items()]
        return Rows(replace(self.rows, conditions=(*self.rows.conditions, *made)))

    # --- when ---------------------------------------------------------------------------------------------------

    def in_last(self, *, days: int = 0, months: int = 0, years: int = 0, column: str = "") -> Rows:
        """In the period of this length that ends on the as-at date."""
        period = _period(days, months, years)
        return self.after(as_at - period, column=column).on_or_before(as_at, column=column)

    def between(self, start: DateValue | date, end: DateValue | date, *, column: str = "") -> Rows:
        """From `start` to `end`, both included."""
        return self.on_or_after(start, column=column).on_or_before(end, column=column)

    def on(self, moment: DateValue | date, *, column: str = "") -> Rows:
        """On this day."""
        return self._bound("=", moment, column)

    def before(self, moment: DateValue | date, *, column: str = "") -> Rows:
        """Before this day: a fixed date, one relative to the as-at date, or the date of another feature."""
        return self._bound("<", moment, column)

    def on_or_before(self, moment: DateValue | date, *, column: str = "") -> Rows:
        """On this day or before it."""
        return self._bound("<=", moment, column)

    def after(self, moment: DateValue | date, *, column: str = "") -> Rows:
        """After this day."""
        return self._bound(">", moment, column)

    def on_or_after(self, moment: DateValue | date, *, column: str = "") -> Rows:
        """On this day or after it."""
        return self._bound(">=", moment, column)

    def within_days_after(self, moment: DateValue, count: int, *, same_day: bool = True) -> Rows:
        """From this day (or, without `same_day`, the next) to `count` days after it."""
        first = self.on_or_after(moment) if same_day else self.after(moment)
        return first.on_or_before(moment + days(count))

    def _bound(self, operator: Any, moment: DateValue | date, column: str) -> Rows:
        table = TABLES[self.rows.table]
        column = column or table.date_column
        dates = [one.name for one in table if one.type == "date"]
        check_name(column, dates, f"date column of {table.name}")
        bound = DateBound(column, operator, as_node(moment, "date"))
        return Rows(replace(self.rows, bounds=(*self.rows.bounds, bound)))

    def open(self) -> Rows:
        """Begun on or before the as-at date and not ended before it."""
        if self.rows.table not in END_COLUMNS:
            raise BadInput(f"{self.rows.table} rows have no end", remedy=f"open() is for {', '.join(END_COLUMNS)}")
        return Rows(replace(self.rows, open_on_as_at=True))

    # --- relations between rows of one person ---------------------------------------------------------------------

    def followed_by(
        self, others: Rows, *, within_days: int, at_least_days: int = 0, own: str = "", other: str = ""
    ) -> Rows:
        """That have another row from `at_least_days` to `within_days` days after them."""
        return self._related(others, at_least_days, within_days, own, other, negated=False)

    def not_followed_by(
        self, others: Rows, *, within_days: int, at_least_days: int = 0, own: str = "", other: str = ""
    ) -> Rows:
        """That have no such other row."""
        return self._related(others, at_least_days, within_days, own, other, negated=True)

    def preceded_by(
        self, others: Rows, *, within_days: int, at_least_days: int = 0, own: str = "", other: str = ""
    ) -> Rows:
        """That have another row from `at_least_days` to `within_days` days before them."""
        return self._related(others, -within_days, -at_least_days, own, other, negated=False)

    def not_preceded_by(
        self, others: Rows, *, within_days: int, at_least_days: int = 0, own: str = "", other: str = ""
    ) -> Rows:
        """That have no such other row before them."""
        return self._related(others, -within_days, -at_least_days, own, other, negated=True)

    def _related(self, others: Rows, lowest: int, highest: int, own: str, other: str, *, negated: bool) -> Rows:
        if lowest > highest:
            raise BadInput("the window between the two rows is empty", value=(lowest, highest))
        if others.rows.related or any(_depends_on_feature(bound) for bound in (*others.rows.bounds, *self.rows.bounds)):
            raise BadInput(
                "a row's partner is chosen by fixed dates and columns only",
                remedy="give the partner rows their own windows relative to as_at",
            )
        mine, theirs = TABLES[self.rows.table], TABLES[others.rows.table]
        own, other = own or mine.date_column, other or theirs.date_column
        check_name(own, [one.name for one in mine if one.type == "date"], f"date column of {mine.name}")
        check_name(other, [one.name for one in theirs if one.type == "date"], f"date column of {theirs.name}")
        related = Related(others.rows, own, other, lowest, highest, negated)
        return Rows(replace(self.rows, related=(*self.rows.related, related)))

    # --- one value for each person -------------------------------------------------------------------------------

    def latest(self, *, same_day: SameDay = "highest") -> DatedRow:
        """The row with the last date. Of several on that day, the one with the highest (or lowest) value."""
        return DatedRow(self.rows, "latest", same_day)

    def earliest(self, *, same_day: SameDay = "highest") -> DatedRow:
        """The row with the first date. Of several on that day, the one with the highest (or lowest) value."""
        return DatedRow(self.rows, "earliest", same_day)

    def any(self) -> Condition:
        """There is at least one; never missing."""
        return Condition(Feature(self.rows, "any"))

    def none(self) -> Condition:
        """There is none; never missing."""
        return ~self.any()

    def count(self, *, distinct: str = "") -> Number:
        """How many rows, or how many distinct values of a column (missing ones apart); 0 where there is none."""
        if distinct:
            _column_kind(TABLES[self.rows.table], distinct)
        return Number(Feature(self.rows, "count", distinct))

    def total(self, column: str) -> Number:
        """Sum of a column: 0 where there is no row, missing where there are rows and none has a value."""
        return self._number("total", column)

    def highest(self, column: str = "value") -> Number:
        """The highest value of a column; missing where there is none."""
        return self._number("highest", column)

    def lowest(self, column: str = "value") -> Number:
        """The lowest value of a column; missing where there is none."""
        return self._number("lowest", column)

    def _number(self, aggregate: Any, column: str) -> Number:
        table = TABLES[self.rows.table]
        if _column_kind(table, column) != "number":
            raise BadInput(f"{table.name}.{column} is not a number", remedy="name a numeric column")
        return Number(Feature(self.rows, aggregate, column))

    def days_since(self) -> Number:
        """Days from the latest row to the as-at date; missing where there is none."""
        return self.latest().date.days_to(as_at)

    def episodes(self, *, gap_days: int) -> Number:
        """Runs of rows: a row more than `gap_days` after the one before it begins a new episode; 0 where there is none."""
        if gap_days < 0:
            raise BadInput("the gap between episodes cannot be negative", value=gap_days)
        return Number(Feature(self.rows, "episodes", gap_days=gap_days))

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, name, lambda: f"feature or filter of {self.rows.table} rows")


def _depends_on_feature(bound: DateBound) -> bool:
    from commonweal.definitions.vocabulary.nodes import features_in

    return bool(features_in(bound.bound))


def _period(day_count: int, month_count: int, year_count: int) -> Any:
    given = [one for one in (days(day_count), months(month_count), years(year_count)) if one.days or one.months]
    if len(given) != 1 or given[0].days < 0 or given[0].months < 0:
        raise BadInput(
            "a window needs one length of time",
            value=(day_count, month_count, year_count),
            remedy="write in_last(months=12), in_last(days=90) or in_last(years=2)",
        )
    return given[0]


def _column_kind(table: Table, column: str) -> Kind:
    check_name(column, table.column_names, f"column of {table.name}")
    kinds: dict[str, Kind] = {"string": "text", "date": "date", "bool": "condition"}
    if table[column].type == "timestamp":
        raise BadInput(f"{table.name}.{column} is a time", remedy="use the date column beside it")
    return kinds.get(table[column].type, "number")


def _row_condition(table: Table, column: str, wanted: Any) -> RowCondition:
    kind = _column_kind(table, column)
    if table[column].concept:
        raise BadInput(f"{table.name}.{column} holds codes", remedy="match codes by codelist: coded('id', column=...)")
    if not isinstance(wanted, Where):
        values = tuple(wanted) if isinstance(wanted, tuple | list | set | frozenset) else (wanted,)
        wanted = Where("in", tuple(sorted(values)) if not isinstance(wanted, tuple) else values)
    for value in wanted.values:
        if value is not None:
            as_node(value, kind)
            allowed = table[column].values
            if allowed and isinstance(value, str):
                check_name(value, allowed, f"value of {table.name}.{column}")
    if wanted.operator in ("in", "not_in") and not wanted.values:
        raise BadInput(f"no value is given for {table.name}.{column}")
    return RowCondition(column, wanted.operator, wanted.values)


event = Rows(RowSet("event"))
"""Coded clinical facts."""
medication = Rows(RowSet("medication"))
"""Issues of medicines."""
contact = Rows(RowSet("contact"))
"""Activity in any setting."""
diagnosis = Rows(RowSet("diagnosis"))
"""Coded diagnoses of contacts."""
procedure = Rows(RowSet("procedure"))
"""Coded procedures of contacts."""
referral = Rows(RowSet("referral"))
"""Referrals to services."""
wait = Rows(RowSet("wait"))
"""Pathways on waiting lists, by snapshot."""
care_package = Rows(RowSet("care_package"))
"""Social care and continuing care services."""
