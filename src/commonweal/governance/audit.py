"""Audit: who did what, for which purpose, to whom; and the chain that shows whether it was changed afterwards.

This module says what an event is and how events are chained. Where they are stored is the sink's business: the site
installs one (`install_sink`), and the command line uses the same one. Writing with no sink installed is an error, so
that a look at a person cannot pass in silence.

Events append freely; a sealer later chains them in batches (`seal`), so that no page waits for a lock. `verify` tells
the first event that was altered, removed, inserted or moved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

from commonweal.errors import NotReady

GENESIS = "0" * 64
"""The link before the first event."""


@dataclass(frozen=True)
class Actor:
    """Who acts, in which role, for which organisation (ODS code). A process acts under its own name."""

    name: str
    role: str
    organisation: str = ""


@dataclass(frozen=True)
class AuditEvent:
    """One thing that was done. Holds no name, NHS number, address or date of birth: `subject` is a token."""

    at: datetime
    """When, with a time zone; kept in UTC."""
    actor: str
    role: str
    organisation: str
    purpose: str
    action: str
    """A verb: look, list, count, explain, link, override, export, sign_in."""
    subject: str = ""
    """The person's token (person_id), empty where no single person is looked at."""
    object: str = ""
    """What was used: a definition's id, a table, a page."""
    reason: str = ""
    """Why, in the actor's words, where the action asks for it."""
    result_count: int | None = None
    release_id: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an audit event's time needs a time zone")
        for name in ("actor", "purpose", "action"):
            if not getattr(self, name):
                raise ValueError(f"an audit event needs its {name}")

    def canonical(self) -> bytes:
        """The bytes that are chained: JSON with sorted keys and the time in UTC to the microsecond."""
        fields = asdict(self) | {"at": self.at.astimezone(UTC).isoformat(timespec="microseconds")}
        return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class Sink(Protocol):
    """Where audit events go. `write` returns only once all of the events are kept, or raises and keeps none."""

    def write(self, events: Sequence[AuditEvent]) -> None: ...


_installed: list[Sink] = []


def install_sink(sink: Sink | None) -> None:
    """Use `sink` from now on in this process; None takes it away."""
    _installed[:] = [] if sink is None else [sink]


def write(*events: AuditEvent) -> None:
    """Keep events, all or none. Raises `NotReady` where no sink is installed."""
    if not _installed:
        raise NotReady(
            "no audit is set up, so nothing that must be audited can be done",
            remedy="start through the site or the command line, which set up the audit",
        )
    if events:
        _installed[0].write(events)


def record(
    by: Actor,
    *,
    purpose: str,
    action: str,
    subject: str = "",
    object: str = "",
    reason: str = "",
    result_count: int | None = None,
    release_id: str = "",
) -> AuditEvent:
    """Write one event of `by` as of now, and return it."""
    event = AuditEvent(
        datetime.now(UTC), by.name, by.role, by.organisation, purpose, action, subject, object, reason, result_count,
        release_id,
    )  # fmt: skip
    write(event)
    return event


def record_each(
    by: Actor,
    subjects: Iterable[str],
    *,
    purpose: str,
    action: str,
    object: str = "",
    reason: str = "",
    release_id: str = "",
) -> None:
    """One event for each person, as of now, kept all together: a list of twenty people is one write, not twenty."""
    now = datetime.now(UTC)
    write(
        *(
            AuditEvent(
                now, by.name, by.role, by.organisation, purpose, action, subject, object, reason, None, release_id
            )
            for subject in subjects
        )
    )


def link(previous: str, event: AuditEvent) -> str:
    """The link of one event: SHA-256 of the link before it and the event's bytes, in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(previous) + event.canonical()).hexdigest()


def seal(events: Iterable[AuditEvent], previous: str = GENESIS) -> list[str]:
    """One link for each event, in order, going on from the last sealed link."""
    links = []
    for event in events:
        previous = link(previous, event)
        links.append(previous)
    return links


def verify(events: Sequence[AuditEvent], links: Sequence[str], previous: str = GENESIS) -> int | None:
    """The position of the first event that does not fit its link, or None where the whole chain holds.

    A missing or added event at the end shows as the first position that one of the two does not have. Cutting both
    ends alike leaves a valid, shorter chain: keep the last link elsewhere to see that.
    """
    for position, (event, kept) in enumerate(zip(events, links, strict=False)):
        previous = link(previous, event)
        if previous != kept:
            return position
    return None if len(events) == len(links) else min(len(events), len(links))
