"""Systems that the documents commit to without a figure: each followed by one indicator and one milestone.

The documents name them in intentions and set no target. `data/followed_systems.csv` is the project's own reading: which intentions
commit to the system, what would show that it works, and what would be done first; a level or a baseline that the text states beside, with
its section; and the measure of the record that comes nearest. Due is the end of the period for which the intention was made, and the owner of the
milestone is its lead, where the document names one. All of it is open to be completed by those who answer for it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from commonweal.commissioning import sources
from commonweal.commissioning.targets import Target, period_end

SOURCE = "followed-systems"
TITLE = "Systems followed without a figure in the documents"


@dataclass(frozen=True)
class Followed:
    """One system: its target, the intentions that commit to it, and its first milestone."""

    system: str
    target: Target
    intentions: tuple[str, ...]
    """None where the document says that the system is there and commits to nothing more."""
    milestone: str
    lead: str
    """Who leads the intention by its document: an officer or a body of that time; empty where none is named."""


def _last_period(text: str) -> str:
    """The last year of an intention's period: ``2023/24`` of ``2019/20-2023/24``; empty where it is open."""
    last = text.split("-")[-1].strip()
    return last if period_end(last) else ""


def _programme(section: str) -> str:
    """What a section is about: ``Workforce`` of ``7.1 Workforce``. For a system that a document speaks of and no intention names."""
    return section.lstrip("0123456789. ")


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def followed() -> tuple[Followed, ...]:
    """Every followed system, in the order of the named systems."""
    systems = {one.id: one for one in sources.named_systems()}
    known = {one.id: one for one in sources.intentions()}
    text = (sources.DATA / "followed_systems.csv").read_bytes().decode("utf-8")
    made = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        system, intentions = systems[row["system"]], tuple(filter(None, row["intentions"].split(";")))
        mine = [known[one] for one in intentions]
        dues = [last for one in mine if (last := _last_period(one.year_or_period))]
        stated = f"The document says ({row['stated']})." if row["stated"] else "The documents give no figure."
        target = Target(
            id=f"f-{system.id}",
            indicator=row["indicator"],
            population=system.name,
            statistic=row["statistic"],
            direction=row["direction"],
            value=_decimal(row["level"]),
            baseline_value=_decimal(row["baseline"]),
            baseline_period=row["baseline_period"],
            due=dues[0] if dues else "",
            programme=mine[0].theme if mine else _programme(system.section),
            data_domain=row["data_domain"],
            target_type="quantified" if row["level"] else "trend",
            measure_id=row["measure"],
            note=f"{system.name}: {system.what_it_must_do}. {stated} The indicator is the project's reading; due is the end of "
            "the period that an intention was made for.",
            source=SOURCE,
        )
        lead = next((one.lead for one in mine if one.lead), "")
        made.append(Followed(system.id, target, intentions, row["milestone"], lead))
    return tuple(made)


@cache
def _by_intention() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for one in followed():
        for intention in one.intentions:
            found.setdefault(intention, []).append(one.target.id)
    return {intention: tuple(targets) for intention, targets in found.items()}


def targets_of(intention: str) -> tuple[str, ...]:
    """References of the targets that follow what an intention of the documents commits to."""
    return _by_intention().get(intention, ())


def intentions_of(target: str) -> tuple[str, ...]:
    """References of the intentions that commit to the system that a target follows."""
    return next((one.intentions for one in followed() if one.target.id == target), ())
