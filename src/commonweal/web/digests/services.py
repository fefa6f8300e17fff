"""Choosing a digest, and sending those that are due.

A digest says what the start page says under "To do today": headings and counts. It names no patient and no list that
somebody named, because an e-mail is read by whoever holds the telephone.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from commonweal.errors import BadInput
from commonweal.web.accounts.models import Membership, on
from commonweal.web.accounts.services import as_actor
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.presenters import date_words, plural_words
from commonweal.web.core.start import GROUPS, Card, cards_for
from commonweal.web.digests.models import Sent, Subscription

MONDAY, SATURDAY = 0, 5


@dataclass(frozen=True)
class Digest:
    """One e-mail before it is sent."""

    to: str
    subject: str
    text: str
    lines: int


def chosen(*, by: Actor) -> str:
    """How often the actor wants one in this role."""
    found = Subscription.objects.filter(membership_id=by.membership_id).first()
    return found.frequency if found else Subscription.Frequency.NEVER


def choose(*, by: Actor, frequency: str) -> None:
    """Want one, or none."""
    if frequency not in Subscription.Frequency.values:
        raise BadInput("choose how often")
    Subscription.objects.update_or_create(membership_id=by.membership_id, defaults={"frequency": frequency})
    audit.record(by, action="choose digest", object=f"digest:{frequency}")


def write(actor: Actor, email: str, day: datetime.date) -> Digest:
    """What waits for this actor, as an e-mail."""
    waiting = [card for title, cards in cards_for(actor) if title == GROUPS[0] for card in cards]
    lines = [_line(card) for card in waiting] or ["Nothing waits for you."]
    text = (
        f"{actor.role.title} at {actor.organisation_name}, {date_words(day)}\n\n"
        + "\n".join(lines)
        + f"\n\nSign in to {settings.SERVICE_NAME} to see who and why. This e-mail names no patient.\n"
        "To change or stop it: E-mail digest, at the foot of each page.\n"
    )
    return Digest(email, f"{settings.SERVICE_NAME}: {plural_words(len(waiting), 'thing')} to do", text, len(waiting))


def due(day: datetime.date) -> list[Membership]:
    """Whose digest goes out on this day: daily on working days, weekly on Mondays, for roles that are held on it."""
    wanted = [Subscription.Frequency.DAILY] if day.weekday() < SATURDAY else []
    if day.weekday() == MONDAY:
        wanted.append(Subscription.Frequency.WEEKLY)
    held = Membership.objects.filter(on(day), digest__frequency__in=wanted, user__is_active=True)
    return list(held.select_related("user", "organisation").order_by("pk"))


def send_due(day: datetime.date | None = None) -> tuple[int, int]:
    """Send those that are due and did not go out yet; returns how many went and how many could not."""
    today = day or timezone.localdate()
    sent = failed = 0
    for held in due(today):
        actor = as_actor(held)
        digest = write(actor, held.user.email, today)
        try:
            with transaction.atomic():
                # First the row, so that two runs at once send one e-mail; it is taken back where the e-mail fails.
                Sent.objects.create(membership=held, day=today, lines=digest.lines)
                send_mail(digest.subject, digest.text, None, [digest.to])
                audit.record(actor, action="send digest", object="digest", result_count=digest.lines)
            sent += 1
        except IntegrityError:
            continue
        except OSError:
            failed += 1
    return sent, failed


def _line(card: Card) -> str:
    """The words of a card whose heading people named themselves are left out: they may hold a name."""
    return f"- {card.heading}: {card.words}" if not card.named_by_people else f"- A list: {card.words}"
