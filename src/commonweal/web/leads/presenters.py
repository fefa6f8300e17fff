"""Measures in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import can
from commonweal.web.core.presenters import date_words, plural_words
from commonweal.web.leads import pictures, similar
from commonweal.web.leads.comparing import compared, moved
from commonweal.web.leads.dashboards import FILTERS
from commonweal.web.leads.groups import OWN, PLURAL

if TYPE_CHECKING:
    from commonweal.charts.base import Chart
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.web.leads.services import Line, MeasurePage, Page

HIDDEN = "hidden: small numbers"
EXCLUDED = "excluded"
EXCLUDED_WORDS = "excluded: what was sent failed a check"
SECTIONS = {
    "register": "Who has it: share of registered people", "measure": "How well it goes",
    "flag": "Worth acting on now: share of registered people",
}  # fmt: skip


def value_words(info: DefinitionInfo, row: MeasureRow | None) -> str:
    """``61.5%``; why there is none where there is none."""
    if row is None:
        return "nobody counted"
    if row.state == EXCLUDED:
        return EXCLUDED_WORDS
    if row.value is None:
        return HIDDEN if row.denominator is None or row.denominator > 0 else "nobody counted"
    return number_words(info, row.value)


def number_words(info: DefinitionInfo, value: float) -> str:
    """A number in the measure's unit."""
    return f"{value:.1f}%" if is_percent(info) else f"{value:,.1f}"


def is_percent(info: DefinitionInfo) -> bool:
    """Whether the value is a share of a hundred."""
    details = info.details
    return (details.get("per") or 100) == 100 and not (
        details.get("is_rate") or details.get("is_ratio") or details.get("sum_column")
    )


def change_words(info: DefinitionInfo, now: MeasureRow | None, before: MeasureRow | None) -> str:
    """``+1.3 points``, and whether that is more than chance would do; a dash where either is hidden."""
    if now is None or before is None or now.value is None or before.value is None:
        return "–"
    change = now.value - before.value
    if abs(change) < 0.05:
        return "the same"
    words = f"{change:+,.1f}{' points' if is_percent(info) else ''}"
    verdict = moved(info, now, before)
    return words if verdict in {"–", "no different"} else f"{words}, {verdict}"


def interval_words(row: MeasureRow | None) -> str:
    """A confidence interval in words; a dash where there is none."""
    if row is None or row.lower is None or row.upper is None:
        return "–"
    return f"{row.lower:,.1f} to {row.upper:,.1f}"


def count_words(value: float | None) -> str:
    """A count, or a star where it is suppressed."""
    return "*" if value is None else f"{value:,.0f}"


def counts_words(row: MeasureRow) -> str:
    """``43 of 120``, and how many people were left out because what their practice sent failed a check."""
    left_out = f"{count_words(row.excluded)} people left out" if row.state else ""
    if row.state == EXCLUDED:
        return left_out
    counts = f"{count_words(row.numerator)} of {count_words(row.denominator)}"
    return f"{counts}; {left_out}" if left_out else counts


def target_words(info: DefinitionInfo) -> str:
    """The definition's own target; a dash where it has none."""
    target = info.details.get("target")
    return "–" if target is None else f"{target:g}{'%' if is_percent(info) else ''}"


@dataclass(frozen=True)
class RebaseWords:
    """A day from which limits start again."""

    id: int
    words: str


@dataclass(frozen=True)
class MeasureWords:
    """A measure's page."""

    title: str
    why: str
    group_name: str
    value: str
    has_value: bool
    why_none: str
    unit: str
    facts: list[tuple[str, str]]
    trail: list[tuple[str, str]]
    over_time: Chart | None
    rebases: list[RebaseWords]
    rebase_href: str
    targets: list[tuple[str, str, str, str, Chart | None]]
    """Address, indicator, status, words, chart."""
    charts: list[tuple[str, Chart]]
    missing: list[str]
    drivers: str
    driver_rows: list[list[str]]
    children_title: str
    children: list[tuple[str, str, str, str, str, str]]
    """href, name, value, interval, counts, against the group."""
    peers: list[list[str]]
    peers_words: str
    peers_method: str
    peers_group_href: str
    people_href: str
    definition_href: str
    keep_href: str


