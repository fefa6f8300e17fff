"""Names gathered by person: what is there, what is not, and who may still read the file before."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

from commonweal.record.known_people import KnownPeople

from .conftest import subject

ONE = "9990000018"


def rows(path, columns="family_name"):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {columns} FROM known ORDER BY 1").fetchall()


def test_after_linkage_each_person_has_the_rows_that_say_something_newest_first(linked):
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=ONE, family_name="Brook", postcode="HA1 3UJ"))
    linked.add(
        subject(3, nhs_number=None, family_name=None, given_name=None, address=None, postcode=None, telephone=None)
    )
    linked.link()
    path = KnownPeople(linked.store).path
    people = linked.people()
    assert KnownPeople(linked.store).rows_of([people[1], people[3], "nobody"], ["family_name"]) == {
        people[1]: [{"family_name": "Brook"}, {"family_name": "Ashford"}]
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_file_takes_the_place_of_the_one_before_which_a_reader_can_finish(linked):
    linked.add(subject(1, nhs_number=ONE))
    linked.link()
    before = KnownPeople(linked.store).path
    with closing(sqlite3.connect(before)) as reader:
        assert reader.execute("SELECT count(*) FROM known").fetchone() == (1,)
        linked.add(subject(2, nhs_number=ONE, family_name="Brook"))
        linked.link()
        assert reader.execute("SELECT count(*) FROM known").fetchone() == (1,)
    after = KnownPeople(linked.store).path
    assert after != before and not before.exists()
    assert rows(after, "family_name") == [("Ashford",), ("Brook",)]


def test_what_is_forgotten_is_gone_until_it_is_gathered_again(linked):
    linked.add(subject(1, nhs_number=ONE))
    linked.link()
    known = KnownPeople(linked.store)
    known.forget()
    assert known.path is None
    known.gather()
    assert rows(known.path, "family_name") == [("Ashford",)]
