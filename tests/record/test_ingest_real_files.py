"""The real sets, by the counts that their publishers and an independent reading give."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from ingest_helpers import DATA, one, rows, take

from commonweal.record.control import Control
from commonweal.record.identities import IdentityStore
from commonweal.store import Store

SYNTHEA = DATA / "synthea_uk_hypertension_1000_csv.zip"
BUNDLES = DATA / "synthea_us_r4_10_raw_bundles.zip"
MAPLEWOOD = DATA / "maplewood"


@pytest.fixture(scope="module")
def synthea(tmp_path_factory: pytest.TempPathFactory):
    store = Store(tmp_path_factory.mktemp("synthea"))
    return store, take(store, SYNTHEA)


def test_synthea_by_the_published_counts(synthea) -> None:
    _, report = synthea
    assert not report.with_status("refused")
    loaded = {
        name: one(report, f"/{name}.csv").loaded
        for name in ("patients", "encounters", "conditions", "medications", "immunizations")
    }
    assert loaded == {
        "patients": 1000,
        "encounters": 48144,
        "conditions": 512,
        "medications": 375,
        "immunizations": 20467,
    }
    observations = one(report, "/observations.csv")
    assert observations.rows_in == 182242
    assert list(observations.excluded_by.values()) == [159180]
    # 715 systolic pressures of 1 to 2 mmHg stand in the published file: refused, and nothing else is.
    assert observations.rejects == {"out_of_range": 715}
    assert observations.loaded == 182242 - 159180 - 715
    assert report.total("quarantined") == 715


def test_synthea_rows_in_equal_a_plain_count_of_records(synthea) -> None:
    _, report = synthea
    with zipfile.ZipFile(SYNTHEA) as archive:
        for name in (name for name in archive.namelist() if name.endswith(".csv")):
            with archive.open(name) as handle:
                records = sum(1 for _ in csv.reader(io.TextIOWrapper(handle, "utf-8"))) - 1
            assert one(report, name).rows_in == records, name


def test_synthea_values_are_those_of_the_file(synthea) -> None:
    store, _ = synthea
    expected: Counter[tuple[str, float]] = Counter()
    with zipfile.ZipFile(SYNTHEA) as archive, archive.open("csv_hypertension_1000/observations.csv") as handle:
        for row in csv.DictReader(io.TextIOWrapper(handle, "utf-8")):
            if row["CODE"] in ("8480-6", "8462-4") and float(row["VALUE"]) > 15:
                expected[(row["CODE"], float(row["VALUE"]))] += 1
    found = rows(
        store,
        "event",
        "(SELECT code FROM c WHERE c.concept = t.concept), value, count(*) OVER (PARTITION BY concept, value)",
        "value IS NOT NULL",
    )
    assert Counter((code, value) for code, value, _ in found) == expected


def test_reconciliation_is_stored_and_equal_at_each_hop(synthea) -> None:
    store, report = synthea
    lines = Control(store).reconciliation(one(report, "/observations.csv").load_id)
    hops = {
        hop: sum(line["rows"] for line in lines if line["hop"] == hop)
        for hop in ("file", "landed", "quarantined", "excluded", "canonical")
    }
    assert hops["file"] == 182242
    assert hops["landed"] + hops["quarantined"] + hops["excluded"] == hops["file"]
    assert hops["canonical"] == hops["landed"]


def test_names_are_in_the_identity_store_and_nowhere_else(synthea) -> None:
    store, report = synthea
    assert IdentityStore.of(store).load_ids() == [one(report, "/patients.csv").load_id]
    family = b"Barker"
    for path in [*store.loads.rglob("*"), store.control, store.root / "concepts.parquet"]:
        if path.is_file():
            assert family not in path.read_bytes(), path.name


def _entries() -> list[tuple[str, dict]]:
    with zipfile.ZipFile(BUNDLES) as archive:
        return [
            (entry["fullUrl"], entry["resource"])
            for name in archive.namelist()
            for entry in json.loads(archive.read(name))["entry"]
        ]


def test_bundles_by_an_independent_count_of_resources(tmp_path: Path) -> None:
    store = Store(tmp_path)
    report = take(store, BUNDLES)
    kinds = Counter(resource["resourceType"] for _, resource in _entries())
    assert report.total("rows_in") == sum(kinds.values()) == 2398
    assert report.total("quarantined") == 0
    tables = report.by("tables")
    assert tables["subject"] == kinds["Patient"] == 10
    assert tables["contact"] == kinds["Encounter"]
    assert tables["medication"] == kinds["MedicationRequest"]
    components = sum(len(resource.get("component", [])) for _, resource in _entries())
    whole = sum(
        kinds[kind]
        for kind in ("Observation", "Condition", "Procedure", "AllergyIntolerance", "Immunization", "CarePlan")
    )
    assert tables["event"] == whole + components


def test_ndjson_in_any_order_equals_the_bundles(tmp_path: Path) -> None:
    bundled, lined = Store(tmp_path / "bundled"), Store(tmp_path / "lined")
    take(bundled, BUNDLES)
    entries = _entries()
    random.Random(5).shuffle(entries)
    folder = tmp_path / "files"
    folder.mkdir()
    halves = {"a.ndjson": entries[: len(entries) // 2], "b.ndjson": entries[len(entries) // 2 :]}
    for name, part in halves.items():
        # One half names other resources by relative reference, the other by urn: both are FHIR.
        texts = [json.dumps(resource) for _, resource in part]
        if name == "a.ndjson":
            for url, resource in _entries():
                if resource["resourceType"] == "Patient":
                    texts = [text.replace(f'"{url}"', f'"Patient/{resource["id"]}"') for text in texts]
        (folder / name).write_text("\n".join(texts) + "\n")
    # The files arrive one by one: people in the second are named in the first.
    take(lined, folder / "a.ndjson")
    take(lined, folder / "b.ndjson")
    columns = "date, (SELECT code FROM c WHERE c.concept = t.concept), round(value, 6)"
    assert rows(lined, "event", columns) == rows(bundled, "event", columns)
    contact = "setting, start_at, end_at"
    assert rows(lined, "contact", contact) == rows(bundled, "contact", contact)
    assert sum(load.quarantined for load in Control(lined).loads()) == 0


@pytest.fixture(scope="module")
def maplewood(tmp_path_factory: pytest.TempPathFactory):
    store = Store(tmp_path_factory.mktemp("maplewood"))
    return store, take(store, MAPLEWOOD)


def test_maplewood_by_the_published_counts(maplewood) -> None:
    _, report = maplewood
    arrived = {file.file.split(".")[0]: file.rows_in for file in report.files}
    assert arrived == {
        "patients": 10800, "sus_episodes": 109668, "ecds_attendances": 68564, "csds_contacts": 8543,
        "mhsds_referrals": 1610, "social_care": 101,
    }  # fmt: skip
    # 1,788 discharges before admission, as its publisher says: refused, and nothing else is.
    assert one(report, "sus_episodes").rejects == {"dates_in_order": 1788}
    assert report.total("quarantined") == 1788
    assert report.by("remarks") == {}


def test_maplewood_says_how_each_community_contact_was_held(maplewood) -> None:
    store, _ = maplewood
    with gzip.open(MAPLEWOOD / "csds_contacts.csv.gz", "rt") as handle:
        sent = Counter(row["contact_mode"] for row in csv.DictReader(handle))
    held = Counter(row[0] for row in rows(store, "contact", "consultation_medium") if row[0] is not None)
    assert held == {"01": sent["Face to face"], "02": sent["Telephone"], "03": sent["Video call"]}


def test_maplewood_secondary_diagnoses_are_each_a_row(maplewood) -> None:
    store, _ = maplewood
    expected = 0
    with gzip.open(MAPLEWOOD / "sus_episodes.csv.gz", "rt") as handle:
        for row in csv.DictReader(handle):
            if row["discharge_date"] and row["discharge_date"] < row["admission_date"]:
                continue
            expected += bool(row["primary_diagnosis"]) + len(
                [code for code in row["secondary_diagnoses"].split(",") if code.strip()]
            )
    assert len(rows(store, "diagnosis", "contact_key")) == expected
