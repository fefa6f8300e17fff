"""The Provider Selection Regime 2023: which of five routes, what it must weigh, and what it may not do.

The order of the questions is the regime's own. An unanswered question stops the walk and is the next to ask. The engine advises;
the decision and its reasons are people's, and points on which a lawyer must look are marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commonweal.commissioning import law
from commonweal.errors import BadInput


class Route(StrEnum):
    """The routes to an award under the Health Care Services (Provider Selection Regime) Regulations 2023."""

    DIRECT_AWARD_A = "direct award A"
    DIRECT_AWARD_B = "direct award B"
    DIRECT_AWARD_C = "direct award C"
    MOST_SUITABLE = "most suitable provider"
    COMPETITIVE = "competitive"
    URGENT = "urgent award"

    @property
    def label(self) -> str:
        return {
            Route.DIRECT_AWARD_A: "Direct award process A",
            Route.DIRECT_AWARD_B: "Direct award process B",
            Route.DIRECT_AWARD_C: "Direct award process C",
            Route.MOST_SUITABLE: "Most suitable provider process",
            Route.COMPETITIVE: "Competitive process",
            Route.URGENT: "Urgent award or modification",
        }[self]


FIVE_ROUTES = tuple(route for route in Route if route is not Route.URGENT)


@dataclass(frozen=True)
class Question:
    """One question of the walk, with its regulation and what "yes" means for the route."""

    key: str
    text: str
    regulation: str
    help: str = ""


QUESTIONS = {
    question.key: question
    for question in (
        Question(
            "urgent",
            "Must the award be made urgently, for reasons the authority could not foresee?",
            "14",
            "Only for as long as is strictly needed.",
        ),
        Question("caused_by_authority", "Is the urgency of the authority's own making?", "14", "Late planning is."),
        Question("framework", "Is this the setting up of a framework agreement?", "16 to 18"),
        Question("existing_provider", "Is there an existing provider of the service?", "7 and 9"),
        Question(
            "only_capable",
            "Can only that provider deliver the service, because of its nature?",
            "7",
            "For example a trauma service that depends on others on the same site.",
        ),
        Question("patient_choice", "Do patients have a choice of provider for this service?", "8"),
        Question("number_unrestricted", "Is the number of providers not restricted?", "8"),
        Question("all_offered", "Will every provider that meets the requirements be offered a contract?", "8"),
        Question("can_express_interest", "Is there a way for providers to express an interest?", "8"),
        Question("contract_ending", "Is the existing contract ending, with a new one to replace it?", "9"),
        Question(
            "considerably_different",
            "Are the new arrangements considerably different from the old?",
            "6",
            "Of a different character, or changed by the authority past both value limits.",
        ),
        Question("incumbent_satisfying", "Is the incumbent satisfying the existing contract?", "9"),
        Question("incumbent_likely", "Is it likely to satisfy the new one to a sufficient standard?", "9"),
        Question(
            "can_identify",
            "Can the authority identify the most suitable provider without running a competition?",
            "10",
            "It must know the providers that could deliver the service.",
        ),
    )
}

KEY_CRITERIA = {
    "quality": "Quality and innovation",
    "value": "Value",
    "integration": "Integration, collaboration and service sustainability",
    "access": "Improving access, reducing health inequalities and facilitating choice",
    "social_value": "Social value",
}


@dataclass(frozen=True)
class RouteAnswer:
    """Where the walk stands. `route` is None while `ask` holds the next question.

    `must` tells a route that the law requires from one that it allows; `also_open` are the others that may be chosen instead.
    """

    route: Route | None
    must: bool
    path: tuple[tuple[str, bool], ...]
    ask: Question | None
    reason: str
    also_open: tuple[Route, ...]
    legal_advice: tuple[str, ...]


class _Asker:
    """Looks up answers and keeps the order in which they were needed."""

    def __init__(self, facts: Mapping[str, bool | None]) -> None:
        self.facts, self.path = facts, []

    def __call__(self, key: str) -> bool:
        answer = self.facts.get(key)
        if answer is None:
            raise _NotAnswered(key)
        if (key, answer) not in self.path:
            self.path.append((key, answer))
        return answer


class _NotAnswered(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def choose(facts: Mapping[str, bool | None]) -> RouteAnswer:
    """Walk the questions (keys of `QUESTIONS`) with the answers so far."""
    unknown = set(facts) - set(QUESTIONS)
    if unknown:
        raise BadInput("no such question", value=sorted(unknown), remedy="use the keys of QUESTIONS")
    ask = _Asker(facts)
    try:
        return _walk(ask)
    except _NotAnswered as stopped:
        question = QUESTIONS[stopped.key]
        return RouteAnswer(None, False, tuple(ask.path), question, "more must be known", (), ())


def _walk(ask: _Asker) -> RouteAnswer:
    def found(route: Route, must: bool, reason: str, also: tuple[Route, ...] = (), *advice: str) -> RouteAnswer:
        return RouteAnswer(route, must, tuple(ask.path), None, reason, also, advice)

    if ask("urgent") and not ask("caused_by_authority"):
        return found(
            Route.URGENT,
            False,
            "urgent and not of the authority's making: only for as long as is strictly needed; record why",
            (),
            "An urgent award is for a lawyer to see before it is made.",
        )
    framework = ask("framework")
    existing = ask("existing_provider")
    if not framework and existing and ask("only_capable"):
        return found(
            Route.DIRECT_AWARD_A, True, "only the existing provider can deliver the service, because of its nature"
        )
    if ask("patient_choice") and ask("number_unrestricted") and ask("all_offered") and ask("can_express_interest"):
        return found(
            Route.DIRECT_AWARD_B, True, "patients choose, and every provider that qualifies is offered a contract"
        )
    if framework:
        return found(Route.COMPETITIVE, True, "a framework agreement is set up by the competitive process")
    if existing and ask("contract_ending") and not ask("considerably_different") and _incumbent(ask):
        return found(
            Route.DIRECT_AWARD_C,
            False,
            "the contract is ending, the service is not considerably different, and the incumbent does well",
            (Route.MOST_SUITABLE, Route.COMPETITIVE),
        )
    if ask("can_identify"):
        return found(
            Route.MOST_SUITABLE,
            False,
            "the authority can identify the most suitable provider without a competition",
            (Route.COMPETITIVE,),
        )
    return found(Route.COMPETITIVE, True, "none of the other processes is open")


def _incumbent(ask: _Asker) -> bool:
    return ask("incumbent_satisfying") and ask("incumbent_likely")


@dataclass(frozen=True)
class Considerable:
    """Whether new arrangements are considerably different, and why. `notes` name figures that are not verified."""

    different: bool
    reason: str
    notes: tuple[str, ...]


def considerably_different(
    *, old_value_pence: int, new_value_pence: int, different_character: bool, by_authority: bool, on: date
) -> Considerable:
    """Different in character; or changed by the authority so that lifetime value rises by both limits of `data/law.json`."""
    notes = law.unverified(("considerable_change_pence", "considerable_change_percent"))
    if different_character:
        return Considerable(True, "materially different in character", ())
    rise = new_value_pence - old_value_pence
    by_value = rise >= law.figure("considerable_change_pence", on).number
    by_share = rise * 100 >= old_value_pence * law.figure("considerable_change_percent", on).number
    share = f"{rise * 100 / old_value_pence:.1f}%" if old_value_pence else "from nothing"
    words = f"lifetime value changes by £{rise / 100:,.0f} ({share})"
    if by_value and by_share and by_authority:
        return Considerable(True, f"{words}: past both limits, changed by the authority", notes)
    if by_value and by_share:
        return Considerable(False, f"{words}: past both limits, but not by the authority's choice", notes)
    return Considerable(False, f"{words}: not past both limits", notes)


def check_criteria(weights: Mapping[str, int], reasons: Mapping[str, str]) -> None:
    """All five key criteria weighed, summing to 100; one weighed at nothing needs its reason."""
    if set(weights) != set(KEY_CRITERIA) or sum(weights.values()) != 100 or min(weights.values()) < 0:
        raise BadInput(
            "the five key criteria must all be weighed and sum to 100",
            value=dict(weights),
            remedy="; ".join(KEY_CRITERIA.values()),
        )
    bare = [KEY_CRITERIA[key] for key, weight in weights.items() if weight == 0 and not reasons.get(key, "").strip()]
    if bare:
        raise BadInput("a key criterion weighed at nothing needs a reason", value="; ".join(bare))
