"""Groups of practices that people put together, used like a network or a borough.

A group's number is made from its practices' published numbers alone: each has passed the disclosure door, so a sum of
them tells nothing that they do not, whatever groups anybody makes (decision 0085). The cost is stated on the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.engine.answers import MeasureRow
from commonweal.engine.measure_rows import Shape, measure_row
from commonweal.errors import BadInput
from commonweal.web.core.actor import Actor
from commonweal.web.leads import keeping
from commonweal.web.leads.groups import OWN, WHOLE, Group, Ladder
from commonweal.web.leads.models import GroupVersion, PracticeGroup

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.governance.disclosure import DisclosureProfile

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


@dataclass(frozen=True)
class Summed:
    """A group's number, and how many of its practices could not be counted in it."""

    row: MeasureRow | None
    left_out: int


def summed(
    info: DefinitionInfo, profile: DisclosureProfile, rows: dict[str, MeasureRow], practices: frozenset[str], code: str
) -> Summed:
    """The practices' shown numbers added up. Those with a hidden number are left out of both counts.

    A measure whose sums are not shown (a mean) is the mean of the practices' means, weighed by the people counted.
    """
    own = [rows[one] for one in sorted(practices) if one in rows]
    shown = [row for row in own if row.value is not None and row.denominator]
    left_out = sum(row.value is None and row.denominator != 0 for row in own)
    if not shown:
        return Summed(None, left_out)
    shape = Shape.of(info.kind, info.details)
    bottom = sum(row.denominator or 0 for row in shown)
    if shape.kind == "mean":
        mean = sum((row.value or 0) * (row.denominator or 0) for row in shown) / bottom
        return Summed(MeasureRow(OWN, code, None, bottom, float(f"{mean:.4g}"), None, None), left_out)
    top = sum(row.numerator or 0 for row in shown)
    return Summed(measure_row(shape, profile, OWN, code, "", top, bottom), left_out)
