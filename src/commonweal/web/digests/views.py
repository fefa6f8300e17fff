"""The page on which somebody chooses a digest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from commonweal.web.core.access import page
from commonweal.web.digests import services
from commonweal.web.digests.forms import DigestForm


@page("trust.read", methods=("GET", "POST"))
def choose(request: HttpRequest) -> HttpResponse:
    """How often, and what it would say now."""
    actor = request.actor  # type: ignore[attr-defined]
    form = DigestForm(request.POST or None, initial={"frequency": services.chosen(by=actor)})
    if request.method == "POST" and form.is_valid():
        services.choose(by=actor, frequency=form.cleaned_data["frequency"])
        messages.success(request, "Your choice was saved")
        return redirect("digests:choose")
    example = services.write(actor, request.user.email, timezone.localdate())  # type: ignore[union-attr]
    context = {"form": form, "example": example}
    return render(request, "digests/choose.jinja", context, status=422 if form.errors else 200)
