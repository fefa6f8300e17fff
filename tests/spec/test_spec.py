"""Every rule of the vocabulary, on the naive evaluator and on DuckDB."""

from __future__ import annotations

import pytest
from tests.spec import awkward, expressions, features, windows
from tests.spec.harness import equal, on_duckdb, on_naive
from tests.spec.language import Case

SECTIONS = (*features.SECTIONS, *windows.SECTIONS, *expressions.SECTIONS, *awkward.SECTIONS)
CASES: list[Case] = [case for section in SECTIONS for case in section.cases]
IDS = [f"{section.title}: {case.title}" for section in SECTIONS for case in section.cases]


@pytest.fixture(scope="session")
def duckdb_answers(tmp_path_factory):
    return on_duckdb(tmp_path_factory.mktemp("spec"), CASES)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_naive(case):
    found = on_naive(case)
    assert {person: found[person] for person in case.expected if not equal(found[person], case.expected[person])} == {}


@pytest.mark.parametrize("index", range(len(CASES)), ids=IDS)
def test_duckdb(index, duckdb_answers):
    case, found = CASES[index], duckdb_answers[index]
    assert {person: found[person] for person in case.expected if not equal(found[person], case.expected[person])} == {}


def test_a_record_without_any_rows(tmp_path):
    """The cases of empty tables above share a record with others; here every table really is empty."""
    cases = list(awkward.EMPTY)
    assert on_duckdb(tmp_path, cases) == [case.expected for case in cases] == [on_naive(case) for case in cases]


def test_manual_is_current():
    from tests.spec.manual import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.spec.manual"
