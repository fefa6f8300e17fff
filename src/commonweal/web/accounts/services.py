"""What can be done with accounts. Each function takes `by`, the actor, and writes the audit."""

from __future__ import annotations

import datetime
import hashlib

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from commonweal.errors import BadInput, NotAllowed
from commonweal.web.accounts.models import Membership, Organisation, User, on
from commonweal.web.accounts.roles import ROLES, Role
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import capabilities, check_can

SESSION_KEY = "membership"


def memberships_of(user: User, day: datetime.date | None = None) -> list[Membership]:
    """The roles that `user` holds on `day` (today where none is given) at organisations that exist then."""
    day = day or timezone.localdate()
    found = Membership.objects.filter(on(day), user=user).select_related("organisation")
    held = [one for one in found.order_by("id") if _exists_on(one.organisation, day)]
    for one in held:
        one.user = user
    return held


def actor_for(request: HttpRequest) -> Actor | None:
    """The actor of a request: the chosen role, or the only one; None where there is a choice to make or no role."""
    if not request.user.is_authenticated:
        return None
    held = memberships_of(request.user)  # type: ignore[arg-type]
    chosen = [one for one in held if one.pk == request.session.get(SESSION_KEY)] or (held if len(held) == 1 else [])
    return as_actor(chosen[0], request.session.session_key or "") if chosen else None


def as_actor(held: Membership, session_key: str = "") -> Actor:
    """`held` as plain values."""
    return Actor(
        user_id=held.user.pk,
        name=held.user.name,
        role=held.role,
        organisation_code=held.organisation.code,
        organisation_kind=held.organisation.kind,
        organisation_name=held.organisation.name,
        membership_id=held.pk,
        session=hashlib.sha256(session_key.encode()).hexdigest()[:12] if session_key else "",
    )


def choose_role(request: HttpRequest, membership_id: int) -> None:
    """Work in another of one's own roles from now on."""
    held = {one.pk: one for one in memberships_of(request.user)}  # type: ignore[arg-type]
    if membership_id not in held:
        raise NotAllowed("that role is not yours, or has ended", remedy="choose one from the list")
    request.session[SESSION_KEY] = membership_id
    audit.record(as_actor(held[membership_id]), action="choose role")


def staff() -> list[User]:
    """Everyone with an account, by name."""
    return list(User.objects.prefetch_related("memberships__organisation").order_by("name"))


@transaction.atomic
def add_person(*, by: Actor, email: str, name: str) -> User:
    """A new account without a password: the person signs in with OIDC or sets one with a reset link."""
    check_can(by, "accounts.manage")
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput("somebody with that e-mail address already has an account", remedy="give them a role instead")
    user = User.objects.create_user(email, name)
    audit.record(by, action="add person", object=f"user:{user.pk}")
    return user


@transaction.atomic
def give_role(
    *, by: Actor, user: User, organisation: Organisation, role_id: str, valid_from: datetime.date
) -> Membership:
    """Give `user` a role from a day on. Nobody gives a role to themselves."""
    check_can(by, "accounts.manage")
    if user.pk == by.user_id:
        raise NotAllowed("nobody may give a role to themselves", remedy="ask another administrator")
    role = ROLES.get(role_id)
    if role is None:
        raise BadInput("there is no such role", value=role_id)
    if organisation.kind not in role.organisation_kinds:
        raise BadInput(
            f"a {role.title.lower()} cannot work at {organisation.name}",
            remedy=f"choose an organisation of these kinds: {', '.join(role.organisation_kinds)}",
        )
    held = Membership.objects.create(user=user, organisation=organisation, role_id=role_id, valid_from=valid_from)
    audit.record(by, action="give role", object=f"user:{user.pk} {role_id}@{organisation.code}")
    return held


@transaction.atomic
def end_role(*, by: Actor, membership_id: int, last_day: datetime.date) -> None:
    """End a role. The row stays: who held what, and when, can always be answered."""
    check_can(by, "accounts.manage")
    held = Membership.objects.select_related("organisation").filter(pk=membership_id).first()
    if held is None:
        raise BadInput("there is no such role to end")
    held.valid_to = max(last_day, held.valid_from)
    held.save(update_fields=["valid_to"])
    audit.record(by, action="end role", object=f"user:{held.user_id} {held.role_id}@{held.organisation.code}")


def organisations() -> list[Organisation]:
    """Organisations that exist today."""
    return list(Organisation.objects.filter(on(timezone.localdate())).order_by("kind", "name"))


def person_with(user_id: int) -> User:
    """An account by its id. Raises `BadInput` where there is none."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise BadInput("there is no such person")
    return user


def _exists_on(organisation: Organisation, day: datetime.date) -> bool:
    return organisation.valid_from <= day and (organisation.valid_to is None or day <= organisation.valid_to)


def roles_in_words() -> list[tuple[Role, list[str]]]:
    """Each role with the sentences of what it may do."""
    known = sorted(capabilities().values(), key=lambda one: one.name)
    return [(role, [one.sentence for one in known if role.id in one.roles]) for role in ROLES.values()]
