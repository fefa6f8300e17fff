"""The release's account of itself: what it holds, feed by feed, what was refused and why, and what changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from commonweal.definitions.codelists import Codelist
from commonweal.engine.words import say_source
from commonweal.errors import NotReady
from commonweal.governance.disclosure import HES, show_count
from commonweal.pipeline import releases as kept
from commonweal.pipeline.confidential import withheld_warnings
from commonweal.record import quality
from commonweal.record.control import Control
from commonweal.web.core import reading, releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can, check_can
from commonweal.web.core.presenters import (
    date_words,
    feed_name,
    moment_words,
    period_words,
    plural_words,
    short_date_words,
)
from commonweal.web.trust.presenters import rule_words, step_words

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader
    from commonweal.record.quality import Scorecard

MOST_LINES = 200
WHY = {
    "definition": "its rule changed", "codelist": "a codelist changed", "data": "the data changed",
    "as-at date": "the date and the data moved on", "new": "new", "gone": "no longer there",
}  # fmt: skip
MOVED = {"data", "as-at date"}
"""Reasons that leave the definition as it was."""
STATES = {"good": "good", "doubt": "in doubt", "alarm": "alarm"}


@dataclass(frozen=True)
class AccountTable:
    """One table of an account."""

    title: str
    words: str
    columns: list[tuple[str, bool]]
    rows: list[list[str]]
    empty: str
    folded: bool = False
    """Long, and for those who check: shown when asked for."""
    links: tuple[str, ...] = ()
    """Where the first cell of each row leads."""


@dataclass(frozen=True)
class Account:
    """A page of facts and tables."""

    facts: list[tuple[str, str]]
    tables: list[AccountTable]


def of_release(*, by: Actor) -> Account:
    """The current release, feed by feed. Counts of people pass the disclosure door; counts of rows are of rows."""
    check_can(by, "trust.read")
    planning = releases.reader("planning")
    care = releases.reader("direct_care")
    release = planning.release()
    definitions = planning.definitions()
    everyone, usable = reading.population(care), reading.population(planning)
    facts = [
        ("Release", release.id),
        ("Made", moment_words(release.created_at)),
        ("Data as at", date_words(release.as_at)),
        ("People in it", "invented" if release.invented else "real"),
        ("People for direct care", show_count(everyone, HES).text),
        ("Left out of planning because they objected", show_count(everyone - usable, HES).text),
        ("People for planning", show_count(usable, HES).text),
        ("Withheld from planning and research", withheld_words()),
        ("Definitions computed", f"{sum(one.computable for one in definitions):,} of {len(definitions):,}"),
        ("Made by version", release.code_version),
        ("Stamp", release.stamp),
    ]
    cards, refused, hops = _of_store(release.as_at)
    return Account(
        facts, [_feeds(cards, linked=can(by, "trust.quality")), _excluded(planning), _refused(refused), _hops(hops)]
    )


def withheld_words() -> str:
    """What never leaves direct care, and for which of it this site has no list."""
    kept = "HIV, sexually transmitted infection and assisted conception, and what the source marked as confidential."
    return " ".join((kept, *withheld_warnings(settings.STORE, timezone.localdate())))


def of_feed(*, by: Actor, feed: str) -> Account:
    """One feed, practice by practice, those in doubt first."""
    check_can(by, "trust.quality")
    planning = releases.reader("planning")
    cards, _, _ = _of_store(planning.release().as_at)
    own = [card for card in cards if card.feed == feed]
    if not own:
        raise NotReady("there is no such feed", remedy="choose one from this release's page")
    names = reading.organisation_names(planning)
    whole, parts = own[0], own[1:]
    facts = [
        ("State", STATES.get(whole.state, whole.state)), ("Rows", show_count(whole.rows, HES).text), ("Complete", _share(whole.completeness)),
        ("Valid", _share(whole.validity)), ("Newest row", _day(whole.last_date)), ("Last received", _day(whole.last_received)),
        ("Why", period_words("; ".join(whole.reasons)) or "nothing stands out"),
    ]  # fmt: skip
    rows, words = organisation_rows(parts, names)
    columns = [
        ("Organisation", False),
        ("State", False),
        ("Rows", True),
        ("Complete", True),
        ("Newest row", False),
        ("Why", False),
    ]
    return Account(facts, [AccountTable("By organisation", words, columns, rows, "This feed names no organisation")])


def organisation_rows(cards: list[Scorecard], names: Mapping[str, str]) -> tuple[list[list[str]], str]:
    """A line for each organisation, and the words above them.

    A few rows are a few people: how many, and the day of the last, would say something of them. Such organisations are only counted.
    """
    told = [card for card in cards if not show_count(card.rows, HES).hidden]
    rows = [
        [
            names.get(card.organisation, card.organisation), STATES.get(card.state, card.state), show_count(card.rows, HES).text,
            _share(card.completeness), _day(card.last_date), "; ".join(map(period_words, card.reasons)) or "–",
        ]
        for card in told[:MOST_LINES]
    ]  # fmt: skip
    words = (
        f"The first {MOST_LINES} of {len(told):,}, those in doubt first."
        if len(told) > MOST_LINES
        else "Those in doubt first."
    )
    if len(told) < len(cards):
        words += f" {plural_words(len(cards) - len(told), 'organisation')} sent too few rows to say more of."
    return rows, f"{words} {HES.footnote}"


def of_releases(*, by: Actor) -> Account:
    """Every release that is kept, and what changed in the latest."""
    check_can(by, "trust.read")
    found = kept.listed(settings.STORE)
    rows = [
        [
            one.id + (" (serves now)" if one.serves else ""), moment_words(datetime.datetime.fromisoformat(one.created_at)),
            _day(one.as_at), show_count(one.people, HES).text, f"{one.definitions:,}", "yes" if one.cited else "no",
        ]
        for one in found
    ]  # fmt: skip
    columns = [
        ("Release", False),
        ("Made", False),
        ("As at", False),
        ("People", True),
        ("Definitions", True),
        ("Cited", False),
    ]
    tables = [
        AccountTable(
            "Releases", "A release is never changed. One that is cited is never removed.", columns, rows, "None"
        )
    ]
    serving = next((place for place, one in enumerate(found) if one.serves), None)
    if serving is not None and serving + 1 < len(found):
        tables += _changes(kept.compare(settings.STORE, found[serving + 1].id, found[serving].id))
    return Account([], tables)


def code_rows(codelist: Codelist, most: int) -> list[list[str]]:
    """The first codes with their terms."""
    return [[code, codelist.terms.get(code, "")] for code in sorted(codelist.codes)[:most]]


def _of_store(as_at: datetime.date) -> tuple[list[Scorecard], list[dict[str, Any]], list[dict[str, Any]]]:
    """Scorecards, refused rows and reconciliation, worked out once for each state of the control store."""
    try:
        moment = settings.STORE.control.stat().st_mtime_ns
    except OSError:
        return [], [], []
    return _worked_out(settings.STORE, moment, as_at)


@lru_cache(maxsize=4)
def _worked_out(store, moment: int, as_at: datetime.date):
    return (
        quality.scorecards(store, as_at), quality.quarantine_summary(store), Control(store).reconciliation()
    )  # fmt: skip


def _feeds(cards: list[Scorecard], *, linked: bool) -> AccountTable:
    feeds = [card for card in cards if not card.organisation]
    rows = [
        [
            feed_name(card.feed), STATES.get(card.state, card.state), show_count(card.rows, HES).text,
            _share(card.completeness), _share(card.validity), _day(card.last_date), _due(card), _change(card.volume_change),
            period_words(_why(card)) or "–",
        ]
        for card in feeds
    ]  # fmt: skip
    columns = [
        ("Feed", False), ("State", False), ("Rows", True), ("Complete", True), ("Valid", True), ("Newest row", False),
        ("Next due", False), ("Volume", True), ("Why", False),
    ]  # fmt: skip
    return AccountTable(
        "What arrived, feed by feed",
        "Complete: values filled, of those that the feed fills anywhere. Valid: rows that broke no rule. Volume: the newest "
        "delivery beside the median of those before it.",
        columns, rows, "No feed was received", links=tuple(reverse("trust:quality", args=[card.feed]) for card in feeds) if linked else (),
    )  # fmt: skip


def _why(feed: Scorecard) -> str:
    """What is wrong with a feed as a whole, and how many organisations of it are in doubt; its own page says why each is."""
    about = tuple(f"{code}: " for code in feed.doubtful)
    whole = [reason for reason in feed.reasons if not about or not reason.startswith(about)]
    if feed.doubtful:
        whole.append(f"{plural_words(len(feed.doubtful), 'organisation')} in doubt")
    return "; ".join(whole)


def _due(card: Scorecard) -> str:
    """When the next delivery is due by the feed's calendar; by how much it is overdue."""
    if card.due_on is None:
        return "no calendar"
    return f"{_day(card.due_on)}, overdue by {card.overdue_days:,} days" if card.overdue_days else _day(card.due_on)


