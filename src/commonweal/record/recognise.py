"""Which layout a file has: from its first bytes, its header and its name."""

from __future__ import annotations

import codecs
import csv
import difflib
import fnmatch
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import duckdb

from commonweal.errors import BadInput
from commonweal.record.compiler import columns_used
from commonweal.record.expressions import quote
from commonweal.record.inputs import CHUNK, Arrival
from commonweal.record.mapping import BoundLayout, Format

_BUNDLE = re.compile(r'"resourceType"\s*:\s*"Bundle"')
DELIMITERS = (",", "\t", "|", ";")
_MARK = re.compile(r"[^\w\s\"'.()/-]")
FEWEST_MARKS = 2
"""How often a mark stands in a header before it is taken for what parts its names."""
MOST_UNREAD = 3
"""So many columns that no mapping reads are named: a national layout has hundreds."""


@dataclass(frozen=True)
class Shape:
    """What a file looks like before any layout is chosen."""

    format: Format
    header: tuple[str, ...] = ()
    delimiter: str = ","
    path: Path = Path()
    first: int = 0
    """Values in the first record after the header."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """The layout of a file, the header in the layout's own spelling, and what a person should know."""

    bound: BoundLayout
    shape: Shape
    notes: tuple[str, ...] = ()


def shape_of(arrival: Arrival, scratch: Path) -> Shape:
    """Read the first bytes and say what the file is. Raises `BadInput` when it is nothing that can be read."""
    with arrival.path.open("rb") as handle:
        head = handle.read(1 << 18)
    if head[:4] == b"PAR1":
        return _parquet_shape(arrival)
    path, notes = arrival.path, []
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            path = transcode(arrival, name, scratch)
            notes.append("the file was UTF-16; it was read as such")
            with path.open("rb") as handle:
                head = handle.read(1 << 18)
    text = head.decode("utf-8-sig", errors="replace")
    if b"\0" in head:
        raise BadInput("the file is not text", where=arrival.label, remedy="send CSV, NDJSON, FHIR JSON or Parquet")
    if text.lstrip()[:1] == "[":
        raise BadInput(
            "the file is one JSON array, where each line is to hold one JSON object (NDJSON)",
            where=arrival.label,
            remedy="write each element on a line of its own, as jq -c '.[]' FILE does, or send a FHIR bundle",
        )
    if text.lstrip()[:1] == "{":
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - (1 << 16)))
            tail = handle.read().decode("utf-8", errors="replace")
        return Shape(_json_format(text, tail), path=path, notes=tuple(notes))
    line = _first_record(text, arrival)
    delimiter = max(DELIMITERS, key=line.count)
    header = tuple(name.strip() for name in next(csv.reader(io.StringIO(line), delimiter=delimiter)))
    return Shape("csv", header, delimiter, path, _first_length(text, delimiter), tuple(notes))


def _first_length(text: str, delimiter: str) -> int:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    next(rows, None)
    try:
        return len(next(rows, ()))
    except csv.Error:
        return 0


def _first_record(text: str, arrival: Arrival) -> str:
    if "\r" in text and "\n" not in text:
        raise BadInput(
            "the lines end with a carriage return alone, as on old Macintosh systems",
            where=arrival.label,
            remedy="save the file with line feeds (LF) or with both (CR LF)",
        )
    line = text.splitlines()[0] if text.splitlines() else ""
    if not line.strip():
        raise BadInput(
            "the first line is blank: there is no header",
            where=f"{arrival.label}, line 1",
            remedy="put the column names on line 1",
        )
    return line


def _parquet_shape(arrival: Arrival) -> Shape:
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(
                f"SELECT name FROM parquet_schema({quote(arrival.path)}) WHERE type IS NOT NULL"
            ).fetchall()
        except duckdb.Error:
            raise BadInput(
                "the Parquet file is cut short or damaged",
                where=arrival.label,
                remedy="ask the sender for the file again",
            ) from None
    return Shape("parquet", tuple(row[0] for row in rows), path=arrival.path)


