"""A map of areas shaded by a value. Shapes come as GeoJSON; the table names every area and its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from commonweal.charts.base import Chart, render

NO_VALUE = "#d8dde0"
"""Grey: the area is there and its value is not shown."""


def choropleth(
    title: str,
    geojson: Mapping[str, Any],
    key: str,
    name: str,
    values: Mapping[str, float | None],
    *,
    unit: str,
    words: str,
    percent: bool = False,
) -> Chart:
    """Areas of a GeoJSON feature collection shaded by `values[feature.properties[key]]`; areas without one stay grey."""
    features = []
    for feature in geojson["features"]:
        properties = feature["properties"]
        value = values.get(properties[key])
        features.append({
            "type": "Feature", "geometry": feature["geometry"],
            "properties": {"area": properties[name], "value": value},
        })  # fmt: skip
    known = [feature for feature in features if feature["properties"]["value"] is not None]
    shade = alt.Color(
        "properties.value:Q",
        title=unit,
        scale=alt.Scale(scheme="blues"),
        legend=alt.Legend(format=".0%" if percent else ",~f"),
    )
    layers = [_shapes(features).mark_geoshape(fill=NO_VALUE, stroke="white", strokeWidth=0.8, aria=False)]
    if known:
        layers.append(_shapes(known).mark_geoshape(stroke="white", strokeWidth=0.8).encode(color=shade))
    picture = alt.layer(*layers).project(type="mercator").properties(width=560, height=420)
    rows = sorted((item["properties"]["area"], item["properties"]["value"]) for item in features)
    return render(picture, title=title, words=words, columns=("area", unit), rows=rows)


def _shapes(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=features))  # type: ignore[arg-type]
