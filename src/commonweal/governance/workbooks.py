"""Workbooks that people send: what a small file may make of itself is known before a library opens it.

A workbook is a zip of XML. A few kilobytes can unpack to gigabytes, and one merge, link or cell at ``XFD1048576`` makes
openpyxl build 17 thousand million cells: five kilobytes then hold a worker for ever. Every part is therefore read once as
a stream, and every range that a reader would fill is measured.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

from commonweal.errors import BadInput

MOST_BYTES = 20 * 1024 * 1024
"""Of all parts, unpacked. An ordinary sheet is about a tenth of that for a file of a megabyte."""
MOST_PARTS = 500
MOST_CELLS = 1_000_000
"""Rows × columns up to the last cell of a sheet, and all ranges of it that a reader fills."""

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_FILLED = frozenset({"mergeCell", "hyperlink"})
_CHUNK = 256 * 1024


def check_workbook(content: bytes, *, name: str = "spreadsheet") -> None:
    """Raise `BadInput` unless `content` is a workbook that unpacks to what can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                raise _too_much(name)
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with packed.open(part) as stream:
                        _check_part(stream, name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ):
        raise BadInput(
            "this is not a spreadsheet that can be read: it is not an Excel workbook",
            where=name,
            remedy="save it as .xlsx",
        ) from None


def _check_part(stream: IO[bytes], name: str) -> None:
    """One part, as a stream of tags: no tree of it is built."""
    size = {"rows": 0, "columns": 0, "filled": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "row":
            size["rows"] = max(size["rows"], int(attributes.get("r", "0")))
        elif tag == "c" and "r" in attributes:
            column, row = _place(attributes["r"])
            size["rows"], size["columns"] = max(size["rows"], row), max(size["columns"], column)
        elif tag in _FILLED:
            size["filled"] += _area(attributes.get("ref", ""))
        if size["rows"] * size["columns"] > MOST_CELLS or size["filled"] > MOST_CELLS:
            raise _too_much(name)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _area(reference: str) -> int:
    first, _, last = reference.partition(":")
    (left, top), (right, bottom) = _place(first), _place(last or first)
    return (abs(right - left) + 1) * (abs(bottom - top) + 1)


def _place(reference: str) -> tuple[int, int]:
    """Column and row of ``C5``. Raises ValueError for what is no cell."""
    found = _CELL.fullmatch(reference.replace("$", ""))
    if found is None:
        raise ValueError("not a cell")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(found[2])


def _too_much(name: str) -> BadInput:
    return BadInput(
        "the file unpacks to more than is read",
        where=name,
        remedy="delete empty rows, columns and merges, or send less",
    )
