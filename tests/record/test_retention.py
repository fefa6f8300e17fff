"""Raw files and refused rows go when the site's rules say so, and the record is built as before."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from ingest_helpers import CONDITIONS, condition, known_people, one, rows, take, write

from commonweal.cli import main
from commonweal.errors import BadInput, NotReady
from commonweal.record import retention
from commonweal.record.control import UPGRADES, Control
from commonweal.record.site import read_site
from commonweal.store import Store

TODAY = date.today()
RULES = """
retention:
  - {feed: synthea, landed_days: 30, quarantine_days: 10, valid_from: 2020-01-01, source: records schedule 4}
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two files, of which one has a refused row; nobody's row waits."""
    store = Store(tmp_path / "store")
    take(store, known_people(tmp_path / "files", "p1"))
    take(store, write(tmp_path / "files", "conditions.csv", CONDITIONS, condition("p1", day="soon"), *(condition("p1", encounter=f"e{n}") for n in range(9))))  # fmt: skip
    feed = {row.feed for row in Control(store).loads()}
    assert feed == {"synthea"}
    (store.root / "site.yaml").write_text(RULES)
    return store


def _raw(store: Store) -> int:
    return len([path for path in store.landed.rglob("*") if path.is_file()])


def test_without_rules_everything_is_kept(store: Store) -> None:
    (store.root / "site.yaml").unlink()
    assert retention.due(store, TODAY + timedelta(days=9999)) == []


@pytest.mark.parametrize(("days", "expected"), [(10, []), (11, ["quarantine"]), (30, ["quarantine"]), (31, ["landed", "landed", "quarantine"])])  # fmt: skip
def test_each_goes_the_day_after_its_time(store: Store, days: int, expected: list[str]) -> None:
    assert sorted(found.what for found in retention.due(store, TODAY + timedelta(days=days))) == expected


def test_removal_leaves_the_record_and_the_counts(store: Store) -> None:
    before, cards = sorted(rows(store, "event", "concept, date, record_number")), Control(store).loads()
    found = retention.remove(store, TODAY + timedelta(days=31))
    assert [one.what for one in found].count("landed") == 2
    assert _raw(store) == 0
    assert not list(store.loads.rglob("quarantine.parquet"))
    assert sorted(rows(store, "event", "concept, date, record_number")) == before
    assert Control(store).loads() == cards
    noted = Control(store).rows("SELECT what, rule, bytes FROM removal")
    assert sorted(row["what"] for row in noted) == ["landed", "landed", "quarantine"]
    assert {row["rule"] for row in noted} == {"records schedule 4"}
    assert all(row["bytes"] > 0 for row in noted)
    assert retention.remove(store, TODAY + timedelta(days=31)) == []


def test_the_same_file_again_is_still_known(store: Store, tmp_path: Path) -> None:
    retention.remove(store, TODAY + timedelta(days=31))
    assert one(take(store, tmp_path / "files" / "conditions.csv"), "conditions").status == "unchanged"


def test_a_file_whose_rows_wait_for_their_person_is_kept(store: Store, tmp_path: Path) -> None:
    lines = [condition("p1", encounter=f"x{n}") for n in range(9)]
    late = take(store, write(tmp_path / "late", "conditions.csv", CONDITIONS, *lines, condition("p2")))
    assert one(late, "conditions").rejects == {"orphan": 1}
    retention.remove(store, TODAY + timedelta(days=31))
    assert _raw(store) == 1
    take(store, known_people(tmp_path / "more", "p2"))
    assert len(rows(store, "event", "concept")) == 9 + 10


def test_rules_are_dated_and_a_feed_has_its_own(store: Store) -> None:
    (store.root / "site.yaml").write_text("""
retention:
  - {feed: "*", landed_days: 5, valid_from: 2020-01-01, source: everything else}
  - {feed: synthea, landed_days: 30, valid_from: 2020-01-01, valid_to: 2020-12-31, source: no longer}
  - {feed: synthea, landed_days: 90, valid_from: 2021-01-01, source: now}
""")
    assert retention.due(store, TODAY + timedelta(days=60)) == []
    assert {found.rule for found in retention.due(store, TODAY + timedelta(days=91))} == {"now"}


def test_a_rule_that_is_wrong_is_named(store: Store) -> None:
    (store.root / "site.yaml").write_text("retention: [{feed: a, landed_days: 0, valid_from: 2020-01-01, source: abc}]")
    with pytest.raises(BadInput, match="retention"):
        read_site(store)


def _command(store: Store, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "commonweal.cli", "retention", "--store", str(store.root), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_command_says_first_and_does_only_when_told(store: Store) -> None:
    later = (TODAY + timedelta(days=31)).isoformat()
    said = json.loads(_command(store, "--as-at", later, "--json").stdout)
    assert (said["dry_run"], said["landed"], said["quarantine"], _raw(store)) == (True, 2, 1, 2)
    done = json.loads(_command(store, "--as-at", later, "--json", "--really").stdout)
    assert (done["dry_run"], done["landed"], _raw(store)) == (False, 2, 0)
    with sqlite3.connect(store.decisions) as connection:
        written = connection.execute(
            "SELECT count FROM (SELECT result_count AS count FROM audit_entry WHERE action = 'retention')"
        )
        assert written.fetchall() == [(3,)]


def test_beyond_the_rules_only_with_a_reason(store: Store) -> None:
    """An erased person's rows may stand in raw files that no rule takes yet."""
    later = (TODAY + timedelta(days=1)).isoformat()
    refused = _command(store, "--received-before", later, "--really")
    assert refused.returncode == 3
    assert "reason" in refused.stderr
    assert _raw(store) == 2
    done = json.loads(_command(store, "--received-before", later, "--reason", "erasure 7", "--really", "--json").stdout)
    assert (done["landed"], done["quarantine"], _raw(store)) == (2, 0, 0)


# ---- a store of another version


def test_a_store_of_an_earlier_version_is_upgraded_and_keeps_its_rows(store: Store) -> None:
    before = Control(store).loads()
    with sqlite3.connect(store.control) as connection:  # as version 1 left it
        connection.execute("DROP TABLE removal")
        connection.execute("PRAGMA user_version = 1")
    assert Control(store).loads() == before
    assert len(retention.remove(store, TODAY + timedelta(days=31))) == 3
    with sqlite3.connect(store.control) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(UPGRADES)


def test_a_store_of_the_first_version_is_upgraded(store: Store) -> None:
    before = Control(store).gates()
    with sqlite3.connect(store.control) as connection:
        connection.execute("DROP TABLE removal")
        connection.execute("ALTER TABLE gate DROP COLUMN since")
        connection.execute("PRAGMA user_version = 0")
    assert [row | {"since": None} for row in Control(store).gates()] == [row | {"since": None} for row in before]


def test_a_store_of_a_later_version_is_refused_with_the_remedy(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(store.control) as connection:
        connection.execute(f"PRAGMA user_version = {len(UPGRADES) + 1}")
    with pytest.raises(NotReady, match="later version"):
        Control(store).loads()
    assert main(["quality", "--store", str(store.root)]) == 4
    assert "run that version, or restore a backup" in capsys.readouterr().err
