"""The life of an intention: steps, signatures, notice."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import assessments, notice, workflow
from commonweal.commissioning.workflow import State
from commonweal.errors import NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning import policies
from commonweal.web.commissioning.models import Intention, Notice, Signature, StateChange
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

NOTICE_STEPS = frozenset({"notify", "notify_unsigned"})
GATED_STEPS = frozenset({"sign_commissioner", *NOTICE_STEPS})
"""Steps that the assessments must be complete for."""


@dataclass(frozen=True)
class StepForm:
    """What came with a step. `evidence` and `signatory` are for a provider's signature; dates for a notice."""

    reason: str = ""
    signatory: str = ""
    signatory_organisation: str = ""
    evidence: str = ""
    provider: str = ""
    given_on: datetime.date | None = None
    starts_on: datetime.date | None = None


def open_steps(*, by: Actor, intention: Intention) -> list[workflow.Step]:
    """The steps that `by` may take now. Carrying forward has a page of its own, which makes the next year's draft."""
    return [
        step
        for step in workflow.next_steps(State(intention.state), policies.parts_of(by))
        if step.name != "carry"
        and (step.name != "sign_commissioner" or policies.can_sign_for_commissioner(by, intention))
    ]


def gate(intention: Intention) -> assessments.Gate:
    """Where the intention's assessments stand."""
    rows = [row.plain() for row in intention.assessments.all()]
    return assessments.gate(intention.reference, rows, as_at=timezone.localdate())


@transaction.atomic
def take_step(*, by: Actor, reference: str, name: str, form: StepForm) -> Intention:
    """Move an intention on. Raises `NotAllowed` or `NotReady` with what to do."""
    check_can(by, "commissioning.act")
    register.get(by=by, reference=reference)
    row = Intention.objects.select_for_update().get(reference=reference)
    before = State(row.state)
    given = {name for name, there in (("reason", form.reason.strip()), ("outcome", form.reason.strip())) if there}
    if form.provider.strip() and form.given_on and form.starts_on:
        given.add("notice")
    step = workflow.check(name, before, policies.parts_of(by), row.plain(), given=frozenset(given))
    if name == "sign_commissioner":
        policies.check_can_sign_for_commissioner(by, row)
    if name in GATED_STEPS:
        _check_gate(row)
    if name in {"sign_commissioner", "sign_provider"}:
        _sign(row, by, name.removeprefix("sign_"), form)
    if name in NOTICE_STEPS:
        _give_notice(row, by, form)
    row.state = step.target.value
    row.save(update_fields=["state", "starts_on", "updated_at"])
    StateChange.objects.create(
        intention=row,
        step=name,
        before=before.value,
        after=row.state,
        version=row.version,
        reason=form.reason,
        by_id=by.user_id,
    )
    audit.record(by, purpose="planning", action=f"intention: {step.label.lower()}", object=f"intention:{reference}")
    return row


def _check_gate(row: Intention) -> None:
    found = gate(row)
    if not found.is_open:
        raise NotReady("the assessments are not complete", where=row.reference, remedy="; ".join(found.blocked_by))


def _sign(row: Intention, by: Actor, side: str, form: StepForm) -> None:
    if side == "provider":
        missing = [
            words
            for words, there in (
                ("who signed", form.signatory),
                ("for which organisation", form.signatory_organisation),
                ("where the signed paper is", form.evidence),
            )
            if not there.strip()
        ]
        if missing:
            raise NotReady(
                "a provider's signature needs more", where=row.reference, remedy="give: " + "; ".join(missing)
            )
        name, organisation = form.signatory, form.signatory_organisation
    else:
        name, organisation = by.name, by.organisation_name
    Signature.objects.create(
        intention=row,
        version=row.version,
        side=side,
        name=name,
        organisation=organisation,
        signed_on=timezone.localdate(),
        evidence=form.evidence,
        by_id=by.user_id,
    )


def _give_notice(row: Intention, by: Actor, form: StepForm) -> None:
    assert form.given_on is not None and form.starts_on is not None
    found = notice.check_notice(form.starts_on, given=form.given_on, as_at=timezone.localdate())
    row.starts_on = form.starts_on
    Notice.objects.create(
        intention=row,
        version=row.version,
        provider=form.provider,
        given_on=form.given_on,
        starts_on=form.starts_on,
        days_short=found.days_short,
        words=found.words,
        by_id=by.user_id,
    )


def valid_signatures(intention: Intention) -> list[Signature]:
    """Signatures of the present version: those of earlier versions no longer count."""
    return list(intention.signatures.filter(version=intention.version))


def notice_words(intention: Intention) -> str:
    """Where notice stands, in words; empty where no start is known."""
    last = intention.notices.first()
    starts = intention.starts_on or notice.year_starts(intention.year)
    if last is not None:
        return last.words
    if starts is None or intention.state == State.RECORDED:
        return ""
    return notice.check_notice(starts, given=None, as_at=timezone.localdate()).words
