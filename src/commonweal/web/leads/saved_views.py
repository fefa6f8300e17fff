"""Views: chosen measures for one group, to come back to and to share. What each reader may see stays their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commonweal.errors import BadInput
from commonweal.web.core.actor import Actor
from commonweal.web.leads import keeping
from commonweal.web.leads.dashboards import FILTERS
from commonweal.web.leads.models import SavedView, ViewVersion

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo

MOST_MEASURES = 60


def listed(*, by: Actor) -> list[SavedView]:
    """The views that `by` may open."""
    return list(keeping.visible(by, SavedView))


def make(
    *, by: Actor, known: Iterable[DefinitionInfo], title: str, shared: str, measures: Iterable[str], kind: str,
    code: str, show: str,
) -> SavedView:  # fmt: skip
    """A view of at least one measure that the release computes."""
    return keeping.make(
        by=by, model=SavedView, versions=ViewVersion, title=title, shared=shared, measures=_checked(known, measures),
        group_kind=kind, group_code=code, show=show if show in FILTERS else "",
    )  # fmt: skip


def change(
    *, by: Actor, view: SavedView, known: Iterable[DefinitionInfo], seen_number: int, title: str, shared: str, note: str,
    measures: Iterable[str], kind: str, code: str, show: str,
) -> None:  # fmt: skip
    """A new version of one's own view."""
    keeping.change(
        by=by, kept=view, seen_number=seen_number, title=title, shared=shared, note=note,
        measures=_checked(known, measures), group_kind=kind, group_code=code, show=show if show in FILTERS else "",
    )  # fmt: skip


def _checked(known: Iterable[DefinitionInfo], measures: Iterable[str]) -> list[str]:
    ids = {one.id for one in known if one.computable}
    chosen = [one for one in dict.fromkeys(measures) if one in ids]
    if not chosen:
        raise BadInput("choose at least one measure")
    if len(chosen) > MOST_MEASURES:
        raise BadInput(
            "that is too many measures for one view", value=len(chosen), remedy=f"choose at most {MOST_MEASURES}"
        )
    return chosen
