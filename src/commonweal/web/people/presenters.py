"""One person in words. Costs are never shown here: direct care does not see what somebody costs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from commonweal.definitions.codelists import load
from commonweal.errors import CommonwealError
from commonweal.web.core.presenters import date_words, moment_words, nhs_number_words, number_words, short_date_words
from commonweal.web.people import coded
from commonweal.web.people.relationships import unended

if TYPE_CHECKING:
    from commonweal.engine.answers import Explanation, TimelineItem
    from commonweal.engine.evidence import Evidence, SourceRow
    from commonweal.web.people.households import Household
    from commonweal.web.people.services import Look, Reasons

SETTINGS = {
    "gp": "GP", "apc": "Hospital stay", "op": "Outpatients", "ae": "Emergency department", "community": "Community",
    "mental_health": "Mental health", "talking_therapies": "Talking therapies", "maternity": "Maternity",
    "ambulance": "Ambulance", "urgent_111": "111", "social_care": "Social care", "medication": "Medicines",
    "referral": "Referrals", "wait": "Waiting lists", "care_package": "Care packages", "laboratory": "Laboratory",
    "registration": "Registration", "diagnosis": "Hospital diagnoses", "procedure": "Procedures", "event": "Coded entries",
}  # fmt: skip
SEX = {"F": "Female", "M": "Male", "I": "Indeterminate"}
NEVER_SHOWN = ("cost", "price", "market_forces", "load_id", "record_number", "_key", "concept", "pod")
RECENT = 8
STILL_WAITING_DAYS = 42
"""Lists come weekly, and by month at the latest: who is on none for so long has been seen, or has left the list."""


@dataclass(frozen=True)
class Entry:
    """One row of the timeline."""

    when: str
    year: int
    where: str
    what: str
    value: str
    provider: str
    more: list[tuple[str, str]]
    source: str


@dataclass(frozen=True)
class PersonWords:
    """The summary page."""

    person_id: str
    name: str
    about: list[tuple[str, str]]
    ground: str
    withheld: int
    lists: list[tuple[str, str, list[str]]]
    """Id and title of each flag, and why the person is on it."""
    conditions: list[tuple[str, str, str]]
    """Id, title, and since when it is coded."""
    scores: list[tuple[str, str, str, str]]
    """Identifier, title, value, and for whom it is valid."""
    results: list[list[str]]
    medicines: list[list[str]]
    services: list[list[str]]
    social_care: list[list[str]]
    recent: list[Entry]
    corrections: list[tuple[str, str]]
    as_at: str
    excluded: tuple[str, ...]


def person_in_words(look: Look, reasons: Reasons | None = None) -> PersonWords:
    """Everything that the summary page says; `reasons` is the evidence of each flag, where it was asked for."""
    summary, known, why = look.summary, look.definitions, reasons or {}
    return PersonWords(
        summary.person_id, look.identity.name, _about(look), ground_words(look), look.withheld,
        [(one, known[one].title, telling(why.get(one, ()))) for one in summary.flags if one in known],
        [
            (one, known[one].title, f"first coded {date_words(since)}" if since else "")
            for one, since in conditions(look) if one in known
        ],
        [
            (one, known[one].title, f"{value:g}", known[one].details.get("validity", ""))
            for one, value in summary.scores.items() if one in known
        ],
        results(look.items), medicines(look.items, look.release.as_at), services_involved(look), social_care(look),
        [entry(one, look.organisations) for one in look.items if one.table in {"contact", "referral"}][:RECENT],
        [
            (f"{one.item}: {one.words}", f"answered: {one.answer}" if one.answered_at else "waiting for an answer")
            for one in look.corrections
        ],
        date_words(look.release.as_at), summary.excluded,
    )  # fmt: skip


def telling(every: Iterable[Evidence]) -> list[str]:
    """The facts of a list that say something about a person, each once; all of them where none does.

    "No diabetes resolved" decides, but tells a reader nothing; "no HbA1c in the last 12 months" is the point.
    """
    found = list(every)
    said = [one for one in found if one.feature != "person" and (one.value is not False or _says(one))]
    return list(dict.fromkeys(one.sentence for one in said or found))


def _says(one: Evidence) -> bool:
    return one.date is not None or " in the last " in one.sentence


def ground_words(look: Look) -> str:
    """Why the reader may see this, in words."""
    if look.relationship:
        return f"You see this because: {look.relationship.words}."
    assert look.access is not None
    return f"You see this by emergency access, open until {moment_words(look.access.closes_at)}. It will be reviewed."


def _about(look: Look) -> list[tuple[str, str]]:
    summary, identity, names = look.summary, look.identity, look.organisations
    rows = [
        ("NHS number", nhs_number_words(identity.nhs_number)),
        ("Born", f"{date_words(summary.birth_date)} ({summary.age} years)" if summary.birth_date else "not known"),
        ("Sex", SEX.get(summary.sex or "", "not known")),
        ("Practice", names.get(summary.practice_code or "", summary.practice_code or "not registered")),
        ("Telephone", identity.telephone or "not known"),
        ("Address", identity.address or "not known"),
    ]
    if summary.death_date:
        rows.insert(2, ("Died", date_words(summary.death_date)))
    return rows


def conditions(look: Look) -> list[tuple[str, datetime.date | None]]:
    """Each register with the day on which its condition was first coded, where a code of its lists gives one."""
    coded_on: dict[str, datetime.date] = {}
    for item in look.items:
        if item.table == "event" and item.value is None and item.code:
            coded_on[item.code] = min(item.date, coded_on.get(item.code, item.date))
    found = []
    for one in look.summary.registers:
        days = [coded_on[code] for code in _codes_of(look, one) & coded_on.keys()]
        found.append((one, min(days, default=None)))
    return found


def _codes_of(look: Look, definition_id: str) -> frozenset[str]:
    """The codes by which somebody enters a register; those that end it are left out."""
    info = look.definitions.get(definition_id)
    lists = tuple(info.details.get("codelists") or ()) if info else ()
    found = set(_codes_in(lists, look.release.id))
    for other in (info.details.get("uses") or ()) if info else ():
        found |= _codes_of(look, other)
    return frozenset(found)


@lru_cache(maxsize=2048)
def _codes_in(lists: tuple[str, ...], release_id: str) -> frozenset[str]:
    """The codes of these lists, without those that end a condition: read once for each release."""
    found: set[str] = set()
    for name in lists:
        try:
            listed = load(name)
        except CommonwealError:  # a list that the release knew and this version does not ship
            continue
        if "resolved" not in listed.title.lower():
            found |= set(listed.codes)
    return frozenset(found)


MOST_RESULTS = 20
TREND_OF = 4


def results(items: list[TimelineItem]) -> list[list[str]]:
    """The latest value of each observation with the few before it, oldest first: what it was, and which way it goes."""
    by_code: dict[str, list[TimelineItem]] = {}
    for item in items:
        if item.table == "event" and item.value is not None:
            by_code.setdefault(item.code or item.title, []).append(item)
    rows = []
    for found in list(by_code.values())[:MOST_RESULTS]:
        latest, before = found[0], found[1] if len(found) > 1 else None
        trend, past = "first value", "–"
        if before is not None and before.value is not None and latest.value is not None:
            change = latest.value - before.value
            trend = "up" if change > 0 else "down" if change < 0 else "the same"
            past = "; ".join(
                f"{_reading(one.value)} on {short_date_words(one.date)}" for one in reversed(found[1:TREND_OF])
            )
        value = f"{_reading(latest.value)} {coded.unit(latest.unit)}".strip()
        name = _named(latest)
        rows.append([name, value, short_date_words(latest.date), trend, past])
    return rows


def medicines(items: list[TimelineItem], as_at: datetime.date) -> list[list[str]]:
    """What was issued in the last six months: the latest issue of each."""
    since = as_at - datetime.timedelta(days=183)
    latest: dict[str, TimelineItem] = {}
    for item in items:
        if item.table == "medication" and item.date >= since:
            latest.setdefault(item.code or item.title, item)
    return [
        [item.title, short_date_words(item.date), "repeat" if item.details.get("repeat") else ""]
        for item in latest.values()
    ]


def services_involved(look: Look) -> list[list[str]]:
    """Open referrals, and each wait once, as its newest list has it. Social care stands apart."""
    as_at = look.release.as_at
    rows: dict[object, list[str]] = {}
    waits: dict[object, datetime.date] = {}
    for item in look.items:
        if item.end_date is not None and item.end_date < as_at:
            continue
        provider = look.organisations.get(item.provider_code or "", item.provider_code or "")
        what = coded.contact_words(item.details)
        if item.table == "referral" and not unended(item, as_at):
            rows[("referral", item.record_number, item.load_id)] = [
                "Referral", what or _asked(item), provider, date_words(item.date),
            ]  # fmt: skip
        elif item.table == "wait":
            key, listed = item.details.get("pathway_key"), item.details.get("snapshot_date") or item.date
            if (as_at - listed).days > STILL_WAITING_DAYS:
                continue
            if key not in waits or listed > waits[key]:
                waits[key] = listed
                kind = coded.WAITS.get(str(item.details.get("list_type")), item.title)
                rows[key] = [kind, what, provider, f"{date_words(item.date)}; on the list of {date_words(listed)}"]
    return list(rows.values())


def _asked(item: TimelineItem) -> str:
    """What a referral without a specialty asks for: ``To a consultant, two-week wait``."""
    to = "To a team" if item.details.get("service_type") else "To a consultant"
    urgency = coded.PRIORITY.get(str(item.details.get("priority") or ""), "")
    return f"{to}, {urgency}" if urgency else to


def social_care(look: Look) -> list[list[str]]:
    """Care packages, those that are open first."""
    as_at = look.release.as_at
    found = [one for one in look.items if one.table == "care_package"]
    found.sort(key=lambda one: one.end_date is not None and one.end_date < as_at)
    return [
        [
            str(one.title), look.organisations.get(one.provider_code or "", one.provider_code or "not known"),
            date_words(one.date),
            "open" if one.end_date is None or one.end_date >= as_at else f"ended {date_words(one.end_date)}",
            date_words(one.details.get("review_date")) if one.details.get("review_date") else "no review recorded",
        ]
        for one in found
    ]  # fmt: skip


def entry(item: TimelineItem, names: dict[str, str]) -> Entry:
    """One row of the timeline, with what else the source said, costs left out."""
    title = SETTINGS.get(item.title, item.title)
    if item.table in {"contact", "referral", "wait"}:
        words = coded.contact_words(item.details)
        kind = coded.WAITS.get(
            item.title, "" if item.title in {item.setting, item.details.get("service_type")} else title
        )
        title = ", ".join(part for part in (kind, words) if part) or title
    else:
        title = _named(item) if item.title == item.code else title
    value = f"{_reading(item.value)} {coded.unit(item.unit)}".strip() if item.value is not None else ""
    until = f" to {date_words(item.end_date)}" if item.end_date and item.end_date != item.date else ""
    more = [
        (name.replace("_", " ").capitalize(), _plain(value))
        for name, value in item.details.items()
        if not any(part in name for part in NEVER_SHOWN)
        and name not in {"date", "start_date", "end_date", "setting", "value", "unit", "provider_code", "source_kind"}
    ]
    return Entry(
        f"{date_words(item.date)}{until}", item.date.year, SETTINGS.get(item.setting, item.setting.replace("_", " ")), title,
        value, names.get(item.provider_code or "", item.provider_code or ""), more,
        f"{item.table} row {item.record_number:,} of load {item.load_id:,}",
    )  # fmt: skip


@dataclass(frozen=True)
class WhyWords:
    """The page that says why somebody is on a list."""

    person_id: str
    name: str
    title: str
    definition_id: str
    is_on: bool
    rule: str
    evidence: list[str]
    off: tuple[str, ...]
    features: list[tuple[str, str, list[str]]]
    foot: str
    excluded: tuple[str, ...]


def explanation_in_words(found: tuple[Look, Explanation]) -> WhyWords:
    """Evidence, the rule, the rows behind it, and what would change it."""
    look, why = found
    features = []
    for one in why.features:
        rows = [_row_words(row) for row in one.rows]
        features.append((one.description[:1].upper() + one.description[1:], _plain(one.value), rows))
    shown = {(row.table, row.load_id, row.record_number) for one in why.features for row in one.rows}
    for line in why.evidence:  # the last reading before a window is of no feature of the rule
        if rows := [_row_words(row) for row in line.rows if (row.table, row.load_id, row.record_number) not in shown]:
            features.append((line.sentence, "outside the window", rows))
    return WhyWords(
        why.person_id, look.identity.name, why.title, why.definition_id, why.answer is True, why.in_words,
        [one.sentence for one in why.evidence], why.what_would_take_them_off, features,
        f"Release {why.release_id}, as at {date_words(why.as_at)}; definition {why.hash[:12]}.", why.excluded,
    )  # fmt: skip


def _row_words(row: SourceRow) -> str:
    """``3 March 2026: Asthma (195967001), load 12, record 334``."""
    what = f"{row.term} ({row.code})" if row.term else row.code or row.table
    value = f" = {_reading(row.value)}" if row.value is not None else ""
    return f"{date_words(row.date)}: {what}{value}, load {row.load_id:,}, record {row.record_number:,}"


@dataclass(frozen=True)
class HouseholdWords:
    """The page of a household."""

    person_id: str
    name: str
    ground: str
    too_many: bool
    members: list[tuple[str, str, str, list[str], list[str]]]
    """Person, name, age and sex, what is worth doing now, conditions."""


def household_in_words(found: Household) -> HouseholdWords:
    """Everything that the page says."""
    look = found.look
    known = look.definitions
    members = []
    for one in found.members:
        summary = one.summary
        who = ", ".join(
            part
            for part in (f"{summary.age} years" if summary.age is not None else "", SEX.get(summary.sex or "", ""))
            if part
        )
        flags = [known[each].title for each in summary.flags if each in known]
        registers = [known[each].title for each in summary.registers if each in known]
        members.append((summary.person_id, one.identity.name, who, flags, registers))
    return HouseholdWords(look.summary.person_id, look.identity.name, ground_words(look), found.too_many, members)


def _named(item: TimelineItem) -> str:
    """What an entry is called; a code that no source named says so."""
    return f"Code {item.code}, which no source named" if item.code and item.title == item.code else item.title


def _reading(value: float | str | None) -> str:
    """A value as it is read out: one place, and none where it is whole."""
    return number_words(value, 1).removesuffix(".0")


def _plain(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return moment_words(value)
    if isinstance(value, datetime.date):
        return date_words(value)
    return _reading(value) if isinstance(value, float) else str(value)
