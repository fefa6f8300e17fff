"""What plans do to each provider: effects of schemes and of intentions in one table, terms agreed, the provider's own page."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import timezone

from commonweal.commissioning import provider_impact, scheme_impact, west_london_impact
from commonweal.commissioning.papers import provider_notice
from commonweal.commissioning.papers.model import Paper as Content
from commonweal.commissioning.targets import period_end
from commonweal.errors import NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Assumption, Contract, Effect, ImpactTerm, Intention, Link
from commonweal.web.commissioning.services import linking, mergers, register, trace
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.services import schemes as finance_schemes


def effects(*, by: Actor, reference: str = "") -> list[Effect]:
    """Effects entered with intentions that `by` may see."""
    rows = (
        Effect.objects.filter(intention__in=register.visible(by))
        .select_related("intention")
        .prefetch_related("assumptions")
    )
    return list(rows.filter(intention__reference=reference) if reference else rows)


def of_schemes(*, by: Actor, codes: Sequence[str] | None = None) -> list[scheme_impact.SchemeEffects]:
    """Effects of finance's schemes (of these codes, or all), with the intention and the assumptions that each is joined to."""
    check_can(by, "commissioning.see")
    seen = register.visible(by)
    joined = dict(
        Link.objects.filter(kind="scheme", intention__in=seen)
        .order_by("-pk")
        .values_list("code", "intention__reference")
    )
    rests: dict[str, list[str]] = {}
    for row in Assumption.objects.exclude(schemes=[]):
        for code in row.schemes:
            rests.setdefault(code, []).append(row.reference)
    names = dict(providers())
    made = []
    for scheme, value in finance_schemes.all_live():
        code = scheme_impact.code_of(scheme)
        if codes is None or code in codes:
            links = scheme_impact.SchemeLinks(joined.get(code, ""), tuple(rests.get(code, ())))
            made.append(scheme_impact.effects_of(scheme, value, names, links))
    return made


def schemes_of(*, by: Actor, intention: Intention) -> list[scheme_impact.SchemeEffects]:
    """The schemes that an intention is joined to, with what each does to providers."""
    codes = list(intention.links.filter(kind="scheme").values_list("code", flat=True))
    return of_schemes(by=by, codes=codes) if codes else []


def terms(kind: str) -> dict[tuple[str, str], ImpactTerm]:
    """The term that holds for each (provider code, year): the latest entered."""
    return {(row.provider_code, row.year): row for row in ImpactTerm.objects.filter(kind=kind).order_by("id")}


@dataclass(frozen=True)
class Added:
    """Every effect, nothing twice; what a reader must know of how; schemes whose investment is placed with no provider."""

    effects: list[provider_impact.Effect]
    said: list[tuple[str, str]]
    unplaced: list[scheme_impact.SchemeEffects]
    titles: dict[str, str]


def added(*, by: Actor, provider_codes: Sequence[str] = ()) -> Added:
    """Effects of schemes and intentions, under whoever stands for each provider at the end of the effect's year."""
    own = effects(by=by)
    entered, from_schemes = [row.plain() for row in own], of_schemes(by=by)
    titles = {row.intention.reference: row.intention.title for row in own} | {
        one.code: one.title for one in from_schemes
    }
    rows, said = scheme_impact.add_up(from_schemes, entered)
    others = {code: row.share for (code, _), row in terms("others").items()}
    rows = provider_impact.with_other_shares(rows, others)
    rows = [_with_successor(row) for row in rows]
    if provider_codes:
        rows = [row for row in rows if row.provider_code in provider_codes]
    return Added(
        rows,
        said,
        [one for one in from_schemes if one.unplaced_investment_pence],
        titles,
    )


def _with_successor(row: provider_impact.Effect) -> provider_impact.Effect:
    ends = period_end(row.year)
    if not row.provider_code or ends is None:
        return row
    code, name = mergers.after(row.provider_code, row.provider, ends)
    return row if code == row.provider_code else replace(row, provider_code=code, provider=name)


@dataclass(frozen=True)
class ImpactPage:
    """What the impact page shows."""

    table: list[provider_impact.Impact]
    unsettled: list[tuple[str, str]]
    support: list[provider_impact.Support]
    assumptions: list[Assumption]
    unplaced: list[scheme_impact.SchemeEffects]
    terms: list[ImpactTerm]
    titles: dict[str, str]
    """What each scheme, and each intention with an effect of its own, is called."""


