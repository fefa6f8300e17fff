"""Whoever holds two serving files must not be able to lay one beside the other, nor find an exact date in either.

The attack that worked: `person_key` was one number in the direct care, planning and research files, and rows stood in one order,
so that research rows could be named from the direct care file. Dates of death were exact, and a funeral notice has the date.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from commonweal.engine import serving_columns
from commonweal.engine.serving import close_readers, open_reader
from commonweal.engine.serving_columns import check_columns
from commonweal.errors import NotAllowed
from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import install_serving_keys, pseudonym, serving_key
from commonweal.governance.purpose import RULES, Purpose
from commonweal.pipeline.release import FINANCE_TABLES
from commonweal.pipeline.releases import ids
from commonweal.record.schema import PERSON

PEOPLE = ("direct_care", "planning", "research")


@pytest.fixture(scope="module")
def files(small_store):
    close_readers()
    folder = small_store.release(ids(small_store)[-1]) / "serve"
    with duckdb.connect() as connection:
        for name in (*PEOPLE, "public"):
            connection.execute(f"ATTACH '{folder / name}.duckdb' AS {name} (READ_ONLY)")
        yield connection


def _column(files, purpose: str, table: str, column: str = "person_key") -> list:
    return [row[0] for row in files.execute(f"SELECT {column} FROM {purpose}.{table}").fetchall()]


@pytest.mark.parametrize(
    ("left", "right"), [("direct_care", "planning"), ("direct_care", "research"), ("planning", "research")]
)
def test_no_key_is_in_two_files(files, left, right):
    mine, theirs = set(_column(files, left, "person")), set(_column(files, right, "person"))
    assert len(mine) > 200 and len(theirs) > 200
    assert len(mine & theirs) <= 1, "keys in common: the files can be joined"


@pytest.mark.parametrize("purpose", PEOPLE)
def test_within_a_file_the_tables_still_join(files, purpose):
    assert sorted(_column(files, purpose, "person")) == sorted(_column(files, purpose, "wide"))


@pytest.mark.parametrize("table", ["person", "wide"])
def test_the_order_of_rows_says_nothing_of_the_order_in_another_file(files, small_store, table):
    """Lay the files side by side: each planning row is in the place that its own key gives it, not its record key."""
    keys = KeyRing(small_store.keys)
    who = dict(files.execute("SELECT person_id, person_key FROM direct_care.person").fetchall())
    for purpose in ("planning", "research"):
        held = _column(files, purpose, table)
        assert held == sorted(held)
        record_key = {serving_key(keys, purpose, person_id): key for person_id, key in who.items()}
        order = np.array([record_key[key] for key in held])
        assert abs(np.corrcoef(order, np.arange(len(order)))[0, 1]) < 0.25


def test_the_answers_belong_to_the_right_people(files, small_store):
    """A new key must not shuffle the answers among people: joined by who holds the keys, both files agree."""
    keys = KeyRing(small_store.keys)
    for purpose in ("planning", "research"):
        there = dict(files.execute(f"SELECT person_key, r_diabetes FROM {purpose}.wide").fetchall())
        here = files.execute(
            "SELECT person_id, r_diabetes FROM direct_care.wide JOIN direct_care.person USING (person_key)"
        ).fetchall()
        compared = [(there[key], answer) for one, answer in here if (key := serving_key(keys, purpose, one)) in there]
        assert len(compared) == len(there) and any(answer for _, answer in compared)
        assert all(found == expected for found, expected in compared)


def test_no_token_of_an_extract_is_in_a_file(small_store):
    keys = KeyRing(small_store.keys)
    token, key = pseudonym(keys, "research", "person0001"), serving_key(keys, "research", "person0001")
    assert f"{key << 1:016x}"[:8] not in token and f"{key:016x}"[:8] not in token


def test_the_macro_is_the_function(small_store):
    keys = KeyRing(small_store.keys)
    with duckdb.connect() as connection:
        install_serving_keys(connection, keys, "planning")
        found = connection.execute(
            "SELECT serving_key(who), typeof(serving_key(who)) FROM (VALUES ('a'), ('ß')) t(who)"
        )
        assert found.fetchall() == [(serving_key(keys, "planning", one), "BIGINT") for one in ("a", "ß")]


def test_exact_dates_and_small_areas_stay_in_direct_care(files):
    def columns(purpose):
        found = files.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = 'person'",
            [purpose],
        )
        return dict(found.fetchall())

    assert {"birth_date", "death_date", "person_id", "lsoa21", "registered_since"} <= set(columns("direct_care"))
    planning, research = columns("planning"), columns("research")
    assert [name for name, kind in planning.items() if kind == "DATE"] == ["death_month"]
    assert [name for name, kind in research.items() if kind == "DATE"] == ["death_year"]
    assert "lsoa21" in planning
    assert not {"lsoa21", "practice_code", "age", "language", "ethnic_category"} & set(research)
    groups = set(_column(files, "research", "cube", "DISTINCT group_type"))
    assert "lsoa" not in groups and "practice" in groups


def test_months_and_years_are_cut_off(tmp_path):
    """A death on 17 March 2026 is March 2026 for planning and 2026 for research, and nobody else's date is touched."""
    (one,) = [one for one in serving_columns.ATTRIBUTES if one.name == "death_date"]
    for purpose, name, expected in (
        ("direct_care", "death_date", "2026-03-17"),
        ("planning", "death_month", "2026-03-01"),
        ("research", "death_year", "2026-01-01"),
    ):
        sql, served = one.served_as(purpose) or ("", "")
        with duckdb.connect() as connection:
            found = connection.execute(
                f"SELECT CAST({sql} AS VARCHAR) FROM (SELECT DATE '2026-03-17' AS death_date)"
            ).fetchone()
        assert (served, found) == (name, (expected,))
    assert one.served_as("public") is None


