"""Who is asking, and whether they have shown a second factor."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from commonweal.web.accounts.services import actor_for

WITHOUT_SECOND_FACTOR = {
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "account_reauthenticate",
    "account_logout",
    "account_login",
    "core:health",
}


class WhoIsAsking:
    """Set ``request.actor``, and keep the session of somebody who is working from ending under them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            request.actor = actor_for(request)  # type: ignore[attr-defined]
            if time.time() - request.session.get("touched", 0) > settings.SESSION_REFRESH_AFTER_SECONDS:
                request.session["touched"] = time.time()
        else:
            request.actor = None  # type: ignore[attr-defined]
        return self.get_response(request)


class SecondFactor:
    """Until an account has a second factor, its only page is the one that sets it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        if not settings.REQUIRE_MFA or not request.user.is_authenticated:
            return None
        if request.resolver_match and request.resolver_match.view_name in WITHOUT_SECOND_FACTOR:
            return None
        if is_mfa_enabled(request.user) or (  # type: ignore[arg-type]
            settings.OIDC_PROVIDES_SECOND_FACTOR and _came_by_oidc(request)
        ):
            return None
        return redirect("mfa_activate_totp")


def _came_by_oidc(request: HttpRequest) -> bool:
    return any(record.get("method") == "socialaccount" for record in get_authentication_records(request, request.user))  # type: ignore[arg-type]
