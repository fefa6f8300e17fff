"""Bad input of every kind: a clear message with file, record, value and remedy, good rows kept or the file refused whole."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ingest_helpers import CONDITIONS, PATIENTS, condition, known_people, one, patient, quarantine, rows, take, write

from commonweal.errors import BadInput
from commonweal.record.control import Control
from commonweal.record.inputs import Limits
from commonweal.record.landing import FileReport
from commonweal.record.quality import quarantine_examples
from commonweal.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


def conditions(store: Store, files: Path, *lines: str, name: str = "conditions.csv", newline: str = "\n") -> FileReport:
    take(store, known_people(files / "people", "p1", "p2"))
    return one(take(store, write(files, name, CONDITIONS, *lines, newline=newline)), name)


def refused(report: FileReport, *words: str) -> None:
    """The file was refused whole, by name, with a remedy, and nothing of it was loaded."""
    assert report.status == "refused", report
    assert report.loaded == 0
    assert "what to do:" in report.message
    for word in (report.file.split(" / ")[0], *words):
        assert word in report.message, report.message


# ---- files that are not whole


def test_truncated_gzip(store: Store, files: Path) -> None:
    files.mkdir()
    body = "\n".join([CONDITIONS, *(condition("p1") for _ in range(2000))]).encode()
    whole = gzip.compress(body)
    (files / "conditions.csv.gz").write_bytes(whole[: len(whole) // 2])
    refused(one(take(store, files), "conditions"), "cut short or damaged")


def test_gzip_with_a_wrong_checksum(store: Store, files: Path) -> None:
    files.mkdir()
    whole = bytearray(gzip.compress(f"{CONDITIONS}\n{condition('p1')}\n".encode()))
    whole[-6] ^= 0xFF
    (files / "conditions.csv.gz").write_bytes(bytes(whole))
    refused(one(take(store, files), "conditions"), "cut short or damaged")


@pytest.mark.parametrize("name", ["conditions.csv.gz", "conditions.csv.zst"])
def test_plain_text_under_a_packed_name_is_read_as_it_is(store: Store, files: Path, name: str) -> None:
    report = conditions(store, files, condition("p1"), condition("p2"), name=name)
    assert (report.status, report.loaded) == ("loaded", 2)


def test_plain_ndjson_under_a_packed_name_is_read_as_it_is(store: Store, files: Path) -> None:
    line = json.dumps({"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-01-01"})
    report = one(take(store, write(files, "Patient.ndjson.gz", line)), "Patient")
    assert (report.status, report.loaded) == ("loaded", 1)


@pytest.mark.parametrize("code", ["5.9621E+07", "1.11E+15", "9E+17"])
def test_a_code_that_a_spreadsheet_took_for_a_number(store: Store, files: Path, code: str) -> None:
    """Its last digits are lost: a row that no list would ever find is refused instead."""
    report = conditions(store, files, condition("p1"), condition("p2", code=code))
    assert (report.loaded, dict(report.rejects)) == (1, {"code_rewritten": 1})
    (refusal,) = quarantine_examples(store, [report.load_id])
    assert (refusal["record"], refusal["value"]) == (2, code)
    assert "as text" in refusal["remedy"]


@pytest.mark.parametrize("code", ["59621000", "1E10", "E+10", "XE+2b"])
def test_a_code_that_only_looks_a_little_like_a_number_is_kept(store: Store, files: Path, code: str) -> None:
    assert conditions(store, files, condition("p1", code=code)).loaded == 1


def test_truncated_zip(store: Store, files: Path) -> None:
    files.mkdir()
    with zipfile.ZipFile(files / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conditions.csv", f"{CONDITIONS}\n" + condition("p1") * 100)
    whole = (files / "set.zip").read_bytes()
    (files / "set.zip").write_bytes(whole[: len(whole) - 40])
    refused(one(take(store, files), "set.zip"), "damaged or not whole")


def test_truncated_parquet(store: Store, files: Path) -> None:
    files.mkdir()
    (files / "conditions.parquet").write_bytes(b"PAR1" + b"\1" * 400)
    refused(one(take(store, files), "conditions"), "cut short or damaged")


@pytest.mark.parametrize("name", ["conditions.csv.part", "conditions.csv.filepart", "conditions.csv.crdownload"])
def test_file_with_the_name_of_a_copy_under_way(store: Store, files: Path, name: str) -> None:
    write(files, name, CONDITIONS, condition("p1"))
    refused(one(take(store, files), name), "still being copied")


def test_file_that_another_process_is_writing(store: Store, files: Path) -> None:
    path = write(files, "conditions.csv", CONDITIONS, condition("p1"))
    with path.open("a"):
        refused(one(take(store, path), "conditions"), "still being written")


def test_half_copied_file_stops_in_its_last_record(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    whole = f"{CONDITIONS}\n" + "\n".join(condition("p1", encounter=f"e{n}") for n in range(50)) + "\n"
    path = files / "conditions.csv"
    path.write_text(whole[:-40])
    refused(one(take(store, path), "conditions"), "stops in the middle", "record 50")
    # Cut within the last value, a record looks whole: it is not believed.
    path.write_text(whole[:-6])
    cut = one(take(store, path), "conditions")
    assert (cut.loaded, cut.rejects) == (49, {"unfinished": 1})
    path.write_text(whole)
    assert one(take(store, path), "conditions").loaded == 50


def test_half_copied_ndjson(store: Store, files: Path) -> None:
    files.mkdir()
    line = json.dumps({"resourceType": "Patient", "id": "a", "gender": "female"})
    (files / "patients.ndjson").write_text(f"{line}\n{line[:30]}")
    refused(one(take(store, files), "patients"), "stops in the middle", "record 2")


def test_empty_file(store: Store, files: Path) -> None:
    files.mkdir()
    (files / "conditions.csv").touch()
    refused(one(take(store, files), "conditions"), "empty")


def test_header_alone_is_a_file_of_no_rows(store: Store, files: Path) -> None:
    report = conditions(store, files)
    assert (report.status, report.rows_in) == ("loaded", 0)


# ---- columns and text


def test_wrong_delimiter_throughout_is_read_and_said(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    path = write(files, "conditions.csv", CONDITIONS.replace(",", ";"), condition("p1").replace(",", ";"))
    report = one(take(store, path), "conditions")
    assert report.loaded == 1
    assert any("';'" in note for note in report.notes)


def test_body_with_another_delimiter_than_the_header(store: Store, files: Path) -> None:
    report = conditions(store, files, *(condition("p1").replace(",", ";") for _ in range(5)))
    refused(report, "columns_missing", "delimiter")


def test_renamed_column_is_named_with_the_likely_new_name(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    path = write(files, "conditions.csv", CONDITIONS.replace("PATIENT", "PATIENT_ID"), condition("p1"))
    refused(one(take(store, path), "conditions"), "synthea_csv.conditions", "PATIENT", "renamed PATIENT_ID", "line 1")


def test_missing_column(store: Store, files: Path) -> None:
    path = write(files, "conditions.csv", "START,STOP,PATIENT,ENCOUNTER,DESCRIPTION", "2020-01-01,,p1,e,Hypertension")
    report = one(take(store, path), "conditions")
    refused(report, "CODE")
    assert "value" not in report.message  # there is no other column that it could have become


@pytest.mark.parametrize("mark", ["^", "~", ":"])
def test_a_delimiter_that_is_not_read_is_named(store: Store, files: Path, mark: str) -> None:
    path = write(files, "conditions.csv", CONDITIONS.replace(",", mark), condition("p1").replace(",", mark))
    refused(one(take(store, path), "conditions"), "no layout fits", f"parted by {mark!r}", "a comma, a tab, | or ;")


def test_a_unit_that_cannot_be_converted_says_what_to_do(store: Store, files: Path) -> None:
    header = "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,VALUE,UNITS,TYPE"
    take(store, known_people(files / "people", "p1"))
    row = "2020-01-01T10:00:00Z,p1,e,{},Systolic,120,{},numeric"
    good = [row.format("8480-6", "mm[Hg]").replace("01T", f"{day:02}T") for day in range(1, 9)]
    path = write(files, "observations.csv", header, *good, row.format("8480-6", "furlong"))
    report = one(take(store, path), "observations")
    assert (report.loaded, dict(report.rejects)) == (8, {"unit": 1})
    [example] = quarantine_examples(store, [report.load_id])
    assert (example["record"], example["value"]) == (9, "120.0 furlong")
    assert "unit" in example["remedy"]


def test_extra_column_changes_nothing_and_is_named(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    path = write(files, "conditions.csv", CONDITIONS + ",LOCAL_FLAG", condition("p1") + ",x")
    report = one(take(store, path), "conditions")
    assert report.loaded == 1
    assert any("LOCAL_FLAG" in note and "not read" in note for note in report.notes)


def test_many_columns_that_no_mapping_reads_are_not_listed(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    more = "".join(f",F{place}" for place in range(9))
    path = write(files, "conditions.csv", CONDITIONS + more, condition("p1") + "," * 9)
    assert one(take(store, path), "conditions").notes == ()


def test_column_named_twice(store: Store, files: Path) -> None:
    path = write(files, "conditions.csv", CONDITIONS + ",CODE", condition("p1") + ",1")
    refused(one(take(store, path), "conditions"), "twice", "CODE")


def test_unknown_layout(store: Store, files: Path) -> None:
    path = write(files, "weather.csv", "station,rain,wind", "a,1,2")
    refused(one(take(store, path), "weather"), "no layout fits", "mapping new")


def test_byte_order_mark_and_windows_line_ends(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    path = files / "conditions.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{CONDITIONS}\r\n{condition('p1')}\r\n".encode())
    assert one(take(store, path), "conditions").loaded == 1
    assert rows(store, "event", "date, (SELECT code FROM c WHERE c.concept = t.concept)")[0][1] == "59621000"


def test_utf16(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    path = files / "conditions.csv"
    path.write_text(f"{CONDITIONS}\n{condition('p1')}\n", encoding="utf-16")
    assert one(take(store, path), "conditions").loaded == 1


def test_mixed_encodings_quarantine_the_odd_lines_by_record(store: Store, files: Path) -> None:
    take(store, known_people(files / "people", "p1"))
    good = [condition("p1", encounter=f"e{n}") for n in range(9)]
    lines = [line.encode() for line in good]
    lines.insert(4, condition("p1").replace("hypertension", "hypertonie é").encode("latin-1"))
    path = files / "conditions.csv"
    path.write_bytes(b"\n".join([CONDITIONS.encode(), *lines]) + b"\n")
    report = one(take(store, path), "conditions")
    assert (report.rows_in, report.loaded, report.rejects) == (10, 9, {"encoding": 1})
    assert [line["record_number"] for line in quarantine(store)] == [5]
    # The records after it keep their own numbers.
    assert [number for (number,) in rows(store, "event", "record_number")] == [1, 2, 3, 4, 6, 7, 8, 9, 10]


def test_ten_megabyte_line(store: Store, files: Path) -> None:
    huge = condition("p1").replace("Essential hypertension", "x" * (40 << 20))
    report = conditions(store, files, *(condition("p1", encounter=f"e{n}") for n in range(8)), huge, condition("p2"))
    assert (report.rows_in, report.loaded, report.rejects) == (10, 9, {"line_too_long": 1})
    within = condition("p1").replace("Essential hypertension", "y" * (10 << 20))
    again = conditions(store, files, within, condition("p2"), name="conditions_more.csv")
    assert again.loaded == 2


def test_quote_that_never_ends(store: Store, files: Path) -> None:
    lines = [condition("p1", encounter=f"e{n}") for n in range(20)]
    lines[7] = lines[7].replace("Essential", '"Essential')
    refused(conditions(store, files, *lines), "never ends", "record 8")


def test_record_that_is_too_short_or_too_long_is_set_aside(store: Store, files: Path) -> None:
    lines = [condition("p1", encounter=f"e{n}") for n in range(18)]
    lines[3], lines[9] = "2020-01-01,,p1", lines[9] + ",more,more"
    report = conditions(store, files, *lines)
    assert report.rejects == {"columns_missing": 1, "columns_extra": 1}
    assert {line["record_number"] for line in quarantine(store)} == {4, 10}
    assert report.loaded == 16


# ---- archives that mean harm


def test_zip_path_that_climbs_out(store: Store, files: Path) -> None:
    files.mkdir()
    with zipfile.ZipFile(files / "set.zip", "w") as archive:
        archive.writestr("../../conditions.csv", CONDITIONS)
    refused(one(take(store, files), "set.zip"), "climbs out", "../../conditions.csv")
    assert not list(files.parent.glob("conditions.csv"))


def test_zip_bomb_by_its_own_account_and_by_its_content(store: Store, files: Path) -> None:
    files.mkdir()
    with zipfile.ZipFile(files / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conditions.csv", b"0" * (64 << 20))
    limits = Limits(ratio_from=8 << 20)
    refused(one(take(store, files, limits=limits), "bomb.zip"), "far more than it should")
    (files / "bomb.zip").unlink()
    (files / "bomb.csv.gz").write_bytes(gzip.compress(b"0" * (64 << 20)))
    refused(one(take(store, files, limits=limits), "bomb.csv.gz"), "far more than it should")
    assert sum(path.stat().st_size for path in store.root.rglob("*") if path.is_file()) < 1 << 20


def test_link_that_leads_out_of_its_folder(store: Store, files: Path) -> None:
    secret = write(files.parent, "conditions.csv", CONDITIONS, condition("p1"))
    known_people(files, "p1")
    (files / "conditions.csv").symlink_to(secret)
    (files / "again.csv").symlink_to(files / "patients.csv")
    report = take(store, files)
    refused(one(report, "conditions.csv"), "leads out of its folder")
    assert one(report, "again.csv").status == "loaded"
    assert one(take(store, files / "conditions.csv"), "conditions.csv").status == "loaded"  # it was named itself


def test_archive_within_an_archive(store: Store, files: Path) -> None:
    files.mkdir()
    (files / "inner.zip").write_bytes(b"")
    with zipfile.ZipFile(files / "inner.zip", "w") as archive:
        archive.writestr("conditions.csv", CONDITIONS)
    with zipfile.ZipFile(files / "outer.zip", "w") as archive:
        archive.write(files / "inner.zip", "inner.zip")
    (files / "inner.zip").unlink()
    refused(one(take(store, files), "outer.zip"), "archive inside an archive")


def test_lines_that_end_in_carriage_returns_alone(store: Store, files: Path) -> None:
    report = one(take(store, write(files, "conditions.csv", CONDITIONS, condition("p1"), newline="\r")), "conditions")
    refused(report, "carriage return", "line feeds")


def test_first_line_that_is_a_row_is_not_shown(store: Store, files: Path) -> None:
    """Without a header the first line is a person's: no message repeats it."""
    write(files, "patients.csv", patient("p1"), patient("p2"))
    write(files, "numbers.csv", "9990000018,2020-01-02", "9990000026,2020-01-02")
    report = take(store, files)
    for name in ("patients.csv", "numbers.csv"):
        found = one(report, name)
        refused(found, "looks like a row")
        assert not any(value in found.message for value in ("Barker", "9990000018", "EX39 1AA", "value:"))


