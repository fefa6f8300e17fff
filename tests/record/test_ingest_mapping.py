"""The mapping language, by worked cases; and mistakes in a mapping, found when it is read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingest_helpers import one, quarantine, rows, take, write

from commonweal.errors import BadInput
from commonweal.record.drafting import draft
from commonweal.record.expressions import nhs_number_valid
from commonweal.record.landing import FileReport
from commonweal.record.layouts import read_family, shipped_families
from commonweal.store import Store


def family(columns: dict[str, Any], table: str = "contact", **layout: Any) -> dict[str, Any]:
    target = {"table": table, "columns": columns}
    body = {
        "name": "rows", "title": "Rows", "recognise": {"files": ["rows*"], "columns": ["who", "key"]},
        "tables": [target | layout.pop("target", {})],
    }  # fmt: skip
    return {
        "family": "own",
        "title": "Own",
        "feed": "own",
        "namespace": "own",
        "stop_above": 1.0,
        "layouts": [body | layout],
    }


CONTACT = {
    "subject_key": {"subject": "who"},
    "contact_key": {"key": [{"constant": "own"}, "key"], "kind": "contact"},
    "setting": {"constant": "ae"},
    "start_date": {"date": "day"},
}


def load(tmp_path: Path, body: dict[str, Any], *lines: str) -> tuple[Store, FileReport]:
    store = Store(tmp_path / "store")
    write(store.root / "mappings", "own.yaml", yaml.safe_dump(body, sort_keys=False))
    return store, one(take(store, write(tmp_path, "rows.csv", *lines)), "rows")


def values(tmp_path: Path, expression: Any, column: str, *cells: str) -> list[Any]:
    """What `expression` over column `x` makes of each cell, for one column of `contact`; refused rows are left out."""
    lines = [f"p,{place},2020-01-01,{cell}" for place, cell in enumerate(cells)]
    store, _ = load(tmp_path, family(CONTACT | {column: expression}), "who,key,day,x", *lines)
    return [value for _, value in rows(store, "contact", f"record_number, {column}")]


@pytest.mark.parametrize(
    ("expression", "column", "cells", "expected"),
    [
        ("x", "service_type", ["  a  ", ""], ["a", None]),
        ({"constant": "k"}, "service_type", ["a"], ["k"]),
        ({"map": "x", "values": {"a": "b"}, "default": "z"}, "service_type", ["a", "q"], ["b", "z"]),
        ({"map": "x", "values": {"a": "b"}, "unknown": "keep"}, "service_type", ["a", "q"], ["b", "q"]),
        ({"map": "x", "values": {"a": "b"}, "unknown": "null"}, "service_type", ["a", "q"], ["b", None]),
        ({"map": "x", "values": {"a": "b"}}, "service_type", ["a", "q"], ["b"]),
        ({"coalesce": ["x", {"constant": "none"}]}, "service_type", ["a", ""], ["a", "none"]),
        ({"concat": ["who", "x"], "separator": "|"}, "service_type", ["a"], ["p|a"]),
        ({"date": "x", "formats": ["%d/%m/%Y", "compact"]}, "end_date", ["03/02/2020", "20200203", ""], [date(2020, 2, 3), date(2020, 2, 3), None]),
        ({"number": "x"}, "market_forces_factor", ["1.25", "nan", "inf"], [1.25]),
        ({"integer": "x"}, "length_of_stay_days", ["3", "3.0", "3.5"], [3, 3]),
        ({"pence": "x"}, "cost_pence", ["1.005", '"£1,234.56"', "-2"], [101, 123456, -200]),
        ({"boolean": "x"}, "confidential", ["Y", "false", "perhaps"], [True, False]),
        ({"upper": "x"}, "service_type", ["ab"], ["AB"]),
        ({"text": "x", "from": 2, "length": 2}, "service_type", ["abcd"], ["bc"]),
        ({"pad": "x", "length": 2}, "service_type", ["1", "12"], ["01", "12"]),
        ({"replace": "x", "pattern": "[.]", "with": ""}, "service_type", ["I10.1"], ["I101"]),
        ({"extract": "x", "pattern": "([0-9]+)"}, "service_type", ["ward 12"], ["12"]),
        ({"null_if": "x", "values": ["9999-12-31"]}, "service_type", ["9999-12-31", "a"], [None, "a"]),
        ({"case": [{"when": {"column": "x", "matches": "[0-9]+"}, "then": {"constant": "n"}}], "else": "x"}, "service_type", ["12", "b"], ["n", "b"]),
        ({"days_between": [{"date": "day"}, {"date": "x"}]}, "length_of_stay_days", ["2020-01-04"], [3]),
        ({"postcode": "x"}, "service_type", ["nw1  2aa", "W1"], ["NW1 2AA", "W1"]),
    ],
)  # fmt: skip
def test_operations(tmp_path: Path, expression: Any, column: str, cells: list[str], expected: list[Any]) -> None:
    assert values(tmp_path, expression, column, *cells) == expected


def test_four_hour_wait_over_the_clock_change(tmp_path: Path) -> None:
    columns = CONTACT | {
        "start_at": {"timestamp": "day", "time": "came"},
        "end_at": {"timestamp": "day", "time": "left"},
        "wait_minutes": {
            "minutes_between": [{"timestamp": "day", "time": "came"}, {"timestamp": "day", "time": "left"}]
        },
    }
    lines = [
        "who,key,day,came,left",
        "p,1,2021-03-28,00:30:00,05:00:00",
        "p,2,2021-10-31,00:30:00,04:00:00",
        "p,3,2021-07-01,00:30:00,04:00:00",
        "p,4,2021-07-01,00:30:00,",
    ]
    store, _ = load(tmp_path, family(columns), *lines)
    found = rows(store, "contact", "record_number, wait_minutes, start_at")
    # Clocks go forward (three and a half hours pass), back (four and a half), and not at all; without a time, no wait.
    assert [wait for _, wait, _ in found] == [210, 270, 210, None]
    assert found[2][2] == datetime(2021, 6, 30, 23, 30)


@pytest.mark.parametrize(
    ("number", "valid"),
    # 943 476 5919 is the published test vector; 9876543210's check digit is 0; 1234567890 would need a check of 10... and so on.
    [
        ("9434765919", True),
        ("9434765918", False),
        ("9876543210", True),
        ("1234567890", False),
        ("943476591", False),
        ("94347659190", False),
        ("943476591X", False),
    ],
)
def test_nhs_number_check_digit(number: str, valid: bool) -> None:
    import duckdb

    digits = [int(digit) for digit in number if digit.isdigit()]
    if len(number) == 10 and len(digits) == 10:
        remainder = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
        assert (remainder % 11 == digits[9]) is valid  # the Data Dictionary's own wording
    row = duckdb.execute(f"SELECT {nhs_number_valid('n')} FROM (SELECT '{number}' AS n)").fetchone()
    assert row == (valid,)


def test_wrong_nhs_number_is_blanked_and_the_person_kept(tmp_path: Path) -> None:
    columns = {
        "subject_key": {"subject": "who"},
        "feed": {"constant": "own"},
        "local_identifier": "who",
        "nhs_number": {"nhs_number": "x"},
    }
    store, report = load(tmp_path, family(columns, "subject"), "who,key,x", "p,1,943 476 5919", "q,2,943 476 5918")
    assert (report.loaded, dict(report.remarks)) == (2, {"nhs_number": 1})
    (line,) = quarantine(store)
    assert (line["record_number"], line["action"], line["value"]) == (2, "blanked", None)


def test_one_row_feeds_several_tables_and_a_list_feeds_many_rows(tmp_path: Path) -> None:
    body = family(CONTACT)
    body["layouts"][0]["tables"].append(
        {"table": "diagnosis", "each": {"split": "codes", "separator": ";"},
         "columns": {"subject_key": {"subject": "who"}, "contact_key": CONTACT["contact_key"], "date": {"date": "day"},
                     "position": {"position": True}, "concept": {"code": {"item": True}, "system": "icd10", "within": "[A-Z][0-9]{2}[0-9X]?"}}}
    )  # fmt: skip
    store, report = load(
        tmp_path, body, "who,key,day,codes", "p,1,2020-01-01,I10.X; e11.9 ;", "p,2,2020-01-01,", "p,3,2020-01-01,??;J45"
    )
    assert (report.loaded, dict(report.remarks)) == (3, {"code_unknown": 1})
    found = rows(store, "diagnosis", "record_number, position, (SELECT code FROM c WHERE c.concept = t.concept)")
    assert found == [(1, 1, "I10X"), (1, 2, "E119"), (3, 2, "J45")]


def test_row_that_no_table_takes_is_excluded_by_name(tmp_path: Path) -> None:
    body = family(CONTACT, target={"when": {"column": "x", "in": ["a"]}})
    _, report = load(tmp_path, body, "who,key,day,x", "p,1,2020-01-01,a", "p,2,2020-01-01,b")
    assert (report.loaded, report.excluded) == (1, 1)


def test_parquet_is_read_as_its_csv_would_be(tmp_path: Path) -> None:
    import duckdb

    store = Store(tmp_path / "store")
    write(store.root / "mappings", "own.yaml", yaml.safe_dump(family(CONTACT), sort_keys=False))
    duckdb.execute(
        f"COPY (SELECT 'p' AS who, 1 AS key, DATE '2020-01-01' AS day) TO '{tmp_path / 'rows.parquet'}' (FORMAT parquet)"
    )
    assert one(take(store, tmp_path / "rows.parquet"), "rows").loaded == 1
    assert rows(store, "contact", "start_date") == [(date(2020, 1, 1),)]


def test_concepts_keep_their_integers_and_only_grow(tmp_path: Path) -> None:
    import duckdb

    store = Store(tmp_path / "store")
    columns = {"subject_key": {"subject": "who"}, "date": {"date": "day"}, "concept": {"code": "x", "system": "snomed"}}
    write(store.root / "mappings", "own.yaml", yaml.safe_dump(family(columns, "event"), sort_keys=False))
    held: list[dict[tuple[str, str], int]] = []
    for codes in (["b", "a"], ["c", "a", "0"]):
        take(
            store,
            write(
                tmp_path,
                f"rows{len(held)}.csv",
                "who,key,day,x",
                *(f"p,{n},2020-01-01,{code}" for n, code in enumerate(codes)),
            ),
        )
        found = duckdb.execute(f"SELECT system, code, concept FROM '{store.root / 'concepts.parquet'}'").fetchall()
        held.append({(system, code): concept for system, code, concept in found})
    assert held[0].items() <= held[1].items()
    assert sorted(held[1].values()) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (CONTACT | {"start_date": {"dat": "day"}}, ["no such operation", "dat", "start_date"]),
        (CONTACT | {"ward": "x"}, ["contact", "ward"]),
        ({key: value for key, value in CONTACT.items() if key != "subject_key"}, ["subject_key"]),
        (CONTACT | {"service_type": {"map": "x"}}, ["map needs `values`", "service_type"]),
        (CONTACT | {"primary_concept": "x"}, ["{code: …, system: …}", "primary_concept"]),
        (CONTACT | {"start_date": {"date": "day", "format": "%d"}}, ["no option format"]),
    ],
)
def test_mistakes_in_a_mapping_name_the_place(tmp_path: Path, columns: dict[str, Any], words: list[str]) -> None:
    path = write(tmp_path, "own.yaml", yaml.safe_dump(family(columns)))
    with pytest.raises(BadInput) as raised:
        read_family(path)
    for word in ["own.yaml", *words]:
        assert word in str(raised.value)


def test_mapping_that_is_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not valid YAML"):
        read_family(write(tmp_path, "own.yaml", "family: [unfinished"))


def test_every_shipped_mapping_compiles_and_says_whether_it_is_proven() -> None:
    families = shipped_families()
    assert {"synthea_csv", "fhir_r4", "maplewood", "sus_plus", "olids", "pds"} <= {found.family for found in families}
    names = [f"{found.family}.{layout.name}" for found in families for layout in found.layouts]
    assert len(names) == len(set(names))


def test_a_draft_reads_its_own_file_and_shows_no_value(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "clinic.csv",
        "PatientID,SeenOn,SnomedCode,Result",
        "Featherstonehaugh,2020-01-02,38341003,7.5",
        "other,2020-02-03,44054006,8.5",
    )
    text = draft(path, tmp_path)
    assert "Featherstonehaugh" not in text
    store = Store(tmp_path / "store")
    write(store.root / "mappings", "clinic.yaml", text)
    assert one(take(store, path), "clinic").loaded == 2
    assert rows(store, "event", "date, value") == [(date(2020, 1, 2), 7.5), (date(2020, 2, 3), 8.5)]


def test_a_draft_can_be_made_from_a_packed_file_as_json(tmp_path, capsys) -> None:
    import gzip
    import json

    import yaml

    from commonweal.cli import main

    path = tmp_path / "new_feed.csv.gz"
    path.write_bytes(gzip.compress(b"person,seen_on\n1,2024-01-02\n2,2024-01-03\n"))
    assert main(["mapping", "new", str(path), "--json"]) == 0
    body = yaml.safe_load(json.loads(capsys.readouterr().out)["mapping"])
    assert body["layouts"][0]["recognise"]["columns"] == ["person", "seen_on"]
    path.write_bytes(gzip.compress(b"person,seen_on\n" * 50)[:20])
    assert main(["mapping", "new", str(path)]) == 3
    assert "cut short" in capsys.readouterr().err
