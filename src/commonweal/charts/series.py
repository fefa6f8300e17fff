"""Charts over time: a control chart with its rule marks, and lines with a plan, a forecast and its interval."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from commonweal.charts.base import GREY, INK, LINE, NHS_BLUE, RED, SIGNAL_COLOURS, Chart, records, render
from commonweal.statistics.spc import RULES, ControlChart

WIDTH, HEIGHT = 640, 280


def _axis_format(percent: bool) -> str:
    return ".0%" if percent else ",~f"


def control_chart_picture(
    title: str,
    months: Sequence[datetime.date],
    chart: ControlChart,
    *,
    unit: str,
    target: float | None = None,
    percent: bool = False,
) -> Chart:
    """A control chart: points coloured by signal (and shaped, so that colour is not the only mark), mean, limits, target."""
    columns = ("month", unit, "mean", "lower limit", "upper limit", "signal", "rule")
    rows = [
        (month, value, mean, lower, upper, str(signal), RULES[rule])
        for month, value, mean, lower, upper, signal, rule in zip(
            months, chart.value, chart.mean, chart.lower, chart.upper, chart.signal, chart.rule, strict=True
        )
    ]
    keys = ("month", "value", "mean", "lower", "upper", "signal", "rule")
    base = alt.Chart(records(keys, rows)).encode(
        x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %y", tickCount=8))
    )
    scale = alt.Scale(zero=False)
    y = alt.Y("value:Q", title=unit, scale=scale, axis=alt.Axis(format=_axis_format(percent)))
    limits = [
        base.mark_line(color=LINE, strokeDash=[4, 4]).encode(y=alt.Y(f"{name}:Q", scale=scale))
        for name in ("lower", "upper")
    ]
    layers: list[alt.Chart] = [
        *limits,
        base.mark_line(color=LINE).encode(y="mean:Q"),
        base.mark_line(color=GREY, strokeWidth=1.5).encode(y=y),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            y=y,
            color=alt.Color("signal:N", title=None, scale=alt.Scale(domain=list(SIGNAL_COLOURS), range=list(SIGNAL_COLOURS.values()))),
            shape=alt.Shape("signal:N", title=None, scale=alt.Scale(domain=list(SIGNAL_COLOURS), range=["circle", "triangle-up", "square", "diamond"])),
        ),
    ]  # fmt: skip
    if target is not None:
        layers.append(
            alt.Chart(records(("target",), [(target,)])).mark_rule(color=RED, strokeDash=[6, 3]).encode(y="target:Q")
        )
    picture = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    screened = "" if chart.settled else " Trial limits: fewer than twelve points."
    return render(picture, title=title, words=f"{title}. {chart.words}{screened}", columns=columns, rows=rows)


@dataclass(frozen=True)
class Line:
    """One series of a line chart. `lower` and `upper` draw a band where given."""

    name: str
    months: Sequence[datetime.date]
    value: Sequence[float | None]
    lower: Sequence[float | None] | None = None
    upper: Sequence[float | None] | None = None
    dashed: bool = False


LINE_COLOURS = (NHS_BLUE, INK, "#d5281b", "#007f3b", "#7c2855", "#ed8b00")

YEARS = alt.X("month:O", title=None, axis=alt.Axis(
    labelAngle=0, labelExpr="slice(datum.value, 0, 4) + '/' + slice(toString(toNumber(slice(datum.value, 0, 4)) + 1), 2)"
))  # fmt: skip
"""An axis of financial years, given by their first day and named as 2026/27."""


def line_chart(
    title: str,
    lines: Sequence[Line],
    *,
    unit: str,
    words: str,
    percent: bool = False,
    zero: bool = False,
    years: bool = False,
) -> Chart:
    """Several series over time, each named in a legend, dashed where it is a plan or a forecast.

    `years`: each point is a financial year, and is named by it.
    """
    keys = ("series", "month", "value", "lower", "upper")
    rows = []
    for line in lines:
        blank = [None] * len(line.months)
        rows += list(zip([line.name] * len(line.months), line.months, line.value, line.lower or blank, line.upper or blank,
                         strict=True))  # fmt: skip
    names = [line.name for line in lines]
    base = alt.Chart(records(keys, rows)).encode(
        x=YEARS if years else alt.X("month:T", title=None, axis=alt.Axis(format="%b %y", tickCount=8)),
        color=alt.Color(
            "series:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=list(LINE_COLOURS[: len(names)])),
            legend=alt.Legend(symbolOpacity=1, symbolStrokeWidth=3, columns=2, labelLimit=320),
        ),
    )
    y = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=zero), axis=alt.Axis(format=_axis_format(percent)))
    dashes = alt.StrokeDash(
        "series:N",
        title=None,
        sort=names,
        scale=alt.Scale(domain=names, range=[[6, 4] if line.dashed else [1, 0] for line in lines]),
    )
    layers = [
        base.mark_area(opacity=0.15).encode(y="lower:Q", y2="upper:Q"),
        base.mark_line(strokeWidth=2.5).encode(y=y, strokeDash=dashes),
    ]
    picture = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    shown = keys if any(line.lower for line in lines) else keys[:3]
    return render(picture, title=title, words=words, columns=shown, rows=[row[: len(shown)] for row in rows])
