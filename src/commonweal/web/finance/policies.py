"""What may be done to a scheme in its state."""

from __future__ import annotations

from commonweal.errors import NotAllowed
from commonweal.finance.schemes import MATURITIES, PAST_THE_GATES, Maturity, Scheme, gates
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can, twin


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
