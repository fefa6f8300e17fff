"""Data quality by organisation: a provider with one row is one person, and its newest row is a day of that person's life.

The page gave analysts, commissioners and others "INVENTED-107: 1 row, newest 5 March 2025" of social care providers.
"""

from __future__ import annotations

from commonweal.record.quality import Scorecard
from commonweal.web.trust.account import _organisation


def card(rows: int) -> Scorecard:
    values = dict.fromkeys(Scorecard.__dataclass_fields__)
    known = {
        "feed": "asc", "organisation": "CARE1", "state": "doubt", "rows": rows, "completeness": 0.875,
        "last_date": "2025-03-05", "reasons": ("its newest row is of 2025-03-05, 200 days before the feed's newest",),
    }  # fmt: skip
    return Scorecard(**{**values, **known})  # type: ignore[arg-type]


def test_a_few_rows_are_hidden_with_all_that_would_give_them_away():
    for rows in range(1, 8):
        line = _organisation(card(rows), "A care provider")
        assert line == ["A care provider", "in doubt", "*", "–", "–", "too few rows to say more"]


def test_others_are_rounded():
    line = _organisation(card(1013), "A care provider")
    assert line[2] == "1,015" and line[4] == "5 March 2025"
