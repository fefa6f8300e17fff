"""Who is joined and who is not: hand-made records for each rule and each trap."""

from __future__ import annotations

import random
from datetime import date

import duckdb
import pyarrow as pa
import pytest

from commonweal.cli import main
from commonweal.errors import Busy, ExitCode, NotReady
from commonweal.record import linkage_prepare, linkage_rules, linkage_score
from commonweal.record.control import writer
from commonweal.record.linkage_explain import why

from . import invented_people
from .conftest import subject

IVOR = {"given_name": "Ivor", "family_name": "Dale", "birth_date": date(1980, 2, 2), "sex": "M"}
ONE, OTHER, THIRD = "9990000018", "9990000026", "9990000034"


def pairs(groups):
    return {group for group in groups if len(group) > 1}


def test_the_same_verified_number_joins_after_marriage_and_a_move(linked):
    linked.add(
        subject(1, nhs_number=ONE), subject(2, nhs_number="999 000 0018", family_name="Brook", postcode="HA1 3UJ")
    )
    result = linked.link()
    assert linked.groups() == {frozenset({1, 2})}
    assert (result.records, result.persons, result.linked_by) == (2, 1, {"verified_nhs_number": 1})


def test_two_verified_numbers_never_join_and_the_pair_is_for_review(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=OTHER))
    result = linked.link()
    assert result.persons == 2
    assert result.review == {"two_numbers_one_description": 1}
    assert "two different verified numbers" in why(linked.store, 1, 2).in_words()


def test_a_record_between_two_numbers_joins_neither(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=OTHER), subject(3))
    result = linked.link()
    assert pairs(linked.groups()) == set()
    assert "fits_two_people" in result.review


def test_an_invalid_number_is_no_number(linked):
    linked.add(
        subject(1, nhs_number="9990000019", given_name="Ann", birth_date=date(1950, 1, 1)),
        subject(2, nhs_number="9990000019", given_name="Zoe", birth_date=date(1990, 5, 5)),
    )
    assert linked.link().persons == 2


def test_an_untraced_number_needs_the_birth_date(linked):
    linked.add(
        subject(1, nhs_number=ONE),
        subject(2, nhs_number=ONE, nhs_number_status="02", family_name=None, given_name=None),
        subject(3, nhs_number=ONE, nhs_number_status="02", family_name=None, given_name=None, birth_date=None),
    )
    result = linked.link()
    assert pairs(linked.groups()) == {frozenset({1, 2})}
    assert result.linked_by == {"corroborated_nhs_number": 1}


@pytest.mark.parametrize("status", ["03", "04", "05", "06"])
def test_a_number_in_dispute_does_not_join_by_itself(linked, status):
    linked.add(
        subject(1, nhs_number=ONE),
        subject(2, nhs_number=ONE, nhs_number_status=status, given_name="Joan", birth_date=date(1988, 12, 1)),
    )
    assert linked.link().persons == 2


def test_a_replaced_number_leads_to_its_successor_through_a_chain(linked):
    linked.add(
        subject(1, nhs_number=ONE),
        subject(2, nhs_number=OTHER, superseded_by=THIRD),
        subject(3, nhs_number=THIRD, superseded_by=ONE),
    )
    result = linked.link()
    assert linked.groups() == {frozenset({1, 2, 3})}
    assert result.linked_by == {"superseded_nhs_number": 2}


def test_a_ring_of_replaced_numbers_ends(linked):
    linked.add(
        subject(1, nhs_number=ONE, superseded_by=OTHER, given_name="Ann"),
        subject(2, nhs_number=OTHER, superseded_by=ONE, given_name="Zoe"),
    )
    assert linked.link().records == 2


def test_pseudonyms_of_one_number_join_where_a_feed_has_nothing_else(linked):
    bare = {"family_name": None, "given_name": None, "address": None, "postcode": None, "telephone": None}
    token = "9F86D081884C7D65"
    linked.add(
        subject(1, nhs_number=token, nhs_number_status=None, **bare),
        subject(2, nhs_number=token, nhs_number_status=None, **bare),
        subject(3, nhs_number="INVALID", nhs_number_status=None, **bare),
        subject(4, nhs_number="INVALID", nhs_number_status=None, **bare),
    )
    result = linked.link()
    assert pairs(linked.groups()) == {frozenset({1, 2})}
    assert result.linked_by == {"same_pseudonym": 1}


