"""Measures and dashboards for one group, and what is asked beside them. Every number has passed the disclosure door."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.leads import keeping, movement, numbers, own_groups, rebases, similar, trajectory
from commonweal.web.leads.dashboards import Dashboard, dashboards, general, kept
from commonweal.web.leads.groups import OWN, WHOLE, Group, Ladder
from commonweal.web.leads.models import PracticeGroup, Rebase, SavedView
from commonweal.web.leads.movement import Earlier
from commonweal.web.leads.numbers import PURPOSE, Rows, rows_of
from commonweal.web.leads.similar import Peer
from commonweal.web.leads.trajectory import Trajectory

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.engine.serving import Reader

COUNTED = ("measure", "register", "flag")


@dataclass(frozen=True)
class MeasurePage:
    """One measure for one group: now, over time, beside others, and by inequality."""

    info: DefinitionInfo
    release: ReleaseInfo
    group: Group
    now: MeasureRow | None
    left_out: int
    """Practices of an own group whose number is hidden, so that they could not be counted in it."""
    before: MeasureRow | None
    before_as_at: datetime.date | None
    earlier: Earlier | None
    earlier_row: MeasureRow | None
    """What the release before said, for its own date."""
    whole: MeasureRow | None
    series: list[tuple[datetime.date, MeasureRow | None]]
    practices: Rows
    children: Rows
    by_quintile: Rows
    by_ethnicity: Rows
    by_borough: Rows
    names: dict[str, str]
    peers: tuple[Peer, list[Peer]] | None
    peer_rows: Rows
    rebases: list[Rebase]
    trajectories: list[Trajectory]

    @property
    def is_share(self) -> bool:
        """A share of people or rows, so that a funnel of proportions is right."""
        details = self.info.details
        return not (details.get("is_rate") or details.get("is_ratio") or details.get("sum_column"))

    @property
    def points(self) -> list[tuple[datetime.date, float]]:
        """The dates with a number, in order."""
        return [(day, row.value) for day, row in self.series if row is not None and row.value is not None]


@dataclass(frozen=True)
class Line:
    """One measure of a dashboard, view or pack for one group."""

    info: DefinitionInfo
    now: MeasureRow | None
    before: MeasureRow | None
    """On the date before, of the same release."""
    above: MeasureRow | None
    """The body directly above the group."""
    whole: MeasureRow | None


@dataclass(frozen=True)
class Page:
    """Lines for one group."""

    title: str
    group: Group
    lines: list[Line]
    every: int
    """How many there are before the filter."""
    release: ReleaseInfo
    before_as_at: datetime.date | None


@dataclass(frozen=True)
class Index:
    """The first page of measures."""

    dashboards: list[Dashboard]
    kind: str
    code: str
    name: str
    views: list[SavedView]
    groups: list[PracticeGroup]

    @property
    def general(self) -> Dashboard | None:
        """The dashboard to open a group with."""
        return general(self.dashboards)

    @property
    def sections(self) -> list[tuple[str, list[Dashboard]]]:
        """Dashboards by section, in the order of the data file."""
        found: dict[str, list[Dashboard]] = {}
        for one in self.dashboards:
            found.setdefault(one.section, []).append(one)
        return list(found.items())


def index(*, by: Actor) -> Index:
    """Every dashboard, the actor's own place, and what people keep."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    ladder = Ladder.of(reader)
    kind, code = ladder.start(by)
    from commonweal.web.leads import saved_views

    return Index(
        dashboards(reader.definitions()), kind, code, ladder.name(code), saved_views.listed(by=by),
        own_groups.listed(by=by),
    )  # fmt: skip


