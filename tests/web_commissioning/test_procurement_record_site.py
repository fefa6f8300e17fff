"""Scored providers, a waiver, the award's notice and an end without an award, as staff enter them."""

import datetime

import pytest
from django.urls import reverse

from commonweal.commissioning.procurement.provider_selection import KEY_CRITERIA
from commonweal.web.commissioning.models import Contract, Procurement, ScoredProvider
from commonweal.web.commissioning.services import procurement

pytestmark = pytest.mark.django_db
DAY = datetime.date
WEIGHTS = dict(zip(KEY_CRITERIA, (30, 25, 20, 15, 10), strict=True))


@pytest.fixture
def hugo(actor):
    return actor("hugo")


@pytest.fixture
def row(hugo):
    """A procurement whose answers lead to the most suitable provider process."""
    made = procurement.create(by=hugo, service="Community cardiology", decision_on=DAY(2026, 10, 1))
    no = dict.fromkeys(("urgent", "framework", "existing_provider", "patient_choice"), (False, "Paper 3"))
    made = procurement.answer(
        by=hugo, reference=made.reference, answers={**no, "can_identify": (True, "Paper 4")}, base_version=made.version
    )
    assert made.route == "most suitable provider"
    return made


def score(browser, row, provider, value, **more):
    row.refresh_from_db()
    data = {"base_version": row.version, "provider": provider}
    data |= {f"score_{key}": value for key in KEY_CRITERIA} | {f"reason_{key}": "Bid, page 4" for key in KEY_CRITERIA}
    return browser.post(reverse("commissioning:score_provider", args=[row.reference]), data | more)


def weigh(browser, row):
    row.refresh_from_db()
    data = {"base_version": row.version, **{f"weight_{key}": value for key, value in WEIGHTS.items()}}
    assert browser.post(reverse("commissioning:criteria", args=[row.reference]), data).status_code == 302


def page_of(browser, row):
    return browser.get(reverse("commissioning:procurement", args=[row.reference])).content.decode()


def test_providers_are_scored_and_put_in_order(client_as, row):
    browser = client_as("hugo")
    assert score(browser, row, "Alpha", 50, score_quality=60).status_code == 302
    assert "weigh the criteria first" in page_of(browser, row)
    weigh(browser, row)
    assert score(browser, row, "Beta", 50).status_code == 302
    page = page_of(browser, row)
    assert page.index("Alpha</th>") < page.index("Beta</th>")
    assert ">53.0<" in page and ">50.0<" in page
    assert score(browser, row, "Beta", 50, reason_value="").status_code == 422
    assert score(browser, row, "Beta", 50, score_value="101").status_code == 422
    assert score(browser, row, "Beta", 70).status_code == 302  # scored again: its scores are replaced
    assert ScoredProvider.objects.count() == 2
    page = page_of(browser, row)
    assert page.index("Beta</th>") < page.index("Alpha</th>")


def test_an_award_of_a_compared_process_needs_the_scores_of_the_provider_chosen(client_as, hugo, row):
    browser = client_as("hugo")
    row = procurement.set_details(
        by=hugo, reference=row.reference, values={"provider": "Alpha"}, base_version=row.version
    )
    missing = procurement.what_is_missing(row)
    assert "weights of the five key criteria" in missing
    weigh(browser, row)
    score(browser, row, "Beta", 50)
    row.refresh_from_db()
    assert "the scores of Alpha, the provider chosen" in procurement.what_is_missing(row)
    score(browser, row, "Alpha", 40)
    row.refresh_from_db()
    assert not [words for words in procurement.what_is_missing(row) if "scores" in words or "weights" in words]
    assert "Alpha is chosen and Beta scored higher" in page_of(browser, row)


def test_two_people_scoring_at_once(client_as, row):
    browser = client_as("hugo")
    assert score(browser, row, "Alpha", 50).status_code == 302
    assert score(browser, row, "Beta", 60, base_version=row.version - 1).status_code == 503
    assert list(ScoredProvider.objects.values_list("provider", flat=True)) == ["Alpha"]


