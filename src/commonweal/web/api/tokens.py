"""Making, revoking and accepting tokens."""

from __future__ import annotations

import datetime
import secrets

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from commonweal.errors import BadInput, Busy, NotAllowed, NotReady
from commonweal.web.accounts.backends import DatedAccounts
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.api.models import Token
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PREFIX = "commonweal_"
"""So that a scanner for secrets finds a token that somebody committed."""
MOST_LIVE = 5
"""Tokens of one person in one role that hold at the same time: the limit of calls is for each token."""
LONGEST_DAYS = 90
WINDOW = datetime.timedelta(minutes=1)


class TooManyCalls(Busy):
    """More calls in a minute than one token may make."""


def longest_days() -> int:
    """How long a token may hold here: what the site sets, never more than `LONGEST_DAYS`."""
    return max(1, min(LONGEST_DAYS, settings.API_TOKEN_DAYS))


def of_person(*, by: Actor) -> list[Token]:
    """Every token of the person, in whichever role, newest first."""
    check_can(by, "api.use")
    found = Token.objects.filter(membership__user_id=by.user_id)
    return list(found.select_related("membership__organisation"))


@transaction.atomic
def make(*, by: Actor, title: str, days: int) -> str:
    """A token for the role that `by` works in. The text is returned once, and can never be read again."""
    check_can(by, "api.use")
    if not 1 <= days <= longest_days():
        raise BadInput("a token cannot hold that long", value=days, remedy=f"choose 1 to {longest_days()} days")
    now = timezone.now()
    live = Token.objects.filter(membership_id=by.membership_id, revoked_at__isnull=True, expires_at__gt=now)
    if live.count() >= MOST_LIVE:
        raise NotAllowed(f"you have {MOST_LIVE} tokens in this role", remedy="revoke one that you do not need")
    text = PREFIX + secrets.token_urlsafe(32)
    made = Token.objects.create(
        membership_id=by.membership_id, title=title.strip(), key_hash=key_hash(text), made_at=now,
        expires_at=now + datetime.timedelta(days=days), window_started_at=now,
    )  # fmt: skip
    audit.record(by, action="make api token", object=f"token:{made.pk} for {days} days")
    return text


@transaction.atomic
def revoke(*, by: Actor, token_id: int) -> None:
    """End a token of one's own at once. One of somebody else is as if it were not there."""
    check_can(by, "api.use")
    mine = Token.objects.filter(pk=token_id, membership__user_id=by.user_id)
    if not mine.exists():
        raise NotReady("you have no such token", remedy="choose one from the list")
    if mine.filter(revoked_at__isnull=True).update(revoked_at=timezone.now()):
        audit.record(by, action="revoke api token", object=f"token:{token_id}")


def key_hash(text: str) -> str:
    """What is kept of a token: useless without the site's secret."""
    return salted_hmac("commonweal.web.api.tokens", text, algorithm="sha256").hexdigest()  # type: ignore[call-arg]


def accept(text: str) -> tuple[Actor, int] | None:
    """Who calls with this token, and its number; None for one that is wrong, expired, revoked or of a role that ended.

    Raises `TooManyCalls` for a good token beyond its limit.
    """
    token = Token.objects.select_related("membership__user").filter(key_hash=key_hash(text)).first()
    if token is None:
        return None
    actor = _actor_of(token)
    within = _count(token)
    if actor is None:
        if within:  # a program that goes on with an old token does not fill the audit
            audit.record_of_user(token.membership.user, action="api token refused", object=f"token:{token.pk}")
        return None
    if not within:
        raise TooManyCalls(
            f"this token made {settings.API_CALLS_A_MINUTE} calls within a minute", remedy="wait a minute, then go on"
        )
    Token.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    return actor, token.pk


def _actor_of(token: Token) -> Actor | None:
    """The person in the role of the token as both are now; None where either, or the token itself, no longer holds."""
    user = token.membership.user
    if token.revoked_at is not None or token.expires_at <= timezone.now():
        return None
    if not DatedAccounts().user_can_authenticate(user):
        return None
    held = next((one for one in memberships_of(user) if one.pk == token.membership_id), None)
    return as_actor(held, f"token:{token.pk}") if held else None


def _count(token: Token) -> bool:
    """Count one call; whether it was within the limit. Each step is one conditional update, whoever else counts."""
    now = timezone.now()
    row = Token.objects.filter(pk=token.pk)
    current = row.filter(window_started_at__gt=now - WINDOW, window_calls__lt=settings.API_CALLS_A_MINUTE)
    over = row.filter(window_started_at__lte=now - WINDOW)
    return bool(
        current.update(window_calls=F("window_calls") + 1)
        or over.update(window_started_at=now, window_calls=1)
        # Another process may have begun the new minute between the two.
        or current.update(window_calls=F("window_calls") + 1)
    )
