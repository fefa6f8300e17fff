"""Definitions in words: the generated reference, one page a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commonweal.definitions.declarations import BASES, Definition, Flag, Score, Segment, WorkedPatient
from commonweal.engine.plan import not_computable
from commonweal.engine.words import say

PREFACE = (
    "Figures in why a definition matters, and capacity hints, are general knowledge and working assumptions: they decide nothing. "
    "A value that decides, and that no source held here confirms, stands under its rule as unverified."
)
KINDS = {"register": "Registers", "measure": "Measures", "flag": "Flags", "segment": "Segments", "score": "Scores"}


def pages(definitions: Iterable[Definition], titles: Mapping[str, str]) -> dict[str, str]:
    """Kind to a page in Markdown that lists every definition of it; `titles` are those of codelists."""
    known = {one.id: one for one in definitions}
    blocked = not_computable(known.values())

    def title(name: str) -> str:
        return titles.get(name) or (known[name].title if name in known else name)

    made = {}
    for kind, heading in KINDS.items():
        chosen = [one for one in known.values() if one.kind == kind]
        sections = [section(one, title, blocked.get(one.id, ""), titles) for one in chosen]
        made[kind] = (
            f"# {heading}\n\n{len(chosen)} definitions, generated from their declarations. {PREFACE}\n\n"
            + "\n".join(sections)
        )
    return made


def section(definition: Definition, title: Any, reason: str, titles: Mapping[str, str]) -> str:
    """One definition: why, rule in words, source, dates, codelists and worked patients."""
    lines = [f"## {definition.title}\n", f"`{definition.id}`. {definition.why_it_matters}\n"]
    if reason:
        lines.append(f"**Not computable**: {reason}.\n")
    for part, node in definition.expressions().items():
        lines.append(f"* {part}: {say(node, title)}")
    lines += [
        f"* counted among: people {BASES[definition.basis]}",
        f"* source: {_source(definition)}",
        f"* owner: {definition.owner}; checked by: {definition.checked_by}; reviewed {definition.reviewed_on}, "
        f"next {definition.review_due}",
    ]
    if definition.valid_from or definition.valid_to:
        lines.append(f"* in force: {definition.valid_from or '…'} to {definition.valid_to or '…'}")
    if definition.polarity != "neither":
        lines.append(f"* {definition.polarity.replace('_', ' ')}")
    lines += _own(definition)
    lists = [f"{titles.get(name, name)} (`{name}`)" for name in definition.codelists()]
    if lists:
        lines.append(f"* codelists: {', '.join(lists)}")
    lines += [f"* **unverified**: {one}" for one in definition.unverified]
    if definition.notes:
        lines.append(f"* note: {definition.notes}")
    if definition.worked_patients:
        lines += ["", "| worked patient | record | answer |", "|---|---|---|"]
        lines += [_patient(one) for one in definition.worked_patients]
    return "\n".join(lines) + "\n"


def _source(definition: Definition) -> str:
    source = definition.source
    text = f"{source.name}, {source.version}"
    return f"[{text}]({source.link})" if source.link else text


def _own(definition: Definition) -> list[str]:
    if isinstance(definition, Flag):
        return [
            f"* action: {definition.suggested_action}; who acts: {definition.who_acts}",
            f"* capacity: {definition.capacity_hint}",
            f"* possible harm: {definition.harm_note}",
        ]
    if isinstance(definition, Score):
        bands = [
            f"* bands: {', '.join(f'{b.title} from {b.lowest:g}' if b.lowest is not None else b.title for b in definition.bands)}"
        ]
        return [
            f"* valid for: {definition.validity}",
            f"* caveat: {definition.caveat}",
            *(bands if definition.bands else []),
        ]
    if isinstance(definition, Segment):
        return [f"* classes: {'; '.join(definition.classes.values())}"]
    return []


def _patient(patient: WorkedPatient) -> str:
    facts = [f"born {patient.born}, {patient.sex}"]
    if patient.died:
        facts.append(f"died {patient.died}")
    if patient.registered_from == "":
        facts.append("not registered")
    for one in patient.rows:
        columns = ", ".join(f"{name} {value}" for name, value in one.columns)
        facts.append(f"{one.date or 'no date'} {one.table} {one.codelist} {columns}".strip())
    return f"| {patient.label} | {'; '.join(facts)} (as at {patient.as_at}) | {patient.expected} |"
