"""The finance pages: every role at every door, what the position shows, imports with errors by cell, schemes and their gates."""

from __future__ import annotations

import io
import re
import shutil
import sys
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from django.urls import get_resolver, reverse

from commonweal.finance import cube_sql
from commonweal.finance.calendar import FinancialYear, month_after
from commonweal.record.schema import CONTACT, CONTRACT_LINE
from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.permissions import capabilities

pytestmark = pytest.mark.django_db
YEAR = FinancialYear(2025)
SEE, CHANGE = frozenset({"finance", "commissioner"}), frozenset({"finance"})
EXPECTED = {
    "overview": SEE, "provider": SEE, "forecasts": SEE, "forecast": SEE, "bridge": SEE, "reconciliation": SEE, "control": SEE,
    "five_year": SEE, "schemes": SEE, "scheme": SEE, "change_scheme": SEE, "advance_scheme": SEE, "adjust": CHANGE,
    "submit_outturn": CHANGE, "own_pod": CHANGE, "load": SEE, "take": CHANGE, "template": SEE, "pack": SEE, "documents": SEE,
}  # fmt: skip
ARGUMENTS = {"provider": "RYJ", "pod": "NEL", "year": "2025-26", "reference": "none", "kind": "plan"}
PERSONA = {
    "clinician": "amara", "care_coordinator": "chidi", "practice_manager": "dalia", "pcn_lead": "elspeth",
    "place_lead": "farid", "commissioner": "greta", "finance": "hugo", "analyst": "ines", "researcher": "jonah",
    "ig_lead": "kamala", "safety_officer": "leon", "scrutiny": "maeve", "administrator": "noor",
}  # fmt: skip


def lines(over_plan=1.1):
    """Two trusts, two PODs, 18 months: plan £10,000 a month and line; RYJ's emergencies 10 % over plan, all by volume."""
    made = []
    for place in range(18):
        month = month_after(date(2024, 4, 1), place)
        for provider in ("RYJ", "R1K"):
            for pod in ("NEL", "EL"):
                over = (provider, pod) == ("RYJ", "NEL")
                late = provider == "R1K" and place == 17
                made.append({
                    "month": month, "provider_code": provider, "load_id": 1, "pod": pod, "commissioner_code": "W2U3Z",
                    "treatment_function_code": "300", "planned_activity": 100.0, "planned_price_pence": 1_000_000,
                    "planned_mff_pence": 0, "actual_activity": None if late else 100.0 * over_plan if over else 100.0,
                    "actual_price_pence": None if late else round(1_000_000 * over_plan) if over else 1_000_000,
                    "actual_mff_pence": None if late else 0,
                })  # fmt: skip
    made.append({**made[0], "pod": None, "local_pod": "ZZ9", "tariff_code": None, "planned_activity": None,
                 "planned_price_pence": None, "actual_activity": 3.0, "actual_price_pence": 9_900})  # fmt: skip
    return made


def put(con, table, rows):
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE given_{table.name} ({', '.join(f'{c.name} {c.duckdb_type}' for c in table)})"
    )
    if rows:
        names = sorted({name for row in rows for name in row})
        con.register("given_rows", pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]))
        con.execute(f"INSERT INTO given_{table.name} ({', '.join(names)}) SELECT {', '.join(names)} FROM given_rows")
        con.unregister("given_rows")
    return f"given_{table.name}"


@pytest.fixture(scope="session")
def money_store(small_store, tmp_path_factory):
    """The site's small release with a position in its planning file."""
    from commonweal.engine.serving import close_readers
    from commonweal.store import Store

    close_readers()
    root = tmp_path_factory.mktemp("money") / "store"
    shutil.copytree(small_store.root, root)
    store = Store(root)
    # The newer release serves; the older one held twice the overspend.
    for path, over_plan in zip(sorted(root.glob("releases/*/serve/planning.duckdb")), (1.2, 1.1), strict=True):
        with duckdb.connect(str(path)) as con:
            cube_sql.build(con, contact=put(con, CONTACT, []), contract_line=put(con, CONTRACT_LINE, lines(over_plan)))
    return store


@pytest.fixture
def money(money_store, settings, personas):
    sys.path.insert(0, str(Path(__file__).parents[1] / "web"))
    from web_release import serve

    settings.STORE = money_store
    serve(money_store)
    return money_store


def text_of(answer):
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def row_of(answer, label, place=0):
    """The cells of the table row that starts with a label (of the one at `place`, where several do)."""
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", answer.content.decode(), re.S):
        cells = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)
        words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]
        if words and words[0] == label:
            found.append(words[1:])
    assert len(found) > place, f"no row {label!r}"
    return found[place]


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
        allowed = {200, 302, 400, 404, 422} if role_id in EXPECTED[pattern.name] else {403}
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
    whole = row_of(client_as("hugo").get("/finance/"), "Total")
    assert total[8] == whole[8]