def dashboard(*, by: Actor, dashboard_id: str, kind: str, code: str, show: str = "") -> tuple[Dashboard, Page]:
    """One dashboard for one group: each measure with its own value, the one before, and the system's."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    found = next((one for one in dashboards(reader.definitions()) if one.id == dashboard_id), None)
    if found is None:
        raise NotReady("there is no such dashboard", remedy="choose one from the list")
    group = group_of(by, reader, kind, code)
    page = _page(reader, found.title, group, found.measures, show)
    _record(by, reader, f"dashboard:{dashboard_id} {kind}:{code}", len(page.lines))
    return found, page


def view(*, by: Actor, view_id: str, show: str | None = None) -> tuple[SavedView, Page]:
    """A saved view. Raises `NotReady` where its group is not the reader's to see."""
    found = keeping.one(by, SavedView, view_id)
    reader = releases.reader(PURPOSE)
    version = found.version
    known = {one.id: one for one in reader.definitions() if one.computable}
    group = group_of(by, reader, version.group_kind, version.group_code)  # type: ignore[attr-defined]
    measures = tuple(known[one] for one in version.measures if one in known)  # type: ignore[attr-defined]
    page = _page(reader, found.title, group, measures, version.show if show is None else show)  # type: ignore[attr-defined]
    _record(by, reader, f"view:{found.pk}", len(page.lines))
    return found, page


def group_rows(*, by: Actor, kind: str, code: str) -> Page:
    """Every computed measure for one group beside its network or borough and the system: what a pack holds."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    group = group_of(by, reader, kind, code)
    measures = tuple(one for one in reader.definitions("measure") if one.computable)
    page = _page(reader, group.name, group, measures, "", with_nobody=False)
    _record(by, reader, f"pack {kind}:{code}", len(page.lines))
    return page


def measure(*, by: Actor, measure_id: str, kind: str, code: str) -> MeasurePage:
    """One measure for one group. Raises `NotReady` where this release does not compute it."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    ladder = Ladder.of(reader)
    group = group_of(by, reader, kind, code, ladder)
    found = page_of(reader, ladder, measure_id, group)
    peers = similar.peers(reader, kind, code)
    earlier = movement.earlier(reader, found.info)
    beside = {}
    if peers:
        beside = found.practices if kind == "practice" else rows_of(reader, measure_id, kind, found.release.as_at)
    _record(by, reader, f"{MEASURE_LOOK}{measure_id} {kind}:{code}", len(group.children))
    return replace(
        found, earlier=earlier,
        earlier_row=numbers.number_of(earlier.reader(), found.info, group, earlier.as_at).row if earlier else None,
        peers=peers, peer_rows={one.code: beside[one.code] for one in peers[1] if one.code in beside} if peers else {},
        trajectories=trajectory.of_measure(by=by, measure_id=measure_id),
    )  # fmt: skip


def page_of(reader: Reader, ladder: Ladder, measure_id: str, group: Group) -> MeasurePage:
    """What the release itself says of a measure for one group: without peers, targets and the release before."""
    info, release = computed(reader, measure_id), reader.release()
    kinds = ("practice", numbers.kind_of(group), group.below, *ROWS_BESIDE)
    numbers.fetch(reader, measure_id, kinds, release.as_at)
    series = series_of(reader, info, group)
    now = numbers.number_of(reader, info, group, release.as_at)
    practices = rows_of(reader, measure_id, "practice", release.as_at)
    below = practices if group.below == "practice" else {}
    if group.below and group.below != "practice":
        below = rows_of(reader, measure_id, group.below, release.as_at)
    return MeasurePage(
        info, release, group, now.row, now.left_out, series[-2][1] if len(series) > 1 else None,
        series[-2][0] if len(series) > 1 else None, None, None,
        rows_of(reader, measure_id, "all", release.as_at).get("all"), series, practices,
        {one: row for one, row in below.items() if one in group.children},
        rows_of(reader, measure_id, "imd_quintile", release.as_at), rows_of(reader, measure_id, "ethnic_group", release.as_at),
        rows_of(reader, measure_id, "residence_borough", release.as_at), ladder.names, None, {},
        rebases.of(measure_id, group.kind, group.code), [],
    )  # fmt: skip


MEASURE_LOOK = "measure:"
"""How the audit's object of a look at a measure begins; the measure and ``kind:code`` of the group follow."""
ROWS_BESIDE = ("all", "imd_quintile", "ethnic_group", "residence_borough")
"""The groups beside the ladder's that the page of a measure shows."""
ROWS_BY = ("all", "borough", "neighbourhood", "pcn", "practice", "imd_quintile", "ethnic_group", "residence_borough")
"""The groups that the page of a measure shows."""


