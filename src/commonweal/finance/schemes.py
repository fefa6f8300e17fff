"""The scheme register: what a scheme is worth, when, how sure, and whether it may be approved.

Money is pence, savings positive. Gross less investment is net. A cost avoided is never cash: both are kept apart at every
level. The assessment gates, the risk weights and the RAG thresholds are configuration (`data/scheme_rules.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear, month_after
from commonweal.finance.money import Number, part, shared

Maturity = Literal["idea", "initiation_document", "business_case", "approved", "in_delivery", "complete", "stopped"]
MATURITIES: tuple[Maturity, ...] = (
    "idea", "initiation_document", "business_case", "approved", "in_delivery", "complete", "stopped",
)  # fmt: skip
PAST_THE_GATES: tuple[Maturity, ...] = ("approved", "in_delivery", "complete")
"""Maturities that a scheme reaches only with its gates open, however it is entered."""
ASSESSMENTS = ("quality", "equality", "data_protection")
STRANDS = {
    "one": "Same service, lower cost",
    "two": "Changes to referral behaviour",
    "three": "Enforce existing policies",
    "four": "Updating eligibility criteria",
}
"""The four strands of the North West London recovery plan (October 2019). Only the fourth needs equality assessment there."""


@dataclass(frozen=True)
class ActivityChange:
    """What a scheme does to one provider's activity in a full year. `activity` negative is less of it."""

    provider_code: str
    pod: str
    activity: Number
    average_price_pence: int
    marginal_price_pence: int
    treatment_function_code: str = ""


@dataclass(frozen=True)
class Investment:
    """What one provider receives of a scheme's investment in the year planned, in pence."""

    provider_code: str
    pence: int


@dataclass(frozen=True)
class Milestone:
    """A milestone of a scheme; `done` is None until it is reached."""

    title: str
    due: date
    done: date | None = None


@dataclass(frozen=True)
class Scheme:
    """One scheme. `gross_pence` and `investment_pence` are for the year planned, spread by `phasing` (weights of months 1 to 12
    of that year, before the start month always nothing)."""

    id: str
    title: str
    year: FinancialYear
    gross_pence: int
    investment_pence: int = 0
    maturity: Maturity = "idea"
    recurrent: bool = True
    cash_releasing: bool = True
    start: date | None = None
    phasing: tuple[Number, ...] = ()
    strand: str = ""
    category: str = ""
    senior_owner: str = ""
    clinical_lead: str = ""
    finance_lead: str = ""
    confidence: Number | None = None
    """The owner's own probability; none: the weight of the maturity."""
    milestones: tuple[Milestone, ...] = ()
    assessments: Mapping[str, str] = field(default_factory=dict)
    """quality, equality, data_protection → done, screened_out, in_progress."""
    impact: tuple[ActivityChange, ...] = ()
    investments: tuple[Investment, ...] = ()
    """Who receives how much of `investment_pence`; what is left is placed with no provider."""
    measure_id: str = ""
    cohort_id: str = ""
    overlap_group: str = ""
    contract_variation: str = ""
    evidence_grade: str = ""
    evaluation_method: str = ""
    slippage_reason: str = ""
    mitigation: str = ""

    def __post_init__(self) -> None:
        where = f"scheme {self.id}"
        if self.maturity not in MATURITIES:
            raise BadInput(
                "no such maturity", where=where, value=self.maturity, remedy=f"one of {', '.join(MATURITIES)}"
            )
        if self.phasing and len(self.phasing) != 12:
            raise BadInput("phasing has twelve weights, April to March", where=where, value=len(self.phasing))
        if self.investment_pence < 0:
            raise BadInput("an investment is not negative", where=where, value=self.investment_pence)
        _check_placed(self.investments, self.investment_pence, where)

    @property
    def net_pence(self) -> int:
        """Gross less investment."""
        return self.gross_pence - self.investment_pence

    @property
    def unplaced_investment_pence(self) -> int:
        """The part of the investment that no provider is named for."""
        return self.investment_pence - sum(one.pence for one in self.investments)


