"""What is tied to what: names around a ring with a line for each tie, as thick as it is strong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import altair as alt

from commonweal.charts.base import INK, LINE, NHS_BLUE, Chart, records, render

WIDTH, ROW = 640, 24


def network(title: str, ties: Sequence[tuple[str, str, int]], *, unit: str, words: str) -> Chart:
    """(one name, another, strength) of each tie. A name stands on the ring once; the table has a row for each tie."""
    names = sorted({name for one, other, _ in ties for name in (one, other)})
    half = -(-len(names) // 2)
    at = {**_down(names[:half], 1), **_down(names[half:], -1)}
    lines = [(*at[one], *at[other], strength) for one, other, strength in ties]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-2.2, 2.2]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-1.05, 1.05]))
    layers: list[alt.Chart] = [
        alt.Chart(records(("x", "y", "x2", "y2", "strength"), lines)).mark_rule(color=LINE, opacity=0.8).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q",
            strokeWidth=alt.StrokeWidth("strength:Q", title=unit, scale=alt.Scale(range=[1, 6]), legend=alt.Legend(tickCount=3)),
        ),
        alt.Chart(records(("name", "x", "y"), [(name, *at[name]) for name in names])).mark_point(
            filled=True, size=90, color=NHS_BLUE, opacity=1).encode(x=x, y=y),
    ]  # fmt: skip
    sides: tuple[tuple[Literal["left", "right"], bool], ...] = (("left", True), ("right", False))
    for side, beyond in sides:
        mine = [(name, *at[name]) for name in names if (at[name][0] >= 0) is beyond]
        if mine:
            label = alt.Chart(records(("name", "x", "y"), mine)).mark_text(
                align=side, dx=10 if beyond else -10, fontSize=13, color=INK, limit=230
            )
            layers.append(label.encode(x=x, y=y, text="name:N"))
    picture = alt.layer(*layers).properties(width=WIDTH, height=max(120, ROW * half))
    return render(picture, title=title, words=words, columns=("one", "other", unit), rows=ties)


def _down(names: Sequence[str], side: int) -> dict[str, tuple[float, float]]:
    """Where names stand on one side of the ring: evenly from top to bottom, so that no two labels meet."""
    rows = max(len(names) - 1, 1)
    height = {name: 1 - 2 * place / rows for place, name in enumerate(names)}
    return {name: (side * (0.3 + 0.7 * math.sqrt(1 - 0.9 * y**2)), y) for name, y in height.items()}
