"""Both procurement regimes, their clocks and their records."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from commonweal.commissioning import law
from commonweal.commissioning.procurement import (
    contracts,
    decisions,
    notices,
    provider_selection,
    regulations_2013,
    scoring,
    waivers,
)
from commonweal.commissioning.procurement.contracts import Contract
from commonweal.commissioning.procurement.decisions import DecisionRecord, Interest, Modification
from commonweal.commissioning.procurement.notices import Representation
from commonweal.commissioning.procurement.provider_selection import QUESTIONS, Route, choose
from commonweal.commissioning.procurement.regime import Regime, regime_on
from commonweal.commissioning.procurement.regulations_2013 import Answer
from commonweal.commissioning.procurement.working_days import add_working_days, is_working_day, working_days_between
from commonweal.errors import BadInput, NotReady


@pytest.mark.parametrize(
    ("day", "regime"),
    [
        (date(2013, 3, 31), Regime.BEFORE_2013),
        (date(2013, 4, 1), Regime.REGULATIONS_2013),
        (date(2023, 12, 31), Regime.REGULATIONS_2013),
        (date(2024, 1, 1), Regime.PROVIDER_SELECTION),
        (date(2024, 2, 29), Regime.PROVIDER_SELECTION),
    ],
)
def test_the_day_of_the_decision_decides_the_law(day, regime):
    assert regime_on(day).regime is regime


def test_a_process_across_the_change_is_for_a_lawyer():
    assert regime_on(date(2024, 1, 1), started_on=date(2023, 12, 31)).legal_advice
    assert not regime_on(date(2024, 1, 1), started_on=date(2024, 1, 1)).legal_advice


def test_what_is_not_health_care_is_outside():
    assert regime_on(date(2025, 2, 23), health_care=False).reason.endswith("Public Contracts Regulations 2015")
    found = regime_on(date(2025, 2, 24), health_care=False)
    assert (found.regime, found.reason.endswith("Procurement Act 2023")) == (Regime.NOT_HEALTH_CARE, True)


def test_working_days_know_bank_holidays_and_one_off_days():
    assert not is_working_day(date(2022, 9, 19))  # state funeral
    assert not is_working_day(date(2022, 6, 3))  # platinum jubilee
    assert not is_working_day(date(2024, 12, 26))
    assert is_working_day(date(2024, 2, 29))
    assert not is_working_day(date(2024, 8, 26))  # England's; Scotland's is earlier in August
    assert is_working_day(date(2024, 8, 5))
    assert add_working_days(date(2024, 12, 23), 1) == date(2024, 12, 24)
    assert working_days_between(date(2024, 12, 23), date(2025, 1, 2)) == 5  # 24, 27, 30, 31 December and 2 January


@pytest.mark.parametrize(
    ("published", "ends"),
    [
        (date(2024, 6, 3), date(2024, 6, 13)),  # Monday: 4 5 6 7 10 11 12 13
        (date(2024, 3, 25), date(2024, 4, 8)),  # across Good Friday and Easter Monday
        (date(2024, 12, 20), date(2025, 1, 6)),  # across Christmas and New Year
        (date(2024, 2, 22), date(2024, 3, 5)),  # across 29 February
        (date(2024, 6, 1), date(2024, 6, 12)),  # published on a Saturday
    ],
)
def test_standstill_is_eight_working_days_after_the_notice(published, ends):
    assert notices.standstill_ends(published) == ends


def test_standstill_figures_say_that_they_are_not_verified():
    assert any("not verified" in note for note in notices.standstill(date(2024, 6, 3)).notes)


def test_a_representation_inside_the_standstill_keeps_it_open():
    inside = Representation("Beta Care", date(2024, 6, 13))
    state = notices.standstill(date(2024, 6, 3), (inside,))
    assert state.may_award_from is None
    assert "Beta Care" in state.words
    answered = notices.standstill(date(2024, 6, 3), (replace(inside, answered_on=date(2024, 6, 20)),))
    assert answered.may_award_from == date(2024, 6, 28)  # five working days: 21 24 25 26 27


def test_a_representation_after_the_standstill_does_not_reopen_it():
    late = Representation("Beta Care", date(2024, 6, 14))
    assert notices.standstill(date(2024, 6, 3), (late,)).may_award_from == date(2024, 6, 14)


def test_an_award_inside_the_standstill_is_refused():
    with pytest.raises(NotReady, match="standstill has not ended"):
        notices.check_award(
            Route.DIRECT_AWARD_C, date(2024, 6, 13), intention_on=None, intention_to_award_on=date(2024, 6, 3)
        )
    notices.check_award(
        Route.DIRECT_AWARD_C, date(2024, 6, 14), intention_on=None, intention_to_award_on=date(2024, 6, 3)
    )
    notices.check_award(Route.DIRECT_AWARD_A, date(2024, 6, 4), intention_on=None, intention_to_award_on=None)


def test_most_suitable_provider_waits_fourteen_days():
    with pytest.raises(BadInput, match="too soon"):
        notices.check_award(
            Route.MOST_SUITABLE,
            date(2024, 7, 30),
            intention_on=date(2024, 6, 3),
            intention_to_award_on=date(2024, 6, 16),
        )
    notices.check_award(
        Route.MOST_SUITABLE, date(2024, 7, 30), intention_on=date(2024, 6, 3), intention_to_award_on=date(2024, 6, 17)
    )


def test_notices_of_each_route():
    assert notices.required(Route.DIRECT_AWARD_A) == notices.required(Route.DIRECT_AWARD_B) == ("award notice",)
    assert notices.required(Route.DIRECT_AWARD_C) == ("intention to award", "standstill", "award notice")
    assert notices.required(Route.MOST_SUITABLE)[0] == "intention to follow the process"
    assert notices.required(Route.COMPETITIVE) == ("tender notice", "intention to award", "standstill", "award notice")
    assert notices.required(Route.URGENT) == ("urgent award notice",)
    assert notices.award_notice_by(date(2024, 1, 31)) == date(2024, 3, 1)  # thirty days, through 29 February


NO = dict.fromkeys(QUESTIONS, False)
CASES = [
    ({**NO, "existing_provider": True, "only_capable": True}, Route.DIRECT_AWARD_A, True),
    (
        {**NO, "patient_choice": True, "number_unrestricted": True, "all_offered": True, "can_express_interest": True},
        Route.DIRECT_AWARD_B,
        True,
    ),
    (
        {
            **NO,
            "existing_provider": True,
            "contract_ending": True,
            "incumbent_satisfying": True,
            "incumbent_likely": True,
        },
        Route.DIRECT_AWARD_C,
        False,
    ),
    ({**NO, "can_identify": True}, Route.MOST_SUITABLE, False),
    (NO, Route.COMPETITIVE, True),
    ({**NO, "framework": True, "existing_provider": True, "only_capable": True}, Route.COMPETITIVE, True),
    ({**NO, "urgent": True}, Route.URGENT, False),
    ({**NO, "urgent": True, "caused_by_authority": True, "can_identify": True}, Route.MOST_SUITABLE, False),
]


@pytest.mark.parametrize(("facts", "route", "must"), CASES)
def test_routes(facts, route, must):
    found = choose(facts)
    assert (found.route, found.must) == (route, must)


def test_a_changed_service_cannot_be_awarded_to_the_incumbent_by_route_c():
    facts = {**CASES[2][0], "considerably_different": True, "can_identify": True}
    assert choose(facts).route is Route.MOST_SUITABLE


def test_every_combination_of_answers_leads_to_one_route_and_every_route_is_reached():
    keys = list(QUESTIONS)
    reached = set()
    for values in product((False, True), repeat=len(keys)):
        facts = dict(zip(keys, values, strict=True))
        found = choose(facts)
        reached.add(found.route)
        existing, framework = facts["existing_provider"], facts["framework"]
        urgent = facts["urgent"] and not facts["caused_by_authority"]
        if not urgent and existing and facts["only_capable"] and not framework:
            assert found.route is Route.DIRECT_AWARD_A
        if found.route is Route.DIRECT_AWARD_C:
            assert not facts["considerably_different"] and existing and not framework
    assert reached == set(Route)


def test_an_unanswered_question_is_asked_and_answering_in_turn_ends():
    facts: dict[str, bool | None] = {}
    asked = []
    while (found := choose(facts)).route is None:
        assert found.ask is not None and found.ask.key not in asked
        asked.append(found.ask.key)
        facts[found.ask.key] = False
    assert asked == ["urgent", "framework", "existing_provider", "patient_choice", "can_identify"]
    assert found.route is Route.COMPETITIVE
    with pytest.raises(BadInput, match="no such question"):
        choose({"colour": True})


@pytest.mark.parametrize(
    ("old", "new", "authority", "different"),
    [
        (200_000_000, 250_000_000, True, True),  # £2.0m to £2.5m: £500,000 and 25%
        (200_000_000, 249_999_999, True, False),  # a penny under
        (400_000_000, 450_000_000, True, False),  # £500,000 but 12.5%
        (100_000_000, 130_000_000, True, False),  # 30% but £300,000
        (200_000_000, 260_000_000, False, False),  # past both, but not by the authority
        (200_000_000, 100_000_000, True, False),
    ],
)
def test_considerable_change_needs_both_limits_and_the_authority(old, new, authority, different):
    found = provider_selection.considerably_different(
        old_value_pence=old, new_value_pence=new, different_character=False, by_authority=authority, on=date(2024, 5, 1)
    )
    assert found.different is different
    assert len(found.notes) == 2  # both limits are held as not verified


def test_small_changes_add_up():
    first = Modification(date(2024, 5, 1), "more sites", 30_000_000, False, True)
    second = replace(first, on=date(2024, 9, 1), value_change_pence=25_000_000)
    alone = decisions.modify(200_000_000, [], first)
    together = decisions.modify(200_000_000, [first], second)
    assert (alone.allowed, together.allowed, together.cumulative_pence) == (True, False, 55_000_000)
    assert together.notice_by == date(2024, 10, 1)
    assert any("select a provider again" in text for text in together.legal_advice)


def test_key_criteria_are_all_weighed():
    good = {"quality": 30, "value": 25, "integration": 20, "access": 25, "social_value": 0}
    with pytest.raises(BadInput, match="needs a reason"):
        provider_selection.check_criteria(good, {})
    provider_selection.check_criteria(good, {"social_value": "a two-week contract"})
    with pytest.raises(BadInput, match="all be weighed"):
        provider_selection.check_criteria({**good, "quality": 29}, {"social_value": "x"})


def test_2013_tree_stops_at_the_first_proved_question():
    everything = {item.id: Answer(True, "paper 7") for item in regulations_2013.sources.decision_grid()}
    assert regulations_2013.walk(everything).route is regulations_2013.Route.SOLE_PROVIDER
    no_a = {**everything, "pg-01": Answer(False)}
    assert regulations_2013.walk(no_a).route is regulations_2013.Route.MOST_CAPABLE
    no_b = {**no_a, "pg-02": Answer(False)}
    assert regulations_2013.walk(no_b).route is regulations_2013.Route.COST_OUTWEIGHS
    none = {**no_b, "pg-03": Answer(False)}
    found = regulations_2013.walk(none)
    assert (found.route, regulations_2013.may_decide(found)) == (regulations_2013.Route.COMPETITION, True)


def test_2013_yes_without_evidence_is_not_a_decision():
    answers = {item.id: Answer(True, "paper 7") for item in regulations_2013.sources.decision_grid()}
    answers["pg-06"] = Answer(True, " ")
    answers["pg-10"] = Answer(False, "benchmarks do not exist")
    found = regulations_2013.walk(answers)
    assert not regulations_2013.may_decide(found)
    assert [missing.item_id for missing in found.missing] == ["pg-06", "pg-10"]


def test_2013_nothing_answered_asks_for_the_first_question():
    found = regulations_2013.walk({})
    assert (found.route, found.missing[0].item_id) == (regulations_2013.Route.UNDECIDED, "pg-01")


def test_2013_grid_has_its_38_items_in_five_nodes():
    counts = {node: len(regulations_2013.items(node)) for node in "TABCG"}
    assert (sum(counts.values()), counts["T"], counts["G"]) == (38, 4, 13)


def test_waiver_needs_its_names():
    assert regulations_2013.Waiver("urgent repair", 100, "", "Audit Committee").missing() == ("approved by",)


RECORD = DecisionRecord(
    provider="Alpha",
    service="Community cardiology",
    route="direct award C",
    reason="incumbent does well",
    decided_by=("Chair", "Director"),
    decided_on=date(2024, 6, 14),
    lifetime_value_pence=65_000_000,
    criteria_assessment="paper 3",
    interests=(
        Interest("Chair", date(2024, 5, 1)),
        Interest("Director", date(2024, 5, 1), "owns shares", "left the room"),
    ),
    basic_selection="met",
    exclusions="none",
    representations="none",
)


def test_decision_record():
    assert decisions.missing(RECORD) == ()
    assert decisions.missing(replace(RECORD, basic_selection="")) == ("result of the basic selection criteria",)
    open_interest = replace(RECORD, interests=(Interest("Chair", date(2024, 5, 1), "is a partner"),))
    assert decisions.missing(open_interest) == (
        "a declaration of interest by Director",
        "how the interest of Chair is managed",
    )


CONTRACT = Contract(
    "c-1", "Alpha", "Cardiology", date(2024, 4, 1), date(2027, 3, 31), 200, "most suitable provider", date(2024, 2, 1)
)


def test_expiry_warnings():
    assert contracts.expiry(CONTRACT, as_at=date(2025, 12, 1)) is None
    soon = contracts.expiry(CONTRACT, as_at=date(2026, 1, 1))
    assert soon is not None and (soon.level, soon.decide_by) == ("soon", date(2026, 6, 30))
    overdue = contracts.expiry(CONTRACT, as_at=date(2026, 6, 30))
    assert overdue is not None and overdue.level == "overdue"
    ended = contracts.expiry(CONTRACT, as_at=date(2027, 4, 1))
    assert ended is not None and ended.level == "ended"
    later = replace(CONTRACT, id="c-2", ends=date(2027, 6, 30))
    assert [w.contract.id for w in contracts.warnings([later, CONTRACT], as_at=date(2026, 11, 23))] == ["c-1", "c-2"]


def test_annual_summary_by_route():
    rows = [
        CONTRACT,
        replace(CONTRACT, id="c-2", route="urgent award", value_pence=50),
        replace(CONTRACT, id="c-3", decided_on=date(2024, 4, 1)),
    ]
    summary = contracts.annual_summary(rows, "2023/24")
    assert summary.counts == {"most suitable provider": 1, "urgent award": 1}
    assert (summary.value_pence["most suitable provider"], summary.urgent, summary.providers) == (200, 1, 1)
    assert contracts.financial_year(date(2024, 3, 31)) == "2023/24"
    assert contracts.financial_year(date(1999, 4, 1)) == "1999/00"


def test_legal_figures_are_dated():
    assert law.figure("standstill_working_days", date(2024, 1, 1)).number == 8
    with pytest.raises(NotReady):
        law.figure("standstill_working_days", date(2023, 12, 31))
    assert all(figure.source for figure in law.figures())


WEIGHTS = {"quality": 30, "value": 25, "integration": 20, "access": 15, "social_value": 10}


def scored(provider, **scores):
    given = {**dict.fromkeys(WEIGHTS, 50), **scores}
    return scoring.ScoredProvider(provider, given, dict.fromkeys(WEIGHTS, "paper 9"))


def test_providers_stand_in_the_order_of_their_weighted_scores():
    order = scoring.standings([scored("Beta"), scored("Alpha", quality=60), scored("Gamma", value=62)], WEIGHTS)
    # Alpha 50 + 0.30 × 10 = 53; Gamma 50 + 0.25 × 12 = 53; Beta 50
    assert [(one.provider, str(one.total), one.rank) for one in order] == [
        ("Alpha", "53.0", 1),
        ("Gamma", "53.0", 1),
        ("Beta", "50.0", 3),
    ]
    assert [one.lead for one in order] == [0, 3, None]
    assert "same total" in scoring.advice("Alpha", order)[0]
    assert any("Alpha scored higher" in words for words in scoring.advice("Beta", order))
    assert scoring.standings([scored("Beta")], {}) == []


def test_a_score_has_its_range_and_its_reason():
    scoring.check_scored(scored("Alpha"))
    with pytest.raises(BadInput, match="0 to 100"):
        scoring.check_scored(scored("Alpha", quality=101))
    with pytest.raises(BadInput, match="reason"):
        scoring.check_scored(replace(scored("Alpha"), reasons={}))
    with pytest.raises(BadInput, match="not a key criterion"):
        scoring.check_scored(scored("Alpha", charm=3))


def test_processes_that_compare_providers_need_their_scores():
    ask = scoring.missing
    assert ask(Route.DIRECT_AWARD_C, "Alpha", [], {}) == ()
    assert len(ask(Route.MOST_SUITABLE, "Alpha", [], {})) == 2
    assert "Beta" in ask(Route.COMPETITIVE, "Beta", [scored("Alpha")], WEIGHTS)[0]
    assert ask(Route.COMPETITIVE, "Alpha", [scored("Alpha")], WEIGHTS) == ()


def test_a_waiver_is_approved_by_somebody_else_and_before_the_decision():
    asked = waivers.Waiver("SFI 14.3", waivers.Ground.LATE, "No tender run", 9_000_000, "A", date(2026, 2, 27))
    waivers.check(asked)
    assert waivers.missing(asked, decided_on=None) == ("who approved the waiver", "when the waiver was approved")
    with pytest.raises(BadInput, match="does not approve"):
        waivers.check(replace(asked, approved_by="a"))
    with pytest.raises(BadInput, match="after it is asked for"):
        waivers.check(replace(asked, approved_by="B", approved_on=date(2026, 2, 26)))
    late = replace(asked, approved_by="B", approved_on=date(2026, 3, 2))
    assert "came after" in waivers.missing(late, decided_on=date(2026, 3, 1))[0]
    assert waivers.missing(late, decided_on=date(2026, 3, 2)) == ()
    assert len(waivers.remarks(late, process_required=True)) == 3
    told = replace(late, ground=waivers.Ground.URGENT, reported_on=date(2026, 4, 1))
    assert waivers.remarks(told, process_required=False) == ()


def test_the_annual_summary_names_providers_that_come_and_go():
    make = contracts.Contract
    rows = [
        make("c1", "Old", "s", date(2022, 4, 1), date(2025, 3, 31), 1, "direct award C", date(2022, 1, 1)),
        make("c2", "Stays", "s", date(2022, 4, 1), date(2025, 3, 31), 1, "direct award C", date(2022, 1, 1)),
        make("c3", "Stays", "s", date(2025, 4, 1), date(2028, 3, 31), 1, "competitive", date(2024, 9, 1)),
        make("c4", "New", "s", date(2025, 4, 1), date(2028, 3, 31), 1, "competitive", date(2024, 9, 1)),
    ]
    found = contracts.annual_summary(rows, "2024/25")
    assert (found.new_providers, found.gone_providers, found.counts) == (("New",), ("Old",), {"competitive": 2})
