"""Waiting lists by snapshot: counts, flows and waits of a small list with a known answer, and the page that shows them."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from django.urls import reverse

from commonweal.finance import waiting_sql
from commonweal.record.schema import WAIT

from .web_helpers import put, row_of, text_of

FIRST, SECOND = date(2026, 2, 22), date(2026, 3, 29)


def built(rows, merged=()):
    con = duckdb.connect()
    con.execute("CREATE TABLE position_cube (provider_code VARCHAR, current_provider_code VARCHAR)")
    for codes in merged:
        con.execute("INSERT INTO position_cube VALUES (?, ?)", codes)
    waiting_sql.build(con, wait=put(con, WAIT, rows))
    return con


def wait(pathway, days, snapshot=SECOND, provider="RYJ", specialty="110", **more):
    return {"person_key": pathway, "pathway_key": pathway, "snapshot_date": snapshot, "list_type": "rtt", "provider_code": provider,
            "treatment_function_code": specialty, "clock_start_date": snapshot - timedelta(days=days), **more}  # fmt: skip


def figures(con, columns, provider="", specialty="", snapshot=SECOND):
    return con.execute(
        f"SELECT {columns} FROM position_waiting WHERE provider_code = ? AND treatment_function_code = ? AND snapshot_date = ?",
        [provider, specialty, snapshot],
    ).fetchone()


def test_size_waits_and_edges():
    """Under 18 weeks is under 126 days, over a year is 364 days or more; a stopped clock and one that starts later do not count."""
    rows = [
        wait(1, 10),
        wait(2, 125),
        wait(3, 126),
        wait(4, 363),
        wait(5, 364),
        wait(6, 20, clock_stop_date=SECOND),
        wait(7, -1),
    ]
    rows.append({**wait(8, 20), "list_type": "cancer_62"})
    con = built(rows)
    assert figures(con, "waiting, under_18_weeks, over_52_weeks, median_days") == (5, 2, 1, 126)
    assert figures(con, "mean_days") == (pytest.approx((10 + 125 + 126 + 363 + 364) / 5),)


def test_joined_and_gone_are_told_by_pathway():
    """Two stay, one goes, two join; at the first snapshot nothing is known of flow. One moves to another specialty."""
    before = [wait(1, 100, FIRST), wait(2, 50, FIRST), wait(3, 200, FIRST), wait(4, 10, FIRST)]
    after = [wait(1, 135), wait(2, 85), wait(4, 45, specialty="130"), wait(5, 7), wait(6, 14)]
    con = built(before + after)
    assert figures(con, "waiting, joined, gone", snapshot=FIRST) == (4, 0, 0)
    assert figures(con, "waiting, joined, gone", "RYJ", "110") == (4, 2, 2)
    assert figures(con, "waiting, joined, gone", "RYJ", "130") == (1, 1, 0)
    assert figures(con, "waiting, joined, gone", "RYJ") == (5, 3, 2)
    size = dict(
        con.execute(
            "SELECT snapshot_date, waiting FROM position_waiting WHERE provider_code = '' AND treatment_function_code = ''"
        ).fetchall()
    )
    assert size[FIRST] + 3 - 2 == size[SECOND]


def test_a_merged_provider_is_its_successor_and_a_list_may_be_empty():
    con = built([wait(1, 10, provider="OLD"), wait(2, 10)], merged=[("OLD", "RYJ")])
    assert figures(con, "waiting", "RYJ") == (2,) and figures(con, "waiting", "OLD") is None
    assert built([]).execute("SELECT count(*) FROM position_waiting").fetchone() == (0,)


@pytest.mark.django_db
def test_the_page_shows_where_to_choose_and_what_is_needed(money, client_as):
    """RYJ: 40 waited, 8 left and 13 joined in five weeks, so 45 wait: shown as 10 and 15. The mean wait at the standard is 18 / ln 12.5 weeks."""
    page = client_as("greta").get(reverse("finance:waiting"))
    assert page.status_code == 200 and "92% within 18 weeks" in text_of(page)
    trust = row_of(page, "Imperial College Healthcare NHS Trust" if "Imperial College" in text_of(page) else "RYJ")
    assert trust[0] == "45" and trust[5:8] == ["3.0", "2.0", "1.50"] and trust[8] == "22.5"
    assert trust[9:] == ["2.1", "3.5"]
    # Both trusts: 65 wait, 15 joined and 10 left as shown.
    assert "The list is 3.0 times its target size, and growing. Its target size is 21." in text_of(page)


@pytest.mark.django_db
def test_few_are_not_shown_and_a_wrong_choice_is_refused(money, client_as):
    browser = client_as("greta")
    page = browser.get(reverse("finance:waiting") + "?provider=R1K")
    assert set(row_of(page, "Ophthalmology")) == {"*"}
    assert browser.get(reverse("finance:waiting") + "?list=cancer").status_code == 400
    assert browser.get(reverse("finance:waiting") + "?provider=ZZZ").status_code == 400
    assert browser.get(reverse("finance:waiting") + "?list=diagnostic").status_code == 404


@pytest.mark.django_db
def test_a_practice_may_look_and_the_public_may_not(money, client_as, client):
    assert client_as("dalia").get(reverse("finance:waiting")).status_code == 200
    assert client.get(reverse("finance:waiting")).status_code == 302
