"""Papers: drafts that refresh, publications that stay, public pages that reach nothing private."""

import datetime
import io

import docx
import pypdf
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commonweal.errors import BadInput, Busy, NotReady
from commonweal.pipeline.releases import cited
from commonweal.web.commissioning.models import Intention, Paper, Response
from commonweal.web.commissioning.services import coverage, engagement, live, papers

pytestmark = pytest.mark.django_db
SLUG = "nwl-system-intentions-2020-21"


@pytest.fixture
def greta(actor):
    return actor("greta")


def test_the_document_comes_out_of_the_register(loaded, greta, client_as):
    browser = client_as("greta")
    page = browser.get(reverse("commissioning:paper", args=[SLUG])).content.decode()
    assert "North West London System Intentions 2020/21" in page
    assert page.count("System intentions 2020/21 (contract changes)") == 18
    word = browser.get(reverse("commissioning:paper_file", args=[SLUG, "docx"]))
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert "Asthma nurse specialist network" in text and "£324m" in text
    pdf = browser.get(reverse("commissioning:paper_file", args=[SLUG, "pdf"]))
    assert len(pypdf.PdfReader(io.BytesIO(pdf.content)).pages) > 20


def test_a_withdrawn_intention_leaves_the_draft_and_stays_in_what_was_published(loaded, greta):
    papers.publish(by=greta, slug=SLUG)
    Intention.objects.filter(reference="i-nwl-038").update(state="withdrawn")
    _, public = papers.published_paper(SLUG)
    draft = papers.content(by=greta, slug=papers.start_next(by=greta, slug=SLUG).slug)
    title = "Asthma nurse specialist network"
    assert title in str(public) and title not in str(draft)


def test_hand_written_text_stays_and_figures_refresh(loaded, greta):
    papers.write(by=greta, slug=SLUG, written={"purpose": "Ours. Deficit {figure:deficit}."}, base_version=1)
    made = papers.content(by=greta, slug=SLUG)
    assert made.slots()["purpose"] == "Ours. Deficit {figure:deficit}."
    with pytest.raises(NotReady, match="figures that this paper does not have"):
        papers.write(by=greta, slug=SLUG, written={"purpose": "{figure:invented}"}, base_version=2)
    assert Paper.objects.get(slug=SLUG).written["purpose"].startswith("Ours.")


def test_a_text_with_an_unknown_figure_stays_in_its_form(loaded, client_as):
    typed = {"slot.purpose": "A long text about {figure:invented}.", "base_version": "1"}
    answer = client_as("greta").post(reverse("commissioning:write_paper", args=[SLUG]), typed)
    assert answer.status_code == 422
    assert "A long text about {figure:invented}.</textarea>" in answer.content.decode()
    assert "igures that this paper does not have" in answer.content.decode()


def test_two_writers_of_one_paper(loaded, greta, client_as):
    papers.write(by=greta, slug=SLUG, written={"purpose": "Theirs."}, base_version=1)
    with pytest.raises(Busy):
        papers.write(by=greta, slug=SLUG, written={"purpose": "Mine."}, base_version=1)
    answer = client_as("greta").post(
        reverse("commissioning:write_paper", args=[SLUG]), {"slot.purpose": "Mine is long.", "base_version": "1"}
    )
    assert answer.status_code == 422 and "Mine is long." in answer.content.decode()
    assert Paper.objects.get(slug=SLUG).written["purpose"] == "Theirs."


def test_a_published_paper_is_frozen(loaded, greta):
    row = papers.publish(by=greta, slug=SLUG)
    before = papers.published_paper(SLUG)[1]
    Intention.objects.filter(source="nwl-2020-21").update(title="Something else")
    assert papers.published_paper(SLUG)[1] == before
    with pytest.raises(BadInput, match="does not change"):
        papers.write(by=greta, slug=SLUG, written={"purpose": "x"}, base_version=row.version)
    with pytest.raises(BadInput, match="published already"):
        papers.publish(by=greta, slug=SLUG)
    Paper.objects.filter(pk=row.pk).update(body=row.body.replace("£324m", "£3m"))
    with pytest.raises(BadInput, match="not what was published"):
        papers.published_paper(SLUG)


