"""What a process keeps of a release cannot grow without end."""

import threading

from commonweal.web.core.bounded import Bounded


def test_the_longest_unused_go_so_that_the_weights_stay_below_the_limit():
    held = Bounded(10, len)
    for name in "abcd":
        held.get(name, lambda: "xxx")
    assert held.weight == 9 and len(held) == 3 and "a" not in held
    assert held.get("b", lambda: "other") == "xxx"  # used now, so that the next to go is c
    held.get("e", lambda: "xxx")
    assert "b" in held and "c" not in held


def test_what_is_heavier_than_everything_is_answered_and_not_kept():
    held = Bounded(10, len)
    held.get("light", lambda: "xx")
    assert held.get("heavy", lambda: "x" * 11) == "x" * 11
    assert "heavy" not in held and "light" in held


def test_an_answer_in_place_of_another_counts_once_and_nothing_weighs_nothing():
    held = Bounded(10, len)
    for size in (4, 6, 2):
        held.put("one", "x" * size)
        assert held.weight == size
    held.put("empty", "")
    assert held.weight == 3


def test_many_threads_get_what_they_asked_for():
    held, wrong = Bounded(50, len), []

    def ask(start: int) -> None:
        for number in range(start, start + 400):
            if held.get(number % 37, lambda number=number: str(number % 37) * 3) != str(number % 37) * 3:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(one * 5,)) for one in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not wrong and held.weight <= 50
