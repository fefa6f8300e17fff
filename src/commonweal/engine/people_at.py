"""What is known of each person of a range as at any date, from one reading of their rows. The same as `attributes` says in SQL.

What does not change (sex, ethnic group, residence, objections) is read once; at each date only the registration that holds then, the
bodies above its practice, a death and the age are looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.engine import attributes
from commonweal.engine.births import BY_BIRTH
from commonweal.engine.bucket import People
from commonweal.engine.dialect import DUCKDB, date_literal
from commonweal.engine.sql import difference

OLDEST = 200
"""Ages from which bands are looked up; nobody is older."""


@dataclass
class PeopleAt:
    """The attributes of one range of people at any date."""

    connection: duckdb.DuckDBPyConnection
    sources: attributes.Sources
    people: People = field(init=False)
    _known: pa.Table = field(init=False)
    _practices: pa.Array = field(init=False)
    _since: pa.Array = field(init=False)
    _bands: pa.Array = field(init=False)

    def __post_init__(self) -> None:
        self._known = self._fetch(f"{attributes.unchanging_sql(self.sources)} ORDER BY person_key")
        self.people = People(self._known.column("person_key").to_numpy().astype(np.int64))
        # In this order the last registration that holds on a day is the one that counts.
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE registered AS
            SELECT person_key, practice_code, start_date, end_date,
                row_number() OVER (ORDER BY start_date, coalesce(practice_code, '')) - 1 AS place
            FROM {self.sources.registration} g WHERE start_date IS NOT NULL
        """)
        ordered = self._fetch("SELECT coalesce(practice_code, '') AS code, start_date FROM registered ORDER BY place")
        self._practices, self._since = (ordered.column(name).combine_chunks() for name in ("code", "start_date"))
        born = self._known.select(["birth_day", "birth_month"])
        self.connection.register("_born", born.append_column("place", pa.array(np.arange(born.num_rows))))
        self.connection.execute("CREATE OR REPLACE TEMP TABLE born AS SELECT * FROM _born")
        self.connection.unregister("_born")
        bands = self._fetch(
            f"SELECT {attributes.band_sql('age', DUCKDB)} AS band FROM range({OLDEST}) r(age) ORDER BY age"
        )
        self._bands = bands.column("band").combine_chunks()

    def _fetch(self, query: str) -> pa.Table:
        return self.connection.execute(query).to_arrow_table().combine_chunks()

    def at(self, as_at: date, parents: str) -> tuple[pa.Table, pa.Table]:
        """`attributes.COLUMNS` by the day of birth, and `BY_BIRTH` by the month; `parents` as `practice_parents` made it."""
        days, months = self._births(as_at)
        death = self._known.column("death_date")
        moment = pa.scalar(as_at, pa.date32())
        found = {
            **{name: self._known.column(name) for name in self._known.column_names if name in attributes.COLUMNS},
            "death_date": pc.if_else(pc.less_equal(death, moment), death, pa.scalar(None, pa.date32())),
            **self._registrations(as_at, parents),
            **days,
        }
        return pa.table({name: found[name] for name in attributes.COLUMNS}), pa.table(
            {name: months[name] for name in BY_BIRTH}
        )

    def _births(self, as_at: date) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """Date of birth, age and band by the day of birth, and by the month."""
        month = self._known.column("birth_month").combine_chunks()
        day = pc.coalesce(self._known.column("birth_day").combine_chunks(), month)
        by_day, by_month = (
            difference(born, date_literal(as_at), "years", DUCKDB)
            for born in ("coalesce(birth_day, birth_month)", "birth_month")
        )
        ages = self._fetch(f"SELECT place, {by_day} AS by_day, {by_month} AS by_month FROM born").sort_by("place")
        made = []
        for births, name in ((day, "by_day"), (month, "by_month")):
            age = ages.column(name).combine_chunks()
            inside = pc.if_else(
                pc.and_(pc.greater_equal(age, 0), pc.less(age, OLDEST)), age, pa.scalar(None, pa.int64())
            )
            made.append({"birth_date": births, "age": age, "age_band": self._bands.take(inside)})
        return made[0], made[1]

    def _registrations(self, as_at: date, parents: str) -> dict[str, pa.Array]:
        """The practice on the day, since when, and the bodies above it."""
        moment = date_literal(as_at)
        held = self._fetch(
            "SELECT person_key, max(place) AS place FROM registered "
            f"WHERE start_date <= {moment} AND (end_date IS NULL OR end_date >= {moment}) GROUP BY person_key"
        )
        places = self.people.places(held.column("person_key").to_numpy())
        here = places >= 0
        rows = np.full(len(self.people), -1, dtype=np.int64)
        rows[places[here]] = held.column("place").to_numpy()[here]
        taken = pa.array(rows, mask=rows < 0)
        practice = self._practices.take(taken)
        above = self._fetch(f"SELECT practice_code, {', '.join(attributes.ANCESTORS)} FROM {parents}")
        body = pc.index_in(practice, value_set=above.column("practice_code").combine_chunks(), skip_nulls=True)
        registered = (
            pc.is_valid(practice) if self.sources.has_registrations else pa.array(np.ones(len(rows), dtype=bool))
        )
        return {
            "practice_code": practice,
            "registered_since": self._since.take(taken),
            **{name: above.column(name).combine_chunks().take(body) for name in attributes.ANCESTORS},
            "in_registered_population": registered,
        }


__all__ = ["PeopleAt"]
