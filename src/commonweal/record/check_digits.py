"""SNOMED CT check digits: of one identifier, of many at once, and what of a load carries a wrong one.

A SNOMED CT or dm+d identifier ends in a Verhoeff check digit, so one that is mistyped or cut is found without any list. A spreadsheet keeps 15 figures of a
number: the last figures of a longer identifier become zeros. Source: SNOMED CT Technical Implementation Guide, SCTID representation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from commonweal.record.expressions import quote
from commonweal.record.schema import TABLES

_MULTIPLY = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_STEP = np.array([[int(figure) for figure in line] for line in _MULTIPLY], dtype=np.uint8)
_PLACE = np.array([[int(figure) for figure in line] for line in _PERMUTE], dtype=np.uint8)

LONGEST = 18
"""Figures of the longest identifier."""
SPREADSHEET_FIGURES = 15
"""Figures that a spreadsheet keeps of a number."""
METRIC = "code_check_digit"
"""The gate that doubts a load for its codes."""
REMEDY = "ask the sender to export codes as text: the rows are kept, and no codelist finds them"


def verhoeff_valid(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of those before it."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_MULTIPLY[check][int(_PERMUTE[place % 8][int(digit)])])
    return check == 0


def wrong(codes: Sequence[str]) -> np.ndarray:
    """For each code (figures alone, at most 18), whether its check digit is wrong."""
    if not codes:
        return np.zeros(0, dtype=bool)
    padded = np.array([code[::-1].ljust(LONGEST) for code in codes], dtype=f"S{LONGEST}")
    figures = padded.view(np.uint8).reshape(len(codes), LONGEST)
    check = np.zeros(len(codes), dtype=np.uint8)
    for place in range(LONGEST):
        figure = figures[:, place]
        present = figure != ord(" ")
        moved = _STEP[check, _PLACE[place % 8, np.where(present, figure - ord("0"), 0)]]
        check = np.where(present, moved, check)
    return check != 0


def doubt(connection: duckdb.DuckDBPyConnection, folder: Path, counts: dict[str, int]) -> str:
    """What of a load's tables carries a wrong check digit, in one sentence; empty where none does.

    Only distinct codes are looked at (those of the dictionary, attached as ``concept_dictionary``); rows are counted only where one of them is wrong.
    Wrong codes are kept: they may be local ones, and the raw file cannot be mended here.
    """
    codes = connection.execute(
        "SELECT concept, code FROM concept_dictionary WHERE system IN ('snomed', 'dmd') AND regexp_full_match(code, '[1-9][0-9]{5,17}')"
    ).fetchnumpy()
    bad = codes["concept"][wrong(codes["code"].tolist())]
    if not len(bad):
        return ""
    columns = [
        (name, column.name)
        for name in counts
        if name in TABLES and counts[name]
        for column in TABLES[name]
        if column.concept
    ]
    listed = ", ".join(str(int(concept)) for concept in bad)
    rows = " UNION ALL ".join(
        f"SELECT {column} AS concept, count(*) AS n FROM read_parquet({quote(folder / f'{name}.parquet')}) WHERE {column} IN ({listed}) GROUP BY 1"
        for name, column in columns
    )
    found = (
        rows
        and connection.execute(
            f"SELECT code, sum(n)::BIGINT FROM ({rows}) JOIN concept_dictionary USING (concept) GROUP BY code ORDER BY 2 DESC, 1"
        ).fetchall()
    )
    if not found:
        return ""
    code, total = found[0][0], sum(n for _, n in found)
    cause = " (it ends in a zero: a spreadsheet keeps 15 figures)" if _rounded(code) else ""
    return f"{total:,} rows carry a SNOMED CT code with a wrong check digit ({len(found):,} such codes, {code} most often{cause}): {REMEDY}"


def _rounded(code: str) -> bool:
    return len(code) > SPREADSHEET_FIGURES and code.endswith("0")
