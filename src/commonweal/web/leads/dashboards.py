"""Which dashboards there are: each is a tag of the definitions, so that a new measure appears by being tagged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.web.leads.comparing import compared, moved, short_of_target

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.web.leads.services import Line

TITLES = {
    "cardiovascular": "Cardiovascular disease", "diabetes": "Diabetes", "mental_health": "Mental health",
    "smi_check": "Physical health checks in serious mental illness", "waits": "Waiting", "activity": "Activity",
    "cost": "Cost", "flow": "Flow through hospital", "qof": "Quality and Outcomes Framework",
    "ld_autism": "Learning disability and autism",
}  # fmt: skip


@dataclass(frozen=True)
class Dashboard:
    """One page of measures."""

    id: str
    title: str
    measures: tuple[DefinitionInfo, ...]


def dashboards(definitions: Iterable[DefinitionInfo]) -> list[Dashboard]:
    """A dashboard for each tag that a computed measure carries, by title."""
    by_tag: dict[str, list[DefinitionInfo]] = {}
    for one in definitions:
        if one.kind == "measure" and one.computable:
            for tag in one.details.get("tags") or ["other"]:
                by_tag.setdefault(tag, []).append(one)
    found = [
        Dashboard(
            tag, TITLES.get(tag, tag.replace("_", " ").capitalize()), tuple(sorted(rows, key=lambda one: one.title))
        )
        for tag, rows in by_tag.items()
    ]
    return sorted(found, key=lambda one: one.title)


FILTERS = {
    "worse": "Worse than the whole system", "better": "Better than the whole system", "target": "Short of the target",
    "moved": "Moved by more than chance",
}  # fmt: skip


def kept(show: str, line: Line) -> bool:
    """Whether a filter of `FILTERS` keeps a line; any other word keeps every line."""
    if show in {"worse", "better"}:
        return compared(line.info, line.now, line.whole) == show
    if show == "target":
        return short_of_target(line.info, line.now)
    return show != "moved" or moved(line.info, line.now, line.before) not in {"–", "no different"}