# ---- values


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("1899-12-30", "date_too_early"),
        ("2099-01-01", "date_in_future"),
        ("2020-02-30", "type"),
        ("soon", "type"),
        ("", "missing"),
    ],
)
def test_dates_that_cannot_be(store: Store, files: Path, day: str, rule: str) -> None:
    report = conditions(store, files, *(condition("p1", encounter=f"e{n}") for n in range(9)), condition("p1", day=day))
    assert (report.loaded, report.rejects) == (9, {rule: 1})
    (line,) = quarantine(store)
    assert (line["record_number"], line["column"], line["action"]) == (10, "START", "refused")
    assert line["message"]
    if day:
        assert day in line["value"]


def test_orphan_waits_and_comes_home_when_its_person_arrives(store: Store, files: Path) -> None:
    take(store, known_people(files / "one", "p1"))
    first = one(take(store, write(files, "conditions.csv", CONDITIONS, condition("p1"), condition("p9"))), "conditions")
    assert first.rejects == {"orphan": 1}
    again = take(store, known_people(files / "two", "p9"))
    assert one(again, "conditions").status == "reloaded"
    assert len(rows(store, "event")) == 2
    assert [load.quarantined for load in Control(store).loads()] == [0, 0, 0]


def test_duplicate_keys(store: Store, files: Path) -> None:
    path = write(
        files, "patients.csv", PATIENTS, patient("p1", "Old"), patient("p2"), patient("p2"), patient("p1", "New")
    )
    report = one(take(store, path), "patients")
    # The same record twice is left out; two records that differ under one key are not both believed.
    assert report.rejects == {"duplicate_key": 1}
    assert list(report.excluded_by.values()) == [1]
    assert report.loaded == 2
    assert [line["record_number"] for line in quarantine(store)] == [1]


