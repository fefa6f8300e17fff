"""A memory of answers that cannot grow: what a release says never changes, and there is no end of what may be asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """Answers by question, the longest unused let go first, so that their weights add up to `most` at the most.

    A count of answers would bound nothing: one may be a number and the next a thousand rows.
    """

    def __init__(self, most: int, weigh: Callable[[T], int]) -> None:
        self.most, self._weigh = most, weigh
        self._held: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.weight = 0

    def get(self, question: Hashable, make: Callable[[], T]) -> T:
        """What is held, or what `make` gives. Two threads that ask at once may both make it; one of the two is kept."""
        with self._lock:
            if question in self._held:
                self._held.move_to_end(question)
                return self._held[question][0]
        made = make()
        self.put(question, made)
        return made

    def put(self, question: Hashable, answer: T) -> None:
        """Hold an answer, in place of any that was held. One that is heavier than everything together is not held."""
        weight = max(1, self._weigh(answer))
        with self._lock:
            before = self._held.pop(question, None)
            self.weight -= before[1] if before else 0
            if weight > self.most:
                return
            self._held[question] = (answer, weight)
            self.weight += weight
            while self.weight > self.most:
                _, (_, freed) = self._held.popitem(last=False)
                self.weight -= freed

    def __contains__(self, question: Hashable) -> bool:
        with self._lock:
            return question in self._held

    def __len__(self) -> int:
        with self._lock:
            return len(self._held)

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._held.clear()
            self.weight = 0
