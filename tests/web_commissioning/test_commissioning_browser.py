"""Plans in a real browser: both procurement walks, and axe on every page."""

import contextvars
from datetime import date
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from commonweal.web.commissioning.services import procurement

pytestmark = [pytest.mark.chromium, pytest.mark.django_db]
OF_THE_FRAME = {"region"}
"""Rules about the frame around the page, which its own suite holds."""


@pytest.fixture
def browse(chromium, client_as):
    """``browse("hugo")``: a browser page signed in. Its requests are answered by the site within this test's transaction: the
    audit refuses to be emptied, so a test that commits could not be cleaned up after."""
    opened = []

    def sign_in(short):
        client = client_as(short) if short else Client()
        mine = (
            contextvars.copy_context()
        )  # Playwright answers in a context of its own, which would open another connection

        def answer(route):
            route.fulfill(**mine.copy().run(respond, route.request))

        def respond(request):
            parts = urlsplit(request.url)
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            if request.method == "POST":
                kind = request.headers["content-type"]
                response = client.post(address, data=request.post_data_buffer or b"", content_type=kind, follow=True)
            else:
                response = client.get(address, follow=True)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            return {"status": response.status_code, "headers": dict(response.items()), "body": body}

        context = chromium.new_context(base_url="http://testserver")
        opened.append(context)
        context.route("**/*", answer)
        return context.new_page()

    yield sign_in
    for context in opened:
        context.close()


def check(page):
    found = [one for one in Axe().run(page).response["violations"] if one["id"] not in OF_THE_FRAME]
    assert not found, (page.url, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])


@pytest.mark.slow
def test_main_pages_have_no_barrier(loaded, browse):
    page = browse("greta")
    for name, arguments in (
        ("register", []), ("new", []), ("intention", ["i-nwl-038"]), ("targets", []), ("target", ["t-nwl-smi-checks"]),
        ("milestones", []), ("fit", []), ("priorities", []), ("impact", []), ("west_london", []), ("procurement", ["pp-10"]),
        ("contracts", []), ("engagement", []), ("scrutiny", []), ("paper", ["nwl-system-intentions-2020-21"]),
        ("look_alikes", []), ("provider", ["RV3"]), ("you_said", []), ("coverage", []), ("upload", []), ("leavers", []), ("mergers", []), ("indicators", []), ("governance", []), ("new_target", []),
        ("new_milestone", []), ("trace", ["provider", "RV3"]), ("interdependence", []), ("pipeline", []),
    ):  # fmt: skip
        page.goto(reverse(f"commissioning:{name}", args=arguments))
        check(page)


def test_walking_the_provider_selection_regime(loaded, browse, actor):
    row = procurement.create(by=actor("hugo"), service="Community cardiology", decision_on=date(2026, 12, 1))
    page = browse("hugo")
    page.goto(reverse("commissioning:procurement", args=[row.reference]))
    expect(page.get_by_text("Health Care Services (Provider Selection Regime) Regulations 2023")).to_be_visible()
    for answer in ("No", "No", "No", "No", "Yes"):
        page.locator("fieldset").last.get_by_label(answer, exact=True).check()
        page.get_by_label("Evidence").last.fill("Board paper 7")
        page.get_by_role("button", name="Answer").first.click()
    expect(page.get_by_text("Most suitable provider process", exact=True)).to_be_visible()
    expect(page.get_by_role("rowheader", name="Intention to follow the process")).to_be_visible()
    check(page)


def test_walking_the_regulations_of_2013(loaded, browse):
    page = browse("hugo")
    page.goto(reverse("commissioning:procurement", args=["pp-10"]))
    for question in ("Is only one provider able to deliver the service?",):
        page.get_by_role("group", name=question).get_by_label("No", exact=True).check()
    page.locator("#pg-02-no").check()
    page.locator("#pg-03-no").check()
    page.get_by_role("button", name="Answer").first.click()
    expect(page.locator("strong.nhsuk-tag", has_text="Competition")).to_be_visible()
    expect(page.get_by_text("13 items still to answer or prove")).to_be_visible()
    check(page)


def test_a_stranger_reads_you_said_we_did(loaded, browse):
    page = browse("")
    page.goto(reverse("commissioning:you_said"))
    expect(page.get_by_role("heading", name="You said, we did", level=1)).to_be_visible()
    check(page)
