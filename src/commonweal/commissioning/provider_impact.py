"""What an intention or scheme does to each provider: activity, income, the cost that stays behind, investment, by year.

For a fall of N in activity at average price P, with a share v of cost that moves with activity and a marginal rate m in the
contract: income lost at average price N × P; income lost under the contract N × P × m; cost the provider can release N × P × v;
stranded cost = income lost under the contract less cost released (never below 0). Money is integer pence, losses negative.
Shares and rates are assumptions: each line names the entries of the shared log that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from commonweal.errors import BadInput


@dataclass(frozen=True)
class Assumption:
    """One entry of the log that commissioner and provider share. It is agreed when both names stand."""

    id: str
    statement: str
    value: str
    source: str
    owner: str
    made_on: date
    commissioner_agrees: str = ""
    provider_agrees: str = ""

    @property
    def agreed(self) -> bool:
        return bool(self.commissioner_agrees and self.provider_agrees)


@dataclass(frozen=True)
class Effect:
    """What one scheme changes at one provider, in one point of delivery and year.

    `activity` is the change (negative is less). `other_share` is the share of the provider's activity in this pathway that other
    commissioners buy: a change of the pathway reaches them in that proportion.
    """

    scheme_id: str
    intention_id: str
    provider: str
    point_of_delivery: str
    year: str
    activity: int
    average_price_pence: int
    marginal_rate: Decimal = Decimal(1)
    variable_share: Decimal = Decimal(0)
    investment_pence: int = 0
    other_share: Decimal = Decimal(0)
    assumption_ids: tuple[str, ...] = ()
    provider_code: str = ""

    def __post_init__(self) -> None:
        for name in ("marginal_rate", "variable_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"{name} is a share from 0 to 1", where=self.scheme_id, value=str(getattr(self, name)))
        if not 0 <= self.other_share < 1:
            raise BadInput(
                "other_share is a share from 0 to below 1", where=self.scheme_id, value=str(self.other_share)
            )


@dataclass(frozen=True)
class Impact:
    """The effect in pounds (pence). Losses of income are negative; stranded cost is positive."""

    provider: str
    point_of_delivery: str
    year: str
    activity: int
    income_average_pence: int
    income_contract_pence: int
    cost_released_pence: int
    stranded_pence: int
    investment_pence: int
    other_commissioners_pence: int

    @property
    def income_marginal_pence(self) -> int:
        """The change valued at the price at which cost moves: what a provider that loses activity can release."""
        return -self.cost_released_pence

    @property
    def net_pence(self) -> int:
        """What the provider's income changes by, with the investment it receives."""
        return self.income_contract_pence + self.investment_pence


def with_other_shares(effects: Iterable[Effect], shares: Mapping[str, Decimal]) -> list[Effect]:
    """Effects with the share that other commissioners buy, by provider code, where an effect states none of its own."""
    return [
        replace(row, other_share=shares[row.provider_code])
        if not row.other_share and row.provider_code in shares
        else row
        for row in effects
    ]


def pence(amount: Decimal) -> int:
    """Whole pence, half away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def impact(effect: Effect) -> Impact:
    """One effect in money."""
    average = effect.activity * effect.average_price_pence
    contract = pence(average * effect.marginal_rate)
    released = pence(-average * effect.variable_share) if average < 0 else 0
    stranded = max(-contract - released, 0) if average < 0 else 0
    others = pence(contract * effect.other_share / (1 - effect.other_share))
    return Impact(
        effect.provider,
        effect.point_of_delivery,
        effect.year,
        effect.activity,
        average,
        contract,
        released,
        stranded,
        effect.investment_pence,
        others,
    )


_SUMMED = (
    "activity",
    "income_average_pence",
    "income_contract_pence",
    "cost_released_pence",
    "stranded_pence",
    "investment_pence",
    "other_commissioners_pence",
)


def tabulate(effects: Iterable[Effect], by: Sequence[str] = ("provider", "point_of_delivery", "year")) -> list[Impact]:
    """Sums by any of provider, point of delivery and year, in order; what is summed over reads "All"."""
    allowed = ("provider", "point_of_delivery", "year")
    unknown = set(by) - set(allowed)
    if unknown:
        raise BadInput("cannot group by this", value=sorted(unknown), remedy="use " + ", ".join(allowed))
    sums: dict[tuple[str, ...], dict[str, int]] = {}
    for effect in effects:
        line = impact(effect)
        key = tuple(str(getattr(line, name)) if name in by else "All" for name in allowed)
        total = sums.setdefault(key, dict.fromkeys(_SUMMED, 0))
        for name in _SUMMED:
            total[name] += getattr(line, name)
    return [Impact(key[0], key[1], key[2], **sums[key]) for key in sorted(sums)]


@dataclass(frozen=True)
class Support:
    """Transition support in one year: the share of stranded cost that the system carries."""

    provider: str
    year: str
    stranded_pence: int
    share: Decimal
    support_pence: int


def transition_support(impacts: Iterable[Impact], shares: Mapping[tuple[str, str], Decimal]) -> list[Support]:
    """Support by provider and year, from the share agreed for each (provider, year). One with no agreed share gets none, and is
    listed so that it is seen."""
    stranded: dict[tuple[str, str], int] = {}
    for line in impacts:
        key = (line.provider, line.year)
        stranded[key] = stranded.get(key, 0) + line.stranded_pence
    return [
        Support(provider, year, amount, share, pence(amount * share))
        for (provider, year), amount in sorted(stranded.items())
        for share in (shares.get((provider, year), Decimal(0)),)
    ]


def unsettled(effects: Iterable[Effect], log: Iterable[Assumption]) -> list[tuple[str, str]]:
    """(scheme, what is wrong) for effects that rest on an assumption not in the log or not agreed by both sides."""
    known = {assumption.id: assumption for assumption in log}
    found = []
    for effect in effects:
        if not effect.assumption_ids:
            found.append((effect.scheme_id, "rests on no logged assumption"))
        for name in effect.assumption_ids:
            if name not in known:
                found.append((effect.scheme_id, f"assumption {name} is not in the log"))
            elif not known[name].agreed:
                found.append((effect.scheme_id, f"assumption {name} is not agreed by both sides"))
    return found
