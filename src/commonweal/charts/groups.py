"""Charts over groups: a funnel of units, bars with intervals, and a waterfall from one total to another."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from commonweal.charts.base import GREY, INK, LINE, NHS_BLUE, ORANGE, RED, Chart, records, render
from commonweal.statistics.funnel import Funnel

WIDTH = 640
POSITIONS = ("very low", "low", "expected", "high", "very high")
POSITION_SHAPES = ("triangle-down", "triangle-down", "circle", "triangle-up", "triangle-up")
POSITION_COLOURS = ("#330072", "#7c2855", GREY, "#ed8b00", "#b04a00")


def funnel_picture(
    title: str,
    names: Sequence[str],
    sizes: Sequence[float],
    result: Funnel,
    *,
    unit: str,
    size_unit: str,
    percent: bool = True,
    highlight: str = "",
) -> Chart:
    """Units by size with 95 % and 99.8 % limits; those beyond are named."""
    rows = [
        (name, size, value, str(position))
        for name, size, value, position in zip(names, sizes, result.value, result.position, strict=True)
    ]
    shape = ".0%" if percent else ",~f"
    curve = [
        (float(size), *(float(result.curve[key][index]) for key in ("lower_998", "lower_95", "upper_95", "upper_998")))
        for index, size in enumerate(result.curve_size)
    ]  # fmt: skip
    limits = alt.Chart(records(("size", "lower_998", "lower_95", "upper_95", "upper_998"), curve))
    x = alt.X("size:Q", title=size_unit)
    y_scale = alt.Scale(zero=False)
    layers: list[alt.Chart] = [
        limits.mark_line(color=LINE, strokeDash=[2, 3] if "998" in key else [6, 3]).encode(
            x=x, y=alt.Y(f"{key}:Q", scale=y_scale)
        )
        for key in ("lower_998", "lower_95", "upper_95", "upper_998")
    ]
    layers.append(alt.Chart(records(("centre",), [(result.centre,)])).mark_rule(color=INK).encode(y="centre:Q"))
    points = alt.Chart(records(("name", "size", "value", "position"), [row for row in rows if row[2] == row[2]]))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=shape), scale=y_scale)
    layers.append(
        points.mark_point(filled=True, size=60, opacity=0.9).encode(
            x=x, y=y,
            shape=alt.Shape("position:N", title=None, scale=alt.Scale(domain=list(POSITIONS), range=list(POSITION_SHAPES))),
            color=alt.Color("position:N", title=None, scale=alt.Scale(domain=list(POSITIONS), range=list(POSITION_COLOURS))),
        )
    )  # fmt: skip
    named = [row for row in rows if (row[3].startswith("very") or row[0] == highlight) and row[2] == row[2]][:8]
    if named:
        layers.append(
            alt.Chart(records(("name", "size", "value", "position"), named))
            .mark_text(align="left", dx=8, fontSize=11, color=INK).encode(x=x, y=y, text="name:N")
        )  # fmt: skip
    outside = sum(1 for row in rows if row[3].startswith("very"))
    wide = (
        f" Limits are widened for overdispersion (φ = {result.overdispersion:.1f})."
        if result.overdispersion > 1
        else ""
    )
    words = f"{title}. {outside} of {len(rows)} lie outside the 99.8% limits around {_number(result.centre, percent)}.{wide}"
    return render(alt.layer(*layers).properties(width=WIDTH, height=320), title=title, words=words,
                  columns=("name", size_unit, unit, "position"), rows=rows)  # fmt: skip


def _number(value: float, percent: bool) -> str:
    return f"{value:.1%}" if percent else f"{value:,.1f}"


def bar_chart(
    title: str,
    names: Sequence[str],
    values: Sequence[float | None],
    *,
    unit: str,
    words: str,
    lower: Sequence[float | None] | None = None,
    upper: Sequence[float | None] | None = None,
    percent: bool = False,
    reference: float | None = None,
    reference_name: str = "",
) -> Chart:
    """Horizontal bars in the order given, with intervals where given and a reference line (a target, the whole)."""
    blank = [None] * len(names)
    rows = list(zip(names, values, lower or blank, upper or blank, strict=True))
    base = alt.Chart(records(("name", "value", "lower", "upper"), rows)).encode(
        y=alt.Y("name:N", sort=list(names), title=None, axis=alt.Axis(labelLimit=240))
    )
    layers: list[alt.Chart] = [base.mark_bar(color=NHS_BLUE).encode(
        x=alt.X("value:Q", title=unit, axis=alt.Axis(format=".0%" if percent else ",~f")))]  # fmt: skip
    if lower is not None:
        layers.append(base.mark_rule(color=INK, strokeWidth=2).encode(x=alt.X("lower:Q"), x2="upper:Q"))
    if reference is not None:
        layers.append(alt.Chart(records(("reference",), [(reference,)])).mark_rule(color=RED, strokeDash=[6, 3], strokeWidth=2)
                      .encode(x="reference:Q"))  # fmt: skip
        words = f"{words} The dashed line is {reference_name or 'the reference'}: {_number(reference, percent)}."
    picture = alt.layer(*layers).properties(width=WIDTH - 160, height=max(80, 26 * len(rows)))
    shown = ("name", "value", "lower", "upper") if lower is not None else ("name", "value")
    return render(picture, title=title, words=words, columns=shown, rows=[row[: len(shown)] for row in rows])


def waterfall(title: str, steps: Sequence[tuple[str, float]], *, unit: str, start: str, end: str, words: str) -> Chart:
    """A bridge: the first step is where it starts, the others are changes, and the end is their sum."""
    names = [name for name, _ in steps]
    amounts = np.array([amount for _, amount in steps], dtype=float)
    after = np.cumsum(amounts)
    before = np.concatenate([[0.0], after[:-1]])
    rows = [(names[0] or start, 0.0, amounts[0], "total")]
    rows += [
        (name, float(low), float(high), "adds" if change >= 0 else "takes off")
        for name, low, high, change in zip(names[1:], before[1:], after[1:], amounts[1:], strict=True)
    ]
    rows.append((end, 0.0, float(after[-1]), "total"))
    base = alt.Chart(records(("step", "from", "to", "kind"), rows)).encode(
        y=alt.Y("step:N", sort=[row[0] for row in rows], title=None),
        x=alt.X("from:Q", title=unit, scale=alt.Scale(zero=False)), x2="to:Q",
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=["total", "adds", "takes off"], range=[INK, ORANGE, NHS_BLUE])),
    )  # fmt: skip
    picture = base.mark_bar().properties(width=WIDTH - 160, height=30 * len(rows))
    table = [(name, round(high - low, 6), high) for name, low, high, _ in rows]
    return render(
        picture, title=title, words=words, columns=("step", f"change ({unit})", f"running total ({unit})"), rows=table
    )
