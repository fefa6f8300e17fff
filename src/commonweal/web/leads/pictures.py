"""The charts of a measure page, from numbers that have passed the disclosure door. Drawn once for a release, then kept."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from commonweal.charts.base import Chart
from commonweal.charts.groups import bar_chart, funnel_picture
from commonweal.charts.maps import choropleth
from commonweal.charts.series import control_chart_picture
from commonweal.errors import BadInput
from commonweal.statistics.comparison import concentration, opportunity_to_peer_median
from commonweal.statistics.funnel import funnel
from commonweal.statistics.inequality import inequality_index
from commonweal.statistics.spc import FEWEST_POINTS, Direction, control_chart
from commonweal.web.leads import rebases, trajectory

if TYPE_CHECKING:
    from commonweal.web.leads.numbers import Rows
    from commonweal.web.leads.services import MeasurePage
    from commonweal.web.leads.trajectory import Trajectory

DIRECTIONS: dict[str, Direction] = {"higher_is_better": "increase", "lower_is_better": "decrease"}
ETHNIC_GROUPS = {"white": "White", "mixed": "Mixed", "asian": "Asian", "black": "Black", "other": "Other"}
FORMAT = 3
"""Of the kept drawings; counted up when drawings change, so that old ones are not shown."""


def unit_of(page: MeasurePage) -> str:
    """What the value is, in words."""
    per = page.info.details.get("per") or 100
    return "%" if page.is_share and per == 100 else f"per {per:,}"


def over_time(page: MeasurePage) -> Chart | None:
    """A control chart; None with fewer than five numbers. Limits start again where somebody said so, with the reason."""
    known = page.points
    if len(known) < FEWEST_POINTS:
        return None
    starts = rebases.positions([day for day, _ in known], page.rebases)

    def draw() -> Chart:
        target = page.info.details.get("target")
        result = control_chart(
            [value for _, value in known], improves=_direction(page), target=target, rebase_at=starts
        )
        return control_chart_picture(
            f"{page.info.title}, {page.group.name}",
            [day for day, _ in known],
            result,
            unit=unit_of(page),
            target=target,
        )

    return kept(page, f"time:{page.group.kind}:{page.group.code}:{len(known)}:{starts}", draw)


def to_the_target(page: MeasurePage) -> list[tuple[Trajectory, str, Chart | None]]:
    """Each target of the plans that names this measure, in words and, where it is drawn for the whole system, a chart."""
    whole = page.group.kind == "all"
    value = page.whole.value if page.whole else None
    found = []
    for one in page.trajectories:
        words = trajectory.in_words(one, page.release.as_at, value)
        chart = None
        if whole and page.points and trajectory.drawable(one):
            chart = kept(page, f"trajectory:{one.reference}:{one.steps}", partial(_trajectory, page, one, words))
        found.append((one, words, chart))
    return found


def _trajectory(page: MeasurePage, one: Trajectory, words: str) -> Chart:
    return trajectory.picture(page.info.title, one, page.points, unit_of(page), words)


def by_practice(page: MeasurePage) -> Chart | None:
    """A funnel of every practice, the chosen one named; None for what is not a share, and for fewer than five."""
    shown = {code: row for code, row in page.practices.items() if row.value is not None and row.denominator}
    if not page.is_share or len(shown) < FEWEST_POINTS:
        return None

    def draw() -> Chart:
        codes = list(shown)
        names = [page.names.get(code, code) for code in codes]
        sizes = [float(shown[code].denominator or 0) for code in codes]
        tops = [min(float(shown[code].numerator or 0), size) for code, size in zip(codes, sizes, strict=True)]
        return funnel_picture(
            f"{page.info.title} by practice", names, sizes, funnel(tops, sizes), unit="share", size_unit="people counted",
            highlight=page.group.name if page.group.kind == "practice" else "",
        )  # fmt: skip

    return kept(page, f"funnel:{page.group.code if page.group.kind == 'practice' else ''}", draw)


def by_deprivation(page: MeasurePage) -> Chart | None:
    """Fifths of deprivation across the system, with the slope from most to least deprived."""
    rows = {code: row for code, row in sorted(page.by_quintile.items()) if row.value is not None}
    if len(rows) < 2:
        return None
    names = [
        f"Fifth {code}{' (most deprived)' if code == '1' else ' (least deprived)' if code == '5' else ''}"
        for code in rows
    ]
    return kept(page, "deprivation", lambda: _bars(page, "by deprivation", names, rows, _slope(page, rows)))


def by_ethnicity(page: MeasurePage) -> Chart | None:
    """Ethnic groups across the system."""
    rows = {code: row for code, row in page.by_ethnicity.items() if row.value is not None}
    if len(rows) < 2:
        return None
    names = [ETHNIC_GROUPS.get(code, code) for code in rows]
    words = "Crude values: ages differ between groups."
    return kept(page, "ethnicity", lambda: _bars(page, "by ethnic group", names, rows, words))


def on_a_map(page: MeasurePage) -> Chart | None:
    """By borough of residence; None where no borough on the map has a value."""
    values = {code: row.value for code, row in page.by_borough.items() if row.value is not None}
    shapes = boroughs(frozenset(values))
    if not shapes["features"]:
        return None
    hidden = len(page.by_borough) - len(values)

    def draw() -> Chart:
        low, high = min(values, key=lambda code: values[code]), max(values, key=lambda code: values[code])
        words = (
            f"{page.info.title} by borough of residence: from {values[low]:.1f} in {page.names.get(low, low)} to "
            f"{values[high]:.1f} in {page.names.get(high, high)}."
        )
        if hidden:
            words += f" {hidden} more {'is' if hidden == 1 else 'are'} not drawn: small numbers are hidden."
        return choropleth(
            f"{page.info.title} by borough",
            shapes,
            "ltla24_code",
            "ltla24_name",
            values,
            unit=unit_of(page),
            words=words,
        )

    return kept(page, "map", draw)


WHOLE_SYSTEM = (by_practice, by_deprivation, by_ethnicity, on_a_map)
"""Charts that are the same for every group of a measure, but for the name of a practice."""


def who_drives_it(page: MeasurePage) -> tuple[str, list[list[str]]]:
    """In words, how few of the group's practices make up half of the gap to the median of all; and those practices."""
    direction = page.info.details.get("polarity")
    shown = {code: row for code, row in page.practices.items() if row.value is not None and row.denominator}
    if not page.is_share or direction not in DIRECTIONS or len(shown) < FEWEST_POINTS or page.group.kind == "practice":
        return "", []
    codes = list(shown)
    tops = [float(shown[code].numerator or 0) for code in codes]
    sizes = [float(shown[code].denominator or 0) for code in codes]
    gain = opportunity_to_peer_median(tops, sizes, lower_is_better=direction == "lower_is_better")
    ours = [place for place, code in enumerate(codes) if code in page.group.practices]
    if len(ours) < 2:
        return "", []
    few = concentration(gain[ours])
    if not few.units:
        return "Every practice here stands at the median of the system's practices or better.", []
    verb = "fewer" if direction == "lower_is_better" else "more"
    rows = [
        [
            page.names.get(codes[ours[at]], codes[ours[at]]),
            f"{sizes[ours[at]]:,.0f}",
            f"{round(float(gain[ours[at]])):,}",
        ]
        for at in few.members[:10]
    ]
    total = round(float(np.sum(gain[ours])))
    return (
        f"{few.units} of {few.of} practices account for {few.share:.0%} of the gap. If each stood at the median of the "
        f"system's practices, {total:,} {verb} would be counted.",
        rows,
    )


