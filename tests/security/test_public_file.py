"""The public serving file is the one that may be handed out: it must not hold what its reader hides.

It held the exact count of every cell, 370,000 cells of 1 to 7 people by LSOA in the smallest demonstration among them.
"""

from __future__ import annotations

import datetime

import duckdb
import pyarrow as pa
import pytest

from commonweal.engine.answers import Scope
from commonweal.engine.measure_rows import Shape
from commonweal.engine.public_cube import shown_cube
from commonweal.engine.serving import open_reader
from commonweal.governance.disclosure import HES, INTERNAL, show_mean

DAY = datetime.date(2026, 3, 31)
SHARE, RATE, MEAN = Shape("share", 100), Shape("rate", 1000), Shape("mean", 1)


def _shown(shape: Shape, numerator: float, denominator: float, group: str = "practice"):
    cube = pa.table({
        "definition_id": ["one"], "part": [""], "as_at": pa.array([DAY], pa.date32()), "group_type": [group],
        "group_code": ["A"], "numerator": [float(numerator)], "denominator": [float(denominator)],
        "excluded": [0.0], "state": [""],
    })  # fmt: skip
    return [(row["numerator"], row["denominator"]) for row in shown_cube(cube, [("one", shape)], HES).to_pylist()]


@pytest.mark.parametrize(
    ("shape", "numerator", "denominator", "expected"),
    [
        (SHARE, 12, 103, (10, 105)),
        (SHARE, 7, 103, (None, 105)),
        (SHARE, 0, 103, (0, 105)),
        (SHARE, 98, 103, (None, 105)),  # 5 people are not in the numerator
        (SHARE, 3, 7, (None, None)),
        (SHARE, 0, 7, (None, None)),
        (RATE, 240, 12, (240, 10)),
        (RATE, 7, 103, (None, 105)),
        (RATE, 20, 7, (20, None)),
        (MEAN, 22, 7, (None, None)),
        (MEAN, 71, 9, (78.89, 10)),  # 71 / 9 is 7.889
        (MEAN, 0, 9, (0, 10)),
        (MEAN, 0, 0, (0, 0)),
    ],
)
def test_a_cell_as_it_is_published(shape, numerator, denominator, expected):
    (found,) = _shown(shape, numerator, denominator)
    assert found == pytest.approx(expected)


def test_small_areas_are_left_out():
    assert _shown(SHARE, 500, 1500, "lsoa") == []


def test_the_file_holds_no_small_or_exact_number(small_store):
    (folder,) = [one for one in small_store.releases.glob("*/serve") if one.parent.name == _newest(small_store)]
    with duckdb.connect() as connection:
        for name in ("planning", "public"):
            connection.execute(f"ATTACH '{folder / name}.duckdb' AS {name} (READ_ONLY)")
        small = connection.execute("SELECT count(*) FROM planning.cube WHERE numerator BETWEEN 1 AND 7").fetchone()
        assert small is not None and small[0] > 100, "without small numbers this proves nothing"
        rows = connection.execute("SELECT numerator, denominator, group_type FROM public.cube").fetchall()
    assert len(rows) > 100
    for numerator, denominator, group in rows:
        assert group != "lsoa"
        for count in (numerator, denominator):
            assert count is None or (count % 5 == 0 and count not in (5,))


def test_the_public_reader_says_no_more_and_no_other_than_planning(small_store):
    public = open_reader(small_store, "public", _newest(small_store))
    planning = open_reader(small_store, "planning", _newest(small_store))
    shown = 0
    for by in ("all", "practice", "age_band", "ethnic_group"):
        exact = {row.group_code: row for row in planning.measure("diabetes", by=by)}
        for row in public.measure("diabetes", by=by):
            assert row.denominator == exact[row.group_code].denominator
            assert row.numerator in (None, exact[row.group_code].numerator)
            assert row.value in (None, exact[row.group_code].value)
            shown += row.value is not None
    assert shown > 5
    hidden = [row.group_code for row in planning.measure("diabetes_hba1c_overdue", by="pcn") if row.numerator is None]
    for code in hidden:
        assert public.count("diabetes_hba1c_overdue", scope=Scope(pcn=(code,))).hidden


def test_a_mean_does_not_give_its_counts_away():
    """Forty digits of a mean are a fraction: 71 / 9 has no other denominator below 100."""
    assert show_mean(71 / 9, 9, HES).value == 7.889
    assert show_mean(71 / 9, 9, INTERNAL).value == 71 / 9


def _newest(store) -> str:
    from commonweal.pipeline.releases import ids

    return ids(store)[-1]