def measures(*, by: Actor) -> list[DefinitionInfo]:
    """What the release computes and counts, by title."""
    check_can(by, "measures.see")
    found = [one for one in releases.reader(PURPOSE).definitions() if one.computable and one.kind in COUNTED]
    return sorted(found, key=lambda one: one.title)


def measure_rows(
    *, by: Actor, measure_id: str, group_kind: str, as_at: datetime.date | None = None
) -> tuple[DefinitionInfo, ReleaseInfo, datetime.date, list[MeasureRow], dict[str, str]]:
    """A measure by one kind of group on one of the release's dates (its own where none is named), with the groups' names."""
    check_can(by, "measures.see")
    reader = releases.reader(PURPOSE)
    info, release = computed(reader, measure_id), reader.release()
    if group_kind not in ROWS_BY:
        raise BadInput("a measure is not counted by that", value=group_kind, remedy=f"one of {', '.join(ROWS_BY)}")
    dates = [day for day in reading.as_at_dates(reader) if day <= release.as_at]
    day = as_at or release.as_at
    if day not in dates:
        held = ", ".join(one.isoformat() for one in dates)
        raise BadInput("the release holds no measures of that day", value=day.isoformat(), remedy=f"one of {held}")
    rows = rows_of(reader, measure_id, group_kind, day)
    _record(by, reader, f"measure:{measure_id} by {group_kind}", len(rows))
    return info, release, day, list(rows.values()), Ladder.of(reader).names


def series_of(reader: Reader, info: DefinitionInfo, group: Group) -> list[tuple[datetime.date, MeasureRow | None]]:
    """A measure of a group on each date that the release holds, its own last."""
    as_at = reader.release().as_at
    dates = [day for day in reading.as_at_dates(reader) if day <= as_at]
    return [(day, one.row) for day, one in numbers.over_time(reader, info, group, dates)]


def group_of(by: Actor, reader: Reader, kind: str, code: str, ladder: Ladder | None = None) -> Group:
    """A rung of the ladder, or a group that somebody put together and `by` may see."""
    ladder = ladder or Ladder.of(reader)
    return own_groups.as_group(by=by, ladder=ladder, group_id=code) if kind == OWN else ladder.group(kind, code)


def computed(reader: Reader, measure_id: str) -> DefinitionInfo:
    """A measure, register or flag that the release computes."""
    found = next((one for one in reader.definitions() if one.id == measure_id), None)
    if found is None or not found.computable or found.kind not in COUNTED:
        raise NotReady("this release has no such measure", remedy="choose one from a dashboard")
    return found


def _page(
    reader: Reader, title: str, group: Group, measures: tuple[DefinitionInfo, ...], show: str, with_nobody: bool = True
) -> Page:
    release = reader.release()
    earlier = [day for day in reading.as_at_dates(reader) if day < release.as_at]
    parent = group.above[-1] if group.above else None
    shown = [*numbers.groups_of(group), WHOLE, *([parent[:2]] if parent else [])]
    days = [release.as_at, *earlier[-1:]]
    held = numbers.table(reader, [one.id for one in measures], dict.fromkeys(shown), days)
    lines = []
    for info in measures:
        now = numbers.number_in(reader, info, group, held, release.as_at)
        if not with_nobody and (now is None or (now.value is None and not now.denominator and not now.state)):
            continue
        lines.append(
            Line(
                info, now, numbers.number_in(reader, info, group, held, earlier[-1]) if earlier else None,
                held.get((info.id, *parent[:2], release.as_at)) if parent else None,
                held.get((info.id, *WHOLE, release.as_at)),
            )
        )  # fmt: skip
    chosen = [one for one in lines if kept(show, one)]
    return Page(title, group, chosen, len(lines), release, earlier[-1] if earlier else None)


def _record(by: Actor, reader: Reader, what: str, count: int) -> None:
    audit.record(by, purpose=PURPOSE, action="count", object=what, result_count=count, release_id=reader.release().id)
