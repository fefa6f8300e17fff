"""The door of every page. A view without `@page` is refused by a test, so no page can forget who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from commonweal.web.core import failures
from commonweal.web.core.permissions import check_can

PURPOSES = {
    "direct_care": "Direct care",
    "planning": "Planning",
    "research": "Research",
    "public": "Public",
    "": "",
}


@dataclass(frozen=True)
class Access:
    """Who may open a view, and for which purpose."""

    capability: str
    """The capability it needs; ``signed in`` for anyone with an account, ``anyone`` for the public."""
    purpose: str
    methods: tuple[str, ...]


ANYONE = "anyone"
SIGNED_IN = "signed in"


def page(
    capability: str, *, purpose: str = "", methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Declare who may open a view, and the purpose of everything that it reads.

    The view finds ``request.actor`` (an `Actor`) and ``request.purpose``. HEAD goes with GET.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose!r}")
    access = Access(capability, purpose, methods)

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            request.purpose = purpose  # type: ignore[attr-defined]
            if request.method not in (*methods, "HEAD"):
                return HttpResponseNotAllowed(methods)
            if capability != ANYONE:
                if not request.user.is_authenticated:
                    return failures.signed_out(request) if request.method == "POST" else _to_sign_in(request)
                if capability != SIGNED_IN:
                    if request.actor is None:  # type: ignore[attr-defined]
                        return redirect("accounts:role")
                    check_can(request.actor, capability)  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            if request.user.is_authenticated:
                # Pages about people must not be readable with the back button after signing out.
                response.setdefault("Cache-Control", "no-store, private")
            return response

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path(), "account_login")