def test_personal_values_are_masked_by_place(store: Store, files: Path) -> None:
    bad = patient("p1", "Featherstonehaugh").replace("1970-01-02", "17th of May")
    good = [patient(f"q{n}") for n in range(9)]
    report = one(take(store, write(files, "patients.csv", PATIENTS, bad, *good)), "patients")
    assert report.rejects == {"type": 1}
    (line,) = quarantine(store)
    assert (line["record_number"], line["column"], line["value"]) == (1, "BIRTHDATE", None)
    for path in [*store.loads.rglob("*.parquet"), store.control]:
        assert b"Featherstonehaugh" not in path.read_bytes()
        assert b"17th of May" not in path.read_bytes()


# ---- JSON


def _ndjson(files: Path, *lines: str) -> Path:
    files.mkdir(exist_ok=True)
    path = files / "resources.ndjson"
    path.write_text("\n".join(lines) + "\n")
    return path


def _observation(number: int, **changes: object) -> str:
    body = {
        "resourceType": "Observation", "id": f"o{number}", "subject": {"reference": "Patient/a"}, "effectiveDateTime": "2020-01-02",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": 120, "unit": "mmHg"},
    }  # fmt: skip
    return json.dumps(body | changes)


PERSON = json.dumps({"resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1970"})


def test_one_bad_line_among_many(store: Store, files: Path) -> None:
    lines = [PERSON, *(_observation(n) for n in range(2000))]
    lines[777] = lines[777][:-5]
    report = one(take(store, _ndjson(files, *lines)), "resources")
    assert (report.rows_in, report.loaded, report.rejects) == (2001, 2000, {"json": 1})
    assert [line["record_number"] for line in quarantine(store)] == [778]


