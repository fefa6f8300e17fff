"""Targets that cannot all be right: the same ambition with another date, another level, or asked twice in different force.

Two targets are about the same thing when their data domain agrees and the words of indicator and population are near (cosine
of TF-IDF over parts of words). Not conflicts: a level that rises with later years (a trajectory), the lines of one document's own
list (16 hours in A&E, 24 in critical care), amounts of money for different years, urgent beside routine, adults beside children,
or areas that do not overlap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scipy import sparse

from commonweal.commissioning.targets import Target

SAME_LEVEL = 0.27
"""Nearness that suffices when statistic, direction and level already agree."""
OTHER_LEVEL = 0.6
"""Nearness needed when the level differs."""


COMMON_LEVEL = Decimal(100)
"""So many targets say 100% that the level alone shows no kinship."""
_OPPOSED = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("urgent", "routine"),
        ("lower low", "upper high"),
        ("gross", "net"),
        ("adult adults", "cyp children young"),
    )
)
_AREAS = {"swl-2016-17": "South West London"}
"""The other documents plan for North West London or parts of it."""


@dataclass(frozen=True)
class Conflict:
    """Two targets about one thing that disagree, and how."""

    first: Target
    second: Target
    kind: str
    words: str
    likeness: float


def conflicts(targets: Sequence[Target]) -> list[Conflict]:
    """Every conflicting pair, the most alike first."""
    if len(targets) < 2:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer  # every command and worker would wait for it

    texts = [f"{target.indicator} {target.population}" for target in targets]
    vectors = sparse.csr_matrix(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    )
    near = sparse.triu(vectors @ vectors.T, k=1).tocoo()
    found = []
    for i, j, score in zip(near.row.tolist(), near.col.tolist(), near.data.tolist(), strict=True):
        if score < SAME_LEVEL:
            continue
        conflict = _compare(targets[i], targets[j], float(score))
        if conflict is not None:
            found.append(conflict)
    return sorted(found, key=lambda conflict: (-round(conflict.likeness, 9), conflict.first.id, conflict.second.id))


def _same_scope(first: Target, second: Target) -> bool:
    """Same data, overlapping areas, and neither opposed words nor different numbers in their names."""
    if first.data_domain != second.data_domain or _AREAS.get(first.source) != _AREAS.get(second.source):
        return False
    if first.population.startswith(("England:", "London:")) != second.population.startswith(("England:", "London:")):
        return False
    one, other = _words(first), _words(second)
    if any((one & a and other & b) or (one & b and other & a) for a, b in _OPPOSED):
        return False
    numbers_one, numbers_other = ({word for word in words if word.isdigit()} for words in (one, other))
    return not (numbers_one and numbers_other) or numbers_one == numbers_other


def _words(target: Target) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|\d+", f"{target.indicator} {target.population}".lower()))


def _compare(first: Target, second: Target, score: float) -> Conflict | None:
    if not _same_scope(first, second):
        return None
    if first.value is None or second.value is None:
        return _compare_force(first, second, score)
    if first.statistic != second.statistic or first.direction != second.direction:
        return None
    if first.value == second.value:
        common = first.statistic == "percent" and first.value == COMMON_LEVEL
        if first.due == second.due or first.statistic == "gbp" or (common and score < OTHER_LEVEL):
            return None
        words = f"the same level ({first.value}) is due {_due(first)} and {_due(second)}"
        return Conflict(first, second, "due date", words, round(score, 3))
    if score < OTHER_LEVEL or (first.source == second.source and score < 0.999):
        return None
    return _compare_levels(first, second, score)


def _compare_levels(first: Target, second: Target, score: float) -> Conflict | None:
    assert first.value is not None and second.value is not None
    one, other = first.due_date, second.due_date
    if one == other:
        words = f"{first.value} and {second.value}, both due {_due(first)}"
        return Conflict(first, second, "level", words, round(score, 3))
    if one is None or other is None or first.statistic == "gbp":
        return None
    earlier, later = (first, second) if one < other else (second, first)
    assert earlier.value is not None and later.value is not None
    if first.polarity == "exact" or (later.value > earlier.value) == (first.polarity == "higher"):
        return None
    words = f"{earlier.value} by {_due(earlier)}, then the easier {later.value} by {_due(later)}"
    return Conflict(first, second, "steps back", words, round(score, 3))


def _compare_force(first: Target, second: Target, score: float) -> Conflict | None:
    """A milestone to agree a way to something against a demand for the whole of it by the same date."""
    milestone, demand = (first, second) if first.value is None else (second, first)
    if demand.value is None or score < OTHER_LEVEL:
        return None
    agrees = re.search(r"\b(agree|trajectory|plan)", milestone.indicator, re.IGNORECASE)
    whole = demand.statistic == "percent" and demand.value == COMMON_LEVEL
    if not (agrees and whole and milestone.due_date == demand.due_date and milestone.due_date is not None):
        return None
    words = f"“{milestone.indicator}” against “{demand.indicator}”, both by {_due(demand)}"
    return Conflict(first, second, "force", words, round(score, 3))


def _due(target: Target) -> str:
    return target.due or "with no date"