def _change(change: float | None) -> str:
    return "–" if change is None else f"{change:+.0%}"


def _excluded(reader: Reader) -> AccountTable:
    """Practices whose data failed a gate: who, of what, since when, why."""
    names = reading.organisation_names(reader)
    rows = [
        [
            f"{names.get(one.practice_code, '')} ({one.practice_code})".strip(), feed_name(one.feed), ", ".join(say_source(source) for source in one.sources),
            _day(one.since.isoformat()) if one.since else "every date", period_words("; ".join(one.reasons)),
        ]
        for one in reader.exclusions()
    ]  # fmt: skip
    columns = [("Practice", False), ("Feed", False), ("What of it", False), ("Believed up to", False), ("Why", False)]
    return AccountTable(
        "Excluded practices",
        "What they sent failed a check. Nobody of theirs is counted, on a list or in a denominator of what reads it, after the day named.",
        columns, rows, "No practice is excluded",
    )  # fmt: skip


def _refused(found: list[dict[str, Any]]) -> AccountTable:
    totals: dict[tuple[str, str, str, str, str], int] = {}
    for one in found:
        key = tuple(str(one.get(name) or "") for name in ("feed", "rule", "column", "action", "message"))
        totals[key] = totals.get(key, 0) + int(one.get("rows") or one.get("count") or 0)  # type: ignore[index]
    rows = [
        [feed_name(feed), rule_words(message or rule), column or "–", action or "–", show_count(count, HES).text]
        for (feed, rule, column, action, message), count in sorted(
            totals.items(), key=lambda pair: (pair[0][0], -pair[1])
        )
    ][:MOST_LINES]
    columns = [("Feed", False), ("Why", False), ("Column", False), ("What was done", False), ("Rows", True)]
    return AccountTable(
        "What was refused, and why",
        f"Refused rows are kept with their file, record and reason, and can be sent again. {HES.footnote}", columns, rows,
        "Nothing was refused",
    )  # fmt: skip


