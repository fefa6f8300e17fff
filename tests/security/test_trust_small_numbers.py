"""The release's page said "1 row refused: date of birth in the future": one row is one person."""

from __future__ import annotations

from commonweal.web.trust import account


def _cells(table) -> list[str]:
    return [row[-1] for row in table.rows]


def test_few_refused_rows_are_not_counted_on_the_page():
    found = [
        {
            "feed": "pds",
            "rule": "future",
            "column": "birth_date",
            "action": "quarantine",
            "message": "in the future",
            "rows": n,
        }
        for n in (1,)
    ] + [
        {
            "feed": "gp",
            "rule": "range",
            "column": "value",
            "action": "quarantine",
            "message": "out of range",
            "rows": 1234,
        }
    ]
    assert _cells(account._refused(found)) == ["1,235", "*"]


def test_few_rows_at_a_step_are_not_counted_either():
    found = [
        {"feed": "pds", "hop": "landed", "item": name, "rows": rows} for name, rows in (("refused", 3), ("kept", 997))
    ]
    assert sorted(_cells(account._hops(found))) == ["*", "995"]
