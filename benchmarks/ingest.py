"""Loading: `commonweal ingest` with every check, against the same DuckDB writing the same columns with none.

CSV in the OLIDS observation layout (the feed with the most rows) and FHIR NDJSON. Each side runs in a process of its own,
in turn, three times; the median counts. Promise: at most twice the baseline. CPU seconds (all threads) are given beside the
clock, which other work on the machine lengthens. The baseline writes every column of the canonical table, the place of each
row among them. Imports are not measured, on either side; landing the file (copy, hash,
flush to disk) is, on ours only.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = {"small": 500_000, "place": 5_000_000, "ics": 50_000_000}
PEOPLE_PER_ROW = 40
TIMES = 3


def run(size: str) -> dict[str, object]:
    """Time both formats. `ratio` is the worse of the two; each is given too."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _make(root, ROWS[size])
        found = {kind: _compare(root, kind) for kind in ("csv", "ndjson")}
    worst = max(found, key=lambda kind: found[kind]["seconds"] / found[kind]["baseline"])
    return {
        "name": "ingest", "size": size, "rows": ROWS[size],
        "seconds": round(found[worst]["seconds"], 2), "baseline_seconds": round(found[worst]["baseline"], 2),
        "ratio": round(found[worst]["seconds"] / found[worst]["baseline"], 2),
        "peak_mb": round(max(kind["peak_mb"] for kind in found.values())),
        **{f"{kind}_ratio": round(figures["seconds"] / figures["baseline"], 2) for kind, figures in found.items()},
        **{f"{kind}_seconds": round(figures["seconds"], 2) for kind, figures in found.items()},
        **{f"{kind}_cpu_ratio": round(figures["cpu"] / figures["baseline_cpu"], 2) for kind, figures in found.items()},
        **{f"{kind}_cpu_seconds": round(figures["cpu"], 2) for kind, figures in found.items()},
        **{f"{kind}_baseline_cpu_seconds": round(figures["baseline_cpu"], 2) for kind, figures in found.items()},
    }  # fmt: skip


def _make(root: Path, rows: int) -> None:
    """Invented files in both layouts: the same people, codes and values."""
    people = rows // PEOPLE_PER_ROW
    connection = duckdb.connect()
    connection.execute(f"""
        CREATE VIEW observation AS SELECT i, hash(i) % {people} AS person, DATE '2015-01-01' + CAST(hash(i * 7) % 4000 AS INTEGER) AS day,
            ['271649006', '271650006', '999791000000106', '60621009', '38341003'][CAST(1 + hash(i * 3) % 5 AS INTEGER)] AS code,
            [120.0, 80.0, 42.0, 27.0, NULL][CAST(1 + hash(i * 3) % 5 AS INTEGER)] + (hash(i * 11) % 100) / 10 AS value,
            ['mm[Hg]', 'mm[Hg]', 'mmol/mol', 'kg/m2', NULL][CAST(1 + hash(i * 3) % 5 AS INTEGER)] AS unit FROM range({rows}) t(i)
    """)
    for kind in ("csv", "ndjson"):
        (root / kind).mkdir()
    connection.execute(f"""
        COPY (SELECT 'p' || i AS "ID", NULL AS "NHS_NUMBER", 'female' AS "GENDER_CODE", DATE '1960-01-01' AS "BIRTH_DATE", 1960 AS "BIRTH_YEAR",
                     1 AS "BIRTH_MONTH", NULL AS "DEATH_YEAR", NULL AS "DEATH_MONTH", 'E85000' AS "REGISTERED_PRACTICE_ID",
                     false AS "IS_SPINE_SENSITIVE", 'E85000' AS "RECORD_OWNER_ORGANISATION_CODE" FROM range({people}) t(i))
        TO '{root / "csv" / "PATIENT.csv"}' (FORMAT csv)
    """)
    connection.execute(f"""
        COPY (SELECT 'o' || i AS "ID", 'p' || person AS "PATIENT_ID", day AS "CLINICAL_EFFECTIVE_DATE", value AS "RESULT_VALUE",
                     unit AS "RESULT_UNIT_DISPLAY", day AS "DATE_RECORDED", false AS "IS_CONFIDENTIAL", false AS "LDS_IS_DELETED",
                     'E85' || lpad(CAST(person % 300 AS VARCHAR), 3, '0') AS "RECORD_OWNER_ORGANISATION_CODE",
                     code AS "MAPPED_CONCEPT_CODE", code AS "SOURCE_CODE", 'http://snomed.info/sct' AS "SOURCE_SYSTEM" FROM observation)
        TO '{root / "csv" / "OBSERVATION.csv"}' (FORMAT csv)
    """)
    connection.execute(f"""
        COPY (SELECT 'Patient' AS "resourceType", 'p' || i AS id, 'female' AS gender, '1960-01-01' AS "birthDate" FROM range({people}) t(i))
        TO '{root / "ndjson" / "Patient.ndjson"}' (FORMAT json)
    """)
    connection.execute(f"""
        COPY (SELECT 'Observation' AS "resourceType", 'o' || i AS id, 'final' AS status,
                     {{'reference': 'Patient/p' || person}} AS subject, day AS "effectiveDateTime",
                     {{'coding': [{{'system': 'http://snomed.info/sct', 'code': code, 'display': 'an observation'}}]}} AS code,
                     {{'value': value, 'unit': unit, 'system': 'http://unitsofmeasure.org'}} AS "valueQuantity",
                     [{{'coding': [{{'system': 'http://terminology.hl7.org/CodeSystem/observation-category', 'code': 'laboratory'}}]}}] AS category
              FROM observation)
        TO '{root / "ndjson" / "Observation.ndjson"}' (FORMAT json)
    """)


