"""The system intentions document of a place and year, made from the register.

Its shape is that of North West London System Intentions 2020/21: introduction, purpose, context, priorities, approach to
contracting, enablers, next steps, then for each programme the strategic changes, the contract changes, who supports them and
why, and the benefits expected; abbreviations last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from commonweal.commissioning import sources
from commonweal.commissioning.intentions import Intention, Kind
from commonweal.commissioning.papers.model import Block, Figure, Paper, Points, Section, Table, Text
from commonweal.commissioning.targets import Target

STRATEGIC = frozenset({Kind.STRATEGIC_CHANGE, Kind.COMMISSIONING_INTENTION, Kind.PLANNED_ACTIVITY})
CONTRACT = frozenset({Kind.CONTRACT_CHANGE, Kind.CONTRACTING_INTENTION})


def _line(intention: Intention) -> str:
    return f"{intention.title}. {intention.summary}" if intention.summary else intention.title


def _points(intentions: Sequence[Intention], none: str) -> Block:
    return Points(tuple(_line(found) for found in intentions)) if intentions else Text(none)


def _target_line(target: Target) -> tuple[str, ...]:
    signs = {"at_least": "at least ", "at_most": "at most ", "reduce_by": "down by ", "increase_by": "up by "}
    units = {"percent": "%", "reduction_percent": "%", "gbp": " pounds"}
    level = "to be done"
    if target.value is not None:
        unit = units.get(target.statistic, f" {target.statistic.replace('_', ' ')}" if target.statistic else "")
        level = f"{signs.get(target.direction, '')}{target.value:,f}{unit}"
    return (target.indicator, target.population, level, target.due or "not stated")


def _programme(
    name: str,
    number: int,
    intentions: Sequence[Intention],
    targets: Mapping[str, Target],
    support: Mapping[tuple[str, str], tuple[str, ...]],
    year: str,
) -> list[Section]:
    key = f"programme-{number}"
    strategic = [found for found in intentions if found.kind in STRATEGIC]
    contract = [found for found in intentions if found.kind in CONTRACT]
    who = support.get((name, "who"), ()) or tuple(dict.fromkeys(f.who_supports for f in intentions if f.who_supports))
    benefits = support.get((name, "benefit"), ()) or tuple(
        dict.fromkeys(f.measures_of_success for f in intentions if f.measures_of_success)
    )
    wanted = dict.fromkeys(target_id for found in intentions for target_id in found.target_ids)
    lines = tuple(_target_line(targets[target_id]) for target_id in wanted if target_id in targets)
    made = [
        Section(key, name, 2, (Text("", slot=f"{key}.introduction"),)),
        Section(f"{key}-strategic", f"Key strategic changes for {year}", 3, (_points(strategic, "None recorded."),)),
        Section(
            f"{key}-contract", f"System intentions {year} (contract changes)", 3, (_points(contract, "None recorded."),)
        ),
        Section(
            f"{key}-support",
            "Who supports these changes and why",
            3,
            (Points(who) if who else Text("Not recorded in the register."),),
        ),
        Section(
            f"{key}-benefits",
            "What benefits are these changes expected to have",
            3,
            (Points(benefits) if benefits else Text("Not recorded in the register."),),
        ),
    ]
    if lines:
        table = Table(f"Targets of {name}", ("Indicator", "Who or what", "Level", "Due"), lines)
        made.append(Section(f"{key}-targets", "How we will know", 3, (table,)))
    return made


def _groups(intentions: Sequence[Intention]) -> dict[str, list[Intention]]:
    groups: dict[str, list[Intention]] = {}
    for found in intentions:
        groups.setdefault(found.programme, []).append(found)
    return groups


def build(
    *,
    paper_id: str,
    place: str,
    year: str,
    intentions: Sequence[Intention],
    targets: Sequence[Target],
    made_at: datetime,
    stamp: str,
    figures: Sequence[Figure] = (),
    support: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
    tables: Mapping[str, tuple[Table, ...]] | None = None,
    abbreviations: Sequence[tuple[str, str]] = (),
    changes: Sequence[tuple[str, ...]] = (),
    written: Mapping[str, str] | None = None,
    audience: str = "public",
) -> Paper:
    """The document. `written` is people's text by slot; `changes` are (date, change, by) rows of the register's own log."""
    words, made_tables = dict(written or {}), dict(tables or {})
    by_id = {target.id: target for target in targets}
    groups = _groups(intentions)
    changing = {n: g for n, g in groups.items() if any(f.kind in STRATEGIC | CONTRACT for f in g)}
    principles = [found for found in intentions if found.kind is Kind.CONTRACTING_PRINCIPLE]
    enablers = _groups([found for found in intentions if found.kind is Kind.ENABLER])

    sections: list[Section] = []
    if changes:
        log = Table("Changes to this document", ("Date", "Change", "By"), tuple(tuple(row) for row in changes))
        sections.append(Section("versions", "Version control", 1, (log,)))
    for key, title in (("introduction", "Introduction"), ("purpose", "Purpose"), ("context", "Context")):
        sections.append(Section(key, title, 1, (Text("", slot=key), *made_tables.get(key, ()))))
    if figures:
        rows = tuple((figure.label, figure.shown, figure.stamp) for figure in figures)
        table = Table("Figures in this document", ("Figure", "Value", "Made by"), rows)
        sections.append(Section("figures", "Figures", 2, (table,)))
    sections.append(
        Section(
            "priorities",
            f"Key system priorities for {year}",
            1,
            (Text("", slot="priorities"), Points(tuple(changing), numbered=False)),
        )
    )
    sections.append(Section("contracting", "Approach to contracting", 1, (_points(principles, "None recorded."),)))
    sections.append(Section("enablers", "Key enablers", 1, ()))
    for number, (name, found) in enumerate(enablers.items(), start=1):
        sections.append(Section(f"enabler-{number}", name, 2, (_points(found, ""),)))
    sections.append(Section("next", "Next steps", 1, (Text("", slot="next"),)))
    sections.append(Section("programmes", "Appendix 1: Programmes", 1, ()))
    for number, (name, found) in enumerate(changing.items(), start=1):
        sections += _programme(name, number, found, by_id, support or {}, year)
    if abbreviations:
        table = Table("Abbreviations", ("Abbreviation", "Meaning"), tuple(abbreviations))
        sections.append(Section("abbreviations", "Appendix 2: Abbreviations used", 1, (table,)))
    filled = tuple(_written(section, words) for section in sections)
    return Paper(
        id=paper_id,
        title=f"{place} System Intentions {year}",
        subtitle="Generated from the commissioning register",
        audience=audience,
        stamp=stamp,
        made_at=made_at,
        sections=tuple(section for section in filled),
        figures=tuple(figures),
    )


def _written(section: Section, words: Mapping[str, str]) -> Section:
    blocks = tuple(
        Text(words.get(block.slot, block.text), block.slot) if isinstance(block, Text) and block.slot else block
        for block in section.blocks
    )
    return Section(section.key, section.title, section.level, blocks)


def nwl_2020_21(
    intentions: Sequence[Intention],
    targets: Sequence[Target],
    *,
    made_at: datetime,
    stamp: str,
    figures: Sequence[Figure] = (),
) -> Paper:
    """North West London System Intentions 2020/21 from the register's entries of that document, with today's `figures`."""
    support: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in sources.support():
        support[row.theme, row.part] = (*support.get((row.theme, row.part), ()), row.text)
    written = json.loads((sources.DATA / "nwl_2020_21_text.json").read_text(encoding="utf-8"))
    abbreviations = tuple(
        (row["term"], row["expansion"])
        for row in sources.rows("glossary")
        if row["source"] == "nwl-2020-21" and row["expansion"]
    )
    return build(
        paper_id="nwl-system-intentions-2020-21",
        place="North West London",
        year="2020/21",
        intentions=[found for found in intentions if found.source == "nwl-2020-21"],
        targets=targets,
        made_at=made_at,
        stamp=stamp,
        figures=(*_nwl_figures(), *figures),
        support=support,
        tables={"context": (_borough_table(),)},
        abbreviations=abbreviations,
        written=written["slots"],
    )


def _nwl_figures() -> tuple[Figure, ...]:
    """The money figures of the document, as printed."""
    wanted = {
        "f-nwl-deficit": "deficit",
        "f-nwl-diabetes-spend": "diabetes_spend",
        "f-nwl-pts-avg": "transport_average",
    }
    made = []
    for row in sources.rows("financial_position"):
        if row["id"] in wanted:
            shown = f"£{row['value']}m" if row["unit"] == "gbp_m" else f"£{row['value']}"
            made.append(Figure(wanted[row["id"]], row["measure"], shown, f"{row['source']}, {row['section']}"))
    return tuple(made)


def _borough_table() -> Table:
    """The document's table of borough statistics: an indicator in each row, an area in each column."""
    rows = [r for r in sources.rows("borough_profile") if r["source"] == "nwl-2020-21" and "Statistics" in r["section"]]
    areas = list(dict.fromkeys(row["area"] for row in rows))
    values: dict[str, dict[str, str]] = {}
    for row in rows:
        name = (
            row["indicator"]
            + (f", {row['sex']}" if row["sex"] else "")
            + (f", {row['age_group']}" if row["age_group"] else "")
        )
        values.setdefault(f"{name} ({row['unit']})", {})[row["area"]] = row["value"]
    body = tuple((name, *(found.get(area, "") for area in areas)) for name, found in values.items())
    return Table("North West London as a place", ("Indicator", *areas), body)
