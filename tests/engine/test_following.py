"""A process that serves goes over to a new release under its readers, and lets the old one go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from tests.engine.test_release import EVERYONE, make_build
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.engine import serving
from commonweal.engine.following import Follower
from commonweal.errors import NotReady
from commonweal.pipeline import releases
from commonweal.pipeline.release import make_release
from commonweal.store import Store

LIST = next(one.id for one in definitions.DEFINITIONS if one.kind == "flag")


def publish(store: Store, *, switch: bool = True) -> str:
    made = make_release(
        store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT, switch_to_it=switch
    )  # fmt: skip
    return made.id


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    make_build(store, definitions.record(people=60, seed=5))
    publish(store)
    yield store
    serving.forget_adopted(store)
    serving.close_readers()


def steps_that_open(store):
    return lambda name: [lambda: serving.open_reader(store, "direct_care", name).definitions()]


def test_readers_meet_no_error_while_releases_change_under_them(store):
    follower = Follower(store, steps_that_open(store))
    assert follower.step(pause=0)
    others = [publish(store, switch=False), publish(store, switch=False)]
    problems, served, done = [], set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                reader = serving.open_reader(store, "direct_care")
                members = reader.members(LIST, scope=EVERYONE, limit=10)
                assert members and reader.person(members[0].person_id).person_id == members[0].person_id
                assert reader.history(reader.person_key(members[0].person_id)).items
                served.add(reader.release().id)
            except Exception as problem:
                problems.append(problem)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for one in readers:
        one.start()
    for turn in range(6):
        releases.switch(store, others[turn % 2])
        assert follower.step(pause=0), "the newest release was not taken up"
        assert serving.current_release(store) == others[turn % 2]
        served.clear()
        until = time.monotonic() + 60
        while others[turn % 2] not in served and not problems and time.monotonic() < until:
            time.sleep(0.01)
        assert problems or others[turn % 2] in served
    done.set()
    for one in readers:
        one.join()
    assert not problems


def test_the_old_release_serves_until_the_new_one_is_warm_and_is_then_let_go(store):
    first = serving.published_release(store)
    follower = Follower(store, steps_that_open(store))
    follower.step(pause=0)
    reader = serving.open_reader(store, "direct_care")
    second = publish(store)
    assert serving.current_release(store) == first, "a process went over before it was ready"
    follower.step(pause=0)
    assert serving.current_release(store) == second
    assert {path.parts[-3] for path in (*serving._connections, *serving._kept)} == {second}
    assert reader.release().id == first, "a question that began with the old release is answered from it"
    assert reader.members(LIST, scope=EVERYONE, limit=1)


def test_a_release_that_cannot_be_opened_leaves_the_old_one_serving(store):
    first = serving.published_release(store)
    follower = Follower(store, steps_that_open(store))
    follower.step(pause=0)
    second = publish(store)
    (store.release(second) / "serve" / "direct_care.duckdb").write_bytes(b"torn")
    follower._try(pause=0)
    assert serving.current_release(store) == first
    assert serving.open_reader(store, "direct_care").members(LIST, scope=EVERYONE, limit=1)


def test_a_step_that_has_nothing_to_read_is_left_out(store):
    def nothing() -> None:
        raise NotReady("this release does not serve that purpose")

    follower = Follower(store, lambda _: [nothing])
    assert follower.step(pause=0)
    assert serving.adopted_release(store) == serving.published_release(store)


def test_a_release_that_was_removed_is_not_served_from_memory(store):
    first = serving.published_release(store)
    Follower(store, steps_that_open(store)).step(pause=0)
    second = publish(store)
    shutil.rmtree(store.release(first))
    assert serving.current_release(store) == second


@pytest.mark.parametrize(("command", "lowest"), [("release", True), ("build", True), ("serve", False), ("list", False)])
def test_long_commands_give_way_to_the_site(command, lowest):
    script = f"import os; from commonweal.cli import give_way; give_way([{command!r}]); print(os.getpriority(os.PRIO_PROCESS, 0))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    assert int(found.stdout) == (19 if lowest else os.getpriority(os.PRIO_PROCESS, 0))
