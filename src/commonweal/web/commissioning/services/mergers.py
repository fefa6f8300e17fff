"""Organisations that merged, and what follows the successor: intentions, contracts and effects of schemes."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import succession
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Contract, Effect, Link, Succession
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


def known() -> tuple[succession.Merger, ...]:
    """Every merger on record, in order of its day."""
    rows = Succession.objects.order_by("merged_on", "pk")
    return tuple(
        succession.Merger(row.old_code, row.old_name, row.new_code, row.new_name, row.merged_on) for row in rows
    )


def predecessors(code: str) -> list[str]:
    """Codes of the organisations that merged into this one, at any depth."""
    held = known()
    return [one.old_code for one in held if code in succession.line(one.old_code, held)]


def name_of(code: str, otherwise: str) -> str:
    """The name under which a successor took over; `otherwise` where nothing merged into it."""
    names = [one.new_name for one in known() if one.new_code == code]
    return names[-1] if names else otherwise


@dataclass(frozen=True)
class Follows:
    """One merger and what passes to the successor with it."""

    merger: succession.Merger
    intentions: int
    contracts: tuple[tuple[Contract, tuple[succession.Held, ...]], ...]
    effects: int


def page(*, by: Actor) -> list[Follows]:
    """Each merger with how many intentions, contracts and effects stand under the old code."""
    held, seen = known(), register.visible(by)
    made = []
    for merger in held:
        links = Link.objects.filter(kind="provider", code=merger.old_code, intention__in=seen)
        running = Contract.objects.filter(provider_code=merger.old_code, ends__gte=merger.merged_on)
        made.append(
            Follows(
                merger,
                links.values("intention").distinct().count(),
                tuple((row, held_by(row, held)) for row in running),
                Effect.objects.filter(provider_code=merger.old_code, intention__in=seen).count(),
            )
        )
    return made


def held_by(contract: Contract, mergers: tuple[succession.Merger, ...] | None = None) -> tuple[succession.Held, ...]:
    """Who holds a contract over its life: one line, and one more for each merger inside it."""
    mergers = known() if mergers is None else mergers
    return succession.holders(contract.provider_code, contract.provider, contract.starts, contract.ends, mergers)


def after(code: str, name: str, year_ends: datetime.date) -> tuple[str, str]:
    """(code, name) of who stands for a provider at the end of a year."""
    return succession.holder(code, name, year_ends, known())


@transaction.atomic
def record(*, by: Actor, old: tuple[str, str], new: tuple[str, str], merged_on: datetime.date) -> Succession:
    """One organisation (code, name) became part of another on a day. Nothing recorded under the old code is rewritten."""
    check_can(by, "commissioning.act")
    (old_code, old_name), (new_code, new_name) = ((code.strip().upper(), name.strip()) for code, name in (old, new))
    succession.check(succession.Merger(old_code, old_name, new_code, new_name, merged_on), known())
    row = Succession.objects.create(
        old_code=old_code, old_name=old_name, new_code=new_code, new_name=new_name, merged_on=merged_on
    )
    audit.record(by, purpose="planning", action="record merger", object=f"organisation:{old_code}")
    return row


def today_holder(contract: Contract) -> tuple[str, str]:
    """(code, name) of who holds a contract today."""
    return succession.holder(contract.provider_code, contract.provider, timezone.localdate(), known())