def test_record_numbers_are_places_in_a_long_file(store: Store, files: Path) -> None:
    """Several threads read a long file: the number of a row is its place in the file all the same."""
    count = 300_000
    day = "2020-01-02"
    lines = [_observation(n, effectiveDateTime="2020-02-30" if n % 50_000 == 7 else day) for n in range(count)]
    lines[210_000] = lines[210_000][:-5]
    report = one(take(store, _ndjson(files, PERSON, *lines)), "resources")
    assert report.rejects == {"json": 1, "type": 6}
    found = [(line["record_number"], line["rule"]) for line in quarantine(store)]
    assert sorted(found) == sorted([(210_002, "json"), *((n * 50_000 + 9, "type") for n in range(6))])


def test_line_that_is_json_but_no_object(store: Store, files: Path) -> None:
    lines = [PERSON, *(_observation(n) for n in range(8)), "[1, 2]"]
    assert one(take(store, _ndjson(files, *lines)), "resources").rejects == {"json": 1}


def test_a_line_that_stops_after_a_colon_takes_no_other_with_it(store: Store, files: Path) -> None:
    """The reader would take the next line for its value."""
    lines = [PERSON, *(_observation(n) for n in range(8))]
    lines[4] = '{"resourceType": "Observation", "id": '
    report = one(take(store, _ndjson(files, *lines)), "resources")
    assert (report.loaded, report.rejects) == (8, {"json": 1})
    assert [line["record_number"] for line in quarantine(store)] == [5]
    assert not list(store.loads.glob("*/lines.ndjson"))


