"""What a hostile or careless visitor meets that no other suite asks: headers, hosts, sizes, broken requests, late forms."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from web_release import person_id, serve

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]


def test_every_answer_carries_the_security_policy(client_as, client):
    for answer in (client_as("amara").get("/"), client.get(reverse("account_login")), client.get("/nowhere/")):
        policy = dict(
            part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";") if part.strip()
        )
        assert policy["default-src"] == "'none'" and policy["style-src"] == "'self'"
        assert re.fullmatch(r"'self' 'nonce-[\w+/=]+'", policy["script-src"])
        assert policy["form-action"] == "'self'" and policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_a_nonce_is_used_once(client):
    first, second = (client.get(reverse("account_login"))["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_pages_for_somebody_signed_in_are_not_kept_by_the_browser(client_as):
    browser = client_as("amara")
    for address in ("/", reverse("people:show", args=[person_id(0)]), reverse("lists:index"), "/nowhere/"):
        answer = browser.get(address)
        assert "no-store" in answer.get("Cache-Control", ""), address


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    client.get(reverse("account_login"))
    token = client.cookies["csrftoken"]
    assert token["httponly"] and token["samesite"] == "Strict"


def test_a_strange_host_is_refused(client):
    answer = client.get("/account/sign-in/", HTTP_HOST="evil.example")
    assert answer.status_code == 400 and b"evil.example" not in answer.content


@pytest.mark.parametrize(
    "address",
    [
        "/care/people/%00/", "/care/people/..%2f..%2fetc%2fpasswd/", "/care/people/<script>alert(1)</script>/",
        "/care/people/" + "x" * 3000 + "/", "/care/lists/not-a-uuid/", "/planning/measures/a/b/%F0%9F%92%A9/",
        "/account/staff/99999999999999999999999/", "/care/people/' OR '1'='1/",
    ],
)  # fmt: skip
def test_a_broken_address_is_an_ordinary_refusal(client_as, address):
    for who in ("amara", "greta", "noor"):
        answer = client_as(who).get(address)
        assert answer.status_code in {400, 403, 404}
        assert b"Traceback" not in answer.content and b"<script>alert" not in answer.content


def test_a_body_too_large_is_refused(client_as):
    browser = client_as("amara")
    answer = browser.post(reverse("people:find"), {"number": "9" * 3_000_000})
    assert answer.status_code in {400, 422}
    answer = browser.post(reverse("lists:index"), {f"field{number}": "x" for number in range(3000)})
    assert answer.status_code in {400, 405}


def test_an_error_of_ours_shows_no_inside(client_as, monkeypatch):
    from commonweal.web.trust import services

    def fail(**kwargs):
        raise RuntimeError("secret of person 9990000018")

    monkeypatch.setattr(services, "definitions", fail)
    browser = client_as("ines")
    browser.raise_request_exception = False
    answer = browser.get(reverse("trust:definitions"))
    assert answer.status_code == 500 and b"secret" not in answer.content and b"9990000018" not in answer.content


def test_a_form_sent_after_the_session_ended_gives_the_words_back(client_as):
    browser = client_as("amara")
    page = browser.get(reverse("people:correct", args=[person_id(0)])).content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    browser.cookies.pop("sessionid", None), browser.cookies.pop("commonweal_session", None)
    form = {
        "csrfmiddlewaretoken": token,
        "item": "x",
        "words": "a long and careful explanation",
        "password": "not this one",
    }
    answer = browser.post(reverse("people:correct", args=[person_id(0)]), form)
    assert answer.status_code == 401 and b"You were signed out" in answer.content
    assert b"a long and careful explanation" in answer.content and b"not this one" not in answer.content
    assert b">x</textarea>" in answer.content and b"Words</label>" in answer.content, "short words too, by their field"


def test_a_release_published_while_a_list_is_open_is_no_harm(client_as, small_store):
    """The page was made from the older release; the answer is about the person, so it is kept."""
    serve(small_store, newest=1)
    browser = client_as("amara")
    page = browser.get(reverse("lists:from_definition", args=["diabetes_hba1c_overdue"]), follow=True)
    address = re.search(r'action="([^"]+/act/)"', page.content.decode())[1]
    serve(small_store)
    form = {"person": person_id(0), f"version-{person_id(0)}": 0, "verb": "note", "note": "written before the release"}
    answer = browser.post(address, form, follow=True)
    assert "written before the release" in answer.content.decode()
    assert "Data as at 31 March 2026" in answer.content.decode()


def test_a_role_that_ends_ends_at_once(client_as, personas):
    import datetime

    browser = client_as("amara")
    assert browser.get(reverse("lists:index")).status_code == 200
    personas["amara"].memberships.update(valid_to=datetime.date(2021, 1, 1))
    assert browser.get(reverse("lists:index"))["Location"] == reverse("accounts:role")


def test_an_account_that_is_closed_ends_at_once(client_as, personas):
    browser = client_as("amara")
    personas["amara"].is_active = False
    personas["amara"].save()
    assert browser.get("/")["Location"].startswith(reverse("account_login"))


def test_guessing_passwords_is_slowed_down(client, personas):
    from commonweal.web.accounts.models import User

    User.objects.create_user("slow@example.nhs.uk", "S", "a long enough passphrase")
    answers = [
        client.post(reverse("account_login"), {"login": "slow@example.nhs.uk", "password": f"guess {number}"})
        for number in range(8)
    ]
    right = client.post(
        reverse("account_login"), {"login": "slow@example.nhs.uk", "password": "a long enough passphrase"}
    )
    assert right.status_code != 302, "after so many failures even the right one waits"
    assert all(one.status_code in {200, 429} for one in answers)


def test_what_the_health_check_tells_a_stranger(db):
    answer = Client().get(reverse("core:health")).json()
    assert set(answer) == {"database", "release", "demo"}
