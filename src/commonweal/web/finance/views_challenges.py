"""Pages about contract rules found in the record, and the challenges raised on them."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from commonweal.errors import Busy
from commonweal.finance.challenges import NEXT
from commonweal.web.core.access import page
from commonweal.web.finance import challenge_presenters as presenters
from commonweal.web.finance.forms import ChallengeForm
from commonweal.web.finance.policies import can_answer_challenge
from commonweal.web.finance.services import challenges as services

SEE = "finance.see"
PLANNING = "planning"


@page(SEE, purpose=PLANNING)
def challenges(request: HttpRequest) -> HttpResponse:
    """Every rule with what it found this year."""
    shown = presenters.rules_page(*services.totals(by=request.actor))
    return render(request, "finance/page.jinja", {"page": shown})


@page(SEE, purpose=PLANNING)
def challenge_rule(request: HttpRequest, rule: str) -> HttpResponse:
    """The lines of one rule."""
    shown = presenters.rule_page(*services.lines(by=request.actor, rule_id=rule))
    return render(request, "finance/page.jinja", {"page": shown})


@page(SEE, purpose=PLANNING, methods=("GET", "POST"))
def challenge(request: HttpRequest, rule: str, provider: str, pod: str, month: str) -> HttpResponse:
    """One line: its history, and its next step for whoever may take it."""
    where = {"rule_id": rule, "provider": provider, "pod": pod, "month": month}
    line, names = services.line(by=request.actor, **where)
    today = timezone.localdate()
    steps = tuple(
        to for to in NEXT[line.status] if can_answer_challenge(request.actor, line.rule, line.status, to, line.window, today)
    )  # fmt: skip
    form, status = ChallengeForm(steps, initial={"owner": line.owner, "base_version": line.version}), 200
    if request.method == "POST":
        to = request.POST.get("status", "")
        form, status = ChallengeForm((*NEXT["found"], *NEXT["raised"]), request.POST), 422
        if form.is_valid():
            try:
                services.answer(
                    by=request.actor, **where, to=to, owner=form.cleaned_data["owner"], note=form.cleaned_data["note"],
                    base_version=form.cleaned_data["base_version"] or 0,
                )  # fmt: skip
            except Busy as clash:
                form.add_error(None, f"{clash.message}: it is now {clash.value}. Open the page again.")
                status = 409
            else:
                messages.success(request, f"The challenge is {to}")
                return redirect("finance:challenge", rule, provider, pod, month)
    forms = [("Take the next step", "", form)] if steps else []
    context = {"page": presenters.line_page(line, names), "forms": forms}
    return render(request, "finance/page.jinja", context, status=status)
