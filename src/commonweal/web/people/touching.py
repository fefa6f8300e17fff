"""The plans of the system that touch one person: intentions judged by a measure in which this person is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.web.commissioning.services import trace
from commonweal.web.core import reading
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, PersonSummary
    from commonweal.engine.serving import Reader

MOST = 12


@dataclass(frozen=True)
class Touching:
    """One intention, and how this person stands in it."""

    intention_id: int
    reference: str
    title: str
    where: str
    why: str
    reached: bool | None
    """Whether what the plan wants is so for this person already; None where it is about a condition they have."""


def plans_for(*, by: Actor, reader: Reader, person: PersonSummary, known: dict[str, DefinitionInfo]) -> list[Touching]:
    """Plans that do not reach this person yet come first; at most `MOST`."""
    if not can(by, "commissioning.see"):
        return []
    touched = trace.by_definition(by=by)
    counted = reading.counted_in(reader, person.person_id, [one for one in touched if one in known])
    conditions = {*person.registers, *person.flags}
    found: dict[int, Touching] = {}
    for definition_id, intentions in touched.items():
        info = known.get(definition_id)
        if info is None or not _about_people(info):
            continue
        if definition_id not in counted and definition_id not in conditions:
            continue
        reached = _reached(info, counted.get(definition_id))
        for one in intentions:
            found.setdefault(
                one.pk,
                Touching(
                    one.pk, one.reference, one.title, f"{one.programme}, {one.place}, {one.year}", info.title, reached
                ),
            )
    return sorted(found.values(), key=lambda one: (one.reached is not False, one.reached is None, one.title))[:MOST]


def _reached(info: DefinitionInfo, in_numerator: bool | None) -> bool | None:
    """Whether the good thing is so for somebody who is counted: being in the numerator, or not, by the measure's direction."""
    direction = info.details.get("polarity")
    if in_numerator is None or direction not in {"higher_is_better", "lower_is_better"}:
        return None
    return in_numerator == (direction == "higher_is_better")


def _about_people(info: DefinitionInfo) -> bool:
    """Whether a definition says something of each person. A rate counts everybody, a measure of rows counts rows, and how
    many per thousand use a service says of nobody that they should."""
    details = info.details
    counts_more = details.get("is_rate") or details.get("is_ratio") or details.get("sum_column") or details.get("rows")
    return not counts_more and (details.get("per") or 100) == 100
