"""Prioritisation, strategic fit and provider impact."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commonweal.commissioning import prioritisation, strategic_fit, west_london_impact
from commonweal.commissioning.intentions import register
from commonweal.commissioning.prioritisation import CRITERIA, PriorityDecision, Scored, Weights, rank, sensitivity
from commonweal.commissioning.provider_impact import Assumption, Effect, impact, tabulate, transition_support, unsettled
from commonweal.errors import BadInput

POINTS = {"need": 25, "effect": 25, "evidence": 20, "cost": 10, "equity": 10, "feasibility": 10}
WEIGHTS = Weights("Board 2026", "Population Health Board", date(2026, 9, 1), POINTS)


def scored(name: str, *values: int) -> Scored:
    return Scored(
        name, name.title(), dict(zip(CRITERIA, values, strict=True)), dict.fromkeys(CRITERIA, "as papers say")
    )


def test_score_by_hand():
    # 25*4/4 + 25*3/4 + 20*2/4 + 10*1/4 + 10*0/4 + 10*4/4 = 25 + 18.75 + 10 + 2.5 + 0 + 10 = 66.25, shown 66.3
    (row,) = rank([scored("a", 4, 3, 2, 1, 0, 4)], WEIGHTS)
    assert row.score == Decimal("66.3")
    assert sum(row.parts.values()) == Decimal("66.25")


def test_equal_scores_share_a_rank():
    rows = rank([scored("b", 2, 2, 2, 2, 2, 2), scored("a", 2, 2, 2, 2, 2, 2), scored("c", 1, 1, 1, 1, 1, 1)], WEIGHTS)
    assert [(row.rank, row.id) for row in rows] == [(1, "a"), (1, "b"), (3, "c")]


def test_sensitivity_of_a_candidate_that_wins_everywhere_and_one_that_rests_on_need():
    best, needy, plain = (
        scored("best", 4, 4, 4, 4, 4, 4),
        scored("needy", 4, 0, 0, 0, 0, 0),
        scored("plain", 1, 1, 1, 1, 1, 1),
    )
    found = {row.id: row for row in sensitivity([best, needy, plain], WEIGHTS)}
    assert (found["best"].best, found["best"].worst, found["best"].top_share) == (1, 1, 1.0)
    assert (found["needy"].best, found["needy"].worst) == (2, 3)  # without need it has nothing
    assert found == {row.id: row for row in sensitivity([best, needy, plain], WEIGHTS)}


@pytest.mark.parametrize(
    "points",
    [{**POINTS, "need": 26}, {**POINTS, "need": -5, "effect": 55}, dict.fromkeys(list(CRITERIA)[:5], 20)],
)
def test_weights_must_be_whole(points):
    with pytest.raises(BadInput):
        Weights("w", "Board", date(2026, 1, 1), points)


def test_weights_need_an_owner_and_scores_a_reason():
    with pytest.raises(BadInput, match="owner"):
        Weights("w", " ", date(2026, 1, 1), POINTS)
    with pytest.raises(BadInput, match="reason"):
        Scored("a", "A", dict.fromkeys(CRITERIA, 2), {})
    with pytest.raises(BadInput, match="0 to 4"):
        Scored("a", "A", {**dict.fromkeys(CRITERIA, 2), "need": 5}, dict.fromkeys(CRITERIA, "x"))


def test_a_decision_against_the_order_needs_its_reason():
    rows = rank([scored("a", 4, 4, 4, 4, 4, 4), scored("b", 1, 1, 1, 1, 1, 1)], WEIGHTS)
    against = PriorityDecision("b", "fund", "Board", date(2026, 10, 1), 2, rows[1].score, WEIGHTS.name, "")
    with pytest.raises(BadInput, match="goes against"):
        prioritisation.check_decision(against, rows, frozenset())
    prioritisation.check_decision(replace(against, reason="It is a legal duty"), rows, frozenset())
    prioritisation.check_decision(against, rows, frozenset({"a"}))  # what ranks above is funded too


def test_west_london_matrix_as_ticked():
    matrix = strategic_fit.west_london_2014_15()
    assert (len(matrix.rows), len(matrix.columns)) == (13, 12)
    planned = matrix.rows.index("Planned care")
    assert matrix.row_total(planned, "strategy") == 6
    assert matrix.row_total(planned, "sector") == 2  # community and acute; primary care is not ticked, as printed
    assert matrix.row_total(matrix.rows.index("Integrated care and community services"), "sector") == 5
    assert matrix.without_strategy() == ()
    assert matrix.column_total(matrix.columns.index("NHS Mandate")) == 13


def test_matrix_of_the_register():
    matrix = strategic_fit.matrix([row for row in register() if row.source == "nwl-2020-21"])
    row = dict(zip(matrix.columns, matrix.ticks[matrix.rows.index("Patient transport")], strict=True))
    assert row["Acute"] and not row["Voluntary sector"]


EFFECT = Effect(
    "s-1",
    "i-1",
    "Imperial",
    "non-elective",
    "2026/27",
    -100,
    300_000,
    Decimal("0.5"),
    Decimal("0.2"),
    5_000_000,
    Decimal("0.25"),
)


def test_impact_by_hand():
    """100 fewer at £3,000: £300,000 at average price; half of it is lost under a 50% marginal rate; 20% of cost moves."""
    found = impact(EFFECT)
    assert found.income_average_pence == -30_000_000
    assert found.income_contract_pence == -15_000_000
    assert found.cost_released_pence == 6_000_000
    assert found.stranded_pence == 9_000_000
    assert found.net_pence == -10_000_000
    assert found.other_commissioners_pence == -5_000_000  # our three quarters are £150,000, so their quarter is £50,000


def test_growth_strands_nothing():
    found = impact(replace(EFFECT, activity=10))
    assert (found.stranded_pence, found.cost_released_pence, found.income_contract_pence) == (0, 0, 1_500_000)


def test_table_adds_up_over_any_grouping():
    effects = [EFFECT, replace(EFFECT, year="2027/28", activity=-50), replace(EFFECT, provider="LNWH", activity=-7)]
    whole = sum(impact(effect).stranded_pence for effect in effects)
    for by in (("provider",), ("year",), ("point_of_delivery", "year"), ()):
        assert sum(row.stranded_pence for row in tabulate(effects, by)) == whole
    with pytest.raises(BadInput):
        tabulate(effects, ("borough",))


def test_transition_support_lists_years_without_a_share():
    rows = tabulate([EFFECT, replace(EFFECT, year="2027/28")])
    support = transition_support(rows, {(EFFECT.provider, "2026/27"): Decimal("0.5")})
    assert [(row.year, row.support_pence) for row in support] == [("2026/27", 4_500_000), ("2027/28", 0)]


def test_shares_out_of_range_are_refused():
    with pytest.raises(BadInput, match="marginal_rate"):
        replace(EFFECT, marginal_rate=Decimal("1.2"))
    with pytest.raises(BadInput, match="other_share"):
        replace(EFFECT, other_share=Decimal(1))


def test_effects_rest_on_agreed_assumptions():
    agreed = Assumption(
        "a-1", "20% of cost moves", "20%", "trust costing", "Finance", date(2026, 5, 1), "ICB", "Imperial"
    )
    half = replace(agreed, id="a-2", provider_agrees="")
    effects = [replace(EFFECT, assumption_ids=("a-1", "a-2", "a-3")), replace(EFFECT, scheme_id="s-2")]
    assert unsettled(effects, [agreed, half]) == [
        ("s-1", "assumption a-2 is not agreed by both sides"),
        ("s-1", "assumption a-3 is not in the log"),
        ("s-2", "rests on no logged assumption"),
    ]


def test_west_london_2014_15_is_reproduced_with_its_missing_25():
    made, printed = west_london_impact.reproduced(), west_london_impact.printed()
    assert [(r.group, r.item, r.gross_k, r.sectors_k, r.investment_k, r.net_k) for r in made] == [
        (r.group, r.item, r.gross_k, r.sectors_k, r.investment_k, r.net_k) for r in printed
    ]
    total = made[-1]
    assert (total.gross_k, total.investment_k, total.net_k, sum(total.sectors_k)) == (13_300, 2_275, 11_025, 13_275)
    assert [(c.group, c.item, c.difference_k) for c in west_london_impact.checks(made)] == [
        ("Planned Care", "Paediatrics", 25),
        ("Planned Care", "Subtotal", 25),
        ("All", "Total", 25),
    ]
