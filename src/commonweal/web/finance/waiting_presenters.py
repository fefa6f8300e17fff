"""Waiting lists as a page: where to choose, and what capacity each target asks for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html

from commonweal.finance.waiting_sql import LISTS
from commonweal.governance.disclosure import MASK
from commonweal.statistics.waiting_list import factor_for
from commonweal.web.core.presenters import date_words
from commonweal.web.finance.presenters import Page, Shown
from commonweal.web.finance.services.waiting import WEEKS_TO_TARGET, List, WaitingPage
from commonweal.web.people.coded import treatment_function

SOURCE = (
    "Method: Fong and others 2022 (medRxiv 2022.08.23.22279117), as NHSRwaitinglist works it: the target size is demand times the mean "
    "wait at which the standard is met; relief is what brings the list there in time while demand goes on."
)
COLUMNS = [
    ("Waiting", True), ("In time, %", True), ("Over 52 weeks", True), ("Median wait, weeks", True), ("92 in 100 wait under, weeks", True),
    ("Join, a week", True), ("Leave, a week", True), ("Load", True), ("Weeks to clear", True), ("Times target size", True),
    ("Needed, a week", True),
]  # fmt: skip


def specialty_words(code: str) -> str:
    """A treatment function by its title."""
    return "Not stated" if code in ("", "unknown") else treatment_function(code) or code


def waiting_page(found: WaitingPage, *, money: bool = True) -> Page:
    """The page for one choice."""
    standard = found.standard
    where = [found.names.get(found.provider, found.provider)] if found.provider else []
    where += [specialty_words(found.specialty)] if found.specialty else []
    chosen = ", ".join(where) or "all providers and specialties"
    mean = standard.weeks / factor_for(standard.share)
    lead = [
        _says(found),
        f"People whose clock runs at the last snapshot, {date_words(found.snapshot)}{' (invented)' if found.invented else ''}. Flows are means of "
        f"the {found.weeks:.0f} weeks between the first and last snapshots: who came and went between two snapshots is not seen.",
        f"Standard: {standard.share:.0%} within {standard.weeks} weeks, which a stable list meets at a mean wait of {mean:.1f} weeks. Needed is "
        f"the number to take off each week to be there in {found.weeks_to_target} weeks.",
        SOURCE,
    ]
    return Page(
        f"{LISTS[found.kind]}: {chosen}",
        lead,
        tables=[
            Shown("The list", [("List", False), *COLUMNS], [[chosen[0].upper() + chosen[1:], *_cells(found.whole)]]),
            Shown(
                "By provider, the shortest median wait first", [("Provider", False), *COLUMNS],
                [[_link(found, "provider", one.key, found.names.get(one.key, one.key)), *_cells(one)] for one in found.by_provider],
                "Where to refer when a patient may choose: the median is of those who still wait.",
            ),
            Shown(
                "By specialty, the longest list first", [("Specialty", False), *COLUMNS],
                [[_link(found, "specialty", one.key, specialty_words(one.key)), *_cells(one)] for one in found.by_specialty],
            ),
        ],
        links=_links(found),
        trail=[("Money", reverse("finance:overview"))] if money else [("Planning", reverse("leads:dashboards"))],
    )  # fmt: skip


def _says(found: WaitingPage) -> str:
    answer = found.whole.assessment
    if answer is None:
        return "Its flow cannot be told: too few came or went, or there is one snapshot only."
    return (
        f"The list is {answer.says}. Its target size is {answer.target_size:,.0f}. A load above 1 means that it grows."
    )


def _address(found: WaitingPage, **changed: Any) -> str:
    held = {
        "list": found.kind,
        "provider": found.provider,
        "specialty": found.specialty,
        "weeks": found.weeks_to_target,
    }
    kept = {name: value for name, value in {**held, **changed}.items() if value}
    return f"{reverse('finance:waiting')}?{urlencode(kept)}"


def _link(found: WaitingPage, name: str, key: str, words: str) -> Any:
    return format_html('<a href="{}">{}</a>', _address(found, **{name: key}), words)


def _links(found: WaitingPage) -> list[tuple[str, str]]:
    links = [(title, _address(found, list=kind, provider="", specialty="")) for kind, title in LISTS.items()]
    if found.provider:
        links.append(("All providers", _address(found, provider="")))
    if found.specialty:
        links.append(("All specialties", _address(found, specialty="")))
    return links + [(f"To target in {weeks} weeks", _address(found, weeks=weeks)) for weeks in WEEKS_TO_TARGET]


def _cells(one: List) -> list[Any]:
    if one.waiting.hidden:
        return [MASK] * len(COLUMNS)
    share = MASK
    if one.inside.value is not None and one.waiting.value:
        share = f"{100 * one.inside.value / one.waiting.value:.1f}"
    answer = one.assessment
    return [
        one.waiting.text, share, one.over_52.text, _number(one.median), _number(one.weeks_92), _number(one.joined), _number(one.gone),
        _number(answer.load if answer else None, 2), _number(answer.clearance_weeks if answer else None),
        _number(one.waiting.value / answer.target_size if answer and answer.target_size and one.waiting.value else None),
        _number(answer.needed if answer else None),
    ]  # fmt: skip


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
