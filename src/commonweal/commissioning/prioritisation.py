"""Which intentions first: a scoring anyone can check by hand.

Six criteria, each scored 0 to 4 with a reason; weights belong to a named person or group and sum to 100; the score is the
weighted share of the most that could be had. Sensitivity shows whether the order holds when weights move. The score does not
decide: people do, and the decision is recorded with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from commonweal.errors import BadInput

CRITERIA = {
    "need": "How many people, and how badly off they are now",
    "effect": "How much better off they will be",
    "evidence": "How sure we are of that effect",
    "cost": "What it costs for what it gives (4 is the best value)",
    "equity": "Whether it narrows unfair differences",
    "feasibility": "Whether it can be done in the time, with the people and the estate",
}
HIGHEST = 4


@dataclass(frozen=True)
class Weights:
    """Weights of the six criteria (whole points, sum 100), who set them and when."""

    name: str
    owner: str
    agreed_on: date
    points: Mapping[str, int]

    def __post_init__(self) -> None:
        if set(self.points) != set(CRITERIA):
            raise BadInput(
                "weights must cover the six criteria",
                where=self.name,
                value=sorted(self.points),
                remedy=", ".join(CRITERIA),
            )
        if sum(self.points.values()) != 100 or min(self.points.values()) < 0:
            raise BadInput("weights must sum to 100, none below 0", where=self.name, value=dict(self.points))
        if not self.owner.strip():
            raise BadInput("weights need an owner", where=self.name, remedy="name the person or group who set them")


@dataclass(frozen=True)
class Scored:
    """The scores of one candidate, 0 to 4 for each criterion, each with its reason."""

    id: str
    title: str
    scores: Mapping[str, int]
    reasons: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in CRITERIA:
            if not 0 <= self.scores.get(name, -1) <= HIGHEST:
                raise BadInput(f"{name} needs a score from 0 to {HIGHEST}", where=self.id, value=self.scores.get(name))
            if not self.reasons.get(name, "").strip():
                raise BadInput(f"{name} needs a reason for its score", where=self.id)


@dataclass(frozen=True)
class Ranked:
    """One candidate in order. `score` out of 100 to one decimal; `parts` are the points each criterion gave."""

    rank: int
    id: str
    title: str
    score: Decimal
    parts: Mapping[str, Decimal]


def rank(candidates: Sequence[Scored], weights: Weights) -> list[Ranked]:
    """Best first. Equal scores share a rank and stand in order of reference."""
    made = []
    for found in candidates:
        parts = {name: Decimal(weights.points[name] * found.scores[name]) / HIGHEST for name in CRITERIA}
        made.append((sum(parts.values(), Decimal(0)), found, parts))
    made.sort(key=lambda row: (-row[0], row[1].id))
    ranked: list[Ranked] = []
    for position, (total, found, parts) in enumerate(made, start=1):
        tied = position > 1 and made[position - 2][0] == total
        place = ranked[-1].rank if tied else position
        score = total.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        ranked.append(Ranked(place, found.id, found.title, score, parts))
    return ranked


@dataclass(frozen=True)
class Sensitivity:
    """How one candidate's rank moves when each criterion is doubled in turn, and over many random weights."""

    id: str
    rank: int
    best: int
    worst: int
    top_share: float


def sensitivity(
    candidates: Sequence[Scored], weights: Weights, *, draws: int = 2000, seed: int = 20231
) -> list[Sensitivity]:
    """Rank under the agreed weights; best and worst when one criterion counts double or nothing; share of random weights
    (uniform over all that sum to 100) in which it stays in the top third. Deterministic for a seed."""
    if not candidates:
        return []
    names = list(CRITERIA)
    scores = np.array([[found.scores[name] for name in names] for found in candidates], dtype=float)
    base = np.array([weights.points[name] for name in names], dtype=float)
    trials = [base]
    for index in range(len(names)):
        for factor in (0.0, 2.0):
            moved = base.copy()
            moved[index] *= factor
            if moved.sum() > 0:
                trials.append(moved / moved.sum() * 100)
    ranks = _ranks(scores @ np.array(trials).T)
    random = np.random.default_rng(seed).dirichlet(np.ones(len(names)), size=draws)
    top = max(1, round(len(candidates) / 3))
    share = (_ranks(scores @ random.T) <= top).mean(axis=1)
    return [
        Sensitivity(found.id, int(ranks[i, 0]), int(ranks[i].min()), int(ranks[i].max()), round(float(share[i]), 3))
        for i, found in enumerate(candidates)
    ]


def _ranks(totals: np.ndarray) -> np.ndarray:
    """Rank within each column, 1 the highest; ties share the better rank. Shape (candidates, trials) in and out."""
    rounded = np.round(totals, 9)
    return (rounded[None, :, :] > rounded[:, None, :]).sum(axis=1) + 1


@dataclass(frozen=True)
class PriorityDecision:
    """What was decided, by whom, on which scores and weights; a decision against the order needs its reason."""

    intention_id: str
    decision: str
    decided_by: str
    decided_on: date
    rank: int
    score: Decimal
    weights: str
    reason: str


def check_decision(decision: PriorityDecision, ranked: Sequence[Ranked], funded: frozenset[str]) -> None:
    """A decision to fund what ranks below something not funded, or to pass over what ranks above, must say why."""
    own = next((row for row in ranked if row.id == decision.intention_id), None)
    if own is None:
        raise BadInput("this intention was not scored", where=decision.intention_id, remedy="score it first")
    above_unfunded = [row.id for row in ranked if row.rank < own.rank and row.id not in funded]
    below_funded = [row.id for row in ranked if row.rank > own.rank and row.id in funded]
    against = above_unfunded if decision.decision == "fund" else below_funded
    if against and not decision.reason.strip():
        raise BadInput(
            "this decision goes against the order of scores",
            where=decision.intention_id,
            value=", ".join(against),
            remedy="give the reason; it is published with the decision",
        )
