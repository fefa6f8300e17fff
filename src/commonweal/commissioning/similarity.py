"""Intentions that look alike, and intentions that pull against each other. Suggestions for a person, never deletions.

Likeness is the cosine of TF-IDF vectors of title and summary (words and pairs of words, English stop words left out). It is
deterministic: the same register gives the same numbers on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from commonweal.commissioning.intentions import Intention, Kind

_RISE = frozenset(
    {"increase", "expand", "extend", "grow", "raise", "more", "maximise", "widen", "open", "add", "introduce", "start"}
    | {"invest", "strengthen", "recruit"}
)
_FALL = frozenset(
    {"reduce", "cut", "decrease", "fewer", "less", "lower", "limit", "close", "stop", "end", "remove", "decommission"}
    | {"withdraw", "minimise", "shrink"}
)
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Pair:
    """Two intentions that a person should look at, with the likeness (0 to 1) and the reason in words."""

    first: Intention
    second: Intention
    likeness: float
    reason: str


def _text(intention: Intention) -> str:
    return f"{intention.title}. {intention.summary}"


def _vectors(texts: Sequence[str]) -> Any:
    if not texts:
        return sparse.csr_matrix((0, 0))
    from sklearn.feature_extraction.text import TfidfVectorizer  # every command and worker would wait for it

    vectoriser = TfidfVectorizer(
        lowercase=True,
        stop_words="english",
        ngram_range=(1, 2),
        sublinear_tf=True,
        token_pattern=r"[A-Za-z0-9&]{2,}",  # noqa: S106
    )
    try:
        return sparse.csr_matrix(vectoriser.fit_transform(texts))
    except ValueError:  # nothing but stop words: nothing is like anything
        return sparse.csr_matrix((len(texts), 1))


def likeness(texts: Sequence[str], threshold: float) -> list[tuple[int, int, float]]:
    """Pairs (i, j, cosine) with i < j at or above `threshold`, the most alike first."""
    vectors = _vectors(texts)
    if vectors.shape[0] < 2:
        return []
    product = sparse.triu(vectors @ vectors.T, k=1).tocoo()
    keep = product.data >= threshold - 1e-12
    found = zip(product.row[keep].tolist(), product.col[keep].tolist(), product.data[keep].tolist(), strict=True)
    return sorted(found, key=lambda pair: (-round(pair[2], 9), pair[0], pair[1]))


def best_matches(
    later: Sequence[Intention], earlier: Sequence[Intention], threshold: float
) -> list[tuple[int, int, float]]:
    """Pairs (index in later, index in earlier, cosine) at or above `threshold`, the most alike first."""
    if not later or not earlier:
        return []
    vectors = _vectors([_text(found) for found in (*later, *earlier)])
    product = (vectors[: len(later)] @ vectors[len(later) :].T).tocoo()
    keep = np.asarray(product.data) >= threshold
    found = zip(product.row[keep].tolist(), product.col[keep].tolist(), product.data[keep].tolist(), strict=True)
    return sorted(found, key=lambda pair: (-round(pair[2], 9), pair[0], pair[1]))


def duplicates(intentions: Sequence[Intention], threshold: float = 0.5) -> list[Pair]:
    """Intentions with nearly the same words, with what the pair seems to be."""
    return [
        Pair(intentions[i], intentions[j], round(score, 3), _what_pair(intentions[i], intentions[j]))
        for i, j, score in likeness([_text(found) for found in intentions], threshold)
    ]


def _what_pair(first: Intention, second: Intention) -> str:
    if first.source != second.source or first.year != second.year:
        return "recurs in another document or year: link as carried forward?"
    if {first.kind, second.kind} == {Kind.STRATEGIC_CHANGE, Kind.CONTRACT_CHANGE}:
        return "the strategic change and its contract change: link, keep both"
    if first.programme != second.programme:
        return "in two programmes: agree one owner"
    return "looks like a duplicate"


def _direction(title: str) -> int:
    """1 when the title asks for more, -1 for less, 0 when it says neither or both."""
    words = _WORD.findall(title.lower())
    rise, fall = any(word in _RISE for word in words), any(word in _FALL for word in words)
    return int(rise) - int(fall)


def contradictions(intentions: Sequence[Intention], threshold: float = 0.3) -> list[Pair]:
    """Pairs about the same thing of which one asks for more and the other for less, in overlapping years and place.

    The direction words are taken out before likeness is measured, so that what is compared is the subject.
    """
    directions = [_direction(found.title) for found in intentions]
    subjects = [_without_direction(found.title) for found in intentions]
    found = []
    for i, j, score in likeness(subjects, threshold):
        first, second = intentions[i], intentions[j]
        if directions[i] * directions[j] < 0 and first.source == second.source and first.year == second.year:
            more, less = (first, second) if directions[i] > 0 else (second, first)
            found.append(Pair(first, second, round(score, 3), f"“{more.title}” asks for more, “{less.title}” for less"))
    return found


def _without_direction(title: str) -> str:
    return " ".join(word for word in _WORD.findall(title.lower()) if word not in _RISE | _FALL)


def conflicting_targets(
    intentions: Iterable[Intention], conflicts: Iterable[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    """(intention, intention, reason) for intentions joined to targets that conflict (target, target, reason)."""
    by_target: dict[str, list[str]] = {}
    for intention in intentions:
        for target in intention.target_ids:
            by_target.setdefault(target, []).append(intention.id)
    return [
        (first, second, reason)
        for one, other, reason in conflicts
        for first in by_target.get(one, ())
        for second in by_target.get(other, ())
        if first != second
    ]
