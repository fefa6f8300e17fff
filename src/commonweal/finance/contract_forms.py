"""What is paid under each form of contract: small pure functions over activity value and the contract's terms.

Every function returns a `Payment`: named lines in pence that add up to what is paid. Values that are not paid (retained
under a marginal rate, withheld for outcomes, above a cap) are their own figure and never inside `paid`.
Rates of each year are in `data/payment_rules.yaml`; a contract may always state its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources

import yaml

from commonweal.errors import BadInput
from commonweal.finance.money import Number, exact, half_up, part, shared

ELECTIVE_PODS_2023 = ("EL", "DC", "OPFA", "OPPROC", "UNBRAD", "UNBCHEMO")
"""Paid by activity under the aligned form of 2023/25: elective, day case, first attendances, procedures, unbundled imaging
and chemotherapy. A POD code belongs where it starts with one of these."""


@dataclass(frozen=True)
class PaymentLine:
    """One line of a payment, in words and pence."""

    says: str
    pence: int


@dataclass(frozen=True)
class Payment:
    """What one contract form pays. `not_paid` is value that the form keeps back, with its lines in `kept_back`."""

    form: str
    lines: tuple[PaymentLine, ...]
    kept_back: tuple[PaymentLine, ...] = ()

    @property
    def paid(self) -> int:
        """What the lines come to, pence."""
        return sum(line.pence for line in self.lines)

    @property
    def not_paid(self) -> int:
        """What is kept back, pence."""
        return sum(line.pence for line in self.kept_back)


@dataclass(frozen=True)
class PaymentRule:
    """One dated rule of `data/payment_rules.yaml`."""

    form: str
    valid_from: date
    valid_to: date
    rate: Decimal | None
    limit_pence: int | None
    verified: bool
    says: str
    source: str


@cache
def payment_rules() -> tuple[PaymentRule, ...]:
    """The dated national payment rules that ship (`data/payment_rules.yaml`), each with its source."""
    text = resources.files("commonweal.finance").joinpath("data/payment_rules.yaml").read_text(encoding="utf-8")
    return tuple(
        PaymentRule(
            form=row["form"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            rate=Decimal(row["rate"]) if "rate" in row else None,
            limit_pence=row.get("limit_pence"),
            verified=row["verified"],
            says=row["says"],
            source=row["source"],
        )
        for row in yaml.safe_load(text)
    )


def rule_on(form: str, day: date) -> PaymentRule:
    """The national rule of a form on an activity date; BadInput where none was in force."""
    for rule in payment_rules():
        if rule.form == form and rule.valid_from <= day <= rule.valid_to:
            return rule
    raise BadInput("no national rule of this form was in force", value=f"{form} on {day}", remedy="state the rate")


def payment_by_results(lines: Sequence[tuple[Number, int]], market_forces_factor: Number = 1) -> Payment:
    """Activity at unit prices in pence *before* the factor; the factor's part is a line of its own, added once."""
    base = sum(half_up(exact(activity) * price) for activity, price in lines)
    factor = part(base, exact(market_forces_factor) - 1)
    return Payment(
        "payment_by_results", (PaymentLine("activity at price", base), PaymentLine("market forces factor", factor))
    )


def block(annual_pence: int, months: int = 12, of: int = 12) -> Payment:
    """The first `months` of a year's block, in `of` parts that add up to the year."""
    if not 0 <= months <= of:
        raise BadInput("a block is paid over its own year", value=months, remedy=f"0 to {of} months")
    return Payment(
        "block", (PaymentLine(f"block, {months} of {of} months", sum(shared(annual_pence, [1] * of)[:months])),)
    )


