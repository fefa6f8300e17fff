"""Systems that the documents commit to without a figure: each followed by one indicator and one milestone.

The documents name them in intentions and give no level and no date. `data/followed_systems.csv` is the project's own reading: which
intentions commit to the system, what would show that it works, and what would be done first. It becomes a target without a level
and a milestone without an owner, both open to be completed by those who answer for it. Nothing in it is a promise of a document.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache

from commonweal.commissioning import sources
from commonweal.commissioning.targets import Target

SOURCE = "followed-systems"
TITLE = "Systems followed without a figure in the documents"


@dataclass(frozen=True)
class Followed:
    """One system: its target, the intentions that commit to it, and its first milestone."""

    system: str
    target: Target
    intentions: tuple[str, ...]
    milestone: str


@cache
def followed() -> tuple[Followed, ...]:
    """Every followed system, in the order of the named systems."""
    systems = {one.id: one for one in sources.named_systems()}
    themes = {one.id: one.theme for one in sources.intentions()}
    text = (sources.DATA / "followed_systems.csv").read_bytes().decode("utf-8")
    made = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        system, intentions = systems[row["system"]], tuple(row["intentions"].split(";"))
        target = Target(
            id=f"f-{system.id}",
            indicator=row["indicator"],
            population=system.name,
            statistic=row["statistic"],
            direction=row["direction"],
            value=None,
            programme=themes[intentions[0]],
            data_domain=row["data_domain"],
            target_type="trend",
            note=f"{system.name}: {system.what_it_must_do}. The documents give no figure: the indicator is the project's reading.",
            source=SOURCE,
        )
        made.append(Followed(system.id, target, intentions, row["milestone"]))
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
