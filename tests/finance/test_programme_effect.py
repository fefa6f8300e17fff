"""Programmes measured on the record: the one that works is told apart from the one whose people only fall back to their mean."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from commonweal.finance.programme_effect import LEAST_PEOPLE, PROGRAMME_SYSTEM, write_programmes
from commonweal.record.schema import CONCEPT, CONTACT, EVENT, PERSON

BEGAN = date(2025, 10, 1)
PEOPLE = 30_000


def empty(con, table, name):
    con.execute(f"CREATE TABLE {name} ({', '.join(f'{c.name} {c.duckdb_type}' for c in table)})")


def insert(con, name, columns):
    con.register("given", pa.table(columns))
    con.execute(f"INSERT INTO {name} ({', '.join(columns)}) SELECT * FROM given")
    con.unregister("given")


def store(ratio=0.75, seed=1, people=PEOPLE, objects=()):
    """A record in which each person has a lasting risk, higher with more long conditions, and luck of the year.

    One programme takes half of the older people with two conditions, whatever happened to them, and multiplies their risk by
    `ratio`. The other takes half of those with two admissions last year, and does nothing.
    """
    rng = np.random.default_rng(seed)
    con = duckdb.connect()
    key = np.arange(people)
    age = rng.integers(20, 95, people)
    conditions = rng.binomial(4, np.where(age >= 60, 0.35, 0.08))
    lasting = rng.gamma(0.7, 1 / 0.7, people) * 0.08 * np.exp(0.5 * conditions + 0.02 * (age - 60))
    works = (age >= 60) & (conditions >= 2) & (rng.random(people) < 0.5)
    luck = rng.gamma(1.2, 1 / 1.2, (3, people))
    earlier, before = rng.poisson(lasting * luck[0]), rng.poisson(lasting * luck[1])
    review = (before >= 2) & (rng.random(people) < 0.5)
    after = rng.poisson(lasting * np.where(works, ratio, 1.0) * luck[2])
    for table, name in ((EVENT, "event"), (CONCEPT, "concept"), (CONTACT, "contact"), (PERSON, "person")):
        empty(con, table, name)
    born = [date(2025 - int(a), 10, 1) for a in age]
    insert(con, "person", {"person_key": key, "birth_month": born})
    flags = {
        f"r_{name}": conditions > place
        for place, name in enumerate(("heart_failure", "copd", "diabetes", "coronary_heart_disease"))
    }
    con.register("given", pa.table({"person_key": key, "imd_decile": np.full(people, 5), **flags}))
    con.execute("CREATE TABLE people AS SELECT * FROM given")
    con.unregister("given")
    for one in objects:
        con.execute("DELETE FROM people WHERE person_key = ?", [one])
    insert(
        con,
        "concept",
        {"concept": [1, 2], "system": [PROGRAMME_SYSTEM] * 2, "code": ["works", "review"], "term": ["Works", None]},
    )
    members = np.concatenate([key[works], key[review]])
    concept = np.concatenate([np.full(works.sum(), 1), np.full(review.sum(), 2)])
    insert(con, "event", {"person_key": members, "concept": concept, "date": [BEGAN] * members.size})
    days = [np.repeat(key, earlier), np.repeat(key, before), np.repeat(key, after)]
    starts = [date(2024, 4, 1), date(2025, 4, 1), date(2026, 4, 1)]
    for who, start in zip(days, starts, strict=True):
        insert(con, "contact", {
            "person_key": who, "setting": ["apc"] * who.size, "admission_method": ["21"] * who.size, "start_date": [start] * who.size,
            "cost_pence": [300_000] * who.size,
        })  # fmt: skip
    write_programmes(con, lambda name: name, "people", lambda day: "people")
    rows = con.execute("SELECT * FROM position_programme ORDER BY programme")
    names = [column[0] for column in rows.description]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}
    return found, {"works": (works & ~review, before, after), "review": (review & ~works, before, after)}


def test_the_programme_that_works_and_the_one_that_only_regresses_are_told_apart():
    found, truth = store()
    works, review = found["works"], found["review"]
    members, before, after = truth["works"]
    # What it did is known here: without it the same people would have been admitted once for each 0.75.
    expected = after[members].mean() / 0.75 * -0.25
    assert works["lower"] < expected < works["upper"]
    assert works["upper"] < 0
    assert works["verdict"] == "fewer admissions than people like them"
    assert works["saved_pence"] == round(-works["effect"] * works["matched"] * 300_000)
    assert works["saved_lower_pence"] < works["saved_pence"] < works["saved_upper_pence"]
    members, before, after = truth["review"]
    assert (after[members].mean() - before[members].mean()) < -1
    assert review["admissions_after"] - review["admissions_before"] < -1
    assert review["lower"] < 0 < review["upper"]
    assert (
        review["verdict"] == "no effect shown: their fall is regression to the mean, and people like them fell as well"
    )
    assert "regression to the mean" in review["warnings"]
    assert works["title"] == "Works"
    assert review["title"] == "review"


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_programme_that_does_nothing_is_not_said_to_work(seed):
    found, _ = store(ratio=1.0, seed=seed)
    assert all(one["upper"] >= 0 for one in found.values())


def test_people_who_object_are_in_no_figure_and_few_are_not_measured():
    found, truth = store(people=400)
    assert found["works"]["verdict"] == "too few people to measure" or found["works"]["matched"] >= LEAST_PEOPLE
    members = np.flatnonzero(truth["works"][0] | truth["review"][0])
    fewer, _ = store(people=400, objects=[int(one) for one in members])
    assert all(one["people"] < found[name]["people"] for name, one in fewer.items())
