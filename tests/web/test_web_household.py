"""The household: only one's own people, only at the same address, and never a home or a hostel by name."""

from __future__ import annotations

import pytest
from django.urls import reverse
from web_release import person_id

from commonweal.record.known_people import KnownPeople
from commonweal.web.audit.models import Entry
from commonweal.web.people import identities

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
OURS = person_id(0)
SAME_AREA = [person_id(key) for key in range(20, 240, 20)]
"""At E85000 (divisible by 4) and in the small area of person 0 (by 10)."""


@pytest.fixture
def addresses(monkeypatch):
    """Gives each person an address: the small store has none. Returns the mapping to fill."""
    known: dict[str, tuple[str, str]] = {}

    def rows(store, person_ids, fields):
        assert set(fields) <= {"subject_key", "address", "postcode"} or "nhs_number" in fields
        found = read(store, person_ids, fields)
        for one, (address, postcode) in known.items():
            for row in found.get(one, ()):
                row |= {"address": address, "postcode": postcode}
        return found

    read = KnownPeople.rows_of
    monkeypatch.setattr(KnownPeople, "rows_of", rows)
    return known


def page(browser, person=OURS):
    return browser.get(reverse("people:household", args=[person]))


def test_those_at_the_same_address_are_shown_with_what_is_due_and_each_is_a_look(client_as, addresses):
    addresses |= {
        OURS: ("1 Mill Lane", "HA1 1AA"),
        SAME_AREA[0]: ("1  mill lane", "ha11aa"),
        SAME_AREA[1]: ("2 Mill Lane", "HA1 1AA"),
    }
    text = page(client_as("amara")).content.decode()
    assert "Given20 Family20" in text and "Family40" not in text
    assert Entry.objects.filter(action="look", subject=SAME_AREA[0], reason="household").count() == 1
    assert Entry.objects.get(action="household").result_count == 1


def test_people_of_another_practice_are_not_said_to_live_there(client_as, addresses):
    """Person 10 is in the same area and at the same address, and registered elsewhere."""
    addresses |= {OURS: ("1 Mill Lane", "HA1 1AA"), person_id(10): ("1 Mill Lane", "HA1 1AA")}
    text = page(client_as("amara")).content.decode()
    assert "Family10" not in text and "Nobody else of your people" in text
    assert page(client_as("amara"), person_id(10)).status_code == 404


def test_a_home_names_nobody(client_as, addresses):
    addresses |= dict.fromkeys([OURS, *SAME_AREA], ("The Limes", "HA1 1AA"))
    text = page(client_as("amara")).content.decode()
    assert "Many people share this address" in text and "Family20" not in text


def test_without_an_address_there_is_no_household(client_as):
    assert "Nobody else of your people" in page(client_as("amara")).content.decode()
    assert identities.at_one_address(OURS, SAME_AREA) == []