def measure_in_words(page: MeasurePage, actor: Actor) -> MeasureWords:
    """Everything that the page of a measure says."""
    info, group = page.info, page.group
    driver_words, driver_rows = pictures.who_drives_it(page)
    charts, missing = _charts(page)
    at_this = {"measure_id": info.id, "kind": group.kind, "code": group.code}
    return MeasureWords(
        title=info.title,
        why=str(info.details.get("why_it_matters") or ""),
        group_name=group.name,
        value=value_words(info, page.now),
        has_value=page.now is not None and page.now.value is not None,
        why_none=_why_none(page),
        unit=pictures.unit_of(page),
        facts=_facts(page),
        trail=[(name, href(info.id, kind, code)) for kind, code, name in group.above],
        over_time=pictures.over_time(page),
        rebases=[
            RebaseWords(
                one.pk,
                f"Limits start again on {date_words(one.day)}: {one.reason} ({one.by.name}, {date_words(one.at)}).",
            )
            for one in page.rebases
        ],
        rebase_href=reverse("leads:rebase", kwargs=at_this) if can(actor, "measures.rebase") else "",
        targets=[
            (reverse("commissioning:target", args=[one.reference]), one.indicator, one.status, words, chart)
            for one, words, chart in pictures.to_the_target(page)
        ],
        charts=charts,
        missing=missing,
        drivers=driver_words,
        driver_rows=driver_rows,
        children_title=PLURAL.get(group.below, ""),
        children=sorted((_child(page, code, row) for code, row in page.children.items()), key=lambda child: child[1]),
        peers=_peers(page),
        peers_words=_peers_words(page),
        peers_method=similar.METHOD,
        peers_group_href=_peers_group(page, actor),
        people_href=_people_href(page, actor),
        definition_href=reverse("trust:definition", args=[info.id]),
        keep_href=f"{reverse('leads:new_view')}?measure={info.id}&group={group.kind}:{group.code}"
        if can(actor, "measures.keep") else "",
    )  # fmt: skip


def href(measure_id: str, kind: str, code: str) -> str:
    """The address of a measure for one group."""
    return reverse("leads:measure", kwargs={"measure_id": measure_id, "kind": kind, "code": code})


def _facts(page: MeasurePage) -> list[tuple[str, str]]:
    info, now = page.info, page.now
    facts = [("Value", value_words(info, now)), ("95% interval", interval_words(now))]
    if now is not None:
        facts.append(("Counted", counts_words(now)))
    if page.group.kind == OWN:
        facts.append(("Made from", _own_words(page)))
    if info.details.get("target") is not None:
        facts.append(("Target", target_words(info)))
    if page.group.kind != "all":
        verdict = compared(info, now, page.whole)
        words = value_words(info, page.whole) + (f"; {page.group.name} is {verdict}" if verdict != "–" else "")
        facts.append(("The whole system", words))
    if page.before is not None and page.before_as_at is not None:
        change = change_words(info, now, page.before)
        words = value_words(info, page.before) + (f", so {change} since" if change != "–" else "")
        facts.append((f"On {date_words(page.before_as_at)}", words))
    facts.append(("Since the last release", _earlier_words(page)))
    facts.append(("Data as at", date_words(page.release.as_at)))
    return facts


def _why_none(page: MeasurePage) -> str:
    """Why there is no value, and where to look instead."""
    if (page.now is not None and page.now.denominator == 0) or (page.now is None and not page.left_out):
        return "Nobody here is counted by this measure."
    words = "The value is hidden: it would say something about fewer than 8 people."
    return words + (" Look at a wider group." if page.group.above else "")


def _own_words(page: MeasurePage) -> str:
    words = (
        f"the published numbers of {plural_words(len(page.group.practices) - page.left_out, 'practice')}, each rounded"
    )
    if page.left_out:
        words += (
            f"; {page.left_out:,} more left out, because {'its' if page.left_out == 1 else 'their'} numbers are small"
        )
    return words


def _earlier_words(page: MeasurePage) -> str:
    if page.earlier is None:
        return "no release before this one computed it"
    words = f"{value_words(page.info, page.earlier_row)} for {date_words(page.earlier.as_at)}"
    change = change_words(page.info, page.now, page.earlier_row)
    words += f", so {change}" if change != "–" else ""
    return (
        words if page.earlier.same_rule else f"{words}. Its rule or a codelist changed in between: not like with like"
    )


