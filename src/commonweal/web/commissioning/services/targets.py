"""Targets: where each stands, what it was when published, milestones and entered readings."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonweal.commissioning import followed, knowable, target_conflicts, tracker
from commonweal.commissioning.targets import Assessment, Status, assess, check_due, parse_trajectory
from commonweal.commissioning.targets import Reading as PlainReading
from commonweal.commissioning.targets import Target as PlainTarget
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Intention, Target, TargetChange
from commonweal.web.commissioning.services import live
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PAGE_LENGTH = 50
PARTS = ("readings", "changes", "milestones")
FIRST = (Status.OFF_TRACK, Status.MISSED, Status.NOT_MET, Status.ON_TRACK, Status.MET, Status.UNKNOWN)
"""What somebody can act on stands first, and what cannot be known last."""
CHANGEABLE = ("value", "due", "owner", "measure_id", "trajectory", "baseline_value", "baseline_period")


@dataclass(frozen=True)
class Tracked:
    """One target with its answer."""

    target: Target
    assessment: Assessment
    live: live.LiveValue | None
    changed: bool
    remedy: str = ""
    """What would make an unknown status knowable."""
    today: str = ""
    """Where today's figure stands beside the level of a target that is past or not judged by it."""
    why: knowable.Why | None = None
    """The kind of reason where the status cannot be known."""
    readings: tuple[PlainReading, ...] = ()
    """The figures that it is judged by, measured and entered, in order of their days."""


@dataclass(frozen=True)
class Page:
    """One page of the targets that fit, and how many of the document and programme stand where."""

    rows: list[Tracked]
    total: int
    page: int
    pages: int
    summary: list[tuple[str, int]]
    unknown: list[tuple[knowable.Why, int]]
    """How many cannot be known for each kind of reason, the most first."""


def tracked(*, by: Actor, source: str = "", programme: str = "") -> list[Tracked]:
    """Targets with their status today."""
    check_can(by, "commissioning.see")
    return [track(row) for row in _fitting(source, programme)]


