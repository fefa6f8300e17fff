"""Measures for those who lead: the numbers are the release's, small ones are hidden everywhere, and packs hold the same."""

from __future__ import annotations

import io
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from django.urls import reverse
from pypdf import PdfReader

from commonweal.charts.base import Chart
from commonweal.engine.answers import DefinitionInfo, MeasureRow
from commonweal.engine.measure_rows import Shape, measure_row
from commonweal.engine.serving import current_release
from commonweal.governance.disclosure import HES
from commonweal.web.leads import comparing, drawing, pictures, presenters
from commonweal.web.leads.dashboards import dashboards
from commonweal.web.leads.groups import Ladder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]


def measure(kind, code, which="diabetes_process_hba1c"):
    return reverse("leads:measure", kwargs={"measure_id": which, "kind": kind, "code": code})


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_measure_shows_the_releases_numbers_and_the_ladder(client_as):
    """Of 80 people with diabetes the 40 with an odd number had their HbA1c two months ago; two objected (7, 47 … mod 40)."""
    browser = client_as("greta")
    whole = text_of(browser.get(measure("all", "all")))
    assert "50.0%" in whole and "40 of 80" in whole
    assert measure("borough", "E09000009") in browser.get(measure("all", "all")).content.decode()
    borough = browser.get(measure("borough", "E09000009")).content.decode()
    assert measure("pcn", "U00001") in borough
    network = browser.get(measure("pcn", "U00001")).content.decode()
    assert measure("practice", "E85000") in network
    practice = text_of(browser.get(measure("practice", "E85000")))
    assert "0.0%" in practice and "0 of 20" in practice and "Alder Road Surgery is worse" in practice


def test_one_click_leads_to_the_plans_that_touch_a_measure_and_a_practice(client_as):
    page = client_as("greta").get(measure("practice", "E85000")).content.decode()
    links = [
        reverse("commissioning:trace", args=["measure", "diabetes_process_hba1c"]),
        reverse("commissioning:trace", args=["practice", "E85000"]),
    ]
    for address in links:
        assert f'href="{address}"' in page
        assert client_as("greta").get(address).status_code == 200
    whole = client_as("greta").get(measure("all", "all")).content.decode()
    assert links[0] in whole and "/plans/trace/all/" not in whole


def test_charts_come_with_words_and_a_table_and_are_drawn_once(client_as, small_store):
    browser = client_as("greta")
    page = browser.get(measure("all", "all")).content.decode().split("<main")[1]
    assert page.count('role="img"') == page.count("The numbers as a table") >= 3
    assert all(len(words) > 20 for words in re.findall(r'role="img" aria-label="([^"]*)"', page))
    kept = sorted((small_store.root / "site-charts").rglob("*.json"))
    before = [path.stat().st_mtime_ns for path in kept]
    again = browser.get(measure("all", "all")).content.decode().split("<main")[1]
    assert again.count('role="img"') == page.count('role="img"')
    assert [path.stat().st_mtime_ns for path in kept] == before


def test_a_release_has_the_charts_that_people_look_at_before_it_serves(client_as, small_store, monkeypatch):
    """Those of pages that the audit knows of: opening one then draws nothing, and no page of another measure was drawn."""
    client_as("greta").get(measure("borough", "E09000009"))
    client_as("greta").get(measure("practice", "E85000"))
    assert ("diabetes_process_hba1c", "borough", "E09000009") in drawing.looked_at()
    release = current_release(small_store)
    shutil.rmtree(small_store.root / "site-charts" / release)
    assert drawing.draw(small_store, release) == 2
    drawn = sorted((small_store.root / "site-charts" / release).iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "funnel_picture", None)  # whoever draws now fails
        patch.setattr(pictures, "bar_chart", None)
        patch.setattr(pictures, "choropleth", None)
        patch.setattr(pictures, "control_chart_picture", None)
        page = client_as("greta").get(measure("borough", "E09000009")).content.decode()
    assert page.count('role="img"') >= 3
    assert sorted((small_store.root / "site-charts" / release).iterdir()) == drawn


