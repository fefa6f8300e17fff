"""Pages that say what went wrong and what to do. None shows personal data or a trace, and none loses typed words."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commonweal.errors import BadInput, Busy, CommonwealError, NotAllowed, NotReady

STATUS: dict[type[CommonwealError], tuple[HTTPStatus, str]] = {
    BadInput: (HTTPStatus.BAD_REQUEST, "That could not be used"),
    NotReady: (HTTPStatus.NOT_FOUND, "There is nothing here yet"),
    NotAllowed: (HTTPStatus.FORBIDDEN, "You cannot do that"),
    Busy: (HTTPStatus.SERVICE_UNAVAILABLE, "Busy: try again in a moment"),
}
SECRET_FIELDS = ("csrf", "password", "code", "token", "otp", "secret")
OF_THE_FORM = ("base_version", "seen_number", "once", "next", "person", "verb", "version-")
"""Beginnings of the names of what a form holds of itself, and nobody typed."""


def page_for(request: HttpRequest, error: CommonwealError) -> HttpResponse:
    """The page for one of our own errors."""
    status, title = STATUS.get(type(error), (HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed"))
    return _render(
        request, status, title, error.message[:1].upper() + error.message[1:], error.remedy, typed_words(request)
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what is not there and what is not theirs."""
    return _render(
        request,
        HTTPStatus.NOT_FOUND,
        "Page not found",
        "If you typed the address, check it. If you followed a link, what it pointed to is gone or is not yours to see.",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, without saying what is behind it."""
    return _render(request, HTTPStatus.FORBIDDEN, "You cannot see this", "Your role does not allow it.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 for a request that Django refused to read."""
    return _render(
        request,
        HTTPStatus.BAD_REQUEST,
        "That request could not be read",
        "It was too large, or broken on its way.",
        "Go back and try again with less.",
    )


def broken(request: HttpRequest) -> HttpResponse:
    """For errors that we did not foresee. Uses no database and no template beyond the plainest."""
    return HttpResponse(
        "<!doctype html><html lang=en><title>Something broke</title><main><h1>Something broke</h1>"
        "<p>Nothing that you did is half saved. Try again; if it happens twice, tell your administrator the time.</p></main></html>",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token was missing or old: another tab signed in or out, or the form came from elsewhere."""
    return _render(
        request,
        HTTPStatus.FORBIDDEN,
        "That form is out of date",
        "It was opened before you last signed in, or it did not come from this site. Nothing was changed.",
        "Open the page again and repeat what you did.",
        typed_words(request),
    )


def signed_out(request: HttpRequest) -> HttpResponse:
    """A form was sent after the session ended."""
    return _render(
        request,
        HTTPStatus.UNAUTHORIZED,
        "You were signed out",
        "Nothing was changed.",
        "Sign in, open the page again, and repeat what you did.",
        typed_words(request),
    )


def typed_words(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form that could not be saved held, by the names of its fields, to be copied into it again."""
    if request.method != "POST":
        return []
    return [
        (name.rsplit(".", 1)[-1].replace("_", " ").capitalize(), text)
        for name, text in request.POST.items()
        if isinstance(text, str) and text.strip() and not _kept_back(name.lower())
    ]


def _kept_back(name: str) -> bool:
    return name.startswith(OF_THE_FORM) or any(word in name for word in SECRET_FIELDS)


def _render(
    request: HttpRequest,
    status: HTTPStatus,
    title: str,
    message: str,
    remedy: str = "",
    typed: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    response = render(
        request,
        "core/failure.jinja",
        {"title": title, "message": message, "remedy": remedy, "typed": typed or []},
        status=status,
    )
    response["Cache-Control"] = "no-store, private"
    return response