def _check_placed(investments: tuple[Investment, ...], investment_pence: int, where: str) -> None:
    """No provider twice, no amount of nothing or less, and no more than the whole."""
    codes = [one.provider_code for one in investments]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise BadInput("a provider stands twice in the investment", where=where, value=", ".join(twice))
    small = next((one for one in investments if one.pence <= 0), None)
    if small is not None:
        raise BadInput("a provider receives more than nothing", where=where, value=small.provider_code)
    placed = sum(one.pence for one in investments)
    if placed > investment_pence:
        raise BadInput(
            "providers receive more than the scheme invests", where=where, value=f"£{placed / 100:,.2f}",
            remedy=f"it invests £{investment_pence / 100:,.2f}",
        )  # fmt: skip


@dataclass(frozen=True)
class SchemeRules:
    """Dated rules of the scheme register: probability by maturity, and where green and amber begin."""

    maturity_probability: Mapping[str, Decimal]
    green_at_least: Decimal
    amber_at_least: Decimal
    national_status: tuple[str, ...]


@cache
def scheme_rules() -> SchemeRules:
    """The rules that ship (`data/scheme_rules.yaml`)."""
    text = resources.files("commonweal.finance").joinpath("data/scheme_rules.yaml").read_text(encoding="utf-8")
    held: dict[str, Any] = yaml.safe_load(text)
    return SchemeRules(
        {name: Decimal(value) for name, value in held["maturity_probability"].items()},
        Decimal(held["rag"]["green_at_least"]),
        Decimal(held["rag"]["amber_at_least"]),
        tuple(held["national_status"]),
    )


def phased(scheme: Scheme, pence: int | None = None) -> tuple[int, ...]:
    """An amount of the scheme (by default its net value) by month, April to March; adds up to the amount.

    Without stated phasing the months from the start on share it evenly; a start before the year is April, after it nothing
    can be phased.
    """
    amount = scheme.net_pence if pence is None else pence
    weights = list(scheme.phasing or (1,) * 12)
    if scheme.start is not None:
        for place, month in enumerate(scheme.year.months):
            if month_after(month) <= scheme.start:
                weights[place] = 0
    if amount and not any(weights):
        raise BadInput("the scheme starts after its year", where=f"scheme {scheme.id}", value=str(scheme.start))
    return shared(amount, weights)


def full_year_effect(scheme: Scheme) -> int:
    """The gross saving of a year in which the scheme runs from April: with phasing, the last month's pace for twelve months;
    without, the even pace of the months in which it runs. Nothing where it does not recur. Investment is for the year planned."""
    if not scheme.recurrent:
        return 0
    by_month = phased(scheme, scheme.gross_pence)
    running = [amount for amount in by_month if amount]
    if not running:
        return 0
    if scheme.phasing:
        return by_month[-1] * 12
    return part(scheme.gross_pence, Decimal(12) / len(running))


def probability(scheme: Scheme) -> Number:
    """How likely a scheme's saving is, 0 to 1: its own confidence, or that of its maturity; 0 once stopped."""
    if scheme.maturity == "stopped":
        return 0
    return scheme.confidence if scheme.confidence is not None else scheme_rules().maturity_probability[scheme.maturity]


def risk_adjusted(scheme: Scheme, pence: int | None = None) -> int:
    """Net saving (or `pence`) times its probability, in whole pence."""
    return part(scheme.net_pence if pence is None else pence, probability(scheme))


