"""What happens when: one line for each piece of work, with a mark for each of its days."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from commonweal.charts.base import GREY, INK, LINE, NHS_BLUE, ORANGE, PURPLE, Chart, records, render

WIDTH = 480
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross")
COLOURS = (NHS_BLUE, INK, ORANGE, PURPLE, GREY)


@dataclass(frozen=True)
class Work:
    """One line of a timeline: its name, and (what happens, the day) of each mark. Work without a day has no mark."""

    name: str
    days: tuple[tuple[str, datetime.date], ...]


def timeline(title: str, work: Sequence[Work], *, words: str) -> Chart:
    """A line for each piece of work from its first day to its last, in the order given. Marks differ by shape and by colour.

    The table holds every mark, and work without a day with a dash: nothing is left out of the words that the picture lacks.
    """
    marks = [(one.name, what, day) for one in work for what, day in one.days]
    kinds = list(dict.fromkeys(what for _, what, _ in marks))
    spans = [(one.name, min(day for _, day in one.days), max(day for _, day in one.days)) for one in work if one.days]
    names = [name for name, _, _ in spans]
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=240, grid=True, tickBand="center"))
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%b %Y", tickCount=6))
    lines = alt.Chart(records(("name", "day", "last"), spans)).mark_rule(color=LINE, strokeWidth=3)
    points = alt.Chart(records(("name", "what", "day"), marks)).mark_point(filled=True, size=110, opacity=1)
    picture = alt.layer(
        lines.encode(y=y, x=x, x2="last:T"),
        points.encode(
            y=y,
            x=x,
            shape=alt.Shape("what:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=list(SHAPES[: len(kinds)]))),
            color=alt.Color("what:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=list(COLOURS[: len(kinds)]))),
        ),
    ).properties(width=WIDTH, height=max(80, 28 * len(spans)))  # fmt: skip
    blank = [(one.name, "–", "–") for one in work if not one.days]
    return render(picture, title=title, words=words, columns=("work", "what", "day"), rows=[*marks, *blank])
