"""`releases compare` printed two exact counts of every register, for no purpose and without a trace: who joined since yesterday."""

from __future__ import annotations

import pytest

from commonweal.commands.release import _as_shown
from commonweal.governance.purpose import RULES, Purpose

FOUND = {
    "before": "a", "after": "b", "tables": {"event": [1203, 1204], "wait": [None, 3]},
    "definitions": [{"id": "hiv", "before": [41, 5000], "after": [42, 5000], "why": "data"}],
}  # fmt: skip


@pytest.mark.parametrize("purpose", [Purpose.PLANNING, Purpose.RESEARCH, Purpose.PUBLIC])
def test_beyond_direct_care_what_changed_and_why_is_told_and_no_count(purpose):
    shown = _as_shown(FOUND, RULES[purpose])
    assert shown["definitions"] == [{"id": "hiv", "before": None, "after": None, "why": "data"}]
    assert shown["tables"]["wait"] == [None, None]
    assert shown["before"] == "a" and FOUND["tables"]["wait"] == [None, 3]


def test_direct_care_sees_its_own_counts():
    assert _as_shown(FOUND, RULES[Purpose.DIRECT_CARE]) == FOUND
