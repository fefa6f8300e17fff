"""The OpenAPI document, and both pages about the API as rows. No script and nothing of another site is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from commonweal.web.accounts.roles import ROLES
from commonweal.web.api.models import Token
from commonweal.web.api.operations import api
from commonweal.web.core.access import PURPOSES
from commonweal.web.core.presenters import moment_words

BASE = "/api/v1/"


@dataclass(frozen=True)
class Described:
    """One operation as the reference page shows it."""

    call: str
    words: str
    purpose: str
    roles: str
    parameters: str


def document() -> dict[str, Any]:
    """The OpenAPI document: each operation with its purpose and roles."""
    return dict(api.get_openapi_schema(path_prefix=BASE))


def operations() -> list[Described]:
    """Every operation in the order in which it is declared."""
    found = []
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            names = [each["name"] for each in one.get("parameters", ()) if each["in"] == "query"]
            names += ["a body of JSON with nhs_number"] if "requestBody" in one else []
            roles = one["x-roles"]
            titles = "every role" if set(roles) == set(ROLES) else ", ".join(ROLES[each].title for each in roles)
            found.append(
                Described(
                    f"{method.upper()} {path}", one["summary"], PURPOSES.get(one["x-purpose"], "") or "The service itself",
                    titles, ", ".join(names),
                )
            )  # fmt: skip
    return found


def token_rows(tokens: list[Token]) -> list[dict[str, Any]]:
    """One's own tokens: what each is for, which role it reads as, and whether it holds."""
    now = timezone.now()
    return [
        {
            "id": one.pk, "title": one.title, "role": str(one.membership),
            "made": moment_words(one.made_at), "expires": moment_words(one.expires_at),
            "used": moment_words(one.last_used_at) if one.last_used_at else "never",
            "state": "revoked" if one.revoked_at else "expired" if one.expires_at <= now else "",
        }
        for one in tokens
    ]  # fmt: skip
