"""Data quality by organisation: a provider with one row is one person, and its newest row is a day of that person's life.

The page gave analysts, commissioners and others "INVENTED-107: 1 row, newest 5 March 2025" of social care providers.
"""

from __future__ import annotations

from commonweal.record.quality import Scorecard
from commonweal.web.trust.account import organisation_rows


def card(rows: int) -> Scorecard:
    values = dict.fromkeys(Scorecard.__dataclass_fields__)
    known = {
        "feed": "asc", "organisation": "CARE1", "state": "doubt", "rows": rows, "completeness": 0.875,
        "last_date": "2025-03-05", "reasons": ("its newest row is of 2025-03-05, 200 days before the feed's newest",),
    }  # fmt: skip
    return Scorecard(**{**values, **known})  # type: ignore[arg-type]


def test_a_few_rows_are_hidden_with_all_that_would_give_them_away():
    for few in range(1, 8):
        rows, words = organisation_rows([card(few), card(1013)], {})
        assert [line[2] for line in rows] == ["1,015"]
        assert "1 organisation sent too few rows" in words


def test_others_are_rounded():
    ((name, _, rows, _, newest, _),), _ = organisation_rows([card(1013)], {"CARE1": "A care provider"})
    assert (name, rows, newest) == ("A care provider", "1,015", "5\N{NO-BREAK SPACE}Mar\N{NO-BREAK SPACE}2025")