def impact(*, by: Actor, group: tuple[str, ...], provider_code: str = "") -> ImpactPage:
    """Effects summed by provider, point of delivery and year, with what they rest on."""
    found = added(by=by, provider_codes=[provider_code] if provider_code else ())
    log = list(Assumption.objects.all())
    by_year = provider_impact.tabulate(found.effects, ("provider", "year"))
    unsettled = provider_impact.unsettled(found.effects, [row.plain() for row in log])
    return ImpactPage(
        provider_impact.tabulate(found.effects, group),
        [*found.said, *dict.fromkeys(unsettled)],
        provider_impact.transition_support(by_year, _shares(found.effects)),
        log,
        found.unplaced,
        [*terms("support").values(), *terms("others").values()],
        found.titles,
    )


def _shares(rows: Sequence[provider_impact.Effect]) -> dict[tuple[str, str], Decimal]:
    """The share of stranded cost agreed for each (provider name, year)."""
    names = {row.provider_code: row.provider for row in rows}
    return {(names.get(code, code), year): row.share for (code, year), row in terms("support").items()}


def west_london(*, by: Actor) -> tuple[tuple[west_london_impact.Line, ...], list[west_london_impact.Check]]:
    """West London's table of 2014/15 made again from its lines, with what does not add up."""
    check_can(by, "commissioning.see")
    made = west_london_impact.reproduced()
    return made, west_london_impact.checks(made)


def west_london_sectors() -> tuple[str, ...]:
    """The sectors of West London's table, in the order of its columns."""
    return tuple(west_london_impact.SECTORS.values())


def providers() -> list[tuple[str, str]]:
    """(code, name) of the trusts that plans name."""
    return [(trust["code"], trust["name"]) for trust in linking.held()["trusts"]]


@dataclass(frozen=True)
class ProviderPage:
    """All that touches one provider. `became` is its successor where it has merged."""

    code: str
    name: str
    became: tuple[str, str, datetime.date] | None
    predecessors: list[str]
    intentions: list[trace.Traced]
    impact: list[provider_impact.Impact]
    support: list[provider_impact.Support]
    schemes: list[scheme_impact.SchemeEffects]
    assumptions: list[Assumption]
    contracts: list[Contract]


def provider_page(*, by: Actor, code: str) -> ProviderPage:
    """One provider with those that merged into it: intentions, what they are worth, what that rests on, contracts."""
    name, rows = trace.back(by=by, kind="provider", code=code)
    older = mergers.predecessors(code)
    codes = [code, *older]
    mine = added(by=by, provider_codes=codes).effects
    held = list(Contract.objects.filter(provider_code__in=codes))
    if not (rows or mine or held):
        raise NotReady("no plan touches this provider", value=code, remedy="choose one on the provider impact page")
    became = next((one for one in mergers.known() if one.old_code == code), None)
    name = dict(providers()).get(code, name) if name == code else name
    used = {reference for row in mine for reference in row.assumption_ids}
    by_year = provider_impact.tabulate(mine, ("provider", "year"))
    working = {row.scheme_id for row in mine}
    return ProviderPage(
        code,
        name,
        (became.new_code, became.new_name, became.merged_on) if became else None,
        older,
        rows,
        provider_impact.tabulate(mine, ("point_of_delivery", "year")),
        provider_impact.transition_support(by_year, _shares(mine)),
        [one for one in of_schemes(by=by) if one.code in working],
        list(Assumption.objects.filter(reference__in=used)),
        held,
    )


def notice_letter(*, by: Actor, code: str, starts: datetime.date) -> Content:
    """The letter that gives one provider notice of what names it and is signed or in progress."""
    check_can(by, "commissioning.act")
    page = provider_page(by=by, code=code)
    states = {"commissioner_signed", "agreed", "notified", "in_delivery"}
    mine = [row.intention.plain() for row in page.intentions if not row.inferred and row.intention.state in states]
    now = timezone.now()
    made = provider_notice.build(
        provider=page.name,
        provider_code=code,
        commissioner=by.organisation_name,
        starts=starts,
        intentions=mine,
        impacts=page.impact,
        assumptions=[row.plain() for row in page.assumptions],
        made_at=now,
        stamp=f"Made on {timezone.localtime(now):%-d %B %Y} from the commissioning register",
    )
    audit.record(by, purpose="planning", action="make notice letter", object=f"provider:{code}", result_count=len(mine))
    return made
