"""One contract's activity under each form of payment: what each would pay to date, on which terms, with its lines.

`ContractYear` is what happened and what was planned; a form's own terms are text as they were agreed (pounds, percent,
lists of ``name: weight: result``). A term that was not given takes the plan's figure or the form's usual rate where there is
one, and the result says which were assumed; where neither exists the form is not worked out and says what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from commonweal.errors import BadInput
from commonweal.finance import contract_forms as forms
from commonweal.finance.contract_forms import Payment, PaymentLine
from commonweal.finance.money import exact, half_up, shared

EMERGENCY = ("NEL", "NELST")
FIRSTS = ("OPFA", "NF2FFA", "WAFA")
FOLLOW_UPS = ("OPFUP", "NF2FFUP", "WAFUP")
Kind = Literal["pounds", "percent", "number", "list"]


@dataclass(frozen=True)
class PodValue:
    """One POD of a contract over the months that arrived: plan and actual, activity and pence."""

    planned_activity: Fraction
    planned_pence: int
    actual_activity: Fraction
    actual_pence: int


@dataclass(frozen=True)
class ContractYear:
    """A provider's year so far. `plan_year` is the whole year's plan in pence; `day` the last day that counts."""

    provider_code: str
    day: date
    months: int
    pods: Mapping[str, PodValue]
    plan_year: int
    factor_pence: int = 0
    """The market forces factor's part of what was charged."""

    @property
    def plan(self) -> int:
        """Planned pence of the months given, over every POD."""
        return sum(value.planned_pence for value in self.pods.values())

    @property
    def actual(self) -> int:
        """Actual pence of the months given, over every POD."""
        return sum(value.actual_pence for value in self.pods.values())

    def of(self, starts: tuple[str, ...]) -> PodValue:
        """PODs that begin with one of these codes, together."""
        held = [value for pod, value in self.pods.items() if pod.startswith(starts)]
        return PodValue(
            sum((value.planned_activity for value in held), Fraction(0)), sum(value.planned_pence for value in held),
            sum((value.actual_activity for value in held), Fraction(0)), sum(value.actual_pence for value in held),
        )  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One thing that a form needs to be told."""

    name: str
    label: str
    kind: Kind
    says: str = ""
    usual: str = ""
    """What is taken where nothing was agreed; empty where nothing may be assumed."""


@dataclass(frozen=True)
class Form:
    """One form that a contract can take: its id, title, rule in words and the terms that it needs."""

    id: str
    title: str
    says: str
    terms: tuple[Term, ...]
    work: Callable[[ContractYear, Terms], Payment]


@dataclass(frozen=True)
class Result:
    """What one form pays; `payment` None where `because` says what is missing."""

    form: Form
    payment: Payment | None
    assumed: tuple[str, ...]
    because: str = ""


class Terms:
    """Agreed terms, read on demand. Remembers what was assumed."""

    def __init__(self, given: Mapping[str, str], form: Form) -> None:
        self.given, self.form = given, form
        self.assumed: list[str] = []

    def pence(self, name: str, otherwise: int | None = None) -> int:
        """An amount in pence; `otherwise`, remembered as assumed, where none was agreed."""
        text = self._text(name, otherwise)
        return otherwise if text is None else _pence(text, name)  # type: ignore[return-value]

    def share(self, name: str) -> Decimal:
        """A percentage as a share of one."""
        return read_number(self._text(name, None) or "", name) / 100

    def number(self, name: str) -> Decimal:
        """A plain number."""
        return read_number(self._text(name, None) or "", name)

    def rows(self, name: str) -> list[list[str]]:
        """A list of terms, one line each, in its parts."""
        return read_rows(self._text(name, None) or "")

    def has(self, name: str) -> bool:
        """Whether a term was given."""
        return bool(self.given.get(name, "").strip())

    def _text(self, name: str, otherwise: int | None) -> str | None:
        term = next(term for term in self.form.terms if term.name == name)
        text = self.given.get(name, "").strip()
        if text:
            return text
        if otherwise is not None:
            self.assumed.append(f"{term.label.lower()}: {term.usual or 'from the plan'}")
            return None
        if not term.usual:
            raise BadInput("this form needs a term", where=term.label)
        self.assumed.append(f"{term.label.lower()}: {term.usual}")
        return term.usual


def worked(form_id: str, year: ContractYear, given: Mapping[str, str]) -> Result:
    """One form on its agreed terms; what was not agreed is assumed and said."""
    form = FORMS[form_id]
    terms = Terms(given, form)
    try:
        payment = form.work(year, terms)
    except BadInput as wrong:
        return Result(
            form,
            None,
            (),
            f"needs {wrong.where[:1].lower()}{wrong.where[1:]}"
            if wrong.message == "this form needs a term"
            else _says(wrong),
        )
    return Result(form, payment, tuple(terms.assumed))


def compared(year: ContractYear, agreed: Mapping[str, Mapping[str, str]]) -> tuple[Result, ...]:
    """Every form on the same activity, in the order of `FORMS`. `agreed` maps a form to the terms known for it."""
    return tuple(worked(name, year, agreed.get(name, {})) for name in FORMS)


def checked(form_id: str, given: Mapping[str, str]) -> dict[str, str]:
    """The terms of a form that were given, or BadInput at the first that cannot be read (`where` is its name)."""
    if form_id not in FORMS:
        raise BadInput("no such contract form", value=form_id, remedy=f"one of {', '.join(FORMS)}")
    held: dict[str, str] = {}
    for term in FORMS[form_id].terms:
        text = given.get(term.name, "").strip()
        if not text:
            continue
        if term.kind == "list":
            read_rows(text, term.name)
        elif term.kind == "pounds":
            _pence(text, term.name)
        else:
            number = read_number(text, term.name)
            if number < 0 or (term.kind == "percent" and number > 100):
                raise BadInput(
                    "a share lies between 0 and 100" if term.kind == "percent" else "it is not negative",
                    where=term.name,
                    value=text,
                )
        held[term.name] = text
    return held


def read_number(text: str, name: str) -> Decimal:
    """A typed figure as an exact number; commas, pounds and per cent signs are let pass. Raises `BadInput`."""
    try:
        return Decimal(text.replace(",", "").replace("£", "").replace("%", "").strip())
    except InvalidOperation:
        raise BadInput("a number is wanted", where=name, value=text[:60]) from None


def read_rows(text: str, name: str = "") -> list[list[str]]:
    """Lines of ``name: number: result`` as lists; BadInput at a line that has too few parts."""
    rows = [[part.strip() for part in line.split(":")] for line in text.splitlines() if line.strip()]
    for row in rows:
        if len(row) < 2:
            raise BadInput(
                "each line is written as name: number, or name: weight: result", where=name, value=":".join(row)[:60]
            )
        read_number(row[1], name)
    return rows


def _pence(text: str, name: str) -> int:
    return half_up(exact(read_number(text, name)) * 100)


def _says(wrong: BadInput) -> str:
    return f"{wrong.message}: {wrong.value}" if wrong.value is not None else wrong.message


def _to_date(annual: int, year: ContractYear) -> int:
    return sum(shared(annual, [1] * 12)[: year.months])


def _with_rest(payment: Payment, rest: int, says: str) -> Payment:
    return Payment(payment.form, (*payment.lines, PaymentLine(says, rest)), payment.kept_back)


def _by_results(year: ContractYear, _: Terms) -> Payment:
    base = year.actual - year.factor_pence
    lines = (PaymentLine("activity at price", base), PaymentLine("market forces factor", year.factor_pence))
    return Payment("payment_by_results", lines)


def _block(year: ContractYear, terms: Terms) -> Payment:
    return forms.block(terms.pence("annual", year.plan_year), year.months)


def _cost_and_volume(year: ContractYear, terms: Terms) -> Payment:
    planned = sum((value.planned_activity for value in year.pods.values()), Fraction(0))
    if planned == 0:
        raise BadInput("there is no planned activity to be the baseline")
    block = _to_date(terms.pence("annual"), year) if terms.has("annual") else terms.pence("annual", year.plan)
    shares = {
        "rate_above": terms.share("above"),
        "rate_below": terms.share("below"),
        "tolerance": terms.share("tolerance"),
    }
    found = [
        forms.cost_and_volume(
            value.planned_pence, value.planned_activity, value.actual_activity,
            half_up(Fraction(value.planned_pence) / value.planned_activity) if value.planned_activity else 0, **shares,
        )
        for value in year.pods.values()
    ]  # fmt: skip
    above, below = (sum(payment.lines[place].pence for payment in found) for place in (1, 2))
    return Payment(
        "cost_and_volume",
        (PaymentLine("block for the baseline", block), PaymentLine("activity above", above), PaymentLine("activity below", below)),
    )  # fmt: skip


def _marginal(year: ContractYear, terms: Terms) -> Payment:
    return forms.marginal_rate(year.actual, terms.pence("baseline", year.plan), terms.share("rate"))


def _emergency_cap(year: ContractYear, terms: Terms) -> Payment:
    emergency = year.of(EMERGENCY)
    baseline = _to_date(terms.pence("baseline"), year)
    excluded = _to_date(terms.pence("excluded", 0), year)
    payment = forms.emergency_admissions_cap(
        emergency.actual_pence, baseline, excluded_pence=excluded, rate=terms.share("rate")
    )
    return _with_rest(payment, year.actual - emergency.actual_pence, "everything else at price")


def _blended(year: ContractYear, terms: Terms) -> Payment:
    return forms.blended(terms.pence("expected", year.plan), year.actual, terms.share("variable"))


def _aligned(year: ContractYear, terms: Terms) -> Payment:
    elective = [value for pod, value in year.pods.items() if forms.is_variable_under_aligned(pod)]
    planned = sum(value.planned_pence for value in elective)
    actual = sum(value.actual_pence for value in elective)
    rate = terms.share("elective") if terms.has("elective") else _aligned_rate(year, terms)
    whole_fixed = year.plan - planned if rate == 1 else year.plan
    fixed = _to_date(terms.pence("fixed"), year) if terms.has("fixed") else terms.pence("fixed", whole_fixed)
    return forms.aligned_payment_and_incentive(
        fixed,
        actual,
        elective_baseline_pence=planned,
        day=year.day,
        best_practice_pence=terms.pence("best_practice", 0),
        rate=rate,
    )


def _aligned_rate(year: ContractYear, terms: Terms) -> Decimal:
    """The national rule's rate; where none is held for the year the contract must say its own."""
    try:
        rate = forms.rule_on("aligned_payment_and_incentive", year.day).rate or Decimal(1)
    except BadInput:
        raise BadInput(
            "this form needs a term",
            where=f"the share for elective activity: no national rule is held for {year.day:%B %Y}",
        ) from None
    terms.assumed.append(f"share for elective activity: the national rule, {rate * 100:g} %")
    return rate


