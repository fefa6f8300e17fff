"""The demonstration's intention, traced from end to end in one click each."""

import pytest
from django.urls import reverse

from commonweal.web.commissioning.models import Intention
from commonweal.web.commissioning.services import example, register

pytestmark = pytest.mark.django_db


def test_one_intention_traced_end_to_end(loaded, client_as, actor):
    assert example.make_example() is True
    assert example.make_example() is False
    assert Intention.objects.get(reference=example.REFERENCE).state == "notified"
    browser = client_as("greta")
    page = browser.get(reverse("commissioning:intention", args=[example.REFERENCE])).content.decode()
    for words in (
        "Notice given 14 September 2026, in time",  # people, money, contract, feedback, assessments, signatures on one page
        "Annual health check",
        "Learning disability register",
        "The appointment is too short to explain things",
        "Imperial College Healthcare NHS Trust, NEL, 2026/27: -40 activity",
        "Outreach health checks at home",
        "All assessments are complete.",
        "Provider: Contract director, Central London Community Healthcare",
    ):
        assert words in page, words
    for kind, code in (
        ("measure", "ld_health_check"),
        ("provider", "RYJ"),
        ("register", "learning_disability"),
        ("target", "t-demo-001"),
        ("borough", "E09000005"),
    ):
        back = browser.get(reverse("commissioning:trace", args=[kind, code])).content.decode()
        assert reverse("commissioning:intention", args=[example.REFERENCE]) in back, kind
    assert "The appointment is too short" in browser.get(reverse("commissioning:you_said")).content.decode()


def test_a_link_by_hand_leads_to_its_scheme(loaded, client_as, actor):
    register.link(
        by=actor("greta"), reference="i-nwl-005", kind="scheme", code="2019-20:rs-07", label="Emergency pathway"
    )
    page = client_as("greta").get(reverse("commissioning:intention", args=["i-nwl-005"])).content.decode()
    assert reverse("finance:scheme", args=["2019-20", "rs-07"]) in page
    back = client_as("greta").get(reverse("commissioning:trace", args=["scheme", "2019-20:rs-07"])).content.decode()
    assert "i-nwl-005" in back
