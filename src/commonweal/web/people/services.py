"""One person: who may look, and what they see. Every look is audited before it is answered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases, scopes
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.people import access as emergency
from commonweal.web.people import corrections, identities, plans, preferences
from commonweal.web.people.identities import Identity
from commonweal.web.people.models import CarePlan, CorrectionRequest, EmergencyAccess, StatedPreference
from commonweal.web.people.relationships import Relationship, relationship, rests_on_rows
from commonweal.web.people.touching import Touching, plans_for

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, Explanation, History, PersonSummary, TimelineItem
    from commonweal.engine.evidence import Evidence
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.engine.serving import Reader

PURPOSE = "direct_care"
Columns = Mapping[str, tuple[str, ...]]
GROUND: Columns = {"referral": ("service_type",), "contact": (), "care_package": ("funder",)}
"""What a relationship other than registration rests on."""
SUMMARY: Columns = {
    "event": (), "medication": ("repeat",),
    "contact": ("treatment_function_code", "consultation_medium", "attendance_status"),
    "referral": ("treatment_function_code", "service_type", "priority"),
    "wait": ("pathway_key", "snapshot_date", "treatment_function_code"),
    "care_package": ("review_date", "funder"),
}  # fmt: skip
"""The tables that the summary speaks of and, of each, the columns beside those of every item."""

NOTHING: Columns = {}
Reasons = Mapping[str, "tuple[Evidence, ...]"]
"""Flag to the evidence that puts one person on it."""


@dataclass(frozen=True)
class Look:
    """One permitted look at one person."""

    summary: PersonSummary
    identity: Identity
    items: list[TimelineItem]
    """Of the tables that the look was about; none where it was about none."""
    relationship: Relationship | None
    access: EmergencyAccess | None
    """The broken glass, where there is no relationship."""
    withheld: int
    """How many rows of those tables the source marked as confidential."""
    definitions: dict[str, DefinitionInfo]
    organisations: dict[str, str]
    corrections: list[CorrectionRequest]
    release: ReleaseInfo
    plans: list[CarePlan]
    preferences: list[StatedPreference]


def find(*, by: Actor, number: str) -> str | None:
    """The person of this NHS number if `by` may look at them; None for a stranger and for nobody alike."""
    check_can(by, "people.look")
    person_id = identities.find(number, by=by)
    # A number that leads to nobody is looked into as well, at somebody: else the time would tell that it is a stranger's.
    may = may_look(by=by, person_id=person_id or reading.somebody(releases.reader(PURPOSE)))
    return person_id if may else None


def person_with_number(*, by: Actor, number: str) -> str:
    """The person of this NHS number, for breaking the glass. Raises `NotReady` where the record knows nobody."""
    check_can(by, "people.break_glass")
    found = identities.find(number, by=by)
    if found is None:
        raise NotReady("the record holds nobody with that NHS number", remedy="check the number with the person")
    return found


def may_look(*, by: Actor, person_id: str) -> bool:
    """Whether there is a relationship or an open emergency access now."""
    return _ground(by, releases.reader(PURPOSE), person_id) is not None


def look(*, by: Actor, person_id: str, what: str, wanted: Columns | None = NOTHING) -> Look | None:
    """A look at one person; None where there is no ground for it, or no such person.

    `wanted` names the tables of the record that the page shows; None is everything that a timeline shows.
    """
    check_can(by, "people.look")
    reader = releases.reader(PURPOSE)
    ground = _ground(by, reader, person_id, wanted)
    if ground is None:
        audit.record(by, purpose=PURPOSE, action="look refused", subject=person_id[:64], object=what)
        return None
    summary, history, related, access = ground
    release = reader.release()
    reason = related.words if related else f"access:{access.pk}" if access else ""
    audit.record(
        by, purpose=PURPOSE, action="look", subject=person_id, object=what, reason=reason, release_id=release.id
    )
    identity = identities.names_of([person_id], by=by, reason=reason, fields=identities.EVERYTHING)[person_id]
    return Look(
        summary, identity, history.items, related, access, history.withheld,
        {one.id: one for one in reader.definitions()},
        {**reading.organisation_names(reader), **reading.place_names(reader)}, corrections.of_person(person_id), release,
        plans.of_person(person_id), preferences.of_person(person_id),
    )  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """One person in short, for the page and for a program: a look, and why they are on each of their lists."""

    look: Look
    reasons: Reasons
    touching: list[Touching]
    """Plans of the system that touch them; none where they were not asked for, or are not the reader's to see."""