def _compare(root: Path, kind: str) -> dict[str, float]:
    ours, bare = [], []
    for _ in range(TIMES):
        ours.append(_time("ours", root, kind))
        bare.append(_time("baseline", root, kind))

    def middle(figures: list[dict[str, float]], name: str) -> float:
        return statistics.median(figure[name] for figure in figures)

    return {
        "seconds": middle(ours, "seconds"), "baseline": middle(bare, "seconds"),
        "cpu": middle(ours, "cpu"), "baseline_cpu": middle(bare, "cpu"), "peak_mb": max(figure["peak_mb"] for figure in ours),
    }  # fmt: skip


def _time(side: str, root: Path, kind: str) -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingest", side, str(root), kind], capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


def _ours(root: Path, kind: str, out: Path) -> None:
    from commonweal.record.landing import ingest
    from commonweal.store import Store

    report = ingest(Store(out), [root / kind])
    quarantined = report.total("quarantined")
    if report.with_status("refused") or quarantined:
        raise SystemExit(f"the benchmark's own files were refused: {report.files}")


def _baseline(root: Path, kind: str, out: Path) -> None:
    """The same columns, typed and numbered by their place in the file, to Parquet; nothing is checked, keyed or counted.

    Identifiers and codes stay the text that they are, where ours become integers.
    """
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2GB'")
    out.mkdir()
    if kind == "csv":
        source = f"read_csv('{root}/csv/OBSERVATION.csv', all_varchar = true, header = true)"
        people = f"read_csv('{root}/csv/PATIENT.csv', all_varchar = true, header = true)"
        columns = """"PATIENT_ID" AS subject, CAST("CLINICAL_EFFECTIVE_DATE" AS DATE) AS date, 'D' AS date_precision,
            "MAPPED_CONCEPT_CODE" AS concept, CAST("RESULT_VALUE" AS DOUBLE) AS value, "RESULT_UNIT_DISPLAY" AS unit,
            NULL::VARCHAR AS text_value, CAST("DATE_RECORDED" AS DATE) AS recorded_date,
            "RECORD_OWNER_ORGANISATION_CODE" AS provider_code, CAST("IS_CONFIDENTIAL" AS BOOLEAN) AS confidential"""
    else:
        fields = (
            "{resourceType: 'VARCHAR', id: 'VARCHAR', status: 'VARCHAR', subject: 'STRUCT(reference VARCHAR)', effectiveDateTime: 'VARCHAR', "
            "code: 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)[])', valueQuantity: 'STRUCT(value VARCHAR, unit VARCHAR)'}"
        )
        source = f"read_json('{root}/ndjson/Observation.ndjson', format = 'newline_delimited', columns = {fields})"
        people = f"read_json('{root}/ndjson/Patient.ndjson', format = 'newline_delimited', columns = {{id: 'VARCHAR', gender: 'VARCHAR', birthDate: 'VARCHAR'}})"
        columns = """subject.reference AS subject, CAST("effectiveDateTime" AS DATE) AS date, 'D' AS date_precision,
            code.coding[1].code AS concept, CAST("valueQuantity".value AS DOUBLE) AS value, "valueQuantity".unit AS unit,
            NULL::VARCHAR AS text_value, NULL::DATE AS recorded_date, NULL::VARCHAR AS provider_code, NULL::BOOLEAN AS confidential"""
    lineage = "'gp' AS source_kind, 1::INTEGER AS load_id, row_number() OVER () AS record_number"
    connection.execute(f"COPY (SELECT * FROM {people}) TO '{out}/people.parquet' (FORMAT parquet, COMPRESSION zstd)")
    connection.execute(
        f"COPY (SELECT {columns}, {lineage} FROM {source}) TO '{out}/event.parquet' (FORMAT parquet, COMPRESSION zstd)"
    )


def _child(side: str, root: Path, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if side == "ours":
            import commonweal.record.landing  # noqa: F401 (imports are not what is measured)
        duckdb.execute("SELECT $1", [b""])  # the first parameter makes DuckDB import pandas
        start, cpu = time.perf_counter(), time.process_time()
        (_ours if side == "ours" else _baseline)(root, kind, Path(folder) / "out")
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        )
    )


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
