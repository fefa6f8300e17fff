"""Lists in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.web.core.actor import Actor
from commonweal.web.core.presenters import date_words, moment_words, nhs_number_words, percent_words, plural_words
from commonweal.web.lists.actions import Wish
from commonweal.web.lists.folding import Standing
from commonweal.web.lists.forms import COMBINED, CombinationForm
from commonweal.web.lists.models import Action, WorkingList
from commonweal.web.lists.outcomes import Comparison, Week
from commonweal.web.lists.reasons import DECLINE_REASONS
from commonweal.web.people.presenters import telling

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.web.lists.services import Page, Person

SEX = {"F": "female", "M": "male", "I": "indeterminate"}
VERB_WORDS = {"done": "done", "assign": "assigned", "defer": "deferred", "decline": "taken off", "reopen": "put back"}


@dataclass(frozen=True)
class Row:
    """One person as a row."""

    person_id: str
    name: str
    who: str
    """Age, sex, NHS number, practice."""
    reasons: list[str]
    standing: str
    version: int
    is_new: bool
    last: str
    undo_id: int | None


@dataclass(frozen=True)
class ListWords:
    """A list's page."""

    title: str
    rows: list[Row]
    folded: list[tuple[str, int]]
    """Reason and how many."""
    counts: str
    change: str
    about: list[tuple[str, str, str, str]]
    """Of each definition: title, why it matters, suggested action, note of harm."""
    definition_ids: list[tuple[str, str]]
    as_at: str
    excluded: list[str]


def page_in_words(page: Page, actor: Actor) -> ListWords:
    """Everything that the page of a list says."""
    folded: dict[str, int] = {}
    for _, why in page.folded:
        kind = why.split(" until ")[0].split(" on ")[0].split(" about ")[0]
        folded[kind] = folded.get(kind, 0) + 1
    return ListWords(
        title=page.working_list.title,
        rows=[_row(person, page, actor) for person in page.people],
        folded=sorted(folded.items()),
        counts=_counts(page),
        change=_change(page),
        about=[
            (one.title, detail(one, "why_it_matters"), detail(one, "suggested_action"), detail(one, "harm_note"))
            for one in page.definitions
        ],
        definition_ids=[(one.id, one.title) for one in page.definitions],
        as_at=date_words(page.release.as_at),
        excluded=page.excluded,
    )


def detail(definition: DefinitionInfo, name: str) -> str:
    """One of a definition's texts; empty where its kind has none."""
    return str(definition.details.get(name) or "")


def reason_words(person: Person, page: Page) -> list[str]:
    """Why the person is on the list, each fact that tells something once."""
    scored = [person.score] if person.score else []
    if not person.evidence:
        return ["Put on this list by a colleague", *scored]
    return [*telling(one for found in person.evidence.values() for one in found), *scored]


def _row(person: Person, page: Page, actor: Actor) -> Row:
    summary = person.summary
    who = [f"{summary.age} years" if summary.age is not None else "", SEX.get(summary.sex or "", "")]
    who.append(f"NHS number {nhs_number_words(person.identity.nhs_number)}")
    last, undo_id = "", None
    if person.last_action is not None:
        action = person.last_action
        last = f"{action.get_verb_display()} by {action.by.name}, {moment_words(action.at)}"  # type: ignore[attr-defined]
        if action.note:
            last += f": {action.note}"
        if action.by_id == actor.user_id and action.verb != Action.Verb.UNDO:  # type: ignore[attr-defined]
            undo_id = action.pk
    return Row(
        person.person_id, person.identity.name, ", ".join(part for part in who if part), reason_words(person, page),
        standing_words(person.standing), person.standing.version, person.is_new, last, undo_id,
    )  # fmt: skip


def standing_words(standing: Standing) -> str:
    """``Assigned to Dr Osei``; empty where nothing was done."""
    if standing.state == "assigned":
        return f"Assigned to {standing.assigned_to}"
    if standing.state == "deferred":
        return f"Deferred until {date_words(standing.until)}"
    return "" if standing.state == "open" else standing.state.capitalize()


def _counts(page: Page) -> str:
    words = f"{plural_words(page.total, 'person', 'people')} on the list: {len(page.people):,} to see now"
    if page.waiting:
        words += f", {page.waiting:,} waiting behind them"
    if page.folded:
        words += f", {len(page.folded):,} folded away"
    return words + "."


