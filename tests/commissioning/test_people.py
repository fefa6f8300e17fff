"""Engagement, assessments and scrutiny."""

from dataclasses import replace
from datetime import date

import pytest

from commonweal.commissioning import assessments, engagement, scrutiny
from commonweal.commissioning.assessments import Assessment, Kind, Outcome
from commonweal.commissioning.engagement import Feedback, Response
from commonweal.commissioning.scrutiny import Consultation
from commonweal.errors import BadInput, NotReady

AS_AT = date(2026, 11, 23)


def done(kind: Kind) -> Assessment:
    parts = dict.fromkeys(assessments.parts_of(kind), "looked at: no effect found")
    return Assessment(kind, "i-1", Outcome.DONE, parts, signed_by="Director", signed_on=date(2026, 10, 1))


def test_gate_opens_only_with_all_three():
    every = [done(kind) for kind in Kind]
    assert assessments.gate("i-1", every, as_at=AS_AT).is_open
    for missing in Kind:
        rest = [assessment for assessment in every if assessment.kind is not missing]
        gate = assessments.gate("i-1", rest, as_at=AS_AT)
        assert gate.blocked_by == (f"{missing.label}: not begun",)
    assert not assessments.gate("i-2", every, as_at=AS_AT).is_open


def test_equality_needs_all_nine_characteristics():
    assert len(assessments.PROTECTED_CHARACTERISTICS) == 9
    lacking = replace(done(Kind.EQUALITY), parts={**done(Kind.EQUALITY).parts, "Sex": " "})
    assert assessments.missing(lacking) == ("Sex",)


def test_not_needed_says_why_and_who():
    bare = Assessment(Kind.QUALITY, "i-1", Outcome.NOT_NEEDED, {})
    assert assessments.missing(bare) == ("the reason why it is not needed", "a signature with its date")
    full = replace(bare, reason="wording only", signed_by="Director", signed_on=AS_AT)
    assert assessments.missing(full) == ()


def test_stop_and_stale_reviews_shut_the_gate():
    every = [done(kind) for kind in Kind]
    stop = [replace(every[0], outcome=Outcome.STOP), *every[1:]]
    assert "must not go on" in assessments.gate("i-1", stop, as_at=AS_AT).blocked_by[0]
    stale = [replace(every[0], review_on=date(2026, 11, 22)), *every[1:]]
    assert "review was due" in assessments.gate("i-1", stale, as_at=AS_AT).blocked_by[0]
    assert assessments.gate("i-1", [replace(every[0], review_on=AS_AT), *every[1:]], as_at=AS_AT).is_open


@pytest.mark.parametrize(
    ("day", "route"),
    [(date(2024, 1, 30), "referral"), (date(2024, 1, 31), "call-in request"), (date(2019, 10, 30), "referral")],
)
def test_challenge_by_date(day, route):
    assert scrutiny.challenge_on(day).route == route


def test_substantial_variation_asks_before_it_says_no():
    assert scrutiny.substantial_variation({"closure": True}).ask_committee
    partly = scrutiny.substantial_variation({"closure": False})
    assert not partly.ask_committee and len(partly.unanswered) == 5 and partly.advice.startswith("Answer every")
    nothing = scrutiny.substantial_variation(dict.fromkeys(scrutiny.QUESTIONS, False))
    assert nothing.advice.startswith("Not substantial")
    with pytest.raises(BadInput):
        scrutiny.substantial_variation({"colour": True})


def test_consultation_record():
    bare = Consultation("NW London JHOSC", "Move a ward", date(2026, 9, 1), True)
    assert len(scrutiny.missing(bare)) == 3
    backwards = replace(
        bare, consultation_from=date(2026, 10, 1), consultation_to=date(2026, 9, 1), comments_by=AS_AT, outcome="agreed"
    )
    assert scrutiny.missing(backwards) == ("an end of the consultation after its start",)
    assert scrutiny.missing(replace(bare, substantial=False)) == ()


def test_a_response_is_honest():
    said = Response("r-1", "Access", "Longer opening", "", "not done", "stated")
    with pytest.raises(NotReady, match="why it was not done"):
        engagement.check_response(said)
    engagement.check_response(replace(said, why_not="No staff before 2028"))
    with pytest.raises(NotReady, match="what was done"):
        engagement.check_response(replace(said, status="done"))


def test_themes_without_an_answer():
    heard = [
        Feedback("f-1", "Too far", None, "Event", "Brent", "Travel"),
        Feedback("f-2", "Kind staff", None, "Event", "Brent"),
    ]
    assert engagement.unanswered(heard, []) == ["Travel"]
    assert engagement.unanswered(heard, [Response("r-1", "Travel", "Too far", "New bus", "done", "stated")]) == []
