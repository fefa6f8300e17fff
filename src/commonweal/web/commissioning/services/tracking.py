"""The one tracker: targets and milestones that people enter, who owns each, figures with their source, evidence."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import tracker
from commonweal.commissioning.targets import Target as Plain
from commonweal.commissioning.targets import check_due, period_end
from commonweal.commissioning.tracker import Progress
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Milestone, MilestoneChange, Reading, Target
from commonweal.web.commissioning.services import register, targets
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PAGE_LENGTH = 50
ORDER = (
    Progress.OVERDUE, Progress.NO_OWNER, Progress.DUE, Progress.UNDATED, Progress.DONE_LATE, Progress.DONE,
)  # fmt: skip


def next_reference(due: str) -> str:
    """A reference that no target has, such as ``t-2627-004``."""
    ends = period_end(due) if due else None
    start = ends.year - (1 if ends.month <= 3 else 0) if ends else timezone.localdate().year
    stem = f"t-{start % 100:02d}{(start + 1) % 100:02d}-"
    number = Target.objects.filter(reference__startswith=stem).count() + 1
    while Target.objects.filter(reference=f"{stem}{number:03d}").exists():
        number += 1
    return f"{stem}{number:03d}"


@transaction.atomic
def create_target(*, by: Actor, target: Plain, measure_decides: bool = False, carried_from: str = "") -> Target:
    """A new target or indicator. Its owner is asked for: nobody's target is nobody's work."""
    check_can(by, "commissioning.edit")
    if not target.owner.strip():
        raise BadInput("name who owns the target", where=target.indicator)
    check_due(target.due)
    targets.check_measure(target.measure_id, target.indicator)
    if carried_from and not Target.objects.filter(reference=carried_from).exists():
        raise NotReady("there is no such target to set again", value=carried_from)
    row = Target.objects.create(
        reference=next_reference(target.due),
        programme=target.programme,
        indicator=target.indicator,
        population=target.population,
        statistic=target.statistic,
        direction=target.direction,
        value=target.value,
        baseline_value=target.baseline_value,
        baseline_period=target.baseline_period,
        due=target.due,
        data_domain=target.data_domain,
        target_type="trend" if target.value is None else "quantified",
        trajectory=[[day.isoformat(), str(level)] for day, level in target.trajectory],
        measure_id=target.measure_id,
        place_code=target.place_code,
        live_decides=measure_decides and bool(target.measure_id),
        owner=target.owner,
        note=target.note,
        carried_from=carried_from,
    )
    audit.record(by, purpose="planning", action="enter target", object=f"target:{row.reference}")
    return row


@transaction.atomic
def create_milestone(
    *,
    by: Actor,
    title: str,
    owner: str,
    due: datetime.date | None,
    intention: str = "",
    target: str = "",
    programme: str = "",
) -> Milestone:
    """A new milestone, of an intention or a target or of a programme by itself."""
    check_can(by, "commissioning.edit")
    for_intention = register.get(by=by, reference=intention) if intention else None
    for_target = targets.get(by=by, reference=target).target if target else None
    named = next((one.programme for one in (for_intention, for_target) if one is not None), "")
    row = Milestone.objects.create(
        title=title,
        owner=owner,
        due=due,
        intention=for_intention,
        target=for_target,
        programme=programme or named,
    )
    audit.record(by, purpose="planning", action="enter milestone", object=f"milestone:{row.pk}")
    return row


@transaction.atomic
def assign_milestone(*, by: Actor, milestone_id: int, owner: str, due: datetime.date | None, reason: str) -> Milestone:
    """Give a milestone an owner or another date. A date that moves needs its reason; both dates stay on record."""
    check_can(by, "commissioning.edit")
    row = Milestone.objects.select_for_update().filter(pk=milestone_id).first()
    if row is None:
        raise NotReady("there is no such milestone")
    if row.done_on is not None:
        raise BadInput("this milestone is done already", where=row.title)
    if row.due is not None and due != row.due and not reason.strip():
        raise BadInput("say why the date moves", where=row.title)
    for field, before, now in (("owner", row.owner, owner), ("due", row.due, due)):
        if before != now:
            said = "" if before is None else str(before)
            held = "" if now is None else str(now)
            MilestoneChange.objects.create(
                milestone=row, field=field, before=said, now=held, reason=reason, by_id=by.user_id
            )
    row.owner, row.due = owner, due
    row.save(update_fields=["owner", "due"])
    audit.record(by, purpose="planning", action="assign milestone", object=f"milestone:{row.pk}")
    return row


@transaction.atomic
def complete_milestone(*, by: Actor, milestone_id: int, done_on: datetime.date, evidence: str) -> Milestone:
    """Mark a milestone as done, with its evidence."""
    check_can(by, "commissioning.edit")
    row = Milestone.objects.select_for_update().filter(pk=milestone_id).first()
    if row is None:
        raise NotReady("there is no such milestone")
    tracker.check_done(row.plain(), done_on=done_on, evidence=evidence, as_at=timezone.localdate())
    row.done_on, row.evidence = done_on, evidence
    row.save(update_fields=["done_on", "evidence"])
    audit.record(by, purpose="planning", action="complete milestone", object=f"milestone:{row.pk}")
    return row


@transaction.atomic
def enter_reading(*, by: Actor, reference: str, day: datetime.date, value: float, source: str) -> None:
    """A figure that the record cannot give, with where it comes from."""
    check_can(by, "commissioning.edit")
    row = targets.get(by=by, reference=reference).target
    if day > timezone.localdate():
        raise BadInput("a reading cannot be of the future", where=reference, value=day.isoformat())
    if not source.strip():
        raise BadInput("say where the figure comes from", where=reference)
    Reading.objects.create(target=row, day=day, value=value, source=source, by_id=by.user_id)
    audit.record(by, purpose="planning", action="enter reading", object=f"target:{reference}")


def get_milestone(*, by: Actor, milestone_id: int) -> Milestone:
    """One line of the tracker."""
    check_can(by, "commissioning.see")
    row = Milestone.objects.filter(pk=milestone_id).first()
    if row is None:
        raise NotReady("there is no such milestone")
    return row


@dataclass(frozen=True)
class MilestonePage:
    """One page of milestones, and how many of the programme stand where."""

    rows: list[tuple[Milestone, Progress]]
    total: int
    page: int
    pages: int
    counts: list[tuple[str, int]]


def milestones(*, by: Actor, programme: str = "", progress: str = "", number: int = 1) -> MilestonePage:
    """Milestones with their progress, the overdue first."""
    check_can(by, "commissioning.see")
    today = timezone.localdate()
    rows = Milestone.objects.select_related("intention", "target").prefetch_related("changes")
    if programme:
        rows = rows.filter(programme=programme)
    found = [(row, tracker.progress(row.plain(), as_at=today)) for row in rows]
    counts = [(one.value, sum(state is one for _, state in found)) for one in ORDER]
    fitting = [pair for pair in found if not progress or pair[1].value == progress]
    fitting.sort(key=lambda pair: (ORDER.index(pair[1]), pair[0].due or datetime.date.max, pair[0].pk))
    pages = max(1, -(-len(fitting) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    shown = fitting[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return MilestonePage(shown, len(fitting), number, pages, [pair for pair in counts if pair[1]])


def milestone_programmes(*, by: Actor) -> list[str]:
    """Programmes that have milestones."""
    check_can(by, "commissioning.see")
    names = Milestone.objects.exclude(programme="").order_by().values_list("programme", flat=True).distinct()
    return sorted(names)


@dataclass(frozen=True)
class Indicator:
    """One indicator that people enter: its latest figure and where it stands."""

    tracked: targets.Tracked
    latest: Reading | None


@dataclass(frozen=True)
class IndicatorPage:
    """A page of indicators, and how many have a figure."""

    rows: list[Indicator]
    total: int
    page: int
    pages: int
    with_figures: int


def indicators(*, by: Actor, programme: str = "", domain: str = "", number: int = 1) -> IndicatorPage:
    """Indicators that no measure decides, those with figures first: workforce, estates, digital uptake and the like."""
    check_can(by, "commissioning.see")
    rows = Target.objects.exclude(target_type="milestone").filter(live_decides=False).prefetch_related(*targets.PARTS)
    if programme:
        rows = rows.filter(programme=programme)
    if domain:
        rows = rows.filter(data_domain=domain)
    held = sorted(rows, key=lambda row: (not row.readings.all(), row.pk))
    pages = max(1, -(-len(held) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    shown = held[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    made = [
        Indicator(targets.track(row), max(row.readings.all(), key=lambda one: (one.day, one.pk), default=None))
        for row in shown
    ]
    return IndicatorPage(made, len(held), number, pages, sum(bool(row.readings.all()) for row in held))


def set_again(row: Target, due: str) -> Plain:
    """The words of a target for a later year: its level stands, its history does not come along."""
    return replace(row.plain(), due=due, trajectory=(), source="", note=f"Set again from {row.reference}")