def _low_volume(year: ContractYear, terms: Terms) -> Payment:
    rows = terms.rows("years")
    annual = forms.low_volume_block([_pence(row[1], "years") for row in rows], day=year.day)
    return Payment(annual.form, (PaymentLine("average of three years, months so far", _to_date(annual.paid, year)),))


def _capitated(year: ContractYear, terms: Terms) -> Payment:
    rows = terms.rows("groups")
    if any(len(row) < 3 for row in rows):
        raise BadInput("each line is written as group: people: pounds a person and year")
    months = Fraction(year.months, 12)
    people = {row[0]: exact(read_number(row[1], "groups")) * months for row in rows}
    return forms.capitated(people, {row[0]: _pence(row[2], "groups") for row in rows})


def _outcomes(year: ContractYear, terms: Terms) -> Payment:
    rows = terms.rows("outcomes")
    achieved = {
        row[0]: (read_number(row[1], "outcomes"), len(row) > 2 and row[2].lower() in ("met", "yes")) for row in rows
    }
    return forms.outcome_share(terms.pence("contract", year.plan), terms.share("withheld"), achieved)


def _quality(year: ContractYear, terms: Terms) -> Payment:
    rows = terms.rows("indicators")
    earned = {
        row[0]: (
            read_number(row[1], "indicators"),
            read_number(row[2], "indicators") / 100 if len(row) > 2 else Decimal(0),
        )
        for row in rows
    }
    return forms.commissioning_for_quality(terms.pence("contract", year.actual), terms.share("rate"), earned)


