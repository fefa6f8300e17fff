"""The API's errors: always what happened, where, the value, and what to do. None holds personal data or a trace."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from commonweal.errors import CommonwealError
from commonweal.web.api.tokens import WINDOW, TooManyCalls
from commonweal.web.core.failures import STATUS

logger = logging.getLogger("django.request")


def answer(status: int, what: str, *, where: str = "", value: object = None, remedy: str = "") -> JsonResponse:
    """One error as JSON."""
    said = value if value is None or isinstance(value, int | float) else str(value)
    return JsonResponse({"what": what, "where": where, "value": said, "remedy": remedy}, status=status)


def install(api: NinjaAPI) -> None:
    """Every failure of `api` takes this shape."""
    handlers = (
        (CommonwealError, _ours),
        (ValidationError, _unreadable),
        (AuthenticationError, _no_token),
        (Http404, _missing),
        (Exception, _unforeseen),
    )
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)  # type: ignore[arg-type]  (the library's type wants the class, and is handed an instance)


def _ours(request: HttpRequest, error: CommonwealError) -> HttpResponse:
    status, _ = STATUS.get(type(error), (HTTPStatus.INTERNAL_SERVER_ERROR, ""))
    if isinstance(error, TooManyCalls):
        status = HTTPStatus.TOO_MANY_REQUESTS
    made = answer(status, error.message, where=error.where, value=error.value, remedy=error.remedy)
    if isinstance(error, TooManyCalls):
        made["Retry-After"] = str(round(WINDOW.total_seconds()))
    return made


def _unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What was sent is not given back: somebody may have sent a person's number in the wrong place."""
    first = error.errors[0]
    where = " ".join(str(part) for part in first.get("loc", ()))
    return answer(
        HTTPStatus.UNPROCESSABLE_ENTITY, f"this could not be read: {first.get('msg', '')}", where=where,
        remedy="see the reference page for what each parameter takes",
    )  # fmt: skip


def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """The same for a token that is missing, wrong, expired, revoked, or of a role that ended."""
    made = answer(
        HTTPStatus.UNAUTHORIZED, "there is no token here that is accepted", where="Authorization header",
        remedy="send “Authorization: Bearer” and a token; make one on the site's page API tokens",
    )  # fmt: skip
    made["WWW-Authenticate"] = "Bearer"
    return made


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return nothing_here()


def nothing_here() -> JsonResponse:
    """For an address that the API does not have."""
    return answer(HTTPStatus.NOT_FOUND, "the API has no such address", remedy="see its reference page")


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("API call failed: %s", type(error).__name__, exc_info=error)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR, "something broke",
        remedy="try again; if it happens twice, tell your administrator the time",
    )  # fmt: skip