@pytest.mark.parametrize(
    ("status", "month", "joins"),
    [
        ("07", 8, True),
        ("02", 3, True),
        ("02", 4, False),
        ("03", 3, True),
        ("05", None, False),
        ("01", 8, False),
        ("01", None, True),
    ],
)
def test_a_token_of_a_number_in_dispute_needs_month_of_birth_and_sex(linked, status, month, joins):
    """Pseudonymised feeds carry the month only. 07: no number was sent, and the processor that made the token found it."""
    token = "9f86d081884c7d65"
    bare = {"family_name": None, "given_name": None, "address": None, "postcode": None, "telephone": None}
    linked.add(
        subject(
            1,
            nhs_number=token,
            nhs_number_status="01",
            birth_date=date(1961, 3 if status != "07" else 8, 1),
            birth_date_precision="M",
            **bare,
        ),
        subject(
            2,
            nhs_number=token,
            nhs_number_status=status,
            birth_date=month and date(1961 if status != "01" else 1984, month, 1),
            birth_date_precision="M",
            **bare,
        ),
    )
    assert (linked.link().persons == 1) is joins


def test_one_token_on_people_with_different_birth_dates_joins_nobody_by_chance(linked):
    """As in the linked synthetic set, where eleven people carry one token: two of them are born a digit apart."""
    bare = {"family_name": None, "given_name": None}
    years = (1941, 1957, 1958, 1963, 1989, 2004)
    linked.add(
        *(
            subject(n, nhs_number="00562E00FF16CA09", birth_date=date(year, 1, 1), **bare)
            for n, year in enumerate(years)
        )
    )
    result = linked.link()
    assert result.persons == len(years)
    assert result.review["same_number_different_person"] > 0


def test_a_default_number_is_used_for_nobody(linked):
    linked.add(
        *(
            subject(n, nhs_number=ONE, birth_date=date(1940 + n, 1, 1 + n % 27), given_name=name, family_name=name)
            for n, name in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXY")
        )
    )
    result = linked.link()
    assert result.persons == 25
    assert result.review["number_in_common_use"] == 1


def test_someone_elses_number_is_caught_by_name_and_birth_date(linked):
    linked.add(
        subject(1, nhs_number=ONE),
        subject(2, nhs_number=ONE),
        subject(3, nhs_number=ONE, given_name="Kenji", family_name="Oakbury", birth_date=date(1999, 1, 1), sex="M"),
    )
    result = linked.link()
    assert linked.groups() == {frozenset({1, 2}), frozenset({3})}
    assert result.review == {"same_number_different_person": 1}


def test_a_record_without_a_number_joins_by_its_description(linked):
    linked.add(
        subject(1, nhs_number=ONE),
        subject(2, given_name="Marta", telephone=None),
        subject(3, birth_date=date(1961, 9, 3)),
        subject(4, nhs_number=OTHER, given_name="Ivor", family_name="Dale", birth_date=date(1980, 2, 2), sex="M"),
    )
    result = linked.link()
    assert pairs(linked.groups()) == {frozenset({1, 2, 3})}
    assert result.linked_by == {"scored_by_comparison": 2}
    words = why(linked.store, 1, 3).in_words()
    assert "day and month of birth exchanged" in words
    assert "the same given name" in words
    assert "1961" not in words
    assert "Ashford" not in words


@pytest.mark.parametrize("numbered", [True, False])
def test_twins_stay_two_people(linked, numbered):
    linked.add(
        subject(1, nhs_number=ONE, given_name="Callum", sex="M", birth_date=date(2015, 6, 1)),
        subject(2, nhs_number=OTHER if numbered else None, given_name="Ewan", sex="M", birth_date=date(2015, 6, 1)),
    )
    assert linked.link().persons == 2


def test_father_and_son_of_one_name_and_address_stay_two_people(linked):
    linked.add(
        subject(1, nhs_number=ONE, given_name="Walter", sex="M", birth_date=date(1950, 3, 9)),
        subject(2, given_name="Walter", sex="M", birth_date=date(1979, 11, 21)),
    )
    assert linked.link().persons == 2


