"""Capacity and demand of a waiting list: the published example, and properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.statistics.waiting_list import (
    assess,
    clearance_weeks,
    factor_for,
    holding_capacity,
    load,
    pressure,
    relief_capacity,
    target_size,
)


def test_the_published_example():
    """Ear, nose and throat, priority 4: 30 join and 27 leave a week, 1,200 wait, 52 weeks (Fong and others; NHSRwaitinglist's walk-through)."""
    assert load(30, 27) == pytest.approx(1.111111, abs=1e-6)
    assert target_size(30, 52) == 390
    assert relief_capacity(30, 1200, 390, 26) == pytest.approx(61.15385, abs=1e-5)
    assert holding_capacity(30, 52, factor=1) == pytest.approx(30.01923, abs=1e-5)
    assert holding_capacity(30, 52, factor=6.58) == pytest.approx(30.12654, abs=1e-5)
    assert pressure(63, 52) == pytest.approx(2.423077, abs=1e-6) and pressure(24, 4) == 12


def test_the_factor_is_the_tail_of_an_exponential():
    """A quarter of the target leaves 1.8 % beyond it, a sixth 0.2 % (the paper's fact 4); 92 % in 18 weeks asks for 7.1 weeks on average."""
    assert 1 - math.exp(-4) == pytest.approx(0.982, abs=5e-4) and factor_for(1 - math.exp(-4)) == pytest.approx(4)
    assert factor_for(1 - math.exp(-6)) == pytest.approx(6)
    assert 18 / factor_for(0.92) == pytest.approx(7.127, abs=1e-3)
    with pytest.raises(ValueError, match=r"not 1"):
        factor_for(1)


def test_a_list_that_nobody_leaves_has_no_load_and_is_never_cleared():
    assert load(3, 0) is None and clearance_weeks(10, 0) is None
    answer = assess(size=100, demand=2, capacity=0, target_weeks=18, share_in_time=0.92, weeks_to_target=52)
    assert answer.load is None and "growing" in answer.says


def test_words_follow_size_and_flow():
    shared = {"target_weeks": 18, "share_in_time": 0.92, "weeks_to_target": 26}
    assert assess(size=1200, demand=30, capacity=27, **shared).says == "5.6 times its target size, and growing"
    assert assess(size=1200, demand=30, capacity=33, **shared).says == "5.6 times its target size, and shrinking"
    assert assess(size=200, demand=30, capacity=33, **shared).says == "within its target size"
    assert assess(size=200, demand=30, capacity=29, **shared).says == "within its target size, but growing"
    assert assess(size=50, demand=0, capacity=2, **shared).says == "nobody joins it, and shrinking"


@given(
    size=st.floats(1, 1e5),
    demand=st.floats(0.1, 1e3),
    capacity=st.floats(0.1, 1e3),
    weeks=st.sampled_from([26, 52, 104]),
)
def test_relief_for_so_many_weeks_leaves_the_target_size(size, demand, capacity, weeks):
    answer = assess(
        size=size, demand=demand, capacity=capacity, target_weeks=18, share_in_time=0.92, weeks_to_target=weeks
    )
    if size > answer.target_size:
        assert size + weeks * (demand - answer.needed) == pytest.approx(answer.target_size, rel=1e-9, abs=1e-6)
    assert answer.needed >= demand
