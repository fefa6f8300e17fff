"""The life of an intention: states, who owns each, and the steps between them.

Every state has one owner, the role that must act next; the two ends that nobody needs to act on are owned by the register's
keeper. A step is allowed only from its own states, only to its own roles, and only when what it needs is there.
`tests/commissioning/test_workflow.py` walks the graph: each state is reached and each is owned.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from commonweal.commissioning.intentions import Intention, gaps
from commonweal.errors import NotAllowed, NotReady


class State(StrEnum):
    """The states of an intention, in the order in which it usually passes through them."""

    RECORDED = "recorded"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    COMMISSIONER_SIGNED = "commissioner_signed"
    AGREED = "agreed"
    NOTIFIED = "notified"
    IN_DELIVERY = "in_delivery"
    DELIVERED = "delivered"
    PARTLY_DELIVERED = "partly_delivered"
    NOT_DELIVERED = "not_delivered"
    CARRIED_FORWARD = "carried_forward"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return LABELS[self]


class Actor(StrEnum):
    """Who acts: parts people play in the life of an intention, not log-in roles (the site maps those)."""

    PROGRAMME_LEAD = "programme_lead"
    SENIOR_OWNER = "senior_owner"
    PROVIDER = "provider"
    CONTRACT_LEAD = "contract_lead"
    REGISTER_KEEPER = "register_keeper"


LABELS = {
    State.RECORDED: "Recorded from a published document; outcome not known",
    State.DRAFT: "Draft",
    State.IN_REVIEW: "In review",
    State.COMMISSIONER_SIGNED: "Signed by the commissioner, waiting for the provider",
    State.AGREED: "Signed by commissioner and provider",
    State.NOTIFIED: "Notice given to providers",
    State.IN_DELIVERY: "In delivery",
    State.DELIVERED: "Delivered",
    State.PARTLY_DELIVERED: "Partly delivered",
    State.NOT_DELIVERED: "Not delivered",
    State.CARRIED_FORWARD: "Carried forward to a later year",
    State.WITHDRAWN: "Withdrawn",
}

OWNERS = {
    State.RECORDED: Actor.REGISTER_KEEPER,
    State.DRAFT: Actor.PROGRAMME_LEAD,
    State.IN_REVIEW: Actor.SENIOR_OWNER,
    State.COMMISSIONER_SIGNED: Actor.PROVIDER,
    State.AGREED: Actor.CONTRACT_LEAD,
    State.NOTIFIED: Actor.PROGRAMME_LEAD,
    State.IN_DELIVERY: Actor.PROGRAMME_LEAD,
    State.DELIVERED: Actor.REGISTER_KEEPER,
    State.PARTLY_DELIVERED: Actor.PROGRAMME_LEAD,
    State.NOT_DELIVERED: Actor.PROGRAMME_LEAD,
    State.CARRIED_FORWARD: Actor.REGISTER_KEEPER,
    State.WITHDRAWN: Actor.REGISTER_KEEPER,
}

ENTRY = (State.RECORDED, State.DRAFT)
"""An intention starts as a draft, or as a record of what a document published."""


@dataclass(frozen=True)
class Step:
    """One allowed move. `needs` names what must be there: ``complete`` (no gaps), ``reason``, ``notice``, ``outcome``."""

    name: str
    label: str
    sources: tuple[State, ...]
    target: State
    actors: tuple[Actor, ...]
    needs: tuple[str, ...] = ()


_OPEN = (State.DRAFT, State.IN_REVIEW, State.COMMISSIONER_SIGNED, State.AGREED, State.NOTIFIED, State.IN_DELIVERY)
_LEADS = (Actor.PROGRAMME_LEAD, Actor.SENIOR_OWNER)
_KEEPERS = (Actor.PROGRAMME_LEAD, Actor.REGISTER_KEEPER)

STEPS = (
    Step("submit", "Send for review", (State.DRAFT,), State.IN_REVIEW, (Actor.PROGRAMME_LEAD,), ("complete",)),
    Step("return", "Return to draft", (State.IN_REVIEW,), State.DRAFT, (Actor.SENIOR_OWNER,), ("reason",)),
    Step(
        "sign_commissioner",
        "Sign for the commissioner",
        (State.IN_REVIEW,),
        State.COMMISSIONER_SIGNED,
        (Actor.SENIOR_OWNER,),
    ),
    Step("sign_provider", "Sign for the provider", (State.COMMISSIONER_SIGNED,), State.AGREED, (Actor.PROVIDER,)),
    Step(
        "dispute", "Provider does not agree", (State.COMMISSIONER_SIGNED,), State.DRAFT, (Actor.PROVIDER,), ("reason",)
    ),
    Step("notify", "Give notice", (State.AGREED,), State.NOTIFIED, (Actor.CONTRACT_LEAD,), ("notice",)),
    Step(
        "notify_unsigned",
        "Give notice without the provider's signature",
        (State.COMMISSIONER_SIGNED,),
        State.NOTIFIED,
        (Actor.CONTRACT_LEAD,),
        ("notice", "reason"),
    ),
    Step("start", "Start delivery", (State.NOTIFIED, State.AGREED), State.IN_DELIVERY, (Actor.PROGRAMME_LEAD,)),
    Step("reopen", "Reopen for change", (State.AGREED, State.NOTIFIED), State.DRAFT, _LEADS, ("reason",)),
    Step(
        "deliver", "Record as delivered", (State.IN_DELIVERY, State.RECORDED), State.DELIVERED, _KEEPERS, ("outcome",)
    ),
    Step(
        "deliver_partly",
        "Record as partly delivered",
        (State.IN_DELIVERY, State.RECORDED),
        State.PARTLY_DELIVERED,
        _KEEPERS,
        ("outcome",),
    ),
    Step(
        "fail",
        "Record as not delivered",
        (State.IN_DELIVERY, State.RECORDED),
        State.NOT_DELIVERED,
        _KEEPERS,
        ("outcome",),
    ),
    Step(
        "carry",
        "Carry forward",
        (State.RECORDED, State.IN_DELIVERY, State.PARTLY_DELIVERED, State.NOT_DELIVERED),
        State.CARRIED_FORWARD,
        _KEEPERS,
        ("reason",),
    ),
    Step("withdraw", "Withdraw", _OPEN, State.WITHDRAWN, _LEADS, ("reason",)),
)

EDITABLE = frozenset({State.DRAFT, State.RECORDED})
"""Only here may the words change: later states were reviewed or signed as they stand, and must be reopened first."""


def step(name: str) -> Step:
    """The step with this name."""
    found = next((found for found in STEPS if found.name == name), None)
    if found is None:
        raise NotReady("there is no such step", value=name, remedy="use one of: " + ", ".join(s.name for s in STEPS))
    return found


def next_steps(state: State, actors: frozenset[Actor] | None = None) -> tuple[Step, ...]:
    """Steps out of `state`, for these actors or for anyone."""
    return tuple(
        found for found in STEPS if state in found.sources and (actors is None or actors.intersection(found.actors))
    )


def check(
    name: str,
    state: State,
    actors: frozenset[Actor],
    intention: Intention,
    *,
    given: frozenset[str] = frozenset(),
) -> Step:
    """The step if it may be taken now; otherwise an error that says why and what to do.

    `given` holds what came with the request, of ``reason``, ``notice``, ``outcome``.
    Raises NotAllowed (not your step), NotReady (not from this state, or something is missing).
    """
    wanted = step(name)
    if state not in wanted.sources:
        raise NotReady(
            f"{wanted.label.lower()} is not possible now",
            where=intention.id,
            value=state.label,
            remedy="possible from: " + "; ".join(found.label for found in wanted.sources),
        )
    if not actors.intersection(wanted.actors):
        raise NotAllowed(
            f"{wanted.label.lower()} belongs to someone else",
            where=intention.id,
            remedy="ask the " + " or the ".join(actor.replace("_", " ") for actor in wanted.actors),
        )
    missing = [need for need in wanted.needs if need != "complete" and need not in given]
    if "complete" in wanted.needs:
        missing += [gap.message for gap in gaps(intention)]
    if missing:
        raise NotReady(
            "something is missing", where=intention.id, remedy="; ".join(f"give: {need}" for need in missing)
        )
    return wanted
