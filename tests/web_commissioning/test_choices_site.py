"""Fit, priorities and impact as people use them."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from commonweal.commissioning.intentions import Intention as Plain
from commonweal.commissioning.intentions import Kind
from commonweal.commissioning.prioritisation import CRITERIA
from commonweal.errors import BadInput
from commonweal.web.commissioning.models import Decision, Intention
from commonweal.web.commissioning.services import choices, impact, impact_changes

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 10, 1)
PLAIN = Plain("i", "Cancer", "Brent", "2026/27", Kind.ENABLER, "Title", "Summary")
POINTS = {"need": 25, "effect": 25, "evidence": 20, "cost": 10, "equity": 10, "feasibility": 10}


@pytest.fixture
def greta(actor):
    return actor("greta")


def score(by, reference, value: int):
    choices.score(
        by=by,
        reference=reference,
        scores=dict.fromkeys(CRITERIA, value),
        reasons=dict.fromkeys(CRITERIA, "as the paper says"),
    )


def test_priorities_from_weights_to_decision(loaded, greta, client_as):
    browser = client_as("greta")
    form = {
        "name": "Board 2026",
        "owner": "Board",
        "agreed_on": "2026-09-01",
        **{f"points_{n}": p for n, p in POINTS.items()},
    }
    assert browser.post(reverse("commissioning:set_weights"), form | {"points_need": 26}).status_code == 400
    assert browser.post(reverse("commissioning:set_weights"), form).status_code == 302
    score(greta, "i-nwl-038", 4)
    score(greta, "i-nwl-039", 1)
    ranking = choices.ranking(by=greta)
    assert ranking is not None
    assert [(row.id, row.score) for row, _ in ranking.rows] == [
        ("i-nwl-038", Decimal("100.0")),
        ("i-nwl-039", Decimal("25.0")),
    ]
    decide = reverse("commissioning:decide", args=[ranking.weights.pk])
    data = {"reference": "i-nwl-039", "decision": "fund", "decided_by": "Board", "decided_on": "2026-10-01"}
    refused = browser.post(decide, data)
    assert refused.status_code == 400 and "goes against the order" in refused.content.decode()
    assert browser.post(decide, data | {"reason": "A legal duty"}).status_code == 302
    assert Decision.objects.get().rank == 2
    page = browser.get(reverse("commissioning:priorities")).content.decode()
    assert "A legal duty" in page and "1 to 1" in page


def test_impact_with_assumptions_that_are_not_agreed(loaded, greta, client_as):
    browser = client_as("hugo")
    impact_changes.add_assumption(
        by=greta, statement="20% of cost moves", value="20%", source="Costing", owner="Finance", made_on=DAY
    )
    form = {
        "reference": "i-nwl-038", "provider": "Imperial", "provider_code": "RYJ", "point_of_delivery": "non-elective",
        "year": "2026/27", "activity": "-100", "average_price": "3000.00", "marginal_rate": "0.5", "variable_share": "0.2",
        "investment": "50000", "other_share": "0.25", "assumptions": "a-001",
    }  # fmt: skip
    assert browser.post(reverse("commissioning:add_effect"), form).status_code == 302
    term = {"kind": "support", "provider_code": "RYJ", "year": "2026/27", "percent": "50", "source": "Board", "agreed_on": "2026-09-01"}  # fmt: skip
    assert browser.post(reverse("commissioning:set_term"), term | {"year": ""}).status_code == 400
    assert browser.post(reverse("commissioning:set_term"), term).status_code == 302
    page = browser.get(reverse("commissioning:impact")).content.decode()
    for words in (
        "−£300,000",
        "−£150,000",
        "−£60,000",
        "£90,000",
        "−£100,000",
        "−£50,000",
        "£45,000 of £90,000 stranded",
    ):
        assert words in page, words
    assert "Assumption a-001 is not agreed by both sides" in page
    for side in ("commissioner", "provider"):
        browser.post(reverse("commissioning:agree_assumption", args=["a-001"]), {"side": side, "name": "A. Name"})
    assert impact.impact(by=greta, group=("provider",)).unsettled == []
    traced = browser.get(reverse("commissioning:trace", args=["provider", "RYJ"])).content.decode()
    assert "Changes its activity" in traced


def test_a_share_over_one_is_refused(loaded, greta):
    values = {
        "provider": "X", "point_of_delivery": "nel", "year": "2026/27", "activity": -1, "average_price_pence": 1,
        "other_share": Decimal(1),
    }  # fmt: skip
    with pytest.raises(BadInput, match="other_share"):
        impact_changes.add_effect(by=greta, reference="i-nwl-038", values=values, assumption_references=[])


def test_west_london_page_shows_the_missing_25(loaded, client_as):
    page = client_as("hugo").get(reverse("commissioning:west_london")).content.decode()
    assert "Planned Care, Paediatrics: 100 gross, 75 placed with a sector, 25 placed with none" in page
    assert "13,300" in page and "11,025" in page


def test_fit_page_of_west_london(loaded, client_as):
    page = client_as("greta").get(reverse("commissioning:fit")).content.decode()
    assert page.count("✓") == 101
    assert "Integrated care and community services" in page


def test_programmes_that_share_a_target_or_depend_on_each_other_are_joined(loaded, client_as, actor):
    from commonweal.commissioning.interdependence import Join, joins

    def one(reference, programme, targets=(), depends=()):
        row = replace(PLAIN, id=reference, programme=programme, target_ids=targets, depends_on=depends)
        return row

    rows = [one("a", "Cancer", ("t-1",)), one("b", "Digital", ("t-1", "t-2"), ("a", "gone")), one("c", "Digital", ("t-2",), ("b",))]  # fmt: skip
    assert joins(rows) == [
        Join("Cancer", "Digital", 1, 1)
    ]  # within Digital nothing is joined, and a lost reference neither
    page = client_as("greta").get(reverse("commissioning:interdependence")).content.decode()
    assert "<svg" in page and "The strongest tie is between" in page
    everything = joins([row.plain() for row in Intention.objects.all()])
    assert f"{len(everything)} pairs of programmes" in page and everything[0].shared_targets > 0
    one_document = client_as("greta").get(reverse("commissioning:interdependence"), {"source": "swl-2016-17"})
    assert one_document.status_code == 200
