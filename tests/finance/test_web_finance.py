"""The finance pages: every role at every door, what the position shows, imports with errors by cell, schemes and their gates."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import get_resolver, reverse

from commonweal.finance.calendar import FinancialYear
from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.permissions import capabilities

from .web_helpers import row_of, sheet, text_of

pytestmark = pytest.mark.django_db
YEAR = FinancialYear(2025)
SEE, CHANGE = frozenset({"finance", "commissioner"}), frozenset({"finance"})
MEASURES = frozenset({"clinician", "care_coordinator", "practice_manager", "pcn_lead", "place_lead", "commissioner", "finance", "analyst",
                      "safety_officer"})  # fmt: skip
EXPECTED = {
    "overview": SEE, "provider": SEE, "forecasts": SEE, "forecast": SEE, "bridge": SEE, "reconciliation": SEE, "control": SEE,
    "five_year": SEE, "schemes": SEE, "scheme": SEE, "new_scheme": SEE, "edit_scheme": SEE, "advance_scheme": SEE, "overlaps": SEE,
    "set_ceiling": SEE, "programmes": SEE, "contracts": SEE, "contract": SEE, "terms": CHANGE, "trace": SEE, "breakdown": SEE,
    "adjust": CHANGE, "submit_outturn": CHANGE, "own_pod": CHANGE, "load": SEE, "take": CHANGE, "template": SEE, "pack": SEE, "documents": SEE,
    "challenges": SEE, "challenge_rule": SEE, "challenge": SEE, "incentives": SEE, "incentive": SEE, "incentive_sheet": SEE,
    "incentive_practice": MEASURES, "waiting": MEASURES,
}  # fmt: skip
REFUSED_BY_POLICY = {"incentive_practice": MEASURES - SEE - {"clinician", "practice_manager"}}
"""Who passes the door and is refused inside: what a practice is paid is for finance and for those who work there (E85000)."""
ARGUMENTS = {"provider": "RYJ", "pod": "NEL", "year": "2025-26", "reference": "none", "kind": "plan", "section": "details",
             "by": "pod", "key": "NEL", "rule": "single_charge", "month": "2025-08",
             "scheme": "local_incentive", "code": "E85000"}  # fmt: skip
PERSONA = {
    "clinician": "amara", "care_coordinator": "chidi", "practice_manager": "dalia", "pcn_lead": "elspeth",
    "place_lead": "farid", "commissioner": "greta", "finance": "hugo", "analyst": "ines", "researcher": "jonah",
    "ig_lead": "kamala", "safety_officer": "leon", "scrutiny": "maeve", "administrator": "noor",
}  # fmt: skip


def test_every_address_is_in_the_table_and_its_door_agrees(money):
    found = {}
    for pattern in get_resolver("commonweal.web.finance.urls").url_patterns:
        found[pattern.name] = frozenset(capabilities()[pattern.callback.access.capability].roles)
        assert pattern.callback.access.purpose == "planning"
    assert found == EXPECTED


@pytest.mark.parametrize("role_id", sorted(ROLES))
def test_every_role_meets_every_door(role_id, client_as, money):
    browser = client_as(PERSONA[role_id], role_id)
    for pattern in get_resolver("commonweal.web.finance.urls").url_patterns:
        names = sorted(pattern.pattern.converters)
        address = reverse(f"finance:{pattern.name}", kwargs={name: ARGUMENTS[name] for name in names})
        method = pattern.callback.access.methods[0]
        answer = browser.get(address) if method == "GET" else browser.post(address, {})
        welcome = EXPECTED[pattern.name] - REFUSED_BY_POLICY.get(pattern.name, frozenset())
        allowed = {200, 302, 400, 404, 422} if role_id in welcome else {403}
        assert answer.status_code in allowed, (pattern.name, answer.status_code)


def test_the_position_by_provider_leaves_out_a_month_that_has_not_arrived(client_as, money):
    answer = client_as("hugo").get("/finance/")
    # RYJ: six months at 10 + 11; R1K: five months, the sixth left out with its plan.
    imperial = row_of(answer, "Imperial College Healthcare NHS Trust")
    assert imperial[3:6] == ["120", "126", "6"]
    assert row_of(answer, "R1K")[3:6] == ["100", "100", "0"]
    assert row_of(answer, "Total")[3:6] == ["220", "226", "6"]
    assert "R1K has sent nothing for September 2025: left out, with its plan" in text_of(answer)


@pytest.mark.parametrize("by", ["provider", "pod", "place", "commissioner", "specialty"])
def test_sums_are_equal_whatever_the_position_is_shown_by(by, client_as, money):
    answer = client_as("hugo").get("/finance/", {"by": by})
    total = row_of(answer, "Total")
    assert total[3:6] == ["220", "226", "6"]
    whole = row_of(client_as("hugo").get("/finance/"), "Total", 1)
    assert row_of(answer, "Total", 1)[:3] == whole[:3]


def test_the_variance_is_volume_and_the_split_adds_up(client_as, money):
    answer = client_as("hugo").get("/finance/", {"by": "pod"})
    # Volume, mix, price, without plan, variance: the third table's total.
    assert row_of(answer, "Total", 2) == ["6", "0", "0", "0", "6"]
    assert row_of(answer, "Non-elective (NEL)", 2) == ["6", "0", "0", "0", "6"]
    assert row_of(answer, "Elective (EL)", 2) == ["0", "0", "0", "0", "0"]


def test_a_release_that_is_rolled_back_gives_the_old_figures(client_as, money):
    from commonweal.pipeline.releases import ids, switch

    browser = client_as("hugo")
    newer = row_of(browser.get("/finance/"), "Total")
    switch(money, min(ids(money)))
    older = row_of(browser.get("/finance/"), "Total")
    switch(money, max(ids(money)))
    assert (older[3:6], newer[3:6]) == (["220", "232", "12"], ["220", "226", "6"])
    assert row_of(browser.get("/finance/"), "Total") == newer


def test_an_address_that_is_not_a_dimension_or_a_provider_says_so(client_as, money):
    browser = client_as("hugo")
    assert browser.get("/finance/", {"by": "astrology"}).status_code == 400
    assert browser.get("/finance/provider/NOPE/").status_code == 404
    assert browser.get("/finance/reconciliation/", {"month": "9"}).status_code == 400


def test_without_a_position_the_page_says_what_to_do(client_as, released):
    answer = client_as("hugo").get("/finance/")
    assert answer.status_code == 404
    assert "load a contract return, then build and release again" in text_of(answer)


def test_a_known_change_needs_an_owner_and_moves_the_risk_adjusted_outturn(client_as, money):
    browser = client_as("hugo")
    before = row_of(browser.get("/finance/"), "Imperial College Healthcare NHS Trust", 1)
    given = {"title": "Winter ward", "owner": "", "pounds": "40,000", "probability": "0.5", "provider_code": "ryj"}
    assert browser.post("/finance/adjustments/", given).status_code == 422
    assert browser.post("/finance/adjustments/", {**given, "owner": "Chief operating officer"}).status_code == 302
    browser.post("/finance/outturns/", {"provider_code": "RYJ", "pounds": "250000"})
    after = row_of(browser.get("/finance/"), "Imperial College Healthcare NHS Trust", 1)
    assert (before[1], before[3]) == (after[1], "–")
    assert after[3] == "250"
    assert int(after[4]) - int(before[4]) == 20
    from commonweal.web.audit.models import Entry

    assert set(Entry.objects.values_list("action", flat=True)) >= {
        "add financial adjustment",
        "record submitted outturn",
    }
    assert "Winter ward (Chief operating officer)" in text_of(browser.get("/finance/bridge/"))


def test_the_forecast_page_shows_every_method_and_why(client_as, money):
    answer = client_as("hugo").get("/finance/forecasts/RYJ/NEL/")
    assert "too few past years to test on; calendar days" in text_of(answer)
    assert row_of(answer, "straight")[0] == "132"
    assert row_of(answer, "calendar")[-1] == "used"


def test_reconciliation_lists_the_unmapped_pod_and_takes_an_owner(client_as, money):
    browser = client_as("hugo")
    page = browser.get("/finance/reconciliation/")
    assert row_of(page, "ZZ9 (tariff none)") == [
        "Imperial College Healthcare NHS Trust", "Apr 2024 to Apr 2024", "1", "0", "0", "no owner", "open",
    ]  # fmt: skip
    address = "/finance/local-pods/?provider=RYJ&local=ZZ9&tariff="
    assert address.replace("&", "&amp;") in page.content.decode()
    empty = browser.post(address, {"owner": "", "pod": ""})
    assert empty.status_code == 422
    assert "Who looks at it: This field is required" in text_of(empty)
    wrong = browser.post(address, {"owner": "Contract lead", "pod": "XYZ", "base_version": 0})
    assert wrong.status_code == 422
    browser.post(address, {"owner": "Contract lead", "pod": "OPFA", "first_month": "2024-04-01", "base_version": 0})
    decided = row_of(browser.get("/finance/reconciliation/"), "ZZ9 (tariff none)")[-2:]
    assert decided == ["Contract lead", "OPFA, from April 2024"]
    late = browser.post(address, {"owner": "Somebody else", "pod": "", "base_version": 0})
    assert late.status_code == 409
    assert "it is now owner Contract lead, decided OPFA" in text_of(late)
    assert 'value="Somebody else"' in late.content.decode()
    assert browser.get("/finance/local-pods/?provider=RYJ&local=none&tariff=").status_code == 400


def test_a_decided_local_pod_counts_at_once_for_its_months(client_as, local_money):
    browser = client_as("hugo")

    def by_pod():
        page = browser.get("/finance/?by=pod")
        return {
            name: row_of(page, name)
            for name in ("NEL", "EL", "not stated", "Total")
            if f">{name}<" in page.content.decode()
        }

    before = by_pod()
    assert "not stated" in before
    address = "/finance/local-pods/?provider=RYJ&local=ZZ8&tariff="
    browser.post(address, {"owner": "Contract lead", "pod": "EL", "first_month": "2025-04-01", "base_version": 0})
    after = by_pod()
    assert "not stated" not in after
    assert after["Total"] == before["Total"]
    page = browser.get("/finance/reconciliation/")
    assert row_of(page, "ZZ8 (tariff none)")[-3:] == ["0", "Contract lead", "EL, from April 2025"]
    from commonweal.web.finance.services import cube, position

    held = cube.reader()
    cells = position.cells(held, cube.standing(held), "pod", "RYJ")
    extra = (
        sum(cell.actual_pence for cell in cells if cell.key == "EL" and cell.actual_pence is not None) - 6 * 1_000_000
    )
    assert extra == 2 * 9_900
    later = {"owner": "Contract lead", "pod": "EL", "first_month": "2025-09-01", "base_version": 1}
    assert browser.post(address, later).status_code == 302
    held = cube.reader()
    cells = position.cells(held, cube.standing(held), "pod", "RYJ")
    assert sum(cell.actual_pence or 0 for cell in cells if cell.key == "not stated") in (9_900, 2 * 9_900)


PLAN = ["Provider code", "Point of delivery", "Month", "Planned activity", "Planned cost (£)"]


def test_a_plan_is_taken_whole_once_and_replaces_the_contract_lines_plan(client_as, money):
    browser = client_as("hugo")
    bad = browser.post("/finance/load/send/", {"kind": "plan", "file": sheet([PLAN, ["RYJ", "NEL", "soon", 1, 1]])})
    assert bad.status_code == 422
    assert row_of(bad, "C2")[-1] == "a month is wanted, such as 2025-04"
    good = [PLAN, *(["RYJ", pod, month, 100, 20_000] for pod in ("NEL", "EL") for month in YEAR.months)]
    assert browser.post("/finance/load/send/", {"kind": "plan", "file": sheet(good)}).status_code == 302
    answer = browser.get("/finance/")
    assert row_of(answer, "Imperial College Healthcare NHS Trust")[3:6] == ["240", "126", "-114"]
    assert row_of(answer, "Imperial College Healthcare NHS Trust", 1)[0] == "480"
    assert row_of(browser.get("/finance/"), "R1K")[3] == "100"


def test_the_same_file_twice_changes_nothing(client_as, money):
    browser, content = (
        client_as("hugo"),
        sheet([["Provider code", "Month", "Amount (£)"], ["RYJ", "2025-04", 21_000]]).getvalue(),
    )

    def send():
        held = io.BytesIO(content)
        held.name = "ledger.xlsx"
        return browser.post("/finance/load/send/", {"kind": "ledger", "file": held})

    assert send().status_code == 302
    again = send()
    assert again.status_code == 422
    assert "This file was taken already" in text_of(again)
    from commonweal.web.finance.models import LedgerLine

    assert list(LedgerLine.objects.filter(current=True).values_list("provider_code", "pence")) == [("RYJ", 2_100_000)]


def test_ledger_and_contract_are_reconciled_by_month(client_as, money):
    browser = client_as("hugo")
    content = sheet(
        [
            ["Provider code", "Month", "Amount (£)", "Reference"],
            ["RYJ", "2025-04", 21_500, "inv 1"],
            ["R1K", "2025-04", 20_000, "inv 2"],
        ]
    )
    browser.post("/finance/load/send/", {"kind": "ledger", "file": content})
    answer = browser.get("/finance/reconciliation/", {"month": "1"})
    assert row_of(answer, "Ledger") == ["42", "1"]
    assert row_of(answer, "Not explained")[0] == "1"


def test_every_template_reads_back_and_wrong_agreements_are_refused(client_as, money):
    browser = client_as("hugo")
    for kind in ("plan", "ledger", "schemes", "control_totals"):
        held = io.BytesIO(browser.get(f"/finance/load/template/{kind}.xlsx").content)
        held.name = f"{kind}.xlsx"
        assert browser.post("/finance/load/send/", {"kind": kind, "file": held}).status_code == 302, kind
    headings = [
        "Agreement",
        "Version",
        "Financial year",
        "Control total (£)",
        "Outturn (£)",
        "Band from (%)",
        "Band to (%)",
        "Party",
        "Share (%)",
    ]
    short = [
        headings,
        ["A", "1", "2025/26", 100, 104, 0, None, "Us", 60],
        ["A", "1", "2025/26", None, None, 0, None, "Them", 30],
    ]
    answer = browser.post("/finance/load/send/", {"kind": "risk_share", "file": sheet(short)})
    assert "the shares of a band add up to one" in text_of(answer)
    short[2][-1] = 40
    assert browser.post("/finance/load/send/", {"kind": "risk_share", "file": sheet(short)}).status_code == 302
    page = browser.get("/finance/control-totals/", {"year": "2025/26"})
    assert "System: System" in text_of(page)
    assert "A, version 1" in text_of(page)


def test_the_documents_are_loaded_once_with_their_printed_figures(client_as, money):
    from commonweal.web.finance.services import loading

    assert loading.load_documents() == {"schemes": 13, "control_totals": 2, "risk_shares": 1, "five_year_models": 1}
    assert not any(loading.load_documents().values())
    browser = client_as("greta")
    schemes = browser.get("/finance/schemes/")
    assert "2019/20: cash-releasing £66,000k" in text_of(schemes)
    control = browser.get("/finance/control-totals/", {"year": "2018/19"})
    assert row_of(control, "System: System") == ["-9,400", "-9,400", "-56,700", "-47,300", "not met"]
    share = browser.get("/finance/control-totals/", {"year": "2019/20"})
    assert row_of(share, "All") == ["4,000", "2,700", "1,300"]
    assert browser.get("/finance/five-years/").status_code == 200


def test_the_pack_in_three_formats_with_its_audit(client_as, money):
    browser = client_as("greta")
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/finance/pack.xlsx").content))
    sheet_ = book["Position by provider"]
    rows = {row[0].value: [cell.value for cell in row[1:4]] for row in sheet_.iter_rows(min_row=5)}
    assert rows["Total"] == [220_000, 226_000, 6_000]
    assert {"From plan to forecast", "From last month", "Forecasts", "Reconciliation", "Contracts"} <= set(
        book.sheetnames
    )
    steps = [cell.value for cell in book["From plan to forecast"]["B"] if isinstance(cell.value, int | float)]
    assert round(sum(steps[:-1]), 2) == steps[-1]
    assert browser.get("/finance/pack.docx").content[:2] == b"PK"
    assert browser.get("/finance/pack.pdf").content[:5] == b"%PDF-"
    assert browser.get("/finance/pack.exe").status_code == 400
    from commonweal.web.audit.models import Entry

    assert Entry.objects.filter(action="export finance pack").count() == 3


def test_the_documents_page_finds_the_disagreements_by_itself(client_as, money):
    words = text_of(client_as("greta").get("/finance/documents/"))
    assert "the items make -54.70; -54.60 is printed" in words
    assert "Paediatrics: carried by no provider 25" in words
    assert "34 of 81 printed figures follow from others" in words


def test_the_start_page_says_what_needs_the_finance_lead(client_as, money):
    words = text_of(client_as("hugo").get("/"))
    assert "Points of delivery to map" in words
    assert "1 local code without an owner" in words
    assert "Points of delivery to map" not in text_of(client_as("greta").get("/"))
