"""A linkage that is killed or has no room: the register and the names of before serve, and the next run finishes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from commonweal.record.known_people import KnownPeople

from .conftest import subject
from .test_register import IVOR, ONE, OTHER

KILL = """
import os, signal, sys
from pathlib import Path
from commonweal.record import known_people, linkage, register
from commonweal.store import Store

point = sys.argv[2]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(real):
    def both(*given, **named):
        real(*given, **named)
        die()
    return both

if point == "snapshot written":
    register.Register._switch = die
elif point == "within the switch":
    register.Register._replace_review = staticmethod(after(register.Register._replace_review))
elif point == "switched":
    register.Register._prune = die
elif point == "names gathered, not yet in place":
    known_people.time.time_ns = die
def step(name):
    if name == point:
        die()

linkage.link(Store(Path(sys.argv[1])), threads=1, on_step=step)
"""
BEFORE_THE_SWITCH = [
    *("records", "numbers", "scores", "partition", "register"),
    "snapshot written",
    "within the switch",
]
AFTER_THE_SWITCH = ["switched", "names gathered, not yet in place"]
KEPT = (".spill", ".writer.lock")
ALL = {frozenset({1, 3}), frozenset({2, 4})}


@pytest.fixture
def arrived(linked):
    """Two people known and linked; then a late record of each, and a doubt for the review queue."""
    linked.add(subject(1, nhs_number=ONE), subject(2, nhs_number=OTHER, **IVOR)).link()
    linked.add(subject(3), subject(4, **IVOR))
    return linked


def names(linked) -> list[tuple[str, int]]:
    """What a page of names reads: the person and the record, however far a run came."""
    with closing(sqlite3.connect(KnownPeople(linked.store).path)) as database:
        return database.execute("SELECT person_id, record_number FROM known ORDER BY 2").fetchall()


def killed(linked, point: str) -> None:
    ran = subprocess.run([sys.executable, "-c", KILL, str(linked.store.root), point], capture_output=True, text=True)
    assert ran.returncode == -9, ran.stderr


def left_behind(linked) -> list[str]:
    """Half-written files, which the next run clears."""
    places = (linked.store.root, linked.store.identities, linked.register.path.with_suffix(""))
    hidden = [path.name for place in places for path in place.glob(".*") if path.name not in KEPT]
    return hidden + [path.name for path in (linked.store.root / ".spill").glob("*")]


def whole(linked) -> None:
    """The state of an undisturbed run: everyone once, in the register, in the names and in the history."""
    people = linked.people()
    assert linked.groups() == ALL
    assert names(linked) == [(people[number], number) for number in (1, 2, 3, 4)]
    assert len(list(linked.store.identities.glob("known-*"))) == 1
    assert [item for person in set(people.values()) for item in linked.register.history(person)] == []
    assert left_behind(linked) == []


@pytest.mark.parametrize("point", BEFORE_THE_SWITCH)
def test_killed_before_the_switch_the_register_of_before_serves(arrived, point):
    before, shown, generation = arrived.people(), names(arrived), arrived.register.generation()
    killed(arrived, point)
    assert arrived.people() == before
    assert names(arrived) == shown
    assert arrived.register.generation() == generation
    arrived.link()
    whole(arrived)
    assert {key: arrived.people()[key] for key in before} == before
    assert arrived.register.generation() == generation + 1


@pytest.mark.parametrize("point", AFTER_THE_SWITCH)
def test_killed_after_the_switch_the_new_register_serves_with_the_names_of_before(arrived, point):
    before, shown, generation = arrived.people(), names(arrived), arrived.register.generation()
    killed(arrived, point)
    assert arrived.groups() == ALL
    assert {key: arrived.people()[key] for key in before} == before
    assert names(arrived) == shown
    arrived.link()
    whole(arrived)
    assert arrived.register.generation() == generation + 1  # the same answer twice publishes nothing


def test_killed_again_and_again_nothing_is_doubled(arrived):
    before = arrived.people()
    for point in (*BEFORE_THE_SWITCH, *AFTER_THE_SWITCH):
        killed(arrived, point)
    arrived.link()
    whole(arrived)
    assert {key: arrived.people()[key] for key in before} == before


@pytest.mark.parametrize("room", [4096, 12 << 10])
def test_a_full_disk_gives_a_clear_error_and_the_register_of_before_serves(arrived, room):
    """The largest file that this process may write is limited, as if the disk ended there."""
    before, shown = arrived.people(), names(arrived)
    code = (
        f"import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
        "from commonweal.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "link", "--store", str(arrived.store.root)], capture_output=True, text=True
    )
    assert ended.returncode == 7, ended.stderr
    assert "disk is full" in ended.stderr
    assert "free space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert {key: arrived.people()[key] for key in before} == before
    assert names(arrived) == shown
    arrived.link()
    whole(arrived)


def test_what_a_killed_run_spilled_is_cleared(arrived):
    spilled = arrived.store.root / ".spill"
    spilled.mkdir(exist_ok=True)
    left = spilled / "duckdb_temp_storage_DEFAULT-0.tmp"
    left.write_bytes(b"half a table")
    arrived.link()
    assert not left.exists()
    whole(arrived)
