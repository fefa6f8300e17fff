"""What an operator's monitoring watches, as Prometheus text: feeds, refused rows, exclusions, the release that serves.

Counts of rows, days and states only: nothing of any person, and no name of a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime

from commonweal.record.control import Control
from commonweal.record.gates import excluded_practices
from commonweal.record.quality import scorecards
from commonweal.store import Store

STATES = ("good", "doubt", "alarm")
Sample = tuple[dict[str, str], float]


def prometheus_text(store: Store, as_at: date) -> str:
    """Every metric with its help, type and samples, in the text format that Prometheus reads."""
    cards = [card for card in scorecards(store, as_at) if not card.organisation]

    def of_feeds(value) -> list[Sample]:
        return [({"feed": card.feed}, value(card)) for card in cards if value(card) is not None]

    excluded: dict[str, set[str]] = {}
    for one in excluded_practices(store):
        excluded.setdefault(one.feed, set()).add(one.practice_code)
    blocks = [
        _block("feed_rows", "Rows that arrived in the loads that stand", of_feeds(lambda card: card.rows)),
        _block("feed_valid_share", "Share of those rows that broke no rule", of_feeds(lambda card: card.validity)),
        _block("feed_state", "0 good, 1 in doubt, 2 alarm", of_feeds(lambda card: STATES.index(card.state))),
        _block("feed_overdue_days", "Days beyond the feed's calendar and grace", of_feeds(lambda card: card.overdue_days)),
        _block(
            "feed_last_received_timestamp_seconds", "When the last delivery came",
            of_feeds(lambda card: card.last_received and datetime.fromisoformat(card.last_received).timestamp()),
        ),
        _block(
            "excluded_practices", "Practices whose gate excludes them now",
            [({"feed": card.feed}, len(excluded.get(card.feed, ()))) for card in cards],
        ),
        _block("loads_unfinished", "Loads that a process began and did not finish", [({}, len(Control(store).unfinished()))]),
        *_release(store),
    ]  # fmt: skip
    return "".join(blocks)


def _release(store: Store) -> Iterable[str]:
    if not store.current_pointer.is_file():
        return
    folder = store.release(store.current_pointer.read_text(encoding="utf-8").strip())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    made = datetime.fromisoformat(manifest["created_at"]).replace(tzinfo=UTC).timestamp()
    moment = datetime.fromisoformat(manifest["as_at"]).replace(tzinfo=UTC).timestamp()
    yield _block("release_created_timestamp_seconds", "When the release that serves was made", [({}, made)])
    yield _block("release_as_at_timestamp_seconds", "The day as at which it answers", [({}, moment)])


def _block(name: str, words: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP commonweal_{name} {words}", f"# TYPE commonweal_{name} gauge"]
    for labels, value in samples:
        named = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"commonweal_{name}{{{named}}} {value:.15g}" if named else f"commonweal_{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
