"""What is tied to what: names on a circle with a line for each tie, as thick as it is strong."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from commonweal.charts.base import INK, LINE, NHS_BLUE, Chart, records, render

SIZE, RADIUS = 640, 1.0


def network(title: str, ties: Sequence[tuple[str, str, int]], *, unit: str, words: str) -> Chart:
    """(one name, another, strength) of each tie. A name stands on the circle once; its table has a row for each tie."""
    names = sorted({name for one, other, _ in ties for name in (one, other)})
    turn = 2 * math.pi / max(len(names), 1)
    at = {name: (RADIUS * math.sin(turn * place), RADIUS * math.cos(turn * place)) for place, name in enumerate(names)}
    lines = [(*at[one], *at[other], strength) for one, other, strength in ties]
    flat = {"axis": None, "scale": alt.Scale(domain=[-1.9, 1.9])}
    x, y = alt.X("x:Q", **flat), alt.Y("y:Q", **flat)
    layers: list[alt.Chart] = [
        alt.Chart(records(("x", "y", "x2", "y2", "strength"), lines)).mark_rule(color=LINE, opacity=0.8).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q",
            strokeWidth=alt.StrokeWidth("strength:Q", title=unit, scale=alt.Scale(range=[1, 6]), legend=alt.Legend(tickCount=3)),
        ),
        alt.Chart(records(("name", "x", "y"), [(name, *at[name]) for name in names])).mark_point(
            filled=True, size=90, color=NHS_BLUE, opacity=1).encode(x=x, y=y),
    ]  # fmt: skip
    for side, beyond in (("left", True), ("right", False)):
        mine = [(name, *at[name]) for name in names if (at[name][0] >= 0) is beyond]
        if mine:
            label = alt.Chart(records(("name", "x", "y"), mine)).mark_text(
                align=side, dx=10 if beyond else -10, fontSize=13, color=INK, limit=230
            )
            layers.append(label.encode(x=x, y=y, text="name:N"))
    picture = alt.layer(*layers).properties(width=SIZE, height=SIZE - 160)
    return render(picture, title=title, words=words, columns=("one", "other", unit), rows=ties)
