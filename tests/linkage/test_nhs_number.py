"""The check digit against the Data Dictionary's rule, in Python and in SQL."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.nhs_number import check_digit, is_valid, normalise, normalise_sql, shown, valid_sql


def test_the_published_example():
    # 9·10 + 4·9 + 3·8 + 4·7 + 7·6 + 6·5 + 5·4 + 9·3 + 1·2 = 299; 299 mod 11 = 2; 11 − 2 = 9
    assert check_digit("943476591") == 9
    assert is_valid("9434765919")
    assert shown("9434765919") == "943 476 5919"


@pytest.mark.parametrize(
    "wrong",
    ["9434765918", "943476591", "94347659190", "943 476 5919", "", None, "943476591X", "٩٤٣٤٧٦٥٩١٩", "0000000000"],
)
def test_what_is_not_a_number(wrong):
    assert not is_valid(wrong)


def test_a_remainder_of_one_is_never_issued():
    # 1·10 + 2·1 = 12 with zeros between: 12 mod 11 = 1, so the check digit would be 10
    assert check_digit("100000001") is None
    assert not any(is_valid(f"100000001{digit}") for digit in range(10))


def test_spaces_and_hyphens_go():
    assert normalise(" 943-476 5919 ") == "9434765919"
    assert normalise(" - ") is None


@settings(deadline=None)  # how long it takes is the machine's business
@given(
    st.lists(st.one_of(st.text("0123456789", min_size=10, max_size=10), st.text(max_size=14)), min_size=1, max_size=40)
)
def test_sql_and_python_agree(texts):
    texts = [text.replace("\x00", "") for text in texts]
    found = duckdb.execute(
        f"SELECT {normalise_sql('t')}, {valid_sql(normalise_sql('t'))} FROM unnest($1::VARCHAR[]) AS u(t)", [texts]
    ).fetchall()
    assert [valid for _, valid in found] == [is_valid(number) for number, _ in found]


@settings(deadline=None)  # how long it takes is the machine's business
@given(st.integers(0, 999_999_999))
def test_changing_one_digit_of_a_valid_number_makes_it_invalid(first):
    nine = f"{first:09d}"
    check = check_digit(nine)
    if check is None or len({*nine, str(check)}) == 1:
        return
    number = nine + str(check)
    assert is_valid(number)
    for place in range(10):
        other = str((int(number[place]) + 1) % 10)
        assert not is_valid(number[:place] + other + number[place + 1 :])
