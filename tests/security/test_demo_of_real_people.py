"""A demonstration signs anyone in with one click: over real people it must let nobody in.

`serve` without ``--production`` is a demonstration. Typed by mistake beside a real store, it gave every passer-by a
clinician's, a network's and an administrator's view of real people.
"""

from __future__ import annotations

import shutil

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import reverse

from commonweal.store import Store

pytestmark = pytest.mark.django_db
PERSON = "person0000"


@pytest.fixture
def real_store(small_store, tmp_path):
    """The small store, whose release says that its people are real."""
    shutil.copytree(small_store.root, tmp_path / "real")
    store = Store(tmp_path / "real")
    for path in store.releases.glob("*/serve/*.duckdb"):
        with duckdb.connect(str(path)) as connection:
            connection.execute("UPDATE release SET invented = false")
    return store


def test_nobody_becomes_a_persona_where_people_are_real(personas, real_store, settings):
    settings.STORE = real_store
    browser = Client()
    answer = browser.post(reverse("accounts:become", args=[personas["amara"].pk]))
    assert answer.status_code == 403
    assert browser.get(reverse("accounts:personas")).status_code == 403
    assert browser.get(reverse("people:show", args=[PERSON])).status_code == 302


def test_a_persona_who_is_signed_in_is_out_when_real_people_are_released(client_as, released, real_store, settings):
    browser = client_as("amara")
    address = reverse("people:show", args=[PERSON])
    assert browser.get(address).status_code == 200
    settings.STORE = real_store
    assert browser.get(address)["Location"].startswith(reverse("account_login"))


def test_a_demonstration_of_real_people_does_not_start(personas, real_store, released, settings):
    call_command("check", databases=["default"])
    settings.STORE = real_store
    with pytest.raises(SystemCheckError, match="E003"):
        call_command("check", databases=["default"])


def test_a_release_that_cannot_be_read_counts_as_real(personas, real_store, settings):
    for path in real_store.releases.glob("*/serve/planning.duckdb"):
        path.unlink()
    settings.STORE = real_store
    assert Client().post(reverse("accounts:become", args=[personas["amara"].pk])).status_code == 403
