"""Drafting a mapping from a file: the columns, what they look like, and what is left for a person to say."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import duckdb
import yaml

from commonweal.errors import BadInput
from commonweal.record.expressions import identifier, quote
from commonweal.record.inputs import Arrival
from commonweal.record.recognise import shape_of

_KINDS = (
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("timestamp", re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")),
    ("date %d/%m/%Y", re.compile(r"\d{2}/\d{2}/\d{4}")),
    ("date compact", re.compile(r"(19|20)\d{6}")),
    ("nhs_number", re.compile(r"\d{3} ?\d{3} ?\d{4}")),
    ("icd10", re.compile(r"[A-Z]\d{2}(\.?[\dX]\d?)?")),
    ("integer", re.compile(r"-?\d+")),
    ("number", re.compile(r"-?\d*\.\d+")),
)
SAMPLE = 5_000


FIRST_BYTES = 64 << 20
"""How much of a packed file a draft looks at."""


def _unpacked(path: Path, scratch: Path) -> Path:
    """The first whole lines of a file in gzip; a plain file as it is."""
    with path.open("rb") as handle:
        if handle.read(2) != b"\x1f\x8b":
            return path
    plain = scratch / path.name.removesuffix(".gz")
    try:
        with gzip.open(path) as packed:
            text = packed.read(FIRST_BYTES)
    except (EOFError, OSError, zlib.error):
        raise BadInput(
            "the file is cut short or damaged", where=path.name, remedy="ask the sender for the file again"
        ) from None
    plain.write_bytes(text[: text.rfind(b"\n") + 1] if len(text) == FIRST_BYTES else text)
    return plain


def draft(path: Path, scratch: Path) -> str:
    """A mapping in YAML for one file, plain or in gzip, to be finished by a person. Shows shapes and counts, never values.

    Raises `BadInput` for a file that is not CSV or Parquet.
    """
    path = _unpacked(path, scratch)
    arrival = Arrival(path.name, "", "", path, path.stat().st_size, False, True)
    shape = shape_of(arrival, scratch)
    if shape.format not in ("csv", "parquet"):
        raise BadInput("a mapping can be drafted from CSV or Parquet", where=path.name, value=shape.format,
                       remedy="for FHIR, use the layouts of fhir_r4")  # fmt: skip
    described = _describe(path, shape.format, shape.header, shape.delimiter)
    body = {
        "family": _name(path),
        "title": f"Drafted from {path.name}: say what it is",
        "feed": _name(path),
        "namespace": _name(path),
        "layouts": [
            {
                "name": "rows",
                "title": "Say what one row is",
                "proven": False,
                "recognise": {"files": [f"{path.stem.split('.')[0]}*"], "columns": list(shape.header[:6])},
                "delimiter": shape.delimiter,
                "tables": [{"table": "event", "columns": _guess(described)}],
            }
        ],
    }
    lines = [
        f"#   {column}: {kind}; {filled} filled, {distinct} different" for column, kind, filled, distinct in described
    ]
    note = "# Drafted mapping. Name the canonical table, its columns and code systems; see `commonweal mapping list`.\n# Columns found:\n"
    return note + "\n".join(lines) + "\n" + yaml.safe_dump(body, sort_keys=False, width=120)


def _name(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_") or "feed"


def _describe(path: Path, format_: str, header: tuple[str, ...], delimiter: str) -> list[tuple[str, str, str, int]]:
    if format_ == "parquet":
        reader = f"read_parquet({quote(path)})"
    else:
        reader = f"read_csv({quote(path)}, all_varchar = true, header = true, delim = {quote(delimiter)}, ignore_errors = true, sample_size = -1)"
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE sample AS SELECT * FROM {reader} LIMIT {SAMPLE}")
        total = connection.execute("SELECT count(*) FROM sample").fetchone()
        rows = total[0] if total else 0
        for column in header:
            name = identifier(column)
            sql = f"SELECT DISTINCT trim(CAST({name} AS VARCHAR)) FROM sample WHERE nullif(trim(CAST({name} AS VARCHAR)), '') IS NOT NULL"
            values = [row[0] for row in connection.execute(sql).fetchall()]
            filled = connection.execute(
                f"SELECT count(nullif(trim(CAST({name} AS VARCHAR)), '')) FROM sample"
            ).fetchone()
            share = f"{(filled[0] if filled else 0) / rows:.0%}" if rows else "0%"
            found.append((column, _kind(values), share, len(values)))
    return found


def _kind(values: list[str]) -> str:
    if not values:
        return "empty"
    for kind, pattern in _KINDS:
        if all(pattern.fullmatch(value) for value in values):
            return kind
    return "text"


def _guess(described: list[tuple[str, str, str, int]]) -> dict[str, object]:
    """Columns of `event` by name and shape; a person corrects them."""
    columns: dict[str, object] = {}
    for column, kind, _, _ in described:
        lower = column.lower()
        if "subject_key" not in columns and re.search(
            r"(patient|person|nhs).*(id|number|key)|^(patient|person)$", lower
        ):
            columns["subject_key"] = {"subject": column}
        elif "date" not in columns and kind.startswith(("date", "timestamp")) and "birth" not in lower:
            formats = kind.split(" ")[1:] or ["iso"]
            columns["date"] = {"local_date": column} if kind == "timestamp" else {"date": column, "formats": formats}
        elif "concept" not in columns and re.search(r"code|snomed|icd|diagnos", lower):
            columns["concept"] = {"code": column, "system": "icd10" if kind == "icd10" else "snomed"}
        elif "value" not in columns and kind in ("number", "integer") and re.search(r"value|result", lower):
            columns["value"] = {"number": column}
    first = described[0][0]
    return {
        "subject_key": {"subject": first},
        "date": {"date": first},
        "concept": {"code": first, "system": "snomed"},
    } | columns
