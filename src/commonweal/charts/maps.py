"""A map of areas shaded by a value. Shapes come as GeoJSON; the table names every area and its value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from commonweal.charts.base import Chart, render


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
    shapes = alt.Chart(alt.Data(values=features)).mark_geoshape(stroke="white", strokeWidth=0.8, invalid="show")  # type: ignore[arg-type]
    shade = alt.Color(
        "properties.value:Q",
        title=unit,
        scale=alt.Scale(scheme="blues"),
        legend=alt.Legend(format=".0%" if percent else ",~f"),
    )
    picture = shapes.encode(
        color=alt.condition("isValid(datum.properties.value)", shade, alt.value("#d8dde0"))
    ).project(type="mercator").properties(width=560, height=420)  # fmt: skip
    rows = sorted((item["properties"]["area"], item["properties"]["value"]) for item in features)
    return render(picture, title=title, words=words, columns=("area", unit), rows=rows)
