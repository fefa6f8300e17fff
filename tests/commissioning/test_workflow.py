"""Each state is reached, owned, and left only by those who may."""

from datetime import date

import pytest

from commonweal.commissioning import intentions as register
from commonweal.commissioning.intentions import Intention, Kind
from commonweal.commissioning.notice import check_notice, months_before, year_starts
from commonweal.commissioning.workflow import ENTRY, LABELS, OWNERS, STEPS, Actor, State, check, next_steps
from commonweal.errors import NotAllowed, NotReady

COMPLETE = Intention(
    id="i-1",
    programme="Cancer",
    place="Brent",
    year="2026/27",
    kind=Kind.STRATEGIC_CHANGE,
    title="Earlier diagnosis",
    summary="People get a test within 28 days.",
    why="One in four waits longer.",
    lead="Programme lead",
    senior_owner="Director",
    measures_of_success="28-day standard met",
)


def test_every_state_is_reached_from_an_entry():
    reached = set(ENTRY)
    while True:
        more = {step.target for step in STEPS if reached.intersection(step.sources)} - reached
        if not more:
            break
        reached |= more
    assert reached == set(State)


def test_every_state_has_exactly_one_owner_who_can_act_or_is_an_end():
    assert set(OWNERS) == set(State) == set(LABELS)
    ends = {State.DELIVERED, State.CARRIED_FORWARD, State.WITHDRAWN}
    for state in State:
        mine = next_steps(state, frozenset({OWNERS[state]}))
        assert bool(mine) != (state in ends), state


def test_step_names_are_unique_and_no_step_stays_in_place():
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert all(step.target not in step.sources for step in STEPS)


def test_a_life_from_draft_to_delivered():
    state = State.DRAFT
    for name, actor, given in (
        ("submit", Actor.PROGRAMME_LEAD, ()),
        ("sign_commissioner", Actor.SENIOR_OWNER, ()),
        ("sign_provider", Actor.PROVIDER, ()),
        ("notify", Actor.CONTRACT_LEAD, ("notice",)),
        ("start", Actor.PROGRAMME_LEAD, ()),
        ("deliver", Actor.PROGRAMME_LEAD, ("outcome",)),
    ):
        state = check(name, state, frozenset({actor}), COMPLETE, given=frozenset(given)).target
    assert state is State.DELIVERED


def test_a_provider_cannot_sign_for_the_commissioner():
    with pytest.raises(NotAllowed, match="ask the senior owner"):
        check("sign_commissioner", State.IN_REVIEW, frozenset({Actor.PROVIDER}), COMPLETE)


def test_a_draft_with_gaps_says_what_is_missing():
    bare = Intention("i-2", "Cancer", "Brent", "2026/27", Kind.ENABLER, "Staff", "More staff.")
    with pytest.raises(NotReady) as stopped:
        check("submit", State.DRAFT, frozenset({Actor.PROGRAMME_LEAD}), bare)
    assert "say why" in stopped.value.remedy
    assert "name the senior owner" in stopped.value.remedy
    assert "plain English" not in stopped.value.remedy  # the summary is there


def test_withdrawal_needs_a_reason():
    with pytest.raises(NotReady, match="reason"):
        check("withdraw", State.AGREED, frozenset({Actor.SENIOR_OWNER}), COMPLETE)


def test_a_delivered_intention_cannot_be_withdrawn():
    with pytest.raises(NotReady, match="not possible now"):
        check("withdraw", State.DELIVERED, frozenset({Actor.SENIOR_OWNER}), COMPLETE, given=frozenset({"reason"}))


def test_an_owner_who_left_is_pointed_out():
    left = register.owner_has_left(COMPLETE, frozenset({"Director"}))
    assert [(gap.field, gap.message) for gap in left] == [("senior_owner", "Senior owner has left: name another")]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2020, 4, 1), 6, date(2019, 10, 1)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2023, 12, 31)),
        (date(2024, 3, 15), 15, date(2022, 12, 15)),
    ],
)
def test_months_before(day, months, expected):
    assert months_before(day, months) == expected


def test_notice_of_the_source_document_was_a_day_late():
    """Version 1.7 is dated 2 October 2019 for changes from 1 April 2020: latest notice 1 October."""
    found = check_notice(date(2020, 4, 1), given=date(2019, 10, 2), as_at=date(2019, 11, 1))
    assert (found.latest_notice, found.days_short) == (date(2019, 10, 1), 1)
    assert "must agree" in found.words


def test_notice_not_yet_given():
    ahead = check_notice(date(2027, 4, 1), given=None, as_at=date(2026, 9, 1))
    assert (ahead.days_short, "30 days left" in ahead.words) == (0, True)
    late = check_notice(date(2027, 4, 1), given=None, as_at=date(2026, 11, 23))
    assert late.days_short == 53


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020/21", date(2020, 4, 1)),
        ("2017/18-2018/19", date(2017, 4, 1)),
        ("1999/00", date(1999, 4, 1)),
        ("2026/29", None),
        ("to 2030", None),
        ("", None),
    ],
)
def test_year_starts(text, expected):
    assert year_starts(text) == expected
