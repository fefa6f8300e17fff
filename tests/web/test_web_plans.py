"""Care plans, preferences, the system's plans that touch a person, and the timeline that zooms."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from test_web_people import NEIGHBOUR, OURS, address

from commonweal.errors import BadInput
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit.models import Entry
from commonweal.web.people import coded, plans, timelines
from commonweal.web.people.models import CarePlan, CarePlanVersion, StatedPreference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]


def day(ahead):
    return timezone.localdate() + datetime.timedelta(days=ahead)


def words(**changes):
    return {
        "kind": "personal", "matters": "Walking to the market", "goals": "To walk to the market by spring",
        "actions": "Physiotherapy each week: the community team", "if_worse": "Ring the practice before 999",
        "agreed_with": "person", "review_on": day(90).isoformat(), **changes,
    }  # fmt: skip


def text_of(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().split("<main")[1])))


def write(browser, **changes):
    answer = browser.post(address("write_plan", OURS), words(**changes))
    assert answer.status_code == 302, text_of(answer)
    return CarePlan.objects.get(person_id=OURS, closed_at__isnull=True)


def test_a_plan_is_written_shown_reviewed_and_closed_and_every_step_is_kept(client_as):
    browser = client_as("amara")
    plan = write(browser)
    page = text_of(browser.get(address("plans", OURS)))
    assert "To walk to the market by spring" in page and "Agreed with: the person" in page
    assert "Personal care and support plan" in text_of(browser.get(address("show", OURS)))
    changed = words(goals="To take the bus to the market", is_review="yes", note="Knee is worse", seen_number=1)
    assert browser.post(address("revise_plan", OURS, plan.pk), changed).status_code == 302
    page = text_of(browser.get(address("plans", OURS)))
    assert "To take the bus" in page and "Version 2, reviewed by Dr Amara Osei" in page
    assert "Version 1, written, Dr Amara Osei" in page and "by spring" in page, "what it said before is kept"
    assert browser.post(address("close_plan", OURS, plan.pk), {"close_reason": ""}).status_code == 400
    assert browser.post(address("close_plan", OURS, plan.pk), {"close_reason": "Moved away"}).status_code == 302
    assert "Moved away" in text_of(browser.get(address("plans", OURS)))
    done = list(Entry.objects.filter(action__contains="care plan").order_by("pk").values_list("action", "subject"))
    assert done == [("write care plan", OURS), ("review care plan", OURS), ("close care plan", OURS)]


def test_two_reviews_at_once_and_the_second_keeps_its_words(client_as):
    browser = client_as("amara")
    plan = write(browser)
    sent = words(goals="First tab", is_review="yes", note="", seen_number=1)
    assert browser.post(address("revise_plan", OURS, plan.pk), sent).status_code == 302
    late = browser.post(address("revise_plan", OURS, plan.pk), {**sent, "goals": "Second tab's long words"})
    assert late.status_code == 422 and "colleague changed this plan" in text_of(late)
    assert (
        "Second tab&#x27;s long words" in late.content.decode()
        or "Second tab&#39;s long words" in late.content.decode()
    )
    assert CarePlanVersion.objects.filter(plan=plan).count() == 2


@pytest.mark.parametrize(
    "wrong", [{"goals": ""}, {"review_on": day(0).isoformat()}, {"review_on": day(800).isoformat()}, {"agreed_with": "nobody"}]
)  # fmt: skip
def test_a_plan_without_what_makes_it_one_is_refused_and_what_was_typed_stays(client_as, wrong):
    answer = client_as("amara").post(address("write_plan", OURS), words(**wrong))
    assert answer.status_code == 422 and "Walking to the market" in answer.content.decode()
    assert not CarePlan.objects.exists()


def test_there_is_one_open_plan_of_a_kind(client_as):
    browser = client_as("amara")
    write(browser)
    again = browser.post(address("write_plan", OURS), words())
    assert again.status_code == 422 and "open plan of that kind" in text_of(again)
    assert browser.post(address("write_plan", OURS), words(kind="urgent")).status_code == 302


def test_a_plan_past_its_review_says_so(client_as, personas):
    browser = client_as("amara")
    plan = write(browser)
    CarePlanVersion.objects.create(
        plan=plan, number=2, goals="G", actions="A", agreed_with="person", review_on=day(-1), by=personas["amara"],
        organisation_code="E85000",
    )  # fmt: skip
    assert "Overdue" in text_of(browser.get(address("show", OURS)))
    assert "1 care plan past its review" in text_of(browser.get("/"))
    listed = text_of(browser.get(reverse("people:plans_due")))
    assert "Given0 Family0" in listed and "Overdue" in listed
    assert "Given0" not in text_of(client_as("ben").get(reverse("people:plans_due"))), "another practice's plan"


def test_plans_are_for_those_who_may_see_the_person(client_as, personas):
    assert client_as("amara").get(address("plans", NEIGHBOUR)).status_code == 404
    assert client_as("amara").post(address("write_plan", NEIGHBOUR), words()).status_code == 404
    assert client_as("chidi").post(address("write_plan", OURS), words()).status_code == 403, "a coordinator reads"
    plan = write(client_as("amara"))
    ben = client_as("ben")
    assert ben.post(address("close_plan", OURS, plan.pk), {"close_reason": "x"}).status_code == 404
    assert ben.get(address("revise_plan", NEIGHBOUR, plan.pk)).status_code == 404, "another person's plan by number"
    actor = as_actor(memberships_of(personas["chidi"])[0])
    from commonweal.errors import NotAllowed

    with pytest.raises(NotAllowed):
        plans.close(by=actor, plan=plan, reason="tidying up")


def test_what_a_person_wants_stands_on_their_page_until_it_no_longer_holds(client_as):
    browser = client_as("chidi")
    sent = {"kind": "contact", "words": "Text, never ring: works nights", "stated_on": day(-2).isoformat()}
    assert browser.post(address("note_preference", OURS), sent).status_code == 302
    assert "Text, never ring: works nights" in text_of(client_as("amara").get(address("show", OURS)))
    made = StatedPreference.objects.get()
    assert client_as("ben").post(address("end_preference", OURS, made.pk), {"reason": "x"}).status_code == 404
    assert browser.post(address("end_preference", OURS, made.pk), {"reason": "Changed jobs"}).status_code == 302
    assert "Text, never ring" not in text_of(client_as("amara").get(address("show", OURS)))
    assert StatedPreference.objects.filter(end_reason="Changed jobs", ended_by__name="Chidi Laurent").exists()
    future = browser.post(address("note_preference", OURS), {**sent, "stated_on": day(3).isoformat()})
    assert future.status_code == 422 and "works nights" in future.content.decode()


def test_from_a_person_to_the_plans_that_touch_them(client_as):
    """Person 0 has diabetes and an HbA1c two years ago: a plan judged by the yearly check does not reach them yet."""
    from commonweal.web.commissioning.models import Intention, Link

    made = Intention.objects.create(
        reference="x-1", programme="Diabetes", place="Ealing", year="2026/27", kind="change", title="Check everybody", state="agreed"
    )  # fmt: skip
    Link.objects.create(intention=made, kind="measure", code="diabetes_process_hba1c", basis="stated")
    page = text_of(client_as("amara").get(address("plans", OURS)))
    assert "Check everybody" in page and "not yet so for this person" in page
    counted = client_as("chidi").get(reverse("people:plans", args=["person0009"]))
    assert "so for this person" in text_of(counted) and "not yet so" not in text_of(counted)
    without = text_of(client_as("amara").get(address("plans", "person0004")))
    assert "Check everybody" not in without


def test_words_of_a_plan_are_checked_in_one_place():
    with pytest.raises(BadInput, match="within a year"):
        plans.Words("", "g", "a", "", "person", day(400)).check()


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_zooms_from_years_to_a_month(client_as):
    browser = client_as("amara")
    years = browser.get(address("timeline", OURS)).content.decode()
    assert 'href="?period=2016"' in years and "Zoom out" not in years
    year = browser.get(address("timeline", OURS), {"period": "2016"}).content.decode()
    assert 'href="?period=2016-05"' in year and "Zoom out" in year
    assert len(re.findall(r"<li><span class=\"cw-when\"", year)) == 1
    month = browser.get(address("timeline", OURS), {"period": "2016-05", "setting": "gp"})
    assert "GP, May 2016" in text_of(month)
    empty = browser.get(address("timeline", OURS), {"period": "2016-06"})
    assert "Nothing fits" in text_of(empty)


@pytest.mark.parametrize("period", ["", "x", "20", "2016-13", "2016-1", "2016-05-01", "' OR 1", "-2016"])
def test_a_period_that_makes_no_sense_shows_everything(period):
    assert timelines.Wanted.of([], "", period).period == ""


def test_coded_values_are_read_as_clinicians_read_them():
    assert coded.unit("mm[Hg]") == "mmHg" and coded.unit("mg/mmol") == "mg/mmol"
    details = {"treatment_function_code": "320", "consultation_medium": "02", "attendance_status": "3"}
    assert coded.contact_words(details) == "Cardiology, by telephone, did not attend"
    assert coded.contact_words({"service_type": "12", "attendance_status": "5"}) == ""
    assert coded.contact_words({"service_type": "Clinical Triage"}) == "Clinical Triage"
