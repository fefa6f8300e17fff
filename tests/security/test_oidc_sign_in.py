"""Signing in with an identity provider, tried against a real one on the loopback, in a process with a site's own settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from oidc_provider import CLIENT, SECRET, Provider

HERE = Path(__file__).parent

VISIT = """
import json, re, sys, urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from commonweal.store import Store
from commonweal.web.setup import prepare
prepare(Store(Path(sys.argv[1])), "demo")
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.test import Client
from commonweal.web.accounts.models import User
from commonweal.web.audit.models import Entry
PROVIDER = sys.argv[2]
known = User.objects.create(email="nia@example.nhs.uk", name="Nia Nurse")
User.objects.create(email="amara@demo.invalid", name="Amara", is_demo=True)

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None

def at_provider(address):
    try:
        urllib.request.build_opener(Stay).open(address)
    except urllib.error.HTTPError as error:
        return error.headers["Location"]

def visit(person, tamper=lambda address: address):
    body = json.dumps({"sub": person["email"], "name": "Nia Nurse", **person}).encode()
    urllib.request.urlopen(urllib.request.Request(PROVIDER + "/person", body, method="POST"))
    client = Client()
    page = client.get("/account/sign-in/").content.decode()
    button = re.search(r'<form method="post" action="([^"]+oidc[^"]+)"', page)[1].replace("&amp;", "&")
    away = client.post(button)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away["Location"]).query).items()}
    back, before = tamper(at_provider(away["Location"])), client.session.session_key
    answer = client.get(back)
    return client, {"user": client.session.get("_auth_user_id"), "to": answer.get("Location", ""), "back": back,
        "challenge": asked.get("code_challenge_method"), "state": bool(asked.get("state")),
        "renewed": client.session.session_key != before}

nia = {"email": known.email, "email_verified": True}
client, honest = visit(nia)
out = {"known": str(known.pk), "honest": honest, "audited": Entry.objects.filter(actor=f"user:{known.pk}", action="sign in").count()}
for name, asks, provides in (("provider has none", True, False), ("provider has one", True, True)):
    settings.REQUIRE_MFA, settings.OIDC_PROVIDES_SECOND_FACTOR = asks, provides
    out[name] = client.get("/").get("Location", "")
settings.REQUIRE_MFA = False
stranger = Client()
replayed = stranger.get(honest["back"])
out["replayed page"] = [replayed.status_code, "Signing in failed" in replayed.content.decode()]
denied = Client()
away = denied.post("/account/oidc/staff/login/")
state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
out["cancelled"] = "You stopped" in denied.get(
    "/account/oidc/staff/login/callback/?error=access_denied&state=" + state, follow=True).content.decode()
asked = Client(enforce_csrf_checks=True).post("/account/oidc/staff/login/")
out["without a token"] = asked.status_code
out["by GET"] = Client().get("/account/oidc/staff/login/").status_code
out["replayed"] = stranger.session.get("_auth_user_id")
out["forged"] = visit(nia, lambda address: address.split("&state=")[0] + "&state=forged")[1]["user"]
for name, person in {
    "unknown": {"email": "somebody.else@example.nhs.uk", "email_verified": True},
    "not verified": {"email": known.email, "email_verified": False, "sub": "another"},
    "verification not said": {"email": known.email, "sub": "a third"},
    "a persona": {"email": "amara@demo.invalid", "email_verified": True},
}.items():
    out[name] = visit(person)[1]
out["accounts"] = User.objects.count()
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Every visit, by name, in one process with the settings of a site that has a provider."""
    provider = Provider()
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(tmp_path_factory.mktemp("store")), provider.url], capture_output=True, text=True,
        timeout=400, check=False,
        env={
            **os.environ, "COMMONWEAL_OIDC_URL": f"{provider.url}/.well-known/openid-configuration",
            "COMMONWEAL_OIDC_CLIENT_ID": CLIENT, "COMMONWEAL_OIDC_SECRET": SECRET,
        },
    )  # fmt: skip
    provider.server.shutdown()
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "refused": provider.refused}


def test_known_staff_sign_in_by_the_button_with_state_and_pkce(found):
    honest = found["honest"]
    assert honest["user"] == found["known"] and honest["to"] == "/"
    assert honest["challenge"] == "S256" and honest["state"]
    assert honest["renewed"], "the session before signing in is not the one after"
    assert found["audited"] == 1
    assert found["refused"] == [], "every visit met the provider's checks of client, address, code and verifier"


def test_a_callback_that_is_replayed_or_forged_signs_nobody_in(found):
    assert found["replayed"] is None and found["forged"] is None
    assert found["replayed page"][1], "the person is told, and it is no broken page"


def test_whoever_stops_at_the_provider_is_told(found):
    assert found["cancelled"]


def test_another_site_cannot_start_the_sign_in(found):
    assert found["without a token"] == 403
    assert found["by GET"] == 200, "a link asks first, and sends nobody away"


@pytest.mark.parametrize("name", ["unknown", "not verified", "verification not said", "a persona"])
def test_an_identity_that_is_no_account_stays_outside(found, name):
    assert found[name]["user"] is None and found[name]["to"] == "/account/no-account/"
    assert found["accounts"] == 2, "nobody was signed up"


def test_the_second_factor_is_asked_for_where_the_provider_has_none(found):
    assert found["provider has none"] == "/account/second-factor/set-up/"
    assert found["provider has one"] != "/account/second-factor/set-up/"
