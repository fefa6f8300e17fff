"""Pages of tokens and of the API's reference. The operations themselves are in `operations`."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from commonweal.web.api import failures, reference_page
from commonweal.web.api import tokens as services
from commonweal.web.api.forms import TokenForm
from commonweal.web.core.access import ANYONE, page

ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@page("api.use", methods=("GET", "POST"))
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens, and a new one. Its text is on the page that answers the form, and nowhere after."""
    actor = request.actor  # type: ignore[attr-defined]
    form, made = TokenForm(request.POST or None, initial={"days": min(30, services.longest_days())}), ""
    if request.method == "POST" and form.is_valid():
        made = services.make(by=actor, **form.cleaned_data)
        form = TokenForm(initial={"days": min(30, services.longest_days())})
    context = {"form": form, "made": made, "tokens": reference_page.token_rows(services.of_person(by=actor))}
    return render(request, "api/tokens.jinja", context, status=422 if form.errors else 200)


@page("api.use", methods=("POST",))
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own tokens."""
    services.revoke(by=request.actor, token_id=token_id)  # type: ignore[attr-defined]
    messages.success(request, "The token is revoked")
    return redirect("api:tokens")


@page(ANYONE)
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation, from the OpenAPI document."""
    return render(request, "api/reference.jinja", {"operations": reference_page.operations()})


@page(ANYONE)
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(reference_page.document())


@page(ANYONE, methods=ANY_METHOD)
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address below `/api/`."""
    return failures.nothing_here()
