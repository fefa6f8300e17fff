"""Groups of practices, saved views, rebases, peers, movement and trajectories: what leads keep and compare with."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.urls import reverse
from test_web_leads import info, measure, row, text_of

from commonweal.errors import BadInput
from commonweal.web.audit.models import Entry
from commonweal.web.leads import rebases, trajectory
from commonweal.web.leads.comparing import moved, short_of_target
from commonweal.web.leads.models import GroupVersion, PracticeGroup, Rebase, SavedView
from commonweal.web.leads.trajectory import Trajectory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
Date = datetime.date
MEASURE = "diabetes_process_hba1c"


def make_group(browser, title="Two of ours", practices=("E85000", "E85001"), shared="private"):
    answer = browser.post(reverse("leads:new_group"), {"title": title, "practices": practices, "shared": shared})
    assert answer.status_code == 302, text_of(answer)
    return PracticeGroup.objects.get(title=title)


def make_view(browser, title="Mine", group="practice:E85000", shared="private", **more):
    sent = {"title": title, "measures": [MEASURE], "group": group, "shared": shared, "show": "", **more}
    answer = browser.post(reverse("leads:new_view"), sent)
    assert answer.status_code == 302, text_of(answer)
    return SavedView.objects.get(title=title)


# --- groups -----------------------------------------------------------------------------------------------------------


def test_a_group_has_measure_dashboard_and_pack_made_from_its_practices(client_as):
    """Of 20 people in each practice, nobody in E85000 and all in E85001 are counted: 20 of 40."""
    browser = client_as("greta")
    group = make_group(browser)
    page = browser.get(measure("group", str(group.pk)))
    words = text_of(page)
    assert "50.0%" in words and "20 of 40" in words and "published numbers of 2 practices" in words
    assert (
        measure("practice", "E85001") in page.content.decode()
        and "Cedar Health Centre" not in words.split("Practices")[1]
    )
    at = {"kind": "group", "code": str(group.pk)}
    board = text_of(browser.get(reverse("leads:dashboard", kwargs={"dashboard_id": "diabetes", **at})))
    assert "Two of ours" in board and "50.0%" in board
    assert browser.get(reverse("leads:pack_pdf", kwargs=at)).content.startswith(b"%PDF")
    assert browser.get(reverse("leads:pack_xlsx", kwargs=at)).status_code == 200


def test_a_group_is_shown_to_those_it_is_shared_with_and_to_nobody_else(client_as):
    group = make_group(client_as("greta"))
    address = measure("group", str(group.pk))
    assert client_as("dalia").get(address).status_code == 404
    assert client_as("ines").get(address).status_code == 404, "a colleague does not see what is only mine"
    PracticeGroup.objects.filter(pk=group.pk).update(shared="organisation")
    assert client_as("ines").get(address).status_code == 200
    assert client_as("dalia").get(address).status_code == 404
    PracticeGroup.objects.filter(pk=group.pk).update(shared="everyone")
    assert client_as("dalia").get(address).status_code == 200
    assert client_as("dalia").get(reverse("leads:change_group", args=[group.pk])).status_code == 403


def test_a_change_is_a_version_and_the_second_tab_is_told(client_as):
    browser = client_as("greta")
    group = make_group(browser)
    address = reverse("leads:change_group", args=[group.pk])
    change = {"title": "Three", "practices": ["E85000", "E85001", "E85002"], "shared": "private", "seen_number": 1}
    assert browser.post(address, {**change, "note": "Cedar joined"}).status_code == 302
    late = browser.post(address, {**change, "title": "Other", "note": "from the other tab"})
    assert late.status_code == 422 and "changed since you opened it" in text_of(late)
    assert "from the other tab" in late.content.decode(), "what was typed is kept"
    assert list(GroupVersion.objects.order_by("number").values_list("number", "note")) == [
        (1, "Made"),
        (2, "Cedar joined"),
    ]
    assert "20 of 60" in text_of(browser.get(measure("group", str(group.pk))))
    assert Entry.objects.filter(action__contains="group", purpose="planning").count() == 2


def test_a_group_of_one_or_of_nobody_known_is_refused(client_as):
    browser = client_as("greta")
    for practices in ([], ["E85000"], ["NOWHERE", "E85000"]):
        answer = browser.post(reverse("leads:new_group"), {"title": "X", "practices": practices, "shared": "private"})
        assert answer.status_code == 422 and 'value="X"' in answer.content.decode()
    assert not PracticeGroup.objects.exists()


def test_a_group_that_was_put_away_is_gone(client_as):
    browser = client_as("greta")
    group = make_group(browser)
    assert browser.post(reverse("leads:close_group", args=[group.pk])).status_code == 302
    assert browser.get(measure("group", str(group.pk))).status_code == 404
    assert "Two of ours" not in text_of(browser.get(reverse("leads:dashboards")))


# --- views ------------------------------------------------------------------------------------------------------------


def test_a_view_is_a_dashboard_of_ones_own_that_can_be_shared(client_as):
    browser = client_as("greta")
    view = make_view(browser, shared="everyone")
    page = text_of(browser.get(reverse("leads:view", args=[view.pk])))
    assert "Alder Road Surgery" in page and "0.0%" in page and "1 of 1 measure" in page
    assert "Mine" in text_of(client_as("dalia").get(reverse("leads:dashboards")))
    assert client_as("dalia").get(reverse("leads:view", args=[view.pk])).status_code == 200
    assert client_as("dalia").post(reverse("leads:close_view", args=[view.pk])).status_code == 403
    assert client_as("jonah").get(reverse("leads:view", args=[view.pk])).status_code == 403, (
        "a researcher sees no measures"
    )


def test_a_shared_view_of_a_private_group_shows_nothing_to_others(client_as):
    browser = client_as("greta")
    group = make_group(browser)
    view = make_view(browser, group=f"group:{group.pk}", shared="everyone")
    assert browser.get(reverse("leads:view", args=[view.pk])).status_code == 200
    assert client_as("dalia").get(reverse("leads:view", args=[view.pk])).status_code == 404


def test_a_filter_keeps_the_lines_that_fit_and_is_saved(client_as):
    browser = client_as("greta")
    worse = make_view(browser, title="Worse", show="worse")
    assert "1 of 1 measure" in text_of(browser.get(reverse("leads:view", args=[worse.pk])))
    better = make_view(browser, title="Better", show="better")
    page = text_of(browser.get(reverse("leads:view", args=[better.pk])))
    assert "0 of 1 measure" in page and "No measure fits the filter" in page
    assert "1 of 1 measure" in text_of(browser.get(reverse("leads:view", args=[better.pk]) + "?show="))


def test_a_view_begins_with_what_somebody_was_looking_at(client_as):
    browser = client_as("greta")
    page = browser.get(f"{reverse('leads:new_view')}?measure={MEASURE}&group=pcn:U00001").content.decode()
    assert re.search(rf'value="{MEASURE}"[^>]*checked', page)
    assert '<option value="pcn:U00001" selected>' in page
    empty = browser.post(reverse("leads:new_view"), {"title": "T", "group": "all:all", "shared": "private"})
    assert empty.status_code == 422 and "Tick at least one measure" in text_of(empty)


# --- control charts that start again ----------------------------------------------------------------------------------

MONTHS = [Date(2024 + at // 12, at % 12 + 1, 1) for at in range(24)]


def test_limits_start_again_only_where_they_can_be_drawn(personas):
    from commonweal.web.accounts.services import as_actor, memberships_of

    actor = as_actor(memberships_of(personas["greta"])[0])
    where = {"measure_id": MEASURE, "kind": "all", "code": "all", "days": MONTHS}
    with pytest.raises(BadInput, match="few words"):
        rebases.rebase(by=actor, day=MONTHS[10], reason="better", **where)
    with pytest.raises(BadInput, match="cannot start again"):
        rebases.rebase(by=actor, day=MONTHS[2], reason="recall moved to birth months", **where)
    made = rebases.rebase(by=actor, day=MONTHS[10], reason="recall moved to birth months", **where)
    assert rebases.positions(MONTHS, rebases.of(MEASURE, "all", "all")) == [10]
    with pytest.raises(BadInput):
        rebases.rebase(by=actor, day=MONTHS[14], reason="and again four months later", **where)
    entry = Entry.objects.get(action="rebase chart")
    assert entry.reason == "recall moved to birth months" and MONTHS[10].isoformat() in entry.object
    rebases.withdraw(by=actor, measure_id=MEASURE, kind="all", code="all", rebase_id=made.pk)
    assert rebases.of(MEASURE, "all", "all") == [] and Rebase.objects.filter(withdrawn_by=personas["greta"]).exists()
    assert Entry.objects.filter(action="withdraw rebase").count() == 1


def test_a_rebase_that_cannot_be_drawn_keeps_what_was_typed_and_is_not_for_everybody(client_as):
    address = reverse("leads:rebase", kwargs={"measure_id": MEASURE, "kind": "all", "code": "all"})
    answer = client_as("greta").post(address, {"day": "2026-01-01", "reason": "a new recall system began"})
    assert answer.status_code == 422 and "a new recall system began" in answer.content.decode()
    assert client_as("hugo").get(address).status_code == 403
    assert "start the limits again" not in text_of(client_as("dalia").get(measure("practice", "E85000")))


def test_a_rebase_stands_under_the_chart_with_its_reason(client_as, personas):
    Rebase.objects.create(
        measure_id=MEASURE, group_kind="all", group_code="all", day=Date(2025, 6, 1), reason="Recall moved", by=personas["greta"]
    )  # fmt: skip
    page = text_of(client_as("dalia").get(measure("all", "all")))
    assert "Limits start again on 1 June 2025: Recall moved (Greta Anand" in html.unescape(page)


# --- beside others ----------------------------------------------------------------------------------------------------


def test_peers_are_those_whose_people_are_most_alike_with_the_method_and_why(client_as):
    page = html.unescape(text_of(client_as("greta").get(measure("practice", "E85000"))))
    assert "Beside those most like it" in page and "What anybody achieves takes no part" in page
    section = page.split("The most similar, nearest first")[1].split("Make a group of these practices")[0]
    assert section.index("Alder Road Surgery") < section.index("itself")
    assert all(name in section for name in ("Birch Lane Practice", "Cedar Health Centre", "Dock Street Surgery"))
    assert section.count("most alike in") == 3


def test_a_group_can_begin_as_a_practice_and_its_peers(client_as):
    page = client_as("greta").get(reverse("leads:new_group") + "?like=E85000").content.decode()
    assert page.count(" checked") == 4 and "Alder Road Surgery and its peers" in page


def test_a_measure_says_how_it_moved_since_the_release_before(client_as):
    """On 31 December 2025 the first release counted the same 40 of 80 for its own date."""
    page = text_of(client_as("greta").get(measure("all", "all")))
    assert "Since the last release" in page and "50.0% for 31 December 2025" in page


def test_moved_and_short_of_target_by_the_interval_and_the_direction():
    better, before = row(60, 55, 65), row(40, 35, 45)
    assert moved(info(polarity="higher_is_better"), better, before) == "better"
    assert moved(info(polarity="lower_is_better"), better, before) == "worse"
    assert moved(info(polarity="higher_is_better"), row(60, 44, 70), before) == "no different"
    assert moved(info(), better, None) == "–"
    assert short_of_target(info(polarity="higher_is_better", target=70), better)
    assert not short_of_target(info(polarity="lower_is_better", target=70), better)
    assert not short_of_target(info(polarity="higher_is_better"), better)


# --- targets ----------------------------------------------------------------------------------------------------------


def trajectory_of(**changes):
    steps = ((Date(2025, 1, 1), 40.0), (Date(2027, 1, 1), 60.0))
    return Trajectory(**{
        "reference": "t", "indicator": "I", "population": "", "status": "on track", "reason": "", "same_quantity": True,
        "steps": steps, **changes,
    })  # fmt: skip


def test_a_trajectory_is_straight_from_baseline_to_due_date():
    one = trajectory_of()
    assert one.expected(Date(2026, 1, 1)) == pytest.approx(50)
    assert one.expected(Date(2028, 1, 1)) is None and one.expected(Date(2024, 1, 1)) is None
    words = trajectory.in_words(one, Date(2026, 1, 1), 47.5)
    assert "stands at 50.0 now, and the measure at 47.5 (-2.5)" in words
    assert "not the same quantity" in trajectory.in_words(trajectory_of(same_quantity=False), Date(2026, 1, 1), 47.5)
    assert "The due date has passed" in trajectory.in_words(one, Date(2028, 1, 1), 47.5)


def test_the_measure_page_shows_the_plans_target_with_its_trajectory(client_as):
    from commonweal.web.commissioning.models import Target

    Target.objects.create(
        reference="t-test", programme="Diabetes", indicator="HbA1c checked each year", statistic="percent",
        direction="at_least", value=70, baseline_value=40, baseline_period="2025-01-01", due="2027-01-01",
        measure_id=MEASURE, live_decides=True,
    )  # fmt: skip
    page = html.unescape(text_of(client_as("greta").get(measure("all", "all"))))
    assert "Targets of the plans" in page and "HbA1c checked each year" in page
    assert "From 40 on 1 January 2025 to 70 by 1 January 2027" in page and "the measure at 50.0" in page
    assert "and the trajectory of its target" in page, "drawn for the whole system"
