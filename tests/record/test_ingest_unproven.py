"""Layouts of which no real file exists, by samples written in the layouts' own terms: what each row becomes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingest_helpers import one, quarantine, rows, take

from commonweal.record.compiler import columns_used
from commonweal.record.identities import IdentityStore
from commonweal.record.layouts import layouts
from commonweal.store import Store

PROVIDER, COMMISSIONER = "ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)"
LOCAL = "LOCAL PATIENT IDENTIFIER (EXTENDED)"
MOTHER = "LOCAL PATIENT IDENTIFIER (EXTENDED  MOTHER)"
CHC = "(NHS CONTINUING HEALTHCARE)"


def _file(folder: Path, layout: str, *records: dict[str, str]) -> Path:
    """A file of a layout: every column that it names, in alphabetical order, filled where a record says so."""
    (bound,) = layouts(layout)
    header = sorted(columns_used(bound) | set(bound.layout.recognise.columns))
    unknown = {name for record in records for name in record} - set(header)
    assert not unknown, unknown
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{layout}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return path


def _load(tmp_path: Path, *files: tuple[str, list[dict[str, str]]]) -> tuple[Store, dict[str, Any]]:
    """Load one delivery, each file recognised by its columns alone; its reports by layout."""
    store = Store(tmp_path / "store")
    paths = [_file(tmp_path / "files", layout, *records) for layout, records in files]
    report = take(store, *paths)
    found = {layout: one(report, f"{layout}.csv") for layout, _ in files}
    for layout, file in found.items():
        assert (file.status, file.layout) == ("loaded", layout), file.message
    return store, found


def _subjects(store: Store, column: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return IdentityStore.of(store).subjects(connection).project(column).fetchall()


def _nhs_numbers(store: Store) -> set[str | None]:
    return {row[0] for row in _subjects(store, "nhs_number")}


def test_talking_therapies(tmp_path: Path) -> None:
    person, request = {PROVIDER: "rv3", LOCAL: "a1"}, {"SERVICE REQUEST IDENTIFIER": "s1"}
    patient = person | {
        "NHS NUMBER": "999 000 0018",
        "PERSON BIRTH DATE": "1980-02-03",
        "PERSON STATED GENDER CODE": "2",
    }
    referral = (
        person | request | {"REFERRAL REQUEST RECEIVED DATE": "2025-04-01", "SERVICE DISCHARGE DATE": "2025-09-30"}
    )
    contact = person | request | {"CARE CONTACT IDENTIFIER": "c1", "CARE CONTACT DATE": "2025-05-01", "CARE CONTACT TIME": "09:30:00",
                                  "ATTENDED OR DID NOT ATTEND CODE": "5", "APPOINTMENT TYPE (IMPROVING ACCESS TO PSYCHOLOGICAL THERAPIES)": "03"}  # fmt: skip
    score = person | request | {"CODED ASSESSMENT TOOL TYPE (SNOMED CT)": "720433000", "PERSON SCORE": "14", "ASSESSMENT TOOL COMPLETION DATE": "2025-05-01"}  # fmt: skip
    stranger = score | {LOCAL: "nobody"}
    store, found = _load(
        tmp_path, ("talking_therapies.patient", [patient]), ("talking_therapies.referral", [referral]),
        ("talking_therapies.care_contact", [contact]), ("talking_therapies.assessment", [score, stranger]),
    )  # fmt: skip
    assert _nhs_numbers(store) == {"9990000018"}
    assert rows(store, "referral", "CAST(date AS VARCHAR), CAST(end_date AS VARCHAR), provider_code") == [("2025-04-01", "2025-09-30", "RV3")]  # fmt: skip
    # Half past nine in British Summer Time is half past eight by UTC.
    assert rows(store, "contact", "setting, CAST(start_at AS VARCHAR), attendance_status, service_type") == [
        ("talking_therapies", "2025-05-01 08:30:00", "5", "03")
    ]
    assert rows(store, "event", "value, CAST(date AS VARCHAR)") == [(14.0, "2025-05-01")]
    assert found["talking_therapies.assessment"].rejects == {"orphan": 1}
    links = [rows(store, table, "referral_key") for table in ("contact", "referral")]
    assert links[0] == links[1]


def test_maternity(tmp_path: Path) -> None:
    mother, pregnancy = {PROVIDER: "RYJ", MOTHER: "m1"}, {"PREGNANCY IDENTIFIER": "p1"}
    booking = mother | pregnancy | {"PREGNANCY FIRST CONTACT DATE": "2025-03-01", "APPOINTMENT DATE (FORMAL ANTENATAL BOOKING)": "2025-03-15"}  # fmt: skip
    contact = mother | pregnancy | {"CARE CONTACT IDENTIFIER": "c1", "CARE CONTACT DATE": "2025-04-01", "ATTENDED OR DID NOT ATTEND CODE": "3"}  # fmt: skip
    baby = {PROVIDER: "RYJ", "LOCAL PATIENT IDENTIFIER (EXTENDED  BABY)": "b1", "PERSON BIRTH DATE (BABY)": "2025-09-09", "NHS NUMBER (BABY)": "9990000026", "PERSON PHENOTYPIC SEX": "1"}  # fmt: skip
    store, found = _load(
        tmp_path, ("msds.mother", [mother | {"NHS NUMBER (MOTHER)": "9990000018"}]), ("msds.booking", [booking]),
        ("msds.care_contact", [contact]), ("msds.baby", [baby]), ("msds.spell", [{"HOSPITAL PROVIDER SPELL NUMBER": "1"}]),
    )  # fmt: skip
    assert _nhs_numbers(store) == {"9990000018", "9990000026"}
    assert rows(store, "referral", "CAST(date AS VARCHAR), CAST(first_contact_date AS VARCHAR), service_type") == [("2025-03-01", "2025-03-15", "maternity")]  # fmt: skip
    assert rows(store, "contact", "setting, attendance_status") == [("maternity", "3")]
    assert (found["msds.spell"].loaded, found["msds.spell"].excluded) == (0, 1)  # SUS holds the stay


def test_cancer_pathways_have_a_clock_for_each_standard(tmp_path: Path) -> None:
    base = {
        "NHS NUMBER": "9990000018",
        "PATIENT PATHWAY IDENTIFIER": "1",
        "ORGANISATION IDENTIFIER (PATIENT PATHWAY IDENTIFIER ISSUER)": "RYJ",
        "CANCER REFERRAL TO TREATMENT PERIOD START DATE": "2025-01-01",
    }
    whole = base | {"CANCER FASTER DIAGNOSIS PATHWAY END DATE": "2025-01-25", "CANCER FASTER DIAGNOSIS PATHWAY END REASON": "01",
                    "CANCER TREATMENT PERIOD START DATE": "2025-02-01", "TREATMENT START DATE (CANCER)": "2025-03-01"}  # fmt: skip
    ruled_out = base | {"PATIENT PATHWAY IDENTIFIER": "2", "CANCER FASTER DIAGNOSIS PATHWAY END DATE": "2025-01-20"}
    backwards = whole | {"PATIENT PATHWAY IDENTIFIER": "3", "CANCER TREATMENT PERIOD START DATE": "soon"}
    fine = [whole | {"PATIENT PATHWAY IDENTIFIER": str(number)} for number in range(10, 20)]
    store, found = _load(tmp_path, ("cancer_waits.pathway", [whole, ruled_out, backwards, *fine]))
    assert found["cancer_waits.pathway"].rejects == {"type": 1}
    assert [(line["record_number"], line["column"]) for line in quarantine(store)] == [
        (3, "CANCER TREATMENT PERIOD START DATE")
    ]
    first = rows(store, "wait", "list_type, CAST(clock_stop_date - clock_start_date AS INTEGER)", "record_number = 1")
    assert sorted(first) == [("cancer_28", 24), ("cancer_31", 28), ("cancer_62", 59)]
    assert rows(store, "wait", "list_type", "record_number = 2") == [("cancer_28",)]


@pytest.mark.parametrize(
    ("frequency", "pence"), [("04", 12550), ("03", 87850), ("02", 125500), ("01", None), ("05", None)]
)
def test_continuing_care_by_the_week(tmp_path: Path, frequency: str, pence: int | None) -> None:
    person = {COMMISSIONER: "W2U3Z", LOCAL: "a1"}
    package = person | {
        f"CARE PACKAGE IDENTIFIER {CHC}": "k1", f"CARE PACKAGE START DATE {CHC}": "2025-01-01", f"CARE PRODUCT TYPE {CHC}": "01",
        f"CONTRACT UNIT COST {CHC}": "125.50", f"CONTRACT UNIT FREQUENCY CODE {CHC}": frequency,
        f"NUMBER OF COMMISSIONED WEEKLY HOURS OF CARE {CHC}": "10",
    }  # fmt: skip
    referral = person | {
        "SERVICE REQUEST IDENTIFIER": "s1",
        f"REFERRAL REQUEST OR NOTIFICATION RECEIVED DATE {CHC}": "2024-12-01",
    }
    store, _ = _load(
        tmp_path,
        ("chc.patient", [person | {"NHS NUMBER": "9990000018"}]),
        ("chc.referral", [referral]),
        ("chc.care_package", [package]),
    )
    assert rows(store, "care_package", "funder, weekly_cost_pence, hours_per_week") == [
        ("nhs_continuing_care", pence, 10.0)
    ]
    assert rows(store, "referral", "CAST(date AS VARCHAR)") == [("2024-12-01",)]


def test_electronic_referrals(tmp_path: Path) -> None:
    action = {"UBRN": "u1", "INITIAL_UBRN": "u1", "ACTION_ID": "1", "E_REFERRAL_PATHWAY_START": "2025-06-01", "PATIENT_ID": "q",
              "NHS_NUMBER Pseudo": "PSEUDO1", "REFERRING_ORG_ID": "e85001", "PROVIDER_ORG_ID": "RYJ"}  # fmt: skip
    made_up = action | {"ACTION_ID": "3", "TEST_PATIENT_IND": "y"}
    store, found = _load(tmp_path, ("ers.ubrn_action", [action, action | {"ACTION_ID": "2", "UBRN": "u2"}, made_up]))
    assert found["ers.ubrn_action"].excluded == 1
    # Two actions on one request are one referral: the build keeps one row of each key.
    assert len(set(rows(store, "referral", "referral_key"))) == 1
    assert set(rows(store, "referral", "referring_organisation_code, provider_code, service_type")) == {
        ("E85001", "RYJ", None)
    }
    assert set(_subjects(store, "nhs_number, nhs_number_status")) == {("PSEUDO1", None)}


def test_a_clear_number_of_an_electronic_referral_is_a_traced_one(tmp_path: Path) -> None:
    action = {"UBRN": "u1", "INITIAL_UBRN": "u1", "ACTION_ID": "1", "E_REFERRAL_PATHWAY_START": "2025-06-01", "PATIENT_ID": "q",
              "NHS_NUMBER": "999 000 0018", "PRIORITY_CD": "3"}  # fmt: skip
    store, _ = _load(tmp_path, ("ers.ubrn_action", [action]))
    assert _subjects(store, "nhs_number, nhs_number_status") == [("9990000018", "01")]
    assert rows(store, "referral", "priority") == [("3",)]


def test_deaths(tmp_path: Path) -> None:
    death = {"DMIC_ROW_ID": "1", "Pseudo NHS Number": "PSEUDO1", "REG_DATE_OF_DEATH": "20250203", "REG_DATE": "2025-02-07", "S_UNDERLYING_COD_ICD10": "I21.9"}  # fmt: skip
    cancelled = death | {"DMIC_ROW_ID": "2", "Cancelled_Flag": "Y"}
    store, found = _load(tmp_path, ("registries.death", [death, cancelled]))
    assert (found["registries.death"].loaded, found["registries.death"].excluded) == (1, 1)
    assert rows(store, "event", "(SELECT code FROM c WHERE c.concept = t.concept), CAST(date AS VARCHAR)") == [
        ("I219", "2025-02-03")
    ]
    died = _subjects(store, "CAST(death_date AS VARCHAR)")
    assert died == [("2025-02-03",)]


def test_prescribing_by_item(tmp_path: Path) -> None:
    item = {"ItemID": "1", "dmicPseudoNHSNumber": "PSEUDO1", "PaidBNFCode": "0212000B0AAABAB", "PaiddmdCode": "319996000", "PaidQuantity": "28",
            "ProcessingPeriodDate": "2025-04-01", "CostCentreODSCode": "e85001"}  # fmt: skip
    left = item | {"ItemID": "2", "NotDispensedIndicator": "Y"}
    store, found = _load(tmp_path, ("epd.item", [item, left]))
    assert found["epd.item"].excluded == 1
    assert rows(store, "medication", "bnf_code, quantity, provider_code, cost_pence") == [
        ("0212000B0AAABAB", 28.0, "E85001", None)
    ]


def test_each_of_them_says_that_it_is_unproven() -> None:
    families = {"talking_therapies", "msds", "cancer_waits", "chc", "ers", "registries", "epd"}
    found = {bound.name: bound.layout.proven for bound in layouts() if bound.family.family in families}
    assert len(found) == 16
    assert not any(found.values())
