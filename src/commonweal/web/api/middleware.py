"""What holds for every address of the API."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PREFIX = "/api/"


class WithoutCookies:
    """An address of the API sees no cookie, so a browser that is signed in can do nothing there; no answer is kept.

    It stands before sessions: what it takes away, nothing after it has.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response["Cache-Control"] = "no-store, private"
        return response
