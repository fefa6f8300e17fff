"""What may be done to a scheme, or to a challenge, in its state."""

from __future__ import annotations

from datetime import date

from commonweal.errors import NotAllowed
from commonweal.finance.challenges import NEXT, ChallengeRule, Window
from commonweal.finance.schemes import MATURITIES, PAST_THE_GATES, Maturity, Scheme, gates
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can, twin
from commonweal.web.core.presenters import date_words


def check_can_advance(actor: Actor, scheme: Scheme, to: Maturity) -> None:
    """A scheme moves by whoever may, not back from complete, and past "business case" only through its gates."""
    check_can(actor, "finance.schemes")
    if scheme.maturity in ("complete", "stopped"):
        raise NotAllowed(f"that scheme is {scheme.maturity}", remedy="make a new scheme")
    if to == scheme.maturity:
        raise NotAllowed("the scheme is there already", value=to.replace("_", " "))
    if to in PAST_THE_GATES:
        closed = [reason for reason in gates(scheme) if "contract variation" not in reason]
        if closed:
            raise NotAllowed(
                f"the scheme may not be approved yet: {'; '.join(closed)}", remedy="complete what is missing"
            )
    if to != "stopped" and MATURITIES.index(to) > MATURITIES.index(scheme.maturity) + 2:
        raise NotAllowed("a scheme does not skip stages", value=to.replace("_", " "), remedy="take it stage by stage")


can_advance = twin(check_can_advance)


def check_can_answer_challenge(
    actor: Actor, rule: ChallengeRule, status: str, to: str, window: Window, today: date
) -> None:
    """A challenge is raised while its month's window is open, by a rule that claims, and then answered once."""
    check_can(actor, "finance.change")
    if to not in NEXT[status]:
        may = " or ".join(NEXT[status]) or "nothing more"
        raise NotAllowed(f"a challenge that is {status} cannot become {to}", remedy=f"it may become {may}")
    if to == "raised" and not rule.claims:
        raise NotAllowed("that rule is for planning: nothing is claimed of the provider", value=rule.title)
    if to == "raised" and window.state(today) != "open":
        raise NotAllowed(
            f"the window of that month is {window.state(today)}",
            remedy=f"a challenge is raised from {date_words(window.opens)} to {date_words(window.closes)}",
        )


can_answer_challenge = twin(check_can_answer_challenge)