def _change(page: Page) -> str:
    if page.compared_with is None:
        return "This is the first release that this list has been read from: there is nothing to compare with."
    new = sum(person.is_new for person in page.people)
    return (
        f"Since {date_words(page.compared_with.as_at)}: {plural_words(page.left, 'person has', 'people have')} left the "
        f"list, and {new:,} of those shown {'is' if new == 1 else 'are'} new."
    )


def done_words(wish: Wish, count: int) -> str:
    """What a message says after something was done."""
    if wish.verb == "note":
        return f"Note added for {plural_words(count, 'person', 'people')}"
    return f"{plural_words(count, 'person', 'people')} {VERB_WORDS[wish.verb]}"


def upload_words(sent: int, ours: int) -> str:
    """How many of the uploaded numbers are on the list, and why not the others."""
    return f"{ours:,} of {plural_words(sent, 'NHS number')} belong to people whom you care for; the others are not on the list"


@dataclass(frozen=True)
class IndexGroup:
    """One kind of list: those with somebody on them, most first, and the names of those with nobody."""

    title: str
    words: str
    rows: list[tuple[DefinitionInfo, int, str]]
    empty: list[DefinitionInfo]


def definition_groups(found: list[tuple[DefinitionInfo, int]]) -> list[IndexGroup]:
    """Flags, which ask for something to be done, before registers, which say who has a condition."""
    groups = []
    for kind, title, words in (
        ("flag", "Something to do", "Each finds people for whom something is worth doing now, and says what."),
        (
            "register",
            "Everyone with a condition",
            "Each holds everybody with a condition, whether or not anything is due.",
        ),
    ):
        own = [(one, count, detail(one, "suggested_action")) for one, count in found if one.kind == kind]
        own.sort(key=lambda row: (-row[1], row[0].title))
        if own:
            groups.append(
                IndexGroup(title, words, [row for row in own if row[1]], [one for one, count, _ in own if not count])
            )
    return groups


def combination_options(definitions: list[DefinitionInfo], form: CombinationForm) -> dict[str, list]:
    """What each part of a combination offers to tick, flags and registers apart."""
    offered = {}
    for name in COMBINED:
        ticked = set(form[name].value() or [])
        offered[name] = [
            (title, [(one.id, one.title, one.id in ticked) for one in definitions if one.kind == kind])
            for kind, title in (("flag", "Something to do"), ("register", "Has a condition"))
        ]
    return offered


def history_rows(done: list[Action]) -> list[list[str]]:
    """What was done about somebody, latest first: when, what, by whom, why and the note."""
    rows = []
    for one in done:
        what = one.get_verb_display()  # type: ignore[attr-defined]
        if one.assigned_to is not None:
            what += f" to {one.assigned_to.name}"
        if one.until is not None:
            what += f" until {date_words(one.until)}"
        if hasattr(one, "undone_by"):
            what += " (undone later)"
        reason = DECLINE_REASONS.get(one.reason, one.reason)
        rows.append([moment_words(one.at), what, one.by.name, reason or "–", one.note or "–"])
    return rows


def week_rows(weeks: list[Week]) -> list[list[str]]:
    """What was done with a list, a row a week."""
    verbs = ("done", "assign", "defer", "decline", "reopen")
    return [[date_words(week.monday), *(f"{week.counts.get(verb, 0):,}" for verb in verbs)] for week in weeks]


def reason_rows(reasons: dict[str, int]) -> list[list[str]]:
    """Why people were declined, and how many."""
    return [[DECLINE_REASONS.get(reason, reason), f"{count:,}"] for reason, count in reasons.items()]


def comparison_row(one: Comparison) -> list[str]:
    """Between two releases: left among those seen, and among those not yet reached."""

    def words(left: int, of: int) -> str:
        share = one.share(left, of)
        if share is None:
            return "nobody"
        value, lower, upper = share
        return f"{left:,} of {of:,}: {percent_words(value, 0)} ({percent_words(lower, 0)} to {percent_words(upper, 0)})"

    return [
        f"{date_words(one.from_as_at)} to {date_words(one.to_as_at)}",
        words(one.seen_left, one.seen),
        words(one.untouched_left, one.untouched),
    ]


def as_it_is(working_list: WorkingList) -> dict[str, object]:
    """The present values of a list, for its form."""
    version = working_list.version
    return {
        "title": working_list.title, "shared": working_list.shared, "capacity": version.capacity,
        "quiet_days": version.quiet_days, "seen_number": version.number,
    }  # fmt: skip