def cost_and_volume(
    block_pence: int,
    baseline_activity: Number,
    actual_activity: Number,
    price_pence: int,
    *,
    rate_above: Number = 1,
    rate_below: Number = 0,
    tolerance: Number = 0,
) -> Payment:
    """A block for a baseline of activity; beyond `tolerance` (a share of the baseline) more is paid for, or given back,
    at a share of the price."""
    baseline, actual = exact(baseline_activity), exact(actual_activity)
    free = baseline * exact(tolerance)
    above = max(Fraction(0), actual - baseline - free)
    below = max(Fraction(0), baseline - free - actual)
    return Payment(
        "cost_and_volume",
        (
            PaymentLine("block for the baseline", block_pence),
            PaymentLine("activity above", half_up(above * price_pence * exact(rate_above))),
            PaymentLine("activity below", -half_up(below * price_pence * exact(rate_below))),
        ),
    )


def marginal_rate(actual_pence: int, baseline_pence: int, rate: Number) -> Payment:
    """All value up to a baseline, and a share of what lies above (30 %, 70 %). What is not paid is ring-fenced."""
    above = max(0, actual_pence - baseline_pence)
    paid_above = part(above, rate)
    return Payment(
        "marginal_rate",
        (
            PaymentLine("up to the baseline", actual_pence - above),
            PaymentLine(f"above the baseline at {_percent(rate)}", paid_above),
        ),
        (PaymentLine("retained, to invest in demand management", above - paid_above),),
    )


def emergency_admissions_cap(
    actual_pence: int,
    baseline_2008_09_pence: int,
    *,
    excluded_pence: int = 0,
    rate: Number | None = None,
    day: date | None = None,
) -> Payment:
    """Marginal rate emergency tariff, one contract: the value of 2008/09 activity at the tariff of the year is the
    baseline. A&E, best practice tariffs and activity outside the tariff are `excluded_pence` of the actual and are paid
    in full. `actual_pence` comes after short-stay and specialist adjustments. Ended on 31 March 2019."""
    if rate is None:
        if day is None:
            raise BadInput("a rate, or the date whose national rate holds, is needed")
        rate = rule_on("marginal_rate_emergency", day).rate or 0
    within = marginal_rate(actual_pence - excluded_pence, baseline_2008_09_pence, rate)
    excluded = PaymentLine("outside the rule, in full", excluded_pence)
    return Payment("emergency_admissions_cap", (*within.lines, excluded), within.kept_back)


def blended(expected_pence: int, actual_pence: int, variable_rate: Number) -> Payment:
    """Fixed for expected activity, and a share of the price for the difference, either way (20 % in 2019/20)."""
    return Payment(
        "blended",
        (
            PaymentLine("fixed, expected activity", expected_pence),
            PaymentLine(
                f"variable, {_percent(variable_rate)} of the difference",
                part(actual_pence - expected_pence, variable_rate),
            ),
        ),
    )


def aligned_payment_and_incentive(
    fixed_pence: int,
    elective_actual_pence: int,
    *,
    elective_baseline_pence: int = 0,
    day: date,
    best_practice_pence: int = 0,
    rate: Number | None = None,
) -> Payment:
    """Aligned payment and incentive by year. In 2022/23 the fixed amount holds an elective baseline, and 75 % of the
    difference moves; from 2023/24 elective activity is paid at 100 % of unit prices beside the fixed amount, and
    `elective_baseline_pence` is not used. A contract may state its own `rate`; a year whose rule is not held needs one."""
    if rate is None:
        rate = rule_on("aligned_payment_and_incentive", day).rate or Decimal(1)
    if exact(rate) == 1:
        elective = PaymentLine("elective activity at 100 % of unit prices", elective_actual_pence)
    else:
        moved = part(elective_actual_pence - elective_baseline_pence, rate)
        elective = PaymentLine(f"{_percent(rate)} of the difference from the elective baseline", moved)
    return Payment(
        "aligned_payment_and_incentive",
        (PaymentLine("fixed", fixed_pence), elective, PaymentLine("best practice", best_practice_pence)),
    )


