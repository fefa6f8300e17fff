"""Why a target's status cannot be known, exactly, and what would make it knowable; and where today's figure stands beside it.

The rules of status are in `commonweal.commissioning.targets`. This module looks at what the record holds beside a target and says
what is missing in words that somebody can act on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from commonweal.commissioning.targets import Assessment, Status, Target, goal, meets

TIMES = {"minutes", "hours", "days", "weeks", "months"}
COUNTS = {"count", "gbp"}
IN_THE_RECORD = {
    "gp", "apc", "op", "ecds", "mhsds", "csds", "iapt", "maternity", "cancer", "rtt", "social_care", "prescribing",
}  # fmt: skip
"""Domains whose records are linked, so that a measure could be defined; the rest are figures that people enter."""
DOMAIN_WORDS = {
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
    """A status with its reason; `remedy` is what would make it knowable, `today` where the figure of now stands."""

    assessment: Assessment
    remedy: str = ""
    today: str = ""


def explain(target: Target, found: Assessment, nearest: Nearest | None) -> Explained:
    """The assessment with its exact reason, its remedy and today's figure beside the level."""
    today = _today(target, nearest)
    if found.status is not Status.UNKNOWN:
        return Explained(found, "", today if target.due_date and found.status is Status.MISSED else "")
    reason, remedy = _why(target, found, nearest)
    return Explained(replace(found, reason=reason), remedy, today)


def _today(target: Target, nearest: Nearest | None) -> str:
    level = goal(target)
    if nearest is None or nearest.level is None or not nearest.same or level is None:
        return ""
    words = "would meet it" if meets(target, level, nearest.level) else "would not meet it"
    return f"today’s {nearest.words} {words}"


def _why(target: Target, found: Assessment, nearest: Nearest | None) -> tuple[str, str]:
    if target.target_type == "milestone":
        return found.reason, _milestone_remedy(found.reason)
    if target.value is None:
        return found.reason, "set a level and a due date"
    if goal(target) is None:
        return _no_baseline(target, found, nearest)
    if found.latest is not None or found.reason.startswith("no figure near"):
        return _thin(target, found, nearest)
    if nearest is None:
        return _no_measure(target)
    if nearest.missing:
        return f"its measure, “{nearest.title}”, is not in this release: {nearest.missing}", "enter the figure by hand"
    if not nearest.same:
        return _other_quantity(target, nearest)
    if nearest.level is None:
        return f"its measure is computed, and its figure may not be shown: {nearest.words}", (
            "it shows once more people are counted; or enter a published figure with its source"
        )
    return found.reason, "enter the figure with its source"


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


def _no_measure(target: Target) -> tuple[str, str]:
    domain = target.data_domain
    if domain in IN_THE_RECORD:
        return (
            "no measure is defined for this figure, though its kind of record is linked",
            "an analyst can define the measure; until then enter figures with their source",
        )
    words = DOMAIN_WORDS.get(domain, "this subject")
    return f"the record holds nothing on {words}, and no figure was entered", "enter figures with their source"


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
