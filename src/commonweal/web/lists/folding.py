"""Who is folded away, and why. Pure: the same answer for the page, the export and the print."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

DONE, DECLINED, DEFERRED, ASSIGNED, OPEN = "done", "declined", "deferred", "assigned", "open"


@dataclass(frozen=True)
class Standing:
    """Where one person stands on one list, as plain values."""

    state: str = OPEN
    version: int = 0
    assigned_to: str = ""
    assigned_to_id: int | None = None
    until: datetime.date | None = None
    changed_on: datetime.date | None = None


NEW = Standing()


def folded_because(standing: Standing, *, today: datetime.date, quiet_days: int, on_other_list: str = "") -> str:
    """Why this person is not shown among those to see now; empty where they are."""
    if standing.state == DECLINED and (standing.until is None or standing.until >= today):
        return "Declined"
    if standing.state == DEFERRED and standing.until and standing.until > today:
        return f"Deferred until {standing.until.day} {standing.until:%B %Y}"
    if standing.state == DONE and standing.changed_on:
        again = standing.changed_on + datetime.timedelta(days=quiet_days)
        if today < again:
            return f"Seen on {standing.changed_on.day} {standing.changed_on:%B %Y}"
    if standing.state == OPEN and on_other_list:
        return f"Being seen about “{on_other_list}”"
    return ""


def split(
    people: list[str],
    standings: Mapping[str, Standing],
    elsewhere: Mapping[str, str],
    *,
    today: datetime.date,
    quiet_days: int,
    capacity: int,
) -> tuple[list[str], list[tuple[str, str]], int]:
    """Those to see now (at most `capacity`, in the order given), those folded away with the reason, and how many wait."""
    now: list[str] = []
    folded: list[tuple[str, str]] = []
    for person in people:
        why = folded_because(
            standings.get(person, NEW), today=today, quiet_days=quiet_days, on_other_list=elsewhere.get(person, "")
        )
        if why:
            folded.append((person, why))
        else:
            now.append(person)
    return now[:capacity], folded, max(0, len(now) - capacity)