def test_a_withdrawn_paper_stays_readable_and_says_why(loaded, greta):
    papers.publish(by=greta, slug=SLUG)
    with pytest.raises(BadInput, match="why"):
        papers.withdraw(by=greta, slug=SLUG, reason=" ")
    papers.withdraw(by=greta, slug=SLUG, reason="A figure was wrong")
    page = Client().get(reverse("commissioning:published_paper", args=[SLUG])).content.decode()
    assert "Withdrawn." in page and "A figure was wrong" in page
    listed = Client().get(reverse("commissioning:published")).content.decode()
    assert "(withdrawn)" in listed
    pdf = Client().get(reverse("commissioning:published_file", args=[SLUG, "pdf"])).content
    assert "A figure was wrong" in "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    successor = papers.start_next(by=greta, slug=SLUG)
    assert (successor.replaces.slug, successor.state) == (SLUG, "draft")


def test_public_pages_are_cacheable_and_touch_only_what_is_published(loaded, greta, client_as):
    papers.publish(by=greta, slug=SLUG)
    private = ("commissioning_intention", "commissioning_target", "commissioning_feedback", "accounts_", "audit_")
    for name, arguments in (("you_said", []), ("published", []), ("published_paper", [SLUG]), ("coverage", [])):
        address = reverse(f"commissioning:{name}", args=arguments)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = Client().get(address)
        assert answer.status_code == 200
        assert "public" in answer["Cache-Control"] and "max-age" in answer["Cache-Control"], name
        assert len(asked) <= 3, name
        assert not [query["sql"] for query in asked if any(table in query["sql"] for table in private)], name
        assert "no-store" in client_as("greta").get(address)["Cache-Control"]


def test_who_holds_a_published_paper_is_sent_nothing_until_it_is_withdrawn(loaded, greta, monkeypatch):
    papers.publish(by=greta, slug=SLUG)
    made = []
    monkeypatch.setattr(papers, "rendered", lambda paper, form: (made.append(form), (b"file", "application/pdf"))[1])
    stranger = Client()
    for name, arguments in (("published_paper", [SLUG]), ("published_file", [SLUG, "pdf"])):
        address = reverse(f"commissioning:{name}", args=arguments)
        tag = stranger.get(address)["ETag"]
        held = stranger.get(address, headers={"if-none-match": tag})
        assert (held.status_code, held.content) == (304, b"") and "max-age" in held["Cache-Control"], name
        papers.withdraw(by=greta, slug=SLUG, reason="Figures are wrong") if name == "published_file" else None
    assert stranger.get(address, headers={"if-none-match": tag}).status_code == 200
    assert made == ["pdf", "pdf"]  # once while it stood, and once as withdrawn


def test_an_unpublished_answer_or_paper_is_not_public(loaded, greta):
    engagement.respond(
        by=greta,
        theme="Access",
        you_said="Hidden words",
        we_did="Something",
        status="planned",
        why_not="",
        intention_references=[],
        publish=False,
    )
    assert "Hidden words" not in Client().get(reverse("commissioning:you_said")).content.decode()
    assert Client().get(reverse("commissioning:published_paper", args=[SLUG])).status_code == 404


def test_you_said_we_did_never_shows_an_inferred_status_as_stated(loaded):
    address = reverse("commissioning:you_said")
    pages = [Client().get(address, {"page": number}).content.decode() for number in range(1, 6)]
    assert sum(page.count("(inferred from the document, not stated in it)") for page in pages) == 175
    assert all("For 175 of these 242 answers" in page for page in pages)
    stated = Response.objects.filter(basis="stated").count()
    assert stated == 67