def test_a_couple_who_share_everything_but_name_and_birth_date_stay_two_people(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, given_name="Henry", sex="M", birth_date=date(1958, 8, 30)))
    assert linked.link().persons == 2


def test_a_chain_of_likeness_does_not_join_its_ends(linked):
    """Each is born a digit apart from the next, so each pair of neighbours could be one person; the ends cannot."""
    linked.add(*(subject(year, birth_date=date(year, 1, 1)) for year in (1950, 1951, 1961, 1962, 1972)))
    result = linked.link()
    apart = [{1950, 1961}, {1950, 1962}, {1950, 1972}, {1951, 1962}, {1951, 1972}, {1961, 1972}]
    assert not any(pair <= group for pair in apart for group in linked.groups())
    assert result.review["link_breaks_a_rule"] > 0


BARE = {"family_name": None, "given_name": None, "address": None, "telephone": None}


def test_a_record_with_neither_name_nor_number_joins_the_only_person_born_that_day_at_that_postcode(linked):
    linked.add(
        subject(1, nhs_number=ONE), subject(2, feed="csds", **BARE), subject(3, feed="mhsds", **BARE),
        subject(4, nhs_number=OTHER, **IVOR),
    )  # fmt: skip
    result = linked.link()
    assert pairs(linked.groups()) == {frozenset({1, 2, 3})}
    assert result.linked_by == {"birth_date_sex_and_postcode": 2}
    assert "fit one person only" in why(linked.store, 1, 2).in_words()


@pytest.mark.parametrize(
    "other",
    [
        {"nhs_number": OTHER, "given_name": "Maria"},
        {"nhs_number": OTHER, "given_name": "Mark", "sex": "M"},
    ],
)
def test_it_joins_nobody_where_two_were_born_that_day_at_that_postcode(linked, other):
    linked.add(subject(1, nhs_number=ONE), subject(2, feed="csds", **BARE), subject(3, **other))
    result = linked.link()
    assert pairs(linked.groups()) == set()
    assert result.review["fits_two_people"] == 1


@pytest.mark.parametrize(
    "differs",
    [{"sex": "M"}, {"sex": None}, {"postcode": "W2 1NX"}, {"birth_date": date(1961, 9, 3)}, {"postcode": None}],
)
def test_it_joins_only_where_all_three_agree(linked, differs):
    linked.add(subject(1, nhs_number=ONE), subject(2, feed="csds", **(BARE | differs)))
    assert linked.link().persons == 2


def test_the_first_of_january_is_no_birth_date(linked):
    linked.add(
        subject(1, nhs_number=ONE, birth_date=date(1961, 1, 1)),
        subject(2, feed="csds", birth_date=date(1961, 1, 1), **BARE),
    )
    assert linked.link().persons == 2


def test_a_record_without_a_given_name_joins_nobody(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, given_name=None))
    assert linked.link().persons == 2


def test_two_numbers_under_one_source_identifier_are_reported_once(linked):
    linked.add(subject(1, nhs_number=ONE), subject(1, nhs_number=OTHER, record_number=9))
    result = linked.link()
    assert (result.records, result.review) == (1, {"one_identifier_two_numbers": 1})


def test_the_order_of_arrival_does_not_matter(fresh):
    rows = [
        subject(1, nhs_number=ONE), subject(2), subject(3, nhs_number=OTHER, given_name="Callum", sex="M"),
        subject(4, given_name="Calum", sex="M", telephone=None), subject(5, nhs_number=THIRD, superseded_by=ONE),
        subject(6, birth_date=date(1961, 9, 3), postcode="W2 1NX"), subject(7, given_name="Ewan", sex="M"),
    ]  # fmt: skip
    found = set()
    for seed in range(4):
        shuffled = random.Random(seed).sample(rows, len(rows))
        store = fresh()
        for one in shuffled if seed % 2 else [shuffled]:
            store.add(*(one if isinstance(one, list) else [one]))
            if seed == 3:
                store.link()
        store.link()
        found.add(frozenset(store.groups()))
    assert len(found) == 1


def test_linking_with_nothing_loaded_says_what_to_do(linked):
    with pytest.raises(NotReady, match="commonweal ingest"):
        linked.link()


def test_linking_waits_its_turn(linked):
    linked.add(subject(1))
    with writer(linked.store, "test"), pytest.raises(Busy):
        linked.link()