def test_a_list_in_the_middle_spoils_no_other_line(store: Store, files: Path) -> None:
    lines = [PERSON, *(_observation(n) for n in range(8))]
    lines[4] = "[1, 2]"
    report = one(take(store, _ndjson(files, *lines)), "resources")
    assert (report.loaded, report.rejects) == (8, {"json": 1})


def test_a_mode_that_does_not_exist_is_refused(store: Store, files: Path) -> None:
    with pytest.raises(BadInput, match="no such mode"):
        take(store, _ndjson(files, PERSON), mode="ful")


def test_object_that_is_no_resource(store: Store, files: Path) -> None:
    lines = [PERSON, *(_observation(n) for n in range(8)), json.dumps({"id": "o9", "status": "final"})]
    report = one(take(store, _ndjson(files, *lines)), "resources")
    assert (report.loaded, report.rejects) == (9, {"json": 1})


def test_kind_that_comes_only_late_in_a_long_file(store: Store, files: Path) -> None:
    """The first megabyte decides which fields are read; what comes after it must not be lost."""
    lines = [PERSON, *(_observation(n, note="x" * 600) for n in range(1800))]
    assert sum(map(len, lines)) > 1 << 20
    vaccine = {"coding": [{"system": "http://snomed.info/sct", "code": "1324681000000101"}]}
    given = {
        "resourceType": "Immunization",
        "id": "i",
        "patient": {"reference": "Patient/a"},
        "occurrenceDateTime": "2021-02-03",
    }
    report = one(take(store, _ndjson(files, *lines, json.dumps(given | {"vaccineCode": vaccine}))), "resources")
    assert (report.rows_in, report.loaded, report.tables["event"]) == (1802, 1802, 1801)
    assert len(rows(store, "event", "date", "date = DATE '2021-02-03'")) == 1


