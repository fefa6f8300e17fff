"""Measures in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import date_words
from commonweal.web.leads import pictures
from commonweal.web.leads.groups import PLURAL

if TYPE_CHECKING:
    from commonweal.charts.base import Chart
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.web.leads.groups import Group
    from commonweal.web.leads.services import MeasurePage

HIDDEN = "hidden: small numbers"


def value_words(info: DefinitionInfo, row: MeasureRow | None) -> str:
    """``61.5%``; why there is none where there is none."""
    if row is None:
        return "nobody counted"
    if row.value is None:
        return HIDDEN if row.denominator is None or row.denominator > 0 else "nobody counted"
    per = info.details.get("per") or 100
    details = info.details
    share = not (details.get("is_rate") or details.get("is_ratio") or details.get("sum_column"))
    return f"{row.value:.1f}%" if share and per == 100 else f"{row.value:,.1f}"


def interval_words(row: MeasureRow | None) -> str:
    if row is None or row.lower is None or row.upper is None:
        return "–"
    return f"{row.lower:,.1f} to {row.upper:,.1f}"


def count_words(value: float | None) -> str:
    return "*" if value is None else f"{value:,.0f}"


def compared(info: DefinitionInfo, own: MeasureRow | None, other: MeasureRow | None) -> str:
    """Better, worse or no different: by whether the interval holds the other's value; never by the difference alone."""
    if own is None or other is None or None in (own.value, own.lower, own.upper, other.value):
        return "–"
    if own.lower <= other.value <= own.upper:  # type: ignore[operator]
        return "no different"
    higher = own.value > other.value  # type: ignore[operator]
    polarity = info.details.get("polarity")
    if polarity not in pictures.DIRECTIONS:
        return "higher" if higher else "lower"
    return "better" if higher == (polarity == "higher_is_better") else "worse"


@dataclass(frozen=True)
class MeasureWords:
    """A measure's page."""

    title: str
    why: str
    group_name: str
    value: str
    facts: list[tuple[str, str]]
    trail: list[tuple[str, str]]
    charts: list[tuple[str, Chart]]
    missing: list[str]
    drivers: str
    driver_rows: list[list[str]]
    children_title: str
    children: list[tuple[str, str, str, str, str, str]]
    """href, name, value, interval, counts, against the group."""
    people_href: str
    definition_href: str
    unit: str


def measure_in_words(page: MeasurePage, actor: Actor) -> MeasureWords:
    """Everything that the page of a measure says."""
    info, group = page.info, page.group
    driver_words, driver_rows = pictures.who_drives_it(page)
    charts, missing = _charts(page)
    return MeasureWords(
        info.title, str(info.details.get("why_it_matters") or ""), group.name, value_words(info, page.now), _facts(page),
        [(name, href(info.id, kind, code)) for kind, code, name in group.above], charts, missing, driver_words, driver_rows,
        PLURAL.get(group.below, ""),
        sorted(
            (_child(page, code, row) for code, row in page.children.items()), key=lambda child: child[1]
        ),
        _people_href(page, actor), reverse("trust:definition", args=[info.id]), pictures.unit_of(page),
    )  # fmt: skip


def href(measure_id: str, kind: str, code: str) -> str:
    return reverse("leads:measure", kwargs={"measure_id": measure_id, "kind": kind, "code": code})


def _facts(page: MeasurePage) -> list[tuple[str, str]]:
    info, now = page.info, page.now
    facts = [("Value", value_words(info, now)), ("95% interval", interval_words(now))]
    if now is not None:
        facts.append(("Counted", f"{count_words(now.numerator)} of {count_words(now.denominator)}"))
    target = info.details.get("target")
    if target is not None:
        facts.append(("Target", f"{target:g} {pictures.unit_of(page)}"))
    if page.group.kind != "all":
        words = f"{value_words(info, page.whole)}; {page.group.name} is {compared(info, now, page.whole)}"
        facts.append(("The whole system", words))
    if page.before is not None and page.before_as_at is not None:
        facts.append((f"On {date_words(page.before_as_at)}", value_words(info, page.before)))
    facts.append(("Data as at", date_words(page.release.as_at)))
    return facts


def _charts(page: MeasurePage) -> tuple[list[tuple[str, Chart]], list[str]]:
    wanted = (
        ("Over time", pictures.over_time, "Over time: fewer than five dates can be shown."),
        (
            "By practice",
            pictures.by_practice,
            "By practice: this is not a share, or fewer than five practices can be shown.",
        ),
        ("By deprivation", pictures.by_deprivation, "By deprivation: too few groups can be shown."),
        ("By ethnic group", pictures.by_ethnicity, "By ethnic group: too few groups can be shown."),
        ("On the map", pictures.on_a_map, "On the map: no borough can be shown."),
    )
    found, missing = [], []
    for title, draw, why_not in wanted:
        chart = draw(page)
        if chart is None:
            missing.append(why_not)
        else:
            found.append((title, chart))
    return found, missing


def _child(page: MeasurePage, code: str, row: MeasureRow) -> tuple[str, str, str, str, str, str]:
    return (
        href(page.info.id, page.group.below, code), page.names.get(code, code), value_words(page.info, row),
        interval_words(row), f"{count_words(row.numerator)} of {count_words(row.denominator)}",
        compared(page.info, row, page.now),
    )  # fmt: skip


def _people_href(page: MeasurePage, actor: Actor) -> str:
    """The people not yet counted, for those who care for them; a measure of rows or rates has no such list."""
    mine = (page.group.kind, page.group.code) == (actor.organisation_kind, actor.organisation_code)
    if not mine or not page.is_share or page.info.details.get("rows") or not can(actor, "lists.work"):
        return ""
    return reverse("lists:from_definition", args=[page.info.id])


def dashboard_rows(rows: list[tuple], group: Group) -> list[tuple[str, str, str, str, str, str]]:
    """href, title, value, interval, the system's value, and against it."""
    return [
        (
            href(info.id, group.kind, group.code), info.title, value_words(info, own), interval_words(own),
            value_words(info, whole), compared(info, own, whole),
        )
        for info, own, whole in rows
    ]  # fmt: skip


def pack_rows(rows: list[tuple]) -> list[list[str]]:
    """What a pack prints of each measure."""
    return [
        [
            info.title, value_words(info, own), interval_words(own), value_words(info, above), value_words(info, whole),
            compared(info, own, whole),
        ]
        for info, own, above, whole in rows
    ]  # fmt: skip
