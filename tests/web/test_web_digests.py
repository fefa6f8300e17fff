"""Digests: to whoever asked, once a day, with counts and no names."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.urls import reverse
from web_release import person_id

from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit.models import Entry
from commonweal.web.digests import services
from commonweal.web.digests.models import Sent
from commonweal.web.lists import actions
from commonweal.web.lists import services as lists
from commonweal.web.lists.models import WorkingList

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
MONDAY, TUESDAY, SATURDAY = datetime.date(2026, 6, 1), datetime.date(2026, 6, 2), datetime.date(2026, 6, 6)
PAGE = "digests:choose"


def want(browser, frequency):
    assert browser.post(reverse(PAGE), {"frequency": frequency}).status_code == 302


def test_nobody_gets_one_who_did_not_ask(client_as):
    assert services.send_due(MONDAY) == (0, 0) and mail.outbox == []


def test_a_digest_says_what_waits_with_counts_and_goes_out_once_a_day(client_as, personas):
    want(client_as("amara"), "daily")
    assert services.send_due(TUESDAY) == (1, 0)
    assert services.send_due(TUESDAY) == (0, 0), "a second run sends nothing"
    (message,) = mail.outbox
    assert message.to == ["amara@demo.invalid"] and "to do" in message.subject
    assert "Diabetes: HbA1c overdue: 20 people." in message.body
    assert "Family" not in message.body and "999" not in message.body and person_id(0) not in message.body
    assert Sent.objects.get().lines >= 1 and Entry.objects.filter(action="send digest").count() == 1
    assert services.send_due(SATURDAY) == (0, 0), "a daily one is for working days"


def test_weekly_is_on_mondays_and_never_ends_it(client_as):
    browser = client_as("amara")
    want(browser, "weekly")
    assert services.send_due(TUESDAY) == (0, 0) and services.send_due(MONDAY) == (1, 0)
    want(browser, "never")
    assert services.send_due(MONDAY + datetime.timedelta(days=7)) == (0, 0)


def test_a_role_that_ended_gets_none(client_as, personas):
    want(client_as("amara"), "daily")
    memberships = personas["amara"].memberships
    memberships.update(valid_to=MONDAY)
    assert services.send_due(TUESDAY) == (0, 0)


def test_the_name_that_somebody_gave_a_list_is_not_sent(client_as, personas):
    """A list may be called after a patient; an e-mail is read by whoever holds the telephone."""
    amara = as_actor(memberships_of(personas["amara"])[0])
    made = lists.make(
        by=amara, kind=WorkingList.Kind.PEOPLE, title="Mrs Family0 and sisters", shared="private", capacity=5, quiet_days=5,
        people=[person_id(0)],
    )  # fmt: skip
    wish = actions.Wish("assign", assigned_to=personas["amara"].pk)
    lists.act_on(by=amara, working_list=made, person_id=person_id(0), wish=wish, seen_version=0)
    assert "Mrs Family0 and sisters" in client_as("amara").get("/").content.decode()
    written = services.write(amara, "a@b.invalid", TUESDAY)
    assert "Family0" not in written.text and "A list: 1 person assigned to you" in written.text


def test_an_e_mail_that_fails_is_sent_by_the_next_run(client_as, monkeypatch):
    want(client_as("amara"), "daily")

    def broken(*args, **kwargs):
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr(services, "send_mail", broken)
    assert services.send_due(TUESDAY) == (0, 1) and not Sent.objects.exists()
    monkeypatch.undo()
    assert services.send_due(TUESDAY) == (1, 0)


def test_the_page_shows_what_it_would_say(client_as):
    page = client_as("amara").get(reverse(PAGE)).content.decode()
    assert "This e-mail names no patient" in page and "HbA1c overdue" in page
