"""What general practice records because of hospital care: pregnancies that end in the births, and the review after an asthma attack."""

from __future__ import annotations

import numpy as np

from commonweal.synthetic.draw import Ints, repeats
from commonweal.synthetic.gp import Entries
from commonweal.synthetic.inpatients import Spells
from commonweal.synthetic.population import People, fertility
from commonweal.synthetic.primary_care import PrimaryCare
from commonweal.synthetic.reference import settings_file
from commonweal.synthetic.settings import Settings

BOOKED_BEFORE = 215
"""Days from the practice's first record of a pregnancy to the birth: about nine weeks in."""
BIRTH_RECORDED = 0.9
"""Share of births that the mother's practice codes (invented)."""
REVIEWED_IN_TIME = 0.42
"""Share of asthma attacks in A&E with a practice appointment on one of the next two days (invented)."""
MATERNITY = 3
"""`Spells.kind` of a birth."""


def write(
    settings: Settings, people: People, care: PrimaryCare, spells: Spells, attacks: list[tuple[Ints, Ints]]
) -> None:
    """Observations and appointments of one chunk, from a stream of their own."""
    rng = np.random.default_rng([settings.seed, 34, int(people.person[0])])
    book, entries = settings_file("gp_codes.yaml"), Entries()
    until = np.minimum(people.until(), settings.end)

    def add(rows: Ints, days: Ints, code: str) -> None:
        kept = (days < until[rows]) & (days >= people.registered_from[rows])
        entries.add(rows[kept], days[kept], entries.code(code))

    births = spells.kind == MATERNITY
    rows, days = _one_each(spells.row[births], spells.admitted[births])
    told = rng.random(len(rows)) < BIRTH_RECORDED
    add(rows[told], days[told] + rng.integers(1, 12, told.sum()), book["advice"]["birth"]["code"])
    expecting = repeats(rng, fertility(people, settings.end) * BOOKED_BEFORE / 365.25)
    due = settings.end + rng.integers(1, BOOKED_BEFORE, len(expecting))
    expecting, due = _one_each(expecting, due)
    new = ~np.isin(expecting, rows[days > settings.end - 365])
    rows, days = np.concatenate([rows, expecting[new]]), np.concatenate([days, due[new]])
    add(rows, days - BOOKED_BEFORE + rng.integers(-14, 15, len(rows)), book["advice"]["pregnant"]["code"])

    rows, days = (np.concatenate(column) for column in zip(*attacks, strict=True)) if attacks else (births[:0],) * 2
    seen = rng.random(len(rows)) < REVIEWED_IN_TIME
    rows, days = rows[seen], days[seen] + rng.integers(1, 3, seen.sum())
    add(rows, days, book["processes"]["asthma_review"]["code"])
    if entries.parts:
        care.observations(entries)
    kept = days < until[rows]
    care.seen(rng, rows[kept], days[kept])


def _one_each(rows: Ints, days: Ints) -> tuple[Ints, Ints]:
    """The first of each person's days."""
    order = np.lexsort((days, rows))
    rows, days = rows[order], days[order]
    first = np.ones(len(rows), bool)
    first[1:] = rows[1:] != rows[:-1]
    return rows[first], days[first]
