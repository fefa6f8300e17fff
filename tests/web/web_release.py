"""A small release for the site's tests, made with the engine's own writer: 240 invented people, four practices.

Everything about them is arithmetic on their number, so that a test can say what a page must show. People whose number
divides by 3 have diabetes; of those, numbers that divide by 2 had their HbA1c two years ago, so it is overdue.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import duckdb
import pyarrow as pa

from commonweal.definitions.codelists import load
from commonweal.definitions.registry import registry
from commonweal.engine.plan import definitions_needed
from commonweal.engine.tiny_record import write_tiny_record
from commonweal.nhs_number import check_digit
from commonweal.pipeline.release import make_release
from commonweal.pipeline.releases import ids, switch
from commonweal.record.identities import IdentityStore
from commonweal.record.known_people import KnownPeople
from commonweal.record.register import Register
from commonweal.store import Store

PEOPLE = 240
PRACTICES = ("E85000", "E85001", "E85002", "E85003")
WANTED = (
    "diabetes", "hypertension", "diabetes_hba1c_overdue", "hypertension_bp_overdue", "diabetes_process_hba1c", "diabetes_hba1c_58",
)  # fmt: skip
Date = datetime.date


def nhs_number(person: int) -> str:
    """A test number (999…) with a right check digit, one for each person."""
    stem = 999_000_000 + person * 7
    while check_digit(str(stem)) is None:
        stem += 1
    return f"{stem}{check_digit(str(stem))}"


def organisations() -> list[dict]:
    begin = Date(2020, 1, 1)

    def body(code, name, kind, parent):
        return {"code": code, "name": name, "kind": kind, "parent_code": parent, "valid_from": begin}

    return [
        body("E85000", "Alder Road Surgery", "practice", "U00001"),
        body("E85001", "Birch Lane Practice", "practice", "U00001"),
        body("E85002", "Cedar Health Centre", "practice", "U00002"),
        body("E85003", "Dock Street Surgery", "practice", "U00002"),
        body("U00001", "Canal Side PCN", "pcn", "E09000009"),
        body("U00002", "Dockland PCN", "pcn", "E09000013"),
        body("E09000009", "Ealing", "borough", "QRV"),
        body("E09000013", "Hammersmith and Fulham", "borough", "QRV"),
        body("QRV", "NHS North West London ICB", "icb", None),
        body("RYJ", "Imperial College Healthcare NHS Trust", "trust", "QRV"),
    ]


def rows(as_at: Date) -> dict[str, list[dict]]:
    """Canonical rows of everybody."""
    codes = [("dm_cod", "snomed"), ("hyp_cod", "snomed"), ("ifcchbam_cod", "snomed")]
    concepts = {name: number for number, (name, _) in enumerate(codes, 1)}
    made: dict[str, list[dict]] = {
        name: [] for name in ("person", "registration", "event", "contact", "referral", "care_package")
    }
    made["organisation"] = organisations()
    made["place"] = [
        {"lsoa21": f"E0100000{n}", "borough_code": "E09000009", "borough_name": "Ealing", "imd2019_decile": n or 10}
        for n in range(10)
    ]
    made["concept"] = [
        {"concept": number, "system": "snomed", "code": sorted(load(name).codes)[0], "term": name}
        for name, number in concepts.items()
    ]
    for key in range(PEOPLE):
        practice = PRACTICES[key % 4]
        made["person"].append({
            "person_key": key, "person_id": person_id(key), "birth_date": Date(1940 + key % 50, 1 + key % 12, 15),
            "sex": "FM"[key % 2], "ethnic_category": "AHMSZ"[key % 5], "lsoa21": f"E0100000{key % 10}",
            "practice_code": practice, "type1_opt_out": key % 40 == 7, "national_opt_out": False,
        })  # fmt: skip
        made["registration"].append({"person_key": key, "practice_code": practice, "start_date": Date(2015, 1, 1)})
        if key % 3 == 0:
            made["event"].append(event(key, Date(2016, 5, 1), concepts["dm_cod"], practice))
            taken = as_at - datetime.timedelta(days=730 if key % 2 == 0 else 60)
            made["event"].append({
                **event(key, taken, concepts["ifcchbam_cod"], practice), "value": 48.0 + key % 30, "unit": "mmol/mol",
            })  # fmt: skip
        if key % 5 == 0:
            made["event"].append(event(key, Date(2018, 3, 1), concepts["hyp_cod"], practice))
        if key % 4 == 0:
            made["contact"].append({
                "person_key": key, "contact_key": key, "setting": "apc", "start_date": as_at - datetime.timedelta(days=200),
                "end_date": as_at - datetime.timedelta(days=197), "provider_code": "RYJ", "length_of_stay_days": 3,
                "cost_pence": 345_600, "cost_basis": "hrg_cost", "admission_method": "21",
            })  # fmt: skip
    made["referral"].append({
        "person_key": 2, "referral_key": 1, "date": as_at - datetime.timedelta(days=20), "provider_code": "RYJ",
        "service_type": "Cardiology",
    })  # fmt: skip
    made["event"].append({**event(0, Date(2020, 2, 2), concepts["hyp_cod"], "E85000"), "confidential": True})
    return made


def event(key: int, date: Date, concept: int, practice: str) -> dict:
    return {
        "person_key": key, "date": date, "concept": concept, "provider_code": practice, "source_kind": "gp",
        "confidential": False,
    }  # fmt: skip


def person_id(key: int) -> str:
    return f"person{key:04d}"


def add_release(store: Store, as_at: Date, quarters: int) -> str:
    """Build and release the record as at a date, with the measures of so many quarters before; returns its id."""
    build = store.root / "builds" / as_at.isoformat()
    record = write_tiny_record(build / "record", rows(as_at), buckets=2)
    buckets = [{"name": one.name, "low": one.low, "high": one.high} for one in record.buckets]
    (build / "manifest.json").write_text(
        json.dumps({"buckets": buckets, "invented": True, "as_at": as_at.isoformat(), "inputs": {}})
    )
    past = tuple(as_at - datetime.timedelta(days=91 * back) for back in range(1, quarters + 1))
    definitions = definitions_needed(WANTED, dict(registry()))
    return make_release(store, build=build, as_at=as_at, definitions=definitions, history=past).id


def add_identities(store: Store) -> None:
    """Names and test numbers, and the register that leads to them."""
    keys = range(PEOPLE)
    subjects = pa.table({
        "subject_key": pa.array([1000 + key for key in keys], pa.int64()), "feed": ["pds"] * PEOPLE,
        "nhs_number": [nhs_number(key) for key in keys], "nhs_number_status": ["01"] * PEOPLE,
        "family_name": [f"Family{key}" for key in keys], "given_name": [f"Given{key}" for key in keys],
        "telephone": [f"07700 900{key:03d}" for key in keys], "load_id": pa.array([1] * PEOPLE, pa.int32()),
        "record_number": pa.array(list(keys), pa.int64()),
    })  # fmt: skip
    IdentityStore.of(store).add_subjects(subjects, 1)
    register = Register.of(store)
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE clusters AS SELECT 1000 + range AS subject_key, range AS cluster, 'E85000' AS practice_code "
            f"FROM range({PEOPLE})"
        )
        connection.execute(
            "CREATE TABLE links (subject_a BIGINT, subject_b BIGINT, rule VARCHAR, weight DOUBLE, levels VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE doubts (kind VARCHAR, reason VARCHAR, subject_a BIGINT, subject_b BIGINT, weight DOUBLE)"
        )
        register.publish(connection, clusters="clusters", links="links", doubts="doubts", linked_by="{}")
        # The register gives random ids; the tests want ids that they can name.
        connection.execute(f"CREATE TABLE known AS SELECT * FROM read_parquet('{register.persons_path}')")
        connection.execute(f"CREATE TABLE linked AS SELECT * FROM read_parquet('{register.subjects_path}')")
        connection.execute(
            "COPY (SELECT known.person_key, 'person' || lpad(CAST(subject_key - 1000 AS VARCHAR), 4, '0') AS person_id, "
            f"merged_into FROM known JOIN linked USING (person_key)) TO '{register.persons_path}' (FORMAT parquet)"
        )
    KnownPeople(store).gather()


def build(root: Path) -> Store:
    """The whole store, with two releases three months apart; the second serves."""
    store = Store(root)
    store.releases.mkdir(parents=True)
    add_release(store, Date(2025, 12, 31), 0)
    add_release(store, Date(2026, 3, 31), 5)
    add_identities(store)
    return store


def serve(store: Store, newest: int = 0) -> str:
    """Let the newest release serve, or the one so many before it."""
    chosen = ids(store)[-1 - newest]
    switch(store, chosen)
    return chosen
