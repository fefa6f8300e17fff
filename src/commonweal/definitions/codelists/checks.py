"""Checks on codes: format, SNOMED CT check digit, and the marks that a spreadsheet leaves.

SNOMED CT identifiers have 6 to 18 digits; the last is a Verhoeff check digit and the two before it say what the
identifier names (00 or 10: a concept). Source: SNOMED CT Technical Implementation Guide, SCTID representation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from commonweal.record.check_digits import verhoeff_valid


@dataclass(frozen=True)
class CodeProblem:
    """One code that is not as its system requires."""

    code: str
    rule: str
    explanation: str


def check_code(system: str, code: str) -> CodeProblem | None:
    """The first problem of one code, or None."""
    if code != code.strip() or not code:
        return CodeProblem(code, "spaces", "blank, or with spaces around it")
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", code):
        return CodeProblem(code, "spreadsheet", "a number in scientific notation: a spreadsheet rounded the code away")
    if re.fullmatch(r"\d+\.0+", code):
        return CodeProblem(code, "spreadsheet", "ends in .0: a spreadsheet read the code as a number")
    return _BY_SYSTEM.get(system, _no_check)(code)


def check_codes(system: str, codes: Iterable[str]) -> list[CodeProblem]:
    """Every problem of a list's codes, in order of code."""
    return [problem for code in sorted(codes) if (problem := check_code(system, code)) is not None]


def _snomed(code: str) -> CodeProblem | None:
    if not re.fullmatch(r"[1-9]\d{5,17}", code):
        return CodeProblem(code, "format", "not 6 to 18 digits")
    if not verhoeff_valid(code):
        if len(code) > 15 and code.endswith("0"):
            return CodeProblem(code, "spreadsheet", "wrong check digit and ends in 0: rounded to 15 figures")
        return CodeProblem(code, "check digit", "wrong check digit")
    if code[-3:-1] not in ("00", "10"):
        return CodeProblem(code, "partition", "identifies a description or relationship, not a concept")
    return None


def _pattern(rule: str, explanation: str) -> Callable[[str], CodeProblem | None]:
    compiled = re.compile(rule)
    return lambda code: None if compiled.fullmatch(code) else CodeProblem(code, "format", explanation)


def _no_check(code: str) -> CodeProblem | None:
    return None


_BY_SYSTEM: dict[str, Callable[[str], CodeProblem | None]] = {
    "snomed": _snomed,
    "dmd": _snomed,
    "icd10": _pattern(r"[A-Z]\d{2}(X|\d[\dX]?)?", "not a letter and two to four figures without a dot"),
    "opcs4": _pattern(r"[A-Z]\d{2}\d?", "not a letter and two or three figures without a dot"),
    "ctv3": _pattern(r"[0-9A-Za-z.]{5}", "not five characters"),
    "bnf": _pattern(r"\d{2}[0-9A-Z]{0,13}", "not a BNF code of 2 to 15 characters without dots"),
    "loinc": _pattern(r"\d{1,7}-\d", "not figures, a hyphen and a check figure"),
}
