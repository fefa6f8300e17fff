"""The research file's own numbers, and whoever subtracts them.

The attack that worked: research hid a practice of 1 to 9, and showed its network and the network's other practices, unrounded.
"""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from commonweal.engine.answers import Scope
from commonweal.engine.measure_rows import Shape
from commonweal.engine.public_cube import protected_cube, shown_cube, sums_of
from commonweal.engine.serving import open_reader
from commonweal.errors import NotAllowed
from commonweal.governance.disclosure import SDE
from commonweal.pipeline.releases import ids

DAY = datetime.date(2026, 3, 31)
PRACTICES = [
    ("P1", "N1", None, "B1", "I"), ("P2", "N1", None, "B1", "I"), ("P3", "N2", None, "B1", "I"),
    ("P4", "N2", None, "B1", "I"), ("P5", "N3", None, "B2", "I"), ("P6", "N3", None, "B2", "I"),
]  # fmt: skip
COUNTS = {"P1": 4, "P2": 30, "P3": 40, "P4": 50, "P5": 60, "P6": 70}
SHAPES = [("one", Shape("share", 100))]


def _cube(counts: dict[str, int], of: int = 200) -> pa.Table:
    groups: dict[tuple[str, str], tuple[int, int]] = {}
    for row in PRACTICES:
        keys = [("practice", row[0]), ("pcn", row[1]), ("borough", row[3]), ("icb", row[4]), ("all", "all")]
        for key in keys:
            top, bottom = groups.get(key, (0, 0))
            groups[key] = (top + counts[row[0]], bottom + of)
    listed = sorted(groups)
    return pa.table({
        "definition_id": ["one"] * len(listed), "part": [""] * len(listed),
        "as_at": pa.array([DAY] * len(listed), pa.date32()), "group_type": [kind for kind, _ in listed],
        "group_code": [code for _, code in listed], "numerator": [float(groups[one][0]) for one in listed],
        "denominator": [float(groups[one][1]) for one in listed], "excluded": [0.0] * len(listed), "state": [""] * len(listed),
    })  # fmt: skip


def _numerators(cube: pa.Table) -> dict[tuple[str, str], float | None]:
    return {(row["group_type"], row["group_code"]): row["numerator"] for row in cube.to_pylist()}


def test_the_network_less_its_other_practice_is_no_longer_shown():
    before = _numerators(shown_cube(_cube(COUNTS), SHAPES, SDE))
    assert before["practice", "P1"] is None
    assert before["pcn", "N1"] - before["practice", "P2"] == 4, "the attack, on cells that are hidden one by one"
    after = _numerators(protected_cube(_cube(COUNTS), SHAPES, SDE, PRACTICES))
    assert after["practice", "P1"] is None
    assert None in (after["pcn", "N1"], after["practice", "P2"])
    assert after["all", "all"] == 254, "what nobody can be told by stays"


def test_a_solver_of_every_sum_learns_no_hidden_number():
    exact, after = _cube(COUNTS), protected_cube(_cube(COUNTS), SHAPES, SDE, PRACTICES)
    rows = after.to_pylist()
    groups = [(row["group_type"], row["group_code"]) for row in rows]
    hidden = [n for n, row in enumerate(rows) if row["numerator"] is None]
    sums = sums_of(groups, PRACTICES)
    assert len(sums) > 8
    matrix = np.array([
        [-1.0 if one == total else float(one in parts) for one in hidden] for total, parts in sums
    ])  # fmt: skip
    rank = np.linalg.matrix_rank(matrix)
    for place, one in enumerate(hidden):
        only = np.eye(len(hidden))[place]
        assert np.linalg.matrix_rank(np.vstack([matrix, only])) > rank, f"{groups[one]} follows from what is shown"
    assert exact.num_rows == after.num_rows


def test_those_without_it_are_protected_as_well():
    counts = {**COUNTS, "P1": 196}
    after = _numerators(protected_cube(_cube(counts), SHAPES, SDE, PRACTICES))
    assert after["practice", "P1"] is None, "four of 200 are not in it"
    assert None in (after["pcn", "N1"], after["practice", "P2"])


def test_large_numbers_are_all_shown():
    counts = dict.fromkeys(COUNTS, 50)
    assert None not in _numerators(protected_cube(_cube(counts), SHAPES, SDE, PRACTICES)).values()


@pytest.fixture
def reader(small_store):
    return open_reader(small_store, "research", ids(small_store)[-1])


def test_the_research_file_holds_no_hidden_number(reader):
    found = reader.cursor.execute(
        "SELECT count_if(numerator BETWEEN 1 AND 9), count_if(numerator IS NULL), count(*) FROM cube JOIN definition "
        "ON definition.id = definition_id WHERE kind = 'register'"
    ).fetchone()
    assert found is not None and found[0] == 0 and found[1] > 5


def test_scopes_of_the_askers_choice_are_added_up_from_what_is_shown(reader):
    """Two scopes that differ by a practice: where the practice is hidden, so is every scope with it."""
    for definition in ("diabetes", "hypertension", "diabetes_hba1c_overdue"):
        for row in reader.measure(definition, by="practice"):
            alone = reader.count(definition, scope=Scope(practice=(row.group_code,)))
            assert alone.hidden == (row.numerator is None)
            if row.numerator is None:
                others = tuple(one for one in ("E85000", "E85001") if one != row.group_code)
                assert reader.count(definition, scope=Scope(practice=(row.group_code, *others))).hidden


def test_research_reads_the_releases_own_dates(small_store):
    """A table for a date of one's own would stand beside no other, and its total would be had from another question."""
    from commonweal.pipeline.ask import measured

    with pytest.raises(NotAllowed, match="fixed"):
        measured(small_store, ["diabetes"], datetime.date(2025, 12, 1), "practice", "research")
