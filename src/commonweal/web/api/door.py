"""The door of every operation: a token, its limit, an audit entry, and what the role may do. In this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.security import HttpBearer

from commonweal.web.api import tokens
from commonweal.web.api.schemas import Failure
from commonweal.web.audit import services as audit
from commonweal.web.core.access import PURPOSES, Access
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import capabilities, check_can

FAILURES = frozenset({400, 401, 403, 404, 422, 429, 500, 503})
ACCESS: dict[str, Access] = {}
"""The door of each operation by its name."""


class Bearer(HttpBearer):
    """Lets in whoever holds a good token of a role with `capability`. The operation finds the `Actor` in ``request.auth``."""

    def __init__(self, name: str, access: Access) -> None:
        super().__init__()
        self.name, self.access = name, access

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = tokens.accept(token)
        if found is None:
            return None
        actor, token_id = found
        # Before the permission is asked: a refused call is one that the audit shows.
        audit.record(
            actor, purpose=self.access.purpose or audit.NO_PURPOSE, action="api call",
            object=f"{self.name} token:{token_id}",
        )  # fmt: skip
        check_can(actor, self.access.capability)
        return actor


def operation(
    api: NinjaAPI, path: str, capability: str, *, purpose: str, answer: Any, method: str = "GET"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare one operation with who may call it and for which purpose, as `@page` does for a page.

    Its name and first line of words become the OpenAPI document's, with the purpose and the capability.
    """
    access = Access(capability, purpose, (method,))
    known = capabilities()[capability]
    responses = {200: answer, FAILURES: Failure}

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        ACCESS[function.__name__] = access
        words = (function.__doc__ or "").strip()
        return api.api_operation(
            [method], path, response=responses, auth=Bearer(function.__name__, access), operation_id=function.__name__,
            url_name=function.__name__, summary=words.splitlines()[0],
            description=f"{words}\n\nPurpose: {PURPOSES[purpose] or 'the service itself'}. For roles that may {known.sentence}.",
            openapi_extra={"x-purpose": purpose or audit.NO_PURPOSE, "x-roles": sorted(known.roles)},
        )(function)  # fmt: skip

    return decorate