def summary(*, by: Actor, person_id: str, what: str, with_plans: bool = False) -> Summary | None:
    """The summary of one person; None where there is no ground for it, or no such person. One look in the audit."""
    found = look(by=by, person_id=person_id, what=what, wanted=SUMMARY)
    if found is None:
        return None
    reader = releases.reader(PURPOSE)
    reasons = reader.reasons(found.summary)
    plans_ = plans_for(by=by, reader=reader, person=found.summary, known=found.definitions) if with_plans else []
    return Summary(found, reasons, plans_)


def timeline(
    *, by: Actor, person_id: str, keeps: Callable[[TimelineItem, datetime.date], bool]
) -> tuple[Look, list[TimelineItem]] | None:
    """A look, and those of its items that `keeps` keeps (given the release's date)."""
    found = look(by=by, person_id=person_id, what="timeline", wanted=None)
    if found is None:
        return None
    return found, [one for one in found.items if keeps(one, found.release.as_at)]


@dataclass(frozen=True)
class Wishes:
    """What one person wants, their care plans, and the system's plans that touch them."""

    look: Look
    held: list[tuple[str, str, datetime.date, datetime.date | None]]
    """From the sources: kind, value, from, until."""
    touching: list[Touching]


def wishes(*, by: Actor, person_id: str) -> Wishes | None:
    """Preferences, care plans and plans of the system, for the page of plans."""
    found = look(by=by, person_id=person_id, what="plans")
    if found is None:
        return None
    reader = releases.reader(PURPOSE)
    return Wishes(
        found, reading.preferences(reader, person_id),
        plans_for(by=by, reader=reader, person=found.summary, known=found.definitions),
    )  # fmt: skip


def plans_due(*, by: Actor) -> list[tuple[CarePlan, Identity]]:
    """Care plans to review soon, of people whom the actor's organisation still looks after, with their names."""
    found = plans.due(by=by, today=today())
    ours = reading.people(releases.reader(PURPOSE), [one.person_id for one in found], scopes.scope_of_care(by))
    shown = [one for one in found if one.person_id in ours]
    names = identities.names_of([one.person_id for one in shown], by=by, reason="care plans to review")
    return [(one, names[one.person_id]) for one in shown]


def explain(*, by: Actor, person_id: str, definition_id: str) -> tuple[Look, Explanation] | None:
    """Why a person is, or is not, on a list."""
    found = look(by=by, person_id=person_id, what=f"why:{definition_id}")
    if found is None:
        return None
    info = found.definitions.get(definition_id)
    if info is None or not info.computable:
        raise NotReady("this release has no such list")
    return found, releases.reader(PURPOSE).explain(definition_id, person_id)


def break_glass(*, by: Actor, person: Callable[[], str], reason: str, words: str, once: str) -> str:
    """Open an emergency access to somebody of the release, and return who it is."""
    check_can(by, "people.break_glass")
    if len(words.split()) < emergency.FEWEST_WORDS:
        raise BadInput("Say in a few words why you need to see this person")
    person_id = person()
    if not reading.people(releases.reader(PURPOSE), [person_id]):
        raise NotReady("the record holds nobody like that", remedy="check whom you are looking for")
    emergency.break_glass(by=by, person_id=person_id, reason=reason, words=words, once=once)
    return person_id


def ask_correction(*, by: Actor, found: Look, item: str, words: str) -> CorrectionRequest:
    """Ask the person's practice for a correction."""
    return corrections.ask(
        by=by,
        person_id=found.summary.person_id,
        practice_code=found.summary.practice_code or "",
        item=item,
        words=words,
    )


def _ground(
    by: Actor, reader: Reader, person_id: str, wanted: Columns | None = NOTHING
) -> tuple[PersonSummary, History, Relationship | None, EmergencyAccess | None] | None:
    """The person, what the record holds of the tables that are wanted, and why `by` may look; None where they may not."""
    try:
        summary = reader.person(person_id)
    except (BadInput, NotReady, NotAllowed):
        return None
    if wanted is not None and rests_on_rows(by):
        wanted = {**wanted, **{table: (*also, *wanted.get(table, ())) for table, also in GROUND.items()}}
    history = reader.history(summary.person_key, wanted)
    related = relationship(by, summary, history.items, reader.release().as_at)
    access = None if related else emergency.open_access(by, person_id)
    return (summary, history, related, access) if related or access else None


def today() -> datetime.date:
    """Today where the service is."""
    return timezone.localdate()
