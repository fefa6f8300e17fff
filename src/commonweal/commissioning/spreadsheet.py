"""Intentions from a spreadsheet: a template to fill in, every error named by its cell, and nothing half-loaded.

`read` either returns every row as an intention or every error found; it never returns some of each.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils import get_column_letter

from commonweal.commissioning.intentions import (
    FIELD_LABELS,
    REFERENCE_RULE,
    Intention,
    Kind,
    Procurement,
    is_reference,
)
from commonweal.commissioning.notice import year_starts
from commonweal.errors import BadInput
from commonweal.governance.workbooks import check_workbook

COLUMNS = (
    "id",
    "programme",
    "place",
    "year",
    "kind",
    "title",
    "summary",
    "why",
    "who_supports",
    "lead",
    "senior_owner",
    "clinical_owner",
    "providers",
    "outcomes",
    "measures_of_success",
    "strategies",
    "procurement",
    "depends_on",
    "target_ids",
)
REQUIRED = frozenset({"id", "programme", "place", "year", "kind", "title", "summary"})
LISTS = frozenset({"strategies", "depends_on", "target_ids"})
LONGEST = {"id": 40, "programme": 120, "place": 120, "year": 20, "title": 300}
MOST_ROWS = 20_000
SHEET = "Intentions"


@dataclass(frozen=True)
class CellError:
    """One error and where it is: ``D17``, the column's name, what is wrong and what to do."""

    cell: str
    column: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Result:
    """All intentions and no error, or errors and no intention."""

    intentions: tuple[Intention, ...]
    errors: tuple[CellError, ...]


