"""Contracts in the site: a form by year with its terms, every form on the same activity, and the trail of each figure."""

from __future__ import annotations

import pytest

from commonweal.governance.disclosure import HES
from commonweal.web.audit.models import Entry
from commonweal.web.finance.models import ContractTerms
from commonweal.web.finance.services.trace import contact_rows

from .web_helpers import row_of, text_of

pytestmark = pytest.mark.django_db
TERMS = "/finance/contracts/RYJ/2025-26/terms/"


def test_every_form_is_worked_on_the_same_activity(client_as, money):
    page = client_as("greta").get("/finance/contracts/RYJ/")
    # Six months: planned 60,000 in each of two PODs, emergencies 10 % over by volume.
    assert row_of(page, "Payment by results")[:3] == ["126", "0", "0"]
    assert row_of(page, "Block")[:2] == ["120", "-6"]
    assert row_of(page, "Marginal rate above a baseline")[:3] == ["122", "-4", "4"]
    assert row_of(page, "Blended: fixed and variable")[:2] == ["121", "-5"]
    assert row_of(page, "Aligned payment and incentive")[:2] == ["120", "-6"]
    assert row_of(page, "Emergency admissions cap")[3].startswith("Needs value of 2008/09 activity")
    for name in ("Low-volume block", "Capitated payment", "Outcome share withheld", "New to follow-up cap"):
        assert row_of(page, name)[0] == "–"
    assert "/finance/trace/RYJ/NEL/" in page.content.decode()


def test_a_contracts_form_is_recorded_with_its_terms_by_year(client_as, money):
    browser = client_as("hugo")
    wrong = browser.post(
        TERMS, {"form": "emergency_admissions_cap", "baseline": "much", "rate": "130", "base_version": 0}
    )
    assert wrong.status_code == 422
    assert "a number is wanted: much" in text_of(wrong)
    missing = browser.post(TERMS, {"form": "emergency_admissions_cap", "baseline": "", "base_version": 0})
    assert "This field is required" in text_of(missing)
    sent = {
        "form": "emergency_admissions_cap",
        "baseline": "120,000",
        "rate": "30",
        "agreed_in": "Schedule 3",
        "base_version": 0,
    }
    assert browser.post(TERMS, sent).status_code == 302
    page = browser.get("/finance/contracts/RYJ/")
    # Emergencies came to 66,000 against half of 120,000; 6,000 above is paid at 30 %.
    assert row_of(page, "Emergency admissions cap")[:3] == ["122", "-4", "4"]
    assert row_of(page, "Emergency admissions cap")[-1] == "this contract"
    assert row_of(page, "2025/26") == ["Emergency admissions cap", "Schedule 3", "6", "120", "126", "122"]
    assert row_of(page, "2024/25")[0] == "not recorded"
    assert row_of(browser.get("/finance/contracts/"), "Imperial College Healthcare NHS Trust")[:4] == [
        "Emergency admissions cap", "120", "126", "122",
    ]  # fmt: skip
    late = browser.post(TERMS, {"form": "block", "annual": "240000", "base_version": 0})
    assert late.status_code == 409
    assert "it is now emergency admissions cap" in text_of(late)
    assert 'value="240000"' in late.content.decode()
    assert ContractTerms.objects.get().form == "emergency_admissions_cap"
    assert Entry.objects.filter(action="set contract form").count() == 1
    assert browser.get(f"{TERMS}?form=none").status_code == 400
    old = browser.get("/finance/contracts/RYJ/?year=2024/25")
    assert "2024/25, 12 months that arrived" in text_of(old)


def test_lists_of_terms_are_read_line_by_line(client_as, money):
    browser = client_as("hugo")
    sent = {
        "form": "outcome_share",
        "withheld": "10",
        "outcomes": "falls: 2: met\nwounds: 1: missed",
        "base_version": 0,
    }
    assert browser.post(TERMS, sent).status_code == 302
    page = browser.get("/finance/contracts/RYJ/")
    # 10 % of 120,000 is at stake; two thirds of it is released.
    assert row_of(page, "Outcome share withheld")[:3] == ["116", "-10", "4"]
    bad = browser.post(TERMS, {**sent, "outcomes": "falls", "base_version": 1})
    assert "each line is written as name: number" in text_of(bad)
    sent = {"form": "capitated", "groups": "under 65: 1000: 100\n65 and over: 200: 900", "base_version": 1}
    assert browser.post(TERMS, sent).status_code == 302
    assert row_of(browser.get("/finance/contracts/RYJ/"), "Capitated payment")[0] == "140"


def test_a_figure_leads_to_its_files_and_lines_that_make_it_to_the_penny(client_as, money):
    browser = client_as("greta")
    page = browser.get("/finance/provider/RYJ/")
    assert '<a href="/finance/trace/RYJ/NEL/">Non-elective (NEL)</a>' in page.content.decode()
    trail = browser.get("/finance/trace/RYJ/NEL/")
    assert "The position holds £66,000.00 of actual and £60,000.00 of plan" in text_of(trail)
    assert row_of(trail, "Counted")[-2:] == ["60,000.00", "66,000.00"]
    assert row_of(trail, "300")[-4:] == ["60,000.00", "66,000.00", "0.00", "66,000.00"]
    one = browser.get("/finance/trace/RYJ/NEL/?month=2025-08")
    assert row_of(one, "Counted")[-2:] == ["10,000.00", "11,000.00"]
    assert browser.get("/finance/trace/RYJ/NEL/?month=soon").status_code == 400
    assert browser.get("/finance/trace/RYJ/XX/").status_code == 404
    behind = browser.get("/finance/behind/commissioner/W2U3Z/")
    assert row_of(behind, "All")[:3] == ["220,000.00", "226,000.00", "6,000.00"]
    assert "/finance/behind/specialty/300/" in browser.get("/finance/?by=specialty").content.decode()


def test_the_money_of_few_contacts_is_not_the_total_less_the_others():
    """Three contacts of £100 are hidden; alone, they would be £21,300 − £20,000 − £1,000."""
    group = {("VB08Z",): (135, 2_000_000), ("VB05Z",): (3, 30_000), ("VB06Z",): (20, 100_000)}
    assert {one["key"][0]: one["pence"] for one in contact_rows(group, HES)} == {
        "VB08Z": 2_000_000, "VB05Z": None, "VB06Z": None,
    }  # fmt: skip
    nothing_small = {key: counted for key, counted in group.items() if key != ("VB05Z",)}
    assert all(one["pence"] is not None for one in contact_rows(nothing_small, HES))


def test_the_bridge_goes_from_last_month_to_this_month(client_as, money):
    page = client_as("greta").get("/finance/bridge/?provider=RYJ")
    # Every month is alike but for its days, and one file holds them all: nothing was restated.
    drawn = page.content.decode()
    before, now = float(row_of(page, "Forecast last month", 1)[0]), float(row_of(page, "Forecast this month")[0])
    names = ("September against what was expected of it", "Months to come, expected anew")
    steps = [float(row_of(page, name, 1)[0]) for name in names if f">{name}<" in drawn]
    assert steps
    assert abs(now - before - sum(steps)) <= 1
    assert "Earlier months restated" not in drawn
    assert row_of(page, "Imperial College Healthcare NHS Trust, Non-elective (NEL)")[1] == "0"
