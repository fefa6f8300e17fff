"""Signing in, choosing a role, and personas that exist in a demonstration only."""

from __future__ import annotations

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse

from commonweal.errors import BadInput, NotAllowed
from commonweal.web.accounts import demo, services
from commonweal.web.accounts.checks import no_personas_in_production
from commonweal.web.accounts.models import Membership, Organisation, User
from commonweal.web.accounts.roles import ROLES
from commonweal.web.audit.models import Entry

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"


@pytest.fixture
def nurse(personas):
    user = User.objects.create_user("nurse@example.nhs.uk", "Nia Nurse", PASSWORD)
    Membership.objects.create(
        user=user, organisation=Organisation.objects.get(code="E85000"), role_id="clinician",
        valid_from=datetime.date(2020, 1, 1),
    )  # fmt: skip
    return user


def confirm(client):
    """Before anyone changes how they sign in, they give their password again."""
    page = reverse("mfa_activate_totp")
    assert client.get(page)["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def actor(short, personas, role_id=""):
    held = [one for one in services.memberships_of(personas[short]) if not role_id or one.role_id == role_id]
    return services.as_actor(held[0])


def test_a_password_signs_in_and_is_audited_and_the_session_is_new(nurse, client):
    client.get(reverse("account_login"))
    client.session["planted"] = "by somebody else"
    client.session.save()
    before = client.session.session_key
    answer = client.post(reverse("account_login"), {"login": "nurse@example.nhs.uk", "password": PASSWORD})
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert client.session.session_key != before
    assert Entry.objects.filter(actor=f"user:{nurse.pk}", action="sign in").count() == 1
    assert b"Clinician at Alder Road Surgery" in client.get("/").content


def test_a_wrong_password_and_an_unknown_address_look_the_same(nurse, client):
    wrong = client.post(reverse("account_login"), {"login": "nurse@example.nhs.uk", "password": "not the passphrase"})
    unknown = Client().post(
        reverse("account_login"), {"login": "nobody@example.nhs.uk", "password": "not the passphrase"}
    )
    assert wrong.status_code == unknown.status_code == 200

    def message(page):
        return page.content.split(b"nhsuk-error-summary__body")[1].split(b"</ul>")[0]

    assert message(wrong) == message(unknown)
    assert Entry.objects.filter(action="sign in refused").count() == 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_off_the_site(nurse, client, elsewhere):
    form = {"login": "nurse@example.nhs.uk", "password": PASSWORD, "next": elsewhere}
    assert client.post(reverse("account_login"), form)["Location"] == "/"


def test_nobody_can_sign_up(client, db):
    for path in ("/account/signup/", "/account/sign-up/", "/account/email/"):
        assert client.get(path).status_code == 404


def test_signing_out_needs_a_post(client_as):
    browser = client_as("amara")
    assert browser.get(reverse("account_logout")).status_code == 200
    assert browser.get("/").status_code == 200
    browser.post(reverse("account_logout"))
    assert browser.get("/").status_code == 302


def test_without_a_second_factor_the_only_page_sets_it_up(nurse, client, settings):
    settings.REQUIRE_MFA = True
    client.post(reverse("account_login"), {"login": "nurse@example.nhs.uk", "password": PASSWORD})
    for path in ("/", reverse("accounts:roles"), reverse("accounts:role")):
        assert client.get(path)["Location"] == reverse("mfa_activate_totp")
    confirm(client)
    assert b"Set up your second factor" in client.get(reverse("mfa_activate_totp")).content


def test_a_second_factor_is_set_up_and_then_asked_for(nurse, client, settings):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    settings.REQUIRE_MFA = True
    client.post(reverse("account_login"), {"login": "nurse@example.nhs.uk", "password": PASSWORD})
    confirm(client)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(reverse("mfa_activate_totp")).content.decode())[1]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.get("/").status_code == 200

    again = Client()
    answer = again.post(reverse("account_login"), {"login": "nurse@example.nhs.uk", "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert again.get("/").status_code == 302, "a password alone is not enough"


def test_personas_are_impossible_outside_a_demonstration(personas, client, settings):
    user = personas["amara"]
    client.force_login(user, backend="commonweal.web.accounts.backends.DatedAccounts")
    assert client.get("/").status_code == 200
    settings.DEMO = False
    assert client.get("/").status_code == 302, "a session that was open is worth nothing either"
    assert client.get(reverse("accounts:personas")).status_code == 403
    assert client.post(reverse("accounts:become", args=[user.pk])).status_code == 403
    with pytest.raises(NotAllowed):
        demo.make_personas(None)
    assert [error.id for error in no_personas_in_production(None, databases=["default"])] == ["commonweal.E002"]


def test_becoming_a_persona_starts_a_new_session(personas, client):
    client.get(reverse("accounts:personas"))
    session = client.session
    session["planted"] = 1
    session.save()
    client.post(reverse("accounts:become", args=[personas["amara"].pk]))
    assert "planted" not in client.session
    assert client.get("/").status_code == 200


def test_production_refuses_to_start_without_its_secret(monkeypatch):
    import importlib

    from django.core.exceptions import ImproperlyConfigured

    monkeypatch.delenv("COMMONWEAL_SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="COMMONWEAL_SECRET_KEY"):
        importlib.import_module("commonweal.web.settings.production")
    monkeypatch.setenv("COMMONWEAL_SECRET_KEY", "x" * 60)
    monkeypatch.setenv("COMMONWEAL_HOSTS", "commonweal.example.nhs.uk")
    import commonweal.web.settings.base as base

    importlib.reload(base)
    production = importlib.import_module("commonweal.web.settings.production")
    assert (production.DEMO, production.DEBUG, production.REQUIRE_MFA) == (False, False, True)
    assert production.SESSION_COOKIE_SECURE and production.CSRF_COOKIE_SECURE


def test_a_person_with_two_roles_works_in_one_at_a_time(client_as, personas):
    browser = client_as("elspeth", "pcn_lead")
    assert b"PCN lead at Canal Side PCN" in browser.get("/").content
    clinician = next(one for one in services.memberships_of(personas["elspeth"]) if one.role_id == "clinician")
    browser.post(reverse("accounts:role"), {"membership": clinician.pk})
    assert b"Clinician at Alder Road Surgery" in browser.get("/").content
    others = services.memberships_of(personas["noor"])[0]
    assert browser.post(reverse("accounts:role"), {"membership": others.pk}).status_code == 403
    assert b"Clinician at Alder Road Surgery" in browser.get("/").content


def test_a_role_begins_and_ends_on_its_days(personas):
    user = personas["amara"]
    held = user.memberships.get()
    held.valid_from, held.valid_to = datetime.date(2026, 1, 10), datetime.date(2026, 1, 20)
    held.save()
    days = {day: len(services.memberships_of(user, datetime.date(2026, 1, day))) for day in (9, 10, 20, 21)}
    assert days == {9: 0, 10: 1, 20: 1, 21: 0}


def test_a_role_at_a_closed_organisation_is_worth_nothing(personas):
    Organisation.objects.filter(code="E85000").update(valid_to=datetime.date(2021, 1, 1))
    assert services.memberships_of(personas["amara"]) == []


def test_an_administrator_adds_a_person_and_gives_and_ends_a_role(client_as, personas):
    browser = client_as("noor")
    browser.post(reverse("accounts:staff"), {"name": "Sam Sample", "email": "sam@example.nhs.uk"})
    sam = User.objects.get(email="sam@example.nhs.uk")
    assert not sam.has_usable_password()
    practice = Organisation.objects.get(code="E85000")
    form = {"role_id": "clinician", "organisation": practice.pk, "valid_from": "2026-01-01"}
    browser.post(reverse("accounts:member", args=[sam.pk]), form)
    held = sam.memberships.get()
    assert (held.role_id, held.organisation) == ("clinician", practice)
    browser.post(reverse("accounts:end", args=[sam.pk, held.pk]))
    held.refresh_from_db()
    assert held.valid_to is not None
    done = list(Entry.objects.filter(actor=f"user:{personas['noor'].pk}").values_list("action", flat=True))
    assert {"add person", "give role", "end role"} <= set(done)


def test_an_administrators_form_keeps_what_was_typed(client_as):
    answer = client_as("noor").post(reverse("accounts:staff"), {"name": "Sam Sample", "email": "not an address"})
    assert answer.status_code == 422
    assert b'value="Sam Sample"' in answer.content and b'value="not an address"' in answer.content


def test_nobody_gives_a_role_to_themselves_or_where_it_makes_no_sense(personas):
    administrator = actor("noor", personas)
    practice, icb = Organisation.objects.get(code="E85000"), Organisation.objects.get(code="QRV")
    day = datetime.date(2026, 1, 1)
    with pytest.raises(NotAllowed, match="themselves"):
        services.give_role(
            by=administrator, user=personas["noor"], organisation=practice, role_id="clinician", valid_from=day
        )
    with pytest.raises(BadInput, match="cannot work at"):
        services.give_role(
            by=administrator, user=personas["amara"], organisation=icb, role_id="clinician", valid_from=day
        )
    with pytest.raises(NotAllowed, match="may not add people"):
        services.add_person(by=actor("amara", personas), email="x@example.nhs.uk", name="X")


def test_every_role_says_what_it_is_and_what_it_may_do(client_as):
    page = client_as("maeve").get(reverse("accounts:roles")).content.decode()
    for role in ROLES.values():
        assert f">{role.title}<" in page and len(role.description) > 40


def test_the_nhs_logo_is_shown_only_by_who_says_that_it_is_an_nhs_service(client, settings):
    page = reverse("account_login")
    assert b'aria-label="NHS' not in client.get(page).content and b"commonweal/mark" in client.get(page).content
    settings.NHS_SERVICE = True
    assert b'aria-label="NHS' in client.get(page).content


def test_the_sign_in_form_has_one_way_to_a_forgotten_password_and_labels_that_stay(client):
    page = client.get(reverse("account_login")).content
    assert page.count(reverse("account_reset_password").encode()) == 1
    assert b"placeholder=" not in page
