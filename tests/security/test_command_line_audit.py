"""A list on the command line is a look at each person on it: "who looked at this record" must find it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from commonweal.store import Store


@pytest.fixture
def store(small_store, tmp_path):
    shutil.copytree(small_store.root, tmp_path / "store")
    return Store(tmp_path / "store")


def run(store, *words):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "commonweal.cli", *words, "--store", str(store.root), "--json"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def looks(store):
    with sqlite3.connect(store.decisions) as database:
        return set(database.execute("SELECT subject, object FROM audit_entry WHERE action = 'look'").fetchall())


def test_each_person_of_a_list_has_a_look(store):
    made = run(store, "list", "diabetes_hba1c_overdue", "--purpose", "direct_care", "--limit", "4")
    assert made.returncode == 0, made.stderr
    shown = {one["person_id"] for one in json.loads(made.stdout)["people"]}
    assert len(shown) == 4
    assert looks(store) == {(person, "list diabetes_hba1c_overdue") for person in shown}


def test_a_refused_list_shows_and_says_nothing(store):
    made = run(store, "list", "diabetes", "--purpose", "research")
    assert made.returncode == 5 and made.stdout == "" and looks(store) == set()
