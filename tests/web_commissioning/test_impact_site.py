"""Provider impact from finance's schemes, mergers in the middle of a year, and owners who leave, as people meet them."""

import datetime
import re

import pytest
from django.urls import reverse

from commonweal.web.commissioning.models import Contract, Intention, Milestone, Succession, Target, TargetChange
from commonweal.web.commissioning.services import impact, mergers, owners, register
from commonweal.web.finance.models import SchemeRecord
from commonweal.web.finance.services.schemes import register as scheme_register

pytestmark = pytest.mark.django_db
DAY = datetime.date


@pytest.fixture
def greta(actor):
    return actor("greta")


@pytest.fixture
def hugo(actor):
    return actor("hugo")


@pytest.fixture
def scheme(personas):
    """A scheme that moves 1,200 admissions away from Imperial from October 2026."""
    change = {"provider_code": "RYJ", "pod": "NEL", "activity": -1200, "average_price_pence": 300_000, "marginal_price_pence": 120_000}  # fmt: skip
    return SchemeRecord.objects.create(
        reference="rs-90", year="2026/27", title="Fewer admissions", gross_pence=360_000_000, investment_pence=40_000_000,
        maturity="approved", start=DAY(2026, 10, 1), impact=[change],
    )  # fmt: skip


def page(browser, view, *arguments, **query):
    return browser.get(reverse(f"commissioning:{view}", args=arguments), query).content.decode()


def test_the_table_comes_from_the_schemes(few, scheme, client_as, greta):
    register.link(by=greta, reference="i-nwl-005", kind="scheme", code="2026-27:rs-90", label="Fewer admissions")
    browser = client_as("greta")
    found = page(browser, "impact")
    # half a year: 600 × £3,000 lost, 600 × £1,200 released, £1.08m stranded; then the full year
    for words in (
        "−£1,800,000",
        "−£720,000",
        "£1,080,000",
        "−£3,600,000",
        "£2,160,000",
        "Investment placed with no provider",
        "£400,000",
    ):
        assert words in found, words
    assert "Rests on no logged assumption" in found and "<li>Fewer admissions</li>" in found
    assert "2026-27:rs-90" not in re.sub(r'href="[^"]*"', "", found), "a scheme is called by its name"
    by_year = {line.year: line for line in impact.impact(by=greta, group=("provider", "year")).table}
    theirs = scheme_register(by=greta, year="2026/27").impact[0]
    assert by_year["2027/28"].stranded_pence == theirs.stranded
    own = page(browser, "provider", "RYJ")
    assert (
        "Fewer admissions" in own and "2026-27:rs-90" not in re.sub(r'href="[^"]*"', "", own) and "−£1,800,000" in own
    )
    assert "Fewer admissions" in page(browser, "intention", "i-nwl-005")