def _charts(page: MeasurePage) -> tuple[list[tuple[str, Chart]], list[str]]:
    wanted = (
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
        interval_words(row), counts_words(row),
        compared(page.info, row, page.now),
    )  # fmt: skip


def _peers(page: MeasurePage) -> list[list[str]]:
    """The unit itself, then its peers: name, value, distance, and what it is like."""
    if page.peers is None:
        return []
    own, others = page.peers
    rows = []
    for one in (own, *others):
        row = page.now if one is own else page.peer_rows.get(one.code)
        why = (
            f"{one.distance:.2f}; most alike in {one.closest}, least in {one.furthest}" if one is not own else "itself"
        )
        rows.append(
            [
                page.names.get(one.code, one.code), _briefly(value_words(page.info, row)), one.size, one.deprived, one.young, one.old,
                one.largest_minority, why,
            ]
        )  # fmt: skip
    return rows


def _peers_words(page: MeasurePage) -> str:
    if page.peers is None:
        return ""
    values = sorted(row.value for row in page.peer_rows.values() if row.value is not None)
    if not values or page.now is None or page.now.value is None:
        return ""
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    above = sum(value > page.now.value for value in values)
    return (
        f"Half of these {len(values)} stand above {number_words(page.info, median)}; {above} of them stand above "
        f"{page.group.name}."
    )


def _peers_group(page: MeasurePage, actor: Actor) -> str:
    """Where a group is made of a practice and its peers."""
    if page.peers is None or page.group.kind != "practice" or not can(actor, "measures.keep"):
        return ""
    return f"{reverse('leads:new_group')}?like={page.group.code}"


def _people_href(page: MeasurePage, actor: Actor) -> str:
    """The people not yet counted, for those who care for them; a measure of rows or rates has no such list."""
    mine = (page.group.kind, page.group.code) == (actor.organisation_kind, actor.organisation_code)
    if not mine or not page.is_share or page.info.details.get("rows") or not can(actor, "lists.work"):
        return ""
    return reverse("lists:from_definition", args=[page.info.id])


@dataclass(frozen=True)
class DashboardWords:
    """A dashboard, or a view of somebody's own."""

    title: str
    group_name: str
    sections: list[tuple[str, list[tuple[str, str, str, str, str, str, str, str]]]]
    """Of each kind: href, title, value, interval, change, the system's value, against it, target."""
    change_heading: str
    shown: str
    filters: list[tuple[str, str, bool]]


def dashboard_in_words(page: Page, show: str) -> DashboardWords:
    """Everything that a dashboard says."""
    group = page.group
    sections: dict[str, list] = {}
    for one in page.lines:
        sections.setdefault(SECTIONS.get(one.info.kind, one.info.kind), []).append(
            (
                href(one.info.id, group.kind, group.code), one.info.title, value_words(one.info, one.now),
                interval_words(one.now), change_words(one.info, one.now, one.before), value_words(one.info, one.whole),
                compared(one.info, one.now, one.whole), target_words(one.info),
            )
        )  # fmt: skip
    shown = f"{len(page.lines):,} of {plural_words(page.every, 'measure')}"
    return DashboardWords(
        page.title, group.name, list(sections.items()),
        f"Since {date_words(page.before_as_at)}" if page.before_as_at else "Since before", shown,
        [
            ("", "Every measure", show not in FILTERS),
            *(
                (key, title, key == show) for key, title in FILTERS.items()
                if group.kind != "all" or key not in {"better", "worse"}
            ),
        ],
    )  # fmt: skip


def pack_rows(lines: list[Line]) -> list[list[str]]:
    """What a pack prints of each measure."""
    return [
        [
            one.info.title, value_words(one.info, one.now), interval_words(one.now),
            change_words(one.info, one.now, one.before), _briefly(value_words(one.info, one.above)),
            _briefly(value_words(one.info, one.whole)), compared(one.info, one.now, one.whole),
        ]
        for one in lines
    ]  # fmt: skip


def _briefly(words: str) -> str:
    """A hidden value in one word, where a column is narrow."""
    return "hidden" if words == HIDDEN else words
