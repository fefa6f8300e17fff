"""Every role × every address. A page that is not in `EXPECTED` fails, and so does a role that it forgets.

``GET`` pages are opened as each role; what only takes POST is sent an empty form. "may" means that the role gets past
the door: 200, a redirect within the site, 404 for a thing that is not there, or 400/422 for the empty form. "may not" is 403, always.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.access import ANYONE, SIGNED_IN
from commonweal.web.core.permissions import capabilities

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
EVERYONE = frozenset(ROLES)
CARE = frozenset({"clinician", "care_coordinator"})
MEASURES = CARE | {
    "practice_manager", "pcn_lead", "place_lead", "commissioner", "finance", "analyst", "safety_officer",
}  # fmt: skip
LISTS = CARE | {"practice_manager", "pcn_lead"}
PERSONA = {
    "clinician": "amara", "care_coordinator": "chidi", "practice_manager": "dalia", "pcn_lead": "elspeth",
    "place_lead": "farid", "commissioner": "greta", "finance": "hugo", "analyst": "ines", "researcher": "jonah",
    "ig_lead": "kamala", "safety_officer": "leon", "scrutiny": "maeve", "administrator": "noor",
}  # fmt: skip

EXPECTED: dict[str, frozenset[str]] = {
    "core:start": EVERYONE,
    "core:search": EVERYONE,
    "accounts:role": EVERYONE,
    "accounts:roles": EVERYONE,
    "accounts:staff": frozenset({"administrator"}),
    "accounts:member": frozenset({"administrator"}),
    "accounts:end": frozenset({"administrator"}),
    "digests:choose": EVERYONE,
    "api:tokens": EVERYONE,
    "api:revoke": EVERYONE,
    "audit:explorer": frozenset({"ig_lead"}),
    "audit:check": frozenset({"ig_lead"}),
    "audit:unusual": frozenset({"ig_lead"}),
    "lists:index": LISTS,
    "lists:from_definition": LISTS,
    "lists:outcomes": LISTS,
    "lists:show": CARE,
    "lists:act": CARE,
    "lists:by_hand": CARE,
    "lists:history": CARE,
    "lists:undo": CARE,
    "lists:export": CARE,
    "lists:new_combined": CARE,
    "lists:new_numbers": CARE,
    "lists:change": CARE,
    "lists:close": CARE,
    "people:find": CARE,
    "people:show": CARE,
    "people:timeline": CARE,
    "people:why": CARE,
    "people:correct": CARE,
    "people:household": CARE,
    "people:plans": CARE,
    "people:plans_due": CARE,
    "people:write_plan": frozenset({"clinician"}),
    "people:revise_plan": frozenset({"clinician"}),
    "people:close_plan": frozenset({"clinician"}),
    "people:note_preference": CARE,
    "people:end_preference": CARE,
    "people:break_glass": frozenset({"clinician"}),
    "people:break_glass_by_number": frozenset({"clinician"}),
    "people:reviews": frozenset({"ig_lead"}),
    "people:review": frozenset({"ig_lead"}),
    "people:corrections": frozenset({"practice_manager", "ig_lead"}),
    "people:answer_correction": frozenset({"practice_manager", "ig_lead"}),
    "leads:dashboards": MEASURES,
    "leads:dashboard": MEASURES,
    "leads:measure": MEASURES,
    "leads:pack_pdf": MEASURES,
    "leads:pack_xlsx": MEASURES,
    "leads:new_group": MEASURES,
    "leads:change_group": MEASURES,
    "leads:close_group": MEASURES,
    "leads:new_view": MEASURES,
    "leads:view": MEASURES,
    "leads:change_view": MEASURES,
    "leads:close_view": MEASURES,
    "leads:rebase": frozenset({"pcn_lead", "place_lead", "commissioner", "analyst"}),
    "leads:withdraw_rebase": frozenset({"pcn_lead", "place_lead", "commissioner", "analyst"}),
    "trust:definitions": EVERYONE,
    "trust:definition": EVERYONE,
    "trust:codelist": EVERYONE,
    "trust:release": EVERYONE,
    "trust:releases": EVERYONE,
    "trust:quality": EVERYONE - {"scrutiny", "researcher"},
    "trust:answer": frozenset({"practice_manager", "pcn_lead", "analyst", "clinician", "care_coordinator"}),
}
"""Who may, by the name of the address."""

PUBLIC = {
    "core:health", "trust:safety", "accounts:personas", "accounts:become", "accounts:no_account", "api:reference",
    "api:openapi", "api:nothing_here",
}  # fmt: skip
"""Open to anyone, signed in or not."""

OTHERS = {
    "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
}  # fmt: skip
"""allauth's own pages, which look after themselves: they concern the account of whoever asks."""

