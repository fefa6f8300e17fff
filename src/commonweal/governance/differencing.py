"""Free filters without differencing: a ledger of what was asked, kept for each asker and population.

The attack: ask for the people with a condition in a practice; ask again without one known person. If the two answers
differ, that person has the condition. Rounding does not stop it (107 and 108 round apart), and *refusing* the second
answer does not either, because the refusal happens only when the person has the condition.

The defence therefore never refuses and never tells. A new cell that differs from an earlier one by fewer people than
the profile would publish gets the earlier cell's answer, word for word: whether the person has the condition or not, the
attacker reads the same thing. A whole whose parts were asked before is answered without a remainder too small to
publish; a part whose whole was asked, with the other parts, likewise takes up that remainder. No count below the
threshold is shown, zero included, because with free filters "0" about a group of one is a fact about a person.

What it costs: an answer may be off by up to `suppress_below` - 1 people beyond rounding. What it does not hold against:
an asker who already knows the status of as many other people as the threshold; askers who collude under different
names (key the ledger by organisation to stop that); combinations of answers other than one cell against another and a
whole against its parts, for which rounding is the only guard.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from commonweal.governance.disclosure import HIDDEN, DisclosureProfile, Shown, show_count

Cell = TypeVar("Cell")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cell (
    id INTEGER PRIMARY KEY,
    asker TEXT NOT NULL,
    population TEXT NOT NULL,
    profile TEXT NOT NULL,
    size INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    members BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS cell_of ON cell (asker, population, profile, size);
"""


@dataclass(frozen=True)
class _Earlier:
    size: int
    answered: int
    """The count that was answered from, before rounding; it may differ from `size`."""
    members: np.ndarray


@dataclass(frozen=True)
class QueryLedger:
    """What was asked, in one SQLite file of mode 0600. `answer` is the only way to a free filter's number."""

    path: Path

    def answer(
        self, asker: str, population: str, cells: Mapping[Cell, np.ndarray], profile: DisclosureProfile
    ) -> dict[Cell, Shown]:
        """The counts of `cells` (each an integer array of person keys) as this asker may see them.

        `population` names what person keys mean and what is counted, such as ``<release>``; two populations are not
        compared. Cells are answered in order, and each counts as asked for the next.
        """
        if profile.suppress_below == 0:
            return {cell: show_count(len(np.unique(people)), profile) for cell, people in cells.items()}
        with closing(self._open()) as ledger, ledger:
            ledger.execute("BEGIN IMMEDIATE")
            return {cell: self._one(ledger, asker, population, people, profile) for cell, people in cells.items()}

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        ledger = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        ledger.executescript(_SCHEMA)
        return ledger

    def _one(
        self,
        ledger: sqlite3.Connection,
        asker: str,
        population: str,
        people: np.ndarray,
        profile: DisclosureProfile,
    ) -> Shown:
        members = _pack(people)
        size = _size(members)
        if size == 0:
            return HIDDEN
        who = (asker, population, profile.name)
        answered = _twin(ledger, who, members, size, profile.suppress_below)
        if answered is None:
            answered = _without_remainder(ledger, who, members, size, profile.suppress_below)
            ledger.execute(
                "INSERT INTO cell (asker, population, profile, size, answered, members) VALUES (?, ?, ?, ?, ?, ?)",
                (*who, size, answered, zlib.compress(members.tobytes(), 1)),
            )
        return HIDDEN if answered < profile.suppress_below else show_count(answered, profile)


def _twin(
    ledger: sqlite3.Connection, who: tuple[str, str, str], members: np.ndarray, size: int, threshold: int
) -> int | None:
    """The answer of the first earlier cell that differs by fewer than `threshold` people."""
    for earlier in _cells(ledger, who, size - threshold + 1, size + threshold - 1):
        if _size(_combine(np.bitwise_xor, members, earlier.members)) < threshold:
            return earlier.answered
    return None


def _without_remainder(
    ledger: sqlite3.Connection, who: tuple[str, str, str], members: np.ndarray, size: int, threshold: int
) -> int:
    """The count to answer from, once the remainders that subtraction would reveal are taken up."""
    parts = [
        cell
        for cell in _cells(ledger, who, threshold, size)
        if _size(_minus(cell.members, members)) < threshold
    ]  # fmt: skip
    remainder = members
    for part in parts:
        remainder = _minus(remainder, part.members)
    if parts and 0 < _size(remainder) < threshold:
        size -= _size(remainder)
    for whole in _cells(ledger, who, size + threshold, None):
        if _size(_minus(members, whole.members)) >= threshold:
            continue
        rest = _minus(whole.members, members)
        for part in _cells(ledger, who, threshold, whole.size - 1):
            if _size(_minus(part.members, whole.members)) < threshold:
                rest = _minus(rest, part.members)
        if 0 < _size(rest) < threshold:
            return size + _size(rest)
    return size


def _cells(ledger: sqlite3.Connection, who: tuple[str, str, str], smallest: int, largest: int | None) -> list[_Earlier]:
    rows = ledger.execute(
        "SELECT size, answered, members FROM cell WHERE asker = ? AND population = ? AND profile = ?"
        " AND size >= ? AND (? IS NULL OR size <= ?) ORDER BY id",
        (*who, smallest, largest, largest),
    )
    return [_Earlier(size, answered, np.frombuffer(zlib.decompress(blob), np.uint8)) for size, answered, blob in rows]


def _pack(people: np.ndarray) -> np.ndarray:
    """One bit a person key."""
    keys = np.asarray(people, dtype=np.int64)
    flags = np.zeros(int(keys.max()) + 1 if keys.size else 0, dtype=np.bool_)
    flags[keys] = True
    return np.packbits(flags)


def _size(members: np.ndarray) -> int:
    return int(np.bitwise_count(members).sum())


def _combine(operation: np.ufunc, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    length = max(left.size, right.size)
    return operation(np.pad(left, (0, length - left.size)), np.pad(right, (0, length - right.size)))


def _minus(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return left & ~np.pad(right, (0, max(0, left.size - right.size)))[: left.size]