def kept(page: MeasurePage, name: str, draw: Callable[[], Chart]) -> Chart:
    """The drawing of this release, made the first time somebody asks."""
    key = f"{FORMAT}:{page.release.stamp}:{page.info.id}:{page.info.hash}:{name}"
    path = (
        Path(settings.STORE.root)
        / "site-charts"
        / page.release.id
        / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
    )
    try:
        found = json.loads(path.read_text())
        return Chart(
            found["title"], found["svg"], found["words"], tuple(found["columns"]), tuple(map(tuple, found["rows"]))
        )
    except (OSError, ValueError, KeyError):
        made = draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")  # two readers may draw the same at once
    temporary.write_text(
        json.dumps(
            {"title": made.title, "svg": made.svg, "words": made.words, "columns": made.columns, "rows": made.rows},
            default=lambda value: value.isoformat() if hasattr(value, "isoformat") else float(value),
        )
    )
    temporary.replace(path)
    return made


@cache
def boroughs(wanted: frozenset[str]) -> dict:
    """The shapes of these boroughs."""
    every = json.loads((Path(__file__).parent / "data" / "london_boroughs.geojson").read_text())
    chosen = [one for one in every["features"] if one["properties"]["ltla24_code"] in wanted]
    return {"type": "FeatureCollection", "features": chosen}


def _bars(page: MeasurePage, what: str, names: list[str], rows: Rows, words: str) -> Chart:
    found = list(rows.values())
    return bar_chart(
        f"{page.info.title} {what}, whole system", names, [row.value for row in found], unit=unit_of(page), words=words,
        lower=[row.lower for row in found], upper=[row.upper for row in found],
        reference=page.whole.value if page.whole else None, reference_name="the whole system",
    )  # fmt: skip


def _slope(page: MeasurePage, rows: Rows) -> str:
    found = [row for row in rows.values() if row.lower is not None and row.upper is not None and row.denominator]
    if len(found) < 3 or len(found) < len(rows):
        return "Crude values, with 95% intervals."
    try:
        index = inequality_index(
            [float(row.value or 0) for row in found],
            [(float(row.upper or 0) - float(row.lower or 0)) / (2 * 1.96) for row in found],
            [float(row.denominator or 0) for row in found],
        )
    except BadInput:
        return "Crude values, with 95% intervals."
    return (
        f"From the most to the least deprived the value changes by {index.slope:+.1f} "
        f"(95% interval {index.slope_lower:+.1f} to {index.slope_upper:+.1f})"
        f"{': no gradient that chance would not give.' if index.slope_lower <= 0 <= index.slope_upper else '.'}"
    )


def _direction(page: MeasurePage) -> Direction:
    return DIRECTIONS.get(str(page.info.details.get("polarity")), "neutral")
