"""What the governance lead is shown of the audit: each signal found, and none where people only did their work."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from commonweal.errors import NotAllowed
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit import unusual
from commonweal.web.audit.models import Entry

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 6, 15)


def _write(
    actor: str, action: str, subjects: range | list[int], *, hour: int = 11, days: int = 3, role: str = "clinician"
):
    moment = datetime.datetime.combine(TODAY - datetime.timedelta(days=days), datetime.time(hour))
    Entry.objects.bulk_create(
        Entry(
            at=timezone.make_aware(moment), actor=actor, role=role, organisation="E85000", purpose="direct_care", action=action,
            subject=f"p_{one}",
        )
        for one in subjects
    )  # fmt: skip


@pytest.fixture
def found(personas):
    def read() -> dict[str, list[tuple[str, str, int]]]:
        by = as_actor(memberships_of(personas["kamala"])[0])
        return {
            one.title: [(row.actor, row.subject, row.size) for row in one.found]
            for one in unusual.signals(by=by, today=TODAY)
        }

    return read


def test_ordinary_work_is_no_signal(found):
    for colleague in range(3):
        _write(f"user:{900 + colleague}", "look", range(25))
    _write("user:900", "look refused", range(2))
    _write("user:900", "look", range(4), hour=23)
    assert set(map(tuple, found().values())) == {()}


def test_who_looks_at_far_more_people_than_colleagues(found):
    for colleague in range(3):
        _write(f"user:{900 + colleague}", "look", range(12))
    _write("user:910", "look", range(37))
    _write("user:911", "look", range(200), role="care_coordinator", days=40)  # before the days that are read
    assert found()["Many people in one day"] == [("user:910", "", 37)]


def test_a_whole_role_that_is_busy_is_not_unusual(found):
    for colleague in range(3):
        _write(f"user:{900 + colleague}", "look", range(40))
    assert found()["Many people in one day"] == []


def test_nights_refusals_searches_and_broken_glass(found):
    _write("user:901", "look", range(5), hour=2)
    _write("user:902", "look refused", range(3))
    _write("user:903", "find person", range(20))
    _write("user:904", "break glass", range(3))
    shown = found()
    assert shown["At night"] == [("user:901", "", 5)]
    assert shown["Refused"] == [("user:902", "", 3)]
    assert shown["Searching by NHS number"] == [("user:903", "", 20)]
    assert shown["Breaking the glass"] == [("user:904", "", 3)]


def test_one_person_whom_many_look_at(found):
    for account in range(8):
        _write(f"user:{900 + account}", "look", [7, 100 + account])
    assert found()["One person, many eyes"] == [("", "p_7", 8)]


def test_from_a_signal_to_the_entries_behind_it(client_as, personas):
    actor = f"user:{personas['amara'].pk}"
    today = timezone.localdate()
    Entry.objects.bulk_create(
        Entry(at=timezone.now(), actor=actor, role="clinician", organisation="E85000", purpose="direct_care", action="break glass", subject=f"p_{one}")
        for one in range(4)
    )  # fmt: skip
    browser = client_as("kamala")
    page = browser.get(reverse("audit:unusual")).content.decode()
    assert f'name="actor" value="{actor}"' in page and "See the entries" in page
    since = (today - datetime.timedelta(days=unusual.DAYS)).isoformat()
    behind = browser.post(reverse("audit:explorer"), {"actor": actor, "from_day": since}).content.decode()
    assert all(f"p_{one}" in behind for one in range(4))


def test_only_the_governance_lead_reads_it_and_the_reading_is_audited(client_as, personas):
    page = client_as("kamala").get(reverse("audit:unusual"))
    assert page.status_code == 200 and b"Access that stands out" in page.content
    assert Entry.objects.filter(action="read unusual access").count() == 1
    assert client_as("noor").get(reverse("audit:unusual")).status_code == 403
    with pytest.raises(NotAllowed):
        unusual.signals(by=as_actor(memberships_of(personas["amara"])[0]))
