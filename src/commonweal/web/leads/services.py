"""The numbers of a measure for one group, from the release's cube: every one has passed the disclosure door."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.leads.dashboards import Dashboard, dashboards
from commonweal.web.leads.groups import Group, Ladder

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.engine.serving import Reader
    from commonweal.store import Store

PURPOSE = "planning"
Rows = dict[str, "MeasureRow"]


@dataclass(frozen=True)
class MeasurePage:
    """One measure for one group: now, over time, beside others, and by inequality."""

    info: DefinitionInfo
    release: ReleaseInfo
    group: Group
    now: MeasureRow | None
    before: MeasureRow | None
    before_as_at: datetime.date | None
    whole: MeasureRow | None
    series: list[tuple[datetime.date, MeasureRow | None]]
    practices: Rows
    children: Rows
    by_quintile: Rows
    by_ethnicity: Rows
    by_borough: Rows
    names: dict[str, str]

    @property
    def is_share(self) -> bool:
        """A share of people or rows, so that a funnel of proportions is right."""
        details = self.info.details
        return not (details.get("is_rate") or details.get("is_ratio") or details.get("sum_column"))


def all_dashboards(*, by: Actor) -> tuple[list[Dashboard], str, str]:
    """Every dashboard, and the kind and code of the actor's own group."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    return dashboards(reader.definitions()), *Ladder.of(reader).start(by)


def dashboard(*, by: Actor, dashboard_id: str, kind: str, code: str) -> tuple[Dashboard, Group, list[tuple]]:
    """One dashboard for one group: each measure with its own value, its parent's and the system's."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    found = next((one for one in dashboards(reader.definitions()) if one.id == dashboard_id), None)
    if found is None:
        raise NotReady("there is no such dashboard", remedy="choose one from the list")
    group = Ladder.of(reader).group(kind, code)
    as_at = reader.release().as_at
    rows = []
    for info in found.measures:
        own = rows_of(reader, info.id, kind, as_at).get(code)
        whole = rows_of(reader, info.id, "all", as_at).get("all")
        rows.append((info, own, whole))
    _record(by, reader, f"dashboard:{dashboard_id} {kind}:{code}", len(rows))
    return found, group, rows


def measure(*, by: Actor, measure_id: str, kind: str, code: str) -> MeasurePage:
    """One measure for one group. Raises `NotReady` where this release does not compute it."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    info = _computed(reader, measure_id)
    ladder = Ladder.of(reader)
    group = ladder.group(kind, code)
    release = reader.release()
    dates = [day for day in reading.as_at_dates(reader) if day <= release.as_at]
    series = [(day, rows_of(reader, measure_id, kind, day).get(code)) for day in dates]
    practices = rows_of(reader, measure_id, "practice", release.as_at)
    children: Rows = {}
    if group.below:
        every = practices if group.below == "practice" else rows_of(reader, measure_id, group.below, release.as_at)
        children = {one: row for one, row in every.items() if one in group.children}
    _record(by, reader, f"measure:{measure_id} {kind}:{code}", len(children))
    return MeasurePage(
        info, release, group, series[-1][1] if series else None, series[-2][1] if len(series) > 1 else None,
        series[-2][0] if len(series) > 1 else None, rows_of(reader, measure_id, "all", release.as_at).get("all"), series,
        practices, children, rows_of(reader, measure_id, "imd_quintile", release.as_at),
        rows_of(reader, measure_id, "ethnic_group", release.as_at),
        rows_of(reader, measure_id, "residence_borough", release.as_at), ladder.names,
    )  # fmt: skip


def group_rows(*, by: Actor, kind: str, code: str) -> tuple[Group, ReleaseInfo, list[tuple]]:
    """Every computed measure for one group beside its network or borough and the system: what a pack holds."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    group = Ladder.of(reader).group(kind, code)
    as_at = reader.release().as_at
    parent = group.above[-1] if group.above else None
    rows = []
    for info in reader.definitions("measure"):
        if not info.computable:
            continue
        own = rows_of(reader, info.id, kind, as_at).get(code)
        if own is None or (own.value is None and not own.denominator):
            continue
        above = rows_of(reader, info.id, parent[0], as_at).get(parent[1]) if parent else None
        whole = rows_of(reader, info.id, "all", as_at).get("all")
        rows.append((info, own, above, whole))
    _record(by, reader, f"pack {kind}:{code}", len(rows))
    return group, reader.release(), rows


def rows_of(reader: Reader, measure_id: str, by: str, as_at: datetime.date) -> Rows:
    """One measure by one kind of group on one date: group code to its row, `unknown` left out."""
    return _rows_of(settings.STORE, reader.folder.name, measure_id, by, as_at)


@lru_cache(maxsize=8192)
def _rows_of(store: Store, release_id: str, measure_id: str, by: str, as_at: datetime.date) -> Rows:
    """A release never changes, and neither does what may be shown of it: each answer is worked out once a process."""
    from commonweal.engine.serving import open_reader

    found = open_reader(store, PURPOSE, release_id).measure(measure_id, by=by, as_at=as_at)
    return {row.group_code: row for row in found if row.group_code != "unknown"}


def _computed(reader: Reader, measure_id: str) -> DefinitionInfo:
    found = next((one for one in reader.definitions() if one.id == measure_id), None)
    if found is None or not found.computable or found.kind not in {"measure", "register", "flag"}:
        raise NotReady("this release has no such measure", remedy="choose one from a dashboard")
    return found


def _record(by: Actor, reader: Reader, what: str, count: int) -> None:
    audit.record(by, purpose=PURPOSE, action="count", object=what, result_count=count, release_id=reader.release().id)
