"""Whole definitions over an invented record: for Spark, purposes and releases. The codes mean nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from tests.spec.language import AS_AT, CODES, codelist

from commonweal.definitions.declarations import (
    ActivityMeasure,
    Band,
    Definition,
    Flag,
    Measure,
    Register,
    Score,
    Segment,
    SegmentRule,
    Source,
    Term,
)
from commonweal.definitions.vocabulary import (
    at_least,
    contact,
    event,
    is_member,
    medication,
    person,
    score_of,
)
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import Plan, make_plan
from commonweal.engine.record_files import RecordFiles
from commonweal.governance.withheld import WithheldCode

COMMON: dict[str, Any] = {
    "why_it_matters": "It is a test.",
    "owner": "tests",
    "checked_by": "tests",
    "source": Source("tests", "1"),
    "reviewed_on": date(2026, 1, 1),
    "review_due": date(2027, 1, 1),
}
WITHHELD = (WithheldCode("test", "snomed", "AB", date(1900, 1, 1)),)
"""Code AB is withheld outside direct care."""

diagnosed, resolved = event.coded("a"), event.coded("b")
emergency = contact.where(setting="apc", admission_method=("21", "22"))

asthma = Register(
    id="asthma", title="Asthma", **COMMON,
    logic=diagnosed.any() & (resolved.none() | (diagnosed.latest().date > resolved.latest().date)),
)  # fmt: skip
treated = Register(
    id="treated", title="Treated", basis="everyone", logic=medication.coded("a").in_last(months=12).any(), **COMMON
)
high = Register(id="high", title="High value", logic=diagnosed.latest().value >= 10, **COMMON)
older = Register(id="older", title="Older", logic=person.age >= 65, **COMMON)
reviewed = Measure(
    id="reviewed", title="Reviewed", denominator=is_member("asthma"),
    numerator=contact.where(setting="gp").in_last(months=12).any(), **COMMON,
)  # fmt: skip
attendance = Measure(
    id="attendance",
    title="Attendances",
    numerator=contact.where(setting="ae").in_last(years=1).count(),
    per=1000,
    **COMMON,
)
readmitted = ActivityMeasure(
    id="readmitted", title="Readmitted", basis="everyone", denominator=emergency.in_last(years=2),
    numerator=emergency.in_last(years=2).followed_by(contact.where(setting="apc"), within_days=30, own="end_date"), **COMMON,
)  # fmt: skip
mean_stay = ActivityMeasure(
    id="mean_stay", title="Length of stay", basis="everyone", denominator=emergency, numerator=emergency,
    sum_column="length_of_stay_days", per=1, **COMMON,
)  # fmt: skip
overdue = Flag(
    id="overdue", title="Asthma, not seen after attending", order_by=contact.where(setting="ae").count(),
    logic=is_member("asthma") & contact.where(setting="ae").any()
    & contact.where(setting="gp").after(contact.where(setting="ae").latest().date).none(),
    suggested_action="see", who_acts="nurse", capacity_hint="5 a week", harm_note="none known", **COMMON,
)  # fmt: skip
worse = Flag(
    id="worse", title="Twice high", logic=event.coded("a").where(value=at_least(8)).count(distinct="date") >= 2,
    suggested_action="see", who_acts="nurse", capacity_hint="5 a week", harm_note="none known", **COMMON,
)  # fmt: skip
burden = Score(
    id="burden", title="Burden", validity="tests", caveat="tests", valid_for=person.age >= 18, bands=(Band("low", "Low"), Band("high", "High", 3)),
    terms=(Term("asthma", is_member("asthma"), 1.25), Term("older", is_member("older"), 2.5), Term("stays", emergency.count(), 0.1)), **COMMON,
)  # fmt: skip
need = Segment(
    id="need", title="Need", otherwise=("well", "Well"), **COMMON,
    rules=(SegmentRule("high", "High", score_of("burden") >= 3), SegmentRule("some", "Some", is_member("asthma") | is_member("treated"))),
)  # fmt: skip
missing = Register(
    id="missing", title="Cannot be computed", logic=event.coded("gone").any(), missing_codelists=("gone",), **COMMON
)
builds_on = Register(id="builds_on", title="Nor can this", logic=is_member("missing"), **COMMON)

DEFINITIONS: tuple[Definition, ...] = (
    asthma, treated, high, older, reviewed, attendance, readmitted, mean_stay, overdue, worse, burden, need, missing, builds_on,
)  # fmt: skip


def record(people: int, seed: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Rows of an invented record: opt-outs, confidential and withheld rows, same-day readings, deaths, moves."""
    chance = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("person", "registration", "event", "medication", "contact")
    }

    def day(first: date = date(2022, 1, 1)) -> date:
        return first + timedelta(days=chance.randrange((AS_AT - first).days + 40))

    for key in range(1, people + 1):
        rows["person"].append(
            {
                "person_key": key,
                "birth_date": date(1930, 1, 1) + timedelta(days=chance.randrange(34_000)),
                "sex": chance.choice("FM"),
                "ethnic_category": chance.choice("ABHJMNRZ"),
                "death_date": day() if chance.random() < 0.1 else None,
                "type1_opt_out": chance.random() < 0.1,
                "national_opt_out": chance.random() < 0.1,
                "lsoa21": "E01000001",
            }
        )
        if chance.random() < 0.9:
            rows["registration"].append(
                {"person_key": key, "practice_code": chance.choice(["P1", "P2", "P3"]), "start_date": date(2000, 1, 1)}
            )
        for _ in range(chance.randrange(9)):
            rows["event"].append(
                {
                    "person_key": key,
                    "date": day(date(2025, 10, 1)) if chance.random() < 0.5 else day(),
                    "concept": chance.choice([CODES["A"], CODES["A"], CODES["B"], CODES["AB"], CODES["X"]]),
                    "value": chance.choice([None, 3.0, 8.25, 12.5, 12.5]),
                    "confidential": chance.random() < 0.1,
                }
            )
        for _ in range(chance.randrange(4)):
            rows["medication"].append(
                {"person_key": key, "date": day(), "concept": chance.choice([1, 2, 3]), "quantity": 28.0}
            )
        for _ in range(chance.randrange(7)):
            start, stay = day(), chance.randrange(20)
            setting = chance.choice(["ae", "gp", "apc", "apc"])
            rows["contact"].append(
                {
                    "person_key": key,
                    "contact_key": len(rows["contact"]) + 1,
                    "setting": setting,
                    "start_date": start,
                    "end_date": start + timedelta(days=stay) if setting == "apc" else start,
                    "length_of_stay_days": stay if setting == "apc" else None,
                    "admission_method": chance.choice(["11", "21", "22"]) if setting == "apc" else None,
                    "provider_code": chance.choice(["RX1", "RX2", None]),
                    "treatment_function_code": chance.choice(["100", "300"]),
                    "confidential": chance.random() < 0.1,
                }
            )
    rows["concept"] = [{"concept": number, "system": "snomed", "code": code} for code, number in CODES.items()]
    return rows


def plan() -> Plan:
    """All definitions as at the spec's date."""
    return make_plan(DEFINITIONS, AS_AT)


def on_duckdb(files: RecordFiles) -> tuple[Plan, dict[str, dict[int, dict[str, Any]]]]:
    """The plan, and for each view the outputs of every person."""
    made = plan()
    names = [one.name for one in made.outputs]
    found: dict[str, dict[int, dict[str, Any]]] = {"care": {}, "restricted": {}}
    with DuckDBBackend(files, loader=codelist, withheld=WITHHELD, threads=1) as backend:
        for result in backend.run(made):
            for view in found:
                for row in result.people(view).to_pylist():
                    found[view][row["person_key"]] = {name: row[name] for name in ["age", "age_band", *names]}
    return made, found
