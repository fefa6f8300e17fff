"""The decision tree and evidence grid under the 2013 Regulations: 38 items of West London CCG's toolkit.

The tree asks, in order: is there one capable provider (A)? is one the most capable (B)? do the costs of a tender outweigh what
competing brings (C)? If none is proved, open up to competition. A "yes" stands only when every item of its evidence is there.
The general duties (G) apply whatever the route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from commonweal.commissioning import sources


class Route(StrEnum):
    """How the decision tree of the 2013 Regulations can end."""

    SOLE_PROVIDER = "sole provider"
    MOST_CAPABLE = "most capable provider"
    COST_OUTWEIGHS = "cost of tender outweighs"
    COMPETITION = "competition"
    UNDECIDED = "not decided"


@dataclass(frozen=True)
class Answer:
    """An answer to one item: whether it holds (None: not answered), where the evidence is, and who answered."""

    holds: bool | None
    evidence: str = ""
    by: str = ""


@dataclass(frozen=True)
class Missing:
    """An item that still needs an answer or evidence."""

    item_id: str
    consideration: str
    needs: str


@dataclass(frozen=True)
class Walk:
    """Where the tree leads. `path` is what was asked and answered, in order; `missing` stops a decision."""

    route: Route
    path: tuple[tuple[str, str], ...]
    missing: tuple[Missing, ...]
    legal_advice: tuple[str, ...]


_QUESTIONS = (
    ("A", "pg-01", Route.SOLE_PROVIDER),
    ("B", "pg-02", Route.MOST_CAPABLE),
    ("C", "pg-03", Route.COST_OUTWEIGHS),
)
_ADVICE = {
    Route.SOLE_PROVIDER: "A single-provider award under regulation 5 is open to challenge: take advice before the notice.",
    Route.COST_OUTWEIGHS: "An award without competition on grounds of cost is open to challenge: take advice.",
}


def items(node: str) -> tuple[sources.GridItem, ...]:
    """The grid's items of one node, in order. Guidance lines explain and need no answer."""
    return tuple(item for item in sources.decision_grid() if item.node == node)


def to_answer(node: str) -> tuple[sources.GridItem, ...]:
    """The items of a node that need an answer with evidence."""
    return tuple(item for item in items(node) if item.item != "guidance")


def _missing(node: str, answers: Mapping[str, Answer]) -> list[Missing]:
    found = []
    for item in to_answer(node):
        answer = answers.get(item.id, Answer(None))
        if answer.holds is None:
            found.append(Missing(item.id, item.consideration, "an answer"))
        elif answer.holds and not answer.evidence.strip():
            found.append(Missing(item.id, item.consideration, item.evidence or "evidence"))
        elif not answer.holds:
            found.append(Missing(item.id, item.consideration, "this does not hold, so the route cannot stand on it"))
    return found


def walk(answers: Mapping[str, Answer]) -> Walk:
    """Follow the tree with the answers so far, keyed by item id (``pg-01`` to ``pg-38``)."""
    path: list[tuple[str, str]] = []
    tree = {item.id: item for item in items("T")}
    for node, question, route in _QUESTIONS:
        answer = answers.get(question, Answer(None))
        asked = tree[question].consideration
        if answer.holds is None:
            path.append((asked, "not answered"))
            return Walk(Route.UNDECIDED, tuple(path), (Missing(question, asked, "an answer"),), ())
        path.append((asked, "yes" if answer.holds else "no"))
        if answer.holds:
            missing = _missing(node, answers) + _missing("G", answers)
            advice = tuple(text for text in (_ADVICE.get(route),) if text)
            return Walk(route, tuple(path), tuple(missing), advice)
    path.append((tree["pg-04"].action, "so: open up to competition"))
    return Walk(Route.COMPETITION, tuple(path), tuple(_missing("G", answers)), ())


def may_decide(found: Walk) -> bool:
    """Whether a route is reached and nothing is missing."""
    return found.route is not Route.UNDECIDED and not found.missing


@dataclass(frozen=True)
class Waiver:
    """A tender waiver under Standing Financial Instructions, for an award without quotations (item ``waiver``)."""

    reason: str
    value_pence: int
    approved_by: str
    reported_to: str

    def missing(self) -> tuple[str, ...]:
        return tuple(
            name.replace("_", " ")
            for name in ("reason", "approved_by", "reported_to")
            if not getattr(self, name).strip()
        )
