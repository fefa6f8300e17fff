"""Plans and schemes from a spreadsheet: a template to fill in, and every error with its cell.

The reader takes what people really send: merged cells (the value of the merge holds for all of its cells), numbers as text
(``£1,234.50``, ``(500)`` for a negative), formulas (their last calculated value), blank rows, headings in another order or
case. What it cannot read it names by cell and leaves out nothing silently: either every row is good, or nothing is taken.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from commonweal.errors import BadInput
from commonweal.finance.calendar import FinancialYear, first_of_month
from commonweal.governance.workbooks import check_workbook

MOST_ROWS = 100_000
FORMULA_ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
MONEY = re.compile(r"^\(?[-+]?£?\s*[-+]?[\d,]*\.?\d+\)?$")


@dataclass(frozen=True)
class Column:
    """One column of a template. `read` turns a cell's value into ours or raises ValueError with what is wrong."""

    name: str
    heading: str
    says: str
    read: Callable[[Any], Any]
    required: bool = True
    example: str = ""


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell: `cell` as A1, and what to do in `says`."""

    cell: str
    heading: str
    value: str
    says: str


@dataclass(frozen=True)
class SheetRead:
    """Rows as mappings of column names, each with the sheet's row number; or errors. Never both rows and errors in use."""

    rows: tuple[dict[str, Any], ...]
    errors: tuple[CellError, ...]


def text(value: Any) -> str:
    """Any cell as trimmed text; a whole number without its decimal point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def number(value: Any) -> Decimal:
    """A cell as an exact number. Raises `ValueError` in words where it holds anything else."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted, not yes or no")
    if isinstance(value, int | float):
        return Decimal(str(value))
    shown = text(value)
    if not MONEY.match(shown.replace(" ", "")):
        raise ValueError("a number is wanted")
    bare = shown.strip("()").replace("£", "").replace(",", "").replace(" ", "")
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        raise ValueError("a number is wanted") from None
    return -amount if shown.startswith("(") else amount


def pounds(value: Any) -> int:
    """Pounds as pence; more than two decimals is an error, not a rounding."""
    pence = number(value) * 100
    if isinstance(value, float):
        pence = pence.quantize(Decimal("0.000001"))
    if pence != pence.to_integral_value():
        raise ValueError("an amount in pounds has at most two decimals")
    return int(pence)


def month(value: Any) -> date:
    """A month as a date in it, ``2025-04`` or ``April 2025`` or ``Apr-25``."""
    if isinstance(value, datetime):
        return first_of_month(value.date())
    if isinstance(value, date):
        return first_of_month(value)
    shown = text(value)
    for pattern in ("%Y-%m", "%Y-%m-%d", "%B %Y", "%b %Y", "%b-%y", "%b-%Y", "%d/%m/%Y", "%m/%Y"):
        try:
            return first_of_month(datetime.strptime(shown, pattern).date())  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError("a month is wanted, such as 2025-04")


def financial_year(value: Any) -> str:
    """A cell as a financial year, `2025/26`. Raises `ValueError` in words."""
    try:
        return str(FinancialYear.parse(text(value)))
    except BadInput:
        raise ValueError("a financial year is wanted, such as 2025/26") from None


def yes_no(value: Any) -> bool:
    """A cell as yes or no. Raises `ValueError` in words."""
    shown = text(value).lower()
    if isinstance(value, bool) or shown in ("yes", "y", "true", "no", "n", "false"):
        return shown in ("yes", "y", "true")
    raise ValueError("yes or no is wanted")


def one_of(*values: str) -> Callable[[Any], str]:
    """A reader of cells that takes only these words."""

    def read(value: Any) -> str:
        shown = text(value).lower().replace(" ", "_")
        if shown not in values:
            raise ValueError(f"one of {', '.join(values)} is wanted")
        return shown

    return read