def template(examples: Iterable[Intention] = ()) -> bytes:
    """A workbook with headings, choices for kind and procurement, notes, and the given rows filled in."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(SHEET)
    bold, wrap = (
        book.add_format({"bold": True, "text_wrap": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    for index, name in enumerate(COLUMNS):
        sheet.write_string(0, index, FIELD_LABELS[name] + (" *" if name in REQUIRED else ""), bold)
        sheet.set_column(index, index, 40 if name in {"summary", "why"} else 20)
    kinds, choices = COLUMNS.index("kind"), COLUMNS.index("procurement")
    sheet.data_validation(1, kinds, MOST_ROWS, kinds, {"validate": "list", "source": [kind.value for kind in Kind]})
    sheet.data_validation(
        1, choices, MOST_ROWS, choices, {"validate": "list", "source": [choice.value for choice in Procurement]}
    )
    sheet.freeze_panes(1, 1)
    for row, intention in enumerate(examples, start=1):
        for index, name in enumerate(COLUMNS):
            value = getattr(intention, name)
            sheet.write_string(row, index, "; ".join(value) if isinstance(value, tuple) else str(value), wrap)
    notes = book.add_worksheet("How to fill in")
    for row, line in enumerate(
        (
            "One intention in each row. Columns marked * must be filled.",
            "Year: a financial year such as 2026/27, or a range such as 2026/27-2028/29.",
            "Lists (strategies, depends on, targets): put a semicolon between the parts.",
            "The whole sheet is loaded, or none of it: errors are listed by cell.",
        )
    ):
        notes.write_string(row, 0, line)
    book.close()
    return out.getvalue()


def read(
    content: bytes,
    *,
    known_targets: frozenset[str] = frozenset(),
    known_intentions: frozenset[str] = frozenset(),
) -> Result:
    """Read a filled template. `known_intentions` are references already in the register, which a new row may not reuse.

    Raises BadInput when the file is not a workbook or lacks the sheet or a column.
    """
    rows = _rows(content)
    headings = _headings(next(rows, ()))
    errors: list[CellError] = []
    made: list[Intention] = []
    seen: dict[str, str] = {}
    depends: list[tuple[str, tuple[str, ...]]] = []
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS + 1:
            raise BadInput("the sheet has too many rows", value=number, remedy=f"load at most {MOST_ROWS} at a time")
        values = {name: _text(cells[index]) if index < len(cells) else "" for name, index in headings.items()}
        if not any(values.values()):
            continue

        def wrong(name: str, message: str, remedy: str, row: int = number) -> None:
            cell = f"{get_column_letter(headings[name] + 1)}{row}"
            errors.append(CellError(cell, FIELD_LABELS[name], message, remedy))

        _check(values, wrong, known_targets)
        reference = values["id"]
        if reference in known_intentions:
            wrong("id", f"“{reference}” is already in the register", "give a new reference")
        elif reference in seen:
            wrong("id", f"“{reference}” is also in {seen[reference]}", "give each row its own reference")
        elif reference:
            seen[reference] = f"row {number}"
        if not errors:
            made.append(_intention(values))
        depends.append((f"{get_column_letter(headings['depends_on'] + 1)}{number}", _parts(values["depends_on"])))
    for cell, wanted in depends:
        for reference in wanted:
            if reference not in seen and reference not in known_intentions:
                message = f"there is no intention “{reference}”"
                errors.append(
                    CellError(
                        cell, FIELD_LABELS["depends_on"], message, "use a reference of this sheet or the register"
                    )
                )
    if not errors and not made:
        raise BadInput("the sheet has no intentions", where=SHEET, remedy="fill in at least one row")
    return Result((), tuple(errors)) if errors else Result(tuple(made), ())


def _rows(content: bytes) -> Any:
    check_workbook(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises many kinds for a broken file
        raise BadInput(
            "this is not an Excel workbook (.xlsx)", remedy="download the template and fill that in"
        ) from error
    if SHEET not in book.sheetnames:
        raise BadInput(
            f"the workbook has no sheet “{SHEET}”", value=", ".join(book.sheetnames), remedy="use the template"
        )
    return book[SHEET].iter_rows(values_only=True)


def _headings(cells: tuple[object, ...]) -> dict[str, int]:
    by_label = {FIELD_LABELS[name].lower(): name for name in COLUMNS}
    found = {}
    for index, cell in enumerate(cells):
        name = by_label.get(_text(cell).removesuffix("*").strip().lower())
        if name:
            found[name] = index
    missing = [FIELD_LABELS[name] for name in COLUMNS if name not in found]
    if missing:
        raise BadInput(
            "columns are missing", where=f"{SHEET}, row 1", value=", ".join(missing), remedy="use the template"
        )
    return found


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _check(values: dict[str, str], wrong: Callable[[str, str, str], None], known_targets: frozenset[str]) -> None:
    for name in COLUMNS:
        if name in REQUIRED and not values[name]:
            wrong(name, "is empty", "fill it in")
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            wrong(name, f"has {len(values[name])} characters", f"use at most {most}")
    if values["id"] and not is_reference(values["id"]):
        wrong("id", f"“{values['id']}” cannot be a reference", f"use {REFERENCE_RULE}")
    if values["kind"] and values["kind"] not in set(Kind):
        wrong("kind", f"“{values['kind']}” is not a kind", "use one of: " + ", ".join(Kind))
    if values["procurement"] and values["procurement"] not in set(Procurement):
        wrong("procurement", f"“{values['procurement']}” is not a choice", "use one of: " + ", ".join(Procurement))
    if values["year"] and year_starts(values["year"]) is None:
        wrong("year", f"“{values['year']}” is not a financial year", "write it as 2026/27")
    for target in _parts(values["target_ids"]):
        if target not in known_targets:
            wrong("target_ids", f"there is no target “{target}”", "use references of the targets page")


def _intention(values: dict[str, str]) -> Intention:
    plain: dict[str, Any] = {name: _parts(text) if name in LISTS else text for name, text in values.items()}
    plain["kind"] = Kind(values["kind"])
    plain["procurement"] = Procurement(values["procurement"] or "no")
    return Intention(**plain)