@pytest.mark.parametrize("reference", ["Patient/a", "https://host/fhir/Patient/a", "urn:uuid:a", "a", "id|a"])
def test_every_way_to_refer_to_a_person(store: Store, files: Path, reference: str) -> None:
    report = one(take(store, _ndjson(files, PERSON, _observation(1, subject={"reference": reference}))), "resources")
    assert (report.loaded, report.quarantined) == (2, 0)
    (person,), (observation,) = rows(store, "subject_key", "subject_key"), rows(store, "event", "subject_key")
    assert person == observation


def test_reference_without_an_identifier(store: Store, files: Path) -> None:
    lines = [PERSON, *(_observation(n) for n in range(8)), _observation(9, subject={"reference": "Patient/"})]
    assert one(take(store, _ndjson(files, *lines)), "resources").rejects == {"missing": 1}


def test_value_of_the_wrong_shape(store: Store, files: Path) -> None:
    lines = [
        PERSON,
        *(_observation(n) for n in range(8)),
        _observation(9, valueQuantity={"value": "high", "unit": "mmHg"}),
    ]
    report = one(take(store, _ndjson(files, *lines)), "resources")
    assert report.rejects == {"type": 1}
    assert quarantine(store)[0]["value"] == "high"


def test_partial_dates_keep_their_precision(store: Store, files: Path) -> None:
    lines = [
        PERSON,
        *(
            _observation(n, effectiveDateTime=day)
            for n, day in enumerate(["2020", "2020-03", "2020-03-04", "2020-07-01T23:30:00Z"])
        ),
    ]
    take(store, _ndjson(files, *lines))
    found = rows(store, "event", "CAST(date AS VARCHAR), date_precision")
    # Half past eleven at night in UTC is the next day in London in summer.
    assert found == [("2020-01-01", "Y"), ("2020-03-01", "M"), ("2020-03-04", "D"), ("2020-07-02", "D")]


