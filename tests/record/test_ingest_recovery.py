"""A crash costs nothing: killed anywhere, the next run recovers, and nothing is doubled or half seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ingest_helpers import CONDITIONS, DATA, PATIENTS, condition, known_people, one, patient, rows, take, write

from commonweal.record import landing
from commonweal.record.control import Control
from commonweal.record.identities import IdentityStore
from commonweal.store import Store

SYNTHEA = DATA / "synthea_uk_hypertension_1000_csv.zip"


def _counts(store: Store) -> dict[str, int]:
    return {table: len(rows(store, table, "record_number")) for table in ("event", "contact", "medication")}


def test_same_file_twice_changes_nothing_and_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = known_people(tmp_path / "files", "p1")
    take(store, path)
    before = sorted(str(found) for found in store.root.rglob("*"))
    again = one(take(store, path), "patients")
    assert again.status == "unchanged"
    assert "nothing changed" in again.message
    # Under another name it is still the same file.
    other = path.rename(path.with_name("patients_again.csv"))
    assert one(take(store, other), "patients_again").status == "unchanged"
    assert sorted(str(found) for found in store.root.rglob("*")) == before


def test_full_delivery_replaces_the_one_before(tmp_path: Path) -> None:
    store, files = Store(tmp_path / "store"), tmp_path / "files"
    take(store, known_people(files, "p1", "p2"))
    take(store, write(files, "conditions.csv", CONDITIONS, condition("p1"), condition("p2")), mode="full")
    take(store, write(files, "conditions.csv", CONDITIONS, condition("p2", "2021-01-01")), mode="full")
    assert [str(day) for (day,) in rows(store, "event", "date")] == ["2021-01-01"]


def test_incremental_delivery_adds(tmp_path: Path) -> None:
    store, files = Store(tmp_path / "store"), tmp_path / "files"
    take(store, known_people(files, "p1"))
    for day in ("2020-01-01", "2021-01-01"):
        take(store, write(files, "conditions.csv", CONDITIONS, condition("p1", day)))
    assert len(rows(store, "event")) == 2


@pytest.mark.parametrize("order", [("patients.csv", "conditions.csv"), ("conditions.csv", "patients.csv")])
def test_order_of_arrival_does_not_matter(tmp_path: Path, order: tuple[str, str]) -> None:
    store, files = Store(tmp_path / "store"), tmp_path / "files"
    known_people(files, "p1", "p2")
    write(files, "conditions.csv", CONDITIONS, condition("p2"), condition("p1"))
    for name in order:
        take(store, files / name)
    assert [number for (number,) in rows(store, "event", "record_number")] == [1, 2]
    assert {(load.layout, load.rows_in, load.loaded) for load in Control(store).loads()} == {
        ("synthea_csv.patients", 2, 2),
        ("synthea_csv.conditions", 2, 2),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    store = Store(tmp_path_factory.mktemp("undisturbed"))
    take(store, SYNTHEA)
    return _counts(store)


@pytest.mark.parametrize("delay", [0.9, 1.5, 2.1])
def test_killed_while_loading(tmp_path: Path, undisturbed: dict[str, int], delay: float) -> None:
    store = Store(tmp_path)
    line = [sys.executable, "-m", "commonweal.cli", "ingest", str(SYNTHEA), "--store", str(tmp_path), "--json"]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # Whatever is visible now is whole.
    for load in Control(store).loads():
        assert load.rows_in == load.loaded + load.quarantined + load.excluded
    take(store, SYNTHEA)
    assert _counts(store) == undisturbed
    assert Control(store).unfinished() == []
    assert not [path for path in store.loads.iterdir() if path.name.startswith(".")]
    assert not list(store.root.glob(".scratch*"))


class _Stop(BaseException):
    """Stands for the process dying: no handler of the loader may catch it."""


@pytest.mark.parametrize("step", ["intern_codes", "write_tables", "profiles"])
def test_stopped_between_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    store, files = Store(tmp_path / "store"), tmp_path / "files"
    take(store, known_people(files, "p1"))
    path = write(files, "conditions.csv", CONDITIONS, condition("p1"))
    real = getattr(landing, step)

    def stop(*arguments: object, **options: object) -> None:
        real(*arguments, **options)
        raise _Stop

    with monkeypatch.context() as patch:
        patch.setattr(landing, step, stop)
        with pytest.raises(_Stop):
            take(store, path)
    assert rows(store, "event") == []
    take(store, path)
    assert len(rows(store, "event")) == 1
    statuses = [row["status"] for row in Control(store).rows("SELECT status FROM load ORDER BY load_id")]
    assert statuses == ["committed", "abandoned", "committed"]


def test_people_of_a_load_that_died_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, files = Store(tmp_path / "store"), tmp_path / "files"
    path = write(files, "patients.csv", PATIENTS, patient("p1"))

    def stop(*arguments: object, **options: object) -> None:
        raise _Stop

    with monkeypatch.context() as patch:
        patch.setattr(Control, "commit", stop)
        with pytest.raises(_Stop):
            take(store, path)
    take(store, write(files, "other.csv", CONDITIONS))  # any next run recovers
    assert IdentityStore.of(store).load_ids() == []
    take(store, path)
    assert len(IdentityStore.of(store).load_ids()) == 1


def test_disk_full_loses_nothing(tmp_path: Path) -> None:
    """A file larger than the process may write stands for a full disk; the run says so and the next one succeeds."""
    store = Store(tmp_path / "store")
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from commonweal.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["ingest", str(SYNTHEA), "--store", str(store.root), "--json"]
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 7, ran.stderr
    assert "free space" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not take(store, SYNTHEA).with_status("refused")
    assert len(rows(store, "contact")) == 48144
