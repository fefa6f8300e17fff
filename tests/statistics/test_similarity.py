"""Peers by similarity, beside an answer worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonweal.errors import BadInput
from commonweal.statistics.similarity import nearest


def test_distance_is_the_root_mean_square_of_groups_in_standard_deviations():
    """Sizes 1, 2, 3, 4 have a standard deviation of √1.25; the two columns of ages are equal, so they count as one."""
    size = [1.0, 2.0, 3.0, 4.0]
    ages = [[0.0, 0.0], [0.0, 0.0], [2.0, 2.0], [2.0, 2.0]]
    found = nearest({"size": size, "ages": ages}, 0, 3)
    assert [one.position for one in found] == [1, 2, 3]
    step = 1 / math.sqrt(1.25)
    assert found[0].distance == pytest.approx(math.sqrt(step**2 / 2))
    assert found[0].apart == pytest.approx({"size": step, "ages": 0.0})
    assert found[1].apart == pytest.approx({"size": 2 * step, "ages": 2.0})
    assert found[1].distance == pytest.approx(math.sqrt((4 * step**2 + 4) / 2))


def test_a_group_of_many_columns_counts_no_more_than_one():
    once = nearest({"a": [0.0, 1.0, 5.0], "b": [0.0, 5.0, 1.0]}, 0, 2)
    many = nearest({"a": [0.0, 1.0, 5.0], "b": [[0.0] * 9, [5.0] * 9, [1.0] * 9]}, 0, 2)
    assert [one.distance for one in once] == pytest.approx([one.distance for one in many])


def test_scale_and_order_of_units_do_not_matter():
    rng = np.random.default_rng(5)
    table = rng.normal(size=(20, 3))
    first = nearest({"x": table}, 4, 5)
    again = nearest({"x": table * [1, 100, 0.001] + 7}, 4, 5)
    assert [one.position for one in first] == [one.position for one in again]
    order = rng.permutation(20)
    moved = nearest({"x": table[order]}, int(np.flatnonzero(order == 4)[0]), 5)
    assert [int(order[one.position]) for one in moved] == [one.position for one in first]


def test_a_column_that_does_not_vary_says_nothing():
    assert [one.distance for one in nearest({"x": [3.0, 3.0, 3.0]}, 0, 2)] == [0, 0]


def test_a_unit_with_a_missing_value_is_nobodys_peer_and_has_none():
    values = {"x": [1.0, float("nan"), 3.0]}
    assert [one.position for one in nearest(values, 0, 5)] == [2]
    with pytest.raises(BadInput):
        nearest(values, 1, 5)
    with pytest.raises(BadInput):
        nearest({}, 0, 5)
