"""Who answers for what: an owner hands over, or leaves and everything open passes on at once.

Two sorts of owner: the member of staff with an account here, and names typed into the words of intentions, targets, milestones,
contracts and assumptions. A name in words that were reviewed or signed is listed and not changed: reopening is a decision.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonweal.commissioning.workflow import EDITABLE
from commonweal.errors import BadInput, NotReady
from commonweal.web.accounts.models import Membership, User, on
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Assumption, Contract, Intention, Milestone, Target
from commonweal.web.commissioning.services import register, targets
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

OPEN_STATES = ("draft", "in_review", "commissioner_signed", "agreed", "notified", "in_delivery")
NAMED_IN = ("lead", "senior_owner", "clinical_owner")


def possible_owners(*, by: Actor) -> list[tuple[int, str]]:
    """(account, name) of people who hold the commissioner's role today."""
    check_can(by, "commissioning.edit")
    today = Membership.objects.filter(on(timezone.localdate()), role_id="commissioner")
    held = User.objects.filter(is_active=True, memberships__in=today).distinct().order_by("name")
    return [(user.pk, user.name) for user in held]


def _somebody_here(user_id: int, where: str) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None or not register.still_here(user):
        raise BadInput("choose somebody who works here now", where=where)
    return user


@transaction.atomic
def hand_over(*, by: Actor, reference: str, to_user_id: int) -> Intention:
    """Give an intention to another owner. Anyone who writes intentions may: an owner who left cannot."""
    check_can(by, "commissioning.edit")
    row = register.get(by=by, reference=reference)
    row.owner = _somebody_here(to_user_id, reference)
    row.save(update_fields=["owner", "updated_at"])
    audit.record(by, purpose="planning", action="hand over intention", object=f"intention:{reference}")
    return row


def orphans(*, by: Actor) -> list[Intention]:
    """Open intentions whose owner has left."""
    rows = register.visible(by).filter(state__in=OPEN_STATES, owner__isnull=False).select_related("owner")
    here: dict[int, bool] = {}
    for row in rows:
        if row.owner_id not in here:
            here[row.owner_id] = register.still_here(row.owner)
    return [row for row in rows if not here[row.owner_id]]


@dataclass(frozen=True)
class Leaver:
    """Somebody who has left and the open intentions that still name their account."""

    user_id: int
    name: str
    intentions: tuple[Intention, ...]


def leavers(*, by: Actor) -> list[Leaver]:
    """People who have left with open intentions, in order of name."""
    check_can(by, "commissioning.edit")
    found: dict[int, list[Intention]] = {}
    for row in orphans(by=by):
        found.setdefault(row.owner_id, []).append(row)
    made = [Leaver(user_id, rows[0].owner.name, tuple(rows)) for user_id, rows in found.items()]
    return sorted(made, key=lambda one: one.name)


@transaction.atomic
def hand_over_all(*, by: Actor, from_user_id: int, to_user_id: int) -> int:
    """Every open intention of somebody who has left passes to one owner; returns how many."""
    check_can(by, "commissioning.edit")
    user = _somebody_here(to_user_id, "new owner")
    mine = [row for row in orphans(by=by) if row.owner_id == from_user_id]
    if not mine:
        raise NotReady("this person has left no open intention without an owner")
    for row in mine:
        row.owner = user
        row.save(update_fields=["owner", "updated_at"])
        audit.record(by, purpose="planning", action="hand over intention", object=f"intention:{row.reference}")
    return len(mine)


@dataclass(frozen=True)
class Named:
    """Where a name stands as an owner. `fixed` are intentions whose words were reviewed or signed as they are."""

    name: str
    intentions: list[Intention]
    fixed: list[Intention]
    targets: list[Target]
    milestones: list[Milestone]
    contracts: list[Contract]
    assumptions: list[Assumption]

    @property
    def total(self) -> int:
        """How many things the name can be changed in."""
        held = (self.intentions, self.targets, self.milestones, self.contracts, self.assumptions)
        return sum(len(rows) for rows in held)


def named(*, by: Actor, name: str) -> Named:
    """Everything open of which this name, as typed, is an owner or lead. Capitals do not matter."""
    check_can(by, "commissioning.edit")
    name = name.strip()
    if not name:
        return Named("", [], [], [], [], [], [])
    where = Q()
    for field in NAMED_IN:
        where |= Q(**{f"{field}__iexact": name})
    rows = list(register.visible(by).filter(where))
    editable = {state.value for state in EDITABLE}
    return Named(
        name,
        [row for row in rows if row.state in editable],
        [row for row in rows if row.state in OPEN_STATES and row.state not in editable],
        list(Target.objects.filter(owner__iexact=name)),
        list(Milestone.objects.filter(owner__iexact=name, done_on=None)),
        list(Contract.objects.filter(lead__iexact=name, ends__gte=timezone.localdate())),
        list(Assumption.objects.filter(owner__iexact=name)),
    )


@transaction.atomic
def replace_name(*, by: Actor, old: str, new: str) -> Named:
    """Put another name where `old` stands as owner or lead; each intention gets a version that says so."""
    new = new.strip()
    if not new or new.lower() == old.strip().lower():
        raise BadInput("give the name of somebody else", where="new owner", value=new)
    found = named(by=by, name=old)
    for row in found.intentions:
        plain = row.plain()
        changed = {field: new for field in NAMED_IN if getattr(plain, field).lower() == found.name.lower()}
        register.save(
            by=by,
            reference=row.reference,
            words=replace(plain, **changed),
            base_version=row.version,
            note=f"{found.name} no longer answers for this",
        )
    for target in found.targets:
        reason = f"{found.name} no longer answers for this"
        targets.change(by=by, reference=target.reference, field="owner", value=new, reason=reason)
    for rows, field in (
        (found.milestones, "owner"), (found.contracts, "lead"), (found.assumptions, "owner"),
    ):  # fmt: skip
        for row in rows:
            setattr(row, field, new)
            row.save(update_fields=[field])
    audit.record(by, purpose="planning", action="replace owner", object="register", result_count=found.total)
    return found
