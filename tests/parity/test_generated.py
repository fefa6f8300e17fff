"""DuckDB and the naive evaluator on generated records and generated expressions: they must agree to the row."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.spec.harness import equal, on_duckdb, on_naive
from tests.spec.language import AS_AT, Case

from commonweal.definitions import vocabulary as v

FIRST = date(2024, 1, 1)
days_ = st.integers(0, (AS_AT - FIRST).days + 20).map(lambda count: FIRST + timedelta(days=count))
amounts = st.one_of(st.none(), st.integers(-5, 20).map(float), st.integers(-500, 5000).map(lambda n: n / 100))
concepts = st.sampled_from([1, 2, 3, 4])


class Made(Case):
    """A case whose rows and expression were generated."""

    def __init__(self, rows, expression):
        super().__init__("generated", "", dict.fromkeys((1, 2, 3)))
        object.__setattr__(self, "made", (rows, expression))

    def parsed(self):
        return self.made[1]

    def rows(self):
        return {table: [dict(row) for row in listed] for table, listed in self.made[0].items()}


@st.composite
def records(draw):
    event = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "person_key": st.integers(1, 3),
                    "date": days_,
                    "concept": concepts,
                    "value": amounts,
                    "text_value": st.sampled_from([None, "yes", "no"]),
                }
            ),
            max_size=14,
        )
    )
    contact = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "person_key": st.integers(1, 3),
                    "start_date": days_,
                    "stay": st.one_of(st.none(), st.integers(0, 40)),
                    "setting": st.sampled_from(["ae", "apc", "op"]),
                    "cost_pence": st.one_of(st.none(), st.integers(0, 500_000)),
                }
            ),
            max_size=8,
        )
    )
    for number, row in enumerate(event, 1):
        row.update(load_id=1, record_number=number)
    for number, row in enumerate(contact, 1):
        stay = row.pop("stay")
        end = None if stay is None else row["start_date"] + timedelta(days=stay)
        row.update(load_id=1, record_number=number, contact_key=number, end_date=end)
    people = [
        {
            "person_key": key,
            "birth_date": draw(st.dates(date(1930, 1, 1), date(2025, 12, 31))),
            "sex": draw(st.sampled_from("FM")),
        }
        for key in (1, 2, 3)
    ]
    return {"person": people, "event": event, "contact": contact}


windows = st.sampled_from(
    [
        lambda rows: rows,
        lambda rows: rows.in_last(months=12),
        lambda rows: rows.in_last(days=100),
        lambda rows: rows.before(date(2025, 3, 1)),
        lambda rows: rows.between(date(2024, 6, 1), date(2025, 6, 30)),
        lambda rows: rows.after(v.event.coded("b").earliest().date),
        lambda rows: rows.on_or_before(v.event.coded("a").latest().date + v.months(1)),
        lambda rows: rows.within_days_after(v.contact.where(setting="ae").latest().date, 60),
    ]
)
event_rows = st.sampled_from(
    [
        v.event.coded("a"),
        v.event.coded("a", "b"),
        v.event.coded("b").where(value=v.at_least(3)),
        v.event.coded("a").where(text_value=("yes", "no")),
        v.event.not_coded("a"),
        v.event.where(value=v.missing),
        v.event.coded("a").preceded_by(v.event.coded("b"), within_days=60),
        v.event.coded("a").not_followed_by(v.contact.where(setting="op"), within_days=90),
    ]
)
contact_rows = st.sampled_from(
    [
        v.contact,
        v.contact.where(setting="apc"),
        v.contact.where(setting=("ae", "op"), cost_pence=v.more_than(1000)),
        v.contact.where(setting="apc").open(),
        v.contact.where(setting="apc").followed_by(v.contact, within_days=30, own="end_date"),
    ]
)
events = st.builds(lambda rows, window: window(rows), event_rows, windows)
contacts = st.builds(lambda rows, window: window(rows), contact_rows, windows)
same_day = st.sampled_from(["highest", "lowest"])

numbers = st.deferred(
    lambda: st.one_of(
        st.builds(lambda rows, tie: rows.latest(same_day=tie).value, events, same_day),
        st.builds(lambda rows, tie: rows.earliest(same_day=tie).value, events, same_day),
        st.builds(lambda rows: rows.count(), st.one_of(events, contacts)),
        st.builds(lambda rows: rows.count(distinct="date"), events),
        st.builds(lambda rows: rows.total("cost_pence"), contacts),
        st.builds(lambda rows: rows.highest(), events),
        st.builds(lambda rows: rows.lowest(), events),
        st.builds(lambda rows: rows.days_since(), st.one_of(events, contacts)),
        st.builds(lambda rows, gap: rows.episodes(gap_days=gap), st.one_of(events, contacts), st.integers(0, 60)),
        st.just(v.person.age),
        st.builds(lambda moment: v.person.age_at(moment), dates),
        st.builds(lambda one, two: one.months_to(two), dates, dates),
        st.builds(lambda one, two: one.days_to(two), dates, dates),
        st.builds(lambda one, two: one + two, numbers, numbers),
        st.builds(lambda one, two: one / two, numbers, numbers),
        st.builds(lambda one, two: v.coalesce(one, two), numbers, numbers),
        st.builds(lambda test, one: v.when((test, one), otherwise=-1), conditions, numbers),
    )
)
dates = st.deferred(
    lambda: st.one_of(
        st.builds(lambda rows: rows.latest().date, st.one_of(events, contacts)),
        st.builds(lambda rows: rows.earliest().date, st.one_of(events, contacts)),
        st.builds(lambda rows: rows.latest().column("end_date"), contacts),
        st.just(v.as_at),
        st.builds(lambda one, count: one + v.months(count), dates, st.integers(-14, 14)),
        st.builds(lambda one, count: one + v.days(count), dates, st.integers(-40, 40)),
        st.builds(lambda one, two: v.greatest(one, two), dates, dates),
    )
)
conditions = st.deferred(
    lambda: st.one_of(
        st.builds(lambda rows: rows.any(), st.one_of(events, contacts)),
        st.builds(lambda one, two: one >= two, numbers, numbers),
        st.builds(lambda one, two: one < two, dates, dates),
        st.builds(lambda one: one.is_missing(), numbers),
        st.builds(lambda one, two: one & two, conditions, conditions),
        st.builds(lambda one, two: one | two, conditions, conditions),
        st.builds(lambda one: ~one, conditions),
        st.just(v.person.sex == "F"),
    )
)
texts = st.builds(lambda rows: rows.latest().column("text_value"), events)
expressions = st.one_of(numbers, dates, conditions, texts)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.tuples(records(), expressions), min_size=6, max_size=10))
def test_duckdb_equals_naive(made):
    """Each example is a batch: many records side by side, one expression for each."""
    cases = [Made(record, expression) for record, expression in made]
    with tempfile.TemporaryDirectory() as folder:
        answers = on_duckdb(Path(folder), cases)
    for case, found in zip(cases, answers, strict=True):
        expected = on_naive(case)
        assert all(equal(found[person], expected[person]) for person in expected), (
            case.parsed().node, case.rows(), expected, found,
        )  # fmt: skip