def test_an_answer_names_the_intentions_it_changed(loaded, greta, client_as):
    engagement.add_feedback(
        by=greta, said="Too far to travel", heard_on=None, heard_at="Fair", place="Brent", theme="Travel"
    )
    assert engagement.unanswered(by=greta) == [("Travel", 1)]
    engagement.respond(
        by=greta,
        theme="Travel",
        you_said="Too far to travel",
        we_did="New rate cards",
        status="in progress",
        why_not="",
        intention_references=["i-nwl-038"],
        publish=True,
    )
    assert engagement.unanswered(by=greta) == []
    assert (
        "Too far to travel"
        in client_as("greta").get(reverse("commissioning:intention", args=["i-nwl-038"])).content.decode()
    )


def test_coverage_lists_all_338_systems(db):
    rows = coverage.rows()
    assert len(rows) == 338 and len({row.id for row in rows}) == 338
    assert sum(count for _, count, _ in coverage.counts(rows)) == 338
    anticoagulated = next(row for row in rows if "af_anticoagulated" in row.where)
    assert "Atrial fibrillation with CHA₂DS₂-VASc of 2 or more: on an anticoagulant" in anticoagulated.definitions
    assert "af_anticoagulated" not in anticoagulated.places, "a reader is told titles"
    assert all(partly <= count for _, count, partly in coverage.counts(rows))
    page = Client().get(reverse("commissioning:coverage")).content.decode()
    for served, count, partly in coverage.counts(rows):
        assert f"{served.capitalize()}</a>: {count}" + (f", of which {partly} in part" if partly else "") in page
    address = reverse("commissioning:coverage")
    some = Client().get(address, {"served": "tracked", "words": "maternity"}).content.decode()
    shown = coverage.fitting(rows, served="tracked", words="maternity")
    assert shown and some.count("cw-row-header") == len(shown)
    assert "Nothing fits" in Client().get(address, {"words": "<script>"}).content.decode()
    assert "Whole Systems Integrated Care database (WSIC)" in page


def test_the_annual_paper_says_what_happened(loaded, greta, client_as):
    from commonweal.web.commissioning.services import life

    life.take_step(
        by=greta, reference="i-swl-001", name="deliver", form=life.StepForm(reason="Every site by March 2017")
    )
    life.take_step(by=greta, reference="i-swl-002", name="fail", form=life.StepForm(reason="No staff were found"))
    papers.create(
        by=greta, slug="swl-annual", title="South West London: what happened", place="South West London", year="2016/17",
        source="swl-2016-17", kind="what_happened",
    )  # fmt: skip
    page = client_as("greta").get(reverse("commissioning:paper", args=["swl-annual"])).content.decode()
    assert "Every site by March 2017" in page and "No staff were found" in page
    made = papers.content(by=greta, slug="swl-annual")
    assert {figure.label: figure.shown for figure in made.figures}[
        "Recorded from a published document; outcome not known"
    ] == "49"


def test_a_provider_sees_its_plans_and_gets_its_letter(loaded, greta, client_as):
    browser = client_as("hugo")
    page = browser.get(reverse("commissioning:provider", args=["RV3"])).content.decode()
    assert "Central and North West London NHS Foundation Trust" in page
    assert reverse("commissioning:intention", args=["i-nwl-027"]) in page
    Intention.objects.filter(reference="i-nwl-027").update(state="agreed")
    answer = browser.post(
        reverse("commissioning:provider_letter", args=["RV3"]), {"starts_on": "2027-10-01", "form": "docx"}
    )
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert "Grow mental health workforce" in text and "from 1 October 2027" in text
    assert "Connect community and mental health systems" not in text  # not signed


def test_live_figures_stand_in_a_paper_with_their_release_under_the_rule_of_its_audience(loaded, greta, released):
    intention = Intention.objects.get(reference="i-nwl-038")
    Intention.objects.filter(pk=intention.pk).update(measure_ids=["diabetes_process_hba1c"])
    public = live.value("diabetes_process_hba1c", purpose="public")
    assert public is not None and public.level is not None
    made = papers.content(by=greta, slug=SLUG)
    figure = next(one for one in made.figures if one.key == "diabetes_process_hba1c")
    assert (figure.shown, figure.audience) == (public.words, "public")
    assert public.release_id in figure.stamp
    row = papers.publish(by=greta, slug=SLUG)
    assert row.release_id == public.release_id
    assert papers.cited_releases(settings.STORE) == [public.release_id]
    assert row.release_id in cited(settings.STORE)  # so that pruning keeps it


