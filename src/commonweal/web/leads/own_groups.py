"""Groups of practices that people keep here, used like a network or a borough.

Their numbers are `commonweal.pipeline.own_groups.summed`, as those of a file of groups are; the page states what that costs.
"""

from __future__ import annotations

from collections.abc import Iterable

from commonweal.errors import BadInput
from commonweal.web.core.actor import Actor
from commonweal.web.leads import keeping
from commonweal.web.leads.groups import OWN, WHOLE, Group, Ladder
from commonweal.web.leads.models import GroupVersion, PracticeGroup

FEWEST_PRACTICES = 2


def listed(*, by: Actor) -> list[PracticeGroup]:
    """The groups that `by` may use."""
    return list(keeping.visible(by, PracticeGroup))


def as_group(*, by: Actor, ladder: Ladder, group_id: str) -> Group:
    """A group as a rung of the ladder: its practices below it, the whole system above."""
    found = keeping.one(by, PracticeGroup, group_id)
    practices = frozenset(found.version.practices) & frozenset(ladder.paths)  # type: ignore[attr-defined]
    above = ((*WHOLE, ladder.name(WHOLE[1])),)
    return Group(OWN, str(found.pk), found.title, above, "practice", practices, practices)


def make(*, by: Actor, ladder: Ladder, title: str, shared: str, practices: Iterable[str]) -> PracticeGroup:
    """A group of at least two practices of the release."""
    chosen = _known(ladder, practices)
    return keeping.make(by=by, model=PracticeGroup, versions=GroupVersion, title=title, shared=shared, practices=chosen)


def change(
    *, by: Actor, ladder: Ladder, group: PracticeGroup, seen_number: int, title: str, shared: str, note: str,
    practices: Iterable[str],
) -> None:  # fmt: skip
    """A new version of one's own group."""
    keeping.change(
        by=by, kept=group, seen_number=seen_number, title=title, shared=shared, note=note,
        practices=_known(ladder, practices),
    )  # fmt: skip


def _known(ladder: Ladder, practices: Iterable[str]) -> list[str]:
    chosen = sorted(set(practices))
    unknown = [code for code in chosen if code not in ladder.paths]
    if unknown:
        raise BadInput("this release has no such practice", value=", ".join(unknown[:5]))
    if len(chosen) < FEWEST_PRACTICES:
        raise BadInput("a group needs at least two practices")
    return chosen
