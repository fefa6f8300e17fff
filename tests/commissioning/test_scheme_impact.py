"""Schemes as effects on providers: the same figures as finance's own, nothing twice."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from commonweal.commissioning.provider_impact import Effect, impact, tabulate, transition_support, with_other_shares
from commonweal.commissioning.scheme_impact import SchemeLinks, add_up, effects_of
from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.scheme_delivery import provider_impact
from commonweal.finance.schemes import ActivityChange, Investment, Scheme, without_overlaps

NAMES = {"RYJ": "Imperial", "RYX": "CLCH"}
LESS = ActivityChange("RYJ", "NEL", -1200, 300_000, 120_000)
MORE = ActivityChange("RYX", "community", 900, 6_000, 6_000)


def scheme(reference="rs-01", **more):
    values = {"gross_pence": 100_000_000, "impact": (LESS, MORE), "maturity": "approved", **more}
    return Scheme(reference, "Fewer admissions", FinancialYear(2026), **values)


def effects(one, *others, **more):
    values = {value.scheme_id: value for value in without_overlaps([one, *others], {})}
    return effects_of(one, values[one.id], NAMES, **more)


def test_a_full_year_agrees_with_finance():
    made = effects(scheme())
    # by hand: 1,200 × £3,000 = £3.6m lost; 1,200 × £1,200 = £1.44m released; £2.16m stays
    lines = {line.provider: line for line in tabulate(made.effects, ("provider",))}
    imperial = lines["Imperial"]
    assert (imperial.activity, imperial.income_average_pence) == (-1200, -360_000_000)
    assert (imperial.income_marginal_pence, imperial.stranded_pence) == (-144_000_000, 216_000_000)
    theirs = {row.provider_code: row for row in provider_impact([scheme()])}
    assert theirs["RYJ"].stranded == imperial.stranded_pence
    assert theirs["RYJ"].income_at_marginal == imperial.income_marginal_pence
    assert lines["CLCH"].income_contract_pence == 5_400_000 and lines["CLCH"].stranded_pence == 0


@pytest.mark.parametrize(
    ("start", "recurrent", "expected"),
    [
        (date(2026, 4, 1), True, {"2026/27": -1200}),
        (date(2026, 10, 1), True, {"2026/27": -600, "2027/28": -1200}),
        (date(2026, 10, 1), False, {"2026/27": -600}),
        (date(2027, 2, 28), True, {"2026/27": -200, "2027/28": -1200}),
        (date(2027, 4, 1), True, {"2027/28": -1200}),
        (None, True, {"2026/27": -1200}),
    ],
)
def test_only_the_months_from_the_start_count(start, recurrent, expected):
    made = effects(scheme(start=start, recurrent=recurrent, impact=(LESS,)))
    assert {row.year: row.activity for row in made.effects} == expected


def test_overlaps_are_taken_out_as_finance_takes_them():
    mine = scheme(overlap_group="falls", impact=(LESS,))
    other = scheme("rs-02", overlap_group="falls", impact=(LESS,), gross_pence=60_000_000, maturity="idea")
    both = [effects(mine, other), effects(other, mine)]
    # no ceiling: the largest counts and nothing else
    assert [one.kept for one in both] == [Fraction(1), Fraction(0)]
    rows, said = add_up(both, [])
    assert sum(row.activity for row in rows) == -1200
    assert said == [("2026-27:rs-02", "counted at 0%: it overlaps with other schemes")]


def test_an_entered_effect_of_a_scheme_that_holds_its_own_is_left_out():
    made = effects(scheme(impact=(LESS,)), links=SchemeLinks("i-1", ("a-001",)))
    assert (made.effects[0].intention_id, made.effects[0].assumption_ids) == ("i-1", ("a-001",))
    twice = Effect("2026-27:rs-01", "i-1", "Imperial", "NEL", "2026/27", -1000, 300_000, provider_code="RYJ")
    other = Effect("i-2", "i-2", "Imperial", "NEL", "2026/27", -5, 300_000, provider_code="RYJ")
    rows, said = add_up([made], [twice, other])
    assert sum(row.activity for row in rows) == -1205
    assert "left out" in said[0][1]


def test_the_share_that_others_buy_reaches_effects_that_state_none():
    made = effects(scheme(impact=(LESS,))).effects
    own = Effect("i-2", "i-2", "Imperial", "NEL", "2026/27", -5, 100, other_share=Decimal("0.5"), provider_code="RYJ")
    rows = with_other_shares([*made, own], {"RYJ": Decimal("0.2")})
    # we buy 80%: our loss of £3.6m comes with 0.2 ÷ 0.8 of it for the others
    assert impact(rows[0]).other_commissioners_pence == -90_000_000
    assert rows[1].other_share == Decimal("0.5")


def test_support_is_the_share_agreed_for_that_provider_and_year():
    lines = tabulate(effects(scheme(start=date(2026, 10, 1), impact=(LESS,))).effects, ("provider", "year"))
    support = transition_support(lines, {("Imperial", "2026/27"): Decimal("0.5")})
    assert [(row.year, row.stranded_pence, row.support_pence) for row in support] == [
        ("2026/27", 108_000_000, 54_000_000),
        ("2027/28", 216_000_000, 0),
    ]


def test_investment_stands_with_who_receives_it_and_an_overlap_does_not_cut_it():
    parts = (Investment("RYX", 30_000_000), Investment("RYJ", 5_000_000))
    mine = scheme(overlap_group="falls", impact=(LESS,), investment_pence=40_000_000, investments=parts)
    other = scheme("rs-02", overlap_group="falls", impact=(LESS,))
    values = without_overlaps([mine, other], {"falls": 100_000_000})
    made = effects_of(mine, values[0], NAMES)
    assert made.kept < 1 and made.unplaced_investment_pence == 5_000_000
    lines = {line.provider: line for line in tabulate(made.effects, ("provider",))}
    assert lines["CLCH"].investment_pence == lines["CLCH"].net_pence == 30_000_000
    assert lines["Imperial"].investment_pence == 5_000_000 and lines["Imperial"].activity > -1200
    assert {row.year for row in made.effects if row.investment_pence} == {"2026/27"}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((Investment("RYX", 40_000_001),), "more than the scheme invests"),
        ((Investment("RYX", 1), Investment("RYX", 2)), "twice"),
        ((Investment("RYX", 0),), "more than nothing"),
    ],
)
def test_an_investment_that_cannot_be_placed_so_is_refused(parts, words):
    with pytest.raises(BadInput, match=words):
        scheme(investment_pence=40_000_000, investments=parts)
