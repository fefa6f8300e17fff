"""Strategic fit, prioritisation and provider impact."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction

from commonweal.commissioning import interdependence, prioritisation, strategic_fit
from commonweal.errors import NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Decision, Score, WeightSet
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


def fit(*, by: Actor, source: str) -> strategic_fit.Matrix:
    """The printed West London matrix, or the matrix of a document's programmes made from the register."""
    if source == "west-london-printed":
        check_can(by, "commissioning.see")
        return strategic_fit.west_london_2014_15()
    return strategic_fit.matrix([row.plain() for row in register.visible(by).filter(source=source)])


def joins(*, by: Actor, source: str = "") -> list[interdependence.Join]:
    """Which programmes rest on each other, in one document or in everything that `by` may see."""
    rows = register.visible(by)
    return interdependence.joins([row.plain() for row in (rows.filter(source=source) if source else rows)])


@dataclass(frozen=True)
class Ranking:
    """Scored intentions in order, under one set of weights."""

    weights: WeightSet
    rows: list[tuple[prioritisation.Ranked, prioritisation.Sensitivity]]
    decisions: dict[str, Decision]


def weight_sets(*, by: Actor) -> list[WeightSet]:
    """Sets of weights, each with its owner. Raises `NotAllowed`."""
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
