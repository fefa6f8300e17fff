"""The one door for numbers, against the published method's own wording and worked cases."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.governance.disclosure import (
    HES,
    INTERNAL,
    PROFILES,
    SDE,
    count_sql,
    show_count,
    show_group,
    show_mean,
    show_rate,
)

counts = st.integers(min_value=0, max_value=3_000_000)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (102, "100"), (103, "105"), (2412, "2,410")],
)
def test_hes_shows_zero_hides_one_to_seven_and_rounds_the_rest_to_five(count, text):
    assert show_count(count, HES).text == text


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (9, "*"), (10, "10"), (11, "11")])
def test_a_secure_environment_hides_under_ten_and_does_not_round(count, text):
    assert show_count(count, SDE).text == text


def test_totals_are_added_before_rounding_so_they_need_not_sum():
    shown, total = show_group({"a": 12, "b": 12, "c": 12}, HES)
    assert [cell.value for cell in shown.values()] == [10, 10, 10]
    assert total.value == 35


def test_a_rate_uses_the_counts_as_shown():
    assert show_rate(12, 103, HES, per=100).value == pytest.approx(100 * 10 / 105)
    assert show_rate(5, 103, HES).hidden
    assert show_rate(0, 100, HES).value == 0
    assert show_rate(8, 0, HES).hidden


def test_a_rate_that_would_give_a_small_remainder_is_hidden():
    assert show_rate(98, 100, SDE).hidden, "two people are not in it, and the rate would say so"


@pytest.mark.parametrize(("people", "hidden"), [(0, True), (1, True), (7, True), (8, False)])
def test_a_mean_is_shown_from_eight_people(people, hidden):
    assert show_mean(41.5, people, HES).hidden is hidden


def test_without_rounding_one_hidden_cell_takes_a_second_with_it():
    shown, total = show_group({"a": 4, "b": 40, "c": 25}, SDE)
    assert {cell for cell, value in shown.items() if value.hidden} == {"a", "c"}
    assert total.value == 69


def test_without_rounding_a_total_that_gives_its_only_cell_away_is_hidden():
    shown, total = show_group({"a": 4, "b": 0}, SDE)
    assert shown["b"].value == 0
    assert total.hidden


@given(st.dictionaries(st.integers(0, 9), counts, min_size=1), st.sampled_from(list(PROFILES.values())))
def test_no_shown_number_is_a_small_count(cells, profile):
    shown, total = show_group(cells, profile)
    for value in (*shown.values(), total):
        assert value.value is None or value.value == 0 or value.value >= profile.suppress_below
        assert value.value is None or value.value % profile.round_to == 0


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 60), min_size=1))
def test_what_is_hidden_cannot_be_had_from_an_unrounded_total(cells):
    shown, total = show_group(cells, SDE)
    hidden = [cells[cell] for cell, value in shown.items() if value.hidden]
    if hidden and not total.hidden:
        rest = total.value - sum(value.value for value in shown.values() if not value.hidden)
        assert rest >= SDE.suppress_below
        assert len(hidden) > 1


@given(counts, st.sampled_from(list(PROFILES.values())))
def test_rounding_is_to_the_nearest_and_sql_agrees(count, profile):
    shown = show_count(count, profile)
    assert shown.value is None or abs(shown.value - count) * 2 <= profile.round_to
    found = duckdb.execute(f"SELECT {count_sql('n', profile)} FROM (SELECT {count}::BIGINT AS n)").fetchone()
    assert found == (shown.value,)


def test_direct_care_hides_nothing():
    assert [show_count(count, INTERNAL).value for count in range(12)] == list(range(12))


def test_a_negative_count_is_a_mistake():
    with pytest.raises(ValueError, match="negative"):
        show_count(-1, HES)
