"""Who holds what when organisations merge."""

from datetime import date

import pytest

from commonweal.commissioning.succession import Held, Merger, check, holder, holders, line
from commonweal.errors import BadInput

A_TO_B = Merger("A", "Alpha", "B", "Beta", date(2026, 10, 1))
B_TO_C = Merger("B", "Beta", "C", "Gamma", date(2028, 2, 29))


def test_a_contract_passes_to_its_successor_on_the_day():
    assert holder("A", "Alpha", date(2026, 9, 30), [A_TO_B]) == ("A", "Alpha")
    assert holder("A", "Alpha", date(2026, 10, 1), [A_TO_B]) == ("B", "Beta")
    assert holder("A", "Alpha", date(2028, 3, 1), [A_TO_B, B_TO_C]) == ("C", "Gamma")


def test_a_merger_in_the_middle_of_a_contract_splits_it():
    found = holders("A", "Alpha", date(2026, 4, 1), date(2029, 3, 31), [A_TO_B, B_TO_C])
    assert found == (
        Held("A", "Alpha", date(2026, 4, 1), date(2026, 9, 30)),
        Held("B", "Beta", date(2026, 10, 1), date(2028, 2, 28)),
        Held("C", "Gamma", date(2028, 2, 29), date(2029, 3, 31)),
    )


def test_what_ended_before_the_merger_stays_with_the_old_body():
    old = holders("A", "Alpha", date(2025, 4, 1), date(2026, 3, 31), [A_TO_B])
    assert old == (Held("A", "Alpha", date(2025, 4, 1), date(2026, 3, 31)),)


def test_what_begins_after_the_merger_is_the_successors_from_the_start():
    assert holders("A", "Alpha", date(2027, 4, 1), None, [A_TO_B]) == (Held("B", "Beta", date(2027, 4, 1), None),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A", "A", "into itself"),
        ("C", "A", "into itself"),
        ("A", "C", "merged already"),
        ("", "C", "both codes"),
        ("D/E", "C", "organisation code"),
    ],
)
def test_a_merger_that_cannot_be_is_refused(old, new, words):
    with pytest.raises(BadInput, match=words):
        check(Merger(old, "x", new, "y", date(2027, 1, 1)), [A_TO_B, B_TO_C])


def test_the_line_of_successors():
    assert line("A", [A_TO_B, B_TO_C]) == ("B", "C")
    assert line("C", [A_TO_B, B_TO_C]) == ()
