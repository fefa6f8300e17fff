"""The record that a build makes, against hand-made loads."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import duckdb
import pyarrow.parquet as pq
import pytest

from commonweal.errors import NotReady
from commonweal.governance.optouts import NationalOptOutList
from commonweal.pipeline import build_stage
from commonweal.pipeline.build import build, latest_build
from commonweal.record.register import Register

from .conftest import contact, event, person

AS_AT = date(2026, 3, 31)


def rows(result, table, columns="*", order="ALL"):
    return duckdb.sql(
        f"SELECT {columns} FROM read_parquet('{result.folder}/record/{table}/*.parquet') ORDER BY {order}"
    ).fetchall()


def reconciliation(result):
    table = pq.read_table(result.folder / "reconciliation.parquet").to_pylist()
    return {
        (row["table"], row["load_id"]): (row["canonical"], row["replaced"], row["orphaned"], row["built"])
        for row in table
    }


def made(loads, **options):
    return build(loads.store, as_at=AS_AT, threads=1, **options)


def test_nothing_loaded_or_linked_says_what_to_do(loads):
    with pytest.raises(NotReady, match="ingest"):
        made(loads)
    loads.add(subject=[person(1)])
    with pytest.raises(NotReady, match="link"):
        made(loads)
    with pytest.raises(NotReady, match="build"):
        latest_build(loads.store)


def test_facts_get_their_person_and_every_row_is_accounted_for(loads):
    first = loads.add(
        subject=[person(1), person(2)],
        event=[event(1, 3, value=140.0, unit="mmHg"), event(2, 3), event(99, 3)],
        contact=[contact(500, 1), contact(501, 99)],
    )
    result = made(loads.link())
    people = dict(
        duckdb.sql(f"SELECT subject_key, person_key FROM '{Register.of(loads.store).subjects_path}'").fetchall()
    )
    assert rows(result, "event", "person_key, value", "person_key") == sorted([(people[1], 140.0), (people[2], None)])
    assert rows(result, "contact", "person_key, contact_key") == [(people[1], 500)]
    assert reconciliation(result) == {("event", first): (3, 0, 1, 2), ("contact", first): (2, 0, 1, 1)}
    assert (result.tables["event"], result.orphaned) == (2, 2)


def test_a_contact_sent_again_replaces_the_earlier_one_even_for_another_person(loads):
    first = loads.add(
        subject=[person(1), person(2)],
        contact=[contact(500, 1), contact(501, 1, end_date=date(2025, 3, 9))],
        diagnosis=[
            {"subject_key": 1, "contact_key": 500, "date": date(2025, 3, 1), "position": 1, "concept": 1},
            {"subject_key": 1, "contact_key": 500, "date": date(2025, 3, 1), "position": 2, "concept": 3},
        ],
    )
    second = loads.add(
        contact=[contact(500, 2), contact(501, 1, end_date=date(2025, 3, 10))],
        diagnosis=[{"subject_key": 2, "contact_key": 500, "date": date(2025, 3, 1), "position": 1, "concept": 1}],
    )
    result = made(loads.link(), rows_per_bucket=1)
    people = dict(
        duckdb.sql(f"SELECT subject_key, person_key FROM '{Register.of(loads.store).subjects_path}'").fetchall()
    )
    assert rows(result, "contact", "contact_key, person_key, end_date", "1") == [
        (500, people[2], date(2025, 3, 4)), (501, people[1], date(2025, 3, 10)),
    ]  # fmt: skip
    assert rows(result, "diagnosis", "person_key, position, concept") == [(people[2], 1, 1)]
    assert reconciliation(result) == {
        ("contact", first): (2, 2, 0, 0), ("contact", second): (2, 0, 0, 2),
        ("diagnosis", first): (2, 2, 0, 0), ("diagnosis", second): (1, 0, 0, 1),
    }  # fmt: skip
    assert result.buckets == 2


def test_a_registration_sent_twice_stands_once_with_its_latest_end(loads):
    loads.add(
        subject=[person(1)],
        registration=[{"subject_key": 1, "practice_code": "E84002", "start_date": date(2010, 1, 1)}],
    )
    loads.add(
        registration=[
            {"subject_key": 1, "practice_code": "E84002", "start_date": date(2010, 1, 1), "end_date": date(2024, 1, 1)}
        ]
    )
    result = made(loads.link())
    assert rows(result, "registration", "end_date") == [(date(2024, 1, 1),)]
    assert result.replaced == 1


def test_the_same_row_twice_in_one_load_stands_once(loads):
    row = {
        "subject_key": 1,
        "contact_key": 500,
        "date": date(2025, 3, 1),
        "position": 1,
        "concept": 1,
        "record_number": 1,
    }
    loads.add(subject=[person(1)], contact=[contact(500, 1)], diagnosis=[row, row])
    result = made(loads.link())
    assert result.tables["diagnosis"] == 1
    assert result.replaced == 1


def test_a_full_load_that_a_later_one_replaced_is_not_read(loads):
    loads.add(subject=[person(1)], event=[event(1, 3)], mode="full")
    loads.add(subject=[person(1)], event=[event(1, 4)], mode="full")
    assert rows(made(loads.link()), "event", "concept") == [(4,)]


def test_a_person_takes_the_newest_of_the_most_trusted_source(loads):
    loads.add("pds", subject=[person(1, feed="pds", nhs_number="9990000018", nhs_number_status="01", lsoa21="E01000472",
                                     practice_code=None, ethnic_category=None, valid_from=date(2015, 1, 1)),
                              person(1, feed="pds", nhs_number="9990000018", nhs_number_status="01", lsoa21="E01000473",
                                     practice_code=None, ethnic_category=None, valid_from=date(2020, 1, 1))])  # fmt: skip
    loads.add("sus", subject=[person(1, subject_key=2, feed="sus", nhs_number="9990000018", nhs_number_status="01",
                                     lsoa21="E01000999", sex=None, ethnic_category="Z")])  # fmt: skip
    loads.add("gp", subject=[person(1, subject_key=3, feed="gp", nhs_number="9990000018", nhs_number_status="01",
                                    lsoa21="E01000471", ethnic_category="H", practice_code="E84003")])  # fmt: skip
    result = made(loads.link())
    assert rows(result, "person", "birth_date, birth_month, sex, lsoa21, ethnic_category, practice_code") == [
        (date(1931, 2, 2), date(1931, 2, 1), "F", "E01000473", "H", "E84003")
    ]


@pytest.mark.parametrize(
    ("registrations", "practice"),
    [
        ([("E84003", date(2001, 1, 1), None)], "E84003"),
        ([("E84003", date(2001, 1, 1), date(2020, 1, 1))], None),
        ([("E84003", date(2001, 1, 1), date(2020, 1, 1)), ("E84004", date(2020, 1, 1), None)], "E84004"),
        ([("E84003", date(2001, 1, 1), None), ("E84009", date(2026, 5, 1), None)], "E84003"),
        ([("E84003", date(2001, 1, 1), AS_AT)], "E84003"),
        ([], "E84002"),
    ],
)
def test_the_practice_is_where_the_person_is_registered_on_the_as_at_date(loads, registrations, practice):
    loads.add(
        subject=[person(1)],
        registration=[
            {"subject_key": 1, "practice_code": code, "start_date": start, "end_date": end}
            for code, start, end in registrations
        ],
    )
    assert rows(made(loads.link()), "person", "practice_code") == [(practice,)]


def test_nobody_is_registered_after_death(loads):
    loads.add(
        subject=[person(1, death_date=date(2025, 12, 24))],
        registration=[{"subject_key": 1, "practice_code": "E84003", "start_date": date(2001, 1, 1)}],
    )
    assert rows(made(loads.link()), "person", "death_date, practice_code") == [(date(2025, 12, 24), None)]


def test_opt_outs_by_code_by_preference_and_by_national_list(loads, tmp_path):
    (loads.store.root / "site.yaml").write_text("lists: {type1_dissent: ['1111'], type1_withdrawal: ['2222']}\n")
    loads.add(
        subject=[person(n, nhs_number=number, nhs_number_status="01") for n, number in enumerate(
            ["9990000018", "9990000026", "9990000034", "9990000042"], start=1)],
        event=[event(1, 4, date(2020, 1, 1)), event(2, 4, date(2020, 1, 1)), event(2, 5, date(2021, 1, 1))],
        preference=[{"subject_key": 3, "kind": "type1", "value": "dissent", "date": date(2024, 1, 1)}],
    )  # fmt: skip
    (tmp_path / "list.csv").write_text("9990000042\n")
    NationalOptOutList.of(loads.store).replace(tmp_path / "list.csv", date(2026, 3, 1))
    result = made(loads.link())
    by_birth = rows(result, "person", "type1_opt_out, national_opt_out", "birth_date")
    assert by_birth == [(True, False), (False, False), (True, False), (False, True)]


def test_a_contact_with_one_withheld_line_is_confidential_with_all_its_diagnoses(loads):
    loads.add(
        subject=[person(1)],
        contact=[contact(500, 1), contact(501, 1), contact(502, 1, primary_concept=2), contact(503, 1)],
        diagnosis=[
            {"subject_key": 1, "contact_key": 500, "date": date(2025, 3, 1), "position": 1, "concept": 1},
            {"subject_key": 1, "contact_key": 500, "date": date(2025, 3, 1), "position": 2, "concept": 2},
            {"subject_key": 1, "contact_key": 501, "date": date(2025, 3, 1), "position": 1, "concept": 1},
        ],
        procedure=[{"subject_key": 1, "contact_key": 503, "date": date(2025, 3, 1), "position": 1, "concept": 6}],
    )
    result = made(loads.link())
    assert rows(result, "contact", "contact_key, confidential") == [(500, True), (501, False), (502, True), (503, True)]
    assert rows(result, "diagnosis", "contact_key, concept, confidential") == [
        (500, 1, True), (500, 2, True), (501, 1, False),
    ]  # fmt: skip


def test_the_sources_own_flag_on_an_event_is_kept(loads):
    loads.add(subject=[person(1)], event=[event(1, 3, confidential=True), event(1, 4)])
    assert rows(made(loads.link()), "event", "concept, confidential") == [(3, True), (4, None)]


def test_contacts_have_a_point_of_delivery_with_its_rule_and_a_cost_with_its_basis(loads):
    loads.add(
        subject=[person(1)],
        contact=[
            contact(500, 1, submitted_price_pence=123_456),
            contact(
                501,
                1,
                setting="op",
                first_attendance="1",
                attendance_status="5",
                end_date=None,
                length_of_stay_days=None,
            ),
        ],
    )
    found = rows(made(loads.link()), "contact", "pod, pod_rule, cost_pence, cost_basis, cost_reason")
    assert found[0][2:4] == (123_456, "row_price")
    assert all(pod and rule.startswith("icb-live/") for pod, rule, *_ in found)
    assert all(basis in ("row_price", "hrg_cost", "pod_average", "uncosted") and reason for *_, basis, reason in found)


def test_buckets_are_contiguous_ranges_sorted_as_the_schema_says(loads):
    people = range(1, 41)
    loads.add(
        subject=[person(n) for n in people],
        event=[event(n, 1 + n % 5, date(2020, 1 + k, 1)) for n in people for k in range(6)],
    )
    result = made(loads.link(), rows_per_bucket=30)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert result.buckets == len(manifest["buckets"]) > 3
    following = 0
    for bucket in manifest["buckets"]:
        assert bucket["low"] == following
        following = bucket["high"] + 1
        keys = duckdb.sql(
            f"SELECT person_key, date, concept FROM read_parquet('{result.folder}/record/event/{bucket['name']}.parquet')"
        ).fetchall()
        assert keys == sorted(keys)
        assert all(bucket["low"] <= key <= bucket["high"] for key, _, _ in keys)
    assert rows(result, "person", "count(*)") == [(40,)]
    assert result.tables["event"] == 240


def test_the_manifest_holds_the_hash_of_every_file_and_the_hash_of_every_input(loads):
    loads.add(subject=[person(1)], event=[event(1, 3)])
    result = made(loads.link())
    manifest = json.loads((result.folder / "manifest.json").read_text())
    on_disk = {str(path.relative_to(result.folder)) for path in result.folder.rglob("*.parquet")}
    assert set(manifest["files"]) == on_disk
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((result.folder / name).read_bytes()).hexdigest() == digest
    stamp = hashlib.sha256(json.dumps(manifest["inputs"], sort_keys=True).encode()).hexdigest()
    assert manifest["stamp"] == stamp
    assert manifest["tables"] == result.tables


def test_the_same_inputs_give_the_build_that_is_there_and_new_ones_a_new_build(loads):
    loads.add(subject=[person(1)], event=[event(1, 3)])
    first = made(loads.link())
    assert made(loads).build_id == first.build_id
    assert made(loads).reused
    loads.add(event=[event(1, 4)])
    second = made(loads)
    assert second.build_id != first.build_id
    assert not second.reused
    assert latest_build(loads.store) == second.folder


@pytest.mark.parametrize("at_once", [2, 16])
def test_two_builds_of_the_same_inputs_are_the_same_bytes(loads, tmp_path, monkeypatch, at_once):
    people = range(1, 30)
    loads.add(
        subject=[person(n) for n in people],
        event=[event(n, 3, date(2020, 1, 1), value=float(k)) for n in people for k in range(5)],
        contact=[contact(1000 + n, n) for n in people],
    )
    loads.link()

    def hashes():
        result = build(loads.store, as_at=AS_AT, threads=2, rows_per_bucket=40)
        found = json.loads((result.folder / "manifest.json").read_text())["files"]
        result.folder.rename(tmp_path / result.build_id)
        return found

    first = hashes()
    monkeypatch.setattr(build_stage, "BUCKETS_AT_ONCE", at_once)
    (tmp_path / next(path.name for path in tmp_path.iterdir() if "Z-" in path.name)).rename(tmp_path / "aside")
    assert hashes() == first


def test_places_and_organisations_come_with_the_record(loads):
    loads.add(subject=[person(1)])
    result = made(loads.link())
    assert result.tables["place"] == 1183
    assert rows(result, "place", "borough_name", "1")[0] == ("Brent",)
    parents = rows(result, "organisation", "kind, parent_code", "parent_code")
    assert ("practice", "E09000005") in parents
    practices = duckdb.sql(
        f"SELECT count(DISTINCT code) FROM read_parquet('{result.folder}/record/organisation/all.parquet') "
        "WHERE kind = 'practice' AND parent_code LIKE 'E09%'"
    ).fetchone()
    assert 330 < practices[0] <= 341


def test_the_record_holds_no_name_number_or_address(loads):
    loads.add(
        subject=[person(1, nhs_number="9990000018", nhs_number_status="01", address="4 Mill Lane", postcode="W2 1NY")]
    )
    result = made(loads.link())
    names = {column for path in result.folder.rglob("*.parquet") for column in pq.read_schema(path).names}
    assert names.isdisjoint(
        {"nhs_number", "family_name", "given_name", "address", "telephone", "local_identifier", "subject_key"}
    )
    content = b"".join(path.read_bytes() for path in result.folder.rglob("*") if path.is_file())
    assert b"9990000018" not in content
    assert b"Mill Lane" not in content
