"""What is known of each person of a range as at any date, from one reading of their rows. The same as `attributes` says in SQL.

What does not change (sex, ethnic group, residence, objections) is read once; at each date only the registration that holds then, the
bodies above its practice, a death and the age are looked up. Only the attributes that somebody asks for are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.engine import attributes
from commonweal.engine.births import BY_BIRTH
from commonweal.engine.bucket import People
from commonweal.engine.dialect import DUCKDB, date_literal
from commonweal.engine.sql import difference

OLDEST = 200
"""Ages from which bands are looked up; nobody is older."""

ALWAYS = ("person_key", "death_date", "practice_code", "in_registered_population", "objected", *BY_BIRTH)
"""Attributes that every answer needs: whom a population holds, whose practice is left out, who objected, and the two ages."""
BY_REGISTRATION = ("practice_code", "registered_since", "in_registered_population", *attributes.ANCESTORS)


def days_of(dates: pa.Array) -> NDArray[np.int32]:
    """Days since 1970; 0 for a missing date."""
    return pc.fill_null(dates.cast(pa.int32()), 0).to_numpy(zero_copy_only=False)


@dataclass
class PeopleAt:
    """The attributes of one range of people at any date."""

    connection: duckdb.DuckDBPyConnection
    sources: attributes.Sources
    wanted: Iterable[str] = attributes.COLUMNS
    """Which of `attributes.COLUMNS` are asked for, beside `ALWAYS`."""
    people: People = field(init=False)
    columns: tuple[str, ...] = field(init=False)
    """The attributes given, in the order of `attributes.COLUMNS`."""
    _known: pa.Table = field(init=False)
    _registered: pa.Table = field(init=False)
    _bands: pa.Array = field(init=False)

    def __post_init__(self) -> None:
        asked = {*self.wanted, *ALWAYS}
        self.columns = tuple(name for name in attributes.COLUMNS if name in asked)
        unchanging = [name for name in self.columns if name not in (*BY_REGISTRATION, *BY_BIRTH)]
        self._known = self._read_people(["birth_day", "birth_month", *unchanging])
        self.people = People(self._known.column("person_key").to_numpy().astype(np.int64))
        # In this order the last registration that holds on a day is the one that counts.
        self._registered = self._fetch(
            "SELECT person_key, coalesce(g.practice_code, '') AS practice_code, start_date, end_date FROM "
            f"{self.sources.registration} g WHERE start_date IS NOT NULL ORDER BY start_date, coalesce(g.practice_code, '')"
        )
        bands = self._fetch(
            f"SELECT {attributes.band_sql('age', DUCKDB)} AS band FROM range({OLDEST}) r(age) ORDER BY age"
        )
        self._bands = bands.column("band").combine_chunks()

    def _fetch(self, query: str) -> pa.Table:
        return self.connection.execute(query).to_arrow_table().combine_chunks()

    def _read_people(self, names: list[str]) -> pa.Table:
        """The people in order of their keys, in which the files of a range hold them: sorting again is seldom needed."""
        placed = any(name in names for name in attributes.BY_PLACE)
        found = self._fetch(f"SELECT {', '.join(names)} FROM ({attributes.unchanging_sql(self.sources, placed)})")
        keys = found.column("person_key").to_numpy()
        return found if np.all(keys[1:] > keys[:-1]) else found.take(pa.array(np.argsort(keys, kind="stable")))

    def at(self, as_at: date, parents: str) -> tuple[pa.Table, pa.Table]:
        """`columns` by the day of birth, and `BY_BIRTH` by the month; `parents` as `practice_parents` made it."""
        days, months = self._births(as_at)
        death = self._known.column("death_date")
        moment = pa.scalar(as_at, pa.date32())
        found = {
            **{name: self._known.column(name) for name in self._known.column_names},
            "death_date": pc.if_else(pc.less_equal(death, moment), death, pa.scalar(None, pa.date32())),
            **self._registrations(as_at, parents),
            **days,
        }
        return pa.table({name: found[name] for name in self.columns}), pa.table(
            {name: months[name] for name in BY_BIRTH}
        )

    def _births(self, as_at: date) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        """Date of birth, age and band by the day of birth, and by the month."""
        month = self._known.column("birth_month").combine_chunks()
        day = pc.coalesce(self._known.column("birth_day").combine_chunks(), month)
        days, places = np.unique(np.concatenate([days_of(day), days_of(month)]), return_inverse=True)
        self.connection.register("_born", pa.table({"day": pa.array(days).view(pa.date32())}))
        age = difference("day", date_literal(as_at), "years", DUCKDB)
        aged = self._fetch(f"SELECT day, {age} AS age FROM _born").sort_by("day").column("age").combine_chunks()
        self.connection.unregister("_born")
        made = []
        for births, part in ((day, places[: len(day)]), (month, places[len(day) :])):
            ages = aged.take(pa.array(part, mask=births.is_null().to_numpy(zero_copy_only=False)))
            inside = pc.if_else(
                pc.and_(pc.greater_equal(ages, 0), pc.less(ages, OLDEST)), ages, pa.scalar(None, pa.int64())
            )
            made.append({"birth_date": births, "age": ages, "age_band": self._bands.take(inside)})
        return made[0], made[1]

    def _registrations(self, as_at: date, parents: str) -> dict[str, pa.Array | pa.ChunkedArray]:
        """The practice on the day, since when, and the bodies above it."""
        moment = pa.scalar(as_at, pa.date32())
        ended = pc.fill_null(pc.less(self._registered.column("end_date"), moment), False)
        holds = pc.and_(pc.less_equal(self._registered.column("start_date"), moment), pc.invert(ended))
        held = self._registered.filter(holds)
        places = self.people.places(held.column("person_key").to_numpy())
        here = np.flatnonzero(places >= 0)
        rows = np.full(len(self.people), -1, dtype=np.int64)
        rows[places[here]] = here  # of several the last one stays
        taken = pa.array(rows, mask=rows < 0)
        practice = held.column("practice_code").take(taken).combine_chunks()
        above = self._fetch(f"SELECT practice_code, {', '.join(attributes.ANCESTORS)} FROM {parents}")
        body = pc.index_in(practice, value_set=above.column("practice_code").combine_chunks(), skip_nulls=True)
        registered = (
            pc.is_valid(practice) if self.sources.has_registrations else pa.array(np.ones(len(rows), dtype=bool))
        )
        bodies = {name: above.column(name).take(body) for name in attributes.ANCESTORS if name in self.columns}
        found = {"practice_code": practice, "in_registered_population": registered, **bodies}
        if "registered_since" in self.columns:
            found["registered_since"] = held.column("start_date").take(taken)
        return found


__all__ = ["ALWAYS", "PeopleAt"]
