"""Fixtures that several suites share. Those of one suite live beside it."""

from __future__ import annotations

import os
import shutil

import pytest

CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium, driven by Playwright. Where it is absent the test is not run; in CI that is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and in CI every browser test must run")
        pytest.skip("not run: install Chromium")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def personas(db):
    """The demonstration's staff, by short name."""
    from commonweal.web.accounts.demo import PERSONAS, Place, make_personas

    place = Place(
        practice=("E85000", "Alder Road Surgery"),
        other_practice=("E85001", "Birch Lane Practice"),
        pcn=("U00001", "Canal Side PCN"),
        borough=("E09000009", "Ealing"),
        icb=("QRV", "NHS North West London ICB"),
        trust=("RYJ", "Imperial College Healthcare NHS Trust"),
        council=("E09000009", "Ealing Council"),
    )
    return dict(zip([short for short, _, _ in PERSONAS], make_personas(place), strict=True))


@pytest.fixture
def client_as(personas, client):
    """A browser without JavaScript, signed in: ``client_as("amara")`` or ``client_as("elspeth", "pcn_lead")``."""
    from django.test import Client

    from commonweal.web.accounts.services import SESSION_KEY, memberships_of

    def sign_in(short: str, role_id: str = "") -> Client:
        browser = Client()
        user = personas[short]
        browser.force_login(user, backend="commonweal.web.accounts.backends.DatedAccounts")
        held = [one for one in memberships_of(user) if not role_id or one.role_id == role_id]
        session = browser.session
        session[SESSION_KEY] = held[0].pk
        session.save()
        return browser

    return sign_in


@pytest.fixture(scope="session")
def small_store(tmp_path_factory):
    """A store with two small releases of invented people (see `tests/web/web_release.py`)."""
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent / "web"))
    from web_release import build

    return build(tmp_path_factory.mktemp("store") / "store")


@pytest.fixture
def released(small_store, settings):
    """The site reads the small store, whose second release serves."""
    from web_release import serve

    settings.STORE = small_store
    serve(small_store)
    return small_store


@pytest.fixture(autouse=True)
def no_limits_left_from_another_test():
    """Rate limits live in the cache of the process: each test begins with none."""
    from django.core.cache import cache

    cache.clear()