def test_a_waiver_from_asking_to_the_audit_committee(client_as, row):
    browser = client_as("hugo")
    address = reverse("commissioning:waiver", args=[row.reference])
    form = {
        "base_version": row.version, "rule": "SFI 14.3", "ground": "one_source", "reason": "One maker", "value": "90000.00",
        "asked_by": "Head of estates", "asked_on": "2026-09-01",
    }  # fmt: skip
    assert browser.post(address, form | {"reason": ""}).status_code == 422
    assert browser.post(address, form).status_code == 302
    assert "who approved the waiver" in page_of(browser, row)
    row.refresh_from_db()
    form["base_version"] = row.version
    itself = browser.post(address, form | {"approved_by": "head of estates", "approved_on": "2026-09-02"})
    assert itself.status_code == 400 and "does not approve" in itself.content.decode()
    assert browser.post(address, form | {"approved_by": "Chief finance officer", "approved_on": "2026-09-02"}).status_code == 302  # fmt: skip
    page = page_of(browser, row)
    assert "£90,000" in page and "Chief finance officer" in page and "not been reported to the audit committee" in page
    row.refresh_from_db()
    assert procurement.procurement_record.waiver_of(row).value_pence == 9_000_000
    assert not [words for words in procurement.what_is_missing(row) if "waiver" in words]


def test_a_procurement_ends_without_an_award_and_keeps_its_record(client_as, row):
    browser = client_as("hugo")
    address = reverse("commissioning:abandon", args=[row.reference])
    assert browser.post(address, {"base_version": row.version, "reason": ""}).status_code == 422
    assert browser.post(address, {"base_version": row.version, "reason": "The need has gone"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "abandoned" and "The need has gone" in page_of(browser, row)
    assert score(browser, row, "Alpha", 50).status_code == 400
    assert Contract.objects.count() == 0


def test_every_state_of_a_procurement_is_reached(client_as, hugo, row):
    """planned → deciding → notices → awarded, and abandoned."""
    reached = {procurement.create(by=hugo, service="Podiatry", decision_on=DAY(2026, 10, 1)).state, row.state}
    browser = client_as("hugo")
    weigh(browser, row)
    score(browser, row, "Alpha", 60)
    row.refresh_from_db()
    values = {
        "provider": "Alpha", "reason": "Best for patients", "criteria_assessment": "Paper 3", "basic_selection": "Met",
        "exclusions": "None", "decided_by": ["Chair"], "lifetime_value_pence": 65_000_000, "intention_on": DAY(2026, 8, 3),
        "intention_to_award_on": DAY(2026, 8, 17),
    }  # fmt: skip
    row = procurement.set_details(by=hugo, reference=row.reference, values=values, base_version=row.version)
    reached.add(row.state)
    procurement.declare(
        by=hugo, reference=row.reference, person="Chair", declared_on=DAY(2026, 8, 1), interest="", managed_by=""
    )
    # 17 August 2026 is a Monday: eight working days after it is the 27th; award from the 28th
    award = {"base_version": row.version, "starts": "2026-10-01", "ends": "2029-09-30"}
    address = reverse("commissioning:award", args=[row.reference])
    assert browser.post(address, award | {"awarded_on": "2026-08-27"}).status_code == 404
    assert browser.post(address, award | {"awarded_on": "2026-08-28"}).status_code == 302
    row.refresh_from_db()
    reached.add(row.state)
    notice = reverse("commissioning:award_notice", args=[row.reference])
    assert browser.post(notice, {"base_version": row.version, "published_on": "2026-08-27"}).status_code == 400
    late = browser.post(notice, {"base_version": row.version, "published_on": "2026-09-28"}, follow=True)
    assert "it was published late" in late.content.decode()
    other = Procurement.objects.exclude(pk=row.pk).get()
    procurement.procurement_record.abandon(by=hugo, reference=other.reference, reason="x", base_version=other.version)
    other.refresh_from_db()
    reached.add(other.state)
    assert reached == {name for name, _ in Procurement.STATES}
