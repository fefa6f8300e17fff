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
    listed = list(shapes)
    kinds = pa.table(
        {
            "definition_id": pa.array([name for name, _ in listed], pa.string()),
            "kind": pa.array([shape.kind for _, shape in listed], pa.string()),
        }
    )
    top, bottom, rest, left_out = (
        count_sql(f"CAST(round({count}) AS BIGINT)", profile)
        for count in ("numerator", "denominator", "denominator - numerator", "excluded")
    )
    scale = f"power(10, {MEAN_DIGITS - 1} - floor(log10(abs(numerator / denominator))))"
    with duckdb.connect() as connection:
        connection.register("cube", cube)
        connection.register("kinds", kinds)
        return connection.execute(f"""
            SELECT definition_id, part, as_at, group_type, group_code,
              CAST(CASE
                WHEN denominator IS NULL OR ({bottom} IS NULL AND kind IN ('mean', 'share')) THEN NULL
                WHEN kind = 'mean' AND (denominator = 0 OR numerator = 0) THEN 0
                WHEN kind = 'mean' THEN round(numerator / denominator * {scale}) / {scale} * {bottom}
                WHEN kind = 'share' AND numerator <= denominator AND {rest} IS NULL THEN NULL
                ELSE {top} END AS DOUBLE) AS numerator,
              CAST({bottom} AS DOUBLE) AS denominator,
              CAST({left_out} AS DOUBLE) AS excluded,
              state
            FROM cube JOIN kinds USING (definition_id)
            WHERE group_type NOT IN ({", ".join(f"'{one}'" for one in LEFT_OUT)})
            ORDER BY definition_id, part, as_at, group_type, group_code""").to_arrow_table()
