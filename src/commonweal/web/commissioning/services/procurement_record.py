"""What a procurement's record holds besides its walk: scored providers, a waiver, the notice of the award, an end without one."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass

from django.db import transaction

from commonweal.commissioning.procurement import notices, scoring, waivers
from commonweal.commissioning.procurement.provider_selection import KEY_CRITERIA
from commonweal.errors import BadInput, Busy, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Procurement, ScoredProvider
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

CLOSED = frozenset({"awarded", "abandoned"})


def locked(reference: str, base_version: int) -> Procurement:
    """The row for a change that began from `base_version`. Raises `Busy` where somebody else saved since."""
    row = Procurement.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such procurement", value=reference)
    if row.version != base_version:
        raise Busy(
            "someone else changed this procurement while you were working", where=reference, remedy="open it again"
        )
    return row


def save(row: Procurement) -> None:
    """Keep a change as the next version."""
    row.version += 1
    row.save()


def check_open(row: Procurement) -> None:
    """Refuse a change to what was awarded or abandoned."""
    if row.state in CLOSED:
        raise BadInput("this procurement is closed", where=row.reference, value=row.get_state_display())  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Scoring:
    """Scored providers in order, with what a lawyer must see."""

    rows: list[tuple[scoring.ScoredProvider, scoring.Standing | None]]
    advice: tuple[str, ...]
    missing: tuple[str, ...]


def scoring_of(row: Procurement) -> Scoring:
    """The providers scored for this procurement, best first where the criteria are weighed."""
    plain = [one.plain() for one in row.scored.select_related("by")]
    order = scoring.standings(plain, row.criteria)
    by_name = {one.provider: one for one in plain}
    rows = [(by_name[one.provider], one) for one in order] or [(one, None) for one in plain]
    return Scoring(
        rows,
        scoring.advice(row.provider, order),
        scoring.missing(row.route, row.provider, plain, row.criteria),
    )


@transaction.atomic
def score_provider(
    *,
    by: Actor,
    reference: str,
    provider: str,
    scores: dict[str, int],
    reasons: dict[str, str],
    base_version: int,
) -> ScoredProvider:
    """Score one provider on every key criterion, with reasons; scoring it again replaces its scores."""
    check_can(by, "commissioning.procure")
    scoring.check_scored(scoring.ScoredProvider(provider, scores, reasons, by.name))
    row = locked(reference, base_version)
    check_open(row)
    made, _ = ScoredProvider.objects.update_or_create(
        procurement=row,
        provider=provider.strip(),
        defaults={"scores": {key: scores[key] for key in KEY_CRITERIA}, "reasons": reasons, "by_id": by.user_id},
    )
    save(row)
    audit.record(by, purpose="planning", action="score provider", object=f"procurement:{reference}")
    return made


def waiver_of(row: Procurement) -> waivers.Waiver | None:
    """The waiver that this procurement rests on, if any."""
    if not row.waiver:
        return None
    held = dict(row.waiver)
    for name in ("asked_on", "approved_on", "reported_on"):
        held[name] = datetime.date.fromisoformat(held[name]) if held.get(name) else None
    return waivers.Waiver(**{**held, "ground": waivers.Ground(held["ground"])})


@transaction.atomic
def set_waiver(*, by: Actor, reference: str, waiver: waivers.Waiver, base_version: int) -> Procurement:
    """Record the waiver, or what became known of it since: its approval and its report."""
    check_can(by, "commissioning.procure")
    waivers.check(waiver)
    row = locked(reference, base_version)
    if row.state == "abandoned":
        check_open(row)
    row.waiver = {
        name: held.isoformat() if isinstance(held, datetime.date) else held for name, held in asdict(waiver).items()
    }
    save(row)
    audit.record(by, purpose="planning", action="record waiver", object=f"procurement:{reference}")
    return row


@transaction.atomic
def publish_award_notice(
    *, by: Actor, reference: str, published_on: datetime.date, base_version: int
) -> tuple[Procurement, bool]:
    """The day on which the notice of the award was published; also whether it was in time."""
    check_can(by, "commissioning.procure")
    row = locked(reference, base_version)
    if row.awarded_on is None:
        raise NotReady("nothing is awarded yet", where=reference, remedy="award first; its notice follows")
    if published_on < row.awarded_on:
        raise BadInput("the notice comes after the award", where=reference, value=published_on.isoformat())
    row.award_notice_on = published_on
    save(row)
    audit.record(by, purpose="planning", action="publish award notice", object=f"procurement:{reference}")
    return row, published_on <= notices.award_notice_by(row.awarded_on)


@transaction.atomic
def abandon(*, by: Actor, reference: str, reason: str, base_version: int) -> Procurement:
    """End a procurement without an award. The reason joins its record, which stays."""
    check_can(by, "commissioning.procure")
    if not reason.strip():
        raise BadInput("say why it is abandoned", where=reference)
    row = locked(reference, base_version)
    check_open(row)
    row.state, row.reason = "abandoned", f"{row.reason}\n\nAbandoned: {reason.strip()}".strip()
    save(row)
    audit.record(by, purpose="planning", action="abandon procurement", object=f"procurement:{reference}")
    return row
