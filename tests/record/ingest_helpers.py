"""What the loader's tests share: small files, and reading back what a load left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from commonweal.record.landing import DeliveryReport, FileReport, ingest
from commonweal.store import Store

DATA = Path(__file__).parent.parent / "data"

CONDITIONS = "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION"
PATIENTS = (
    "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,"
    "BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,FIPS,POSTCODE,LAT,LON,INCOME"
)


def patient(identifier: str, family: str = "Barker") -> str:
    return f"{identifier},1970-01-02,,,,,,Ann,,{family},,,,,,F,,1 High Street,,,,,EX39 1AA,,,"


def condition(identifier: str, day: str = "2020-01-02", code: str = "59621000", encounter: str = "e") -> str:
    return f"{day},,{identifier},{encounter},{code},Essential hypertension"


def write(folder: Path, name: str, *lines: str, newline: str = "\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(newline.join(lines) + newline, encoding="utf-8", newline="")
    return path


def known_people(folder: Path, *identifiers: str) -> Path:
    return write(folder, "patients.csv", PATIENTS, *(patient(identifier) for identifier in identifiers))


def take(store: Store, *paths: Path, **options: Any) -> DeliveryReport:
    """Ingest, and hold every file to the rule that its rows add up."""
    report = ingest(store, list(paths), **options)
    for file in report.files:
        assert file.rows_in == file.loaded + file.quarantined + file.excluded, file
        assert file.quarantined == sum(file.rejects.values())
        assert file.excluded == sum(file.excluded_by.values())
    return report


def one(report: DeliveryReport, name: str) -> FileReport:
    found = [file for file in report.files if name in file.file]
    assert len(found) == 1, [file.file for file in report.files]
    return found[0]


def rows(store: Store, table: str, columns: str = "*", where: str = "TRUE") -> list[tuple[Any, ...]]:
    """Canonical rows of the active loads, codes as text in place of integers."""
    from commonweal.record.control import Control, load_folder

    files = [load_folder(store, load.load_id) / f"{table}.parquet" for load in Control(store).loads()]
    held = ", ".join(f"'{file}'" for file in files if file.exists())
    if not held:
        return []
    with duckdb.connect() as connection:
        if (store.root / "concepts.parquet").exists():
            connection.execute(f"CREATE VIEW c AS SELECT * FROM read_parquet('{store.root / 'concepts.parquet'}')")
        return connection.execute(
            f"SELECT {columns} FROM read_parquet([{held}], union_by_name = true) t WHERE {where} ORDER BY ALL"
        ).fetchall()


def quarantine(store: Store) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        found = sorted(str(path) for path in store.loads.glob("*/quarantine.parquet"))
        if not found:
            return []
        listed = ", ".join(f"'{path}'" for path in found)
        return (
            connection.execute(f"SELECT * FROM read_parquet([{listed}]) ORDER BY load_id, record_number")
            .to_arrow_table()
            .to_pylist()
        )
