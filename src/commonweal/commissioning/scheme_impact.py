"""A finance scheme as effects on providers, so that schemes and intentions add up in one table.

A scheme holds the change of activity in a full year with an average and a marginal price. Income is lost at the average price;
what the provider can release is the marginal price; the rest is stranded: finance's own rule, so both pages agree. In the year of
a scheme's start only the months from that start count; the full year follows where the scheme is recurrent. What overlaps with
another scheme of its group is taken out in the proportion that finance takes it from the value. Investment stands with whoever
the scheme names as receiving it, in the year planned, whole: an overlap cuts what is saved and never what is spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from commonweal.commissioning.provider_impact import Effect
from commonweal.finance.calendar import FinancialYear, month_number
from commonweal.finance.money import exact, half_up
from commonweal.finance.schemes import ActivityChange, Investment, Scheme, SchemeValue

INVESTMENT = "Investment"
"""Stands where an effect's point of delivery stands: the money buys a service, and changes no activity by itself."""


@dataclass(frozen=True)
class SchemeLinks:
    """What the commissioning register knows of a scheme: its intention and the assumptions that it rests on."""

    intention_id: str = ""
    assumption_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class SchemeEffects:
    """The effects of one scheme. `unplaced_investment_pence` is what no provider is named for; `kept` is the share that
    is left once overlaps are taken out."""

    code: str
    title: str
    effects: tuple[Effect, ...]
    unplaced_investment_pence: int
    kept: Fraction


def code_of(scheme: Scheme) -> str:
    """A scheme's code in addresses and links: ``2026-27:rs-04``."""
    return f"{str(scheme.year).replace('/', '-')}:{scheme.id}"


def effects_of(
    scheme: Scheme, value: SchemeValue, names: Mapping[str, str], links: SchemeLinks | None = None
) -> SchemeEffects:
    """What a scheme does to each provider, by point of delivery and year. `names` gives each provider code its name."""
    links = links or SchemeLinks()
    kept = Fraction(value.counted, value.claimed) if value.claimed > 0 else Fraction(1)
    kept = min(max(kept, Fraction(0)), Fraction(1))
    made = [
        _effect(scheme, change, year, share * kept, names, links)
        for change in scheme.impact
        for year, share in _years(scheme)
    ]
    made += [_receives(scheme, one, names, links) for one in scheme.investments]
    return SchemeEffects(code_of(scheme), scheme.title, tuple(made), scheme.unplaced_investment_pence, kept)


def _receives(scheme: Scheme, one: Investment, names: Mapping[str, str], links: SchemeLinks) -> Effect:
    return Effect(
        scheme_id=code_of(scheme),
        intention_id=links.intention_id,
        provider=names.get(one.provider_code, one.provider_code),
        point_of_delivery=INVESTMENT,
        year=str(scheme.year),
        activity=0,
        average_price_pence=0,
        investment_pence=one.pence,
        assumption_ids=links.assumption_ids,
        provider_code=one.provider_code,
    )


def _years(scheme: Scheme) -> tuple[tuple[FinancialYear, Fraction], ...]:
    """Each year with the share of a full year that falls in it."""
    year = scheme.year
    months = 12
    if scheme.start is not None and scheme.start > year.first_day:
        months = 0 if scheme.start > year.last_day else 13 - month_number(scheme.start)
    parts = [(year, Fraction(months, 12))] if months else []
    if months < 12 and scheme.recurrent:
        parts.append((FinancialYear(year.start + 1), Fraction(1)))
    return tuple(parts)


def _effect(
    scheme: Scheme,
    change: ActivityChange,
    year: FinancialYear,
    share: Fraction,
    names: Mapping[str, str],
    links: SchemeLinks,
) -> Effect:
    average = change.average_price_pence
    moves = min(Decimal(change.marginal_price_pence) / Decimal(average), Decimal(1)) if average else Decimal(0)
    return Effect(
        scheme_id=code_of(scheme),
        intention_id=links.intention_id,
        provider=names.get(change.provider_code, change.provider_code),
        point_of_delivery=change.pod,
        year=str(year),
        activity=half_up(exact(change.activity) * share),
        average_price_pence=average,
        marginal_rate=Decimal(1),
        variable_share=max(moves, Decimal(0)),
        assumption_ids=links.assumption_ids,
        provider_code=change.provider_code,
    )


def add_up(schemes: Iterable[SchemeEffects], entered: Iterable[Effect]) -> tuple[list[Effect], list[tuple[str, str]]]:
    """All effects with nothing counted twice: where an intention's entered effect names a scheme that holds its own changes at
    that provider, point of delivery and year, the scheme's stand. Also (scheme, what was left out or cut) in words."""
    made: list[Effect] = []
    said: list[tuple[str, str]] = []
    held: set[tuple[str, str, str, str]] = set()
    for one in schemes:
        made += one.effects
        held |= {(one.code, row.provider_code, row.point_of_delivery, row.year) for row in one.effects}
        if one.kept < 1 and one.effects:
            said.append((one.code, f"counted at {float(one.kept):.0%}: it overlaps with other schemes"))
    for row in entered:
        if (row.scheme_id, row.provider_code, row.point_of_delivery, row.year) in held:
            said.append((row.scheme_id, f"the effect entered with {row.intention_id} is left out: the scheme holds it"))
        else:
            made.append(row)
    return made, said
