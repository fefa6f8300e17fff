"""What every chart is: an SVG, its table, and its words; and the look that all share.

A chart carries nothing that its table does not show: the data that the drawing library embeds is what was given, so a
caller passes numbers through the disclosure door before they come here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

BLUE, ORANGE, GREY, PURPLE, RED = "#00b0f0", "#e46c0a", "#a6a6a6", "#490092", "#de1b1b"
"""Making Data Count: improvement, concern, common cause, neutral, target."""
INK, NHS_BLUE, LINE = "#212b32", "#005eb8", "#768692"
FONT = "Frutiger, Arial, sans-serif"

SIGNAL_COLOURS = {"common": GREY, "improvement": BLUE, "concern": ORANGE, "neutral": PURPLE}


@dataclass(frozen=True)
class Chart:
    """A drawing with everything needed to read it without seeing it."""

    title: str
    svg: str
    words: str
    """What the chart shows, in a sentence or two; the text alternative of the picture."""
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """The chart's table: the same numbers as drawn."""


def theme() -> dict[str, Any]:
    """Axis, font and grid settings for every chart."""
    return {
        "background": "white",
        # The picture as a whole has a name and its table stands beside it: a name on each of 341 dots is a third of the page.
        "aria": False,
        "font": FONT,
        "padding": 8,
        "view": {"stroke": None},
        "axis": {"labelColor": INK, "titleColor": INK, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
                 "gridColor": "#e8edee", "aria": False, "domainColor": LINE, "tickColor": LINE, "labelLimit": 260},
        "legend": {"aria": False, "labelFontSize": 13, "titleFontSize": 13, "orient": "top", "labelColor": INK},
    }  # fmt: skip


def render(
    chart: alt.TopLevelMixin, *, title: str, words: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Chart:
    """Draw on the server; no network, no script in the result."""
    # Checking the drawing against its schema costs half of drawing it; a wrong one fails in the next line, and in the tests.
    specification: Mapping[str, Any] = {**chart.to_dict(validate=False), "config": theme()}
    svg = vl_convert.vegalite_to_svg(dict(specification), vl_version=_vega_lite_version())
    return Chart(title, _short(svg), words, tuple(columns), tuple(tuple(row) for row in rows))


def _short(svg: str) -> str:
    """The drawing with places given to a hundredth of a pixel, and no role for a mark that has no name."""
    return _DRAWN.sub(lambda found: _DIGITS.sub(r"\1", found[0]), _ROLES.sub("", svg))


_DRAWN = re.compile(r' (?:transform|d|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_ROLES = re.compile(r' role="graphics-(?:symbol|object)"(?: aria-roledescription="[^"]*")?')
_DIGITS = re.compile(r"(\.\d\d)\d+")


def _vega_lite_version() -> str:
    return ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def records(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> alt.Data:
    """Rows as inline data; dates as ISO text."""
    values = [{name: _plain(cell) for name, cell in zip(columns, row, strict=True)} for row in rows]
    return alt.Data(values=values)  # type: ignore[arg-type]


def _plain(cell: Any) -> Any:
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    if hasattr(cell, "item"):
        cell = cell.item()
    return None if isinstance(cell, float) and cell != cell else cell
