"""Why a target's status cannot be known, exactly, and what would make it knowable; and where today's figure stands beside it.

The rules of status are in `commonweal.commissioning.targets`. This module looks at what the record holds beside a target and says
what is missing in words that somebody can act on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache

from commonweal.commissioning.sources import DATA
from commonweal.commissioning.targets import Assessment, Status, Target, goal, meets


class Why(StrEnum):
    """The kinds of reason why a status cannot be known, so that those with one remedy are found together."""

    MILESTONE = "a milestone whose owner has not said"
    NO_LEVEL = "no level is stated"
    NO_BASELINE = "a change from a baseline that is not stated"
    ELSEWHERE = "about people whom this record does not hold"
    OUTSIDE = "about what no patient record holds"
    NO_MEASURE = "in the record, and no measure is defined"
    NOT_RELEASED = "its measure is not in this release"
    OTHER_QUANTITY = "the nearest measure is another quantity"
    TOO_FEW = "too few people to show"
    NO_FIGURE = "no figure near its due date, or too few or too old ones"


TIMES = {"minutes", "hours", "days", "weeks", "months"}
COUNTS = {"count", "gbp"}
IN_THE_RECORD = {
    "gp", "apc", "op", "ecds", "mhsds", "csds", "iapt", "maternity", "cancer", "rtt", "social_care", "prescribing",
}  # fmt: skip
"""Domains whose records are linked, so that a measure could be defined; the rest are figures that people enter."""
OUTSIDE_WORDS = {
    "services": "how services are arranged: hours, sites, ratings, agreements",
    "digital": "who uses a digital product, which its supplier counts",
    "money": "money outside contracts",
}
DOMAIN_WORDS = {
    "digital": "the use of digital services",
    "111": "calls to 111",
    "ambulance": "ambulance times",
    "workforce": "staffing",
    "estates": "buildings",
    "finance": "money outside contracts",
    "survey": "survey answers",
    "other": "this subject",
}


@dataclass(frozen=True)
class Nearest:
    """The measure that is named beside a target, as the release holds it.

    `same` says that it is the target's own quantity in the same unit. `level` is None where no figure may be shown; `words` then
    says why. `begins` is the first day of its series. `missing` is the reason why the release cannot compute it, empty where it can.
    """

    title: str
    words: str
    level: float | None
    same: bool
    begins: date | None = None
    missing: str = ""


@dataclass(frozen=True)
class Explained:
    """A status with its reason; `remedy` is what would make it knowable, `today` where the figure of now stands, `why` the kind
    of reason where the status cannot be known."""

    assessment: Assessment
    remedy: str = ""
    today: str = ""
    why: Why | None = None


@cache
def _outside() -> dict[str, str]:
    """Targets of the documents that are about what no patient record holds, each with what it is about."""
    held = json.loads((DATA / "links.json").read_text(encoding="utf-8"))["outside_record"]
    return {target: OUTSIDE_WORDS[kind] for kind, targets in held.items() for target in targets}


@cache
def _elsewhere() -> dict[str, str]:
    """Documents of another system, each with its name."""
    return json.loads((DATA / "links.json").read_text(encoding="utf-8"))["elsewhere"]


def explain(target: Target, found: Assessment, nearest: Nearest | None) -> Explained:
    """The assessment with its exact reason, its remedy and today's figure beside the level."""
    today = _today(target, nearest)
    if found.status is not Status.UNKNOWN:
        known = replace(found, reason=found.reason + _older(found, nearest))
        return Explained(known, "", today if target.due_date and found.status is Status.MISSED else "")
    why, reason, remedy = _why(target, found, nearest)
    return Explained(replace(found, reason=reason), remedy, today, why)


def _older(found: Assessment, nearest: Nearest | None) -> str:
    """Which figure the answer rests on, where today's may not be shown."""
    if nearest is None or not nearest.same or nearest.level is not None or found.latest is None:
        return ""
    return f"; the latest figure that may be shown is of {found.latest.day:%-d %B %Y}"


def _today(target: Target, nearest: Nearest | None) -> str:
    level = goal(target)
    if nearest is None or nearest.level is None or not nearest.same or level is None:
        return ""
    words = "would meet it" if meets(target, level, nearest.level) else "would not meet it"
    return f"today’s {nearest.words} {words}"


