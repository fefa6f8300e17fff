"""Procurements under the law of their day, and the contract register."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import sources
from commonweal.commissioning.procurement import contracts as contract_rules
from commonweal.commissioning.procurement import decisions, notices, provider_selection, regulations_2013, waivers
from commonweal.commissioning.procurement.regime import Regime, RegimeAnswer, regime_on
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Contract, Interest, Modification, Procurement, Representation
from commonweal.web.commissioning.services import linking, procurement_record, register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

DATES = ("started_on", "decision_on", "intention_on", "intention_to_award_on")
RECORD = ("provider", "reason", "criteria_assessment", "basic_selection", "exclusions")


def pipeline(*, by: Actor) -> list[Procurement]:
    """Procurements planned and running, by when they start."""
    check_can(by, "commissioning.procure")
    return list(Procurement.objects.select_related("intention"))


def spend_by_year(rows: list[Procurement]) -> list[tuple[str, int, int, int]]:
    """(financial year of the start, procurements, pence a year where stated, how many state none), in order."""
    found: dict[str, list[Procurement]] = {}
    for row in rows:
        day = row.planned_start or row.decision_on
        found.setdefault(contract_rules.financial_year(day) if day else "not stated", []).append(row)
    return [
        (
            year,
            len(held),
            sum(row.annual_value_pence or 0 for row in held),
            sum(row.annual_value_pence is None for row in held),
        )
        for year, held in sorted(found.items())
    ]


def enhanced_services(*, by: Actor) -> tuple[sources.EnhancedService, ...]:
    """How West London's 21 local enhanced services of 2014/15 move to other contracts."""
    check_can(by, "commissioning.procure")
    return sources.enhanced_services()


def get(*, by: Actor, reference: str) -> Procurement:
    """One procurement. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "commissioning.procure")
    row = Procurement.objects.filter(reference=reference).select_related("intention").first()
    if row is None:
        raise NotReady("there is no such procurement", value=reference, remedy="look at the pipeline")
    return row


@transaction.atomic
def create(
    *, by: Actor, service: str, decision_on: datetime.date, intention_reference: str = "", **values: object
) -> Procurement:
    """A planned procurement, joined to its intention where there is one."""
    check_can(by, "commissioning.procure")
    intention = register.get(by=by, reference=intention_reference) if intention_reference else None
    number = Procurement.objects.count() + 1
    row = Procurement.objects.create(
        reference=f"p-{number:04d}", service=service, decision_on=decision_on, intention=intention, **values
    )
    audit.record(by, purpose="planning", action="plan procurement", object=f"procurement:{row.reference}")
    return row


def regime(row: Procurement) -> RegimeAnswer:
    """The law for this procurement: by the day of its decision, today while none is set."""
    return regime_on(row.decision_on or timezone.localdate(), started_on=row.started_on, health_care=row.health_care)


def walk_2013(row: Procurement) -> regulations_2013.Walk:
    """Where the 2013 tree stands with this procurement's answers."""
    answers = {
        key: regulations_2013.Answer(held.get("holds"), held.get("evidence", ""), held.get("by", ""))
        for key, held in row.answers.items()
        if key.startswith("pg-")
    }
    return regulations_2013.walk(answers)


def walk_2023(row: Procurement) -> provider_selection.RouteAnswer:
    """Where the questions of the Provider Selection Regime stand."""
    facts = {key: held.get("holds") for key, held in row.answers.items() if key in provider_selection.QUESTIONS}
    return provider_selection.choose(facts)


@transaction.atomic
def answer(*, by: Actor, reference: str, answers: dict[str, tuple[bool | None, str]], base_version: int) -> Procurement:
    """Keep answers with their evidence. Raises `Busy` where somebody else answered since."""
    check_can(by, "commissioning.procure")
    row = procurement_record.locked(reference, base_version)
    procurement_record.check_open(row)
    known = set(provider_selection.QUESTIONS) | {item.id for item in regulations_2013.sources.decision_grid()}
    strange = sorted(set(answers) - known)
    if strange:
        raise BadInput("there is no such question", where=reference, value=", ".join(strange))
    row.answers = {
        **row.answers,
        **{key: {"holds": holds, "evidence": evidence, "by": by.name} for key, (holds, evidence) in answers.items()},
    }
    row.state, row.route = "deciding", _route(row)
    procurement_record.save(row)
    audit.record(by, purpose="planning", action="answer procurement test", object=f"procurement:{reference}")
    return row


def _route(row: Procurement) -> str:
    if regime(row).regime is Regime.REGULATIONS_2013:
        found = walk_2013(row).route
        return "" if found is regulations_2013.Route.UNDECIDED else found.value
    if regime(row).regime is Regime.PROVIDER_SELECTION:
        found = walk_2023(row).route
        return found.value if found else ""
    return ""


