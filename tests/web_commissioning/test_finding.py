"""Finding things among 1,161 intentions and 242 answers, and the way back from a provider, measure or practice."""

import datetime
from dataclasses import replace

import pytest
from django.urls import reverse

from commonweal.web.commissioning.models import Event
from commonweal.web.commissioning.services import engagement, register, trace
from commonweal.web.commissioning.services.register import Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def greta(actor):
    return actor("greta")


def page(browser, view, *arguments, **query):
    return browser.get(reverse(f"commissioning:{view}", args=arguments), query).content.decode()


def test_the_register_is_browsed_by_programme_and_found_by_words(loaded, greta, client_as):
    counted = register.programmes(by=greta, filters=Filters(source="nwl-2020-21"))
    assert sum(count for _, count in counted) == 258
    assert counted == sorted(counted, key=lambda pair: (-pair[1], pair[0]))
    browser = client_as("greta")
    found = page(browser, "register", source="nwl-2020-21")
    assert "Browse by programme" in found and "source=nwl-2020-21&amp;programme=" in found
    # words reach the programme and the providers too
    by_provider = register.search(by=greta, filters=Filters(words="CLCH"))
    assert by_provider.total and all(
        "clch" in f"{row.title} {row.summary} {row.programme} {row.providers}".lower() for row in by_provider.rows
    )


def test_a_trace_of_hundreds_comes_in_pages_with_the_named_first(loaded, greta, client_as):
    _, rows = trace.back(by=greta, kind="provider", code="RYJ")
    assert len(rows) > trace.PAGE_LENGTH
    first = trace.page(rows, 1)
    assert [row.inferred for row in first.rows] == sorted(row.inferred for row in first.rows)
    named = [row.intention.year[:4] for row in first.rows if not row.inferred]
    assert named == sorted(named, reverse=True)  # the latest year first
    assert trace.page(rows, 10**6).page == first.pages
    browser = client_as("greta")
    found = page(browser, "trace", "provider", "RYJ")
    assert found.count("cw-row-header") == trace.PAGE_LENGTH and "page=2" in found
    own = browser.get(reverse("commissioning:provider", args=["RYJ"])).content
    assert len(own) < 150_000 and reverse("commissioning:trace", args=["provider", "RYJ"]).encode() in own


def test_a_trace_is_narrowed_by_programme_state_and_how_it_is_known(loaded, greta, client_as):
    register.create(by=greta, intention=replace(register.get(by=greta, reference="i-wl-127").plain(), id="i-mine-1", providers="Imperial"))  # fmt: skip
    _, rows = trace.back(by=greta, kind="provider", code="RYJ")
    whole = trace.page(rows, 1)
    assert whole.rows[0].intention.reference == "i-mine-1"  # work under way stands before what was recorded
    assert sum(count for _, count in whole.programmes) == sum(count for _, count in whole.states) == whole.everything
    for name, count in whole.programmes:
        assert trace.page(rows, 1, trace.Narrowed(programme=name)).total == count
    named = trace.page(rows, 1, trace.Narrowed(basis="named"))
    assert named.total + trace.page(rows, 1, trace.Narrowed(basis="inferred")).total == whole.total and not named.inferred  # fmt: skip
    browser = client_as("greta")
    drafts = page(browser, "trace", "provider", "RYJ", state="draft")
    assert drafts.count("cw-row-header") == 1 and "i-mine-1" in drafts
    assert "None of them fits" in page(browser, "trace", "provider", "RYJ", state="draft", basis="inferred")
    second = page(browser, "trace", "provider", "RYJ", basis="inferred")
    assert "?basis=inferred&amp;page=2" in second


def test_answers_are_filtered_and_come_in_pages(loaded, greta, client_as):
    assert engagement.responses(by=greta).total == 242
    stated = engagement.responses(by=greta, source="harrow-2017-19", status="in progress")
    assert stated.total < 242 and {row.source for row in stated.rows} <= {"harrow-2017-19"}
    browser = client_as("greta")
    everything = page(browser, "engagement")
    assert "242 answers, page 1 of 5" in everything and "page=2" in everything
    assert "Nothing fits" in page(browser, "engagement", words="zebra crossing")


def test_an_event_enters_the_calendar(loaded, client_as, greta):
    browser = client_as("greta")
    address = reverse("commissioning:add_event")
    form = {"event": "Carers' forum", "audience": "Carers", "starts": "2090-03-01", "ends": "2090-02-28"}
    assert browser.post(address, form).status_code == 400
    assert browser.post(address, {**form, "starts": ""}).status_code == 422
    assert browser.post(address, {**form, "ends": ""}).status_code == 302
    to_come, past = engagement.events(by=greta)
    assert [row.event for row in to_come] == ["Carers' forum"] and len(past) == 48
    assert "To come: 1 event" in page(browser, "engagement")
    assert Event.objects.get(event="Carers' forum").starts == datetime.date(2090, 3, 1)


def test_script_in_the_new_fields_is_text(few, greta, client_as):
    script = "<script>alert(1)</script>"
    browser = client_as("greta")
    posts = (
        ("add_event", [], {"event": script, "audience": script, "starts": "2090-03-01"}),
        ("new_milestone", [], {"title": script, "owner": script, "programme": script}),
        ("new_target", [], {
            "indicator": script, "programme": script, "population": script, "direction": "at_least", "value": "1",
            "statistic": "count", "owner": script, "data_domain": "other", "note": script,
        }),
        ("record_merger", [], {
            "old_code": "RX8", "old_name": script, "new_code": "RX9", "new_name": script, "merged_on": "2026-10-01",
        }),
        ("add_assumption", [], {
            "statement": script, "value": script, "source": script, "owner": script, "made_on": "2026-10-01", "schemes": script,
        }),
        ("set_term", [], {
            "kind": "others", "provider_code": "RYJ", "percent": "1", "source": script, "agreed_on": "2026-10-01",
        }),
    )  # fmt: skip
    for view, arguments, data in posts:
        answer = browser.post(reverse(f"commissioning:{view}", args=arguments), data, follow=True)
        assert answer.status_code == 200, (view, answer.status_code)
    for view in ("engagement", "milestones", "indicators", "targets", "mergers", "impact"):
        found = page(browser, view)
        assert "<script>alert" not in found, view
    assert "&lt;script&gt;" in page(browser, "milestones")
    poison = {"old_code": "A/<b>", "old_name": "x", "new_code": "RX9", "new_name": "y", "merged_on": "2026-10-01"}
    assert browser.post(reverse("commissioning:record_merger"), poison).status_code == 400


def test_plain_english_is_pointed_out_to_who_writes_and_to_nobody_else(few, greta, client_as):
    words = "We will utilise <b>PCNs</b> prior to the change."
    draft = register.carry_forward(by=greta, reference="i-nwl-005", year="2027/28")
    register.save(by=greta, reference=draft.reference, words=replace(draft.plain(), summary=words), base_version=1)
    mine = page(client_as("greta"), "intention", draft.reference)
    assert "Word to avoid: utilise. Instead: use" in mine and "Abbreviation: PCNs" in mine and "<b>PCNs" not in mine
    assert "Plain English" not in page(client_as("hugo"), "intention", draft.reference)
    paper = page(client_as("greta"), "paper", "nwl-system-intentions-2020-21")
    assert "Plain English" in paper