def is_variable_under_aligned(pod: str) -> bool:
    """Whether a POD is paid by activity under the aligned form from 2023/24."""
    return any(pod.startswith(code) for code in ELECTIVE_PODS_2023) or pod == "NF2FFA"


def low_volume_block(years_pence: Sequence[int], *, day: date) -> Payment:
    """A block at the average of three years, where that is under the year's limit (£1.5m in 2025/26)."""
    if len(years_pence) != 3:
        raise BadInput("a low-volume block is the average of three years", value=len(years_pence))
    limit = rule_on("low_volume_activity", day).limit_pence or 0
    average = half_up(Fraction(sum(years_pence), 3))
    if average >= limit:
        raise BadInput(
            "this is not a low-volume contract", value=average, remedy=f"it must be under {limit} pence a year"
        )
    return Payment("low_volume_block", (PaymentLine("average of three years", average),))


def capitated(persons: Mapping[str, Number], price_pence: Mapping[str, int]) -> Payment:
    """A payment per person and group (age band, segment): persons may be person-months over twelve."""
    missing = sorted(set(persons) - set(price_pence))
    if missing:
        raise BadInput("a group has people and no price per person", value=", ".join(missing))
    lines = tuple(
        PaymentLine(f"{group}: per person", half_up(exact(count) * price_pence[group]))
        for group, count in sorted(persons.items())
    )
    return Payment("capitated", lines)


def outcome_share(contract_pence: int, withheld_rate: Number, achieved: Mapping[str, tuple[Number, bool]]) -> Payment:
    """A share of the contract is withheld, and released outcome by outcome: `achieved` maps an outcome to its weight and
    whether it was met. The weights share the withheld amount exactly."""
    withheld = part(contract_pence, withheld_rate)
    names = sorted(achieved)
    amounts = shared(withheld, [achieved[name][0] for name in names])
    paid = tuple(
        PaymentLine(f"released: {name}", pence) for name, pence in zip(names, amounts, strict=True) if achieved[name][1]
    )
    kept = tuple(
        PaymentLine(f"withheld: {name}", pence)
        for name, pence in zip(names, amounts, strict=True)
        if not achieved[name][1]
    )
    return Payment("outcome_share", (PaymentLine("not at stake", contract_pence - withheld), *paid), kept)


def commissioning_for_quality(
    contract_pence: int, rate: Number, indicators: Mapping[str, tuple[Number, Number]]
) -> Payment:
    """CQUIN: a share of the contract on top, earned by indicator: weight, and achievement from 0 to 1."""
    names = sorted(indicators)
    whole = part(contract_pence, rate)
    amounts = shared(whole, [indicators[name][0] for name in names])
    earned: list[PaymentLine] = []
    lost: list[PaymentLine] = []
    for name, amount in zip(names, amounts, strict=True):
        achievement = exact(indicators[name][1])
        if not 0 <= achievement <= 1:
            raise BadInput("achievement lies between 0 and 1", where=name, value=str(indicators[name][1]))
        got = half_up(amount * achievement)
        earned.append(PaymentLine(f"earned: {name}", got))
        lost.append(PaymentLine(f"not earned: {name}", amount - got))
    return Payment("cquin", (PaymentLine("contract", contract_pence), *earned), tuple(lost))


def new_to_follow_up_cap(firsts: Number, follow_ups: Number, ratio: Number, follow_up_price_pence: int) -> Payment:
    """Follow-ups are paid up to `ratio` for each first attendance; above it nothing is paid."""
    done = exact(follow_ups)
    allowed = min(done, exact(firsts) * exact(ratio))
    value, paid = half_up(done * follow_up_price_pence), half_up(allowed * follow_up_price_pence)
    return Payment(
        "new_to_follow_up_cap",
        (PaymentLine("follow-ups within the ratio", paid),),
        (PaymentLine("follow-ups above the ratio", value - paid),),
    )


def _percent(rate: Number) -> str:
    return f"{float(exact(rate) * 100):g} %"