def _hops(found: list[dict[str, Any]]) -> AccountTable:
    totals: dict[tuple[str, str, str], int] = {}
    for one in found:
        key = (one["feed"], one["hop"], one["item"])
        totals[key] = totals.get(key, 0) + one["rows"]
    rows = [
        [feed_name(feed), *step_words(hop, item), show_count(count, HES).text]
        for (feed, hop, item), count in sorted(totals.items())
    ][:MOST_LINES]
    columns = [("Feed", False), ("Step", False), ("What", False), ("Rows", True)]
    return AccountTable(
        "Rows at each step",
        f"The counts agree at every step, or the load would have stopped. {HES.footnote}", columns, rows,
        "Nothing was reconciled",
        folded=True,
    )  # fmt: skip


def _changes(found: dict[str, Any]) -> list[AccountTable]:
    known = {one.id: one.title for one in releases.reader("planning").definitions()}
    moved = [one for one in found["definitions"] if one["why"] in MOVED]
    told = [one for one in found["definitions"] if one["why"] not in MOVED][:MOST_LINES]
    said = [[known.get(one["id"], one["id"]), WHY[one["why"]]] for one in told]
    addresses = tuple(reverse("trust:definition", args=[one["id"]]) if one["id"] in known else "" for one in told)
    lists = [[name, (old or "–")[:12], (new or "–")[:12]] for name, (old, new) in found["codelists"].items()][
        :MOST_LINES
    ]
    tables = [
        [name.replace("_", " ").capitalize(), _rows(old), _rows(new)] for name, (old, new) in found["tables"].items()
    ]
    words = f"Release {found['after']} beside {found['before']}."
    counted = (
        f"{words} The counts of {plural_words(len(moved), 'definition')} moved with the date and the data alone: "
        "a measure's own page says by how much."
        if moved
        else words
    )
    return [
        AccountTable(
            "Definitions that changed",
            counted,
            [("Definition", False), ("Why", False)],
            said,
            "No definition and no codelist behind one changed",
            links=addresses,
        ),
        AccountTable(
            "Codelists that changed",
            words,
            [("Codelist", False), ("Hash before", False), ("Hash now", False)],
            lists,
            "None",
        ),
        AccountTable("Rows that changed", words, [("Table", False), ("Before", True), ("Now", True)], tables, "None"),
    ]


def _rows(count: object) -> str:
    return show_count(int(count), HES).text if isinstance(count, int) else "–"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _day(text: str | None) -> str:
    return short_date_words(datetime.date.fromisoformat(text[:10])) if text else "–"
