"""Waiting lists of the release that serves: size, waits, flow, and the capacity that each target asks for.

Counts pass the disclosure door as one table; a list whose size is hidden shows nothing else of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonweal.errors import BadInput, NotReady
from commonweal.finance.waiting_sql import LISTS, TABLE
from commonweal.governance.disclosure import Shown, show_count, show_group
from commonweal.statistics.waiting_list import Assessment, assess
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.services import cube

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader


@dataclass(frozen=True)
class Standard:
    """Within how many weeks, for what share; `column` counts those inside it."""

    weeks: int
    share: float
    column: str


STANDARDS = {"rtt": Standard(18, 0.92, "under_18_weeks"), "diagnostic": Standard(6, 0.99, "under_6_weeks")}
"""The constitutional standards: 92 % within 18 weeks, 99 % of tests within six."""
WEEKS_TO_TARGET = (26, 52, 104)


@dataclass(frozen=True)
class List:
    """One list at the last snapshot. Times are weeks, flows are people a week; None where counts are hidden or not known."""

    key: str
    waiting: Shown
    inside: Shown
    over_52: Shown
    median: float | None
    weeks_92: float | None
    mean: float | None
    joined: float | None
    gone: float | None
    assessment: Assessment | None


@dataclass(frozen=True)
class WaitingPage:
    """What one choice of list, provider and specialty shows."""

    kind: str
    standard: Standard
    snapshot: date
    weeks: float
    """Weeks between the first and the last snapshot: what the flows are means of."""
    weeks_to_target: int
    provider: str
    specialty: str
    whole: List
    by_provider: tuple[List, ...]
    by_specialty: tuple[List, ...]
    invented: bool
    names: Mapping[str, str]


def page(*, by: Actor, kind: str = "rtt", provider: str = "", specialty: str = "", weeks: int = 52) -> WaitingPage:
    """Lists of one kind, by provider (of one specialty) and by specialty (of one provider).

    Raises `NotAllowed`, `BadInput` for a list that is not kept, `NotReady` where the release holds none.
    """
    check_can(by, "measures.see")
    if kind not in LISTS:
        raise BadInput("there is no such waiting list", value=kind, remedy=f"one of {', '.join(LISTS)}")
    held = releases.reader("planning")
    if not cube.has(held, TABLE):
        raise NotReady("this release was made before waiting lists were counted", remedy="release again")
    days = [row[0] for row in held.cursor.execute(
        f"SELECT DISTINCT snapshot_date FROM {TABLE} WHERE list_type = ? ORDER BY 1", [kind]
    ).fetchall()]  # fmt: skip
    if not days:
        raise NotReady(
            "the release holds no such waiting list", remedy="load the waiting list data set and release again"
        )
    weeks = weeks if weeks in WEEKS_TO_TARGET else 52
    shared = (kind, days, weeks)
    whole = _lists(held, shared, "provider_code = ? AND treatment_function_code = ?", [provider, specialty], "''")
    if not whole:
        raise BadInput(
            "nobody waits on that list", value=f"{provider} {specialty}".strip(), remedy="choose from the page"
        )
    providers = _lists(
        held, shared, "provider_code <> '' AND treatment_function_code = ?", [specialty], "provider_code"
    )
    specialties = _lists(
        held, shared, "treatment_function_code <> '' AND provider_code = ?", [provider], "treatment_function_code"
    )
    return WaitingPage(
        kind, STANDARDS[kind], days[-1], (days[-1] - days[0]).days / 7, weeks, provider, specialty, whole[0],
        tuple(sorted(providers, key=lambda one: (one.median is None, one.median or 0, one.key))),
        tuple(sorted(specialties, key=lambda one: (one.waiting.value is None, -(one.waiting.value or 0), one.key))),
        held.release().invented, cube.names(held),
    )  # fmt: skip


def _lists(held: Reader, shared: tuple[str, list[date], int], where: str, values: list[str], key: str) -> list[List]:
    kind, days, weeks_to_target = shared
    standard = STANDARDS[kind]
    rows = held.cursor.execute(
        f"""SELECT {key}, last(waiting ORDER BY snapshot_date), last({standard.column} ORDER BY snapshot_date),
          last(over_52_weeks ORDER BY snapshot_date), last(median_days ORDER BY snapshot_date), last(days_92 ORDER BY snapshot_date),
          last(mean_days ORDER BY snapshot_date), sum(joined), sum(gone), max(snapshot_date), min(snapshot_date)
        FROM {TABLE} WHERE list_type = ? AND {where} GROUP BY 1""",
        [kind, *values],
    ).fetchall()
    rows = [row for row in rows if row[9] == days[-1] and row[1]]
    profile = held.rule.profile
    shown, _ = show_group({row[0]: row[1] for row in rows}, profile)
    found = []
    for name, waiting, inside, over, median, late, mean, joined, gone, last_day, first_day in rows:
        span = (last_day - first_day).days / 7
        if shown[name].hidden:
            found.append(List(name, shown[name], shown[name], shown[name], None, None, None, None, None, None))
            continue
        flows = [show_count(int(one), profile).value for one in (joined, gone)]
        per_week = [None if one is None or not span else one / span for one in flows]
        answer = None
        if per_week[0] is not None and per_week[1] is not None:
            answer = assess(
                size=shown[name].value or 0, demand=per_week[0], capacity=per_week[1], target_weeks=standard.weeks,
                share_in_time=standard.share, weeks_to_target=weeks_to_target,
            )  # fmt: skip
        rest = show_count(waiting - inside, profile)
        inside_shown = rest if rest.hidden else show_count(inside, profile)
        found.append(
            List(
                name, shown[name], inside_shown, show_count(over, profile), median / 7, late / 7, mean / 7, per_week[0], per_week[1], answer
            )
        )  # fmt: skip
    return found
