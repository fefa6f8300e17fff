"""Signing in as a persona, choosing a role, and the administrator's pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect

from commonweal.errors import BadInput
from commonweal.web.accounts import demo, services
from commonweal.web.accounts.forms import AddPerson, GiveRole
from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.access import ANYONE, SIGNED_IN, page
from commonweal.web.core.presenters import error_words


@page(ANYONE)
def personas(request: HttpRequest) -> HttpResponse:
    """The personas of a demonstration, to sign in as."""
    return render(request, "accounts/personas.jinja", {"personas": demo.personas()})


@csrf_protect
@page(ANYONE, methods=("POST",))
def become(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign in as a persona: in a demonstration only."""
    demo.become(request, user_id)
    return redirect("core:start")


@page(ANYONE)
def no_account(request: HttpRequest) -> HttpResponse:
    """Told to somebody whose identity provider knows them and who has no account here."""
    return render(request, "accounts/no_account.jinja")


@page(SIGNED_IN, methods=("GET", "POST"))
def role(request: HttpRequest) -> HttpResponse:
    """Choose the role to work in."""
    if request.method == "POST":
        chosen = request.POST.get("membership", "")
        if not chosen.isdecimal():
            raise BadInput("choose a role", remedy="go back and choose one")
        services.choose_role(request, int(chosen))
        return redirect("core:start")
    return render(request, "accounts/role.jinja", {"memberships": services.memberships_of(request.user)})  # type: ignore[arg-type]


@page(SIGNED_IN)
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, in words."""
    return render(request, "accounts/roles.jinja", {"roles": services.roles_in_words()})


@page("accounts.manage", methods=("GET", "POST"))
def staff(request: HttpRequest) -> HttpResponse:
    """Everyone with an account; add one."""
    form = AddPerson(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.add_person(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("email", error.message)
        else:
            messages.success(request, f"{user.name} was added")
            return redirect("accounts:member", user_id=user.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/staff.jinja", {"staff": services.staff(), "form": form}, status=status)


@page("accounts.manage", methods=("GET", "POST"))
def member(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person's roles; give one."""
    user = services.person_with(user_id)
    form = GiveRole(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.give_role(by=request.actor, user=user, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error("organisation", error_words(error))
        else:
            messages.success(request, "The role was given")
            return redirect("accounts:member", user_id=user.pk)
    held = user.memberships.select_related("organisation").order_by("-valid_from")
    context = {"person": user, "form": form, "memberships": held, "roles": ROLES, "today": timezone.localdate()}
    return render(request, "accounts/member.jinja", context, status=422 if form.errors else 200)


@page("accounts.manage", methods=("POST",))
def end(request: HttpRequest, user_id: int, membership_id: int) -> HttpResponse:
    """End a role from today."""
    services.end_role(by=request.actor, membership_id=membership_id, last_day=timezone.localdate())  # type: ignore[attr-defined]
    messages.success(request, "The role ends today")
    return redirect("accounts:member", user_id=user_id)
