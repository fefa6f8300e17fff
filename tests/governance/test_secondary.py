"""No sum gives a hidden cell away: the attacker subtracts, and combines every sum that is published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.governance.disclosure import SDE
from commonweal.governance.secondary import Sum, hide_secondary

LEAST = SDE.suppress_below


def determined(hidden: np.ndarray, sums: Sequence[Sum]) -> np.ndarray:
    """Which hidden cells of one table the sums give away, by any combination of them (a linear attacker). Shape (cells,)."""
    columns = np.flatnonzero(hidden)
    found = np.zeros(hidden.shape, dtype=bool)
    rows = [
        [-1.0 if column == total else float(column in parts) for column in columns]
        for total, parts in ((total, set(parts)) for total, parts in sums)
        if hidden[total] or any(hidden[part] for part in parts)
    ]
    if not rows:
        return found
    _, values, vectors = np.linalg.svd(np.array(rows))
    free = vectors[int((values > 1e-6).sum()) :]
    found[columns] = ~(np.abs(free) > 1e-6).any(axis=0)
    return found


def _primary(counts: np.ndarray) -> np.ndarray:
    return (counts > 0) & (counts < LEAST)


def _tree(practices: list[int], networks: int, boroughs: int) -> tuple[np.ndarray, list]:
    """Counts of everybody, boroughs, networks and practices, and the sums between them; an age cut of everybody beside."""
    network_of = [place % networks for place in range(len(practices))]
    borough_of = [place % boroughs for place in range(networks)]
    by_network = [sum(c for c, n in zip(practices, network_of, strict=True) if n == one) for one in range(networks)]
    by_borough = [sum(c for c, b in zip(by_network, borough_of, strict=True) if b == one) for one in range(boroughs)]
    whole = sum(practices)
    halves = [whole // 3, whole - whole // 3]
    counts = np.array([[whole, *by_borough, *by_network, *practices, *halves]], dtype=float)
    first_network, first_practice = 1 + boroughs, 1 + boroughs + networks
    sums = [
        (0, tuple(range(1, 1 + boroughs))),
        (0, (counts.shape[1] - 2, counts.shape[1] - 1)),
        *((1 + b, tuple(first_network + n for n in range(networks) if borough_of[n] == b)) for b in range(boroughs)),
        *(
            (1 + b, tuple(first_practice + p for p, n in enumerate(network_of) if borough_of[n] == b))
            for b in range(boroughs)
        ),
        *(
            (first_network + n, tuple(first_practice + p for p, m in enumerate(network_of) if m == n))
            for n in range(networks)
        ),
        (0, tuple(range(first_practice, first_practice + len(practices)))),
    ]
    return counts, sums


def test_the_attack_a_networks_total_less_its_practices_was_the_hidden_practice():
    counts, sums = _tree([4, 30, 50, 60, 70, 80, 90, 40], networks=4, boroughs=2)
    primary = _primary(counts)
    assert primary.sum() == 1
    assert determined(primary[0], sums).sum() == 1, "before: subtraction gives the number away"
    hidden = hide_secondary([counts], primary, sums, LEAST)
    assert not determined(hidden[0], sums).any()
    assert primary[hidden].sum() == 1 and hidden.sum() >= 4


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=8, max_size=20), st.integers(2, 4), st.integers(1, 2))
def test_no_combination_of_sums_gives_a_cell_away(practices, networks, boroughs):
    counts, sums = _tree(practices, networks, boroughs)
    primary = _primary(counts)
    hidden = hide_secondary([counts], primary, sums, LEAST)
    assert not (primary & ~hidden).any()
    assert not (determined(hidden[0], sums) & (counts[0] > 0)).any()
    for total, parts in sums:
        own = [part for part in parts if hidden[0, part]]
        if own and not hidden[0, total]:
            assert counts[0, own].sum() >= LEAST, "the sum of the hidden parts is itself small, and known"


def test_two_of_one_person_are_not_told_by_their_sum():
    counts, sums = np.array([[52.0, 1.0, 1.0, 50.0]]), [(0, (1, 2, 3))]
    hidden = hide_secondary([counts], _primary(counts), sums, LEAST)
    assert hidden.tolist() == [[False, True, True, True]]


def test_those_without_it_are_counted_as_well():
    """Nine of ten, and 40 of 80: the one without it must not be had from the total."""
    counts, without = np.array([[49.0, 9.0, 40.0]]), np.array([[41.0, 1.0, 40.0]])
    hidden = hide_secondary([counts, without], _primary(counts) | _primary(without), [(0, (1, 2))], LEAST)
    assert hidden.tolist() == [[False, True, True]]


def test_where_nothing_else_can_be_hidden_the_total_is():
    counts = np.array([[7.0, 7.0, 0.0]])
    assert hide_secondary([counts], np.array([[False, True, False]]), [(0, (1, 2))], LEAST).tolist() == [
        [True, True, False]
    ]


def test_tables_without_small_numbers_are_left_as_they_are():
    counts, sums = _tree([30, 40, 50, 60, 70, 80, 90, 20], networks=4, boroughs=2)
    assert not hide_secondary([counts], _primary(counts), sums, LEAST).any()


@pytest.mark.parametrize("tables", [1, 3])
def test_each_table_is_taken_by_itself(tables):
    counts = np.array([[100.0, 30.0, 70.0], [34.0, 4.0, 30.0], [5.0, 5.0, 0.0]])[:tables]
    hidden = hide_secondary([counts], _primary(counts), [(0, (1, 2))], LEAST)
    expected = [[False, False, False], [False, True, True], [True, True, False]]
    assert hidden.tolist() == expected[:tables]
