"""One invented intention traced end to end, for a demonstration: people, measure, target, scheme, money, procurement, feedback, priority.

Everything here is invented and says so. It is made through the same services that people use, by demonstration personas.
"""

# pyright: reportArgumentType=false, reportCallIssue=false
from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from commonweal.commissioning.assessments import Kind, parts_of
from commonweal.commissioning.intentions import Intention as Plain
from commonweal.commissioning.intentions import Kind as IntentionKind
from commonweal.commissioning.intentions import Procurement as Wanted
from commonweal.commissioning.prioritisation import CRITERIA
from commonweal.web.accounts.demo import actor_of, check_demo
from commonweal.web.commissioning.models import Intention, Target
from commonweal.web.commissioning.services import choices, engagement, impact_changes, life, procurement, register
from commonweal.web.commissioning.services.engagement import AssessmentForm
from commonweal.web.commissioning.services.life import StepForm
from commonweal.web.core.actor import Actor

REFERENCE = "i-demo-001"
MARK = "Invented for the demonstration."


@transaction.atomic
def make_example() -> bool:
    """Make the example once; returns whether it is new. Raises `NotAllowed` outside a demonstration."""
    check_demo()
    if Intention.objects.filter(reference=REFERENCE).exists():
        return False
    greta, hugo = actor_of("greta@demo.invalid"), actor_of("hugo@demo.invalid")
    Target.objects.create(
        reference="t-demo-001",
        programme="Learning disabilities and autism",
        indicator="Annual health check",
        population="People with a learning disability aged 14 and over",
        statistic="percent",
        direction="at_least",
        value=Decimal(75),
        due="2026/27",
        trajectory=[["2026-09-30", "45"], ["2026-12-31", "60"], ["2027-03-31", "75"]],
        data_domain="gp",
        measure_id="ld_health_check",
        live_decides=True,
        owner="Programme lead, learning disabilities",
        note=MARK,
    )
    register.create(by=greta, intention=_words())
    register.link(
        by=greta, reference=REFERENCE, kind="register", code="learning_disability", label="Learning disability register"
    )
    _sign_and_notify(greta, hugo)
    _money(greta, hugo)
    _people(greta)
    _procure(hugo)
    return True


def _words() -> Plain:
    return Plain(
        id=REFERENCE,
        programme="Learning disabilities and autism",
        place="North West London",
        year="2026/27",
        kind=IntentionKind.STRATEGIC_CHANGE,
        title="An annual health check for everyone with a learning disability",
        summary=f"Each practice invites everyone of 14 and over on its register, with longer appointments. {MARK}",
        why="People with a learning disability die younger, often of what a health check finds.",
        who_supports="Carers, general practice and community learning disability teams",
        lead="Programme lead, learning disabilities",
        senior_owner="Director of primary care",
        clinical_owner="Clinical lead, learning disabilities",
        providers="General practice; CLCH; CNWL",
        outcomes="Illness found and treated earlier; fewer emergency admissions",
        measures_of_success="At least 75% have a check in the year",
        strategies=("NHS Long Term Plan",),
        procurement=Wanted.POSSIBLE,
        target_ids=("t-demo-001", "t-nwl-ld-ahc"),
        measure_ids=("ld_health_check",),
    )


def _sign_and_notify(greta: Actor, hugo: Actor) -> None:
    for kind in Kind:
        answers = dict.fromkeys(parts_of(kind), f"Looked at; no harm found. {MARK}")
        form = AssessmentForm(
            kind.value, "done", answers, signed_by="Director of primary care", signed_on=datetime.date(2026, 8, 3)
        )
        engagement.assess(by=greta, reference=REFERENCE, form=form)
    life.take_step(by=greta, reference=REFERENCE, name="submit", form=StepForm())
    life.take_step(by=hugo, reference=REFERENCE, name="sign_commissioner", form=StepForm())
    proof = StepForm(
        signatory="Contract director",
        signatory_organisation="Central London Community Healthcare",
        evidence="Letter 14",
    )
    life.take_step(by=hugo, reference=REFERENCE, name="sign_provider", form=proof)
    notice = StepForm(
        provider="Central London Community Healthcare",
        given_on=datetime.date(2026, 9, 14),
        starts_on=datetime.date(2027, 4, 1),
    )
    life.take_step(by=hugo, reference=REFERENCE, name="notify", form=notice)


def _money(greta: Actor, hugo: Actor) -> None:
    made = impact_changes.add_assumption(
        by=hugo,
        statement=f"A check finds illness that would otherwise be an emergency admission in 1 of 100. {MARK}",
        value="1%",
        source="To be tested by evaluation",
        owner="Finance lead",
        made_on=datetime.date(2026, 8, 3),
    )
    impact_changes.agree_assumption(by=hugo, reference=made.reference, side="commissioner", name="Finance lead")
    values: dict[str, object] = {
        "provider": "Imperial College Healthcare NHS Trust",
        "provider_code": "RYJ",
        "point_of_delivery": "NEL",
        "year": "2026/27",
        "activity": -40,
        "average_price_pence": 250_000,
        "marginal_rate": Decimal("0.5"),
        "variable_share": Decimal("0.2"),
        "investment_pence": 0,
        "other_share": Decimal("0.1"),
    }
    impact_changes.add_effect(by=hugo, reference=REFERENCE, values=values, assumption_references=[made.reference])
    points = dict(zip(CRITERIA, (25, 25, 20, 10, 10, 10), strict=True))
    choices.set_weights(
        by=greta,
        name="Example weights",
        owner="Population health board",
        agreed_on=datetime.date(2026, 8, 3),
        points=points,
    )
    scores = dict(zip(CRITERIA, (3, 3, 3, 3, 4, 3), strict=True))
    choices.score(by=greta, reference=REFERENCE, scores=scores, reasons=dict.fromkeys(CRITERIA, MARK))


def _people(greta: Actor) -> None:
    engagement.add_feedback(
        by=greta,
        said="The appointment is too short to explain things",
        heard_on=datetime.date(2026, 7, 9),
        heard_at="Carers' forum",
        place="Brent",
        theme="Health checks",
    )
    engagement.respond(
        by=greta,
        theme="Health checks",
        you_said="The appointment is too short to explain things",
        we_did=f"Longer appointments are part of the plan. {MARK}",
        status="in progress",
        why_not="",
        intention_references=[REFERENCE],
        publish=True,
    )


def _procure(hugo: Actor) -> None:
    row = procurement.create(
        by=hugo,
        service=f"Outreach health checks at home. {MARK}",
        decision_on=datetime.date(2027, 1, 15),
        intention_reference=REFERENCE,
        annual_value_pence=12_000_000,
    )
    answers: dict[str, tuple[bool | None, str]] = dict.fromkeys(
        ("urgent", "framework", "existing_provider", "patient_choice"), (False, "Options paper")
    )
    procurement.answer(by=hugo, reference=row.reference, answers=answers, base_version=row.version)
