"""A build that is killed, has no room, or meets another: the last build stands and the next run finishes."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from commonweal.errors import Busy, CommonwealError
from commonweal.pipeline.build import build, builds_folder, latest_build
from commonweal.record.control import writer

from .conftest import contact, event, person
from .test_build import AS_AT, made, reconciliation

KILL = """
import os, signal, sys
from datetime import date
from pathlib import Path
from commonweal.pipeline.build import build
from commonweal.store import Store

def step(name, done, total):
    if name == sys.argv[2] and done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

build(Store(Path(sys.argv[1])), as_at=date(2026, 3, 31), threads=1, rows_per_bucket=20, on_step=step)
"""


@pytest.fixture
def filled(loads):
    people = range(1, 21)
    loads.add(
        subject=[person(n) for n in people],
        event=[event(n, 3, value=float(k)) for n in people for k in range(3)],
        contact=[contact(1000 + n, n) for n in people],
    )
    return loads.link()


@pytest.mark.parametrize(
    ("step", "done"),
    [("plan", 0), ("stage", 0), ("buckets", 0), ("buckets", 2), ("reference", 0), ("manifest", 0), ("publish", 0)],
)
def test_killed_at_any_step_leaves_the_last_build_and_the_next_run_finishes_it(filled, step, done):
    before = made(filled, rows_per_bucket=20)
    filled.add(event=[event(1, 4), event(2, 4)])
    killed = subprocess.run([sys.executable, "-c", KILL, str(filled.store.root), step, str(done)], capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    assert latest_build(filled.store) == before.folder
    assert [path.name for path in builds_folder(filled.store).glob("[!.]*")] == [before.build_id]
    after = made(filled, rows_per_bucket=20)
    assert after.tables["event"] == before.tables["event"] + 2
    assert all(
        canonical == replaced + orphaned + built
        for canonical, replaced, orphaned, built in reconciliation(after).values()
    )
    assert list(builds_folder(filled.store).glob(".*")) == []


def test_a_second_build_at_the_same_time_is_told_to_wait(filled):
    with writer(filled.store, "build"), pytest.raises(Busy, match="being written"):
        made(filled)
    assert made(filled).tables["person"] == 20


def test_two_builds_started_together_make_one_build(filled):
    command = [
        sys.executable,
        "-m",
        "commonweal.cli",
        "build",
        "--store",
        str(filled.store.root),
        "--json",
        "--as-at",
        "2026-03-31",
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    results = [(process.communicate(), process.returncode) for process in running]
    codes = sorted(code for _, code in results)
    assert codes in ([0, 0], [0, 6]), [errors.decode() for (_, errors), _ in results]
    assert len(list(builds_folder(filled.store).glob("[!.]*"))) == 1


def test_a_full_disk_gives_a_clear_error_and_leaves_no_half_build(filled):
    """The largest file that this process may write is limited to 4 KB, as if the disk ended there."""
    before = made(filled)
    filled.add(event=[event(1, 4)])
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "from commonweal.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "build", "--store", str(filled.store.root), "--as-at", "2026-03-31"],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 7, ended.stderr
    assert "disk is full" in ended.stderr
    assert "free space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert latest_build(filled.store) == before.folder
    assert list(builds_folder(filled.store).glob(".*")) == []
    assert made(filled).tables["event"] == before.tables["event"] + 1


def test_too_little_memory_says_how_to_give_more(loads):
    people = range(1, 3000)
    loads.add(subject=[person(n) for n in people], contact=[contact(n, n) for n in people])
    loads.link()
    with pytest.raises(CommonwealError) as stopped:
        build(loads.store, as_at=AS_AT, memory_limit="4MB", threads=1)
    assert "memory" in str(stopped.value) or "disk" in str(stopped.value)
    assert list(builds_folder(loads.store).iterdir()) == []


def test_a_torn_load_stops_the_build_with_its_name(filled):
    from commonweal.record.control import load_folder

    path = load_folder(filled.store, 1) / "event.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CommonwealError) as stopped:
        made(filled)
    assert "event" in str(stopped.value)
    assert str(filled.store.root) not in str(stopped.value)


def test_the_limits_of_this_process_are_as_they_were():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