@transaction.atomic
def set_details(*, by: Actor, reference: str, values: dict[str, object], base_version: int) -> Procurement:
    """Dates, record and values. A new decision date can bring another law: the route is worked out again."""
    check_can(by, "commissioning.procure")
    row = procurement_record.locked(reference, base_version)
    procurement_record.check_open(row)
    allowed = {*DATES, *RECORD, "lifetime_value_pence", "health_care", "decided_by"}
    for name in allowed & set(values):
        setattr(row, name, values[name])
    row.route = _route(row)
    if row.intention_to_award_on or row.intention_on:
        row.state = "notices"
    procurement_record.save(row)
    audit.record(by, purpose="planning", action="procurement details", object=f"procurement:{reference}")
    return row


@transaction.atomic
def set_criteria(
    *, by: Actor, reference: str, weights: dict[str, int], reasons: dict[str, str], base_version: int
) -> Procurement:
    """Weights of the five key criteria."""
    check_can(by, "commissioning.procure")
    provider_selection.check_criteria(weights, reasons)
    row = procurement_record.locked(reference, base_version)
    procurement_record.check_open(row)
    row.criteria, row.criteria_reasons = weights, reasons
    procurement_record.save(row)
    audit.record(by, purpose="planning", action="weigh key criteria", object=f"procurement:{reference}")
    return row


@transaction.atomic
def declare(
    *, by: Actor, reference: str, person: str, declared_on: datetime.date, interest: str, managed_by: str
) -> Interest:
    """A declaration of interest, also of none."""
    check_can(by, "commissioning.procure")
    row = Interest.objects.create(
        procurement=get(by=by, reference=reference),
        person=person,
        declared_on=declared_on,
        interest=interest,
        managed_by=managed_by,
    )
    audit.record(by, purpose="planning", action="declare interest", object=f"procurement:{reference}")
    return row


@transaction.atomic
def represent(*, by: Actor, reference: str, provider: str, received_on: datetime.date, words: str) -> Representation:
    """A provider's representation."""
    check_can(by, "commissioning.procure")
    row = Representation.objects.create(
        procurement=get(by=by, reference=reference), provider=provider, received_on=received_on, words=words
    )
    audit.record(by, purpose="planning", action="receive representation", object=f"procurement:{reference}")
    return row


@transaction.atomic
def answer_representation(
    *, by: Actor, representation_id: int, answered_on: datetime.date, outcome: str
) -> Representation:
    """The outcome of the review of a representation."""
    check_can(by, "commissioning.procure")
    row = Representation.objects.select_for_update().filter(pk=representation_id).first()
    if row is None:
        raise NotReady("there is no such representation")
    if not outcome.strip() or answered_on < row.received_on:
        raise BadInput("give the outcome, and a day not before it was received")
    row.answered_on, row.outcome = answered_on, outcome
    row.save()
    audit.record(
        by, purpose="planning", action="answer representation", object=f"procurement:{row.procurement.reference}"
    )
    return row


def record_of(row: Procurement) -> decisions.DecisionRecord:
    """The decision record of this procurement."""
    heard = [f"{one.provider}: {one.outcome or 'open'}" for one in row.representations.all()]
    return decisions.DecisionRecord(
        provider=row.provider,
        service=row.service,
        route=row.route,
        reason=row.reason,
        decided_by=tuple(row.decided_by),
        decided_on=row.decision_on,
        lifetime_value_pence=row.lifetime_value_pence,
        criteria_assessment=row.criteria_assessment,
        interests=tuple(one.plain() for one in row.interests.all()),
        basic_selection=row.basic_selection,
        exclusions=row.exclusions,
        representations="; ".join(heard) or "none",
    )


def what_is_missing(row: Procurement) -> list[str]:
    """What keeps the award from being made, besides the clocks."""
    missing = list(decisions.missing(record_of(row)))
    if regime(row).regime is Regime.REGULATIONS_2013:
        missing += [f"{item.item_id} {item.consideration}: {item.needs}" for item in walk_2013(row).missing]
    if not row.route:
        missing.append("a route: answer the questions")
    missing += procurement_record.scoring_of(row).missing
    waiver = procurement_record.waiver_of(row)
    if waiver is not None:
        missing += waivers.missing(waiver, decided_on=row.decision_on)
    return missing


def must_follow(row: Procurement) -> bool:
    """Whether the law requires the process that the answers lead to."""
    if regime(row).regime is Regime.PROVIDER_SELECTION:
        return walk_2023(row).must
    return regime(row).regime is Regime.REGULATIONS_2013 and walk_2013(row).route is regulations_2013.Route.COMPETITION