def test_two_readers_who_draw_one_chart_at_once_both_see_it(small_store, monkeypatch):
    page = SimpleNamespace(
        release=SimpleNamespace(id="two-readers", stamp="s"), info=SimpleNamespace(id="asthma", hash="h")
    )
    drawn, written, write = threading.Barrier(2), threading.Barrier(2), Path.write_text
    chart = Chart("t", "<svg/>", "words", ("a",), ((1,),))

    def draw():
        drawn.wait(20)
        return chart

    def write_and_wait(path, text):
        write(path, text)
        written.wait(20)  # both have written before either gives its file the name that is read

    monkeypatch.setattr(Path, "write_text", write_and_wait)
    with ThreadPoolExecutor(2) as readers:
        seen = [readers.submit(pictures.kept, page, "a chart", draw) for _ in range(2)]
    assert [one.result() for one in seen] == [chart, chart]
    shutil.rmtree(small_store.root / "site-charts" / "two-readers")


def test_a_chart_that_cannot_be_drawn_ahead_keeps_no_release_from_serving(client_as, small_store, monkeypatch, caplog):
    client_as("greta").get(measure("borough", "E09000009"))
    shutil.rmtree(small_store.root / "site-charts", ignore_errors=True)
    monkeypatch.setattr(pictures, "bar_chart", None)
    assert drawing.draw(small_store, current_release(small_store)) == 0
    assert "could not be drawn" in caplog.text


def test_only_somebody_who_cares_for_them_is_led_to_the_people(client_as):
    words = "Your own people who are not counted yet"
    assert words in text_of(client_as("amara").get(measure("practice", "E85000")))
    assert words not in text_of(client_as("amara").get(measure("practice", "E85001")))
    for who in ("dalia", "greta"):
        assert words not in text_of(client_as(who).get(measure("practice", "E85000")))


def test_the_people_behind_a_measure_are_those_not_counted(client_as):
    browser = client_as("amara")
    page = browser.get(reverse("lists:from_definition", args=["diabetes_process_hba1c"]), follow=True)
    assert len(re.findall(r'name="person" value', page.content.decode())) == 20


def test_what_is_not_there_is_404_and_not_a_trace(client_as):
    browser = client_as("greta")
    for address in (
        measure("all", "XXX"), measure("galaxy", "QRV"), measure("all", "all", "nothing"), measure("practice", "' OR 1=1"),
        reverse("leads:dashboard", kwargs={"dashboard_id": "nothing", "kind": "all", "code": "all"}),
    ):  # fmt: skip
        assert browser.get(address).status_code == 404


def test_a_dashboard_is_its_tags_measures(client_as):
    browser = client_as("ines")
    listed = browser.get(reverse("leads:dashboards")).content.decode()
    assert "Diabetes" in listed
    page = text_of(
        browser.get(
            reverse("leads:dashboard", kwargs={"dashboard_id": "diabetes", "kind": "practice", "code": "E85001"})
        )
    )
    assert "Diabetes care process: HbA1c" in page and "100.0%" in page and "better" in page


def info(**details):
    return DefinitionInfo("m", "measure", "M", "h", True, "", {"per": 100, "tags": ["t"], **details})


def row(value, lower, upper, top=10.0, bottom=20.0):
    return MeasureRow("practice", "P", top, bottom, value, lower, upper)


@pytest.mark.parametrize(
    ("polarity", "own", "other", "words"),
    [
        ("higher_is_better", row(60, 50, 70), row(40, 30, 50), "better"),
        ("higher_is_better", row(60, 50, 70), row(80, 70, 90), "worse"),
        ("lower_is_better", row(60, 50, 70), row(40, 30, 50), "worse"),
        ("neither", row(60, 50, 70), row(40, 30, 50), "higher"),
        ("higher_is_better", row(60, 50, 70), row(70, 60, 80), "no different"),
        ("higher_is_better", row(60, 50, 70), None, "–"),
        ("higher_is_better", row(None, None, None), row(40, 30, 50), "–"),
    ],
)
def test_better_and_worse_are_said_by_the_interval_only(polarity, own, other, words):
    assert comparing.compared(info(polarity=polarity), own, other) == words


