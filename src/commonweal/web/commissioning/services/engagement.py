"""Feedback, responses, events, assessments and scrutiny."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonweal.commissioning import assessments, engagement, scrutiny
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Assessment, Consultation, Event, Feedback, Response
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


def published_responses(*, source: str = "", theme: str = "") -> list[engagement.Response]:
    """What the public sees: what was said and answered here, the newest first, then the documents' own.

    Needs nobody signed in, and reaches nothing else.
    """
    rows = Response.objects.filter(published=True)
    if source:
        rows = rows.filter(source=source)
    if theme:
        rows = rows.filter(theme=theme)
    found = list(rows)
    here = sorted((row for row in found if not row.source), key=lambda row: -row.pk)
    return [row.plain() for row in [*here, *(row for row in found if row.source)]]


def summary(rows: list[engagement.Response]) -> list[engagement.ThemeCount]:
    """How each theme was answered, stated apart from inferred."""
    return engagement.by_theme(rows)


def themes() -> list[str]:
    """Themes of published responses."""
    return sorted(Response.objects.filter(published=True).order_by().values_list("theme", flat=True).distinct())


PAGE_LENGTH = 50


@dataclass(frozen=True)
class ResponsePage:
    """One page of answers."""

    rows: list[Response]
    total: int
    page: int
    pages: int


def responses(*, by: Actor, source: str = "", status: str = "", words: str = "", number: int = 1) -> ResponsePage:
    """Answers that fit, in the order of their documents, a page at a time."""
    check_can(by, "commissioning.see")
    rows = Response.objects.prefetch_related("intentions")
    if source:
        rows = rows.filter(source="" if source == "here" else source)
    if status:
        rows = rows.filter(status=status)
    for word in words.split():
        rows = rows.filter(Q(you_said__icontains=word) | Q(we_did__icontains=word) | Q(theme__icontains=word))
    total = rows.count()
    pages = max(1, -(-total // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    return ResponsePage(list(rows[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]), total, number, pages)


def events(*, by: Actor) -> tuple[list[Event], list[Event]]:
    """(to come, past): events with no day stand with the past."""
    check_can(by, "commissioning.see")
    today = timezone.localdate()
    rows = list(Event.objects.all())
    to_come = [row for row in rows if (last := row.ends or row.starts) is not None and last >= today]
    return sorted(to_come, key=lambda row: row.starts), [row for row in rows if row not in to_come]


@transaction.atomic
def add_event(
    *,
    by: Actor,
    event: str,
    audience: str,
    starts: datetime.date,
    ends: datetime.date | None,
    participants: int | None,
) -> Event:
    """An event of the calendar, planned or past."""
    check_can(by, "commissioning.edit")
    if ends is not None and ends < starts:
        raise BadInput("the event ends before it starts", value=ends.isoformat())
    number = Event.objects.filter(reference__startswith="e-new-").count() + 1
    row = Event.objects.create(
        reference=f"e-new-{number:03d}",
        event=event,
        audience=audience,
        starts=starts,
        ends=ends,
        participants=participants,
    )
    audit.record(by, purpose="planning", action="add event", object=f"event:{row.reference}")
    return row


def feedback(*, by: Actor) -> list[Feedback]:
    """All feedback with its response. Raises `NotAllowed`."""
    check_can(by, "commissioning.see")
    return list(Feedback.objects.select_related("response"))


@transaction.atomic
def add_feedback(
    *, by: Actor, said: str, heard_on: datetime.date | None, heard_at: str, place: str, theme: str
) -> Feedback:
    """Something that people said, without who said it."""
    check_can(by, "commissioning.edit")
    row = Feedback.objects.create(
        said=said, heard_on=heard_on, heard_at=heard_at, place=place, theme=theme, by_id=by.user_id
    )
    audit.record(by, purpose="planning", action="record feedback", object=f"feedback:{row.pk}")
    return row


@transaction.atomic
def respond(
    *,
    by: Actor,
    theme: str,
    you_said: str,
    we_did: str,
    status: str,
    why_not: str,
    intention_references: list[str],
    publish: bool,
) -> Response:
    """Answer a theme, naming the intentions that it changed; every unanswered item of the theme is joined to it."""
    check_can(by, "commissioning.edit")
    if status not in engagement.STATUSES:
        raise BadInput("there is no such status", value=status, remedy=", ".join(engagement.STATUSES))
    number = Response.objects.filter(source="").count() + 1
    plain = engagement.Response(f"r-{number:04d}", theme, you_said, we_did, status, "stated", why_not=why_not)
    engagement.check_response(plain)
    row = Response.objects.create(
        reference=plain.id,
        theme=theme,
        you_said=you_said,
        we_did=we_did,
        status=status,
        basis="stated",
        why_not=why_not,
        published=publish,
    )
    row.intentions.set([register.get(by=by, reference=reference) for reference in intention_references])
    Feedback.objects.filter(theme=theme, response=None).update(response=row)
    audit.record(by, purpose="planning", action="answer feedback", object=f"response:{row.reference}")
    return row


def unanswered(*, by: Actor) -> list[tuple[str, int]]:
    """(theme, how much was said) for themes with no answer yet."""
    check_can(by, "commissioning.see")
    rows = Feedback.objects.filter(response=None).exclude(theme="").values_list("theme", flat=True)
    names = list(rows)
    return [(name, names.count(name)) for name in dict.fromkeys(names)]


@dataclass(frozen=True)
class AssessmentForm:
    """What a person filled in for one assessment."""

    kind: str
    outcome: str
    parts: dict[str, str]
    actions: str = ""
    reason: str = ""
    signed_by: str = ""
    signed_on: datetime.date | None = None
    review_on: datetime.date | None = None


def assessments_of(*, by: Actor, reference: str) -> tuple[dict[str, Assessment], assessments.Gate]:
    """The assessments of an intention by kind, and its gate."""
    row = register.get(by=by, reference=reference)
    found = {one.kind: one for one in row.assessments.all()}
    gate = assessments.gate(reference, [one.plain() for one in found.values()], as_at=timezone.localdate())
    return found, gate


@transaction.atomic
def assess(*, by: Actor, reference: str, form: AssessmentForm) -> Assessment:
    """Keep one assessment. It may be unfinished: the gate says what is missing."""
    check_can(by, "commissioning.edit")
    row = register.get(by=by, reference=reference)
    kind = assessments.Kind(form.kind)
    allowed = set(assessments.parts_of(kind))
    made, _ = Assessment.objects.update_or_create(
        intention=row,
        kind=kind.value,
        defaults={
            "outcome": assessments.Outcome(form.outcome).value,
            "parts": {name: text for name, text in form.parts.items() if name in allowed},
            "actions": form.actions,
            "reason": form.reason,
            "signed_by": form.signed_by,
            "signed_on": form.signed_on,
            "review_on": form.review_on,
        },
    )
    audit.record(by, purpose="planning", action=f"{kind.value} assessment", object=f"intention:{reference}")
    return made


def consultations(*, by: Actor) -> list[tuple[Consultation, tuple[str, ...], scrutiny.Challenge]]:
    """Each record with what it lacks and how it may be challenged on its day."""
    check_can(by, "commissioning.see")
    return [
        (row, scrutiny.missing(row.plain()), scrutiny.challenge_on(row.told_on or timezone.localdate()))
        for row in Consultation.objects.select_related("intention")
    ]


def get_consultation(*, by: Actor, consultation_id: int) -> Consultation:
    """One scrutiny record."""
    check_can(by, "commissioning.see")
    row = Consultation.objects.filter(pk=consultation_id).first()
    if row is None:
        raise NotReady("there is no such record")
    return row


def advice(row: Consultation) -> str:
    """What the test advises on the answers given."""
    return scrutiny.substantial_variation(dict(row.answers)).advice


@transaction.atomic
def consult(
    *, by: Actor, committee: str, change: str, answers: dict[str, bool | None], reference: str = ""
) -> Consultation:
    """Open the record of a scrutiny consultation with the answers of the substantial-variation test."""
    check_can(by, "commissioning.edit")
    scrutiny.substantial_variation(answers)
    intention = register.get(by=by, reference=reference) if reference else None
    row = Consultation.objects.create(committee=committee, change=change, answers=answers, intention=intention)
    audit.record(by, purpose="planning", action="open scrutiny record", object=f"consultation:{row.pk}")
    return row


@transaction.atomic
def update_consultation(*, by: Actor, consultation_id: int, values: dict[str, object]) -> Consultation:
    """Add dates, the committee's view and the outcome."""
    check_can(by, "commissioning.edit")
    row = Consultation.objects.select_for_update().filter(pk=consultation_id).first()
    if row is None:
        raise NotReady("there is no such record")
    names = {
        "told_on", "substantial", "consultation_from", "consultation_to", "comments_by", "comments", "outcome",
    }  # fmt: skip
    for name in names & set(values):
        setattr(row, name, values[name])
    row.save()
    audit.record(by, purpose="planning", action="update scrutiny record", object=f"consultation:{row.pk}")
    return row
