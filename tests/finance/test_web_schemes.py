"""Schemes in the site: entered, changed by two people, gates, overlaps, what should have stopped, and what the record shows."""

from __future__ import annotations

import re

import pytest

from commonweal.web.audit.models import Entry
from commonweal.web.finance.models import OverlapCeiling, SchemeRecord, SchemeVersion

from .web_helpers import row_of, sheet, text_of

pytestmark = pytest.mark.django_db
BASE = "/finance/schemes/2025-26/S1/"
DETAILS = {
    "title": "Frailty at the front door",
    "gross": "1,200,000",
    "investment": "200,000",
    "start": "2025-07-01",
    "recurrent": "on",
}


@pytest.fixture
def scheme(client_as, money):
    browser = client_as("greta")
    sent = {**DETAILS, "reference": "S1", "year": "2025/26"}
    assert browser.post("/finance/schemes/new/", sent).status_code == 302
    return browser


def record():
    return SchemeRecord.objects.get(reference="S1", year="2025/26")


def edit(browser, section, sent, version=None):
    return browser.post(f"{BASE}change/{section}/", {"base_version": version or record().version, **sent})


def rows(kind, *given):
    sent = {"rows-TOTAL_FORMS": str(len(given)), "rows-INITIAL_FORMS": "0"}
    for place, one in enumerate(given):
        sent |= {f"rows-{place}-{name}": value for name, value in one.items()}
    return sent


def test_a_new_scheme_is_a_cost_avoided_until_somebody_says_cash(scheme):
    form = text_box(scheme.get("/finance/schemes/new/"), "cash_releasing")
    assert "checked" not in form


def text_box(answer, name):
    """The tag of a form's input."""
    return re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.content.decode()).group(0)


def test_a_scheme_is_entered_once_with_every_error_at_its_field(scheme):
    made = record()
    assert (made.gross_pence, made.investment_pence, made.maturity, made.cash_releasing) == (
        120_000_000,
        20_000_000,
        "idea",
        False,
    )
    again = scheme.post("/finance/schemes/new/", {**DETAILS, "reference": "S1", "year": "2025/26"})
    assert again.status_code == 422
    assert "Reference: that reference is used in this year" in text_of(again)
    wrong = scheme.post("/finance/schemes/new/", {**DETAILS, "reference": "S2", "year": "soon", "gross": "much"})
    words = text_of(wrong)
    assert wrong.status_code == 422
    assert "Gross saving in the year, in pounds: Enter a number" in words
    assert "Financial year:" in words
    assert 'value="much"' in wrong.content.decode()
    late = scheme.post("/finance/schemes/new/", {**DETAILS, "reference": "S3", "year": "2024/25"})
    assert "Start: the scheme starts after its year" in text_of(late)


def test_phasing_milestones_activity_and_stops_are_kept_and_a_row_left_empty_goes(scheme):
    weights = {f"month_{place}": "0" for place in range(1, 10)} | {"month_10": "1", "month_11": "2", "month_12": "1"}
    assert edit(scheme, "phasing", weights).status_code == 302
    page = scheme.get(BASE)
    assert row_of(page, "February 2026") == ["600", "500"]
    assert row_of(page, "The year") == ["1,200", "1,000"]
    nothing = {f"month_{place}": "0" for place in range(1, 13)}
    assert "At least one month needs a weight" in text_of(edit(scheme, "phasing", nothing))

    wrong = edit(scheme, "milestones", rows("m", {"title": "Team in post", "due": ""}, {"title": "", "due": ""}))
    assert wrong.status_code == 422
    assert "Due: This field is required" in text_of(wrong)
    assert 'value="Team in post"' in wrong.content.decode()
    two = rows(
        "m",
        {"title": "Team in post", "due": "2025-06-01", "done": "2025-07-01"},
        {"title": "Open", "due": "2099-01-01", "done": ""},
    )
    assert edit(scheme, "milestones", two).status_code == 302
    assert row_of(scheme.get(BASE), "Team in post") == ["1 June 2025", "1 July 2025", "done late"]
    assert (
        edit(
            scheme, "milestones", rows("m", {"title": "Open", "due": "2099-01-01"}, {"title": "", "due": ""})
        ).status_code
        == 302
    )
    assert [one["title"] for one in record().milestones] == ["Open"]

    change = {
        "provider_code": "ryj",
        "pod": "nel",
        "activity": "-120",
        "average_price": "2,500",
        "marginal_price": "1,000",
    }
    assert edit(scheme, "activity", rows("a", change)).status_code == 302
    found = row_of(scheme.get(BASE), "Imperial College Healthcare NHS Trust, Non-elective (NEL)")
    assert found[:4] == ["-120", "-300", "-120", "180"]
    assert found[-1] == "fewer than two other providers have this activity every month"
    assert row_of(scheme.get("/finance/schemes/?year=2025/26"), "Imperial College Healthcare NHS Trust") == [
        "Non-elective (NEL) -120",
        "-300",
        "-120",
        "180",
    ]


