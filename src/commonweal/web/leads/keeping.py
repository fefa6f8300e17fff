"""What groups and views have in common: who may see and change one, its versions, and putting it away."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from commonweal.errors import BadInput, NotAllowed, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.leads.models import Kept, Shared, Version

PURPOSE = "planning"
FIRST_VERSION = 1
AnyKept = TypeVar("AnyKept", bound=Kept)


def visible(by: Actor, model: type[AnyKept]) -> QuerySet[AnyKept]:
    """Those that are not closed and that `by` may see, by title."""
    ours = Q(organisation_code=by.organisation_code, organisation_kind=by.organisation_kind)
    seen = Q(owner_id=by.user_id) | Q(shared=Shared.EVERYONE) | (ours & Q(shared=Shared.ORGANISATION))
    return model.objects.filter(seen, closed_at__isnull=True).select_related("owner").order_by("title")  # type: ignore[attr-defined]


def one(by: Actor, model: type[AnyKept], kept_id: str) -> AnyKept:
    """One that `by` may see; `NotReady` for any other, whether it exists or not."""
    check_can(by, "measures.see")
    try:
        found = visible(by, model).filter(pk=kept_id).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise NotReady("there is nothing like that to see", remedy="choose one from the measures page")
    return found


def to_change(by: Actor, model: type[AnyKept], kept_id: str) -> AnyKept:
    """One of `by`'s own."""
    check_can(by, "measures.keep")
    found = one(by, model, kept_id)
    if found.owner_id != by.user_id:  # type: ignore[attr-defined]
        raise NotAllowed("only its owner may change it", remedy="ask them, or make one of your own")
    return found


@transaction.atomic
def make(
    *, by: Actor, model: type[AnyKept], versions: type[Version], title: str, shared: str, **content: object
) -> AnyKept:
    """A new one with its first version."""
    check_can(by, "measures.keep")
    made = model.objects.create(  # type: ignore[attr-defined]
        title=title.strip(), shared=shared, owner_id=by.user_id, organisation_code=by.organisation_code,
        organisation_kind=by.organisation_kind,
    )  # fmt: skip
    versions.objects.create(kept=made, number=FIRST_VERSION, note="Made", changed_by_id=by.user_id, **content)  # type: ignore[attr-defined]
    _record(by, "make", made, FIRST_VERSION)
    return made


@transaction.atomic
def change(*, by: Actor, kept: Kept, seen_number: int, title: str, shared: str, note: str, **content: object) -> None:
    """A new version. Of two people or tabs that change the same one, the second is told."""
    check_can(by, "measures.keep")
    last: Version = kept.version  # type: ignore[assignment]
    stale = BadInput("this was changed since you opened it", remedy="open it again and repeat your change")
    if last.number != seen_number:
        raise stale
    try:
        with transaction.atomic():
            type(last).objects.create(  # type: ignore[attr-defined]
                kept=kept, number=last.number + 1, note=note.strip(), changed_by_id=by.user_id, **content
            )
    except IntegrityError:
        raise stale from None
    type(kept).objects.filter(pk=kept.pk).update(title=title.strip(), shared=shared)  # type: ignore[attr-defined]
    _record(by, "change", kept, last.number + 1)


def close(*, by: Actor, kept: Kept) -> None:
    """Put it away. Its versions stay."""
    check_can(by, "measures.keep")
    type(kept).objects.filter(pk=kept.pk, closed_at__isnull=True).update(closed_at=timezone.now())  # type: ignore[attr-defined]
    _record(by, "close", kept, kept.version.number)  # type: ignore[attr-defined]


def _record(by: Actor, what: str, kept: Kept, number: int) -> None:
    name = kept._meta.verbose_name
    audit.record(by, purpose=PURPOSE, action=f"{what} {name}", object=f"{name}:{kept.pk} version {number}")
