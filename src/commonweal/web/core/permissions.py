"""What each role may do. A *capability* is one plain sentence; each app lists its own in ``permissions.CAPABILITIES``.

*Permission* (may this role do it at all?) is asked here. *Policy* (may it be done to this thing, in this state?) is
asked in each app's ``policies`` module. Both come as twins: ``check_can_x`` raises `NotAllowed` with the reason,
``can_x`` answers yes or no for the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from commonweal.errors import NotAllowed, NotReady
from commonweal.web.core.actor import Actor

Parameters = ParamSpec("Parameters")


@dataclass(frozen=True)
class Capability:
    """One thing that some roles may do. `roles` are the ids of `accounts.roles`."""

    name: str
    sentence: str
    roles: tuple[str, ...]


CAPABILITIES: tuple[Capability, ...] = ()
"""The frame itself adds none: signing in and choosing a role are everybody's."""

_registry: dict[str, Capability] = {}


def register(capability: Capability) -> None:
    """Add one capability; the same name twice with another meaning is a mistake."""
    from commonweal.web.accounts.roles import ROLES

    known = _registry.get(capability.name)
    if known is not None and known != capability:
        raise ValueError(f"capability {capability.name!r} is declared twice")
    unknown = set(capability.roles) - set(ROLES)
    if unknown:
        raise ValueError(f"capability {capability.name!r} names roles that do not exist: {', '.join(sorted(unknown))}")
    _registry[capability.name] = capability


def capabilities() -> dict[str, Capability]:
    """Every capability by name."""
    return dict(_registry)


def check_can(actor: Actor | None, capability: str) -> None:
    """Raise `NotAllowed` unless the actor's role holds `capability`."""
    known = _registry[capability]
    if actor is None:
        raise NotAllowed("choose the role that you are working in first", remedy="sign in, then choose a role")
    if actor.role.id not in known.roles:
        raise NotAllowed(
            f"your role ({actor.role.title}) may not {known.sentence}",
            remedy="switch to a role that may, or ask your administrator",
        )


def twin(check: Callable[Parameters, object]) -> Callable[Parameters, bool]:
    """The yes-or-no twin of a ``check_can_…`` function."""

    @wraps(check)
    def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> bool:
        try:
            check(*args, **kwargs)
        except (NotAllowed, NotReady):  # what is not theirs to see is said not to be there
            return False
        return True

    answer.__name__ = check.__name__.removeprefix("check_")
    return answer


can = twin(check_can)