def test_the_variance_is_volume_and_the_split_adds_up(client_as, money):
    answer = client_as("hugo").get("/finance/", {"by": "pod"})
    # Volume, mix, price, without plan, variance: the second table's total.
    assert row_of(answer, "Total", 1) == ["6", "0", "0", "0", "6"]
    assert row_of(answer, "NEL", 1) == ["6", "0", "0", "0", "6"]
    assert row_of(answer, "EL", 1) == ["0", "0", "0", "0", "0"]


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
    before = row_of(browser.get("/finance/"), "Imperial College Healthcare NHS Trust")
    given = {"title": "Winter ward", "owner": "", "pounds": "40,000", "probability": "0.5", "provider_code": "ryj"}
    assert browser.post("/finance/adjustments/", given).status_code == 422
    assert browser.post("/finance/adjustments/", {**given, "owner": "Chief operating officer"}).status_code == 302
    browser.post("/finance/outturns/", {"provider_code": "RYJ", "pounds": "250000"})
    after = row_of(browser.get("/finance/"), "Imperial College Healthcare NHS Trust")
    assert (before[8], before[9]) == (after[8], "–")
    assert after[9] == "250"
    assert int(after[10]) - int(before[10]) == 20
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
    assert row_of(browser.get("/finance/reconciliation/"), "ZZ9 (tariff none)") == [
        "Imperial College Healthcare NHS Trust", "1", "0", "no owner", "open",
    ]  # fmt: skip
    key = {"provider_code": "RYJ", "local_pod": "ZZ9", "tariff_code": ""}
    assert browser.post("/finance/local-pods/", {**key, "owner": "", "pod": ""}).status_code == 422
    browser.post("/finance/local-pods/", {**key, "owner": "Contract lead", "pod": "opfa", "first_month": "2024-04-01"})
    assert row_of(browser.get("/finance/reconciliation/"), "ZZ9 (tariff none)")[-2:] == ["Contract lead", "OPFA"]


def sheet(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    held.name = "sent.xlsx"
    return held


PLAN = ["Provider code", "Point of delivery", "Month", "Planned activity", "Planned cost (£)"]


def test_a_plan_is_taken_whole_once_and_replaces_the_contract_lines_plan(client_as, money):
    browser = client_as("hugo")
    bad = browser.post("/finance/load/send/", {"kind": "plan", "file": sheet([PLAN, ["RYJ", "NEL", "soon", 1, 1]])})
    assert bad.status_code == 422
    assert row_of(bad, "C2")[-1] == "a month is wanted, such as 2025-04"
    good = [PLAN, *(["RYJ", pod, month, 100, 20_000] for pod in ("NEL", "EL") for month in YEAR.months)]
    assert browser.post("/finance/load/send/", {"kind": "plan", "file": sheet(good)}).status_code == 302
    imperial = row_of(browser.get("/finance/"), "Imperial College Healthcare NHS Trust")
    assert (imperial[3:6], imperial[7]) == (["240", "126", "-114"], "480")
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
    assert "this file was taken already" in text_of(again)
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


def test_a_scheme_passes_its_gates_before_approval_and_skips_no_stage(client_as, money):
    from commonweal.web.finance.models import SchemeRecord

    SchemeRecord.objects.create(
        reference="S1", year="2025/26", title="Eligibility", gross_pence=1_200_000, maturity="business_case", strand="four",
        assessments={"quality": "done", "equality": "screened_out"}, senior_owner="Director",
    )  # fmt: skip
    browser, base = client_as("greta"), "/finance/schemes/2025-26/S1/"
    assert 'href="/plans/trace/scheme/2025-26:S1/"' in browser.get(base).content.decode()
    refused = browser.post(f"{base}move/", {"to": "approved"})
    assert refused.status_code == 403
    assert "strand four: equality assessment is not done" in text_of(refused)
    given = {
        "senior_owner": "Director",
        "quality": "done",
        "equality": "done",
        "delivered": "5000",
        "counterfactual": "",
        "mitigation": "",
    }
    assert browser.post(f"{base}change/", given).status_code == 422
    assert browser.post(f"{base}change/", {**given, "counterfactual": "Last year's months"}).status_code == 302
    assert browser.post(f"{base}move/", {"to": "complete"}).status_code == 403
    assert browser.post(f"{base}move/", {"to": "approved"}).status_code == 302
    page = text_of(browser.get(base))
    assert "Approved" in page
    assert "Measured against: Last year" in page


def test_the_pack_in_three_formats_with_its_audit(client_as, money):
    browser = client_as("greta")
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/finance/pack.xlsx").content))
    sheet_ = book["Position by provider"]
    rows = {row[0].value: [cell.value for cell in row[1:4]] for row in sheet_.iter_rows(min_row=5)}
    assert rows["Total"] == [220_000, 226_000, 6_000]
    assert browser.get("/finance/pack.docx").content[:2] == b"PK"
    assert browser.get("/finance/pack.pdf").content[:5] == b"%PDF-"
    assert browser.get("/finance/pack.exe").status_code == 400
    from commonweal.web.audit.models import Entry

    assert Entry.objects.filter(action="export finance pack").count() == 3


def test_the_documents_page_finds_the_disagreements_by_itself(client_as, money):
    words = text_of(client_as("greta").get("/finance/documents/"))
    assert "the items make -54.70; -54.60 is printed" in words
    assert "Paediatrics: carried by no provider 25" in words
    assert "29 of 81 printed figures follow from others" in words


def test_the_start_page_says_what_needs_the_finance_lead(client_as, money):
    words = text_of(client_as("hugo").get("/"))
    assert "Points of delivery to map" in words
    assert "1 local code without an owner" in words
    assert "Points of delivery to map" not in text_of(client_as("greta").get("/"))
