"""The national layouts, written by the invented system from their own field lists: its ledger of defects is the oracle."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from ingest_helpers import one, quarantine, rows, take

from commonweal.cli import main
from commonweal.record.control import Control
from commonweal.record.gates import excluded_practices
from commonweal.record.identities import IdentityStore
from commonweal.record.quality import scorecards
from commonweal.store import Store

FEEDS = ("acm", "asc", "csds", "mhsds", "olids", "pds", "sus_ae", "sus_apc", "sus_op", "wl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("invented") / "system"
    assert main(["synthetic", "--size", "small", "--seed", "11", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def landed(made: Path, tmp_path_factory: pytest.TempPathFactory):
    store = Store(tmp_path_factory.mktemp("store"))
    (store.root / "site.yaml").write_text((made / "site.yaml").read_text())
    return store, take(store, *(made / feed for feed in FEEDS))


def _records(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_file_is_read_and_every_record_counted(made: Path, landed) -> None:
    _, report = landed
    assert not report.with_status("refused"), [file.message for file in report.with_status("refused")]
    for feed in FEEDS:
        for path in (made / feed).glob("*.csv.gz"):
            assert one(report, path.name).rows_in == len(_records(path)), path.name


def test_seeded_defects_are_found_and_no_others(made: Path, landed) -> None:
    store, report = landed
    seeded = json.loads((made / "truth" / "defects.json").read_text())["counts"]["olids/OBSERVATION"]
    observations = one(report, "OBSERVATION")
    assert observations.rejects.get("date_too_early", 0) == seeded["date_1899"]
    assert observations.rejects.get("date_in_future", 0) == seeded["date_2099"]
    assert sum(observations.excluded_by.values()) == seeded["deleted_row"]
    wrong = (
        seeded["hba1c_in_percent_labelled_mmol_mol"]
        + seeded["height_in_metres_labelled_cm"]
        + seeded["systolic_implausible"]
    )
    # A row may have two defects: it is counted under the first rule it breaks.
    assert wrong - 3 <= observations.rejects["out_of_range"] <= wrong
    assert set(observations.rejects) == {"date_too_early", "date_in_future", "out_of_range"}
    places = {
        line["record_number"]
        for line in quarantine(store)
        if line["file"] == "OBSERVATION.csv.gz" and line["rule"] == "date_too_early"
    }
    records = _records(made / "olids" / "OBSERVATION.csv.gz")
    assert all(records[place - 1]["CLINICAL_EFFECTIVE_DATE"].startswith("1899") for place in places)


def test_percentages_become_millimoles(landed) -> None:
    store, _ = landed
    found = rows(
        store,
        "event",
        "unit, value",
        "concept IN (SELECT concept FROM c WHERE code = '999791000000106') AND value IS NOT NULL",
    )
    assert {unit for unit, _ in found} == {"mmol/mol"}
    assert all(15 <= value <= 250 for _, value in found)


def test_bad_check_digits_are_blanked_by_count(made: Path, landed) -> None:
    _, report = landed
    seeded = json.loads((made / "truth" / "defects.json").read_text())["counts"]["olids/practices"][
        "number_bad_check_digit"
    ]
    assert one(report, "PATIENT.csv").remarks.get("nhs_number", 0) == seeded


def test_diagnoses_belong_to_their_spell(made: Path, landed) -> None:
    store, report = landed
    spells = {
        row["PRIMARYKEY_ID"]: row
        for row in _records(made / "sus_apc" / "spell.csv.gz")
        # a spell that ends before it begins is in quarantine, and its diagnoses with it
        if not row["spell.discharge.date"] or row["spell.discharge.date"] >= row["spell.admission.date"]
    }
    expected: Counter[tuple[str, str]] = Counter()
    lost = 0
    for row in _records(made / "sus_apc" / "spell.episodes.clinical_coding.diagnosis.icd.csv.gz"):
        if row["PRIMARYKEY_ID"] not in spells:
            lost += 1
            continue
        expected[(spells[row["PRIMARYKEY_ID"]]["spell.admission.date"], row["code"])] += 1
    file = one(report, "spell.episodes.clinical_coding.diagnosis")
    load = file.load_id
    assert file.rejects.get("orphan", 0) == lost
    found = Counter(
        rows(
            store,
            "diagnosis",
            "CAST(date AS VARCHAR), (SELECT code FROM c WHERE c.concept = t.concept)",
            f"load_id = {load}",
        )
    )
    assert found == expected


def test_specialty_of_a_spell_is_its_dominant_episodes(made: Path, landed) -> None:
    store, report = landed
    dominant = {
        row["PRIMARYKEY_ID"]: row["care_professional.treatment_function"]
        for row in _records(made / "sus_apc" / "spell.episodes.csv.gz")
        if row["dominant_episode_flag"] == "true"
    }
    spells = _records(made / "sus_apc" / "spell.csv.gz")
    load = one(report, "spell.csv.gz").load_id
    found = rows(store, "contact", "record_number, treatment_function_code", f"load_id = {load}")
    assert len(found) > 2000
    assert all(code == dominant.get(spells[place - 1]["PRIMARYKEY_ID"]) for place, code in found)


def test_waits_are_the_minutes_that_really_passed(made: Path, landed) -> None:
    store, report = landed
    records = _records(made / "sus_ae" / "emergency_care.csv.gz")
    load = one(report, "emergency_care.csv").load_id
    found = dict(rows(store, "contact", "record_number, wait_minutes", f"load_id = {load}"))
    wrong = [
        place
        for place, wait in found.items()
        if wait != int(records[place - 1]["attendance.departure.time_since_arrival"])
    ]
    # An hour that occurs twice in October cannot be told apart in local time: nothing else may differ.
    for place in wrong:
        assert records[place - 1]["attendance.arrival.date"][5:7] == "10", records[place - 1]


def test_type_1_choices_follow_the_sites_own_codes(made: Path, landed) -> None:
    store, _ = landed
    codes = Counter(
        row["SOURCE_CODE"]
        for row in _records(made / "olids" / "OBSERVATION.csv.gz")
        if row["LDS_IS_DELETED"] == "false"
    )
    found = Counter(value for (value,) in rows(store, "preference", "value"))
    assert found["withdrawn"] == codes["INVENTED-TYPE1-WITHDRAWN"]
    assert 0 < found["dissent"] <= codes["INVENTED-TYPE1-DISSENT"]


def test_subjects_know_their_source_identifier(made: Path, landed) -> None:
    import duckdb

    store, _ = landed
    truth = {(row["feed"], row["local_identifier"]) for row in _records(made / "truth" / "subjects.csv.gz")}
    with duckdb.connect() as connection:
        held = set(
            IdentityStore.of(store)
            .subjects(connection)
            .select("feed, regexp_replace(local_identifier, '^.*[|]', '')")
            .fetchall()
        )
    assert len(held & truth) / len(held) > 0.99


def test_practice_that_stopped_sending_is_excluded_by_its_gate(made: Path, landed) -> None:
    store, _ = landed
    doubts = [
        gate for gate in Control(store).gates() if gate["scope"] == "practice" and gate["metric"] == "silent_days"
    ]
    counts = Counter(row["RECORD_OWNER_ORGANISATION_CODE"] for row in _records(made / "olids" / "OBSERVATION.csv.gz"))
    newest: dict[str, str] = {}
    for row in _records(made / "olids" / "OBSERVATION.csv.gz"):
        day = row["CLINICAL_EFFECTIVE_DATE"]
        if "1900" <= day[:4] < "2027":
            newest[row["RECORD_OWNER_ORGANISATION_CODE"]] = max(
                day, newest.get(row["RECORD_OWNER_ORGANISATION_CODE"], "")
            )
    from datetime import date

    last = max(date.fromisoformat(day) for day in newest.values())
    silent = {code for code, day in newest.items() if (last - date.fromisoformat(day)).days > 60 and counts[code] >= 25}
    found = {gate["code"] for gate in doubts if gate["layout"] == "olids.observation"}
    assert silent <= found
    assert all(gate["outcome"] == "exclude" for gate in doubts)
    # Nobody moved to a small practice for two months: that is not silence.
    planted = json.loads((made / "truth" / "defects.json").read_text())
    stopped = {planted["silent_practice"]["practice_code"], planted["merged_practice"]["practice_code"]}
    assert {one.practice_code for one in excluded_practices(store)} <= stopped
    assert planted["silent_practice"]["practice_code"] in {one.practice_code for one in excluded_practices(store)}


def test_practice_that_sends_again_is_no_longer_excluded(tmp_path: Path) -> None:
    """Practice B is 100 days behind A; then it catches up."""
    head = (
        "ID,PATIENT_ID,CLINICAL_EFFECTIVE_DATE,RESULT_VALUE,RESULT_UNIT_DISPLAY,DATE_RECORDED,RECORD_OWNER_ORGANISATION_CODE,"
        "MAPPED_CONCEPT_CODE"
    )

    def observations(name: str, practice: str, day: str) -> list[str]:
        return [f"{name}{number},p,{day},,,{day},{practice},60621009" for number in range(25)]

    def send(number: int, *lines: str) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "OBSERVATION.csv").write_text("\n".join([head, *lines]) + "\n")
        take(store, folder)

    store = Store(tmp_path / "store")
    (tmp_path / "PATIENT.csv").write_text(
        "ID,NHS_NUMBER,GENDER_CODE,BIRTH_DATE,BIRTH_YEAR,BIRTH_MONTH,DEATH_YEAR,DEATH_MONTH,REGISTERED_PRACTICE_ID,IS_SPINE_SENSITIVE,"
        "RECORD_OWNER_ORGANISATION_CODE\np,,female,1960-01-01,1960,1,,,A81001,false,A81001\n"
    )
    take(store, tmp_path / "PATIENT.csv")
    send(1, *observations("a", "A81001", "2025-09-09"), *observations("b", "B81001", "2025-06-01"))
    (excluded,) = excluded_practices(store)
    assert (excluded.layout, excluded.practice_code) == ("olids.observation", "B81001")
    assert "100 days" in excluded.reasons[0]
    assert (excluded.sources, excluded.since) == (("event", "preference"), "2025-06-01")
    send(2, *observations("c", "A81001", "2025-09-16"), *observations("d", "B81001", "2025-09-15"))
    assert excluded_practices(store) == []
    # An increment that does not hold the practice at all says the same, once it should have.
    send(3, *observations("e", "A81001", "2025-10-16"))
    assert excluded_practices(store) == []
    send(4, *observations("f", "A81001", "2025-12-16"))
    (excluded,) = excluded_practices(store)
    assert (excluded.practice_code, excluded.since) == ("B81001", "2025-09-15")
    send(5, *observations("g", "B81001", "2025-12-17"))
    assert excluded_practices(store) == []


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ([("140", "mm[Hg]")], [(140.0, "mm[Hg]")]),
        ([("140", "mm[Hg]"), ("150", "mmHg")], [(140.0, "mm[Hg]"), (150.0, "mm[Hg]")]),
        ([("140", "mm[hg]")], [(140.0, "mm[Hg]")]),
        ([("140", "mm[Hg]"), ("150", "")], [(140.0, "mm[Hg]"), (150.0, "mm[Hg]")]),
        ([("140", "mm[Hg]"), ("20", "kPa")], [(140.0, "mm[Hg]"), (20 * 7.50062, "mm[Hg]")]),
        ([("140", "mm[Hg]"), ("", "kPa")], [(140.0, "mm[Hg]"), (None, "kPa")]),
    ],
)
def test_a_unit_is_made_the_standard_one_whatever_else_the_file_holds(tmp_path: Path, sent, held) -> None:
    """Where every value stands in its standard unit the rows are not joined to the rules; one that does not brings the rules back."""
    store = Store(tmp_path / "store")
    (tmp_path / "PATIENT.csv").write_text(
        "ID,NHS_NUMBER,GENDER_CODE,BIRTH_DATE,BIRTH_YEAR,BIRTH_MONTH,DEATH_YEAR,DEATH_MONTH,REGISTERED_PRACTICE_ID,IS_SPINE_SENSITIVE,"
        "RECORD_OWNER_ORGANISATION_CODE\np,,female,1960-01-01,1960,1,,,A81001,false,A81001\n"
    )
    lines = [
        f"o{place},p,2025-09-09,{value},{unit},2025-09-09,A81001,271649006" for place, (value, unit) in enumerate(sent)
    ]
    head = (
        "ID,PATIENT_ID,CLINICAL_EFFECTIVE_DATE,RESULT_VALUE,RESULT_UNIT_DISPLAY,DATE_RECORDED,RECORD_OWNER_ORGANISATION_CODE,"
        "MAPPED_CONCEPT_CODE"
    )
    (tmp_path / "OBSERVATION.csv").write_text("\n".join([head, *lines]) + "\n")
    report = take(store, tmp_path / "PATIENT.csv", tmp_path / "OBSERVATION.csv")
    assert report.total("loaded") == 1 + len(sent)
    assert sorted(rows(store, "event", "value, unit"), key=str) == sorted(held, key=str)


def test_waits_week_by_week_of_people_whom_the_hospital_knows(made: Path, landed) -> None:
    store, report = landed
    for name, list_type, start in (
        ("WL_OpenPathways_Data", "rtt", "REFERRAL_TO_TREATMENT_PERIOD_START_DATE"),
        ("WL_Diagnostics_Data", "diagnostic", "Diagnostic_Clock_Start_Date"),
    ):
        records = _records(made / "wl" / f"{name}.csv.gz")
        assert one(report, name).loaded == len(records)
        weeks = Counter(record["Week_Ending_Date"] for record in records)
        found = rows(store, "wait", "CAST(snapshot_date AS VARCHAR), count(*)", f"list_type = '{list_type}' GROUP BY 1")
        assert dict(found) == dict(weeks)
        pathways = {record["PATIENT_PATHWAY_IDENTIFIER"]: record[start] for record in records}
        counted = rows(
            store,
            "wait",
            "count(DISTINCT pathway_key), count(DISTINCT (pathway_key, clock_start_date))",
            f"list_type = '{list_type}'",
        )
        assert counted == [(len(pathways), len(set(pathways.items())))]
    seen = {key for (key,) in rows(store, "contact", "DISTINCT subject_key", "setting IN ('apc', 'op', 'ae')")}
    waiting = {key for (key,) in rows(store, "wait", "DISTINCT subject_key")}
    numbers = {
        (record["ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER"], record["LOCAL_PATIENT_IDENTIFIER"])
        for name in ("WL_OpenPathways_Data", "WL_Diagnostics_Data")
        for record in _records(made / "wl" / f"{name}.csv.gz")
    }
    assert len(waiting) == len(numbers)
    assert len(waiting & seen) > len(waiting) / 2


def test_overdue_feed_is_an_alarm(landed) -> None:
    from datetime import date, timedelta

    store, _ = landed
    received = date.fromisoformat(Control(store).loads()[0].received_at[:10])
    on_time = {card.feed: card.state for card in scorecards(store, received) if not card.organisation}
    late = {card.feed: card for card in scorecards(store, received + timedelta(days=11)) if not card.organisation}
    assert on_time["olids"] != "alarm"
    # Due every 7 days with 3 of grace: on the eleventh day it is one day overdue; a monthly feed is not.
    assert (late["olids"].state, late["olids"].overdue_days) == ("alarm", 1)
    assert late["sus"].state != "alarm"
