"""Write the audit, seal it, check it, and read it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonweal.governance import audit as chain
from commonweal.web.audit import witness
from commonweal.web.audit.models import Entry, Seal
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PAGE_LENGTH = 50
NO_PURPOSE = "service"
"""The purpose of what concerns the service itself, such as signing in: no record is read."""


def record(
    actor: Actor,
    *,
    action: str,
    purpose: str = NO_PURPOSE,
    subject: str = "",
    object: str = "",
    reason: str = "",
    result_count: int | None = None,
    release_id: str = "",
) -> None:
    """Write that `actor` did something. `subject` is a person's token, never a name or number."""
    chain.record(
        audit_actor(actor), purpose=purpose, action=action, subject=subject, object=object, reason=reason,
        result_count=result_count, release_id=release_id,
    )  # fmt: skip


def record_each(actor: Actor, people: Iterable[str], *, action: str, purpose: str, object: str, reason: str) -> None:
    """Write that `actor` did something about each of these people: one entry a person, all kept in one write."""
    chain.record_each(audit_actor(actor), people, purpose=purpose, action=action, object=object, reason=reason)


def audit_actor(actor: Actor) -> chain.Actor:
    """`actor` as the audit names people: by account, so that a change of name loses nobody."""
    return chain.Actor(f"user:{actor.user_id}", actor.role.id, actor.organisation_code)


def record_of_user(user: object, *, action: str, object: str = "") -> None:
    """Write what an account did before it had a role: signing in, or failing to."""
    chain.record(chain.Actor(f"user:{user.pk}", "", ""), purpose=NO_PURPOSE, action=action, object=object)  # type: ignore[attr-defined]


def seal_pending(limit: int = 5000, *, late: int | None = None) -> int:
    """Chain the entries that are not chained yet, oldest first. Returns how many; 0 where another sealer was faster.

    `late` looks no further back than so many numbers before the entry that was chained last, so that the question costs the same
    however long the audit has become; None looks at all of it.
    """
    with transaction.atomic():
        last = Seal.objects.order_by("-number").first()
        number, previous = (last.number, last.link) if last else (0, chain.GENESIS)
        unsealed = Entry.objects.filter(seal__isnull=True)
        if late is not None and last is not None:
            unsealed = unsealed.filter(id__gt=last.entry_id - late)  # type: ignore[attr-defined]
        waiting = list(unsealed.order_by("id")[:limit])
        links = chain.seal([entry.as_event() for entry in waiting], previous)
        now = timezone.now()
        seals = [
            Seal(number=number + place, entry=entry, link=link, sealed_at=now)
            for place, (entry, link) in enumerate(zip(waiting, links, strict=True), start=1)
        ]
        try:
            with transaction.atomic():
                Seal.objects.bulk_create(seals)
        except IntegrityError:
            return 0
    if seals:
        witness.write_down(seals[-1].number, seals[-1].link)
    return len(seals)


@dataclass(frozen=True)
class ChainCheck:
    """What checking the chain found."""

    sealed: int
    waiting: int
    broken_at: int | None
    """The number of the first link that does not hold; None where all hold."""
    last_link: str


def check_chain(batch: int = 10_000) -> ChainCheck:
    """Recompute every link and compare it with those written down outside. Reads in batches, so that memory stays flat."""
    previous, number, broken = chain.GENESIS, 0, None
    while broken is None:
        seals = list(Seal.objects.select_related("entry").filter(number__gt=number).order_by("number")[:batch])
        if not seals:
            break
        position = chain.verify([seal.entry.as_event() for seal in seals], [seal.link for seal in seals], previous)
        gap = next((place for place, seal in enumerate(seals) if seal.number != number + place + 1), None)
        faults = [place for place in (position, gap) if place is not None]
        if faults:
            broken = number + min(faults) + 1
        previous, number = seals[-1].link, seals[-1].number
    elsewhere = witness.first_disagreement()
    broken = min((place for place in (broken, elsewhere) if place is not None), default=None)
    waiting = Entry.objects.filter(seal__isnull=True).count()
    return ChainCheck(Seal.objects.count(), waiting, broken, previous)


@dataclass(frozen=True)
class Question:
    """What the explorer is asked. Empty fields do not limit."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    organisation: str = ""
    from_day: datetime.date | None = None
    to_day: datetime.date | None = None


def find(*, by: Actor, question: Question, before: int | None = None) -> list[Entry]:
    """Entries that fit, newest first, one page. Reading the audit is itself audited."""
    check_can(by, "audit.read")
    found = Entry.objects.select_related("seal")
    if question.actor:
        found = found.filter(actor=question.actor)
    if question.subject:
        found = found.filter(subject=question.subject)
    if question.action:
        found = found.filter(action=question.action)
    if question.organisation:
        found = found.filter(organisation=question.organisation)
    if question.from_day:
        found = found.filter(at__date__gte=question.from_day)
    if question.to_day:
        found = found.filter(at__date__lte=question.to_day)
    if before:
        found = found.filter(id__lt=before)
    entries = list(found[: PAGE_LENGTH + 1])
    record(by, action="read audit", subject=question.subject, object="audit", result_count=len(entries[:PAGE_LENGTH]))
    return entries


def actions() -> list[str]:
    """Every verb in use, for the explorer's filter."""
    return list(Entry.objects.order_by("action").values_list("action", flat=True).distinct())


def names_of(entries: list[Entry]) -> dict[str, str]:
    """The present name of each account in `entries`."""
    return names_of_accounts(entry.actor for entry in entries)


def names_of_accounts(actors: Iterable[str]) -> dict[str, str]:
    """The present name of each account."""
    from commonweal.web.accounts.models import User

    keys = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    return {f"user:{user.pk}": user.name for user in User.objects.filter(pk__in=keys)}
