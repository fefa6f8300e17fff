"""Extracts that overlap, for each national layout: a record that comes again takes its own place, in whichever order."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from commonweal.cli import main
from commonweal.pipeline.build import build
from commonweal.record.landing import ingest
from commonweal.record.linkage import link
from commonweal.record.schema import FACTS
from commonweal.store import Store

FEEDS = ("asc", "csds", "mhsds", "olids", "pds", "sus_ae", "sus_apc", "sus_op", "wl")
MOST = 240
"""Records of each file that the test takes."""
MOMENTS = {"first": "2026-06-30 21:00:00", "second": "2026-07-31 21:00:00"}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, tuple[list[str], list[tuple[int, dict[str, str]]]]]:
    """Path within the system to header and the first records, each with its place (its contact's, where it is part of one)."""
    out = tmp_path_factory.mktemp("invented") / "system"
    assert main(["synthetic", "--size", "small", "--seed", "3", "--out", str(out)]) == 0
    found = {}
    for feed in FEEDS:
        parents: dict[str, int] = {}
        patients: set[str] = set()
        # The file of the contacts first: what belongs to a contact is sent with it.
        for path in sorted(
            (out / feed).glob("*.csv.gz"),
            key=lambda path: (_is_part(path.name), not path.name.startswith("PATIENT."), path.name),
        ):
            if "resent" in path.name:
                continue
            with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
                reader = csv.DictReader(handle)
                every, header = list(reader), list(reader.fieldnames or ())
            if _is_part(path.name):
                rows = [(parents[row["PRIMARYKEY_ID"]], row) for row in every if row["PRIMARYKEY_ID"] in parents]
            else:
                known = [row for row in every if not patients or row.get("PATIENT_ID") in patients]
                rows = list(enumerate(known[:MOST]))
                patients |= {row["ID"] for _, row in rows} if path.name.startswith("PATIENT.") else set()
                parents = {row.get("PRIMARYKEY_ID", ""): place for place, row in rows}
            found[f"{feed}/{path.name.removesuffix('.gz')}"] = (header, rows)
    return found


def _is_part(name: str) -> bool:
    return "clinical" in name or "episodes" in name


def send(folder: Path, files, part: str, stamped: bool) -> Path:
    """One extract: the first two thirds of each file; the last two thirds, corrected; or all, of which the middle third is
    as it was (``stale``) or corrected (``latest``)."""
    for name, (header, rows) in files.items():
        count = max((place for place, _ in rows), default=0) + 1
        third = (MOST if _is_part(name) else count) // 3
        begins = {"first": count, "second": 0, "stale": 2 * third, "latest": third}[part]
        sent = {"first": range(2 * third), "second": range(third, count)}.get(part, range(count))
        chosen = [_version(name, row, place >= begins, stamped) for place, row in rows if place in sent]
        columns = [
            *header,
            *(
                ["LDS_DATETIME_DATA_ACQUIRED"]
                if stamped and name.startswith("olids/") and "PATIENT" not in name
                else []
            ),
        ]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(chosen)
    return folder


def _version(name: str, row: dict[str, str], later: bool, stamped: bool) -> dict[str, str]:
    row = dict(row)
    if name == "olids/OBSERVATION.csv" and later and row["RESULT_VALUE"] and row["RESULT_UNIT_DISPLAY"] == "mmHg":
        row["RESULT_VALUE"] = "123"
    if name == "olids/MEDICATION_ORDER.csv" and later:
        row["QUANTITY_VALUE"] = "7"
    if name == "olids/EPISODE_OF_CARE.csv" and later:
        row["EPISODE_OF_CARE_START_DATE"] = "2011-11-11"
    if name.endswith("diagnosis.icd.csv") and later:
        row["code"] = "J459"
    if stamped and name.startswith("olids/") and "PATIENT" not in name:
        row["LDS_DATETIME_DATA_ACQUIRED"] = MOMENTS["second" if later else "first"]
    if stamped and "system.interchange.received_date" in row:
        row["system.interchange.received_date"] = MOMENTS["second" if later else "first"][:10]
    return row


def record_of(folder: Path, extracts: list[Path]) -> tuple[dict[str, Counter], dict]:
    """What a store built from these extracts holds: content of rows by table, without keys and lineage; and its manifest."""
    store = Store(folder)
    for extract in extracts:
        refused = ingest(store, [extract]).with_status("refused")
        assert not refused, [one.message for one in refused]
    link(store, threads=1)
    made = build(store, threads=1)
    found = {}
    with duckdb.connect() as connection:
        for table in FACTS:
            paths = sorted((made.folder / "record" / table).glob("*.parquet"))
            if paths:
                listed = ", ".join(f"'{path}'" for path in paths)
                # `service_type` is looked up in a sibling file, whose part this cuts at another place.
                hidden = ("load_id", "record_number", "cost_pence", "cost_reason", "cost_basis", "service_type")
                held = connection.sql(f"SELECT * FROM read_parquet([{listed}])").columns
                kept = ", ".join(name for name in held if name not in hidden and not name.endswith(("concept", "_key")))
                concepts = [
                    f"(SELECT any_value(code) FROM c WHERE c.concept = t.{name})"
                    for name in held
                    if name.endswith("concept")
                ]
                connection.execute(
                    f"CREATE OR REPLACE VIEW c AS SELECT * FROM '{made.folder}/record/concept/all.parquet'"
                )
                columns = ", ".join([kept, *concepts])
                found[table] = Counter(
                    connection.execute(f"SELECT {columns} FROM read_parquet([{listed}]) t").fetchall()
                )
        lines = connection.execute(
            f"SELECT sum(canonical), sum(built), sum(replaced), sum(orphaned) FROM '{made.folder}/reconciliation.parquet'"
        ).fetchone()
    assert lines is not None and lines[0] == lines[1] + lines[2] + lines[3]
    return found, json.loads((made.folder / "manifest.json").read_text())


@pytest.fixture(scope="module")
def whole(files, tmp_path_factory):
    """The record as one extract gives it, with the middle third as it was and corrected."""
    folder = tmp_path_factory.mktemp("whole")
    return {
        part: record_of(folder / part, [send(folder / f"{part}-sent", files, part, stamped=True)])[0]
        for part in ("stale", "latest")
    }


@pytest.mark.parametrize(
    ("order", "stamped", "expected"),
    [
        (("first", "second"), False, "latest"),
        (("second", "first"), False, "stale"),  # nothing says which is newer: what arrived last stands
        (("first", "second"), True, "latest"),
        (("second", "first"), True, "latest"),  # the sender says when it made each version
    ],
)
def test_nothing_is_doubled_and_replaced_is_counted(files, whole, tmp_path, order, stamped, expected) -> None:
    sent = [send(tmp_path / part, files, part, stamped) for part in order]
    found, manifest = record_of(tmp_path / "store", sent)
    for table in FACTS:
        assert found.get(table) == whole[expected].get(table), table
    assert {"event", "medication", "registration", "contact", "diagnosis", "procedure", "referral", "wait"} <= set(
        found
    )
    assert manifest["replaced"] > 400


def test_the_same_extract_again_changes_nothing(files, tmp_path) -> None:
    sent = send(tmp_path / "sent", files, "first", stamped=False)
    once, _ = record_of(tmp_path / "once", [sent])
    twice, manifest = record_of(tmp_path / "twice", [sent, sent])
    assert once == twice
    assert (
        manifest["replaced"]
        == json.loads(next((tmp_path / "once").glob("builds/*/manifest.json")).read_text())["replaced"]
    )


def test_rows_deleted_at_the_source_leave(files, tmp_path) -> None:
    header, numbered = files["olids/OBSERVATION.csv"]
    before, _ = record_of(tmp_path / "store", [send(tmp_path / "sent", files, "first", stamped=False)])
    assert sum(before["event"].values()) > 10
    path = tmp_path / "later" / "OBSERVATION.csv"
    path.parent.mkdir()
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "LDS_IS_DELETED": "true"} for _, row in numbered)
    after, manifest = record_of(tmp_path / "store", [path])
    assert sum(after.get("event", Counter()).values()) == 0
    assert manifest["replaced"] >= sum(before["event"].values())
