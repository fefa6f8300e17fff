"""Providers scored against the five key criteria, with reasons, and what the scores do and do not settle.

Scores run from 0 to 100 on each criterion and are weighed by `check_criteria`'s percentages. The highest total is not by itself
the decision: where another provider is chosen, or two cannot be told apart, that is shown and marked for legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from commonweal.commissioning.procurement.provider_selection import KEY_CRITERIA, Route
from commonweal.errors import BadInput

HIGHEST = 100
SCORED_ROUTES = frozenset({Route.MOST_SUITABLE, Route.COMPETITIVE})
"""Processes that compare providers, so that the record must hold how each one scored."""


@dataclass(frozen=True)
class ScoredProvider:
    """One provider's score on each key criterion, each with its reason and who gave it."""

    provider: str
    scores: Mapping[str, int]
    reasons: Mapping[str, str]
    by: str = ""


@dataclass(frozen=True)
class Standing:
    """One provider in the order: `total` is out of 100; `lead` is how far it is ahead of the next, None for the last."""

    provider: str
    total: Decimal
    rank: int
    lead: Decimal | None


def check_scored(scored: ScoredProvider) -> None:
    """Refuse a score that is missing, out of its range or without its reason."""
    if not scored.provider.strip():
        raise BadInput("name the provider that was scored")
    for key, words in KEY_CRITERIA.items():
        given = scored.scores.get(key)
        if given is None or not 0 <= given <= HIGHEST:
            raise BadInput(f"score “{words}” from 0 to {HIGHEST}", where=scored.provider, value=given)
        if not scored.reasons.get(key, "").strip():
            raise BadInput(f"give the reason for the score of “{words}”", where=scored.provider)
    strange = sorted(set(scored.scores) - set(KEY_CRITERIA))
    if strange:
        raise BadInput("this is not a key criterion", where=scored.provider, value=", ".join(strange))


def standings(scored: Sequence[ScoredProvider], weights: Mapping[str, int]) -> list[Standing]:
    """Providers by weighted total, best first; equal totals share a rank, in order of name. Empty until weights exist."""
    if set(weights) != set(KEY_CRITERIA):
        return []
    totals = sorted(
        ((one.provider, _total(one, weights)) for one in scored), key=lambda pair: (-pair[1], pair[0].lower())
    )
    made = []
    for place, (provider, total) in enumerate(totals):
        rank = 1 + sum(other > total for _, other in totals)
        lead = total - totals[place + 1][1] if place + 1 < len(totals) else None
        made.append(Standing(provider, total, rank, lead))
    return made


def _total(one: ScoredProvider, weights: Mapping[str, int]) -> Decimal:
    exact = sum((Decimal(weights[key] * one.scores[key]) for key in KEY_CRITERIA), Decimal(0)) / 100
    return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def missing(route: str, chosen: str, scored: Sequence[ScoredProvider], weights: Mapping[str, int]) -> tuple[str, ...]:
    """What a process that compares providers still needs before its award, in words; nothing for other processes."""
    if route not in SCORED_ROUTES:
        return ()
    found = []
    if set(weights) != set(KEY_CRITERIA):
        found.append("weights of the five key criteria")
    if not scored:
        found.append("the scores of the providers that were considered")
    elif chosen.strip() and chosen not in {one.provider for one in scored}:
        found.append(f"the scores of {chosen}, the provider chosen")
    return tuple(found)


def advice(chosen: str, order: Sequence[Standing]) -> tuple[str, ...]:
    """What a lawyer must see about the order: another provider chosen, or a tie at the top."""
    first = [one for one in order if one.rank == 1]
    found = []
    if len(first) > 1:
        names = " and ".join(one.provider for one in first)
        found.append(f"{names} have the same total: the record must say how the choice between them was made.")
    if chosen.strip() and first and chosen not in {one.provider for one in first}:
        found.append(
            f"{chosen} is chosen and {first[0].provider} scored higher: the reason must be on record before the award."
        )
    return tuple(found)
