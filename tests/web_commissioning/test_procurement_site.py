"""Both procurement regimes walked as staff walk them, to the award and after."""

import datetime

import pytest
from django.urls import reverse

from commonweal.commissioning.procurement import regulations_2013
from commonweal.errors import BadInput, Busy, NotReady
from commonweal.web.commissioning.models import Contract, Procurement
from commonweal.web.commissioning.services import procurement

pytestmark = pytest.mark.django_db
DAY = datetime.date


@pytest.fixture
def hugo(actor):
    return actor("hugo")


def plan(by, decision_on):
    return procurement.create(by=by, service="Community cardiology", decision_on=decision_on)


def record(by, row, **more):
    values = {
        "provider": "Alpha Care",
        "reason": "Does well now",
        "criteria_assessment": "Paper 3",
        "basic_selection": "Met",
        "exclusions": "None",
        "decided_by": ["Chair"],
        "lifetime_value_pence": 65_000_000,
        **more,
    }
    row = procurement.set_details(by=by, reference=row.reference, values=values, base_version=row.version)
    procurement.declare(
        by=by, reference=row.reference, person="Chair", declared_on=DAY(2024, 5, 1), interest="", managed_by=""
    )
    return row


def answer(by, row, **answers):
    return procurement.answer(
        by=by,
        reference=row.reference,
        answers={key: (value, "Paper 3") for key, value in answers.items()},
        base_version=row.version,
    )


def to_direct_award_c(by, row):
    return answer(
        by,
        row,
        urgent=False,
        framework=False,
        existing_provider=True,
        only_capable=False,
        patient_choice=False,
        contract_ending=True,
        considerably_different=False,
        incumbent_satisfying=True,
        incumbent_likely=True,
    )


def test_the_2014_pipeline_stands_under_the_2013_regulations(loaded, hugo, client_as):
    rows = procurement.pipeline(by=hugo)
    assert len(rows) == 10
    assert sum(row.annual_value_pence or 0 for row in rows) == 620_000_000  # £6.2m where stated
    dated = [row for row in rows if row.decision_on]
    assert {procurement.regime(row).regime.value for row in dated} == {"2013 regulations"}
    page = client_as("hugo").get(reverse("commissioning:procurement", args=["pp-10"])).content.decode()
    assert "The decision tree and evidence grid of 2013" in page
    assert "Is only one provider able to deliver the service?" in page


def test_2013_walk_in_the_browser_ends_in_competition(loaded, client_as, hugo):
    browser = client_as("hugo")
    address = reverse("commissioning:answer", args=["pp-10"])
    data = {"base_version": "1", "answer.pg-01": "no", "answer.pg-02": "no", "answer.pg-03": "no"}
    for item in regulations_2013.to_answer("G"):
        data |= {f"answer.{item.id}": "yes", f"evidence.{item.id}": "Board paper 7"}
    assert browser.post(address, data).status_code == 302
    row = procurement.get(by=hugo, reference="pp-10")
    assert (row.route, row.state) == ("competition", "deciding")
    assert procurement.walk_2013(row).missing == ()
    page = browser.get(reverse("commissioning:procurement", args=["pp-10"])).content.decode()
    assert "Competition</strong>" in page


def test_2023_walk_asks_one_question_at_a_time(hugo, client_as):
    row = plan(hugo, DAY(2024, 6, 1))
    browser = client_as("hugo")
    address = reverse("commissioning:procurement", args=[row.reference])
    asked = []
    for _ in range(6):
        page = browser.get(address).content.decode()
        row.refresh_from_db()
        found = procurement.walk_2023(row)
        if found.route:
            break
        assert f"Next question: <strong>{found.ask.text}" in page
        asked.append(found.ask.key)
        browser.post(
            reverse("commissioning:answer", args=[row.reference]),
            {"base_version": row.version, f"answer.{found.ask.key}": "no", f"evidence.{found.ask.key}": "Paper"},
        )
    row.refresh_from_db()
    assert (row.route, len(asked)) == ("competitive", 5)
    assert "Competitive process</strong> must be followed" in browser.get(address).content.decode()


def test_a_direct_award_waits_for_its_standstill(hugo):
    row = to_direct_award_c(hugo, plan(hugo, DAY(2024, 6, 14)))
    assert row.route == "direct award C"
    row = record(hugo, row, intention_to_award_on=DAY(2024, 6, 3))
    with pytest.raises(NotReady, match="standstill has not ended"):
        procurement.award(
            by=hugo,
            reference=row.reference,
            awarded_on=DAY(2024, 6, 13),
            starts=DAY(2024, 7, 1),
            ends=DAY(2027, 6, 30),
            base_version=row.version,
        )
    row.refresh_from_db()
    contract = procurement.award(
        by=hugo,
        reference=row.reference,
        awarded_on=DAY(2024, 6, 14),
        starts=DAY(2024, 7, 1),
        ends=DAY(2027, 6, 30),
        base_version=row.version,
    )
    assert (contract.provider, contract.value_pence, contract.route) == ("Alpha Care", 65_000_000, "direct award C")
    assert procurement.contracts(by=hugo, year="2024/25").summary.counts == {"direct award C": 1}


