"""Where the limits of a control chart start again: a dated, reasoned, audited choice that everybody who looks sees."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonweal.errors import BadInput, NotReady
from commonweal.statistics.spc import FEWEST_POINTS, SETTLED_POINTS
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.leads.models import Rebase

FEWEST_WORDS = 3


def of(measure_id: str, kind: str, code: str) -> list[Rebase]:
    """Those in force for one measure of one group, earliest first."""
    found = Rebase.objects.filter(measure_id=measure_id, group_kind=kind, group_code=code, withdrawn_at__isnull=True)
    return list(found.select_related("by").order_by("day"))


def positions(days: Sequence[datetime.date], rebases: Sequence[Rebase]) -> list[int]:
    """The points of a series from which limits start again.

    A rebase with fewer than five points on either side of it, or too close to the one before, waits for more points.
    """
    found: list[int] = []
    for one in rebases:
        place = next((at for at, day in enumerate(days) if day >= one.day), len(days))
        begins = found[-1] if found else 0
        apart = SETTLED_POINTS if found else FEWEST_POINTS
        if place - begins >= apart and len(days) - place >= FEWEST_POINTS:
            found.append(place)
    return found


def rebase(
    *, by: Actor, measure_id: str, kind: str, code: str, day: datetime.date, reason: str,
    days: Sequence[datetime.date],
) -> Rebase:  # fmt: skip
    """Start the limits again from `day`. `days` are the chart's points, so that what cannot be drawn is refused."""
    check_can(by, "measures.rebase")
    if len(reason.split()) < FEWEST_WORDS:
        raise BadInput("say in a few words what changed in the service", remedy="a good month is no reason")
    made = Rebase(
        measure_id=measure_id, group_kind=kind, group_code=code, day=day, reason=reason.strip(), by_id=by.user_id
    )
    every = sorted([*of(measure_id, kind, code), made], key=lambda one: one.day)
    if len(positions(days, every)) < len(positions(days, [one for one in every if one is not made])) + 1:
        raise BadInput(
            "the limits cannot start again on that day",
            remedy=f"leave at least {FEWEST_POINTS} points before and after it, and {SETTLED_POINTS} between two rebases",
        )
    try:
        with transaction.atomic():
            made.save()
            _record(by, "rebase chart", made)
    except IntegrityError:
        raise BadInput("the limits start again on that day already") from None
    return made


def withdraw(*, by: Actor, measure_id: str, kind: str, code: str, rebase_id: int) -> None:
    """Take a rebase back. It stays in the table with who withdrew it."""
    check_can(by, "measures.rebase")
    found = next((one for one in of(measure_id, kind, code) if one.pk == rebase_id), None)
    changed = found and Rebase.objects.filter(pk=found.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now(), withdrawn_by_id=by.user_id
    )
    if not found or not changed:
        raise NotReady("there is no such rebase in force", remedy="look at the chart again")
    _record(by, "withdraw rebase", found)


def _record(by: Actor, action: str, one: Rebase) -> None:
    what = f"rebase:{one.pk} {one.measure_id} {one.group_kind}:{one.group_code} {one.day.isoformat()}"
    audit.record(by, purpose="planning", action=action, object=what, reason=one.reason)