def page(*, by: Actor, source: str = "", programme: str = "", status: str = "", why: str = "", number: int = 1) -> Page:
    """One page of the targets with their status today; a page beyond the last is the last.

    What a status is counted from is kept by content, release and day: only the page's own rows are worked out in words.
    """
    check_can(by, "commissioning.see")
    release, today = releases.mark(), timezone.localdate()
    within = (str(settings.STORE.root), release.id if release else "", today)
    held = {row.pk: _standing(row, within) for row in _fitting(source, programme)}
    fitting = [
        pk
        for pk, (one, reason) in sorted(held.items(), key=lambda pair: (FIRST.index(pair[1][0]), pair[0]))
        if status in ("", one.value) and (not why or (reason and reason.name == why))
    ]
    pages = max(1, -(-len(fitting) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    shown = fitting[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    known = Target.objects.prefetch_related(*PARTS).in_bulk(shown)
    statuses, reasons = (
        Counter(one for one, _ in held.values()),
        Counter(reason for _, reason in held.values() if reason),
    )
    summary = [(one.value, statuses[one]) for one in Status]
    return Page([track(known[pk]) for pk in shown], len(fitting), number, pages, summary, reasons.most_common())


def _fitting(source: str, programme: str) -> QuerySet[Target]:
    rows = Target.objects.prefetch_related(*PARTS)
    if source:
        rows = rows.filter(source="" if source == "here" else source)
    return rows.filter(programme=programme) if programme else rows


Standing = tuple[Status, knowable.Why | None]
_standings: dict[tuple, Standing] = {}
MOST_KEPT = 20_000


def _standing(row: Target, within: tuple) -> Standing:
    """Where a target stands and the kind of reason where that cannot be known. Kept for the same words, readings, store, release
    and day, so a change is seen at once."""
    readings = tuple((reading.pk, reading.day, reading.value) for reading in row.readings.all())
    milestones = tuple((one.pk, one.owner, one.due, one.done_on) for one in row.milestones.all())
    key = (repr(row.plain()), row.live_decides, readings, milestones, within)
    if key not in _standings:
        if len(_standings) >= MOST_KEPT:
            _standings.clear()
        found = track(row)
        _standings[key] = (found.assessment.status, found.why)
    return _standings[key]


def track(row: Target, purpose: str = "planning") -> Tracked:
    """Where one target stands today, and why, in figures that may be shown for `purpose`."""
    today, changed = timezone.localdate(), bool(row.changes.all())
    if row.target_type == "milestone":
        milestone = min(row.milestones.all(), key=lambda one: one.pk, default=None)
        if milestone is not None:
            answer = tracker.status_of(milestone.plain(), as_at=today)
            explained = knowable.explain(row.plain(), answer, None)
            return Tracked(row, explained.assessment, None, changed, explained.remedy, why=explained.why)
    value = live.value(row.measure_id, purpose, row.place_code) if row.measure_id else None
    nearest = _nearest(row, value, purpose)
    by_day = {reading.day: PlainReading(reading.day, reading.value) for reading in row.readings.all()}
    plain = row.plain()
    if nearest is not None and nearest.same and value is not None:
        figures = dict(live.series(row.measure_id, purpose, row.place_code))
        if value.level is not None:
            figures[value.as_at] = value.level
        by_day |= {day: PlainReading(day, level) for day, level in figures.items()}
    readings = tuple(sorted(by_day.values(), key=lambda one: one.day))
    explained = knowable.explain(plain, assess(plain, readings, as_at=today), nearest)
    return Tracked(
        row, explained.assessment, value, changed, explained.remedy, explained.today, explained.why, readings
    )


def _nearest(row: Target, value: live.LiveValue | None, purpose: str) -> knowable.Nearest | None:
    """What the release holds of the measure that is named beside a target."""
    if not row.measure_id:
        return None
    same = row.live_decides and (value is None or live.comparable(row.statistic, value))
    points = live.series(row.measure_id, purpose, row.place_code)
    return knowable.Nearest(
        live.title(row.measure_id),
        value.words if value else "not computed",
        value.level if value else None,
        same,
        min((day for day, _ in points), default=None),
        live.why_not(row.measure_id) if value is None else "",
    )


def programmes(*, by: Actor) -> list[str]:
    """Programmes that have targets. Raises `NotAllowed`."""
    check_can(by, "commissioning.see")
    return sorted(Target.objects.order_by().values_list("programme", flat=True).distinct())


def get(*, by: Actor, reference: str) -> Tracked:
    """One target and where it stands. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "commissioning.see")
    row = Target.objects.filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such target", value=reference, remedy="look at the targets page")
    return track(row)


def standing(references: list[str], purpose: str) -> list[Tracked]:
    """These targets with where each stands, under the disclosure rule of `purpose`; for papers, which are made of what is shared."""
    rows = Target.objects.filter(reference__in=references).prefetch_related(*PARTS)
    return [track(row, purpose) for row in rows]


def of_intention(intention: Intention) -> list[Tracked]:
    """The targets that an intention names."""
    named = [*intention.target_ids, *followed.targets_of(intention.reference)]
    return [track(row) for row in Target.objects.filter(reference__in=named)]


def of_measure(*, by: Actor, measure_id: str) -> list[Tracked]:
    """The targets that name a measure as nearest to them; those whose own quantity it is come first."""
    check_can(by, "commissioning.see")
    found = Target.objects.filter(measure_id=measure_id).prefetch_related(*PARTS)
    return [track(row) for row in sorted(found, key=lambda row: (not row.live_decides, row.due, row.reference))]


def intentions_of(target: Target) -> list[Intention]:
    """The intentions that name a target."""
    following = followed.intentions_of(target.reference)
    if following:
        return list(Intention.objects.filter(reference__in=following))
    return [row for row in Intention.objects.exclude(target_ids=[]) if target.reference in row.target_ids]


def set_again_as(target: Target) -> list[Target]:
    """Later targets that set this one again."""
    return list(Target.objects.filter(carried_from=target.reference))


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
    setattr(row, field, _as_held(field, value, reference))
    if field == "measure_id":
        row.live_decides = bool(value)
    row.save(update_fields=[field, "live_decides"])
    if row.published_on is not None:
        TargetChange.objects.create(
            target=row,
            field=field,
            published=_as_words(before)[:300],
            now=value[:300],
            reason=reason,
            by_id=by.user_id,
        )
    audit.record(by, purpose="planning", action="change target", object=f"target:{reference}", reason="")
    return row


def _as_held(field: str, value: str, reference: str) -> object:
    """A typed value as the row holds it; refused with what to write where it cannot be read."""
    if field in {"value", "baseline_value"}:
        try:
            return Decimal(value) if value else None
        except ArithmeticError as error:
            raise BadInput("this is not a number", where=reference, value=value) from error
    if field == "due":
        check_due(value)
    if field == "measure_id":
        check_measure(value, reference)
    if field == "trajectory":
        return [[day.isoformat(), str(level)] for day, level in parse_trajectory(value)]
    return value


def _as_words(held: object) -> str:
    if isinstance(held, list):
        return "; ".join(" ".join(step) for step in held)
    return "" if held is None else str(held)


def check_measure(measure_id: str, where: str) -> None:
    """Refuse a measure that the release does not hold; with nothing released any id is taken."""
    known = live.measures()
    if measure_id and known and measure_id not in dict(known):
        raise BadInput(
            "the release computes no such measure", where=where, value=measure_id, remedy="choose from the list"
        )