def test_a_hidden_number_is_said_to_be_hidden():
    assert presenters.value_words(info(), row(None, None, None, None, None)) == "hidden: small numbers"
    assert presenters.value_words(info(), row(None, None, None, 0, 0)) == "nobody counted"
    assert presenters.count_words(None) == "*"
    assert presenters.value_words(info(), row(61.46, 60, 62)) == "61.5%"
    assert presenters.value_words(info(is_rate=True, per=1000), row(1234.5, 1, 2)) == "1,234.5"


def test_no_page_or_pack_of_planning_shows_a_count_from_1_to_7(client_as):
    """Numbers of people outside direct care: 0, or a multiple of 5 from 8 on."""
    browser = client_as("greta")
    for kind, code in (("all", "all"), ("practice", "E85000"), ("pcn", "U00002")):
        for which in ("diabetes_process_hba1c", "diabetes_hba1c_58"):
            for pair in re.findall(r"(\d+|\*) of (\d+|\*)", text_of(browser.get(measure(kind, code, which)))):
                assert all(number == "*" or int(number) % 5 == 0 for number in pair), (kind, which, pair)
        book = openpyxl.load_workbook(io.BytesIO(browser.get(reverse("leads:pack_xlsx", args=[kind, code])).content))
        for one in book["Measures"].iter_rows(min_row=2, min_col=6, max_col=7, values_only=True):
            assert all(number in ("*", "–") or number % 5 == 0 for number in one)


def test_the_pack_holds_what_the_page_says(client_as):
    browser = client_as("dalia")
    pdf = browser.get(reverse("leads:pack_pdf", args=["practice", "E85000"]))
    assert pdf["Content-Type"] == "application/pdf" and "pack-E85000.pdf" in pdf["Content-Disposition"]
    reader = PdfReader(io.BytesIO(pdf.content))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Alder Road Surgery" in text and "Diabetes care process: HbA1c" in text and "50.0%" in text
    assert "everybody here is invented" in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"], "the PDF is tagged for screen readers"
    book = openpyxl.load_workbook(
        io.BytesIO(browser.get(reverse("leads:pack_xlsx", args=["practice", "E85000"])).content)
    )
    rows = {one[0]: one for one in book["Measures"].iter_rows(min_row=2, values_only=True)}
    assert rows["Diabetes care process: HbA1c"][2] == 0 and rows["Diabetes care process: HbA1c"][6] == 20
    assert all(cell.data_type != "f" for sheet in book for line in sheet.iter_rows() for cell in line)


def test_how_many_would_bring_a_share_to_its_target():
    """10 of 25 against 90%: 22.5 are needed, so 13 more; 30 of 50 against at most 50%: 5 fewer."""
    high, low = (info(target=90, polarity="higher_is_better"), info(target=50, polarity="lower_is_better"))
    assert comparing.words_to_target(high, row(40, 20, 60, 10, 25)) == "about 13 more"
    assert comparing.words_to_target(low, row(60, 40, 80, 30, 50)) == "about 5 fewer"
    assert comparing.words_to_target(high, row(92, 90, 95, 46, 50)) == "", "it is there already"
    assert comparing.words_to_target(high, row(40, 20, 60, None, 25)) == "", "its count is hidden"
    assert (
        comparing.words_to_target(
            info(target=5, polarity="lower_is_better", is_rate=True, per=1000), row(9, 8, 10, 90, 9990)
        )
        == ""
    )


def test_money_for_each_person_has_no_interval():
    """£1,000 over 20 people is £50 each. Pence are no events: Byar's interval would say that it is known to 2%."""
    details = {"is_rate": True, "per": 1, "tags": []}
    found = measure_row(Shape.of("measure", details), HES, "practice", "P", "", 100_000, 20)
    assert (found.value, found.lower, found.upper) == (5000, None, None)
    one_admission = measure_row(Shape.of("measure", details), HES, "practice", "P", "", 412_345, 755)
    assert (one_admission.value, one_admission.numerator) == (500, 500 * 755), "its price cannot be had from it"
    counted = measure_row(Shape.of("measure", {**details, "per": 1000}), HES, "practice", "P", "", 100, 2000)
    assert counted.lower is not None and counted.lower < counted.value == 50
    assert comparing.compared(replace(info(**details), details={**details, "polarity": "neither"}), found, found) == "–"