def _json_format(text: str, tail: str) -> Format:
    """A FHIR bundle, FHIR NDJSON or other NDJSON, whatever the order of fields."""
    first = text.lstrip().splitlines()[0]
    try:
        record = json.loads(first)
        if isinstance(record, dict) and record.get("resourceType") != "Bundle":
            return "fhir_ndjson" if "resourceType" in record else "ndjson"
    except ValueError:
        record = None
    if record is not None or _BUNDLE.search(text) or _BUNDLE.search(tail):
        return "fhir_bundle"
    return "fhir_ndjson" if '"resourceType"' in text else "ndjson"


def transcode(arrival: Arrival, encoding: str, scratch: Path) -> Path:
    """A UTF-8 copy of a file in another encoding. Bytes that do not fit are marked with U+FFFD."""
    target = scratch / f"{arrival.path.name}.utf8"
    with (
        arrival.path.open("r", encoding=encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        while block := source.read(CHUNK):
            copy.write(block)
    return target


def choose(arrival: Arrival, shape: Shape, candidates: Sequence[BoundLayout]) -> Match:
    """The one layout that fits. Raises `BadInput` naming the nearest layout and what differs."""
    name = PurePosixPath(arrival.member or arrival.file).name.lower()
    for ending in (".gz", ".zip"):
        name = name.removesuffix(ending)
    fitting = [bound for bound in candidates if _same_format(bound, shape)]
    if shape.format not in ("csv", "parquet"):
        named = [bound for bound in fitting if _named(bound, name)] or [
            bound for bound in fitting if not bound.layout.recognise.files
        ]
        return _only(arrival, shape, named)
    if len(set(shape.header)) != len(shape.header):
        twice = sorted({column for column in shape.header if shape.header.count(column) > 1})
        named = shown_header(shape.header) is not None
        raise BadInput(
            "a column name occurs twice in the header"
            if named
            else "the first line looks like a row, not like column names",
            where=f"{arrival.label}, line 1",
            value=twice if named else None,
            remedy="give each column its own name" if named else "put the column names on line 1",
        )
    held = {column.casefold() for column in shape.header}
    by_columns = [bound for bound in fitting if bound.layout.recognise.columns and _has(bound, held)]
    by_both = [bound for bound in by_columns if _named(bound, name)]
    if by_both or by_columns:
        best = by_both or by_columns
        most = max(len(bound.layout.recognise.columns) for bound in best)
        match = _only(arrival, shape, [bound for bound in best if len(bound.layout.recognise.columns) == most])
        return _checked(arrival, match, name)
    raise _unrecognised(arrival, shape, fitting, name)


_DATA = re.compile(r"\d{4,}|^\d|\d[-/]\d|@|^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$")
"""What stands in a value of a row and hardly in the name of a column: a long number, a date, an address, a postcode."""


def shown_header(header: Sequence[str], most: int = 12) -> list[str] | None:
    """The names of the first line, for a message; none where they look like the values of a row, which may be a person's."""
    looks_like_data = any(not name.strip() or _DATA.search(name.strip()) for name in header)
    return None if looks_like_data else list(header)[:most]


def _same_format(bound: BoundLayout, shape: Shape) -> bool:
    wanted = bound.layout.format
    return wanted == shape.format or (wanted == "csv" and shape.format == "parquet")


def _named(bound: BoundLayout, name: str) -> bool:
    return any(fnmatch.fnmatch(name, pattern.lower()) for pattern in bound.layout.recognise.files)


def _has(bound: BoundLayout, held: set[str]) -> bool:
    return all(column.casefold() in held for column in bound.layout.recognise.columns)


def _only(arrival: Arrival, shape: Shape, found: Sequence[BoundLayout]) -> Match:
    if len(found) == 1:
        return Match(found[0], shape, shape.notes)
    if not found:
        raise BadInput(
            "no layout reads this kind of file",
            where=arrival.label,
            value=shape.format,
            remedy="see `commonweal mapping list`",
        )
    raise BadInput(
        "more than one layout fits", where=arrival.label, value=sorted(bound.name for bound in found),
        remedy="say which with --layout",
    )  # fmt: skip


def _checked(arrival: Arrival, match: Match, name: str) -> Match:
    """The header in the mapping's spelling, refused where a column that the mapping reads is missing."""
    layout, shape = match.bound.layout, match.shape
    used = columns_used(match.bound)
    spelling = {column.casefold(): column for column in used | set(layout.recognise.columns)}
    header = tuple(spelling.get(column.casefold(), column) for column in shape.header)
    missing = sorted(used - set(header) - set(layout.optional))
    if missing:
        raise _missing(arrival, match.bound, missing, [column for column in header if column not in used])
    notes = list(match.notes)
    if shape.first != len(header) and shape.first in layout.record_shapes:
        notes.append(
            f"records hold {shape.first} values where the header names {len(header)}: read as this layout says they are"
        )
        header = layout.record_shapes[shape.first]
    unread = [column for column in header if column not in spelling.values()]
    if len(unread) <= MOST_UNREAD and shown_header(unread):
        notes.append(f"not in the mapping, and not read: {', '.join(unread)}; if it is wanted, add it to the mapping")
    if shape.format == "csv" and shape.delimiter != layout.delimiter:
        notes.append(f"columns are parted by {shape.delimiter!r}, not by {layout.delimiter!r} as the layout says")
    return Match(match.bound, replace(shape, header=header), tuple(notes))


def _missing(arrival: Arrival, bound: BoundLayout, missing: Sequence[str], others: Sequence[str]) -> BadInput:
    spelling = {other.casefold(): other for other in others}
    likely = {
        column: spelling[close[0]]
        for column in missing
        if (close := difflib.get_close_matches(column.casefold(), list(spelling), 1, 0.6))
    }
    hint = "; ".join(f"{column} may have been renamed {new}" for column, new in likely.items())
    return BadInput(
        f"the file looks like {bound.name} but lacks {', '.join(missing)}", where=f"{arrival.label}, line 1",
        value=shown_header(others, 20) or None,
        remedy=f"{hint + ': ' if hint else ''}ask the sender, or change the mapping (`commonweal mapping new FILE`)",
    )  # fmt: skip


def _unrecognised(arrival: Arrival, shape: Shape, fitting: Sequence[BoundLayout], name: str) -> BadInput:
    held = {column.casefold() for column in shape.header}
    scored = []
    for bound in fitting:
        wanted = {column.casefold() for column in bound.layout.recognise.columns}
        if wanted:
            scored.append((len(wanted & held) / len(wanted) + (0.5 if _named(bound, name) else 0), bound))
    scored.sort(key=lambda pair: -pair[0])
    if scored and scored[0][0] > 0.5:
        bound = scored[0][1]
        used = columns_used(bound) | set(bound.layout.recognise.columns)
        missing = [
            column for column in sorted(used) if column.casefold() not in held and column not in bound.layout.optional
        ]
        others = [column for column in shape.header if column.casefold() not in {column.casefold() for column in used}]
        return _missing(arrival, bound, missing, others)
    shown = shown_header(shape.header)
    what = "no layout fits this file"
    parted = _other_delimiter(shape)
    return BadInput(
        what if shown else f"{what}: its first line looks like a row, not like column names",
        where=f"{arrival.label}, line 1", value=shown,
        remedy=(f"columns seem to be parted by {parted!r}: send the file parted by a comma, a tab, | or ;; or " if parted else "")
        + "see `commonweal mapping list`, or draft a mapping with `commonweal mapping new FILE`",
    )  # fmt: skip


def _other_delimiter(shape: Shape) -> str:
    """What parts the names of a header that came out as one, where that is none of `DELIMITERS`; empty where nothing does."""
    if shape.format != "csv" or len(shape.header) != 1:
        return ""
    marks = Counter(_MARK.findall(shape.header[0])).most_common(1)
    return marks[0][0] if marks and marks[0][1] >= FEWEST_MARKS else ""
