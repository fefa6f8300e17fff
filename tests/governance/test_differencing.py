"""The differencing attack by name, and what the ledger answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.governance.differencing import QueryLedger
from commonweal.governance.disclosure import HES, INTERNAL, SDE, show_count

PRACTICE = np.arange(5000)


@pytest.fixture
def ledger(tmp_path):
    return QueryLedger(tmp_path / "ledger.sqlite")


def ask(ledger, people, who="ann", population="release-1", profile=HES):
    return ledger.answer(who, population, {"cell": np.asarray(people)}, profile)["cell"].text


@pytest.mark.parametrize("has_condition", [True, False])
@pytest.mark.parametrize("size", [6, 7, 8, 52, 53, 107, 108])
def test_leaving_one_person_out_reads_the_same_whether_they_have_the_condition_or_not(tmp_path, has_condition, size):
    """Everyone with the condition; then the same without one known person. The two answers must not tell."""
    target = 4999
    others = PRACTICE[: size - 1]
    everyone = np.append(others, target) if has_condition else PRACTICE[:size]
    without = np.setdiff1d(everyone, [target])
    ledger = QueryLedger(tmp_path / "ledger.sqlite")
    assert ask(ledger, everyone) == ask(ledger, without)


def test_without_the_ledger_the_same_two_questions_do_tell():
    assert show_count(108, HES).text != show_count(107, HES).text


def test_adding_one_person_to_a_hidden_cell_does_not_bring_it_to_light(ledger):
    assert ask(ledger, PRACTICE[:7]) == "*"
    assert ask(ledger, PRACTICE[:8]) == "*"


def test_a_whole_minus_its_other_parts_does_not_give_the_last_part(ledger):
    """Total 305, parts 100 and 200: the remainder of 5 is what the attacker wants."""
    first, second, small = PRACTICE[:100], PRACTICE[100:300], PRACTICE[300:305]
    assert ask(ledger, first) == "100"
    assert ask(ledger, second) == "200"
    assert ask(ledger, np.concatenate([first, second, small])) == "300"


def test_the_same_attack_in_the_other_order(ledger):
    first, second, small = PRACTICE[:100], PRACTICE[100:300], PRACTICE[300:305]
    assert ask(ledger, np.concatenate([first, second, small])) == "305"
    assert ask(ledger, first) == "100"
    assert ask(ledger, second) == "205", "the last part takes up the remainder, so that nothing is left over"


def test_a_difference_large_enough_to_publish_is_answered(ledger):
    assert ask(ledger, PRACTICE[:100]) == "100"
    assert ask(ledger, PRACTICE[:120]) == "120"


def test_zero_is_hidden_because_a_filter_can_select_one_person(ledger):
    assert ask(ledger, []) == "*"
    assert ask(ledger, [17]) == "*"


def test_askers_and_populations_are_kept_apart(ledger):
    assert ask(ledger, PRACTICE[:108]) == "110"
    assert ask(ledger, PRACTICE[:107], who="bob") == "105"
    assert ask(ledger, PRACTICE[:107], population="release-2") == "105"
    assert ask(ledger, PRACTICE[:107]) == "110"


def test_a_profile_that_hides_nothing_is_exact(ledger):
    assert ask(ledger, PRACTICE[:3], profile=INTERNAL) == "3"


def test_the_ledger_is_readable_by_its_owner_only(ledger):
    ask(ledger, PRACTICE[:50])
    assert ledger.path.stat().st_mode & 0o077 == 0


@settings(max_examples=80, deadline=None)
@given(
    st.sets(st.integers(0, 400), min_size=1, max_size=400),
    st.integers(0, 400),
    st.booleans(),
    st.sampled_from([HES, SDE]),
)
def test_with_or_without_the_target_reads_the_same_in_either_order(tmp_path_factory, people, target, first, profile):
    ledger = QueryLedger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    cells = [sorted(people), sorted(people - {target})]
    answers = [ask(ledger, cell, profile=profile) for cell in (cells if first else cells[::-1])]
    assert answers[0] == answers[1]
