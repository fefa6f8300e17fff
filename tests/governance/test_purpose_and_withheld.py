"""Purposes, and the rows and people that each must leave out."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from commonweal.errors import BadInput, NotAllowed
from commonweal.governance.optouts import NationalOptOutList, type1_sql
from commonweal.governance.purpose import RULES, Purpose, require_people, resolve
from commonweal.governance.withheld import published_codes, row_filter, withheld_concepts, withheld_person_filter
from commonweal.store import Store


@pytest.mark.parametrize("wrong", ["", "care", "DIRECT_CARE", "none"])
def test_a_question_without_a_purpose_is_refused(wrong):
    with pytest.raises(NotAllowed, match="purpose"):
        resolve(wrong)


def test_only_direct_care_shows_people_and_no_opt_out_bites_there():
    assert [purpose for purpose, rule in RULES.items() if rule.identifiable] == [Purpose.DIRECT_CARE]
    assert resolve("direct_care").opt_outs == ()
    for purpose in ("planning", "research", "public"):
        assert set(resolve(purpose).opt_outs) == {"type1", "national"}
        assert resolve(purpose).birth_date != "day"
        with pytest.raises(NotAllowed):
            require_people(purpose)


@pytest.fixture
def coded():
    """Concepts as a build holds them: HIV, syphilis, IVF by OPCS-4, an eye malformation with the same letters, asthma."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE concept (concept INTEGER, system VARCHAR, code VARCHAR, term VARCHAR)")
    connection.executemany(
        "INSERT INTO concept VALUES (?, ?, ?, NULL)",
        [
            (1, "icd10", "B20"), (2, "icd10", "B24X"), (3, "icd10", "Z21X"), (4, "icd10", "A539"), (5, "icd10", "Z312"),
            (6, "opcs4", "Q131"), (7, "icd10", "Q130"), (8, "icd10", "J45"), (9, "icd10", "B25"), (10, "icd10", "A57X"),
            (11, "icd10", "Z20.2"),
        ],
    )  # fmt: skip
    return connection


def test_the_published_lists_match_by_system_and_prefix(coded):
    withheld_concepts(coded, "concept")
    found = dict(coded.execute("SELECT concept, category FROM withheld_concept").fetchall())
    assert found == {
        1: "hiv", 2: "hiv", 3: "hiv", 11: "hiv", 4: "sexually_transmitted_infection", 5: "assisted_conception",
        6: "assisted_conception",
    }  # fmt: skip


def test_every_published_row_is_dated():
    assert all(code.valid_from < date(2000, 1, 1) for code in published_codes())


def test_planning_leaves_out_withheld_codes_and_the_sources_flag_and_direct_care_only_the_flag(coded):
    withheld_concepts(coded, "concept")
    coded.execute(
        "CREATE TABLE event AS SELECT * FROM (VALUES (8, false), (8, true), (1, false)) AS t(concept, confidential)"
    )

    def passing(purpose):
        return coded.execute(f"SELECT count(*) FROM event WHERE {row_filter('event', purpose)}").fetchone()[0]

    assert passing("direct_care") == 2
    assert passing("planning") == passing("research") == passing("public") == 1


def test_a_contact_marked_in_a_category_stays_in_direct_care(coded):
    withheld_concepts(coded, "concept")
    coded.execute(
        "CREATE TABLE contact AS SELECT * FROM (VALUES (true, 1), (false, 8), (NULL, NULL), (false, 4)) AS t(confidential, primary_concept)"
    )

    def passing(purpose):
        return coded.execute(f"SELECT count(*) FROM contact WHERE {row_filter('contact', purpose)}").fetchone()[0]

    assert passing("direct_care") == 4
    assert passing("planning") == 2


def test_people_who_objected_are_left_out_of_all_but_direct_care():
    people = duckdb.sql(
        "SELECT * FROM (VALUES (1, false, false), (2, true, false), (3, false, true), (4, NULL, NULL)) "
        "AS t(person_key, type1_opt_out, national_opt_out)"
    )
    assert people.filter(withheld_person_filter("direct_care")).shape[0] == 4
    for purpose in ("planning", "research", "public"):
        kept = people.filter(withheld_person_filter(purpose)).order("person_key").fetchall()
        assert [row[0] for row in kept] == [1, 4]


def test_the_later_type_1_code_counts_and_dissent_wins_on_one_day():
    events = """(SELECT * FROM (VALUES
        (1, DATE '2020-01-01', 10), (1, DATE '2021-01-01', 11),
        (2, DATE '2020-01-01', 11), (2, DATE '2021-01-01', 10),
        (3, DATE '2020-01-01', 10), (3, DATE '2020-01-01', 11),
        (4, DATE '2020-01-01', 99)) AS t(person_key, date, concept))"""
    found = dict(duckdb.sql(type1_sql(events, [10], [11])).fetchall())
    assert found == {1: False, 2: True, 3: True}


def test_a_stated_preference_counts_like_a_code():
    preferences = "(SELECT 7 AS person_key, DATE '2024-01-01' AS date, 'type1' AS kind, 'dissent' AS value)"
    assert duckdb.sql(type1_sql("(SELECT 1 WHERE false)", [], [], preferences)).fetchall() == [(7, True)]


def test_the_national_list_is_replaced_whole_and_the_newest_that_was_true_is_used(tmp_path):
    lists = NationalOptOutList.of(Store(tmp_path / "store"))
    source = tmp_path / "list.csv"
    source.write_text("NHS_NUMBER\n943 476 5919\n999-000-0018\n9434765919\n")
    assert lists.replace(source, date(2026, 3, 1)) == 2
    source.write_text("9434765919\n")
    lists.replace(source, date(2026, 6, 1))
    assert lists.latest()[0] == date(2026, 6, 1)
    assert lists.latest(date(2026, 4, 1))[0] == date(2026, 3, 1)
    assert lists.latest(date(2026, 1, 1)) is None
    assert all(path.stat().st_mode & 0o077 == 0 for path in lists.folder.iterdir())


def test_a_damaged_list_is_refused_whole_and_the_number_is_not_shown(tmp_path):
    lists = NationalOptOutList.of(Store(tmp_path / "store"))
    source = tmp_path / "list.csv"
    source.write_text("9434765919\n9434765918\n")
    with pytest.raises(BadInput) as refused:
        lists.replace(source, date(2026, 3, 1))
    assert "line 2" in str(refused.value)
    assert "9434765918" not in str(refused.value)
    assert lists.latest() is None
