"""Systems that intentions commit to without a figure: each has an indicator and a milestone that people can work with."""

from __future__ import annotations

import csv
import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from commonweal.commissioning import followed, sources
from commonweal.commissioning.targets import Status
from commonweal.definitions.registry import registry
from commonweal.web.commissioning.models import Intention, Milestone, Target
from commonweal.web.commissioning.services import loading, targets, tracking

pytestmark = pytest.mark.django_db
AMBASSADORS = "f-sys-044"
SPOKEN_OF = {"sys-064", "sys-139", "sys-288"}
"""The document says that these are there; no intention names them."""


@pytest.fixture
def greta(actor):
    return actor("greta")


def test_every_followed_system_is_named_and_committed_to_by_an_intention_of_its_own_documents():
    systems = {one.id: one for one in sources.named_systems()}
    intentions = {one.id: one for one in sources.intentions()}
    rows = followed.followed()
    assert len({one.system for one in rows}) == len(rows) > 50
    for one in rows:
        system = systems[one.system]
        documents = {system.source, *system.also_in.split(";")}
        named = [intentions[reference].source in documents for reference in one.intentions]
        assert any(named) or one.system in SPOKEN_OF, one.system
        assert one.milestone and one.target.indicator and one.target.direction in ("at_least", "at_most"), one.system
        assert one.target.statistic in ("count", "percent", "gbp"), one.system
    assert not {one.system for one in rows} & set(loading.BOARDS)


def test_rows_stand_in_the_order_of_the_systems():
    with (sources.DATA / "followed_systems.csv").open(encoding="utf-8", newline="") as file:
        assert [row["system"] for row in csv.DictReader(file)] == sorted(one.system for one in followed.followed())


def test_what_the_documents_state_is_taken_and_nothing_else():
    """Read in the documents themselves: the app's users (5.5), the practices of the network (7.2), periods and leads of intentions."""
    rows = {one.system: one for one in followed.followed()}
    assert {system: one.target.value for system, one in rows.items() if one.target.value} == {"sys-068": Decimal(390)}
    assert {system for system, one in rows.items() if one.target.baseline_value} == {"sys-062", "sys-288"}
    assert rows["sys-062"].target.baseline_value == 100_000 and "5.5" in rows["sys-062"].target.note
    assert [system for system, one in rows.items() if not one.target.due] == [*sorted(SPOKEN_OF), "sys-331"], (
        "its intention is for beyond 2018/19"
    )
    assert rows["sys-026"].target.due_date == datetime.date(2024, 3, 31)
    assert rows["sys-109"].lead == "Accountable Officer, NW London CCGs" and rows["sys-026"].lead == ""
    assert sum(bool(one.lead) for one in rows.values()) == 28
    joined = {system: one.target.measure_id for system, one in rows.items() if one.target.measure_id}
    assert set(joined.values()) <= set(registry()) and len(joined) == 5


def test_loading_makes_each_once_and_its_lead_answers_for_it(loaded):
    assert loaded["followed"] == len(followed.followed()) == Target.objects.filter(source=followed.SOURCE).count()
    made = Milestone.objects.filter(target__source=followed.SOURCE)
    assert made.count() == loaded["followed"] and set(
        made.filter(due=None).values_list("target__reference", flat=True)
    ) == {"f-sys-331", *(f"f-{one}" for one in SPOKEN_OF)}
    assert made.get(target__reference="f-sys-197").owner == "CCG" and made.filter(owner="").count() == 45
    assert made.filter(intention=None).count() == len(SPOKEN_OF)
    assert set(loading.load_documents().values()) == {0}


def test_an_intention_shows_what_follows_it_and_the_target_leads_back(loaded, client_as):
    browser = client_as("greta")
    for reference in ("i-jh-101", "i-nwl-023"):
        page = browser.get(reverse("commissioning:intention", args=[reference])).content.decode()
        assert reverse("commissioning:target", args=[AMBASSADORS]) in page and "Digital ambassadors trained" in page
    first = browser.get(reverse("commissioning:intention", args=["i-jh-101"])).content.decode()
    assert "Programme runs in every borough" in first
    target = browser.get(reverse("commissioning:target", args=[AMBASSADORS])).content.decode()
    assert reverse(
        "commissioning:intention", args=["i-nwl-023"]
    ) in target and "the project&#39;s reading" in target.replace("’", "&#39;")
    assert Intention.objects.get(reference="i-nwl-023").target_ids == [], "the document's own row stays as it is"


def test_owner_figures_level_and_evidence_make_it_tracked(loaded, greta):
    """100 ambassadors are wanted by March 2027: 40, 60 and 80 so far, one quarter after another."""
    assert targets.get(by=greta, reference=AMBASSADORS).assessment.status is Status.UNKNOWN
    today = datetime.date.today()
    for back, value in ((200, 40), (110, 60), (20, 80)):
        tracking.enter_reading(
            by=greta,
            reference=AMBASSADORS,
            day=today - datetime.timedelta(days=back),
            value=value,
            source="Programme return",
        )
    targets.change(by=greta, reference=AMBASSADORS, field="value", value="75", reason="Agreed by the board")
    targets.change(by=greta, reference=AMBASSADORS, field="due", value=today.isoformat(), reason="Agreed by the board")
    found = targets.get(by=greta, reference=AMBASSADORS)
    assert found.assessment.status is Status.MET and found.assessment.reason.startswith("80 against 75")
    targets.change(by=greta, reference=AMBASSADORS, field="value", value="90", reason="Raised")
    assert targets.get(by=greta, reference=AMBASSADORS).assessment.status is Status.MISSED
    milestone = Milestone.objects.get(target__reference=AMBASSADORS)
    tracking.assign_milestone(
        by=greta, milestone_id=milestone.pk, owner="Digital lead", due=today, reason="Agreed by the board"
    )
    done = tracking.complete_milestone(
        by=greta,
        milestone_id=milestone.pk,
        done_on=today - datetime.timedelta(days=1),
        evidence="Minutes of the digital board",
    )
    assert (done.owner, done.evidence) == ("Digital lead", "Minutes of the digital board")


def test_a_register_loaded_before_gets_what_was_found_since_and_keeps_what_people_wrote(loaded, greta):
    Target.objects.filter(source=followed.SOURCE).update(value=None, due="", measure_id="", note="")
    Milestone.objects.filter(target__reference="f-sys-197").update(owner="", due=None)
    Milestone.objects.filter(target__reference="f-sys-194").update(owner="Ours", due=None)
    assert loading.load_documents()["followed"] == 0
    row = Target.objects.get(reference="f-sys-157")
    assert (row.measure_id, row.due) == ("natriuretic_peptide_tests", "2020/21") and row.note
    assert Target.objects.get(reference="f-sys-068").value == 390
    assert Milestone.objects.get(target__reference="f-sys-197").owner == "CCG"
    assert Milestone.objects.get(target__reference="f-sys-194").owner == "Ours"
