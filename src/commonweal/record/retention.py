"""Raw files and refused rows that have been kept as long as the site's rules say.

What goes: the copy of a file under ``landed`` and the ``quarantine.parquet`` of a load. What stays: the loads that were made of the file, so
that the record is built as before, the counts of every row, and a note of what went, when and by which rule.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from commonweal.record.control import Control, LoadRow, load_folder, writer
from commonweal.record.site import Retention, read_site
from commonweal.store import Store

EVERY_FEED = "*"


@dataclass(frozen=True)
class Due:
    """One thing whose time is over."""

    what: str
    """landed or quarantine."""
    sha256: str
    load_id: int | None
    feed: str
    received: date
    bytes: int
    rule: str
    path: Path

    def as_json(self) -> dict[str, Any]:
        """Everything but the path: a file's name may say whose it is, so its hash stands for it."""
        return {
            "what": self.what, "sha256": self.sha256, "load_id": self.load_id, "feed": self.feed,
            "received": self.received.isoformat(), "bytes": self.bytes, "rule": self.rule,
        }  # fmt: skip


def due(store: Store, as_at: date, received_before: date | None = None) -> list[Due]:
    """What the rules in force on `as_at` no longer keep, oldest first; changes nothing.

    `received_before` takes raw files that arrived before that day whatever the rules say: after an erasure, for they may hold the person.
    A file that came in several loads goes when the last of them may; one with rows that wait for their person is kept.
    """
    rules = [rule for rule in read_site(store).retention if _in_force(rule, as_at)]
    rows = [LoadRow(**row) for row in Control(store).rows("SELECT * FROM load ORDER BY load_id")]
    found = [*_landed(store, rows, rules, as_at, received_before), *_quarantine(store, rows, rules, as_at)]
    return sorted(found, key=lambda one: (one.received, one.sha256, one.what))


def remove(store: Store, as_at: date, received_before: date | None = None) -> list[Due]:
    """Take away what is due, and note it. The caller audits first. Raises `Busy` while another process writes."""
    with writer(store, "retention"):
        found = due(store, as_at, received_before)
        for one in found:
            # The note comes first: a process that dies between the two leaves a note of what the next run removes.
            Control(store).removed([(one.sha256, one.what, one.load_id, one.bytes, one.rule)])
            if one.path.is_dir():
                shutil.rmtree(one.path)
            else:
                one.path.unlink(missing_ok=True)
        return found


def _in_force(rule: Retention, as_at: date) -> bool:
    return rule.valid_from <= as_at and (rule.valid_to is None or as_at <= rule.valid_to)


def _rule(rules: Sequence[Retention], feed: str) -> Retention | None:
    """The feed's own rule, or the one for every feed; of several the latest."""
    own = [rule for rule in rules if rule.feed == feed] or [rule for rule in rules if rule.feed == EVERY_FEED]
    return max(own, key=lambda rule: rule.valid_from, default=None)


def _received(row: LoadRow) -> date:
    return datetime.fromisoformat(row.received_at).date()


def _landed(
    store: Store, rows: Sequence[LoadRow], rules: Sequence[Retention], as_at: date, before: date | None
) -> Iterator[Due]:
    by_content: dict[str, list[LoadRow]] = {}
    for row in rows:
        by_content.setdefault(row.sha256, []).append(row)
    folders = sorted(folder for folder in store.landed.glob("*") if folder.is_dir()) if store.landed.is_dir() else []
    for folder in folders:
        loads = by_content.get(folder.name, [])
        if any((load_folder(store, row.load_id) / "orphan_key.parquet").exists() for row in loads):
            continue
        # A file that no layout read has no load: it arrived when it was written here.
        newest = datetime.fromtimestamp(folder.stat().st_mtime).date()  # noqa: DTZ006 (local date)
        received = max((_received(row) for row in loads), default=newest)
        feeds = sorted({row.feed for row in loads}) or [EVERY_FEED]
        kept = [_rule(rules, feed) for feed in feeds]
        days = [rule.landed_days for rule in kept if rule is not None and rule.landed_days is not None]
        if before is not None and received < before:
            why = f"received before {before}"
        elif len(days) == len(feeds) and received + timedelta(days=max(days)) < as_at:
            why = "; ".join(sorted({rule.source for rule in kept if rule is not None}))
        else:
            continue
        size = sum(path.stat().st_size for path in folder.iterdir())
        yield Due("landed", folder.name, None, ", ".join(feeds), received, size, why, folder)


def _quarantine(store: Store, rows: Sequence[LoadRow], rules: Sequence[Retention], as_at: date) -> Iterator[Due]:
    for row in rows:
        path = load_folder(store, row.load_id) / "quarantine.parquet"
        rule = _rule(rules, row.feed)
        if rule is None or rule.quarantine_days is None or not path.exists():
            continue
        if _received(row) + timedelta(days=rule.quarantine_days) < as_at:
            yield Due("quarantine", row.sha256, row.load_id, row.feed, _received(row), path.stat().st_size, rule.source, path)  # fmt: skip