def test_bundle_with_a_dangling_reference(store: Store, files: Path) -> None:
    files.mkdir()
    person = {"fullUrl": "urn:uuid:a", "resource": json.loads(PERSON)}
    kept = [
        {"fullUrl": f"urn:uuid:{n}", "resource": json.loads(_observation(n, subject={"reference": "urn:uuid:a"}))}
        for n in range(8)
    ]
    lost = {"fullUrl": "urn:uuid:z", "resource": json.loads(_observation(9, subject={"reference": "urn:uuid:nobody"}))}
    (files / "bundle.json").write_text(
        json.dumps({"type": "transaction", "entry": [*kept, lost, person], "resourceType": "Bundle"})
    )
    report = one(take(store, files), "bundle")
    assert (report.loaded, report.rejects) == (9, {"dangling_reference": 1})
    assert quarantine(store)[0]["record_number"] == 9


def test_bundle_whose_address_is_not_its_identifier(store: Store, files: Path) -> None:
    files.mkdir()
    entries = [
        {"fullUrl": "urn:uuid:0000-address", "resource": json.loads(PERSON)},
        {
            "fullUrl": "urn:uuid:1",
            "resource": json.loads(_observation(1, subject={"reference": "urn:uuid:0000-address"})),
        },
    ]
    (files / "bundle.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    assert one(take(store, files), "bundle").loaded == 2
    # A later line that names the person by identifier means the same person.
    take(store, _ndjson(files / "later", _observation(2, effectiveDateTime="2020-05-05")))
    assert len(set(rows(store, "event", "subject_key"))) == 1


def test_bundle_that_is_not_json(store: Store, files: Path) -> None:
    files.mkdir()
    (files / "bundle.json").write_text('{"resourceType": "Bundle", "entry": [{"resource": {]}')
    refused(one(take(store, files), "bundle"), "not valid JSON")


# ---- the command


def _command(store: Store, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "commonweal.cli", "ingest", "--store", str(store.root), *arguments]
    return subprocess.run(
        line, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )


def test_command_prints_one_object_that_adds_up_and_never_a_traceback(store: Store, files: Path) -> None:
    known_people(files, "p1")
    write(
        files,
        "conditions.csv",
        CONDITIONS,
        condition("p1"),
        condition("p1", day="soon"),
        *(condition("p1", encounter=f"e{n}") for n in range(8)),
    )
    (files / "torn.csv.gz").write_bytes(b"\x1f\x8b\x08\0\0")
    ran = _command(store, str(files), "--json")
    assert ran.returncode == 3
    body = json.loads(ran.stdout)
    assert body["rows_in"] == body["loaded"] + body["quarantined"] + body["excluded"] == 11
    assert body["rejects"] == {"type": 1}
    assert [refusal["file"] for refusal in body["refused"]] == ["torn.csv.gz"]
    (example,) = body["examples"]
    assert (example["file"], example["record"], example["column"], example["value"]) == (
        "conditions.csv",
        2,
        "START",
        "soon",
    )  # record 1 is good
    assert example["message"] and "date format" in example["remedy"]
    assert "Traceback" not in ran.stderr


def test_command_on_a_path_that_is_not_there(store: Store, files: Path) -> None:
    ran = _command(store, str(files / "nothing.csv"))
    assert ran.returncode == 3
    assert "no such file" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_two_writers_at_once(store: Store, files: Path) -> None:
    known_people(files, "p1")
    store.root.mkdir(parents=True)
    with (store.root / ".writer.lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ran = _command(store, str(files), "--json")
    assert ran.returncode == 6
    assert "being written" in ran.stderr
    assert _command(store, str(files), "--json").returncode == 0
