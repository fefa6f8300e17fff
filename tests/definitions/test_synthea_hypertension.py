"""Hypertension on NHS England's UK Synthea sample, beside a count that reads nothing but the sample's own files."""

import csv
import io
import re
import zipfile
from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest

from commonweal.definitions.codelists import load
from commonweal.definitions.registry import registry
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import definitions_needed, make_plan
from commonweal.engine.tiny_record import write_tiny_record

SAMPLE = Path(__file__).parents[1] / "data" / "synthea_uk_hypertension_1000_csv.zip"
AS_AT = date(2025, 1, 14)
A_YEAR_BEFORE = date(2024, 1, 14)
HYPERTENSION, SYSTOLIC, DIASTOLIC = "59621000", "8480-6", "8462-4"
WANTED = (
    "hypertension", "hypertension_bp_overdue", "hypertension_bp_recorded", "hypertension_control_under_80",
    "hypertension_control_80_plus",
)  # fmt: skip


def _rows(name):
    with zipfile.ZipFile(SAMPLE) as archive:
        member = next(one for one in archive.namelist() if one.endswith(f"/{name}.csv"))
        with archive.open(member) as handle:
            yield from csv.DictReader(io.TextIOWrapper(handle, "utf-8"))


@pytest.fixture(scope="module")
def sample():
    """Births, first hypertension, and readings by person, day and code, straight from the files."""
    births = {row["Id"]: date.fromisoformat(row["BIRTHDATE"]) for row in _rows("patients")}
    diagnosed = {row["PATIENT"]: date.fromisoformat(row["START"][:10]) for row in _rows("conditions")}
    readings = [
        (row["PATIENT"], date.fromisoformat(row["DATE"][:10]), row["CODE"], float(row["VALUE"]))
        for row in _rows("observations")
        if row["CODE"] in (SYSTOLIC, DIASTOLIC)
    ]
    return births, diagnosed, readings


@pytest.fixture(scope="module")
def answers(sample, tmp_path_factory):
    """What the definitions say, by person."""
    births, diagnosed, readings = sample
    keys = {person: key for key, person in enumerate(births, 1)}
    concepts = {HYPERTENSION: 1, SYSTOLIC: 2, DIASTOLIC: 3}
    record = write_tiny_record(
        tmp_path_factory.mktemp("synthea"),
        {
            "person": [{"person_key": keys[one], "birth_date": born} for one, born in births.items()],
            "registration": [
                {"person_key": keys[one], "practice_code": "P", "start_date": born} for one, born in births.items()
            ],
            "event": [
                *({"person_key": keys[one], "date": day, "concept": 1} for one, day in diagnosed.items()),
                *(
                    {"person_key": keys[one], "date": day, "concept": concepts[code], "value": value}
                    for one, day, code, value in readings
                ),
            ],
            "concept": [
                {"concept": number, "system": "snomed" if number == 1 else "loinc", "code": code}
                for code, number in concepts.items()
            ],
        },
        buckets=2,
    )
    plan = make_plan(definitions_needed(WANTED, registry()), AS_AT)
    with DuckDBBackend(record, loader=load, threads=1) as backend:
        return [row for result in backend.run(plan) for row in result.care.to_pylist()]


def _age(born):
    return AS_AT.year - born.year - ((AS_AT.month, AS_AT.day) < (born.month, born.day))


def test_the_register_and_the_overdue_list_are_what_counting_by_hand_gives(sample, answers):
    births, diagnosed, readings = sample
    on_register = {one for one, day in diagnosed.items() if day <= AS_AT and _age(births[one]) >= 18}
    measured = {one for one, day, _, _ in readings if A_YEAR_BEFORE < day <= AS_AT}
    assert sum(row["r_hypertension"] is True for row in answers) == len(on_register) == 512
    assert sum(row["f_hypertension_bp_overdue"] is True for row in answers) == len(on_register - measured) == 484
    assert sum(row["n_hypertension_bp_recorded"] is True for row in answers) == len(on_register & measured) == 28


def test_control_pairs_the_lowest_systolic_and_diastolic_of_the_last_day(sample, answers):
    births, diagnosed, readings = sample
    by_day = defaultdict(lambda: defaultdict(dict))
    for one, day, code, value in readings:
        if A_YEAR_BEFORE < day <= AS_AT:
            by_day[one][day][code] = min(value, by_day[one][day].get(code, value))

    def controlled(one, limit):
        days = [day for day, codes in by_day[one].items() if SYSTOLIC in codes]
        if not days:
            return False
        last = by_day[one][max(days)]
        return last[SYSTOLIC] <= limit and DIASTOLIC in last and last[DIASTOLIC] <= 90

    adults = [one for one, day in diagnosed.items() if day <= AS_AT and _age(births[one]) >= 18]
    younger = [one for one in adults if _age(births[one]) < 80]
    older = [one for one in adults if _age(births[one]) >= 80]
    for name, people, limit in (("under_80", younger, 140), ("80_plus", older, 150)):
        met = sum(row[f"n_hypertension_control_{name}"] is True for row in answers)
        asked = sum(row[f"d_hypertension_control_{name}"] is True for row in answers)
        assert (met, asked) == (sum(controlled(one, limit) for one in people), len(people))


def test_the_queries_of_the_page_give_the_numbers_of_its_table(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "synthea-hypertension.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(SAMPLE) as archive:
        for name in ("patients", "conditions", "observations"):
            member = next(one for one in archive.namelist() if one.endswith(f"/{name}.csv"))
            (tmp_path / f"{name}.csv").write_bytes(archive.read(member))
    monkeypatch.chdir(tmp_path)
    first, second = (duckdb.sql(text).fetchall() for text in re.findall(r"```sql\n(.*?)```", page, re.DOTALL))
    table = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    assert first == [(512, 28, 484)]
    assert [table[name] for name in WANTED[:3]] == ["512", "484", "28"]
    assert second == [(True, 6, 458), (False, 0, 54)]
    assert [table[name] for name in WANTED[3:]] == ["6 of 458", "0 of 54"]
