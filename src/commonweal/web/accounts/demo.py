"""Demonstration personas: invented staff, one for each role, in a demo only."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest

from commonweal.errors import NotAllowed, NotReady
from commonweal.web.accounts.models import Membership, Organisation, User
from commonweal.web.audit import services as audit
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor

BEGIN = datetime.date(2020, 1, 1)


@dataclass(frozen=True)
class Place:
    """The organisations that a demonstration's personas work for: code and name of each."""

    practice: tuple[str, str]
    other_practice: tuple[str, str]
    pcn: tuple[str, str]
    borough: tuple[str, str]
    icb: tuple[str, str]
    trust: tuple[str, str]
    council: tuple[str, str]


PERSONAS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("amara", "Dr Amara Osei", (("clinician", "practice"),)),
    ("ben", "Dr Ben Castellan", (("clinician", "other_practice"),)),
    ("chidi", "Chidi Laurent", (("care_coordinator", "pcn"),)),
    ("dalia", "Dalia Brook", (("practice_manager", "practice"),)),
    ("elspeth", "Dr Elspeth Rana", (("pcn_lead", "pcn"), ("clinician", "practice"))),
    ("farid", "Farid Holm", (("place_lead", "borough"),)),
    ("greta", "Greta Anand", (("commissioner", "icb"),)),
    ("hugo", "Hugo Adeyemi", (("finance", "icb"),)),
    ("ines", "Ines Whitlock", (("analyst", "icb"),)),
    ("jonah", "Jonah Petrov", (("researcher", "icb"),)),
    ("kamala", "Kamala Reeve", (("ig_lead", "icb"),)),
    ("leon", "Dr Leon Baptiste", (("safety_officer", "icb"),)),
    ("maeve", "Councillor Maeve Sandhu", (("scrutiny", "council"),)),
    ("noor", "Noor Tindall", (("administrator", "icb"),)),
    ("otis", "Otis Farrant", (("clinician", "trust"),)),
)


@transaction.atomic
def make_personas(place: Place) -> list[User]:
    """Make each persona once. Raises `NotAllowed` outside a demo."""
    check_demo()
    organisations = {
        "practice": _organisation("practice", *place.practice),
        "other_practice": _organisation("practice", *place.other_practice),
        "pcn": _organisation("pcn", *place.pcn),
        "borough": _organisation("borough", *place.borough),
        "icb": _organisation("icb", *place.icb),
        "trust": _organisation("trust", *place.trust),
        "council": _organisation("local_authority", *place.council),
    }
    made = []
    for short, name, held in PERSONAS:
        user, new = User.objects.get_or_create(email=f"{short}@demo.invalid", defaults={"name": name, "is_demo": True})
        if new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        for role_id, key in held:
            Membership.objects.get_or_create(
                user=user, role_id=role_id, organisation=organisations[key], defaults={"valid_from": BEGIN}
            )
        made.append(user)
    return made


def personas() -> list[User]:
    """Every persona with the roles it holds."""
    check_demo()
    return list(User.objects.filter(is_demo=True).prefetch_related("memberships__organisation").order_by("pk"))


def actor_of(email: str) -> Actor:
    """A persona as the services know it, in its first role: for examples made by a command."""
    user = next((one for one in personas() if one.email == email), None)
    if user is None:
        raise NotReady("the demonstration's personas are not made yet", remedy="run `serve` once")
    held = min(user.memberships.all(), key=lambda one: one.pk)
    place = held.organisation
    return Actor(user.pk, user.name, held.role, place.code, place.kind, place.name, held.pk)


def become(request: HttpRequest, user_id: int) -> None:
    """Sign in as a persona. The session is a new one, as with any sign-in."""
    check_demo()
    user = User.objects.filter(pk=user_id, is_demo=True).first()
    if user is None:
        raise NotReady("there is no such persona", remedy="choose one from the list")
    request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    audit.record_of_user(user, action="sign in", object="persona")


def check_demo() -> None:
    """Raise `NotAllowed` unless this is a demonstration of invented people."""
    if not settings.DEMO:
        raise NotAllowed("personas exist in a demonstration only")
    if not only_invented_people():
        raise NotAllowed(
            "this store holds real people, so nobody may sign in without a password",
            remedy="serve it with --production, or name a store of invented people with --store",
        )


def only_invented_people() -> bool:
    """Whether the release that serves says that everybody in it is invented; true where there is none, so nobody to see."""
    if not settings.STORE.current_pointer.is_file():
        return True
    release = releases.mark()
    return release is not None and release.invented


def _organisation(kind: str, code: str, name: str) -> Organisation:
    found, _ = Organisation.objects.get_or_create(code=code, kind=kind, defaults={"name": name, "valid_from": BEGIN})
    return found
