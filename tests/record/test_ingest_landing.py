"""Landing and keys: what is hashed is what is held, by every way of copying; keys keep their value between versions."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import duckdb
import pytest

from commonweal.record import inputs
from commonweal.record.expressions import MOST_CASES, among, hashed
from commonweal.store import Store

BIG = os.urandom(1 << 16) * 41 + b"the end"
"""More than a few chunks, and no whole number of them."""


@pytest.mark.parametrize("step", [1, 1000, inputs.CHUNK, 1 << 26])
def test_the_copy_and_its_hash_are_whole_whatever_the_steps(tmp_path: Path, monkeypatch, step: int) -> None:
    content = BIG[: 3000 if step == 1 else len(BIG)]
    monkeypatch.setattr(inputs, "COPY_STEP", step)
    (tmp_path / "sent").write_bytes(content)
    sha256, held, tally = inputs.land(tmp_path / "sent", Store(tmp_path / "store"))
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert held.read_bytes() == content
    assert tally.bytes == len(content)


@pytest.mark.parametrize("after", [0, 1 << 20])
def test_a_system_that_cannot_copy_in_the_kernel_copies_all_the_same(tmp_path: Path, monkeypatch, after: int) -> None:
    """Also where it gives up in the middle."""
    real, copied = os.copy_file_range, [0]

    def gives_up(source: int, copy: int, size: int) -> int:
        if copied[0] >= after:
            raise OSError(errno.EXDEV, "between two kinds of disk")
        copied[0] += (done := real(source, copy, min(size, 1 << 19)))
        return done

    monkeypatch.setattr(os, "copy_file_range", gives_up)
    (tmp_path / "sent").write_bytes(BIG)
    sha256, held, _ = inputs.land(tmp_path / "sent", Store(tmp_path / "store"))
    assert (sha256, held.read_bytes()) == (hashlib.sha256(BIG).hexdigest(), BIG)


def test_a_full_disk_while_copying_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "copy_file_range", full)
    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "sent").write_bytes(BIG)
    with pytest.raises(OSError, match="No space left"):
        inputs.land(tmp_path / "sent", Store(tmp_path / "store"))
    assert list((tmp_path / "store" / "landed").iterdir()) == []


def test_keys_of_records_keep_their_value() -> None:
    """By the published MD5, the last eight bytes as a number, least significant first: what loads of every version hold."""
    texts = ["", "o1", "Observation\x1fo1", "née", "x" * 200]
    with duckdb.connect() as connection:
        found = [connection.execute(f"SELECT {hashed('$1')}", [text]).fetchone() for text in texts]
        unknown = connection.execute(f"SELECT {hashed('NULL::VARCHAR')}").fetchone()
    expected = [(int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little"),) for text in texts]
    assert found == expected
    assert unknown == (None,)


@pytest.mark.parametrize("sql", ["given", "lower(given)"])
@pytest.mark.parametrize("size", [1, 3, MOST_CASES, MOST_CASES + 1])
def test_membership_is_never_unknown(sql: str, size: int) -> None:
    members = [f"m{place}'" for place in range(size)]
    rows = [(members[0],), (members[-1],), ("other",), ("",), (None,)]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE seen (given VARCHAR)")
        connection.executemany("INSERT INTO seen VALUES (?)", rows)
        found = connection.execute(
            f"SELECT given, {among(sql, members)}, {among(sql, members, outside=True)} FROM seen"
        ).fetchall()
    assert found == [(value, value in members, value is not None and value not in members) for (value,) in rows]