def _follow_ups(year: ContractYear, terms: Terms) -> Payment:
    firsts, follow_ups = year.of(FIRSTS), year.of(FOLLOW_UPS)
    rest = year.actual - follow_ups.actual_pence
    price = half_up(Fraction(follow_ups.actual_pence) / follow_ups.actual_activity) if follow_ups.actual_activity else 0
    payment = forms.new_to_follow_up_cap(
        firsts.actual_activity, follow_ups.actual_activity, terms.number("ratio"), price
    )
    # The mean price is whole pence; what that rounding leaves over stays with the follow-ups that are paid.
    drift = follow_ups.actual_pence - payment.paid - payment.not_paid
    return _with_rest(payment, rest + drift, "everything else at price")


_RATE_30 = Term("rate", "Rate above the baseline (%)", "percent", "30 or 70 in the national rule", "30")
FORMS: dict[str, Form] = {
    form.id: form
    for form in (
        Form("payment_by_results", "Payment by results", "Every unit at its price.", (), _by_results),
        Form("block", "Block", "One amount for the year, whatever is done.",
             (Term("annual", "Block for the year (£)", "pounds", usual="the year's plan"),), _block),
        Form("cost_and_volume", "Cost and volume", "A block for the planned activity of each point of delivery; beyond a tolerance more is paid or given back.",
             (Term("annual", "Block for the year (£)", "pounds", usual="the plan"), Term("above", "Share of price above (%)", "percent", usual="100"),
              Term("below", "Share of price given back below (%)", "percent", usual="0"), Term("tolerance", "Tolerance (%)", "percent", usual="0")), _cost_and_volume),
        Form("marginal_rate", "Marginal rate above a baseline", "Full price up to a baseline, a share above it; what is not paid is ring-fenced.",
             (Term("baseline", "Baseline to date (£)", "pounds", usual="the plan to date"), _RATE_30), _marginal),
        Form("emergency_admissions_cap", "Emergency admissions cap", "Emergency admissions above the value of 2008/09 activity at a marginal rate; the rest at price. Nationally until March 2019.",
             (Term("baseline", "Value of 2008/09 activity at this year's prices, for the year (£)", "pounds"),
              Term("excluded", "Outside the rule, for the year (£)", "pounds", usual="nothing"), _RATE_30), _emergency_cap),
        Form("blended", "Blended: fixed and variable", "Expected activity fixed; a share of the price for the difference, either way.",
             (Term("expected", "Expected to date (£)", "pounds", usual="the plan to date"),
              Term("variable", "Variable share (%)", "percent", "20 in 2019/20", "20")), _blended),
        Form("aligned_payment_and_incentive", "Aligned payment and incentive", "Elective activity at unit prices beside a fixed amount, by the rule of the year.",
             (Term("elective", "Share for elective activity (%)", "percent", "100 from 2023/24; 75 in 2022/23", "the rule of the year"),
              Term("fixed", "Fixed for the year (£)", "pounds", usual="the plan of what is not elective"),
              Term("best_practice", "Best practice earned (£)", "pounds", usual="nothing")), _aligned),
        Form("low_volume_block", "Low-volume block", "The average of three years, where that is under the year's limit.",
             (Term("years", "Value of three years", "list", "One line a year, as 2022/23: 900000"),), _low_volume),
        Form("capitated", "Capitated payment", "So much a person and year, by group.",
             (Term("groups", "People and price", "list", "One line a group, as over 75: 1200: 850 (people, pounds a person)"),), _capitated),
        Form("outcome_share", "Outcome share withheld", "A share of the contract is withheld and released outcome by outcome.",
             (Term("contract", "Contract to date (£)", "pounds", usual="the plan to date"), Term("withheld", "Withheld (%)", "percent"),
              Term("outcomes", "Outcomes", "list", "One line an outcome, as falls: 2: met (weight, met or missed)")), _outcomes),
        Form("cquin", "Commissioning for quality and innovation", "A share on top, earned by indicator.",
             (Term("contract", "Contract to date (£)", "pounds", usual="activity at price"), Term("rate", "Share of the contract (%)", "percent"),
              Term("indicators", "Indicators", "list", "One line an indicator, as flu vaccine: 1: 80 (weight, percent achieved)")), _quality),
        Form("new_to_follow_up_cap", "New to follow-up cap", "Follow-ups are paid up to a ratio for each first attendance; the rest at price.",
             (Term("ratio", "Follow-ups for each first attendance", "number"),), _follow_ups),
    )
}  # fmt: skip
"""The twelve forms, in the order in which they are shown."""