def gates(scheme: Scheme) -> tuple[str, ...]:
    """What stands between the scheme and approval, in words; nothing: it may be approved.

    Every scheme needs an owner and a quality assessment. A strand-four scheme changes what people receive: it needs quality
    and equality assessments done (not screened out) before approval.
    """
    missing: list[str] = []
    if not scheme.senior_owner:
        missing.append("no senior owner")
    for name in ("quality", "equality"):
        state = scheme.assessments.get(name, "")
        if scheme.strand == "four" and state != "done":
            missing.append(f"strand four: {name} assessment is not done")
        elif state not in ("done", "screened_out") and name == "quality":
            missing.append("quality assessment is neither done nor screened out")
    if scheme.impact and not scheme.contract_variation and scheme.maturity in ("approved", "in_delivery"):
        missing.append("activity changes and no contract variation is referenced")
    return tuple(missing)


def advanced(scheme: Scheme, to: Maturity) -> Scheme:
    """The scheme at a later maturity. From "approved" on, every gate must be open."""
    if to in PAST_THE_GATES:
        closed = [reason for reason in gates(scheme) if "contract variation" not in reason]
        if closed:
            raise BadInput(
                "the scheme may not be approved yet", where=f"scheme {scheme.id}", value="; ".join(closed),
                remedy="complete what is missing, then approve",
            )  # fmt: skip
    return replace(scheme, maturity=to)


@dataclass(frozen=True)
class SchemeValue:
    """A scheme's value once overlaps are taken out: what may be added up. Pence."""

    scheme_id: str
    claimed: int
    overlap: int
    risk_weight: Number
    cash_releasing: bool

    @property
    def counted(self) -> int:
        """Claimed less overlap: what may be added up."""
        return self.claimed - self.overlap

    @property
    def risk_adjusted(self) -> int:
        """What is counted, by its risk weight."""
        return part(self.counted, self.risk_weight)


def without_overlaps(schemes: Sequence[Scheme], ceilings: Mapping[str, int]) -> tuple[SchemeValue, ...]:
    """Net values that add up: the schemes of one overlap group act on the same activity and cannot save more than its
    `ceilings` value (the cost of that activity) together.

    What is above the ceiling is taken from the least mature schemes first, then from the less certain, then by id: a saving in
    delivery is not pushed out by an idea. A group without a ceiling counts its largest scheme and nothing else, because two
    savings on the same activity were claimed and no one has said how much there is.
    """
    taken: dict[str, int] = {}
    groups: dict[str, list[Scheme]] = {}
    for scheme in schemes:
        if scheme.overlap_group and scheme.maturity != "stopped":
            groups.setdefault(scheme.overlap_group, []).append(scheme)
    for name, members in groups.items():
        claimed = sum(scheme.net_pence for scheme in members)
        ceiling = ceilings.get(name, max(scheme.net_pence for scheme in members))
        over = max(0, claimed - ceiling)
        weakest = sorted(members, key=lambda s: (MATURITIES.index(s.maturity), Decimal(str(probability(s))), s.id))
        for scheme in weakest:
            cut = min(over, max(0, scheme.net_pence))
            taken[scheme.id] = cut
            over -= cut
    return tuple(
        SchemeValue(
            scheme.id,
            0 if scheme.maturity == "stopped" else scheme.net_pence,
            taken.get(scheme.id, 0),
            probability(scheme),
            scheme.cash_releasing,
        )
        for scheme in schemes
    )


@dataclass(frozen=True)
class ProgrammeValue:
    """A programme's total, cash apart from costs avoided. Pence."""

    cash_releasing: int
    avoided: int
    cash_risk_adjusted: int
    avoided_risk_adjusted: int
    overlap_removed: int


def programme_value(values: Sequence[SchemeValue]) -> ProgrammeValue:
    """What a programme is worth after overlap, with cash released and cost avoided apart."""
    cash = [value for value in values if value.cash_releasing]
    avoided = [value for value in values if not value.cash_releasing]
    return ProgrammeValue(
        sum(value.counted for value in cash),
        sum(value.counted for value in avoided),
        sum(value.risk_adjusted for value in cash),
        sum(value.risk_adjusted for value in avoided),
        sum(value.overlap for value in values),
    )
