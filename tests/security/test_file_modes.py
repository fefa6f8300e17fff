"""Everything that a command leaves in a store is its owner's alone: raw files with names were readable by the machine."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.governance import files


@pytest.fixture
def mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def _exposed(root: Path) -> list[str]:
    return [str(path) for path in (root, *root.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_command_leaves_nothing_that_others_may_read(tmp_path):
    source = tmp_path / "letters.csv"
    source.write_text("nhs_number,name\n9990000018,Somebody\n")
    store = tmp_path / "store"
    subprocess.run(
        [sys.executable, "-c", "import os; os.umask(0o022); from commonweal.cli import main; raise SystemExit(main())",
         "ingest", str(source), "--store", str(store)],
        check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    made = list(store.rglob("*"))
    assert any(path.is_file() for path in made), "the command must have written something"
    assert _exposed(store) == []


def test_a_stricter_mask_stays(tmp_path, mask):
    os.umask(0o277)
    files.keep_private()
    path = tmp_path / "file"
    path.touch()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_an_ordinary_mask_is_tightened(tmp_path, mask):
    files.keep_private()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("somebody")
    assert _exposed(tmp_path / "folder") == [] and stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
