"""Access that the governance lead should look at: what differs from colleagues, from working hours, or from the rules.

Each signal says what it counts, over which days, and where it begins. The limits are this product's own, set low enough to be read
each week and high enough to be rare; none says that anybody did wrong. Reading them is itself audited.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractHour, TruncDate
from django.utils import timezone

from commonweal.web.audit.models import Entry
from commonweal.web.audit.services import record
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

DAYS = 28
MANY_PEOPLE, TIMES_COLLEAGUES = 30, 3
NIGHT, MORNING, NIGHT_LOOKS = 22, 6, 5
REFUSED = 3
SEARCHES = 20
GLASSES = 3
WATCHERS, WATCHED_DAYS = 8, 7


@dataclass(frozen=True)
class Signal:
    """One kind of unusual access, with what was found."""

    title: str
    rule: str
    found: tuple[Finding, ...]


@dataclass(frozen=True)
class Finding:
    """One account (or one person looked at), and the numbers that stand out."""

    actor: str
    """The account; empty where it is about a person."""
    subject: str
    words: str
    size: int


def signals(*, by: Actor, today: datetime.date | None = None) -> list[Signal]:
    """Every signal over the last `DAYS` days, most first within each."""
    check_can(by, "audit.read")
    day = today or timezone.localdate()
    since = timezone.make_aware(datetime.datetime.combine(day - datetime.timedelta(days=DAYS), datetime.time()))
    entries = Entry.objects.filter(at__gte=since)
    looks = entries.filter(action="look").exclude(subject="")
    found = [
        Signal(
            "Many people in one day",
            f"More than {MANY_PEOPLE} people, and more than {TIMES_COLLEAGUES} times the busiest day of the middle colleague of the role.",
            _many_people(looks),
        ),
        Signal(
            "At night", f"{NIGHT_LOOKS} people or more looked at between {NIGHT}:00 and 0{MORNING}:00.", _at_night(looks)
        ),
        Signal("Refused", f"{REFUSED} refused looks or more: no relationship with the person.", _counted(
            entries.filter(action="look refused"), REFUSED, "refused looks")),
        Signal("Searching by NHS number", f"{SEARCHES} searches or more in one day.", _searches(entries)),
        Signal("Breaking the glass", f"{GLASSES} times or more.", _counted(
            entries.filter(action="break glass"), GLASSES, "emergency accesses")),
        Signal(
            "One person, many eyes", f"{WATCHERS} accounts or more looked at one person within {WATCHED_DAYS} days.",
            _watched(looks, day),
        ),
    ]  # fmt: skip
    record(by, action="read unusual access", object="audit", result_count=sum(len(one.found) for one in found))
    return found


def _largest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda one: (-one.size, one.actor, one.subject)))


def _many_people(looks: QuerySet) -> tuple[Finding, ...]:
    days = (
        looks.annotate(day=TruncDate("at"))
        .values("actor", "role", "day")
        .annotate(people=Count("subject", distinct=True))
    )
    busiest: dict[str, dict[str, tuple[int, datetime.date]]] = {}
    for one in days:
        mine = busiest.setdefault(one["role"], {})
        mine[one["actor"]] = max(mine.get(one["actor"], (0, one["day"])), (one["people"], one["day"]))
    found = []
    for held in busiest.values():
        for actor, (people, day) in held.items():
            others = [size for other, (size, _) in held.items() if other != actor]
            usual = median(others) if others else 0
            if people > MANY_PEOPLE and people > TIMES_COLLEAGUES * usual:
                words = f"{people} people on {day:%-d %B %Y}; the middle colleague's busiest day: {usual:g}"
                found.append(Finding(actor, "", words, people))
    return _largest_first(found)


def _at_night(looks: QuerySet) -> tuple[Finding, ...]:
    hours = looks.annotate(hour=ExtractHour("at"))
    dark = hours.filter(hour__gte=NIGHT) | hours.filter(hour__lt=MORNING)
    rows = dark.values("actor").annotate(people=Count("subject", distinct=True))
    return _largest_first(
        Finding(one["actor"], "", f"{one['people']} people", one["people"])
        for one in rows
        if one["people"] >= NIGHT_LOOKS
    )


def _counted(entries: QuerySet, least: int, what: str) -> tuple[Finding, ...]:
    rows = entries.values("actor").annotate(times=Count("id"))
    return _largest_first(
        Finding(one["actor"], "", f"{one['times']} {what}", one["times"]) for one in rows if one["times"] >= least
    )


def _searches(entries: QuerySet) -> tuple[Finding, ...]:
    rows = (
        entries.filter(action="find person")
        .annotate(day=TruncDate("at"))
        .values("actor", "day")
        .annotate(times=Count("id"))
    )
    return _largest_first(
        Finding(one["actor"], "", f"{one['times']} searches on {one['day']:%-d %B %Y}", one["times"])
        for one in rows
        if one["times"] >= SEARCHES
    )


def _watched(looks: QuerySet, day: datetime.date) -> tuple[Finding, ...]:
    begin = timezone.make_aware(datetime.datetime.combine(day - datetime.timedelta(days=WATCHED_DAYS), datetime.time()))
    rows = looks.filter(at__gte=begin).values("subject").annotate(eyes=Count("actor", distinct=True))
    return _largest_first(
        Finding("", one["subject"], f"{one['eyes']} accounts", one["eyes"]) for one in rows if one["eyes"] >= WATCHERS
    )
