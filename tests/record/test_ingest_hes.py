"""The artificial HES files: every count against one made with the csv module alone."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from pathlib import Path

import pytest
from ingest_helpers import DATA, one, quarantine, rows, take

from commonweal.record.landing import DeliveryReport
from commonweal.store import Store

HES = DATA / "nhs_artificial_hes"
ICD10 = re.compile(r"[A-Z]\d[0-9A-Z][0-9X]?[0-9A-Z]?")
OPCS4 = re.compile(r"[A-Z]\d\d\d?")


def records(name: str) -> list[dict[str, str]]:
    with gzip.open(next(HES.glob(f"*_{name}_*.gz")), "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def admissions() -> list[dict[str, str]]:
    """First, finished episodes whose admission date is known and whose first diagnosis, if any, is a code."""
    return [
        record
        for record in records("apc")
        if (record["EPISTAT"], record["EPIORDER"]) == ("3", "1")
        and record["ADMIDATE"] > "1801-01-01"
        and (not record["DIAG_4_01"] or ICD10.fullmatch(record["DIAG_4_01"].strip()))
    ]


def codes(record: dict[str, str], stem: str, pattern: re.Pattern[str]) -> int:
    found = (value.strip() for name, value in record.items() if re.fullmatch(rf"{stem}_4_\d\d", name))
    return sum(pattern.fullmatch(value) is not None for value in found)


@pytest.fixture(scope="module")
def hes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, DeliveryReport]:
    store = Store(tmp_path_factory.mktemp("hes"))
    return store, take(store, HES)


def test_every_file_has_its_layout(hes: tuple[Store, DeliveryReport]) -> None:
    found = {file.layout: (file.rows_in, file.quarantined, file.excluded) for file in hes[1].files}
    every = records("apc")
    finished = [record for record in every if record["EPISTAT"] == "3"]
    later = [record for record in finished if record["EPIORDER"] != "1"]
    refused = len(finished) - len(later) - len(admissions())
    assert refused == 2
    assert found == {
        "hes.apc": (len(every), refused, len(every) - len(finished) + len(later)),
        "hes.op": (len(records("op")), 0, 0),
        "hes.ae": (len(records("ae")), 0, 0),
    }
    assert Counter(line["rule"] for line in quarantine(hes[0]) if line["action"] == "refused") == {
        "code_unknown": 1,
        "missing": 1,
    }


def test_admissions_and_their_codes(hes: tuple[Store, DeliveryReport]) -> None:
    kept, tables = admissions(), one(hes[1], "apc").tables
    assert tables["contact"] == len(kept) == 1858
    assert tables["diagnosis"] == sum(codes(record, "DIAG", ICD10) for record in kept)
    assert tables["procedure"] == sum(codes(record, "OPERTN", OPCS4) for record in kept)
    nights = [record for record in kept if record["SPELEND"] == "Y"]
    assert rows(
        hes[0], "contact", "count(*), sum(length_of_stay_days)", "setting = 'apc' AND length_of_stay_days IS NOT NULL"
    ) == [(len(nights), sum(int(record["SPELDUR"]) for record in nights))]


def test_attendances(hes: tuple[Store, DeliveryReport]) -> None:
    appointments, attendances = records("op"), records("ae")
    assert one(hes[1], "_op_").tables["procedure"] == sum(codes(record, "OPERTN", OPCS4) for record in appointments)
    status = Counter(record["ATTENDED"] for record in appointments)
    assert dict(rows(hes[0], "contact", "attendance_status, count(*)", "setting = 'op' GROUP BY 1")) == dict(status)
    minutes = sum(int(record["DEPDUR"]) for record in attendances)
    assert rows(hes[0], "contact", "sum(wait_minutes), count(department_type)", "setting = 'ae'") == [(minutes, 0)]
    # Summer time: 20:15 in London on the first of these is 19:15 UTC, in winter the same hour.
    for record in attendances[:50]:
        day, clock = record["ARRIVALDATE"], record["ARRIVALTIME"]
        summer = "2007-03-25" <= day < "2007-10-28" or day >= "2008-03-30"
        hour = (int(clock[:2]) - summer) % 24
        assert rows(
            hes[0],
            "contact",
            "1",
            f"setting = 'ae' AND start_date = DATE '{day}' AND hour(start_at) = {hour} AND minute(start_at) = {int(clock[2:])}",
        ), record["AEKEY"]


def test_people_are_their_pseudonyms(hes: tuple[Store, DeliveryReport]) -> None:
    people = {record["PSEUDO_HESID"] for name in ("op", "ae") for record in records(name)}
    people |= {record["PSEUDO_HESID"] for record in admissions()}
    assert rows(hes[0], "subject_key", "count(DISTINCT subject_key)") == [(len(people),)]
    assert not any(
        name.encode() in path.read_bytes()
        for name in list(people)[:20]
        for path in Path(hes[0].loads).rglob("*.parquet")
    )
