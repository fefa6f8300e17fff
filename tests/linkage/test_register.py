"""Ids for good: late arrivals, merges, splits, people's decisions, and what a crash leaves."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from commonweal.errors import BadInput
from commonweal.record.linkage_explain import why

from .conftest import subject

ONE, OTHER = "9990000018", "9990000026"
FIRST = [
    "Ada",
    "Boris",
    "Cyril",
    "Dora",
    "Egbert",
    "Fiona",
    "Gwen",
    "Hugo",
    "Inez",
    "Jasper",
    "Keith",
    "Lorna",
    "Myra",
    "Nigel",
    "Otto",
    "Prudence",
    "Quentin",
    "Rhoda",
    "Simon",
    "Thora",
    "Ursula",
    "Vera",
    "Wanda",
    "Xenia",
    "Yolanda",
    "Zelda",
    "Abel",
    "Bruno",
    "Clara",
    "Duncan",
]
IVOR = {"given_name": "Ivor", "family_name": "Dale", "birth_date": date(1980, 2, 2), "sex": "M"}


def test_an_id_stays_when_records_arrive_late_and_the_same_input_changes_nothing(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=OTHER, **IVOR)).link()
    before = linked.people()
    linked.add(subject(3)).link()
    after = linked.people()
    assert {key: after[key] for key in before} == before
    assert after[3] == before[1]
    generation = linked.register.generation()
    again = linked.link()
    assert linked.people() == after
    assert linked.register.generation() == generation
    assert (again.created, again.merged, again.split) == (0, 0, 0)


def test_a_merge_keeps_the_older_id_and_forwards_the_other(linked):
    linked.add(subject(1, nhs_number=ONE)).link()
    linked.add(subject(2, nhs_number=OTHER, **IVOR)).link()
    older, newer = linked.people()[1], linked.people()[2]
    linked.add(subject(3, nhs_number=OTHER, superseded_by=ONE, family_name=None, given_name=None, birth_date=None))
    linked.register.decide(1, 2, same=True, decided_by="steward", reason="seen the notes")
    result = linked.link()
    assert result.merged == 1
    assert set(linked.people().values()) == {older}
    assert linked.register.current_id(newer) == older
    assert linked.register.current_id("p_00000000000000000000") is None
    assert [(item.kind, item.person_id, item.other_id) for item in linked.register.history(newer)] == [
        ("merged_into", newer, older)
    ]


def test_a_split_gives_a_new_id_and_says_where_it_came_from(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=ONE), subject(3, nhs_number=ONE)).link()
    whole = linked.people()[1]
    linked.register.decide(1, 3, same=False, decided_by="steward", reason="two people")
    linked.register.decide(2, 3, same=False, decided_by="steward", reason="two people")
    result = linked.link()
    people = linked.people()
    assert people[1] == people[2] == whole
    assert people[3] != whole
    assert result.split == 1
    assert linked.register.history(whole)[0].kind == "split_from"
    assert "different people" in why(linked.store, 1, 3).summary


def test_a_decision_holds_in_every_later_link_until_it_is_withdrawn(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, **IVOR)).link()
    linked.register.decide(1, 2, same=True, decided_by="steward", reason="changed name and sex")
    linked.link()
    linked.add(subject(4, nhs_number=OTHER, given_name="Zoe", birth_date=date(1999, 9, 9)))
    result = linked.link()
    assert frozenset({1, 2}) in linked.groups()
    assert result.linked_by["decided_by_a_person"] == 1
    assert "a person decided" in why(linked.store, 1, 2).in_words()
    linked.register.withdraw(1, 2)
    linked.link()
    assert frozenset({1, 2}) not in linked.groups()


def test_a_human_link_may_join_two_numbers_and_nothing_else_may(linked):
    linked.add(
        subject(1, nhs_number=ONE), subject(2, nhs_number=OTHER), subject(3, nhs_number="9990000034", **IVOR)
    ).link()
    assert len(linked.groups()) == 3
    linked.register.decide(1, 2, same=True, decided_by="steward", reason="the tracing service confirmed")
    linked.link()
    assert linked.groups() == {frozenset({1, 2}), frozenset({3})}
    assert linked.register.review_counts() == {}


def test_a_decision_needs_who_and_why(linked):
    with pytest.raises(BadInput):
        linked.register.decide(1, 2, same=True, decided_by="steward", reason=" ")
    with pytest.raises(BadInput):
        linked.register.decide(1, 1, same=True, decided_by="steward", reason="x")


def test_keys_are_dense_and_only_appended(linked):
    linked.add(
        *(subject(n, nhs_number=None, given_name=FIRST[n], birth_date=date(1900 + n, 1, 1)) for n in range(20))
    ).link()

    def keys():
        return duckdb.sql(f"SELECT person_key, person_id FROM '{linked.register.persons_path}' ORDER BY 1").fetchall()

    first = keys()
    assert [key for key, _ in first] == list(range(20))
    linked.add(*(subject(n, given_name=FIRST[n - 90], birth_date=date(1900 + n, 6, 6)) for n in range(100, 110))).link()
    assert keys()[:20] == first
    assert [key for key, _ in keys()] == list(range(30))
    assert len({person for _, person in keys()}) == 30


def test_a_load_that_is_taken_away_does_not_change_anyones_id(linked):
    linked.add(subject(1, nhs_number=ONE)).add(subject(2, nhs_number=OTHER, **IVOR)).link()
    before = linked.people()
    linked.identities.remove_load(1)
    linked.link()
    assert linked.people() == before


def test_killed_between_writing_and_switching_the_snapshot_is_ignored(linked):
    linked.add(subject(1, nhs_number=ONE)).link()
    half = linked.register.folder().with_name("000002")
    half.mkdir()
    (half / "subjects.parquet").write_bytes(b"torn")
    linked.add(subject(2)).link()
    assert linked.groups() == {frozenset({1, 2})}
