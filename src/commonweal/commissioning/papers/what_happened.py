"""The annual paper: what was intended, what happened, and what cannot be known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from commonweal.commissioning.intentions import Intention
from commonweal.commissioning.papers.model import Figure, Paper, Points, Section, Table, Text
from commonweal.commissioning.targets import Assessment, Status, Target
from commonweal.commissioning.workflow import State

ENDS = (State.DELIVERED, State.PARTLY_DELIVERED, State.NOT_DELIVERED, State.CARRIED_FORWARD, State.WITHDRAWN)


def build(
    *,
    paper_id: str,
    place: str,
    year: str,
    intentions: Sequence[tuple[Intention, State, str]],
    targets: Sequence[tuple[Target, Assessment]],
    made_at: datetime,
    stamp: str,
    said: Sequence[tuple[str, str, str]] = (),
    written: Mapping[str, str] | None = None,
    audience: str = "public",
) -> Paper:
    """`intentions`: each with its state and the outcome or reason recorded; `said`: (you said, we did, status words)."""
    words = dict(written or {})
    states = {state: [row for row in intentions if row[1] is state] for state in State}
    statuses = {status: [row for row in targets if row[1].status is status] for status in Status}
    figures = tuple(
        Figure(f"intentions_{state.value}", state.label, str(len(rows)), stamp, audience)
        for state, rows in states.items()
        if rows
    )
    sections = [
        Section("introduction", "Introduction", 1, (Text(words.get("introduction", ""), "introduction"),)),
        Section("intentions", "What we said we would change", 1, (_states(states),)),
    ]
    for state in ENDS:
        if states[state]:
            lines = tuple(f"{row.title}. {outcome}" if outcome else row.title for row, _, outcome in states[state])
            sections.append(Section(f"state-{state.value}", state.label, 2, (Points(lines, numbered=False),)))
    counts = tuple((status.value.capitalize(), str(len(rows))) for status, rows in statuses.items())
    sections.append(
        Section("targets", "Targets", 1, (Table("Where the targets stand", ("Status", "Targets"), counts),))
    )
    for status in (Status.MET, Status.MISSED, Status.NOT_MET, Status.ON_TRACK, Status.OFF_TRACK):
        if statuses[status]:
            rows = tuple(
                (target.indicator, target.due or "not stated", answer.reason) for target, answer in statuses[status]
            )
            table = Table(f"Targets {status.value}", ("Indicator", "Due", "Because"), rows)
            sections.append(Section(f"targets-{status.name.lower()}", status.value.capitalize(), 2, (table,)))
    if statuses[Status.UNKNOWN]:
        sections.append(
            Section("targets-unknown", "Cannot be known, and why", 2, (_unknown(statuses[Status.UNKNOWN]),))
        )
    if said:
        table = Table("You said, we did", ("You said", "We did", "Status"), tuple(said))
        sections.append(Section("said", "What you said and what was done", 1, (table,)))
    sections.append(Section("next", "What comes next", 1, (Text(words.get("next", ""), "next"),)))
    return Paper(
        id=paper_id,
        title=f"{place}: what happened in {year}",
        subtitle="Generated from the commissioning register",
        audience=audience,
        stamp=stamp,
        made_at=made_at,
        sections=tuple(sections),
        figures=figures,
    )


def _states(states: Mapping[State, Sequence[tuple[Intention, State, str]]]) -> Table:
    rows = tuple((state.label, str(len(found))) for state, found in states.items() if found)
    return Table("Intentions by what became of them", ("State", "Intentions"), rows or (("None recorded", "0"),))


def _unknown(rows: Sequence[tuple[Target, Assessment]]) -> Table:
    """Reasons with how many targets each; a figure in the reason is left out so that like stands with like."""
    counts: dict[str, int] = {}
    for _, answer in rows:
        reason = answer.reason.split(" (")[0]
        counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Table(
        "Why a target cannot be known", ("Reason", "Targets"), tuple((reason, str(count)) for reason, count in ordered)
    )
