"""Every chart is a safe, self-contained picture with its table and its words."""

import datetime
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from commonweal.charts.groups import bar_chart, funnel_picture, waterfall
from commonweal.charts.maps import choropleth
from commonweal.charts.network import network
from commonweal.charts.series import Line, control_chart_picture, line_chart
from commonweal.charts.timeline import Work, timeline
from commonweal.statistics.funnel import funnel
from commonweal.statistics.spc import control_chart

HOSTILE = '<script>alert("x")</script>&'
MONTHS = [datetime.date(2025 + i // 12, i % 12 + 1, 1) for i in range(14)]
VALUES = [10, 12] * 6 + [12, 30]
SQUARE = {"type": "Polygon", "coordinates": [[[0, 51], [0, 52], [1, 52], [1, 51], [0, 51]]]}


def _control():
    return control_chart_picture(
        f"Waits {HOSTILE}", MONTHS, control_chart(VALUES, improves="decrease", target=11), unit="days", target=11
    )


def _funnel():
    sizes, events = np.array([100, 400, 900]), np.array([90, 100, 230])
    return funnel_picture(
        "Funnel",
        [HOSTILE, "B", "C"],
        [100, 400, 900],
        funnel(events, sizes, adjust=False),
        unit="share",
        size_unit="people",
    )


def _bars():
    return bar_chart("Bars", [HOSTILE, "2"], [0.2, None], unit="share", words="Two.", lower=[0.1, None], upper=[0.3, None],
                     percent=True, reference=0.5, reference_name="target")  # fmt: skip


def _waterfall():
    return waterfall(
        "Bridge",
        [("Plan", 100.0), ("Volume", 5.5), ("Schemes", -4.0)],
        unit="£m",
        start="Plan",
        end="Forecast",
        words="w",
    )


def _lines():
    return line_chart("Spend", [Line("Actual", MONTHS, VALUES), Line(HOSTILE, MONTHS, VALUES, VALUES, VALUES, dashed=True)],
                      unit="£m", words="w")  # fmt: skip


def _map():
    shapes = {"features": [{"properties": {"code": code, "name": code}, "geometry": SQUARE} for code in ("E1", "E2")]}
    return choropleth("Map", shapes, "code", "name", {"E1": 0.4}, unit="share", words="w")


def _timeline():
    day = datetime.date(2026, 4, 1)
    work = [Work(HOSTILE, (("Start", day), ("Decision", datetime.date(2026, 9, 1)))), Work("Undated", ())]
    return timeline("Timeline", work, words="w")


def _network():
    return network("Ties", [(HOSTILE, "B", 2), ("B", "C", 1)], unit="ties", words="w")


@pytest.mark.parametrize("make", [_control, _funnel, _bars, _waterfall, _lines, _map, _timeline, _network])
def test_every_picture_is_well_formed_and_fetches_and_runs_nothing(make):
    chart = make()
    root = ElementTree.fromstring(chart.svg)
    assert root.tag.endswith("svg")
    assert not [node for node in root.iter() if node.tag.endswith(("script", "foreignObject", "image"))]
    for node in root.iter():
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on")
            assert "http" not in value or name.endswith("xmlns")
    assert chart.words
    assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_a_control_chart_tells_in_words_and_table_what_it_draws():
    chart = _control()
    assert "concerning nature (point outside the limits)" in chart.words
    assert chart.rows[-1][:2] == (MONTHS[-1], 30)
    assert chart.rows[-1][-2:] == ("concern", "point outside the limits")


def test_a_funnel_names_who_lies_outside():
    chart = _funnel()
    assert "1 of 3 lie outside" in chart.words
    assert {row[0]: row[3] for row in chart.rows}[HOSTILE] == "very high"


def test_a_bridge_ends_at_the_sum_of_its_steps():
    chart = _waterfall()
    assert chart.rows[-1] == ("Forecast", 101.5, 101.5)
    assert [row[1] for row in chart.rows[1:-1]] == [5.5, -4.0]


def test_a_map_lists_areas_without_a_value():
    assert _map().rows == (("E1", 0.4), ("E2", None))


def test_an_area_without_a_value_is_grey_and_not_the_lowest_colour():
    assert "#d8dde0" in _map().svg
    fills = {
        node.attrib["fill"] for node in ElementTree.fromstring(_map().svg).iter() if node.attrib.get("stroke") == "#fff"
    }
    fills |= {
        node.attrib["fill"]
        for node in ElementTree.fromstring(_map().svg).iter()
        if node.attrib.get("stroke") == "white"
    }
    assert "#d8dde0" in fills
    assert len(fills) == 2


def test_a_timeline_keeps_work_without_a_day_in_its_table():
    chart = _timeline()
    assert chart.rows == (
        (HOSTILE, "Start", datetime.date(2026, 4, 1)),
        (HOSTILE, "Decision", datetime.date(2026, 9, 1)),
        ("Undated", "–", "–"),
    )
    assert "Undated" not in chart.svg and "Decision" in chart.svg


def test_an_axis_of_financial_years_names_each():
    april = [datetime.date(year, 4, 1) for year in (2019, 2020, 2021)]
    chart = line_chart(
        "The gap", [Line("As planned", april, [1.0, 2.0, 4.0])], unit="£m", words="It grows.", years=True
    )
    assert re.findall(r">(\d{4}/\d{2})<", chart.svg) == ["2019/20", "2020/21", "2021/22"]


@pytest.mark.parametrize("make", [_control, _funnel, _bars, _waterfall, _lines, _map, _timeline, _network])
def test_a_picture_names_no_dot_and_gives_no_place_beyond_a_hundredth(make):
    for node in ElementTree.fromstring(make().svg).iter():
        assert "aria-label" not in node.attrib and node.attrib.get("role") not in ("graphics-symbol", "graphics-object")
        for name in ("transform", "d", "x", "y", "x1", "x2", "y1", "y2"):
            assert not re.search(r"\.\d{3}", node.attrib.get(name, "")), (name, node.attrib)
