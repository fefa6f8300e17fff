"""Stop a service that would let personas in."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError
from django.utils import timezone

from commonweal.web.accounts.demo import only_invented_people
from commonweal.web.accounts.models import User


@register(Tags.security)
def demo_is_not_production(app_configs: object, **kwargs: object) -> list[Error]:
    """A demonstration is never served as a real service."""
    if settings.DEMO and getattr(settings, "SECURE_SSL_REDIRECT", False):
        return [Error("DEMO is on in a service that is set up for real people", id="commonweal.E001")]
    return []


@register(Tags.database)
def a_demonstration_is_of_invented_people(
    app_configs: object, databases: object = None, **kwargs: object
) -> list[Error]:
    """One click signs in as a clinician in a demonstration, so it never serves real people."""
    if not settings.DEMO or not databases or only_invented_people():
        return []
    return [
        Error(
            "the release in this store is not of invented people, and this is a demonstration",
            hint="serve it with --production, or name a store of invented people with --store",
            id="commonweal.E003",
        )
    ]


@register(Tags.database)
def no_personas_in_production(app_configs: object, databases: object = None, **kwargs: object) -> list[Error]:
    """A database that holds personas is a demonstration's."""
    if settings.DEMO or not databases:
        return []
    try:
        found = User.objects.filter(is_demo=True, is_active=True).exists()
    except DatabaseError:  # not migrated yet
        return []
    return (
        [Error("this database holds demonstration personas; a real service needs its own", id="commonweal.E002")]
        if found
        else []
    )


@register(Tags.security)
def withheld_categories_have_their_lists(app_configs: object, **kwargs: object) -> list[Warning]:
    """What never leaves direct care is known by code lists, and for some no public list exists."""
    from commonweal.errors import CommonwealError
    from commonweal.pipeline.confidential import withheld_warnings

    if settings.DEMO:
        return []
    try:
        found = withheld_warnings(settings.STORE, timezone.localdate())
    except CommonwealError as error:
        return [Warning(error.message, hint=error.remedy, id="commonweal.W005")]
    return [Warning(text, id="commonweal.W004") for text in found]
