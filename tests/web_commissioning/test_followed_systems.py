"""Systems that intentions commit to without a figure: each has an indicator and a milestone that people can work with."""

from __future__ import annotations

import csv
import datetime

import pytest
from django.urls import reverse

from commonweal.commissioning import followed, sources
from commonweal.commissioning.targets import Status
from commonweal.web.commissioning.models import Intention, Milestone, Target
from commonweal.web.commissioning.services import loading, targets, tracking

pytestmark = pytest.mark.django_db
AMBASSADORS = "f-sys-044"


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
        assert any(intentions[reference].source in documents for reference in one.intentions), one.system
        assert one.milestone and one.target.indicator and one.target.direction in ("at_least", "at_most"), one.system
        assert one.target.statistic in ("count", "percent", "gbp") and one.target.value is None, one.system
    assert not {one.system for one in rows} & set(loading.BOARDS)


def test_rows_stand_in_the_order_of_the_systems():
    with (sources.DATA / "followed_systems.csv").open(encoding="utf-8", newline="") as file:
        assert [row["system"] for row in csv.DictReader(file)] == sorted(one.system for one in followed.followed())


def test_loading_makes_each_once_with_nobody_answering_yet(loaded):
    assert loaded["followed"] == len(followed.followed()) == Target.objects.filter(source=followed.SOURCE).count()
    made = Milestone.objects.filter(target__source=followed.SOURCE)
    assert made.count() == loaded["followed"] and set(made.values_list("owner", "due")) == {("", None)}
    assert not made.filter(intention=None).exists()
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
    found = targets.get(by=greta, reference=AMBASSADORS)
    assert found.assessment.status is Status.MET and found.assessment.reason.startswith("80 against 75")
    targets.change(by=greta, reference=AMBASSADORS, field="value", value="90", reason="Raised")
    assert targets.get(by=greta, reference=AMBASSADORS).assessment.status is Status.NOT_MET
    milestone = Milestone.objects.get(target__reference=AMBASSADORS)
    tracking.assign_milestone(by=greta, milestone_id=milestone.pk, owner="Digital lead", due=today, reason="")
    done = tracking.complete_milestone(
        by=greta,
        milestone_id=milestone.pk,
        done_on=today - datetime.timedelta(days=1),
        evidence="Minutes of the digital board",
    )
    assert (done.owner, done.evidence) == ("Digital lead", "Minutes of the digital board")
