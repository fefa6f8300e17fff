"""Strategic fit, prioritisation and provider impact."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import prioritisation, provider_impact, strategic_fit, west_london_impact
from commonweal.commissioning.papers import provider_notice
from commonweal.commissioning.papers.model import Paper as Content
from commonweal.errors import NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Assumption, Contract, Decision, Effect, Score, WeightSet
from commonweal.web.commissioning.services import linking, register, trace
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


def fit(*, by: Actor, source: str) -> strategic_fit.Matrix:
    """The printed West London matrix, or the matrix of a document's programmes made from the register."""
    if source == "west-london-printed":
        check_can(by, "commissioning.see")
        return strategic_fit.west_london_2014_15()
    return strategic_fit.matrix([row.plain() for row in register.visible(by).filter(source=source)])


@dataclass(frozen=True)
class Ranking:
    """Scored intentions in order, under one set of weights."""

    weights: WeightSet
    rows: list[tuple[prioritisation.Ranked, prioritisation.Sensitivity]]
    decisions: dict[str, Decision]


def weight_sets(*, by: Actor) -> list[WeightSet]:
    check_can(by, "commissioning.see")
    return list(WeightSet.objects.all())


def ranking(*, by: Actor, weights_id: int | None = None) -> Ranking | None:
    """The order of what was scored; None until weights exist."""
    check_can(by, "commissioning.see")
    sets = WeightSet.objects.all()
    chosen = sets.filter(pk=weights_id).first() if weights_id else sets.first()
    if chosen is None:
        return None
    seen = register.visible(by)
    scored = [row.plain() for row in Score.objects.filter(intention__in=seen).select_related("intention")]
    moved = {row.id: row for row in prioritisation.sensitivity(scored, chosen.plain())}
    rows = [(row, moved[row.id]) for row in prioritisation.rank(scored, chosen.plain())]
    decisions = {row.intention.reference: row for row in Decision.objects.select_related("intention").order_by("id")}
    return Ranking(chosen, rows, decisions)


@transaction.atomic
def set_weights(*, by: Actor, name: str, owner: str, agreed_on: datetime.date, points: dict[str, int]) -> WeightSet:
    """A new set of weights. Earlier sets stay: decisions name the set they were made under."""
    check_can(by, "commissioning.edit")
    prioritisation.Weights(name, owner, agreed_on, points)
    row = WeightSet.objects.create(name=name, owner=owner, agreed_on=agreed_on, points=points, by_id=by.user_id)
    audit.record(by, purpose="planning", action="set weights", object=f"weights:{row.pk}")
    return row


@transaction.atomic
def score(*, by: Actor, reference: str, scores: dict[str, int], reasons: dict[str, str]) -> Score:
    """Score one intention, each criterion with its reason."""
    check_can(by, "commissioning.edit")
    row = register.get(by=by, reference=reference)
    prioritisation.Scored(reference, row.title, scores, reasons)
    made, _ = Score.objects.update_or_create(
        intention=row, defaults={"scores": scores, "reasons": reasons, "by_id": by.user_id}
    )
    audit.record(by, purpose="planning", action="score intention", object=f"intention:{reference}")
    return made


@transaction.atomic
def decide(
    *,
    by: Actor,
    reference: str,
    decision: str,
    decided_by: str,
    decided_on: datetime.date,
    reason: str,
    weights_id: int,
) -> Decision:
    """Record a decision. One against the order of scores needs its reason."""
    check_can(by, "commissioning.act")
    found = ranking(by=by, weights_id=weights_id)
    if found is None:
        raise NotReady("set weights and scores first")
    ranked = [row for row, _ in found.rows]
    mine = next((row for row in ranked if row.id == reference), None)
    if mine is None:
        raise NotReady("this intention was not scored", value=reference)
    funded = frozenset(name for name, row in found.decisions.items() if row.decision == "fund")
    plain = prioritisation.PriorityDecision(
        reference, decision, decided_by, decided_on, mine.rank, mine.score, found.weights.name, reason
    )
    prioritisation.check_decision(plain, ranked, funded)
    row = Decision.objects.create(
        intention=register.get(by=by, reference=reference),
        decision=decision,
        decided_by=decided_by,
        decided_on=decided_on,
        rank=mine.rank,
        score=mine.score,
        weights=found.weights.name,
        reason=reason,
        by_id=by.user_id,
    )
    audit.record(by, purpose="planning", action=f"decide: {decision}", object=f"intention:{reference}")
    return row


def effects(*, by: Actor, provider_code: str = "", reference: str = "") -> list[Effect]:
    """Effects on providers that `by` may see."""
    rows = (
        Effect.objects.filter(intention__in=register.visible(by))
        .select_related("intention")
        .prefetch_related("assumptions")
    )
    if provider_code:
        rows = rows.filter(provider_code=provider_code)
    if reference:
        rows = rows.filter(intention__reference=reference)
    return list(rows)


@dataclass(frozen=True)
class ImpactPage:
    """What the impact page shows."""

    table: list[provider_impact.Impact]
    unsettled: list[tuple[str, str]]
    support: list[provider_impact.Support]
    assumptions: list[Assumption]