def test_an_order_that_singles_people_out_is_for_lists_only(files):
    def prefixes(purpose):
        found = files.execute(
            "SELECT DISTINCT split_part(column_name, '_', 1) FROM duckdb_columns() WHERE database_name = ? "
            "AND table_name = 'wide' AND column_name <> 'person_key'", [purpose]
        )  # fmt: skip
        return {row[0] for row in found.fetchall()}

    assert {"o", "f"} <= prefixes("direct_care")
    assert "o" not in prefixes("planning") and "f" in prefixes("planning")
    assert not {"o", "f"} & prefixes("research")


def test_every_attribute_of_the_engine_is_classified():
    from commonweal.engine import attributes

    listed = {one.name for one in serving_columns.ATTRIBUTES}
    assert listed | {"person_key"} == set(attributes.COLUMNS)
    for one in serving_columns.ATTRIBUTES:
        assert not (one.of and one.purposes), f"{one.name}: a copy takes its purposes from the schema"
        if one.of:
            assert one.of in PERSON


@pytest.mark.parametrize("purpose", [*PEOPLE, "public"])
def test_every_table_and_column_of_every_file_is_one_that_its_purpose_may_have(files, purpose, small_store):
    close_readers()
    files.execute(f"USE {purpose}")
    try:
        check_columns(files, RULES[Purpose(purpose)], FINANCE_TABLES)
    finally:
        files.execute("USE memory")


@pytest.mark.parametrize(
    ("purpose", "statement", "named"),
    [
        ("planning", "CREATE TABLE person (person_key BIGINT, death_date DATE)", "person.death_date"),
        ("planning", "CREATE TABLE person (person_key BIGINT, nhs_number VARCHAR)", "person.nhs_number"),
        ("research", "CREATE TABLE person (person_key BIGINT, lsoa21 VARCHAR)", "person.lsoa21"),
        ("research", "CREATE TABLE wide (person_key BIGINT, f_diabetes BOOLEAN)", "wide.f_diabetes"),
        ("planning", "CREATE TABLE wide (person_key BIGINT, x_hba1c_value DOUBLE)", "wide.x_hba1c_value"),
        ("planning", "CREATE TABLE event (person_key BIGINT)", "event"),
        ("public", "CREATE TABLE person (person_key BIGINT)", "person"),
        ("public", "CREATE TABLE concept (concept INTEGER)", "concept"),
    ],
)
def test_a_file_with_more_than_its_purpose_may_have_is_refused(purpose, statement, named):
    with duckdb.connect() as connection:
        connection.execute(statement)
        with pytest.raises(NotAllowed) as refused:
            check_columns(connection, RULES[Purpose(purpose)])
    assert refused.value.value == named


def test_counts_are_as_before(small_store):
    """The cube, not the people, answers outside direct care, whatever the scope."""
    from commonweal.engine.answers import Scope

    release = ids(small_store)[-1]
    for purpose in ("planning", "research", "public"):
        reader = open_reader(small_store, purpose, release)
        everyone = reader.count("diabetes", scope=Scope(everyone=True))
        # 80 have diabetes; those whose number leaves 7 on division by 40 objected, of whom 2 divide by 3.
        assert everyone.text == {"planning": "80", "research": "78", "public": "80"}[purpose]
