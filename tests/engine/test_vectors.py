"""Expressions over columns: shared parts once, and dates, missing values and references as the vocabulary says."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.definitions.vocabulary import calendar
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateDifference,
    DateShift,
    Literal,
    Member,
    PersonAttribute,
)
from commonweal.engine.evaluate import evaluate
from commonweal.engine.plan import Output, Plan
from commonweal.engine.vectors import Program

AS_AT = date(2026, 3, 31)
AGE, SEEN, WOMAN = PersonAttribute("age"), PersonAttribute("seen"), PersonAttribute("woman")
dates = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))


def test_a_part_that_several_expressions_share_is_computed_once():
    adult = Call(">=", (AGE, Literal(18)))
    program = Program(AS_AT)
    program.add("adult", adult, "condition")
    parts = len(program.parts)
    program.add("adult_again", Call(">=", (AGE, Literal(18))), "condition")
    assert len(program.parts) == parts
    found = program.run({"age": pa.array([17, 18, None], pa.int64())}, 3)
    assert found["adult"].to_pylist() == found["adult_again"].to_pylist() == [False, True, None]


@given(st.lists(dates, min_size=1, max_size=20), st.integers(-800, 800), st.integers(-30, 30))
def test_dates_are_moved_and_told_apart_as_the_calendar_says(seen, days, months):
    program = Program(AS_AT)
    moved = DateShift(SEEN, days, months)
    program.add("moved", moved, "date")
    for unit in ("days", "months", "years"):
        program.add(unit, DateDifference(SEEN, AsAt(), unit), "number")
    found = program.run({"seen": pa.array(seen, pa.date32())}, len(seen))
    known = [None if one is None else calendar.add(one, days=days, months=months) for one in seen]
    assert found["moved"].to_pylist() == known
    for unit in ("days", "months", "years"):
        expected = [evaluate(DateDifference(SEEN, AsAt(), unit), AS_AT, lambda _, one=one: one) for one in seen]
        assert found[unit].to_pylist() == expected


def test_what_is_the_same_for_everybody_is_given_to_each():
    program = Program(AS_AT)
    program.add("true", CaseWhen(((Literal(None), Literal(False)),), Literal(True)), "condition")
    program.add("nothing", Literal(None), "text")
    program.add("zero", Call("/", (Literal(1), Literal(0))), "number")
    found = program.run({}, 2)
    assert found["true"].to_pylist() == [True, True]
    assert found["nothing"].to_pylist() == [None, None] and found["nothing"].type == pa.string()
    assert found["zero"].to_pylist() == [None, None]


@pytest.mark.parametrize("operator", ["and", "or"])
def test_missing_conditions(operator):
    values = [True, False, None]
    pairs = [(one, other) for one in values for other in values]
    program = Program(AS_AT)
    node = Call(operator, (WOMAN, PersonAttribute("adult")))
    program.add("both", node, "condition")
    columns = {"woman": pa.array([one for one, _ in pairs]), "adult": pa.array([other for _, other in pairs])}
    expected = [
        evaluate(node, AS_AT, lambda asked, pair=pair: pair[0] if asked == WOMAN else pair[1]) for pair in pairs
    ]
    assert program.run(columns, len(pairs))["both"].to_pylist() == expected


def test_another_definitions_answer_is_read_after_it_is_computed():
    plan = Plan(AS_AT, ())
    plan.outputs = [
        Output("n_women", "women", "numerator", Member("adults"), "condition", 2),
        Output("r_adults", "adults", "in", Call(">=", (AGE, Literal(18))), "condition", 1),
        Output("r_none", "none", "in", Member("cannot be computed"), "condition", 1),
    ]
    found = Program.of_plan(plan).run({"age": pa.array([17.0, 18.0])}, 2)
    assert found["n_women"].to_pylist() == [False, True]
    assert found["r_none"].to_pylist() == [None, None]
    plan.outputs[0] = Output("n_women", "women", "numerator", Member("adults"), "condition", 1)
    with pytest.raises(ValueError, match="adults is read before"):
        Program.of_plan(plan)