def _why(target: Target, found: Assessment, nearest: Nearest | None) -> tuple[Why, str, str]:
    if target.target_type == "milestone":
        return Why.MILESTONE, found.reason, _milestone_remedy(found.reason)
    if target.value is None:
        return Why.NO_LEVEL, found.reason, "set a level and a due date"
    if goal(target) is None:
        return Why.NO_BASELINE, *_no_baseline(target, found, nearest)
    if found.latest is not None:
        return Why.NO_FIGURE, *_thin(target, found, nearest)
    other = _of_other_people(target)
    if other:
        return Why.ELSEWHERE, other, "enter the figure with its source, or set a target for this system"
    if target.id in _outside():
        return Why.OUTSIDE, f"it is about {_outside()[target.id]}", "its owner enters the figure with its source"
    if found.reason.startswith("no figure near"):
        return Why.NO_FIGURE, *_thin(target, found, nearest)
    if nearest is None:
        return _no_measure(target)
    if nearest.missing:
        reason = f"its measure, “{nearest.title}”, is not in this release: {nearest.missing}"
        return Why.NOT_RELEASED, reason, "enter the figure by hand"
    if not nearest.same:
        return Why.OTHER_QUANTITY, *_other_quantity(target, nearest)
    if nearest.level is None:
        reason = f"its measure is computed, and its figure may not be shown: {nearest.words}"
        return Why.TOO_FEW, reason, "it shows once more people are counted; or enter a published figure with its source"
    return Why.NO_FIGURE, found.reason, "enter the figure with its source"


def _of_other_people(target: Target) -> str:
    """Why this record cannot answer for the target's people; empty where it can."""
    system = _elsewhere().get(target.source)
    if system:
        return f"it is about {system}, whose people this record does not hold"
    wider = next((place for place in ("England", "London") if target.population.startswith(f"{place}: ")), "")
    return f"it is about all of {wider}, and this record holds the people of one system" if wider else ""


def _milestone_remedy(reason: str) -> str:
    if "nobody owns" in reason or "its owner says" in reason:
        return "give the milestone an owner, who marks it as done with evidence"
    return "give it a due date" if "no due date" in reason else ""


def _no_baseline(target: Target, found: Assessment, nearest: Nearest | None) -> tuple[str, str]:
    words = "enter the baseline figure under “Change the target”"
    if nearest is not None and nearest.begins is not None:
        words += f": the record’s own series begins {nearest.begins:%B %Y}"
    return found.reason, words


def _thin(target: Target, found: Assessment, nearest: Nearest | None) -> tuple[str, str]:
    if found.reason.startswith("no figure near"):
        due = target.due_date
        assert due is not None
        begins = f"; the record begins {nearest.begins:%B %Y}" if nearest and nearest.begins else ""
        return (
            f"no figure near its due date, {due:%-d %B %Y}{begins}",
            "enter the figure of that time with its source, or set the target again for a new year",
        )
    if "readings that a forecast needs" in found.reason:
        return found.reason, "a forecast stands once there are more dated figures; or give the target a trajectory"
    return found.reason, "enter a newer figure with its source"


def _no_measure(target: Target) -> tuple[Why, str, str]:
    domain = target.data_domain
    if domain in IN_THE_RECORD:
        reason = "no measure is defined for this figure, though its kind of record is linked"
        return (
            Why.NO_MEASURE,
            reason,
            (
                "an analyst can define the measure, if the feed carries what it needs; until then enter figures with their source"
            ),
        )
    words = DOMAIN_WORDS.get(domain, "this subject")
    reason = f"the record holds nothing on {words}, and no figure was entered"
    return Why.OUTSIDE, reason, "enter figures with their source"


def _other_quantity(target: Target, nearest: Nearest) -> tuple[str, str]:
    beside = f"“{nearest.title}” is {nearest.words}" if nearest.level is not None else f"“{nearest.title}” is beside it"
    if target.statistic in TIMES:
        return (
            f"the document gives a time and not the share of people who must be seen within it; {beside}",
            "set the share that counts as reached, with this measure",
        )
    if target.statistic in COUNTS:
        return (
            f"the document counts, and the measure gives a share or rate; {beside}",
            "enter the count with its source, or set the target as a share",
        )
    return (
        f"the nearest measure is not the target’s own quantity; {beside}",
        "enter the figure with its source, or set the target on this measure",
    )