def test_an_intention_says_which_papers_it_stands_in(loaded, greta, client_as):
    browser = client_as("greta")
    address = reverse("commissioning:intention", args=["i-nwl-038"])
    link = f'href="{reverse("commissioning:paper", args=[SLUG])}"'
    assert link in browser.get(address).content.decode()  # a draft that would hold it
    papers.publish(by=greta, slug=SLUG)
    Intention.objects.filter(reference="i-nwl-038").update(state="withdrawn")
    page = browser.get(address).content.decode()
    assert link in page and "Published" in page  # it stays in what was published
    elsewhere = browser.get(reverse("commissioning:intention", args=["i-wl-001"])).content.decode()
    assert link not in elsewhere


def start(browser, **more):
    form = {"kind": "what_happened", "title": "A paper", "slug": "a-paper", "place": "North West London", "year": "2026/27", "programme": ""}  # fmt: skip
    return browser.post(reverse("commissioning:start_paper"), form | more)


def test_an_update_of_a_programme_and_a_partnership_paper_come_out_of_the_register(loaded, greta, client_as):
    from commonweal.web.commissioning.services import example, governance

    example.make_example()
    browser = client_as("greta")
    assert start(browser, kind="programme_update").status_code == 400  # it names no programme
    made = start(browser, kind="programme_update", programme="Learning disabilities and autism")
    assert made.status_code == 302
    page = browser.get(made["Location"]).content.decode()
    for words in ("An annual health check for everyone", "Notice given", "Milestones", "Cannot be known, and why"):
        assert words in page, words
    assert start(browser, kind="partnership", slug="b", place="Atlantis").status_code == 400
    Intention.objects.filter(reference=example.REFERENCE).update(place="Harrow")
    governance.add_record(by=greta, kind="alliance", title="Harrow alliance", parties="CCG and trusts", words="", owner="Place lead", agreed_on=None, review_on=datetime.date(2027, 3, 31), evidence="", place_code="E09000015")  # fmt: skip
    where = start(browser, kind="partnership", slug="harrow", place="Harrow")["Location"]
    page = browser.get(where).content.decode()
    for words in ("Harrow alliance", "CCG and trusts", "An annual health check for everyone", "Complete physical health checks"):  # fmt: skip
        assert words in page, words
    papers.publish(by=greta, slug="harrow")
    assert "Harrow alliance" in Client().get(reverse("commissioning:published_paper", args=["harrow"])).content.decode()


def test_a_recovery_paper_is_made_of_the_schemes_of_its_year(loaded, greta, client_as):
    from commonweal.web.finance.models import SchemeRecord

    SchemeRecord.objects.create(reference="r-1", year="2026/27", title="Fewer falls", gross_pence=100_000_00, investment_pence=20_000_00, maturity="in_delivery", delivered_pence=30_000_00)  # fmt: skip
    SchemeRecord.objects.create(reference="r-2", year="2026/27", title="Stopped one", gross_pence=1, maturity="stopped")
    SchemeRecord.objects.create(reference="r-3", year="2025/26", title="Last year", gross_pence=1, maturity="complete")
    page = client_as("greta").get(start(client_as("greta"), kind="financial_recovery")["Location"]).content.decode()
    assert "Fewer falls" in page and "£100,000" in page and "£80,000" in page and "£30,000" in page
    assert "Stopped one" not in page and "Last year" not in page


def test_targets_in_a_public_paper_are_worked_out_under_the_rule_of_the_public(loaded, greta, client_as, monkeypatch):
    from commonweal.web.commissioning.services import live

    asked = set()
    monkeypatch.setattr(live, "value", lambda measure_id, purpose="planning", place="": asked.add(purpose))
    monkeypatch.setattr(live, "series", lambda measure_id, purpose="planning", place="": asked.add(purpose) or ())
    where = start(client_as("greta"), place="North West London", year="2020/21")["Location"]
    assert client_as("greta").get(where).status_code == 200
    assert asked == {"public"}
