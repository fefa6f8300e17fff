"""Worked patients: every definition's own tiny records, run on the naive evaluator and on DuckDB, against its answers."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from commonweal.definitions.codelists import Codelist, load
from commonweal.definitions.declarations import Definition, WorkedPatient
from commonweal.definitions.vocabulary.rows import CODE_COLUMNS
from commonweal.engine.attributes import ETHNIC_GROUPS
from commonweal.engine.codes import Loader
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.naive import NaiveEvaluator, PersonRecord
from commonweal.engine.plan import definitions_needed, make_plan, not_computable
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.tiny_record import write_tiny_record
from commonweal.errors import BadInput
from commonweal.record.schema import TABLES

PRACTICE = "WORKED"
LSOA = "E01000001"


@dataclass(frozen=True)
class Difference:
    """A worked patient for whom an evaluator did not give the expected answer."""

    definition: str
    patient: str
    expected: Any
    naive: Any
    duckdb: Any


@dataclass
class _Case:
    key: int
    definition: Definition
    patient: WorkedPatient
    rows: dict[str, list[dict[str, Any]]]


def check(definitions: Iterable[Definition], loader: Loader = load) -> list[Difference]:
    """Run all worked patients of these definitions (and of nothing else); those that differ, in order.

    Definitions that cannot be computed are left out. One DuckDB run serves all patients of one as-at date.
    """
    known = {one.id: one for one in definitions}
    concepts = _Concepts(loader)
    by_date: dict[date, list[_Case]] = defaultdict(list)
    for case in _cases(known, concepts):
        by_date[case.patient.as_at].append(case)
    return [found for moment, cases in by_date.items() for found in _check_date(moment, cases, known, concepts, loader)]


def _cases(known: dict[str, Definition], concepts: _Concepts) -> list[_Case]:
    """Every patient of every definition that can be computed, with rows of codes of this record."""
    blocked = not_computable(known.values())
    chosen = [(one, patient) for one in known.values() if one.id not in blocked for patient in one.worked_patients]
    return [
        _Case(key, one, patient, _rows(key, patient, _lists_of(one, known), concepts))
        for key, (one, patient) in enumerate(chosen, 1)
    ]


def one_record(
    definitions: Iterable[Definition], moment: date, folder: Path
) -> tuple[RecordFiles, list[tuple[int, Definition, WorkedPatient]]]:
    """A record of every worked patient of one as-at date, and who is whose: (person_key, definition, patient)."""
    known = {one.id: one for one in definitions}
    concepts = _Concepts(load)
    cases = [one for one in _cases(known, concepts) if one.patient.as_at == moment]
    record = write_tiny_record(folder, _record_rows(moment, cases, concepts))
    return record, [(one.key, one.definition, one.patient) for one in cases]


def _lists_of(definition: Definition, known: dict[str, Definition]) -> tuple[str, ...]:
    used = definitions_needed([definition.id], known)
    return tuple(dict.fromkeys(name for one in used for name in one.codelists()))


class _Concepts:
    """A concept for each code that a worked patient needs."""

    def __init__(self, loader: Loader) -> None:
        self.loader = cache(loader)
        self.numbers: dict[tuple[str, str], int] = {}
        self._chosen: dict[tuple[str, tuple[str, ...]], int] = {}
        self._inside: dict[tuple[str, int], set[int]] = {}

    def of(self, list_id: str, among: tuple[str, ...]) -> int:
        """The concept of a code of this list, one that is in as few others of `among` as can be.

        ``list#code`` names the code.
        """
        asked = (list_id, among)
        if asked not in self._chosen:
            self._chosen[asked] = self._choose(list_id, among)
        return self._chosen[asked]

    def _choose(self, list_id: str, among: tuple[str, ...]) -> int:
        list_id, _, code = list_id.partition("#")
        wanted = self.loader(list_id)
        others = [self.loader(name) for name in among if name != list_id]
        system = wanted.systems[0]
        if not wanted.codes:
            raise BadInput("a worked patient needs a code of an empty list", value=list_id)

        def shared(code: str) -> int:
            return sum(other.covers(system, code) for other in others)

        if code and not wanted.covers(system, code):
            raise BadInput("a worked patient's code is not in the list that it names", where=list_id, value=code)
        code = code or min(sorted(wanted.codes), key=shared)
        return self.numbers.setdefault((system, code), len(self.numbers) + 1)

    def in_list(self, codelist: Codelist) -> set[int]:
        """The concepts in use that a list covers."""
        known = (codelist.id, len(self.numbers))
        if known not in self._inside:
            self._inside[known] = {n for (system, code), n in self.numbers.items() if codelist.covers(system, code)}
        return self._inside[known]


def _rows(
    key: int, patient: WorkedPatient, lists: tuple[str, ...], concepts: _Concepts
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, one in enumerate(patient.rows, 1):
        table = TABLES[one.table]
        columns = {name: _day(value) if table[name].type == "date" else value for name, value in one.columns}
        row = {
            "person_key": key,
            table.date_column: _day(one.date),
            "load_id": key,
            "record_number": number,
            **columns,
        }
        if one.codelist:
            row[CODE_COLUMNS[one.table]] = concepts.of(one.codelist, lists)
        if one.table == "contact":
            row.setdefault("contact_key", key * 10_000 + number)
        rows[one.table].append(row)
    return rows


def _day(value: Any) -> date | None:
    """A date written as text; empty is missing."""
    return date.fromisoformat(value) if value and isinstance(value, str) else value or None


def _registered_from(patient: WorkedPatient) -> date | None:
    text = patient.born if patient.registered_from is None else patient.registered_from
    return date.fromisoformat(text) if text else None


def _check_date(
    moment: date, cases: list[_Case], known: dict[str, Definition], concepts: _Concepts, loader: Loader
) -> list[Difference]:
    answers = _on_duckdb(moment, cases, known, concepts, loader)
    found = []
    for case in cases:
        naive = shape(case.definition, _on_naive(moment, case, known, concepts), case.patient.expected)
        duckdb = shape(case.definition, answers[case.key][case.definition.id], case.patient.expected)
        expected = case.patient.expected
        if not (same(naive, expected) and same(duckdb, expected)):
            found.append(Difference(case.definition.id, case.patient.label, expected, naive, duckdb))
    return found


def _on_naive(moment: date, case: _Case, known: dict[str, Definition], concepts: _Concepts) -> Any:
    patient = case.patient
    died = date.fromisoformat(patient.died) if patient.died else None
    start = _registered_from(patient)
    registered = start is not None and start <= moment
    attributes = {
        "birth_date": date.fromisoformat(patient.born),
        "death_date": died if died is not None and died <= moment else None,
        "sex": patient.sex,
        "ethnic_category": patient.ethnic_category if patient.ethnic_category in ETHNIC_GROUPS else None,
        "ethnic_group": ETHNIC_GROUPS.get(patient.ethnic_category),
        "practice_code": PRACTICE if registered else None,
        "registered_since": start if registered else None,
        "lsoa21": LSOA,
        "in_registered_population": registered,
    }
    snapshots = [row["snapshot_date"] for row in case.rows.get("wait", ()) if row["snapshot_date"] <= moment]
    evaluator = NaiveEvaluator(
        PersonRecord(attributes, case.rows),
        moment,
        lambda name: concepts.in_list(concepts.loader(name)),
        known,
        max(snapshots, default=None),
    )
    return evaluator.answer(case.definition)


def _on_duckdb(
    moment: date, cases: list[_Case], known: dict[str, Definition], concepts: _Concepts, loader: Loader
) -> dict[int, dict[str, Any]]:
    """Person to the answers of every definition that has patients on this date."""
    plan = make_plan(definitions_needed(dict.fromkeys(case.definition.id for case in cases), known), moment)
    with tempfile.TemporaryDirectory() as folder:
        record = write_tiny_record(Path(folder), _record_rows(moment, cases, concepts))
        with DuckDBBackend(record, loader=loader, threads=1) as backend:
            people = [row for result in backend.run(plan) for row in result.care.to_pylist()]
    return {row["person_key"]: {one.id: answer_of(one, row) for one in plan.definitions} for row in people}


def _record_rows(moment: date, cases: list[_Case], concepts: _Concepts) -> dict[str, list[dict[str, Any]]]:
    """The rows of all these patients, by table."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        patient = case.patient
        rows["person"].append(
            {
                "person_key": case.key,
                "birth_date": date.fromisoformat(patient.born),
                "death_date": date.fromisoformat(patient.died) if patient.died else None,
                "sex": patient.sex,
                "ethnic_category": patient.ethnic_category,
                "lsoa21": LSOA,
            }
        )
        start = _registered_from(patient)
        if start is not None:
            rows["registration"].append({"person_key": case.key, "practice_code": PRACTICE, "start_date": start})
        for table, listed in case.rows.items():
            rows[table] += listed
    rows["concept"] = [
        {"concept": number, "system": system, "code": code} for (system, code), number in concepts.numbers.items()
    ]
    # A person of nobody's, so that the record is one that knows registrations.
    rows["registration"].append({"person_key": 0, "practice_code": PRACTICE, "start_date": moment})
    rows["person"].append({"person_key": 0})
    return rows


