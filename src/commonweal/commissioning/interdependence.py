"""Which programmes rest on each other: by an intention that depends on another's, or by one target that both work for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from commonweal.commissioning.intentions import Intention


@dataclass(frozen=True)
class Join:
    """Two programmes, in the order of their names; how many dependencies are stated between them, and targets shared."""

    first: str
    second: str
    dependencies: int
    shared_targets: int

    @property
    def strength(self) -> int:
        """Every tie between the two."""
        return self.dependencies + self.shared_targets


def joins(intentions: Sequence[Intention]) -> list[Join]:
    """Every pair of programmes with a tie, the strongest first. What stays within one programme joins nothing."""
    programme = {row.id: row.programme for row in intentions}
    stated: Counter[tuple[str, str]] = Counter()
    working: dict[str, set[str]] = {}
    for row in intentions:
        for other in row.depends_on:
            if programme.get(other, row.programme) != row.programme:
                stated[_pair(row.programme, programme[other])] += 1
        for target in row.target_ids:
            working.setdefault(target, set()).add(row.programme)
    shared = Counter(pair for names in working.values() for pair in combinations(sorted(names), 2))
    made = [Join(*pair, stated[pair], shared[pair]) for pair in sorted({*stated, *shared})]
    return sorted(made, key=lambda one: (-one.strength, one.first, one.second))


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
