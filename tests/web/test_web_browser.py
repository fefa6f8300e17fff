"""The site in a real browser, by role: every page without fault for axe, wide and narrow, by keyboard, without script.

The site under test is the one that `serve` starts, with its security policy, against a store of invented people.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
BUDGET_BYTES = 200_000
SECONDS_TO_START = 240
"""Long, because a busy machine starts slowly; a test that begins before the site has told nothing."""

PAGES: dict[str, tuple[str, ...]] = {
    "": ("/account/sign-in/", "/account/password/reset/", "/account/personas/", "/trust/safety/", "/account/no-account/", "/api/"),
    "Dr Amara Osei": (
        "/", "/search/", "/care/lists/", "/care/lists/from/diabetes_hba1c_overdue/", "/care/lists/new/combined/",
        "/care/lists/new/numbers/", "/care/lists/by-hand/person0000/", "/care/people/", "/care/people/person0000/", "/care/people/person0000/timeline/",
        "/care/people/person0000/why/diabetes_hba1c_overdue/", "/care/people/person0000/correct/", "/care/people/person0001/",
        "/care/people/person0000/timeline/?period=2016", "/care/people/person0000/plans/", "/care/people/person0000/plans/write/",
        "/care/people/person0000/preferences/", "/care/people/person0000/household/", "/care/people/plans-to-review/",
        "/account/role/", "/account/roles/", "/account/sign-out/", "/nowhere/",
    ),
    "Dalia Brook": ("/", "/care/lists/", "/care/people/corrections/", "/planning/"),
    "Greta Anand": (
        "/", "/planning/", "/planning/dashboards/diabetes/all/all/", "/planning/measures/diabetes_process_hba1c/all/all/",
        "/planning/measures/diabetes_process_hba1c/practice/E85000/", "/care/lists/", "/planning/groups/new/",
        "/planning/groups/new/?like=E85000", "/planning/views/new/?measure=diabetes_process_hba1c",
        "/planning/measures/diabetes_process_hba1c/all/all/rebase/",
    ),
    "Ines Whitlock": (
        "/trust/definitions/", "/trust/definitions/diabetes_hba1c_overdue/", "/trust/codelists/dm_cod/", "/trust/release/",
        "/trust/releases/",
    ),
    "Kamala Reeve": ("/", "/audit/", "/audit/chain/", "/audit/unusual/", "/care/people/emergency/"),
    "Noor Tindall": ("/", "/account/digest/", "/account/api-tokens/", "/account/staff/", "/account/staff/1/"),
    "Councillor Maeve Sandhu": ("/",),
}  # fmt: skip
"""Who opens what. The empty name is somebody who is not signed in."""
CASES = [(who, path) for who, paths in PAGES.items() for path in paths]


@pytest.fixture(scope="module")
def site(chromium, small_store, tmp_path_factory):
    """The address of the served demonstration."""
    from web_release import serve

    serve(small_store)
    folder = tmp_path_factory.mktemp("served") / "store"
    shutil.copytree(small_store.root, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "COMMONWEAL_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "commonweal.cli", "serve", "--store", str(folder), "--port", str(port), "--workers", "1"],
        cwd=ROOT, env={**variables, "PYTHONPATH": str(ROOT / "src")}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(SECONDS_TO_START * 4):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health/", timeout=5):
            break
        assert process.poll() is None, "the site stopped while starting"
        time.sleep(0.25)
    else:
        process.kill()
        pytest.fail(f"the site did not start within {SECONDS_TO_START} seconds")
    yield address
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:  # a browser still holds a connection
        process.kill()


@pytest.fixture(scope="module")
def opened(chromium, site):
    """A page for each persona and width, signed in once: ``opened("Greta Anand", 360)``."""
    known = {}

    def page_of(who, width=1280, script=True):
        key = (who, width, script)
        if key not in known:
            context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
            page = context.new_page()
            page.problems = []
            page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            page.elsewhere = []
            page.on(
                "request",
                lambda request: page.elsewhere.append(request.url)
                if not request.url.startswith((site, "data:")) else None,
            )  # fmt: skip
            if who:
                page.goto(f"{site}/account/personas/")
                page.get_by_role("button", name=who).click()
            known[key] = page
        return known[key]

    yield page_of
    for page in known.values():
        page.context.close()


def problems_of(page):
    """What the browser complained about, but for the status of a page that is meant to be an error."""
    found = [one for one in page.problems if "Failed to load resource" not in one]
    page.problems.clear()
    return found


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(("who", "path"), CASES, ids=[f"{who or 'nobody'}{path}" for who, path in CASES])
def test_every_page_is_without_fault(opened, site, who, path, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(who, width)
    answer = page.goto(site + path)
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()
    assert problems_of(page) == [], "the security policy or a script complained"
    assert page.elsewhere == [], "a page asked another site for something"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    assert page.title().strip() and len(page.query_selector_all("h1")) == 1
    pictures = sum(len(one) for one in re.findall(r"<svg.*?</svg>", answer.text(), re.DOTALL))
    assert len(answer.body()) - pictures < BUDGET_BYTES


@pytest.mark.parametrize(
    ("who", "path"), [("Dr Amara Osei", "/care/lists/from/diabetes_hba1c_overdue/"), ("Dr Amara Osei", "/care/people/person0000/"),
                      ("Greta Anand", "/planning/measures/diabetes_process_hba1c/all/all/"), ("Kamala Reeve", "/audit/")]
)  # fmt: skip
def test_at_320_pixels_nothing_is_lost_sideways(opened, site, who, path):
    page = opened(who, 320)
    page.goto(site + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_keyboard_alone_reaches_and_does_everything(opened, site):
    """Skip link first; tick a person, choose what to do, save: no mouse."""
    page = opened("Dr Ben Castellan")
    page.goto(site + "/care/lists/from/diabetes_hba1c_58/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#maincontent"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "person":
            break
        outline = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow + s.backgroundColor })()"
        )
        assert outline != "nonenonergba(0, 0, 0, 0)", "focus can be seen"
    assert page.evaluate("document.activeElement.name") == "person"
    page.keyboard.press("Space")
    person = page.evaluate("document.activeElement.value")
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_note":
            break
    page.keyboard.type("rang and booked")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Save"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=1 person done")
    assert page.query_selector(f'input[value="{person}"]') is None


def test_the_main_paths_work_without_script(opened, site):
    page = opened("Dr Elspeth Rana", script=False)
    page.goto(site + "/account/role/")
    page.get_by_label("Clinician at Alder Road Surgery").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Diabetes: HbA1c overdue").click()
    before = page.locator("input[name=person]").count()
    page.locator("input[name=person]").first.check(force=True)
    page.get_by_label("What to do", exact=True).select_option("decline")
    page.get_by_role("button", name="Save").click()
    assert "say why" in page.content().lower()
    page.locator("#id_reason").select_option("already_done")
    page.get_by_role("button", name="Save").click()
    assert page.locator("input[name=person]").count() == before - 1
    page.locator("main a[href^='/care/people/']").first.click()
    page.get_by_role("link", name="The whole timeline").click()
    assert page.title().startswith("Timeline of")


def test_an_emergency_look_from_the_counter_to_the_review(opened, site):
    """Given a clinician and a stranger who needs care; when the reason is given; then the look is open and reviewed."""
    page = opened("Dr Amara Osei")
    page.goto(site + "/care/people/person0001/")
    page.get_by_label("Why do you need to see this person now?").fill("chest pain at reception desk")
    page.get_by_role("button", name="Look, and be reviewed").click()
    assert page.locator("h1").inner_text() == "Given1 Family1"
    review = opened("Kamala Reeve")
    review.goto(site + "/care/people/emergency/")
    assert "chest pain at reception desk" in review.content()
    review.get_by_role("button", name="Record the review").first.click()
    assert "The review was recorded" in review.content()


def test_a_printed_list_has_the_people_and_not_the_buttons(opened, site):
    page = opened("Chidi Laurent")
    page.goto(site + "/care/lists/from/diabetes_hba1c_overdue/")
    page.emulate_media(media="print")
    assert page.get_by_role("link", name="Given24 Family24").is_visible()
    assert not page.get_by_role("button", name="Save").is_visible()
    assert not page.locator("header").first.is_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    ("who", "words"), [("Greta Anand", "diabetes"), ("Dr Amara Osei", "999 000 0018"), ("Ines Whitlock", "zz")]
)
def test_what_a_search_finds_is_without_fault_and_needs_no_script(opened, site, who, words, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(who, width)
    page.goto(f"{site}/search/")
    page.get_by_label("Search", exact=True).fill(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/search/"), "the words are not in the address"
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
