"""Subject access shows everything that is held about one person; after an erasure nothing made from then on holds them."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.pipeline_build.conftest import Loads, contact, event, person
from tests.spec import definitions
from tests.spec.language import codelist

from commonweal.errors import NotReady
from commonweal.pipeline import data_subject, releases
from commonweal.pipeline.build import build, latest_build
from commonweal.pipeline.release import make_release
from commonweal.record.control import load_folder
from commonweal.record.identities import IdentityStore
from commonweal.record.linkage import link
from commonweal.store import Store

AS_AT = date(2026, 3, 31)
THEIRS, ANOTHER = "9990000018", "9990000026"
"""Test numbers with right check digits."""


def known(key, number):
    return person(key, nhs_number=number, nhs_number_status="01")


def again(key, feed):
    """The first person, as another source knows her."""
    return known(1, THEIRS) | {"subject_key": key, "feed": feed, "local_identifier": str(key)}


def published(store):
    make_release(store, as_at=AS_AT, definitions=definitions.DEFINITIONS, loader=codelist)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    loads = Loads(Store(tmp_path_factory.mktemp("rights") / "store"))
    loads.add(
        subject=[known(1, THEIRS), known(2, ANOTHER), *(person(key) for key in range(3, 9))],
        event=[event(1, 3, value=151.0, unit="mmHg"), event(1, 1), event(2, 3, value=122.0, unit="mmHg")],
        contact=[contact(500, 1), contact(501, 2)],
    )
    loads.add(feed="trust", subject=[again(11, "trust")], contact=[contact(502, 11)])
    loads.link()
    build(loads.store, as_at=AS_AT, threads=1)
    published(loads.store)
    return loads


@pytest.fixture
def loads(original, tmp_path):
    shutil.copytree(original.store.root, tmp_path / "store")
    copied = object.__new__(Loads)
    copied.store = Store(tmp_path / "store")
    copied.control = type(original.control)(copied.store)
    return copied


def run(store, *words, number=THEIRS):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "commonweal.cli", *words, "--store", str(store.root), "--json"]
    command += ["--purpose", "direct_care"] if "--purpose" not in words else []
    return subprocess.run(command, input=f"{number}\n", capture_output=True, text=True, env=environment, check=False)


def erase(store, *further):
    return run(store, "erase", "--authority", "Caldicott guardian, Article 17", "--reason", "request 7", *further)


def audited(store):
    with sqlite3.connect(store.decisions) as database:
        return database.execute("SELECT action, subject, reason FROM audit_entry ORDER BY id").fetchall()


def values_of(path, named):
    return {value for name, column in pq.read_table(path).to_pydict().items() if named(name) for value in column}


def test_subject_access_gives_every_row_of_every_source_and_nobody_elses(loads, tmp_path):
    made = run(loads.store, "subject-access", "--out", str(tmp_path / "out"), "--reason", "request 6")
    assert made.returncode == 0, made.stderr
    assert THEIRS not in made.stdout + made.stderr
    held = json.loads((tmp_path / "out" / "record.json").read_text())
    who = data_subject.find(loads.store, THEIRS)
    assert {row["feed"] for row in held["identity"]} == {"gp", "trust"}
    assert sorted(row["contact_key"] for row in held["contact"]) == [500, 502]
    assert sorted((row["concept_code"], row["value"]) for row in held["event"]) == [("38341003", 151.0), ("J45", None)]
    assert [row["action"] for row in held["who_looked"]] == ["look", "subject access"]
    with (tmp_path / "out" / "contact.csv").open() as handle:
        assert [row["file"] for row in csv.DictReader(handle)] == ["gp.csv", "trust.csv"]
    everything = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert THEIRS in everything and ANOTHER not in everything and "122.0" not in everything
    assert ("subject access", who.person_id, "request 6") in audited(loads.store)
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("number", "code"), [("9990000019", 3), ("", 3), ("9990000034", 4)])
def test_a_wrong_or_unknown_number_is_said_without_showing_it(loads, tmp_path, number, code):
    made = run(loads.store, "subject-access", "--out", str(tmp_path / "out"), "--reason", "request 6", number=number)
    assert made.returncode == code and "Traceback" not in made.stderr
    assert not number or number not in made.stdout + made.stderr
    assert not (tmp_path / "out").exists()


def test_a_number_that_two_people_were_sent_under_is_for_the_review(loads):
    loads.add(
        feed="mental", subject=[known(31, THEIRS) | {"feed": "mental", "birth_date": date(1999, 9, 9), "sex": "M"}]
    )
    link(loads.store, threads=1)
    made = erase(loads.store)
    assert made.returncode == 4 and "review" in made.stderr


def test_research_has_no_subject_access(loads, tmp_path):
    words = ("subject-access", "--out", str(tmp_path / "out"), "--reason", "request 6", "--purpose", "research")
    assert run(loads.store, *words).returncode == 5
    assert not (tmp_path / "out").exists()


def test_a_dry_run_counts_and_changes_nothing(loads):
    before = {path: path.read_bytes() for path in loads.store.root.rglob("*.parquet")}
    made = erase(loads.store)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["rows"] == {"subject": 2, "contact": 2, "event": 2}
    assert {path: path.read_bytes() for path in loads.store.root.rglob("*.parquet")} == before


def test_after_an_erasure_a_build_and_a_release_nothing_holds_the_person(loads):
    store = loads.store
    who = data_subject.find(store, THEIRS)
    first_release = releases.ids(store)[0]
    done = erase(store, "--really")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["waiting_releases"] == [first_release], "it serves until there is another"
    assert THEIRS not in done.stdout + done.stderr
    with pytest.raises(NotReady):
        latest_build(store)
    link(store, threads=1)
    result = build(store, as_at=AS_AT, threads=1)
    published(store)
    assert releases.prune_erased(store) == [first_release]

    for path in store.root.rglob("*.parquet"):
        assert THEIRS not in values_of(path, lambda name: True), path
        if store.root / "register" not in path.parents:  # its keyed hashes lead to a random id and nothing else
            assert not values_of(path, lambda name: name.startswith("subject")) & set(who.subject_keys), path
    for path in store.releases.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table in connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
                held = connection.execute(f'FROM "{schema}"."{table}"').fetchall()
                assert who.person_id not in str(held), (path.name, schema, table)
    for path in store.identities.rglob("*.sqlite"):
        with closing(sqlite3.connect(path)) as names:
            held = names.execute("SELECT * FROM known").fetchall()
        assert held and THEIRS not in str(held) and who.person_id not in str(held)
    assert result.tables["person"] == 7
    lines = {
        (row["table"], row["load_id"]): row
        for row in pq.read_table(result.folder / "reconciliation.parquet").to_pylist()
    }
    assert {place: (row["canonical"], row["erased"], row["built"]) for place, row in lines.items()} == {
        ("contact", 1): (2, 1, 1), ("event", 1): (3, 2, 1), ("contact", 2): (1, 1, 0),
    }  # fmt: skip
    assert [one[0] for one in audited(store)][-1] == "erase"
    with pytest.raises(NotReady, match="nobody"):
        data_subject.find(store, THEIRS)


def test_what_arrives_later_of_an_erased_person_does_not_come_in(loads):
    store = loads.store
    assert erase(store, "--really").returncode == 0
    known_subject = loads.add(subject=[known(1, None)], event=[event(1, 3, value=160.0, unit="mmHg")])
    other_source = loads.add(feed="mental", subject=[again(21, "mental"), known(22, None) | {"feed": "mental"}],
                             event=[event(21, 1), event(22, 1)])  # fmt: skip
    link(store, threads=1)
    result = build(store, as_at=AS_AT, threads=1)
    assert result.tables["person"] == 8, "the new person of the other source, and nobody else"
    assert pq.read_table(load_folder(store, known_subject) / "event.parquet").num_rows == 0
    assert pq.read_table(load_folder(store, other_source) / "event.parquet")["subject_key"].to_pylist() == [22]
    assert pq.read_table(IdentityStore.of(store).part(other_source))["subject_key"].to_pylist() == [22]


def test_a_cited_release_is_kept_and_said(loads):
    store = loads.store
    (first,) = releases.ids(store)
    (store.releases / "citations.txt").write_text(first)
    done = json.loads(erase(store, "--really").stdout)
    assert (done["cited_releases"], done["waiting_releases"]) == ([first], [])
    link(store, threads=1)
    build(store, as_at=AS_AT, threads=1)
    published(store)
    assert releases.prune_erased(store) == [] and first in releases.ids(store)


@pytest.mark.parametrize("reason", ["", f"asked by {THEIRS[:3]} {THEIRS[3:6]} {THEIRS[6:]}"])
def test_an_erasure_without_a_reason_or_with_a_number_in_it_is_refused(loads, reason):
    made = run(loads.store, "erase", "--authority", "Caldicott guardian", "--reason", reason, "--really")
    assert made.returncode == 5, made.stderr
    assert not (loads.store.root / "erasures.sqlite").exists()
    assert THEIRS not in str(audited(loads.store)) and "999 000" not in str(audited(loads.store))