def test_a_scheme_says_who_receives_its_investment(few, scheme, client_as, greta):
    browser = client_as("greta")
    address = reverse("finance:edit_scheme", args=["2026-27", "rs-90", "investment"])
    assert address in page(browser, "impact")
    rows = {"rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 0, "base_version": 1, "rows-0-provider_code": "ryx", "rows-0-amount": "300000", "rows-1-provider_code": "", "rows-1-amount": ""}  # fmt: skip
    refused = browser.post(address, rows | {"rows-0-amount": "400000.01"})
    assert refused.status_code == 422 and "more than the scheme invests" in refused.content.decode()
    assert browser.post(address, rows).status_code == 302
    found = page(browser, "impact")
    assert "£100,000: " in found and "£300,000" in found
    own = page(browser, "provider", "RYX")
    assert "Fewer admissions" in own and "£300,000" in own
    line = next(row for row in impact.impact(by=greta, group=("provider",)).table if row.investment_pence)
    assert (line.provider, line.investment_pence) == ("Central London Community Healthcare NHS Trust", 30_000_000)
    browser.post(address, rows | {"rows-0-amount": "400000", "base_version": 2})
    assert "placed with no provider" not in page(browser, "impact")


def test_terms_agreed_with_a_provider_change_its_support_and_the_others(few, scheme, client_as, greta):
    browser = client_as("hugo")
    address = reverse("commissioning:set_term")
    term = {"kind": "support", "provider_code": "RYJ", "year": "2026/27", "percent": "40", "source": "Board 7 May", "agreed_on": "2026-05-07"}  # fmt: skip
    assert browser.post(address, term).status_code == 302
    assert browser.post(address, term | {"percent": "25"}).status_code == 302  # a later entry takes its place
    others = {**term, "kind": "others", "year": "", "percent": "20"}
    assert browser.post(address, others).status_code == 302
    assert browser.post(address, term | {"percent": "101"}).status_code == 422
    found = page(browser, "impact")
    assert "£270,000 of £1,080,000 stranded" in found  # 25% of it
    line = next(row for row in impact.impact(by=greta, group=("provider", "year")).table if row.year == "2026/27")
    assert line.other_commissioners_pence == -45_000_000  # 0.2 ÷ 0.8 of £1.8m


def test_an_assumption_of_a_scheme_is_agreed_by_both(few, scheme, client_as, greta):
    browser = client_as("hugo")
    data = {"statement": "Half are avoidable", "value": "50%", "source": "Audit", "owner": "Finance", "made_on": "2026-05-01", "schemes": "2026-27:rs-90"}  # fmt: skip
    assert browser.post(reverse("commissioning:add_assumption"), data).status_code == 302
    assert "Assumption a-001 is not agreed by both sides" in page(browser, "impact")
    wrong = browser.post(
        reverse("commissioning:agree_assumption", args=["a-001"]), {"side": "neither", "name": "Asha Rao"}
    )
    assert wrong.status_code == 422 and 'value="Asha Rao"' in wrong.content.decode()
    for side in ("commissioner", "provider"):
        browser.post(reverse("commissioning:agree_assumption", args=["a-001"]), {"side": side, "name": "A. Name"})
    assert impact.impact(by=greta, group=("provider",)).unsettled == []
    assert "Half are avoidable" in page(browser, "provider", "RYJ")


def test_a_merger_in_the_middle_of_a_year_moves_what_follows(loaded, scheme, client_as, hugo, greta):
    contract = Contract.objects.create(
        reference="c-9", provider="Imperial College Healthcare NHS Trust", provider_code="RYJ", service="Renal", value_pence=1,
        starts=DAY(2026, 4, 1), ends=DAY(2028, 3, 31), route="competitive", decided_on=DAY(2026, 1, 5),
    )  # fmt: skip
    browser = client_as("hugo")
    form = {
        "old_code": "RYJ", "old_name": "Imperial College Healthcare NHS Trust", "new_code": "RQM", "new_name": "West Group",
        "merged_on": "2026-10-01",
    }  # fmt: skip
    address = reverse("commissioning:record_merger")
    assert browser.post(address, form | {"merged_on": ""}).status_code == 422
    assert browser.post(address, form).status_code == 302
    assert browser.post(address, form).status_code == 400  # it has merged already
    assert browser.post(address, form | {"old_code": "RQM", "new_code": "RYJ"}).status_code == 400
    found = page(browser, "mergers")
    assert "30 September 2026; then West Group, 1 October 2026 to 31 March 2028" in found
    assert [(who.code, who.start) for who in mergers.held_by(contract)] == [
        ("RYJ", DAY(2026, 4, 1)),
        ("RQM", DAY(2026, 10, 1)),
    ]
    # effects stand under whoever stands for the provider at the year's end
    assert {line.provider for line in impact.impact(by=greta, group=("provider",)).table} == {"West Group"}
    theirs = page(browser, "provider", "RQM")
    assert "Renal" in theirs and "−£1,800,000" in theirs and "RYJ" in theirs
    assert "became part of" in page(browser, "provider", "RYJ")
    contract.refresh_from_db()
    assert (contract.provider_code, Succession.objects.count()) == ("RYJ", 1)  # nothing recorded was rewritten


def test_everything_open_of_a_leaver_passes_on_at_once(few, client_as, greta, personas):
    from commonweal.web.accounts.models import User

    made = [register.carry_forward(by=greta, reference="i-nwl-005", year=year) for year in ("2027/28", "2028/29")]
    leaver = User.objects.get(pk=greta.user_id)
    newcomer = personas["ines"]
    newcomer.memberships.update(role_id="commissioner")
    leaver.memberships.update(valid_to=DAY(2026, 1, 1))
    browser = client_as("ines", "commissioner")
    found = page(browser, "leavers")
    assert f"{leaver.name}: 2 open intentions" in found
    address = reverse("commissioning:hand_over_all")
    assert browser.post(address, {"from_user_id": leaver.pk, "to_user_id": leaver.pk}).status_code in {400, 422}
    assert browser.post(address, {"from_user_id": leaver.pk, "to_user_id": newcomer.pk}).status_code == 302
    assert set(Intention.objects.filter(pk__in=[row.pk for row in made]).values_list("owner", flat=True)) == {
        newcomer.pk
    }
    assert "Everybody who owns an open intention is here" in page(browser, "leavers")


def test_a_name_is_changed_everywhere_but_in_what_was_signed(few, client_as, greta):
    rows = [register.carry_forward(by=greta, reference="i-nwl-005", year=year) for year in ("2027/28", "2028/29")]
    Intention.objects.filter(pk__in=[row.pk for row in rows]).update(lead="Pat Vale", senior_owner="Director")
    Intention.objects.filter(pk=rows[1].pk).update(state="agreed")
    Target.objects.update(owner="pat vale", published_on=DAY(2020, 1, 1))
    Milestone.objects.create(title="Open the hub", owner="Pat Vale")
    browser = client_as("greta")
    assert "1 intention, 1 target, 1 open milestone" in page(browser, "leavers", name="Pat Vale")
    address = reverse("commissioning:replace_name")
    assert browser.post(address, {"old": "Pat Vale", "new": "pat vale"}).status_code == 400
    answer = browser.post(address, {"old": "Pat Vale", "new": "Sam Reed"}, follow=True).content.decode()
    assert "Changed in 3 places" in answer and "1 reviewed or signed" in answer
    first, second = (Intention.objects.get(pk=row.pk) for row in rows)
    assert (first.lead, first.version, first.senior_owner) == ("Sam Reed", 2, "Director")
    assert "Pat Vale" in first.versions.get(number=2).change_log
    assert (second.lead, second.version) == ("Pat Vale", 1)
    assert (Milestone.objects.get().owner, Target.objects.get().owner) == ("Sam Reed", "Sam Reed")
    assert TargetChange.objects.get().published == "pat vale"
    assert owners.named(by=greta, name="Pat Vale").total == 0
