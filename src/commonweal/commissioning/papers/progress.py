"""How a programme, or a place and its partners, stands: what is intended, done and late, its outcomes, and what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from commonweal.commissioning.intentions import Intention
from commonweal.commissioning.papers.model import Block, Figure, Paper, Section, Table, Text
from commonweal.commissioning.targets import Assessment, Status, Target
from commonweal.commissioning.tracker import Milestone, Progress, progress
from commonweal.commissioning.workflow import State


@dataclass(frozen=True)
class Agreement:
    """An alliance or partnership agreement: its title, between whom, and when it is looked at again."""

    title: str
    parties: str
    review_on: date | None


@dataclass(frozen=True)
class Standing:
    """All that the paper is made from. `said`: (you said, we did, status in words)."""

    intentions: Sequence[tuple[Intention, State]] = ()
    milestones: Sequence[Milestone] = ()
    targets: Sequence[tuple[Target, Assessment]] = ()
    agreements: Sequence[Agreement] = ()
    said: Sequence[tuple[str, str, str]] = field(default_factory=tuple)


KNOWN = tuple(status for status in Status if status is not Status.UNKNOWN)


def build(
    *, paper_id: str, title: str, standing: Standing, made_at: datetime, stamp: str, audience: str = "public"
) -> Paper:
    """The paper. What cannot be known is listed with its reason and is never left out."""
    today = made_at.date()
    known = [row for row in standing.targets if row[1].status in KNOWN]
    unknown = [row for row in standing.targets if row[1].status not in KNOWN]
    late = [one for one in standing.milestones if progress(one, as_at=today) is Progress.OVERDUE]
    figures = (
        Figure("intentions", "Intentions", str(len(standing.intentions)), stamp, audience),
        Figure("milestones_overdue", "Milestones overdue", str(len(late)), stamp, audience),
        Figure("targets_known", "Targets whose standing is known", f"{len(known)} of {len(standing.targets)}", stamp, audience),
    )  # fmt: skip
    sections = [
        Section("introduction", "Introduction", 1, (Text("", slot="introduction"),)),
        Section("intentions", "What is intended and where it stands", 1, (_intentions(standing.intentions),)),
        Section("milestones", "Milestones", 1, (_milestones(standing.milestones, today),)),
        Section("outcomes", "Outcomes", 1, (_targets("Targets and where they stand", known),)),
    ]
    if unknown:
        sections.append(Section("unknown", "Cannot be known, and why", 2, (_targets("Targets not known", unknown),)))
    if standing.agreements:
        sections.append(Section("agreements", "What partners agreed", 1, (_agreements(standing.agreements),)))
    if standing.said:
        table = Table("You said, we did", ("You said", "We did", "Status"), tuple(standing.said))
        sections.append(Section("said", "What people said and what was done", 1, (table,)))
    sections.append(Section("next", "What comes next", 1, (Text("", slot="next"),)))
    return Paper(
        id=paper_id,
        title=title,
        subtitle="Generated from the commissioning register",
        audience=audience,
        stamp=stamp,
        made_at=made_at,
        sections=tuple(sections),
        figures=figures,
    )


def _intentions(rows: Sequence[tuple[Intention, State]]) -> Block:
    lines = tuple((row.title, row.summary or "–", row.lead or "nobody named", state.label) for row, state in rows)
    return Table("Intentions", ("Intention", "In plain words", "Lead", "State"), lines) if lines else Text("None.")


def _milestones(rows: Sequence[Milestone], today: date) -> Block:
    ordered = sorted(rows, key=lambda one: (one.due is None, one.due or today, one.title))
    lines = tuple(
        (
            one.title,
            one.owner or "nobody named",
            f"{one.due:%-d %B %Y}" if one.due else "no date",
            progress(one, as_at=today).value.capitalize(),
        )
        for one in ordered
    )
    return Table("Milestones", ("Milestone", "Owner", "Due", "Standing"), lines) if lines else Text("None.")


def _targets(caption: str, rows: Sequence[tuple[Target, Assessment]]) -> Block:
    lines = tuple(
        (target.indicator, target.due or "not stated", found.status.value.capitalize(), found.reason)
        for target, found in rows
    )
    return Table(caption, ("Target", "Due", "Standing", "Because"), lines) if lines else Text("None.")


def _agreements(rows: Sequence[Agreement]) -> Table:
    lines = tuple(
        (one.title, one.parties or "–", f"{one.review_on:%-d %B %Y}" if one.review_on else "–") for one in rows
    )
    return Table("Agreements", ("Agreement", "Between", "Looked at again by"), lines)
