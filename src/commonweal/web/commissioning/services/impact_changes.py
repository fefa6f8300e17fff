"""Enter effects, assumptions and the terms agreed with providers."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from commonweal.commissioning.targets import period_end
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Assumption, Effect, ImpactTerm
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


@transaction.atomic
def add_effect(*, by: Actor, reference: str, values: dict[str, object], assumption_references: list[str]) -> Effect:
    """One effect of an intention on one provider."""
    check_can(by, "commissioning.act")
    row = Effect(intention=register.get(by=by, reference=reference), **values)
    made = Assumption.objects.filter(reference__in=assumption_references)
    missing = sorted(set(assumption_references) - {one.reference for one in made})
    if missing:
        raise BadInput("this assumption is not in the log", value="; ".join(missing), remedy="log it first")
    row.full_clean(exclude=["assumptions"])
    row.save()
    row.assumptions.set(made)
    row.plain()
    audit.record(by, purpose="planning", action="add provider effect", object=f"intention:{reference}")
    return row


@transaction.atomic
def add_assumption(
    *,
    by: Actor,
    statement: str,
    value: str,
    source: str,
    owner: str,
    made_on: datetime.date,
    schemes: tuple[str, ...] = (),
) -> Assumption:
    """One entry of the shared log, and the schemes that rest on it. It is agreed when both sides put their names to it."""
    check_can(by, "commissioning.act")
    row = Assumption.objects.create(
        reference=f"a-{Assumption.objects.count() + 1:03d}",
        statement=statement,
        value=value,
        source=source,
        owner=owner,
        made_on=made_on,
        schemes=list(schemes),
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


@transaction.atomic
def set_term(
    *, by: Actor, kind: str, provider_code: str, year: str, share: Decimal, source: str, agreed_on: datetime.date
) -> ImpactTerm:
    """A share agreed with a provider. A later entry of the same kind, provider and year takes its place; both stay on record."""
    check_can(by, "commissioning.act")
    if kind not in dict(ImpactTerm.KINDS):
        raise BadInput("there is no such term", value=kind)
    if kind == "support" and period_end(year) is None:
        raise BadInput("transition support is agreed for a year", value=year, remedy="write it as 2026/27")
    if kind == "others" and share >= 1:
        raise BadInput("others cannot buy all of it", value=str(share), remedy="give a share from 0 to below 1")
    row = ImpactTerm.objects.create(
        kind=kind,
        provider_code=provider_code,
        year=year if kind == "support" else "",
        share=share,
        source=source,
        agreed_on=agreed_on,
        by_id=by.user_id,
    )
    audit.record(by, purpose="planning", action="agree impact term", object=f"provider:{provider_code}")
    return row