def test_a_representation_stops_the_award_until_it_is_answered(hugo):
    row = record(hugo, to_direct_award_c(hugo, plan(hugo, DAY(2024, 7, 1))), intention_to_award_on=DAY(2024, 6, 3))
    heard = procurement.represent(
        by=hugo, reference=row.reference, provider="Beta", received_on=DAY(2024, 6, 10), words="Not considered"
    )
    row.refresh_from_db()
    award = {"starts": DAY(2024, 8, 1), "ends": DAY(2026, 7, 31), "base_version": row.version}
    with pytest.raises(NotReady, match="standstill"):
        procurement.award(by=hugo, reference=row.reference, awarded_on=DAY(2024, 7, 1), **award)
    procurement.answer_representation(
        by=hugo, representation_id=heard.pk, answered_on=DAY(2024, 6, 20), outcome="Considered and found weaker"
    )
    with pytest.raises(NotReady, match="standstill"):
        procurement.award(by=hugo, reference=row.reference, awarded_on=DAY(2024, 6, 27), **award)
    procurement.award(by=hugo, reference=row.reference, awarded_on=DAY(2024, 6, 28), **award)
    assert Contract.objects.count() == 1


def test_an_award_with_a_thin_record_is_refused(hugo):
    row = to_direct_award_c(hugo, plan(hugo, DAY(2024, 6, 14)))
    with pytest.raises(NotReady) as stopped:
        procurement.award(
            by=hugo,
            reference=row.reference,
            awarded_on=DAY(2024, 7, 1),
            starts=DAY(2024, 7, 1),
            ends=DAY(2025, 6, 30),
            base_version=row.version,
        )
    assert "who was chosen" in stopped.value.remedy


def test_moving_the_decision_over_new_year_changes_the_law_and_the_route(hugo):
    row = to_direct_award_c(hugo, plan(hugo, DAY(2024, 1, 1)))
    assert row.route == "direct award C"
    row = procurement.set_details(
        by=hugo, reference=row.reference, values={"decision_on": DAY(2023, 12, 31)}, base_version=row.version
    )
    assert procurement.regime(row).regime.value == "2013 regulations"
    assert row.route == ""  # nothing of the 2013 tree is answered
    row = procurement.set_details(
        by=hugo,
        reference=row.reference,
        values={"decision_on": DAY(2024, 1, 1), "started_on": DAY(2023, 11, 1)},
        base_version=row.version,
    )
    assert row.route == "direct award C"
    assert procurement.regime(row).legal_advice


def test_two_people_answering_at_once(hugo):
    row = plan(hugo, DAY(2024, 6, 1))
    answer(hugo, row, urgent=False)
    with pytest.raises(Busy):
        procurement.answer(by=hugo, reference=row.reference, answers={"urgent": (True, "")}, base_version=row.version)
    assert Procurement.objects.get().answers["urgent"]["holds"] is False


def test_a_question_that_does_not_exist_is_refused(hugo):
    row = plan(hugo, DAY(2024, 6, 1))
    with pytest.raises(BadInput, match="no such question"):
        answer(hugo, row, colour=True)


def test_changes_to_a_contract_add_up(hugo, client_as):
    made = procurement.add_contract(
        by=hugo,
        provider="Alpha",
        service="Cardiology",
        starts=DAY(2024, 4, 1),
        ends=DAY(2027, 3, 31),
        value_pence=200_000_000,
        route="competitive",
        decided_on=DAY(2024, 2, 1),
    )
    browser = client_as("hugo")
    address = reverse("commissioning:modify", args=[made.reference])
    form = {"made_on": "2024-06-01", "change": "more sites", "value_change": "300000.00", "by_authority": "on"}
    assert browser.post(address, form).status_code == 302
    second = browser.post(address, form | {"value_change": "250000.00"})
    assert second.status_code == 400
    assert "select a provider again" in second.content.decode()
    assert made.modifications.count() == 1


def test_script_in_procurement_is_text(hugo, client_as):
    script = "<script>alert(1)</script>"
    row = procurement.create(by=hugo, service=script, decision_on=DAY(2024, 6, 1))
    row = record(hugo, answer(hugo, row, urgent=False), provider=script, reason=script)
    procurement.represent(by=hugo, reference=row.reference, provider=script, received_on=DAY(2024, 6, 10), words=script)
    browser = client_as("hugo")
    for address in (reverse("commissioning:pipeline"), reverse("commissioning:procurement", args=[row.reference])):
        page = browser.get(address).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_pipeline_is_drawn_with_its_numbers_beside(client_as, hugo, personas):
    assert "Timeline" not in client_as("hugo").get(reverse("commissioning:pipeline")).content.decode()
    Procurement.objects.create(reference="pp-1", service="Musculoskeletal", planned_start=DAY(2026, 4, 1), annual_value_pence=150_000_000)  # fmt: skip
    Procurement.objects.create(reference="pp-2", service="Wheelchairs", planned_start=DAY(2027, 4, 1), decision_on=DAY(2026, 12, 1))  # fmt: skip
    Procurement.objects.create(reference="pp-3", service="Undated", annual_value_pence=10_000_000)
    page = client_as("hugo").get(reverse("commissioning:pipeline")).content.decode()
    assert page.count("<svg") >= 2 and 'role="img"' in page
    assert "2 procurements with a day, from April 2026 to April 2027. 1 without one." in page
    assert "2026/27: £1,500,000; 2027/28: £0; not stated: £100,000. 1 state no value and are not in the bars." in page
