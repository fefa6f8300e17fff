"""The few places where DuckDB's and Spark's SQL differ. Everything else is written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EPOCH = date(1900, 1, 1)


@dataclass(frozen=True)
class Dialect:
    """How one engine spells the constructs on which engines disagree."""

    name: str

    @property
    def is_spark(self) -> bool:
        return self.name == "spark"

    def days_between(self, start: str, end: str) -> str:
        """Days from `start` to `end`."""
        return f"datediff({end}, {start})" if self.is_spark else f"date_diff('day', {start}, {end})"

    def shift(self, moment: str, days: int, months: int) -> str:
        """A date moved by months (the last day of a shorter month), then days."""
        if self.is_spark:
            moved = f"add_months({moment}, {months})" if months else moment
            return f"date_add({moved}, {days})" if days else moved
        moved = f"({moment} + INTERVAL ({months}) MONTH)" if months else moment
        moved = f"({moved} + INTERVAL ({days}) DAY)" if days else moved
        return f"CAST({moved} AS DATE)"

    def day_number(self, moment: str) -> str:
        """Days since 1 January 1900, as BIGINT."""
        return f"CAST({self.days_between(date_literal(EPOCH), moment)} AS BIGINT)"

    def from_day_number(self, number: str) -> str:
        """The inverse of `day_number`."""
        if self.is_spark:
            return f"date_add({date_literal(EPOCH)}, CAST({number} AS INT))"
        return f"({date_literal(EPOCH)} + CAST({number} AS INTEGER))"

    def high_bits(self, packed: str, bits: int) -> str:
        """`packed` without its lowest `bits` bits, rounded down."""
        return f"shiftright({packed}, {bits})" if self.is_spark else f"({packed} >> {bits})"

    def real(self, value: float) -> str:
        """A number as a double, to the last bit."""
        return f"CAST('{value!r}' AS DOUBLE)"

    def text_of_date(self, moment: str) -> str:
        """The date as ``YYYY-MM-DD``."""
        return f"CAST({moment} AS {'STRING' if self.is_spark else 'VARCHAR'})"


def date_literal(moment: date) -> str:
    """A date constant."""
    return f"DATE '{moment.isoformat()}'"


def text_literal(value: str) -> str:
    """A text constant."""
    return "'" + value.replace("'", "''") + "'"


DUCKDB = Dialect("duckdb")
SPARK = Dialect("spark")