def clocks(row: Procurement) -> tuple[list[notices.Due], notices.Standstill | None]:
    """The notices of the route with their days, and the standstill."""
    if regime(row).regime is not Regime.PROVIDER_SELECTION or not row.route:
        return [], None
    route = provider_selection.Route(row.route)
    dues = notices.timeline(
        route, intention_on=row.intention_on, intention_to_award_on=row.intention_to_award_on, awarded_on=row.awarded_on
    )
    state = None
    if row.intention_to_award_on and route in notices.NEEDS_STANDSTILL:
        state = notices.standstill(row.intention_to_award_on, tuple(one.plain() for one in row.representations.all()))
    return dues, state


@transaction.atomic
def award(
    *,
    by: Actor,
    reference: str,
    awarded_on: datetime.date,
    starts: datetime.date,
    ends: datetime.date,
    base_version: int,
) -> Contract:
    """Award, when the record is complete and the clocks have run; the contract enters the register."""
    check_can(by, "commissioning.procure")
    row = procurement_record.locked(reference, base_version)
    procurement_record.check_open(row)
    missing = what_is_missing(row)
    if missing:
        raise NotReady("the record of this decision is not complete", where=reference, remedy="; ".join(missing[:6]))
    if ends < starts:
        raise BadInput("the contract ends before it starts", where=reference)
    if regime(row).regime is Regime.PROVIDER_SELECTION:
        notices.check_award(
            provider_selection.Route(row.route),
            awarded_on,
            intention_on=row.intention_on,
            intention_to_award_on=row.intention_to_award_on,
            representations=tuple(one.plain() for one in row.representations.all()),
        )
    row.awarded_on, row.state = awarded_on, "awarded"
    procurement_record.save(row)
    made = Contract.objects.create(
        reference=f"c-{row.reference}",
        provider=row.provider,
        provider_code=linking.code_of(row.provider),
        service=row.service,
        starts=starts,
        ends=ends,
        value_pence=row.lifetime_value_pence or 0,
        route=row.route,
        decided_on=row.decision_on or awarded_on,
        procurement=row,
        intention=row.intention,
    )
    audit.record(by, purpose="planning", action="award contract", object=f"procurement:{reference}")
    return made


@dataclass(frozen=True)
class RegisterPage:
    """The contract register with its warnings and the year's summary."""

    contracts: list[Contract]
    warnings: list[contract_rules.Warning]
    summary: contract_rules.AnnualSummary
    representations: tuple[int, int]
    """Received in the year, and answered."""
    years: list[str]


def contracts(*, by: Actor, year: str = "") -> RegisterPage:
    """Contracts, what runs out, and how the year's were chosen."""
    check_can(by, "commissioning.procure")
    rows = list(Contract.objects.select_related("intention", "procurement").prefetch_related("modifications"))
    plain = [row.plain() for row in rows]
    today = timezone.localdate()
    this_year = contract_rules.financial_year(today)
    years = sorted({contract_rules.financial_year(row.decided_on) for row in rows} | {this_year}, reverse=True)
    chosen = year if year in years else this_year
    heard = [one for one in Representation.objects.all() if contract_rules.financial_year(one.received_on) == chosen]
    return RegisterPage(
        rows,
        contract_rules.warnings(plain, as_at=today),
        contract_rules.annual_summary(plain, chosen),
        (len(heard), sum(one.answered_on is not None for one in heard)),
        years,
    )


@transaction.atomic
def add_contract(*, by: Actor, **values: object) -> Contract:
    """A contract that already runs."""
    check_can(by, "commissioning.procure")
    row = Contract(reference=f"c-{Contract.objects.count() + 1:04d}", **values)
    if row.ends < row.starts:
        raise BadInput("the contract ends before it starts")
    row.save()
    audit.record(by, purpose="planning", action="add contract", object=f"contract:{row.reference}")
    return row


@transaction.atomic
def modify(
    *,
    by: Actor,
    reference: str,
    made_on: datetime.date,
    change: str,
    value_change_pence: int,
    different_character: bool,
    by_authority: bool,
) -> decisions.ModificationAnswer:
    """Test and record a change to a contract. One that needs a new selection is refused, with the advice."""
    check_can(by, "commissioning.procure")
    row = Contract.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such contract", value=reference)
    wanted = decisions.Modification(made_on, change, value_change_pence, different_character, by_authority)
    found = decisions.modify(row.value_pence, [one.plain() for one in row.modifications.all()], wanted)
    if not found.allowed:
        raise BadInput(found.considerable.reason, where=reference, remedy=" ".join(found.legal_advice))
    Modification.objects.create(
        contract=row,
        made_on=made_on,
        change=change,
        value_change_pence=value_change_pence,
        different_character=different_character,
        by_authority=by_authority,
        advice=" ".join(found.legal_advice),
        by_id=by.user_id,
    )
    audit.record(by, purpose="planning", action="modify contract", object=f"contract:{reference}")
    return found
