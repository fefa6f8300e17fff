"""Why anybody should believe it: definitions with their worked patients, the release's own account, answers back."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from commonweal.definitions.registry import registry
from commonweal.engine.words import say_source
from commonweal.errors import BadInput
from commonweal.record.quality import Scorecard
from commonweal.web.core import logs, presenters
from commonweal.web.trust import account
from commonweal.web.trust.models import Annotation
from commonweal.web.trust.presenters import step_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_every_definition_has_a_page_with_its_rule_source_and_worked_patients(client_as):
    browser = client_as("leon")
    for definition in list(registry().values())[::12]:
        answer = browser.get(reverse("trust:definition", args=[definition.id]))
        assert answer.status_code == 200, definition.id
        text = answer.content.decode()
        assert text.count('<th scope="row" class="nhsuk-table__header cw-row-header">') == len(
            definition.worked_patients
        )


def test_a_definition_says_what_decides_and_where_it_comes_from(client_as):
    text = text_of(client_as("maeve").get(reverse("trust:definition", args=["diabetes_hba1c_overdue"])))
    for words in (
        "in the last 12 months", "National Diabetes Audit", "Not yet checked by a clinician", "tested 12 months ago to the day",
        "Builds on Diabetes",
    ):  # fmt: skip
        assert words in text, words


def test_a_worked_patient_is_told_without_codes_of_the_software(client_as):
    text = text_of(client_as("ines").get(reverse("trust:definition", args=["diabetes_hba1c_overdue"])))
    assert "Born 15 June 1960, female" in text
    assert not re.search(r"\b\w+_cod\b|\b20\d\d-\d\d-\d\d\b", text.split("Worked patients")[1])


def test_definitions_are_found_by_words(client_as):
    browser = client_as("ines")
    page = browser.get(reverse("trust:definitions"), {"words": "HbA1c OVERDUE"}).content.decode()
    assert page.count(reverse("trust:definition", args=["diabetes_hba1c_overdue"])) == 1
    assert "Hypertension" not in page.split("<main")[1]
    hostile = browser.get(reverse("trust:definitions"), {"words": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in hostile


def test_a_codelist_shows_source_and_codes(client_as):
    browser = client_as("ines")
    text = text_of(browser.get(reverse("trust:codelist", args=["dm_cod"])))
    assert "Licence" in text and "Content hash" in text
    for wrong in ("nothing", "..", "dm_cod%2F..", "a.b"):
        assert browser.get(f"/trust/codelists/{wrong}/").status_code in {400, 404}


def test_the_release_gives_its_account_and_counts_who_objected(client_as):
    """Six of 240 people (7, 47, 87 …) objected: fewer than eight, so the number itself is hidden."""
    text = text_of(client_as("ines").get(reverse("trust:release")))
    assert "People for direct care 240" in text
    assert "Left out of planning because they objected *" in text
    assert "People in it invented" in text and "31 March 2026" in text


def test_every_release_is_listed_and_what_changed_is_said(client_as, released):
    text = text_of(client_as("maeve").get(reverse("trust:releases")))
    assert text.count("(serves now)") == 1 and "31 Dec 2025" in text and "31 Mar 2026" in text
    assert "Release" in text and "Definitions that changed" in text and "Rows that changed" in text


def test_answering_back_is_shown_beside_the_findings_and_keeps_what_was_typed(client_as):
    browser = client_as("dalia")
    short = browser.post(reverse("trust:answer"), {"feed": "olids", "words": ""})
    assert short.status_code == 422 and b'value="olids"' in short.content
    browser.post(reverse("trust:answer"), {"feed": "olids", "words": "Our supplier moved system in May"})
    assert "supplier moved system in May" in text_of(client_as("ines").get(reverse("trust:release")))
    assert Annotation.objects.get().organisation_code == "E85000"
    assert client_as("maeve").post(reverse("trust:answer"), {"words": "x y z"}).status_code == 403


def test_the_hazards_are_open_to_everyone(client):
    text = text_of(client.get(reverse("trust:safety")))
    assert "What it must not be used for" in text and "Two people joined as one" in text


def test_where_nothing_is_released_the_site_still_opens_and_says_so(client_as, settings, tmp_path):
    from commonweal.store import Store

    settings.STORE = Store(tmp_path)
    browser = client_as("amara")
    assert b"No release yet" in browser.get("/").content
    for address in (reverse("lists:index"), reverse("leads:dashboards"), reverse("trust:release")):
        answer = browser.get(address)
        assert answer.status_code == 404 and b"commonweal release" in answer.content


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Not Found: /care/people/abc123/timeline/", "Not Found: /care/people/…/timeline/"),
        ("GET /trust/definitions/?words=999+000+0018 HTTP/1.1", "GET /trust/definitions/?… HTTP/1.1"),
        ("number 999 000 0018 refused", "number [nhs number] refused"),
        ("number 9990000018", "number [nhs number]"),
    ],
)
def test_a_log_line_points_at_nobody(line, kept):
    assert logs.scrub(line) == kept


def test_words_for_dates_numbers_and_nothing():
    import datetime

    assert presenters.date_words(datetime.date(2026, 3, 1)) == "1 March 2026"
    assert presenters.moment_words(datetime.datetime(2026, 3, 29, 0, 30)) == "29 March 2026 at 12:30am"
    assert presenters.moment_words(datetime.datetime(2026, 3, 29, 1, 30)) == "29 March 2026 at 2:30am"
    assert presenters.moment_words(datetime.datetime(2026, 7, 1, 12, 5)) == "1 July 2026 at 1:05pm"
    assert presenters.number_words(1234567) == "1,234,567" and presenters.number_words(None) == "–"
    assert presenters.percent_words(0.6175) == "61.8%" and presenters.percent_words("*") == "*"
    assert presenters.plural_words(1, "person", "people") == "1 person"
    assert presenters.plural_words(0, "person", "people") == "0 people"
    assert presenters.nhs_number_words("9990000018") == "999 000 0018"
    assert presenters.period_words("2019-12-10") == "10 December 2019"
    assert presenters.period_words("2019-09 to 2019-10") == "September 2019 to October 2019"
    assert presenters.period_words("2019/20, 2019-02-30") == "2019/20, 2019-02-30", "no date stays as it came"
    assert presenters.error_words(BadInput("too many", remedy="send fewer")) == "Too many. Send fewer"


def test_the_account_of_a_release_is_in_words(client_as):
    """Names of tables, rules and feeds are the software's own: who reads the page is told in theirs."""
    text = client_as("ines").get(reverse("trust:release")).content.decode().split("<main")[1].split("</main>")[0]
    assert not re.findall(r"\b(?:rows_in|care_package|contract_line|date_in_future|end_date &gt;=)\b", text)
    assert step_words("file", "rows_in") == ("In the files", "rows")
    assert step_words("canonical", "contact") == ("Made of them", "contacts")
    assert step_words("quarantined", "dates_in_order") == ("Refused", "dates out of order")
    assert say_source("contact[gp]") == "general practice contacts" and say_source("care_package") == "care packages"


def test_a_feed_tells_how_many_of_its_senders_are_in_doubt_and_what_is_wrong_with_the_whole():
    def card(state, reasons=(), doubtful=()):
        return Scorecard("olids", "", 1, 100, 1.0, 1.0, None, None, None, 35, None, 0, None, state, reasons, doubtful)

    whole = card("alarm", ("overdue by 3 days", "E1: stopped", "E1: stopped again", "E2: stopped"), ("E1", "E2"))
    assert account._why(whole) == "overdue by 3 days; 2 organisations in doubt"
    assert account._why(card("alarm", ("overdue by 3 days",))) == "overdue by 3 days"
    assert account._why(card("good")) == ""
