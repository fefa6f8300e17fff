"""The public file's cube: every number as it may be shown, so that the file itself gives nothing away.

Other files hold exact counts behind the reader's disclosure door. The public file is the one that may be copied and handed
out, so the door is applied before it is written. Areas of some 1,500 people (LSOA) are left out of it: their counts are
nearly all small, and they cross every other grouping.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from commonweal.engine.measure_rows import Shape
from commonweal.governance.disclosure import MEAN_DIGITS, DisclosureProfile, count_sql

LEFT_OUT = ("lsoa",)
"""Group types that the public file does not hold."""


def shown_cube(cube: pa.Table, shapes: Iterable[tuple[str, Shape]], profile: DisclosureProfile) -> pa.Table:
    """`cube` (columns as `Cube.table` makes them) with each count rounded, and null where `profile` hides it.

    `shapes` names each definition's id and what its two counts mean. The numerator of a share is null also where the rest
    of its denominator is hidden. That of a mean is the mean, cut to its shown digits, times the shown denominator.
    """
    kinds = pa.table(
        {
            "definition_id": pa.array([name for name, _ in (listed := list(shapes))], pa.string()),
            "kind": pa.array([shape.kind for _, shape in listed], pa.string()),
        }
    )
    rounded = "CAST(round({}) AS BIGINT)".format
    top, bottom = rounded("numerator"), rounded("denominator")
    shown_top, shown_bottom = count_sql(top, profile), count_sql(bottom, profile)
    rest_hidden = f"({shown_bottom} IS NULL OR {count_sql(rounded('denominator - numerator'), profile)} IS NULL)"
    mean = f"numerator / denominator * power(10, {MEAN_DIGITS - 1} - floor(log10(abs(numerator / denominator))))"
    scale = f"power(10, {MEAN_DIGITS - 1} - floor(log10(abs(numerator / denominator))))"
    with duckdb.connect() as connection:
        connection.register("cube", cube)
        connection.register("kinds", kinds)
        return connection.execute(f"""
            SELECT definition_id, part, as_at, group_type, group_code,
              CAST(CASE
                WHEN kind = 'mean' AND (denominator = 0 OR numerator = 0) THEN if({shown_bottom} IS NULL, NULL, 0)
                WHEN kind = 'mean' THEN round({mean}) / {scale} * {shown_bottom}
                WHEN kind = 'share' AND {rest_hidden} THEN NULL
                ELSE {shown_top} END AS DOUBLE) AS numerator,
              CAST({shown_bottom} AS DOUBLE) AS denominator
            FROM cube JOIN kinds USING (definition_id)
            WHERE group_type NOT IN ({", ".join(f"'{one}'" for one in LEFT_OUT)})
            ORDER BY definition_id, part, as_at, group_type, group_code""").to_arrow_table()
