"""Every finance page in a real browser, as a finance lead: without fault for axe, wide and at 320 pixels, asking no other site."""

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
SCHEME = "/finance/schemes/2019-20/{reference}/"
PAGES = (
    "/finance/", "/finance/?by=place", "/finance/provider/RYJ/", "/finance/forecasts/", "/finance/forecasts/RYJ/NEL/", "/finance/bridge/",
    "/finance/reconciliation/", "/finance/local-pods/?provider=RYJ&local=ZZ9&tariff=", "/finance/control-totals/", "/finance/five-years/",
    "/finance/schemes/", "/finance/schemes/new/", "/finance/schemes/overlaps/", "/finance/schemes/programmes/", SCHEME,
    *(f"{SCHEME}change/{name}/" for name in ("details", "phasing", "milestones", "activity", "stops", "assessments", "delivery", "overlap")),
    "/finance/contracts/", "/finance/contracts/RYJ/", "/finance/contracts/RYJ/2025-26/terms/?form=outcome_share", "/finance/trace/RYJ/NEL/",
    "/finance/waiting/", "/finance/incentives/", "/finance/incentives/local_incentive/", "/finance/incentives/local_incentive/E85000/",
    "/finance/challenges/", "/finance/challenges/single_charge/", "/finance/challenges/single_charge/RYJ/OPFUPSPCL/2025-08/",
    "/finance/behind/pod/NEL/", "/finance/load/", "/finance/documents/",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(chromium, money_store, tmp_path_factory):
    """The address of a served demonstration with a position and the documents' schemes."""
    folder = tmp_path_factory.mktemp("served") / "store"
    shutil.copytree(money_store.root, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "COMMONWEAL_"))}
    started = {
        "cwd": ROOT,
        "env": {**variables, "PYTHONPATH": str(ROOT / "src")},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    command = [sys.executable, "-m", "commonweal.cli"]
    subprocess.run([*command, "finance", "load-documents", "--store", str(folder)], check=True, **started)
    process = subprocess.Popen(
        [*command, "serve", "--store", str(folder), "--port", str(port), "--workers", "1"], **started
    )
    for _ in range(480):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=1):
            break
        assert process.poll() is None, "the site stopped while starting"
        time.sleep(0.25)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def page(chromium, site):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.problems, opened.elsewhere = [], []
    opened.on("console", lambda message: opened.problems.append(message.text) if message.type == "error" else None)
    opened.on(
        "request",
        lambda request: None if request.url.startswith((site, "data:")) else opened.elsewhere.append(request.url),
    )
    opened.goto(f"{site}/account/personas/")
    opened.get_by_role("button", name="Hugo Adeyemi").click()
    opened.goto(f"{site}/finance/schemes/?year=2019/20")
    opened.scheme = re.search(r"/finance/schemes/2019-20/([^/]+)/", opened.content()).group(1)  # type: ignore[union-attr]
    yield opened
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_every_finance_page_is_without_fault(page, site, path):
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(site + path.format(reference=page.scheme))
    assert answer.status == 200
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()
    assert page.problems == [], "the security policy or a script complained"
    assert page.elsewhere == [], "a page asked another site for something"
    assert len(page.query_selector_all("h1")) == 1
    page.set_viewport_size({"width": 320, "height": 900})
    page.reload()  # as a phone gets it: after a resize the menu folds a moment later
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "the page scrolls sideways"