def test_a_dashboard_needs_no_code_for_a_new_tag():
    tags = (["new_subject"], ["t", "new_subject"], [])
    found = dashboards(replace(info(tags=each), id=f"m{place}") for place, each in enumerate(tags))
    assert [(one.title, len(one.measures)) for one in found] == [("New subject", 2), ("Other", 1), ("T", 1)]


def test_no_board_is_made_up_for_practices_after_theirs_ended():
    """North West London's board ended on 31 March 2026; the reference data names no successor, so none is shown."""
    import datetime
    from importlib.resources import files

    import duckdb

    from commonweal.engine.attributes import practice_parents

    listed = files("commonweal.pipeline") / "data" / "organisation.csv.gz"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW organisation AS SELECT * FROM read_csv('{listed}', header = true)")
        found = {}
        for day in (datetime.date(2026, 3, 31), datetime.date(2026, 4, 1)):
            practice_parents(connection, "organisation", day, "above")
            row = connection.execute(
                "SELECT pcn_code, borough_code, icb_code FROM above WHERE practice_code = 'E84014'"
            ).fetchone()
            found[day.month] = row
    assert found == {3: ("U51050", "E09000015", "QRV"), 4: ("U51050", "E09000015", None)}


def test_every_dashboard_of_the_file_names_what_exists_and_answers_systems_that_exist():
    import csv
    from pathlib import Path

    from commonweal.definitions.registry import registry
    from commonweal.web.leads.dashboards import declared

    known = registry()
    tags = {tag for one in known.values() for tag in one.tags}
    covered = {
        row["id"]
        for row in csv.DictReader((Path(__file__).parents[2] / "docs" / "coverage.csv").open(encoding="utf-8"))
    }
    lines = declared()
    assert len({one.id for one in lines}) == len(lines)
    for one in lines:
        assert set(one.definitions) <= set(known), (one.id, set(one.definitions) - set(known))
        assert set(one.tags) <= tags, (one.id, set(one.tags) - tags)
        assert set(one.systems) <= covered, one.id
    named = {name for one in lines for name in one.definitions}
    measures = [one for one in known.values() if one.kind == "measure"]
    reached = {tag for line in lines for tag in line.tags}
    lost = [one.id for one in measures if one.id not in named and not set(one.tags) & reached]
    assert not lost, "every measure is on a dashboard"


@pytest.mark.parametrize(
    "system",
    ["sys-009", "sys-010", "sys-011", "sys-013", "sys-015", "sys-016", "sys-023", "sys-025", "sys-030", "sys-050", "sys-152",
     "sys-153", "sys-245"],
)  # fmt: skip
def test_every_dashboard_that_the_documents_name_is_a_line_of_the_file(system):
    from commonweal.web.leads.dashboards import declared

    assert any(system in one.systems and (one.definitions or one.tags) for one in declared())


def test_the_ladder_has_a_rung_of_neighbourhoods_only_where_they_divide_a_group():
    paths = {
        "P1": ("N1", "H1", "B1"), "P2": ("N2", "H1", "B1"), "P3": ("N3", "H2", "B1"), "P4": ("N4", "H3", "B2"), "P5": ("N5", "H3", "B2"),
        "P6": ("", "", ""),
    }  # fmt: skip
    ladder = Ladder(paths, {"H1": "North"})
    divided, whole = ladder.group("borough", "B1"), ladder.group("borough", "B2")
    assert (divided.below, divided.children) == ("neighbourhood", {"H1", "H2"})
    assert (whole.below, whole.children) == ("pcn", {"N4", "N5"})
    north = ladder.group("neighbourhood", "H1")
    assert (north.name, north.below, north.practices) == ("North", "pcn", {"P1", "P2"})
    assert [row[:2] for row in north.above] == [("all", "all"), ("borough", "B1")]
    assert ladder.group("pcn", "N1").below == "practice" and ladder.group("practice", "P6").below == ""