def test_what_should_have_stopped_and_has_not_is_listed_with_its_money(scheme):
    assert (
        edit(
            scheme, "stops", rows("s", {"provider_code": "RYJ", "pod": "NEL", "first_month": "2025-08-15"})
        ).status_code
        == 302
    )
    page = scheme.get(BASE)
    assert row_of(page, "Imperial College Healthcare NHS Trust, Non-elective (NEL), General Internal Medicine") == [
        "August 2025",
        "110",
        "11",
    ]
    assert row_of(page, "All") == ["", "220", "22"]
    assert "/finance/trace/RYJ/NEL/?month=2025-08" in page.content.decode()
    edit(
        scheme,
        "stops",
        rows(
            "s", {"provider_code": "RYJ", "pod": "NEL", "treatment_function_code": "110", "first_month": "2025-08-15"}
        ),
    )
    assert "Nothing that should have stopped is still paid for" in text_of(scheme.get(BASE))


def test_two_people_change_one_scheme_and_neither_loses_anything(scheme, client_as):
    hugo, version = client_as("hugo"), record().version
    assert edit(scheme, "delivery", {"mitigation": "More staff"}, version).status_code == 302
    # Different fields: both stay.
    assert edit(hugo, "delivery", {"slippage_reason": "Late start"}, version).status_code == 302
    assert (record().mitigation, record().slippage_reason) == ("More staff", "Late start")
    # The same field: the second is told what stands, keeps the typed words, and may put them in its place.
    clash = edit(hugo, "delivery", {"mitigation": "Fewer staff", "slippage_reason": "Late start"}, version)
    assert clash.status_code == 409
    assert "Mitigation is now “More staff”" in text_of(clash)
    assert ">\nFewer staff</textarea>" in clash.content.decode()
    assert record().mitigation == "More staff"
    now = record().version
    assert f'name="base_version" value="{now}"' in clash.content.decode()
    assert (
        edit(hugo, "delivery", {"mitigation": "Fewer staff", "slippage_reason": "Late start"}, now).status_code == 302
    )
    assert record().mitigation == "Fewer staff"
    history = [version.log for version in SchemeVersion.objects.filter(scheme=record())]
    assert history[0] == "Mitigation: “More staff” became “Fewer staff”"
    assert Entry.objects.filter(action="change scheme").count() == 3
    assert "Mitigation: “More staff” became “Fewer staff”" in text_of(scheme.get(BASE))
    assert scheme.get(f"{BASE}change/nothing/").status_code == 404


def test_a_scheme_passes_its_gates_before_approval_and_skips_no_stage(scheme):
    assert 'href="/plans/trace/scheme/2025-26:S1/"' in scheme.get(BASE).content.decode()
    edit(scheme, "details", {**DETAILS, "strand": "four", "senior_owner": "Director"})
    edit(scheme, "assessments", {"quality": "done", "equality": "screened_out"})
    assert scheme.post(f"{BASE}move/", {"to": "approved"}).status_code == 403
    assert scheme.post(f"{BASE}move/", {"to": "business_case"}).status_code == 302
    refused = scheme.post(f"{BASE}move/", {"to": "approved"})
    assert refused.status_code == 403
    assert "strand four: equality assessment is not done" in text_of(refused)
    assert edit(scheme, "assessments", {"quality": "done", "equality": "done"}).status_code == 302
    assert scheme.post(f"{BASE}move/", {"to": "complete"}).status_code == 403
    assert scheme.post(f"{BASE}move/", {"to": "approved"}).status_code == 302
    without = edit(scheme, "delivery", {"delivered": "5000", "counterfactual": ""})
    assert "Measured against: Say what delivery is measured against" in text_of(without)
    assert edit(scheme, "delivery", {"delivered": "5000", "counterfactual": "Last year's months"}).status_code == 302
    page = scheme.get(BASE)
    assert "Measured against: Last year" in text_of(page)
    assert row_of(page, "Delivered so far, as entered") == ["5"]


