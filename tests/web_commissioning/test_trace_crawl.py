"""Links followed as a reader follows them: from intentions to all they touch, and from each of those back, over a seeded sample."""

import datetime
import random
import re

import pytest
from django.urls import reverse

from commonweal.web.commissioning.models import Contract, Intention, Link, Paper
from commonweal.web.commissioning.services import papers, register, trace

pytestmark = pytest.mark.django_db
SEED, SAMPLE = 20200401, 40


@pytest.fixture
def greta(actor):
    return actor("greta")


def address(view, *arguments):
    return reverse(f"commissioning:{view}", args=arguments)


def links(content: str) -> set[str]:
    """Addresses of the site that a page's body links to, without their queries."""
    body = content[content.index("<main") : content.index("</main>")]
    return {found.split("?")[0].split("#")[0] for found in re.findall(r'href="(/[^"]*)"', body)}


def opened(browser, where: str) -> str:
    answer = browser.get(where, follow=True)
    assert answer.status_code == 200, where
    return answer.content.decode()


def some(things, count=SAMPLE):
    held = sorted(things)
    return random.Random(SEED).sample(held, min(count, len(held)))


def test_from_any_intention_every_link_opens_and_leads_back(loaded, greta, client_as):
    browser, seen = client_as("greta"), {}
    for reference in some(Intention.objects.values_list("reference", flat=True)):
        row = Intention.objects.get(reference=reference)
        here = links(opened(browser, address("intention", reference)))
        touched = [("target", code) for code in row.target_ids]
        touched += row.links.values_list("kind", "code")
        assert all(address("trace", kind, code) in here for kind, code in touched if kind != "target"), reference
        assert all(address("target", code) in here for kind, code in touched if kind == "target"), reference
        for kind, code in touched:
            if (kind, code) not in seen:
                opened(browser, address("trace", kind, code))
                seen[kind, code] = {one.intention.reference for one in trace.back(by=greta, kind=kind, code=code)[1]}
            assert reference in seen[kind, code], (reference, kind, code)
    assert {kind for kind, _ in seen} >= {"provider", "borough", "target"} and len(seen) > 20


def test_every_link_on_an_intentions_page_opens(loaded, released, client_as):
    browser, done = client_as("greta"), set()
    for reference in some(Intention.objects.values_list("reference", flat=True), 10):
        for where in sorted(links(opened(browser, address("intention", reference))) - done):
            opened(browser, where)
            done.add(where)
    assert len(done) > 30


def test_from_any_provider_to_intentions_pounds_and_contracts(loaded, greta, client_as):
    browser = client_as("greta")
    day = datetime.date
    for code in sorted(set(Link.objects.filter(kind="provider").values_list("code", flat=True))):
        Contract.objects.create(reference=f"c-{code}", provider=code, provider_code=code, service="Care", value_pence=100, starts=day(2026, 4, 1), ends=day(2027, 3, 31), route="competitive", decided_on=day(2026, 1, 5))  # fmt: skip
        own = opened(browser, address("provider", code))
        assert (f"c-{code}" in own and address("trace", "provider", code) in own) or "by inference" not in own
        _, rows = trace.back(by=greta, kind="provider", code=code)
        named = [one.intention.reference for one in rows if not one.inferred]
        there = links(own)
        assert rows and all(address("intention", reference) in there for reference in named), code
        for reference in some(named, 2):
            assert address("trace", "provider", code) in links(opened(browser, address("intention", reference)))


def test_from_any_measure_back_to_its_intentions(loaded, greta, client_as):
    browser = client_as("greta")
    by_measure = trace.by_definition(by=greta)
    assert len(by_measure) > 30
    for code, wanted in by_measure.items():
        found = links(opened(browser, address("trace", "measure", code)))
        assert {address("intention", row.reference) for row in wanted} <= found, code
    for code in some(by_measure, 8):
        row = by_measure[code][0]
        here = links(opened(browser, address("intention", row.reference)))
        through = [one for one in row.target_ids if address("target", one) in here]
        assert address("trace", "measure", code) in here or any(
            address("trace", "measure", code) in links(opened(browser, address("target", one))) for one in through
        ), code


def test_from_any_practice_network_and_borough_back(loaded, released, greta, client_as):
    browser = client_as("greta")
    for kind, code in (("practice", "E85000"), ("practice", "E85003"), ("pcn", "U00001"), ("borough", "E09000009")):
        _, rows = trace.back(by=greta, kind=kind, code=code)
        assert rows, (kind, code)
        shown = trace.page(rows, 1)
        here = links(opened(browser, address("trace", kind, code)))
        assert {address("intention", one.intention.reference) for one in shown.rows} <= here
    register.link(by=greta, reference="i-nwl-005", kind="practice", code="E85000", label="Alder Road Surgery")
    _, rows = trace.back(by=greta, kind="practice", code="E85000")
    assert trace.page(rows, 1, trace.Narrowed(basis="named")).rows[0].intention.reference == "i-nwl-005"
    assert address("trace", "practice", "E85000") in links(opened(browser, address("intention", "i-nwl-005")))
    measured = opened(browser, reverse("leads:measure", args=["diabetes_process_hba1c", "practice", "E85000"]))
    assert address("trace", "measure", "diabetes_process_hba1c") in links(measured)
    assert address("trace", "practice", "E85000") in links(measured)


def test_an_intention_leads_to_its_papers_and_a_paper_holds_it(loaded, greta, client_as):
    browser = client_as("greta")
    for reference in some(Intention.objects.filter(source="nwl-2020-21").values_list("reference", flat=True), 8):
        row = Intention.objects.get(reference=reference)
        standing = papers.of_intention(by=greta, intention=row)
        assert standing, reference
        here = links(opened(browser, address("intention", reference)))
        for paper in standing:
            assert address("paper", paper.slug) in here
            assert row.title in str(papers.content(by=greta, slug=paper.slug))
    assert Paper.objects.exists()


def test_its_people_are_listed_for_those_who_may(loaded, released, greta, client_as):
    register.link(by=greta, reference="i-nwl-005", kind="register", code="diabetes", label="Diabetes")
    where, people = address("intention", "i-nwl-005"), reverse("lists:from_definition", args=["diabetes"])
    theirs = client_as("amara")
    assert people in links(opened(theirs, where))
    assert "NHS number" in opened(theirs, people) or "cw-row" in opened(theirs, people)
    mine = opened(client_as("greta"), where)
    assert people not in links(mine) and "open to those who care for the people on them: " in mine
    assert client_as("greta").get(people).status_code == 403
