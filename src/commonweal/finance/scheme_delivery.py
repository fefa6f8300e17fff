"""Whether a scheme delivers: impact by provider, delivery against a stated counterfactual, what should have stopped, RAG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from commonweal.errors import BadInput
from commonweal.finance.money import Number, exact, half_up, part
from commonweal.finance.schemes import Scheme, gates, phased, scheme_rules

Rag = Literal["green", "amber", "red"]
LEAST_MONTHS_BEFORE = 6


@dataclass(frozen=True)
class ProviderImpact:
    """What a scheme's activity change does to one provider in a full year. Pence; income lost is negative.

    `stranded` is the fixed cost that stays with the provider when it loses income at the average price and saves only at the
    marginal one (positive). It does not go away because the commissioner does not pay for it.
    """

    provider_code: str
    activity_by_pod: Mapping[str, Fraction]
    income_at_average: int
    income_at_marginal: int

    @property
    def stranded(self) -> int:
        """Fixed cost that stays with the provider, pence."""
        return max(0, self.income_at_marginal - self.income_at_average)


def provider_impact(schemes: Iterable[Scheme]) -> tuple[ProviderImpact, ...]:
    """By provider, over the schemes given (stopped ones left out)."""
    activity: dict[str, dict[str, Fraction]] = {}
    average: dict[str, int] = {}
    marginal: dict[str, int] = {}
    for scheme in schemes:
        if scheme.maturity == "stopped":
            continue
        for change in scheme.impact:
            count, provider = exact(change.activity), change.provider_code
            pods = activity.setdefault(provider, {})
            pods[change.pod] = pods.get(change.pod, Fraction(0)) + count
            average[provider] = average.get(provider, 0) + half_up(count * change.average_price_pence)
            marginal[provider] = marginal.get(provider, 0) + half_up(count * change.marginal_price_pence)
    return tuple(
        ProviderImpact(provider, activity[provider], average[provider], marginal[provider])
        for provider in sorted(activity)
    )


@dataclass(frozen=True)
class Counterfactual:
    """What would have happened without the scheme, and how that is known. Activity by month."""

    says: str
    """In words: "the same months of last year, grown by 1.2 %", "matched controls", "the forecast made before the start"."""
    method: str
    expected: Mapping[date, Number]


@dataclass(frozen=True)
class Delivery:
    """Measured from the record: expected less observed activity, at one price. Pence; a saving is positive."""

    months: tuple[date, ...]
    expected: Fraction
    observed: Fraction
    saved: int
    planned: int
    says: str

    @property
    def share(self) -> Fraction | None:
        """Delivered as a share of plan; None where nothing was planned yet."""
        return Fraction(self.saved, self.planned) if self.planned > 0 else None

    @property
    def slippage(self) -> int:
        """Planned less saved, pence; positive is behind plan."""
        return self.planned - self.saved


def delivery(
    scheme: Scheme, counterfactual: Counterfactual, observed: Mapping[date, Number], price_pence: int
) -> Delivery:
    """Measured saving over the months that both series hold, against the phased gross plan of those months."""
    if not counterfactual.says:
        raise BadInput("delivery is measured against a counterfactual in words", where=f"scheme {scheme.id}")
    months = tuple(sorted(set(counterfactual.expected) & set(observed)))
    expected = sum((exact(counterfactual.expected[month]) for month in months), Fraction(0))
    seen = sum((exact(observed[month]) for month in months), Fraction(0))
    plan = dict(zip(scheme.year.months, phased(scheme, scheme.gross_pence), strict=True))
    return Delivery(
        months,
        expected,
        seen,
        half_up((expected - seen) * price_pence),
        sum(plan.get(month, 0) for month in months),
        f"{counterfactual.method}: {counterfactual.says}",
    )


@dataclass(frozen=True)
class Stop:
    """Activity that a decommissioning scheme ends. An empty specialty is all of them."""

    provider_code: str
    pod: str
    first_month: date
    """The first month that should have none."""
    treatment_function_code: str = ""


@dataclass(frozen=True)
class StillRunning:
    """Activity that should have stopped, and did not."""

    provider_code: str
    pod: str
    treatment_function_code: str
    month: date
    activity: Fraction
    pence: int


def still_running(
    stops: Sequence[Stop], observed: Iterable[tuple[str, str, str, date, Number, int]]
) -> tuple[StillRunning, ...]:
    """What is still paid for, dearest first. `observed` rows are (provider, POD, specialty, month, activity, pence)."""
    ends: dict[tuple[str, str, str], date] = {}
    for stop in stops:
        key = (stop.provider_code, stop.pod, stop.treatment_function_code)
        ends[key] = min(stop.first_month, ends.get(key, stop.first_month))
    found = []
    for provider, pod, specialty, month, activity, pence in observed:
        months = [ends[key] for key in ((provider, pod, specialty), (provider, pod, "")) if key in ends]
        if months and month >= min(months) and (exact(activity) != 0 or pence != 0):
            found.append(StillRunning(provider, pod, specialty, month, exact(activity), pence))
    return tuple(
        sorted(found, key=lambda row: (-row.pence, row.provider_code, row.pod, row.treatment_function_code, row.month))
    )


def moved_as_others(
    activity: Mapping[date, Number], others: Mapping[date, Number], start: date, who: str
) -> Counterfactual | None:
    """What a line would have done from `start` had it gone on moving as the same activity did elsewhere: its share of the
    others before, times the others since. None with fewer than six shared months before, or nothing elsewhere to go by."""
    before = [month for month in activity if month < start and exact(others.get(month, 0)) > 0]
    whole = sum((exact(others[month]) for month in before), Fraction(0))
    if len(before) < LEAST_MONTHS_BEFORE or whole == 0:
        return None
    ratio = sum((exact(activity[month]) for month in before), Fraction(0)) / whole
    expected = {month: ratio * exact(amount) for month, amount in others.items() if month >= start}
    says = f"its share of {who} over {len(before)} months before the start, times what they did since"
    return Counterfactual(says, "moved as others moved", expected)


@dataclass(frozen=True)
class Rating:
    """Red, amber or green, and the rule that made it so."""

    rag: Rag
    because: str


def rating(scheme: Scheme, delivered_pence: int, planned_pence: int, on: date) -> Rating:
    """Green: at least 95 % of the phased plan and no milestone late. Red: under 75 %, or no owner, or an assessment that is
    missing. Amber: between. The rule and its figures are on the rating."""
    rules = scheme_rules()
    closed = gates(scheme)
    if closed:
        return Rating("red", closed[0])
    if scheme.maturity == "stopped":
        return Rating("red", "stopped")
    late = [item.title for item in scheme.milestones if item.due <= on and (item.done is None or item.done > item.due)]
    overdue = [item.title for item in scheme.milestones if item.due < on and item.done is None]
    if planned_pence > 0:
        share = Fraction(delivered_pence, planned_pence)
        says = f"{float(share * 100):.0f} % of the phased plan"
        if share < Fraction(rules.amber_at_least):
            return Rating("red", f"{says}; red below {float(rules.amber_at_least * 100):g} %")
        if share < Fraction(rules.green_at_least):
            return Rating("amber", f"{says}; green from {float(rules.green_at_least * 100):g} %")
    else:
        says = "nothing is planned yet"
    if overdue:
        return Rating("amber", f"{says}; overdue: {', '.join(overdue)}")
    if late:
        return Rating("amber", f"{says}; done late: {', '.join(late)}")
    return Rating("green", f"{says}; milestones on time")


def forecast_delivery(scheme: Scheme, delivered_pence: int, months: int) -> int:
    """The year's expected saving: what was delivered in `months`, and the rest of the plan at the rate of delivery so far
    (never above plan for the months to come; a scheme that lost money so far is expected to save nothing more)."""
    plan = phased(scheme, scheme.gross_pence)
    so_far, to_come = sum(plan[:months]), sum(plan[months:])
    if so_far <= 0:
        return delivered_pence + to_come
    rate = min(Fraction(1), max(Fraction(0), Fraction(delivered_pence, so_far)))
    return delivered_pence + part(to_come, rate)
