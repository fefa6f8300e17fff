"""Targets: where each stands, what it was when published, milestones and entered readings."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonweal.commissioning import target_conflicts, tracker
from commonweal.commissioning.targets import Assessment, Status, assess
from commonweal.commissioning.targets import Reading as PlainReading
from commonweal.commissioning.targets import Target as PlainTarget
from commonweal.commissioning.tracker import Progress
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Intention, Milestone, Reading, Target, TargetChange
from commonweal.web.commissioning.services import live
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PAGE_LENGTH = 50
CHANGEABLE = ("value", "due", "owner", "measure_id", "trajectory", "baseline_value", "baseline_period")


@dataclass(frozen=True)
class Tracked:
    """One target with its answer."""

    target: Target
    assessment: Assessment
    live: live.LiveValue | None
    changed: bool


@dataclass(frozen=True)
class Page:
    """One page of the targets that fit, and how many of the document and programme stand where."""

    rows: list[Tracked]
    total: int
    page: int
    pages: int
    summary: list[tuple[str, int]]


def tracked(*, by: Actor, source: str = "", programme: str = "") -> list[Tracked]:
    """Targets with their status today."""
    check_can(by, "commissioning.see")
    return [_track(row) for row in _fitting(source, programme)]


def page(*, by: Actor, source: str = "", programme: str = "", status: str = "", number: int = 1) -> Page:
    """One page of the targets with their status today; a page beyond the last is the last.

    What a status is counted from is kept by content, release and day: only the page's own rows are worked out in words.
    """
    check_can(by, "commissioning.see")
    release, today = releases.mark(), timezone.localdate()
    within = (str(settings.STORE.root), release.id if release else "", today)
    statuses = {row.pk: _status(row, within) for row in _fitting(source, programme)}
    fitting = [pk for pk, one in statuses.items() if not status or one.value == status]
    pages = max(1, -(-len(fitting) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    shown = fitting[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    rows = Target.objects.filter(pk__in=shown).prefetch_related("readings", "changes")
    summary = [(one.value, sum(held is one for held in statuses.values())) for one in Status]
    return Page([_track(row) for row in rows], len(fitting), number, pages, summary)


def _fitting(source: str, programme: str) -> QuerySet[Target]:
    rows = Target.objects.prefetch_related("readings", "changes")
    if source:
        rows = rows.filter(source=source)
    return rows.filter(programme=programme) if programme else rows


_statuses: dict[tuple, Status] = {}
MOST_KEPT = 20_000


def _status(row: Target, within: tuple) -> Status:
    """Where a target stands. Kept for the same words, readings, store, release and day, so a change is seen at once."""
    readings = tuple((reading.pk, reading.day, reading.value) for reading in row.readings.all())
    key = (repr(row.plain()), row.live_decides, readings, within)
    if key not in _statuses:
        if len(_statuses) >= MOST_KEPT:
            _statuses.clear()
        _statuses[key] = _track(row).assessment.status
    return _statuses[key]


def _track(row: Target) -> Tracked:
    entered = [PlainReading(reading.day, reading.value) for reading in row.readings.all()]
    by_day = {reading.day: reading for reading in entered}
    value = live.value(row.measure_id) if row.measure_id else None
    decides = value is not None and row.live_decides and live.comparable(row.statistic, value)
    plain = row.plain() if decides else replace(row.plain(), measure_id="")
    if decides and value is not None and value.level is not None:
        by_day[value.as_at] = PlainReading(value.as_at, value.level)
        due = plain.due_date
        if due is None or due > value.as_at:  # only a forecast needs the past
            by_day |= {day: PlainReading(day, level) for day, level in live.series(row.measure_id)}
    answer = assess(plain, list(by_day.values()), as_at=timezone.localdate())
    if decides and value is not None and value.level is None and not by_day:
        answer = replace(answer, reason=value.words)
    return Tracked(row, answer, value, bool(row.changes.all()))


def programmes(*, by: Actor) -> list[str]:
    check_can(by, "commissioning.see")
    return sorted(Target.objects.order_by().values_list("programme", flat=True).distinct())


def get(*, by: Actor, reference: str) -> Tracked:
    check_can(by, "commissioning.see")
    row = Target.objects.filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such target", value=reference, remedy="look at the targets page")
    return _track(row)


def standing(references: list[str]) -> list[Tracked]:
    """These targets with where each stands; for papers, which are made of what is shared."""
    rows = Target.objects.filter(reference__in=references).prefetch_related("readings", "changes")
    return [_track(row) for row in rows]


def of_intention(intention: Intention) -> list[Tracked]:
    """The targets that an intention names."""
    return [_track(row) for row in Target.objects.filter(reference__in=list(intention.target_ids))]


def of_measure(*, by: Actor, measure_id: str) -> list[Tracked]:
    """The targets that name a measure as nearest to them; those whose own quantity it is come first."""
    check_can(by, "commissioning.see")
    found = Target.objects.filter(measure_id=measure_id).prefetch_related("readings", "changes")
    return [_track(row) for row in sorted(found, key=lambda row: (not row.live_decides, row.due, row.reference))]


def intentions_of(target: Target) -> list[Intention]:
    """The intentions that name a target."""
    return [row for row in Intention.objects.exclude(target_ids=[]) if target.reference in row.target_ids]


def conflicts(*, by: Actor) -> list[target_conflicts.Conflict]:
    """Targets that cannot all be right."""
    check_can(by, "commissioning.see")
    return _conflicts(tuple(row.plain() for row in Target.objects.all()))


@lru_cache(maxsize=4)
def _conflicts(plain: tuple[PlainTarget, ...]) -> list[target_conflicts.Conflict]:
    """Every pair of targets is compared: the same targets once."""
    return target_conflicts.conflicts(plain)


@transaction.atomic
def change(*, by: Actor, reference: str, field: str, value: str, reason: str) -> Target:
    """Change a target. What was published stays on record beside the change, with the reason."""
    check_can(by, "commissioning.edit")
    if field not in CHANGEABLE:
        raise BadInput("this cannot be changed", where=reference, value=field, remedy=", ".join(CHANGEABLE))
    if not reason.strip():
        raise BadInput("say why the target changes", where=reference)
    row = Target.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such target", value=reference)
    before = getattr(row, field)
    new: object = value
    if field in {"value", "baseline_value"}:
        try:
            new = Decimal(value) if value else None
        except ArithmeticError as error:
            raise BadInput("this is not a number", where=reference, value=value) from error
    setattr(row, field, new)
    row.save(update_fields=[field])
    if row.published_on is not None:
        TargetChange.objects.create(
            target=row,
            field=field,
            published="" if before is None else str(before),
            now=value,
            reason=reason,
            by_id=by.user_id,
        )
    audit.record(by, purpose="planning", action="change target", object=f"target:{reference}", reason="")
    return row


@transaction.atomic
def enter_reading(*, by: Actor, reference: str, day: datetime.date, value: float, source: str) -> None:
    """A figure that the record cannot give, with where it comes from."""
    check_can(by, "commissioning.edit")
    row = get(by=by, reference=reference).target
    if day > timezone.localdate():
        raise BadInput("a reading cannot be of the future", where=reference, value=day.isoformat())
    if not source.strip():
        raise BadInput("say where the figure comes from", where=reference)
    Reading.objects.create(target=row, day=day, value=value, source=source, by_id=by.user_id)
    audit.record(by, purpose="planning", action="enter reading", object=f"target:{reference}")


def milestones(*, by: Actor) -> list[tuple[Milestone, Progress]]:
    """Every milestone with its progress, the overdue first."""
    check_can(by, "commissioning.see")
    today = timezone.localdate()
    rows = Milestone.objects.select_related("intention", "target")
    order = [Progress.OVERDUE, Progress.NO_OWNER, Progress.DUE, Progress.UNDATED, Progress.DONE_LATE, Progress.DONE]
    found = [(row, tracker.progress(row.plain(), as_at=today)) for row in rows]
    return sorted(found, key=lambda pair: (order.index(pair[1]), pair[0].due or datetime.date.max, pair[0].pk))


def get_milestone(*, by: Actor, milestone_id: int) -> Milestone:
    """One line of the tracker."""
    check_can(by, "commissioning.see")
    row = Milestone.objects.filter(pk=milestone_id).first()
    if row is None:
        raise NotReady("there is no such milestone")
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