def answer_of(definition: Definition, row: dict[str, Any]) -> Any:
    """A definition's answer from a row of outputs, in the form of `NaiveEvaluator.answer`."""
    name, kind = definition.id, definition.kind
    if kind == "measure":
        return row.get(f"d_{name}"), row.get(f"n_{name}")
    return row.get(f"{ {'register': 'r', 'flag': 'f', 'score': 's', 'segment': 'g'}[kind] }_{name}")


def shape(definition: Definition, answer: Any, expected: Any) -> Any:
    """The answer in the form in which the worked patient states it."""
    if definition.kind != "measure":
        return answer
    denominator, numerator = answer
    if isinstance(expected, tuple | list):
        return (int(numerator or 0) if numerator in (None, True, False) else numerator, int(denominator or 0))
    if numerator is True:
        return "numerator"
    if denominator is True:
        return "denominator"
    return expected if expected in ("population", "outside") else "outside"


def same(answer: Any, expected: Any) -> bool:
    """Whether an answer is the one that is written beside the patient."""
    if isinstance(expected, tuple | list):
        return len(answer) == len(expected) and all(same(one, two) for one, two in zip(answer, expected, strict=True))
    if isinstance(expected, bool) or isinstance(answer, bool):
        return answer is expected
    if isinstance(expected, int | float) and isinstance(answer, int | float):
        return abs(answer - expected) < 1e-6
    return answer == expected