def impact(
    *, by: Actor, group: tuple[str, ...], provider_code: str = "", support_share: Decimal = Decimal(0)
) -> ImpactPage:
    """Effects summed by provider, point of delivery and year, with what they rest on."""
    rows = [row.plain() for row in effects(by=by, provider_code=provider_code)]
    log = list(Assumption.objects.all())
    lines = provider_impact.tabulate(rows, group)
    by_year = provider_impact.tabulate(rows, ("provider", "year"))
    shares = {line.year: support_share for line in by_year}
    return ImpactPage(
        lines,
        provider_impact.unsettled(rows, [row.plain() for row in log]),
        provider_impact.transition_support(by_year, shares),
        log,
    )


def west_london(*, by: Actor) -> tuple[tuple[west_london_impact.Line, ...], list[west_london_impact.Check]]:
    """West London's table of 2014/15 made again from its lines, with what does not add up."""
    check_can(by, "commissioning.see")
    made = west_london_impact.reproduced()
    return made, west_london_impact.checks(made)


def providers() -> list[tuple[str, str]]:
    """(code, name) of the trusts that plans name."""
    return [(trust["code"], trust["name"]) for trust in linking.held()["trusts"]]


@dataclass(frozen=True)
class ProviderPage:
    """All that touches one provider."""

    code: str
    name: str
    intentions: list[trace.Traced]
    impact: list[provider_impact.Impact]
    assumptions: list[Assumption]
    contracts: list[Contract]


def provider_page(*, by: Actor, code: str) -> ProviderPage:
    """One provider: its intentions, what they are worth, what that rests on, its contracts."""
    name, rows = trace.back(by=by, kind="provider", code=code)
    if not rows:
        raise NotReady("no intention touches this provider", value=code)
    mine = effects(by=by, provider_code=code)
    used = {one.pk: one for effect in mine for one in effect.assumptions.all()}
    held = list(Contract.objects.filter(provider_code=code))
    table = provider_impact.tabulate([effect.plain() for effect in mine], ("point_of_delivery", "year"))
    return ProviderPage(code, name, rows, table, list(used.values()), held)


def notice_letter(*, by: Actor, code: str, starts: datetime.date) -> Content:
    """The letter that gives one provider notice of what names it and is signed or in progress."""
    check_can(by, "commissioning.act")
    page = provider_page(by=by, code=code)
    states = {"commissioner_signed", "agreed", "notified", "in_delivery"}
    mine = [row.intention.plain() for row in page.intentions if not row.inferred and row.intention.state in states]
    now = timezone.now()
    made = provider_notice.build(
        provider=page.name,
        provider_code=code,
        commissioner=by.organisation_name,
        starts=starts,
        intentions=mine,
        impacts=page.impact,
        assumptions=[row.plain() for row in page.assumptions],
        made_at=now,
        stamp=f"Made on {timezone.localtime(now):%-d %B %Y} from the commissioning register",
    )
    audit.record(by, purpose="planning", action="make notice letter", object=f"provider:{code}", result_count=len(mine))
    return made


def west_london_sectors() -> tuple[str, ...]:
    """The sectors of West London's table, in the order of its columns."""
    return tuple(west_london_impact.SECTORS.values())


@transaction.atomic
def add_effect(*, by: Actor, reference: str, values: dict[str, object], assumption_references: list[str]) -> Effect:
    """One effect of an intention on one provider."""
    check_can(by, "commissioning.act")
    row = Effect(intention=register.get(by=by, reference=reference), **values)
    made = Assumption.objects.filter(reference__in=assumption_references)
    row.full_clean(exclude=["assumptions"])
    row.save()
    row.assumptions.set(made)
    row.plain()
    audit.record(by, purpose="planning", action="add provider effect", object=f"intention:{reference}")
    return row


@transaction.atomic
def add_assumption(
    *, by: Actor, statement: str, value: str, source: str, owner: str, made_on: datetime.date
) -> Assumption:
    """One entry of the shared log. It is agreed when both sides put their names to it."""
    check_can(by, "commissioning.act")
    row = Assumption.objects.create(
        reference=f"a-{Assumption.objects.count() + 1:03d}",
        statement=statement,
        value=value,
        source=source,
        owner=owner,
        made_on=made_on,
    )
    audit.record(by, purpose="planning", action="log assumption", object=f"assumption:{row.reference}")
    return row


@transaction.atomic
def agree_assumption(*, by: Actor, reference: str, side: str, name: str) -> Assumption:
    """Put a name to an assumption for the commissioner or the provider."""
    check_can(by, "commissioning.act")
    row = Assumption.objects.select_for_update().filter(reference=reference).first()
    if row is None or side not in {"commissioner", "provider"}:
        raise NotReady("there is no such assumption or side", value=reference)
    setattr(row, f"{side}_agrees", name)
    row.save()
    audit.record(by, purpose="planning", action="agree assumption", object=f"assumption:{reference}")
    return row
