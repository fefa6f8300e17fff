"""How a list is going: what was done each week, and who left it, beside those whom nobody had got to yet."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from commonweal.statistics.intervals import wilson
from commonweal.web.lists.models import Action, Snapshot, WorkingList


@dataclass(frozen=True)
class Week:
    """What was done in the week that begins on `monday`."""

    monday: datetime.date
    counts: dict[str, int]


@dataclass(frozen=True)
class Comparison:
    """Between two releases: of those seen and of those not yet reached, how many left the list."""

    from_as_at: datetime.date
    to_as_at: datetime.date
    seen: int
    seen_left: int
    untouched: int
    untouched_left: int

    def share(self, left: int, of: int) -> tuple[float, float, float] | None:
        """The share that left with its 95 % interval; None where there was nobody."""
        if not of:
            return None
        interval = wilson(left, of)
        return left / of, float(interval.lower), float(interval.upper)


def by_week(working_list: WorkingList, organisation_code: str, weeks: int = 12) -> list[Week]:
    """Latest last. Only weeks in which something was done."""
    rows = Action.objects.filter(
        list=working_list, organisation_code=organisation_code, undone_by__isnull=True
    ).exclude(verb__in=(Action.Verb.UNDO, Action.Verb.NOTE))
    counts: dict[datetime.date, Counter[str]] = {}
    for at, verb in rows.values_list("at", "verb"):
        monday = at.date() - datetime.timedelta(days=at.weekday())
        counts.setdefault(monday, Counter())[verb] += 1
    return [Week(monday, dict(found)) for monday, found in sorted(counts.items())][-weeks:]


def reasons_declined(working_list: WorkingList, organisation_code: str) -> dict[str, int]:
    """How often each reason was given; a list that is often wrong about people should be changed."""
    rows = Action.objects.filter(
        list=working_list, organisation_code=organisation_code, verb=Action.Verb.DECLINE, undone_by__isnull=True
    )
    return dict(Counter(rows.values_list("reason", flat=True)).most_common())


def comparisons(working_list: WorkingList, organisation_code: str) -> list[Comparison]:
    """Each pair of releases that follow each other."""
    snapshots = list(
        Snapshot.objects.filter(list=working_list, organisation_code=organisation_code).order_by("as_at", "taken_at")
    )
    done = list(
        Action.objects.filter(
            list=working_list, organisation_code=organisation_code, verb=Action.Verb.DONE, undone_by__isnull=True
        ).values_list("person_id", "at")
    )
    found = []
    for earlier, later in pairwise(snapshots):
        if earlier.as_at == later.as_at:
            continue
        seen = {person for person, at in done if earlier.taken_at <= at < later.taken_at}
        found.append(compare(earlier.people, later.people, seen, earlier.as_at, later.as_at))
    return found


def compare(
    before: list[str], after: list[str], seen: set[str], from_as_at: datetime.date, to_as_at: datetime.date
) -> Comparison:
    """Count who of `before` is not in `after`, apart for those `seen` and the others."""
    was, still = set(before), set(after)
    ours, others = was & seen, was - seen
    return Comparison(from_as_at, to_as_at, len(ours), len(ours - still), len(others), len(others - still))