def test_subject_rows_of_another_load_are_refused(linked):
    from commonweal.errors import BadInput

    rows = pa.table({"subject_key": [1], "feed": ["gp"], "load_id": pa.array([2], pa.int32()), "record_number": [1]})
    with pytest.raises(BadInput, match="another load"):
        linked.identities.add_subjects(rows, 1)
    assert linked.identities.load_ids() == []


def test_subjects_prepared_in_pieces_are_the_same(linked, monkeypatch):
    """A large store is prepared some rows at a time: the pieces part its subjects, and a merged number reaches every piece."""
    people = [
        subject(
            key, nhs_number=(ONE, OTHER, THIRD)[key % 3], given_name=f"Name{key % 7}", family_name=f"Family{key % 5}",
            superseded_by=OTHER if key == 3 else None,
        )
        for key in range(1, 60)
    ]  # fmt: skip
    later = [row | {"postcode": "HA1 3UJ", "record_number": row["record_number"] + 100} for row in people[::4]]
    linked.add(*people).add(*later)

    def prepared(rows_at_once: int) -> list[tuple[object, ...]]:
        monkeypatch.setattr(linkage_prepare, "ROWS_AT_ONCE", rows_at_once)
        with duckdb.connect() as connection:
            linked.identities.subjects(connection).create_view("every_subject")
            assert linkage_prepare.prepare_records(connection, "every_subject") == 59
            return connection.execute("FROM linkage_record ORDER BY subject_key").fetchall()

    whole = prepared(1_000_000)
    assert prepared(10) == whole
    assert prepared(1) == whole


def test_numbers_linked_in_slices_join_the_same_records(linked, monkeypatch):
    """Records of one number stay in one slice, whatever its size: the same links and the same doubts."""
    numbers = invented_people.test_numbers(40).tolist()
    linked.add(
        *(
            subject(
                key, nhs_number=numbers[key % 40], given_name=("Martha", "Ivor")[key % 7 == 0],
                sex=("F", "M")[key % 7 == 0], nhs_number_status="01" if key % 3 else "02",
            )
            for key in range(1, 200)
        )
    )  # fmt: skip

    def found(rows_at_once: int) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        monkeypatch.setattr(linkage_rules, "ROWS_AT_ONCE", rows_at_once)
        with duckdb.connect() as connection:
            linked.identities.subjects(connection).create_view("every_subject")
            linkage_prepare.prepare_records(connection, "every_subject")
            linkage_rules.link_by_number(connection)
            edges = connection.execute("FROM linkage_edge ORDER BY ALL").fetchall()
            return edges, connection.execute("FROM linkage_doubt ORDER BY ALL").fetchall()

    whole = found(1_000_000)
    assert len(whole[0]) > 100
    assert {doubt[0] for doubt in whole[1]} == {"same_number_different_person"}
    assert found(50) == whole
    assert found(7) == whole


def test_descriptions_gathered_in_slices_are_the_same(linked, monkeypatch):
    """An entity stays in one slice, whatever its size."""
    linked.add(*(subject(key, given_name=f"Name{key % 7}", postcode=f"W{key % 3} 1NY") for key in range(1, 200)))
    with duckdb.connect() as connection:
        linked.identities.subjects(connection).create_view("every_subject")
        linkage_prepare.prepare_records(connection, "every_subject")
        connection.execute(
            "CREATE TEMP TABLE linkage_entity AS SELECT subject_key, subject_key % 50 AS entity FROM linkage_record"
        )

        def found(rows_at_once: int) -> list[tuple[object, ...]]:
            monkeypatch.setattr(linkage_score, "ROWS_AT_ONCE", rows_at_once)
            linkage_score.make_variants(connection)
            return connection.execute("FROM linkage_variant ORDER BY ALL").fetchall()

        whole = found(1_000_000)
        assert len(whole) == 50 * 3  # entities by postcodes
        assert found(40) == whole
        assert found(7) == whole


def test_too_little_memory_is_said_with_what_to_do(linked, capsys):
    linked.add(*(subject(key, given_name=f"Name{key}") for key in range(1, 3000)))
    assert main(["link", "--store", str(linked.store.root), "--memory", "2MB"]) == ExitCode.FAILED
    assert "--memory" in capsys.readouterr().err