def read_sheet(content: bytes, columns: Sequence[Column], *, name: str = "spreadsheet", sheet: str = "") -> SheetRead:
    """The rows of the first sheet (or of `sheet`). BadInput where the file is not a workbook or lacks a heading."""
    book = _open(content, name)
    held = book[sheet] if sheet and sheet in book.sheetnames else book.worksheets[0]
    if held.max_row > MOST_ROWS:
        raise BadInput("the sheet has too many rows", where=name, value=held.max_row, remedy=f"at most {MOST_ROWS}")
    values = _with_merges(held)
    top, places = _headings(values, held.max_row, columns, name)
    rows: list[dict[str, Any]] = []
    errors: list[CellError] = []
    for row in range(top + 1, held.max_row + 1):
        given = {column.name: values.get((row, places[column.name])) for column in columns if column.name in places}
        if all(value is None or text(value) == "" for value in given.values()):
            continue
        rows.append({"row": row, **_read_row(row, given, places, columns, errors)})
    return SheetRead(() if errors else tuple(rows), tuple(errors))


def _read_row(
    row: int, given: dict[str, Any], places: dict[str, int], columns: Sequence[Column], errors: list[CellError]
) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for column in columns:
        value = given.get(column.name)
        blank = value is None or text(value) == ""
        if blank and not column.required:
            read[column.name] = None
            continue
        cell = f"{get_column_letter(places[column.name])}{row}"
        if blank:
            errors.append(CellError(cell, column.heading, "", "a value is needed"))
            continue
        shown = text(value)
        if shown.upper() in FORMULA_ERRORS:
            errors.append(CellError(cell, column.heading, shown, "the formula in this cell gives an error"))
            continue
        if shown.startswith("="):
            errors.append(
                CellError(cell, column.heading, shown[:60], "the formula was never calculated: open and save the file")
            )
            continue
        try:
            read[column.name] = column.read(value)
        except ValueError as wrong:
            errors.append(CellError(cell, column.heading, shown[:60], str(wrong)))
    return read


def _open(content: bytes, name: str) -> Any:
    check_workbook(content, name=name)
    try:
        return _calculated(content)
    except Exception:  # openpyxl raises many kinds for a broken file
        raise BadInput("this is not a spreadsheet that can be read", where=name, remedy="save it as .xlsx") from None


def _calculated(content: bytes) -> Any:
    """The workbook with values of formulas; a formula without a stored value is put back as its text."""
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    for sheet in values.worksheets:
        for row in formulas[sheet.title].iter_rows():
            for cell in row:
                if cell.data_type == "f" and sheet[cell.coordinate].value is None:
                    sheet[cell.coordinate].value = f"={str(cell.value).lstrip('=')}"
    return values


def _with_merges(sheet: Any) -> dict[tuple[int, int], Any]:
    """Every cell's value; each cell of a merge has the value of its first."""
    values = {
        (cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    for merge in sheet.merged_cells.ranges:
        first = values.get((merge.min_row, merge.min_col))
        if first is not None:
            for row in range(merge.min_row, merge.max_row + 1):
                for column in range(merge.min_col, merge.max_col + 1):
                    values[row, column] = first
    return values


def _headings(
    values: dict[tuple[int, int], Any], rows: int, columns: Sequence[Column], name: str
) -> tuple[int, dict[str, int]]:
    """The row of headings (the first, within twenty, that has most of ours) and where each column is."""
    wanted = {_plain(column.heading): column.name for column in columns}
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(1, min(rows, 20) + 1):
        here = {
            wanted[_plain(value)]: column
            for (at, column), value in sorted(values.items(), reverse=True)
            if at == row and _plain(value) in wanted
        }
        if len(here) > len(best[1]):
            best = (row, here)
    missing = [column.heading for column in columns if column.required and column.name not in best[1]]
    if missing:
        raise BadInput(
            "the sheet lacks headings", where=name, value=", ".join(missing), remedy="start from the template"
        )
    return best


def _plain(value: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", text(value).lower())