BY_TOKEN = "api:v1:"
"""Operations of the API: nobody signs in there (see `test_web_api.py`)."""
ELSEWHERE = ("finance:", "commissioning:", BY_TOKEN)
"""Apps whose own suites hold their table: they are checked for a door here, and for who may there."""

ARGUMENTS = {
    "user_id": 10**6, "membership_id": 10**6, "uidb36": "x", "key": "x-y", "list_id": "00000000-0000-0000-0000-000000000000",
    "person_id": "nobody", "access_id": 10**6, "action_id": 10**6, "request_id": 10**6, "definition_id": "nothing",
    "measure_id": "nothing", "dashboard_id": "nothing", "feed": "nothing", "release_id": "nothing", "code": "nothing",
    "annotation_id": 10**6, "kind": "practice", "kept_id": "00000000-0000-0000-0000-000000000000", "rebase_id": 10**6, "plan_id": 10**6,
    "preference_id": 10**6, "token_id": 10**6,
}  # fmt: skip


def addresses():
    """Every named address with its view and the names of its arguments."""

    def walk(patterns, namespace):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern):
                yield (
                    f"{namespace}{pattern.name}",
                    pattern.callback,
                    sorted(pattern.pattern.converters) or sorted(pattern.pattern.regex.groupindex),
                )

    return list(walk(get_resolver().url_patterns, ""))


OURS = [(name, view, names) for name, view, names in addresses() if name not in OTHERS]


def test_every_address_is_in_the_table_and_every_line_is_an_address():
    named = {name for name, _, _ in OURS if not name.startswith(ELSEWHERE)}
    assert named == set(EXPECTED) | PUBLIC
    assert {name for name, _, _ in addresses()} >= OTHERS


@pytest.mark.parametrize(("name", "view", "names"), OURS, ids=[name for name, _, _ in OURS])
def test_every_view_has_a_door_that_agrees_with_the_table(name, view, names):
    access = getattr(view, "access", None)
    assert access is not None, f"{name} has no @page"
    if name in PUBLIC:
        assert access.capability == ANYONE
    elif name in EXPECTED:
        roles = EVERYONE if access.capability == SIGNED_IN else frozenset(capabilities()[access.capability].roles)
        assert roles == EXPECTED[name]


@pytest.mark.parametrize("role_id", sorted(ROLES))
def test_every_role_meets_every_door(role_id, client_as):
    browser = client_as(PERSONA[role_id], role_id)
    browser.raise_request_exception = True
    for name, view, names in OURS:
        if name not in EXPECTED:
            continue
        address = reverse(name, kwargs={argument: ARGUMENTS[argument] for argument in names})
        for method in view.access.methods:
            answer = browser.get(address) if method == "GET" else browser.post(address, {})
            if role_id in EXPECTED[name]:
                assert answer.status_code in {200, 302, 400, 404, 422}, (name, method, answer.status_code)
            else:
                assert answer.status_code == 403, (name, method, answer.status_code)
        other = {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(view.access.methods)
        assert all(browser.generic(method, address).status_code == 405 for method in other)


def test_a_stranger_meets_the_sign_in_page_everywhere(db):
    stranger = Client()
    for name, view, names in OURS:
        if name.startswith(BY_TOKEN):
            continue
        if name in PUBLIC or (name.startswith(ELSEWHERE) and view.access.capability == ANYONE):
            continue
        address = reverse(name, kwargs={argument: ARGUMENTS.get(argument, 1) for argument in names})
        if "GET" in view.access.methods:
            answer = stranger.get(address)
            assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login")), name
        if "POST" in view.access.methods:
            assert stranger.post(address, {}).status_code == 401, name


def test_every_change_needs_the_forms_token(client_as, personas):
    for role_id, short in PERSONA.items():
        browser = client_as(short, role_id)
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = browser.cookies
        for name, view, names in OURS:
            if "POST" in view.access.methods and role_id in EXPECTED.get(name, ()):
                address = reverse(name, kwargs={argument: ARGUMENTS[argument] for argument in names})
                answer = strict.post(address, {"note": "some words that were typed"})
                assert answer.status_code == 403 and b"That form is out of date" in answer.content, name
                assert b"some words that were typed" in answer.content, "what was typed is given back"


def test_every_role_has_a_persona_and_every_capability_a_role():
    assert set(PERSONA) == EVERYONE
    for capability in capabilities().values():
        assert capability.roles and capability.sentence[0].islower()
