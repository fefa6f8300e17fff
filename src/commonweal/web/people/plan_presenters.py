"""Care plans, preferences and the system's plans in words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.web.core.presenters import date_words, moment_words
from commonweal.web.people.models import CarePlan, CarePlanVersion, StatedPreference

if TYPE_CHECKING:
    from commonweal.web.people.services import Wishes

HELD = {
    "type1": "Type 1 opt-out (records leave the practice for direct care only)",
    "national_opt_out": "National data opt-out", "contact": "Contact", "confidentiality": "Confidentiality",
    "care_preference": "Care preference",
}  # fmt: skip


@dataclass(frozen=True)
class PlanWords:
    """One care plan."""

    id: int
    title: str
    state: str
    overdue: bool
    open: bool
    sections: list[tuple[str, str]]
    foot: str
    history: list[str]


@dataclass(frozen=True)
class WishesWords:
    """The page of plans and preferences."""

    person_id: str
    name: str
    ground: str
    plans: list[PlanWords]
    preferences: list[tuple[int, str, str, str]]
    """Id, kind, words, who wrote it down and when."""
    held: list[list[str]]
    touching: list[tuple[int, str, str, str, str]]
    """Intention, title, where, the measure, and how this person stands."""


def plan_words(plan: CarePlan, today: datetime.date) -> PlanWords:
    """What a plan says now, and what became of it."""
    versions = sorted(plan.versions.all(), key=lambda one: -one.number)  # type: ignore[attr-defined]
    now = versions[0]
    overdue = plan.closed_at is None and now.review_on < today
    if plan.closed_at is not None:
        state = f"Closed on {date_words(plan.closed_at)} by {plan.closed_by.name}: {plan.close_reason}"  # type: ignore[union-attr]
    else:
        state = (
            f"Review was due on {date_words(now.review_on)}"
            if overdue
            else f"Next review by {date_words(now.review_on)}"
        )
    sections = [
        ("What matters to the person", now.matters), ("Goals", now.goals), ("What will be done, and by whom", now.actions),
        ("If things get worse", now.if_worse),
    ]  # fmt: skip
    agreed = CarePlanVersion.AgreedWith(now.agreed_with).label
    return PlanWords(
        plan.pk, CarePlan.Kind(plan.kind).label, state, overdue, plan.closed_at is None,
        [(name, words) for name, words in sections if words],
        f"Version {now.number}, {'reviewed' if now.is_review else 'written'} by {now.by.name} on {date_words(now.at)}. "
        f"Agreed with: {agreed[0].lower()}{agreed[1:]}.",
        [_version(one) for one in versions[1:]],
    )  # fmt: skip


def preference_words(one: StatedPreference) -> tuple[int, str, str, str]:
    """A stated preference as its id, kind, words and who wrote it down when."""
    return (
        one.pk, StatedPreference.Kind(one.kind).label, one.words,
        f"said on {date_words(one.stated_on)}, written down by {one.by.name}",
    )  # fmt: skip


def wishes_in_words(found: Wishes, today: datetime.date, ground: str) -> WishesWords:
    """Everything that the page says."""
    look = found.look
    return WishesWords(
        look.summary.person_id, look.identity.name, ground, [plan_words(one, today) for one in look.plans],
        [preference_words(one) for one in look.preferences],
        [
            [HELD.get(kind, kind), value, date_words(begins), date_words(ends) if ends else "in force"]
            for kind, value, begins, ends in found.held
        ],
        [
            (
                one.intention_id, one.title, one.where, one.why,
                {True: "so for this person", False: "not yet so for this person", None: "counts this person"}[one.reached],
            )
            for one in found.touching
        ],
    )  # fmt: skip


def _version(one: CarePlanVersion) -> str:
    what = "review" if one.is_review else "written"
    return f"Version {one.number}, {what}, {one.by.name}, {moment_words(one.at)}. Goals: {one.goals}" + (
        f" ({one.note})" if one.note else ""
    )
