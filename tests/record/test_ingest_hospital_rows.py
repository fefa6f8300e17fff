"""Hospital rows that cannot be right, in the national layouts and through the command: said by file, record and value."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from ingest_helpers import quarantine, rows

from commonweal.cli import main
from commonweal.store import Store
from commonweal.synthetic.layouts import layouts

NUMBER = "spell.patient.identity.nhs_number.value"
STAY = "spell.discharge.length_of_hospital_stay"
ADMITTED, DISCHARGED = "spell.admission.date", "spell.discharge.date"


def _write(path: Path, layout: str, records: list[dict[str, str]]) -> Path:
    header = layouts()[layout].header
    unknown = {name for record in records for name in record} - set(header)
    assert not unknown, unknown
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, header, restval="")
        writer.writeheader()
        writer.writerows(records)
    return path


def _spell(number: int, **changes: str) -> dict[str, str]:
    return {
        "PRIMARYKEY_ID": str(number),
        "spell.hospital_provider_spell_number": f"S{number}",
        "spell.patient.identity.local_patient_identifier.value": f"L{number}",
        "spell.patient.identity.local_patient_identifier.issuer": "RYJ",
        "spell.admission.method": "21",
        ADMITTED: "2026-02-03",
        DISCHARGED: "2026-02-05",
        STAY: "2",
        "spell.commissioning.service_agreement.provider": "RYJ",
    } | changes


def _attendance(number: int, day: str, arrived: str, departed: str) -> dict[str, str]:
    return {
        "PRIMARYKEY_ID": str(number),
        "attendance.arrival.attendance_identifier": f"E{number}",
        "patient.local_patient_identifier.value": f"L{number}",
        "patient.local_patient_identifier.issuer": "RYJ",
        "attendance.location.department_type": "01",
        "attendance.arrival.date": day,
        "attendance.arrival.time": arrived,
        "attendance.departure.date": day,
        "attendance.departure.time": departed,
        "commissioning.service_agreement.provider": "RYJ",
    }


def _ingest(store: Store, path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["ingest", str(path), "--store", str(store.root), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rows_in"] == said["loaded"] + said["quarantined"] + said["excluded"]
    return said


def test_negative_stays_and_wrong_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "store")
    records = [_spell(number) for number in range(1, 21)]
    records[3] |= {ADMITTED: "2026-02-05", DISCHARGED: "2026-02-03"}
    records[4] |= {STAY: "-3"}
    records[5] |= {NUMBER: "9434765918"}  # the published test number ends in 9
    records[6] |= {NUMBER: "9434765919"}
    said = _ingest(store, _write(tmp_path / "spell.csv", "sus_apc/spell", records), capsys)

    assert (said["rows_in"], said["quarantined"]) == (20, 2)
    assert said["rejects"] == {"dates_in_order": 1, "out_of_range": 1}
    assert said["remarks"] == {"nhs_number": 1}
    told = {one["record"]: one for one in said["examples"]}
    assert {one["file"] for one in told.values()} == {"spell.csv"}
    assert (told[4]["column"], told[4]["value"]) == (DISCHARGED, "2026-02-05 after 2026-02-03")
    assert (told[5]["column"], told[5]["value"]) == (STAY, "-3")
    # A number that may be somebody's is told by its place alone; the rest of that spell stands.
    assert (told[6]["column"], told[6]["value"], told[6]["action"]) == (NUMBER, None, "blanked")
    assert "9434765918" not in json.dumps(said)
    assert {line["record_number"] for line in quarantine(store)} == {4, 5, 6}
    kept = {record for (record,) in rows(store, "contact", "record_number")}
    assert kept == set(range(1, 21)) - {4, 5}


def test_the_remedy_stands_beneath_what_was_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [_spell(number) for number in range(1, 21)]
    records[4] |= {STAY: "-3"}
    path = _write(tmp_path / "spell.csv", "sus_apc/spell", records)
    capsys.readouterr()
    assert main(["ingest", str(path), "--store", str(tmp_path / "store")]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert f"spell.csv, record 5, {STAY}, value '-3': length_of_stay_days is below zero" in told
    assert "correct the value or its unit at the source" in told


def test_four_hour_wait_over_both_clock_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "store")
    records = [
        _attendance(
            1, "2026-03-29", "00:30:00", "05:00:00"
        ),  # four and a half hours by the wall, three and a half pass
        _attendance(2, "2025-10-26", "00:30:00", "04:00:00"),  # three and a half by the wall, four and a half pass
        _attendance(3, "2026-06-01", "00:30:00", "04:30:00"),  # four hours, and four hours
    ]
    said = _ingest(store, _write(tmp_path / "emergency_care.csv", "sus_ae/emergency_care", records), capsys)
    assert (said["rows_in"], said["loaded"]) == (3, 3)
    found = dict(rows(store, "contact", "record_number, wait_minutes"))
    assert found == {1: 210, 2: 270, 3: 240}
