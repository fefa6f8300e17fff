"""Contract rules found in the release, line by line, with what was decided about each.

Counts pass the disclosure door with every line of the same rule as one table, so that its total gives no hidden one away; the
money of a hidden count is hidden with it.
"""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportCallIssue=false, reportReturnType=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from commonweal.errors import BadInput, Busy, NotReady
from commonweal.finance.challenges import ChallengeRule, Window, claimed, rule, rules, window
from commonweal.governance.disclosure import show_group
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import Challenge
from commonweal.web.finance.policies import check_can_answer_challenge
from commonweal.web.finance.services import cube
from commonweal.web.finance.services.cube import Standing

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

PURPOSE = "planning"
Key = tuple[str, str, date]


@dataclass(frozen=True)
class Line:
    """One provider, POD and month that a rule selects. `price` and `claim` are pence; None where the count is hidden."""

    rule: ChallengeRule
    provider_code: str
    pod: str
    month: date
    contacts: str
    price: int | None
    claim: int | None
    window: Window
    state: str
    status: str
    owner: str
    raised_pence: int | None
    history: tuple[dict[str, str], ...]
    version: int


@dataclass(frozen=True)
class RuleTotal:
    """One rule over the year: the sum of its lines, through the same door."""

    rule: ChallengeRule
    lines: int
    contacts: str
    price: int | None
    claim: int | None
    raised: int
    """Pence of its challenges that stand as raised or accepted."""


def totals(*, by: Actor) -> tuple[Standing, tuple[RuleTotal, ...]]:
    """Every rule with what it found this year."""
    check_can(by, "finance.see")
    held = _reader()
    stands = cube.standing(held)
    found = []
    for one in rules():
        rows = _rows(held, stands, one)
        _, total = show_group({key: count for key, (count, _) in rows.items()}, held.rule.profile)
        open_ones = Challenge.objects.filter(
            rule=one.id, status__in=("raised", "accepted"), month__range=(stands.year.first_day, stands.year.last_day)
        )
        found.append(
            RuleTotal(
                one, len(rows), total.text,
                None if total.hidden else sum(pence for _, pence in rows.values()),
                None if total.hidden else sum(claimed(pence, one, key[2]) for key, (_, pence) in rows.items()),
                sum(open_ones.values_list("claimed_pence", flat=True)),
            )
        )  # fmt: skip
    return stands, tuple(found)


def lines(*, by: Actor, rule_id: str) -> tuple[Standing, ChallengeRule, tuple[Line, ...], Mapping[str, str]]:
    """The lines of one rule this year, dearest first."""
    check_can(by, "finance.see")
    held = _reader()
    stands = cube.standing(held)
    return stands, rule(rule_id), _lines(held, stands, rule(rule_id)), cube.names(held)


def line(*, by: Actor, rule_id: str, provider: str, pod: str, month: str) -> tuple[Line, Mapping[str, str]]:
    """One line; NotReady where the rule selects nothing there."""
    _, _, found, names = lines(by=by, rule_id=rule_id)
    wanted = next((x for x in found if (x.provider_code, x.pod, f"{x.month:%Y-%m}") == (provider, pod, month)), None)
    if wanted is None:
        raise NotReady("the rule finds nothing in that line this year", value=f"{provider} {pod} {month}")
    return wanted, names


@transaction.atomic
def answer(
    *, by: Actor, rule_id: str, provider: str, pod: str, month: str, to: str, owner: str, note: str, base_version: int
) -> Challenge:
    """Take a challenge to its next status. What it claims is held as it stands on the day it is raised."""
    held, _ = line(by=by, rule_id=rule_id, provider=provider, pod=pod, month=month)
    row = Challenge.objects.select_for_update().filter(
        rule=rule_id, provider_code=provider, pod=pod, month=held.month
    ).first()  # fmt: skip
    status = row.status if row else "found"
    if (row.version if row else 0) != base_version:
        raise Busy(
            "someone else answered this while you were working",
            value=f"{status}, owner {row.owner if row else 'nobody'}",
        )
    today = timezone.localdate()
    check_can_answer_challenge(by, held.rule, status, to, held.window, today)
    if held.claim is None:
        raise BadInput("too few contacts to say what is claimed", remedy="raise it on the provider's own lines")
    if row is None:
        row = Challenge(
            rule=rule_id, provider_code=provider, pod=pod, month=held.month, claimed_pence=held.claim, version=0
        )
    row.status, row.owner, row.by_id, row.version = to, owner, by.user_id, row.version + 1
    row.history = [
        *row.history, {"status": to, "owner": owner, "note": note, "who": by.name, "on": today.isoformat()}
    ]  # fmt: skip
    row.save()
    audit.record(by, purpose=PURPOSE, action=f"challenge {to}", object=f"challenge:{row.pk}")
    return row


def _reader() -> Reader:
    held = cube.reader()
    if not cube.has(held, "position_challenge"):
        raise NotReady("this release was made before contract rules were looked for", remedy="release again")
    return held


def _rows(held: Reader, stands: Standing, one: ChallengeRule) -> dict[Key, tuple[int, int]]:
    """Contacts and pence at price by provider, POD and month: as they are, not to be shown."""
    rows = held.cursor.execute(
        """SELECT provider_code, pod, month, contacts, pence FROM position_challenge
        WHERE rule = ? AND month BETWEEN ? AND ? ORDER BY pence DESC, 1, 2, 3""",
        [one.id, stands.year.first_day, stands.year.last_day],
    ).fetchall()
    return {(provider, pod, month): (contacts, pence) for provider, pod, month, contacts, pence in rows}


def _lines(held: Reader, stands: Standing, one: ChallengeRule) -> tuple[Line, ...]:
    rows = _rows(held, stands, one)
    shown, _ = show_group({key: count for key, (count, _) in rows.items()}, held.rule.profile)
    decided = {(row.provider_code, row.pod, row.month): row for row in Challenge.objects.filter(rule=one.id)}
    cuts = _cuts(held)
    today = timezone.localdate()
    found = []
    for key, (_, pence) in rows.items():
        row, hidden = decided.get(key), shown[key].hidden
        days = window(key[2], *cuts.get((key[0], key[2]), (None, None)))
        found.append(
            Line(
                one, *key, shown[key].text, None if hidden else pence, None if hidden else claimed(pence, one, key[2]),
                days, days.state(today), row.status if row else "found", row.owner if row else "",
                row.claimed_pence if row else None, tuple(row.history) if row else (), row.version if row else 0,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda x: (x.price is None, -(x.price or 0), x.provider_code, x.pod, x.month)))


def _cuts(held: Reader) -> dict[tuple[str, date], tuple[date | None, date | None]]:
    """The days on which each provider-month's flex and freeze files were first made."""
    rows = held.cursor.execute(
        """SELECT coalesce(s.current_provider_code, f.provider_code), f.month,
          min(submitted_on) FILTER (submission = 'flex'), min(submitted_on) FILTER (submission = 'freeze')
        FROM position_file f
        LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code FROM position_cube) s USING (provider_code)
        WHERE has_actual GROUP BY 1, 2"""
    ).fetchall()
    return {(provider, month): (flex, freeze) for provider, month, flex, freeze in rows}