def test_overlapping_schemes_take_a_ceiling_that_two_people_cannot_overwrite(scheme, client_as):
    scheme.post(
        "/finance/schemes/new/",
        {
            **DETAILS,
            "reference": "S2",
            "year": "2025/26",
            "title": "The same people",
            "gross": "500000",
            "investment": "",
        },
    )
    edit(scheme, "overlap", {"overlap_group": "frailty"})
    scheme.post("/finance/schemes/2025-26/S2/change/overlap/", {"overlap_group": "frailty", "base_version": 1})
    page = scheme.get("/finance/schemes/overlaps/")
    assert row_of(page, "frailty")[1:5] == ["1,500", "–", "500", "1,000"]
    sent = {"group": "frailty", "ceiling": "1200000", "says": "Its admissions in 2024/25", "base_version": 0}
    assert scheme.post("/finance/schemes/overlaps/set/", sent).status_code == 302
    assert row_of(scheme.get("/finance/schemes/overlaps/"), "frailty")[1:] == [
        "1,500",
        "1,200",
        "300",
        "1,200",
        "Its admissions in 2024/25",
    ]
    late = client_as("hugo").post("/finance/schemes/overlaps/set/", {**sent, "ceiling": "900000"})
    assert late.status_code == 409
    assert "it is now £1,200,000, Its admissions in 2024/25" in text_of(late)
    assert 'value="900000"' in late.content.decode()
    assert OverlapCeiling.objects.get().pence == 120_000_000
    assert (
        scheme.post("/finance/schemes/overlaps/set/", {**sent, "ceiling": "much", "base_version": 1}).status_code == 422
    )


HEADINGS = ["Scheme id", "Title", "Financial year", "Gross saving (£)", "Maturity", "Recurrent", "Cash-releasing", "Start month", "Strand",
            "Senior owner", "Quality assessment", "Equality assessment", "Phasing April", "Phasing May"]  # fmt: skip


def test_a_spreadsheet_changes_a_scheme_as_a_version_and_passes_no_gate(scheme, client_as):
    hugo, version = client_as("hugo"), record().version
    edit(scheme, "milestones", rows("m", {"title": "Open", "due": "2099-01-01"}))
    row = [
        "S1",
        "Frailty",
        "2025/26",
        "900,000",
        "approved",
        "yes",
        "yes",
        "2025-04",
        "four",
        "Director",
        "done",
        "screened_out",
        None,
        None,
    ]
    shut = hugo.post("/finance/load/send/", {"kind": "schemes", "file": sheet([HEADINGS, row])})
    assert shut.status_code == 422
    assert row_of(shut, "row 2") == [
        "Maturity",
        "approved",
        "it may not be that yet: strand four: equality assessment is not done",
    ]
    row[11], row[12], row[13] = "done", 1, 3
    assert hugo.post("/finance/load/send/", {"kind": "schemes", "file": sheet([HEADINGS, row])}).status_code == 302
    made = record()
    assert (made.title, made.gross_pence, made.maturity, made.phasing[:3]) == (
        "Frailty",
        90_000_000,
        "approved",
        ["1", "3", "0"],
    )
    # What the sheet leaves empty stays, and the change is a version with what changed.
    assert (made.investment_pence, [one["title"] for one in made.milestones]) == (0, ["Open"])
    assert made.version == version + 2
    assert "Gross saving: £1,200,000 became £900,000" in SchemeVersion.objects.filter(scheme=made).first().log
    made.maturity = "stopped"
    made.save()
    again = hugo.post("/finance/load/send/", {"kind": "schemes", "file": sheet([HEADINGS, [*row[:3], "1", *row[4:]]])})
    assert again.status_code == 422
    assert "A finished scheme is not reopened by a file" in text_of(again)
