"""Spec: features taken from rows."""

from __future__ import annotations

from datetime import date

from tests.spec.language import Case, Section

READINGS = """
person date        code value
1      2025-01-10  A    50
1      2025-06-01  A    61.5
1      2025-09-01  B    90
2      2024-12-31  X    70
"""

SAME_DAY = """
person date        code value
1      2025-06-01  A    50
1      2025-06-01  A    61.5
1      2025-06-01  A    -
2      2025-06-01  A    -
2      2025-05-01  A    48
3      2025-06-01  A    -7.25
3      2025-06-01  A    -9
"""

LATEST = Section(
    "Latest and earliest",
    "The row with the last (or first) date. Of several rows on that one day the one with the highest value is taken, or "
    "the lowest if asked; a row with a value comes before one without. Values are held to four decimal places.",
    (
        Case("the value of the last row of the list", "event.coded('a').latest().value", {1: 61.5, 2: None}, {"event": READINGS}),
        Case("its date", "event.coded('a').latest().date", {1: date(2025, 6, 1), 2: None}, {"event": READINGS}),
        Case("the first row", "event.coded('a').earliest().value", {1: 50, 2: None}, {"event": READINGS}),
        Case("two lists are one set", "event.coded('a', 'b').latest().value", {1: 90, 2: None}, {"event": READINGS}),
        Case("two readings on one day: the highest", "event.coded('a').latest().value", {1: 61.5, 2: None, 3: -7.25}, {"event": SAME_DAY}),
        Case("two readings on one day: the lowest", "event.coded('a').latest(same_day='lowest').value", {1: 50, 2: None, 3: -9}, {"event": SAME_DAY}),
        Case("earliest, highest of the day", "event.coded('a').earliest().value", {1: 61.5, 2: 48, 3: -7.25}, {"event": SAME_DAY}),
        Case("earliest, lowest of the day", "event.coded('a').earliest(same_day='lowest').value", {1: 50, 2: 48, 3: -9}, {"event": SAME_DAY}),
        Case("only rows that have a value", "event.coded('a').where(value=present).latest().value", {2: 48}, {"event": SAME_DAY}),
        Case("there is a row, with a value or not", "event.coded('a').latest().exists()", {2: True, 4: False}, {"event": SAME_DAY}),
        Case(
            "to four decimal places", "event.coded('a').latest().value", {1: 1.2346, 2: -1.2345, 3: 0.1},
            {"event": "person date code value\n1 2025-01-01 A 1.23456\n2 2025-01-01 A -1.23454\n3 2025-01-01 A 0.1"},
        ),
        Case(
            "another column of the row: text", "event.coded('a').latest().column('text_value')", {1: "yes", 2: None},
            {"event": "person date code text_value\n1 2025-01-01 A no\n1 2025-02-01 A yes\n2 2025-02-01 A -"},
        ),
        Case(
            "text of the earliest row", "event.coded('a').earliest().column('text_value')", {1: "no", 2: "b"},
            {"event": "person date code text_value\n1 2025-01-01 A no\n1 2025-02-01 A yes\n2 2025-02-01 A c\n2 2025-02-01 A -\n2 2025-02-01 A b"},
        ),
        Case(
            "another column of the row: a date", "care_package.latest().column('review_date')", {1: date(2026, 5, 1), 2: None},
            {"care_package": "person start_date package_type review_date\n1 2025-01-01 home 2025-02-01\n1 2025-03-01 home 2026-05-01\n2 2025-03-01 home -"},
        ),
        Case(
            "another column of the row: yes or no", "medication.coded('a').latest().column('repeat')", {1: False, 2: True, 3: None},
            {"medication": "person date code repeat\n1 2025-01-01 A true\n1 2025-02-01 A false\n2 2025-02-01 A true\n3 2025-02-01 A -"},
        ),
        Case(
            "dates before 1900 keep their order", "event.coded('a').latest().date", {1: date(1899, 12, 31)},
            {"event": "person date code value\n1 1898-01-01 A 5\n1 1899-12-31 A 4"},
        ),
        Case("days since the latest", "event.coded('a').days_since()", {1: 303, 2: None}, {"event": READINGS}),
    ),
)  # fmt: skip

COUNTS = Section(
    "Any, none, count",
    "Never missing: somebody without a row has none, and a count of 0.",
    (
        Case("any", "event.coded('a').any()", {1: True, 2: False, 9: False}, {"event": READINGS}),
        Case("none", "event.coded('a').none()", {1: False, 2: True, 9: True}, {"event": READINGS}),
        Case("count of rows", "event.coded('a').count()", {1: 2, 2: 0, 9: 0}, {"event": READINGS}),
        Case("count of different days", "event.coded('a').count(distinct='date')", {1: 1, 2: 2, 9: 0}, {"event": SAME_DAY}),
        Case(
            "different values; a missing one is not a value", "event.coded('a').count(distinct='value')", {1: 2, 2: 1},
            {"event": SAME_DAY},
        ),
        Case("a code in two lists is in each", "event.coded('a').count() + event.coded('b').count()", {1: 2},
             {"event": "person date code\n1 2025-01-01 AB"}),
        Case("and once in their union", "event.coded('a', 'b').count()", {1: 1}, {"event": "person date code\n1 2025-01-01 AB"}),
        Case("a list without codes finds nothing", "event.coded('empty').any()", {1: False}, {"event": READINGS}),
        Case("an empty table", "medication.coded('a').count()", {1: 0}),
        Case("all rows, whatever their code", "event.count()", {1: 3, 2: 1}, {"event": READINGS}),
        Case("in neither list", "event.not_coded('a', 'b').count()", {1: 0, 2: 1}, {"event": READINGS}),
        Case("in one list and not in the other", "event.coded('a').not_coded('b').count()", {1: 0, 2: 1},
             {"event": "person date code\n1 2025-01-01 AB\n2 2025-01-01 A"}),
        Case("a row without a code is in no list", "contact.not_coded('a').count()", {1: 1},
             {"contact": "person start_date setting code contact_key\n1 2025-01-01 ae - 1"}),
    ),
)  # fmt: skip

COSTS = """
person start_date  setting cost_pence contact_key length_of_stay_days
1      2025-05-01  ae      12000      1           -
1      2025-06-01  apc     345678     2           4
1      2025-07-01  apc     -          3           0
2      2025-07-01  apc     -          4           -
"""

TOTALS = Section(
    "Total, highest, lowest",
    "A missing amount is never zero: a total is 0 where there is no row, and missing where there are rows and none has an "
    "amount.",
    (
        Case("total in pence", "contact.total('cost_pence')", {1: 357678, 2: None, 3: 0}, {"contact": COSTS}),
        Case("of some rows", "contact.where(setting='apc').total('cost_pence')", {1: 345678, 2: None, 3: 0}, {"contact": COSTS}),
        Case("with a default", "coalesce(contact.total('cost_pence'), 0)", {2: 0}, {"contact": COSTS}),
        Case("highest", "event.coded('a').highest()", {1: 61.5, 2: 48, 3: -7.25, 4: None}, {"event": SAME_DAY}),
        Case("lowest", "event.coded('a').lowest()", {1: 50, 2: 48, 3: -9, 4: None}, {"event": SAME_DAY}),
        Case("of coded rows", "medication.coded('a').total('quantity')", {1: 84.5, 2: 0},
             {"medication": "person date code quantity\n1 2025-01-01 A 28\n1 2025-02-01 A 56.5\n1 2025-02-01 B 5"}),
    ),
)  # fmt: skip

EPISODES = Section(
    "Episodes",
    "Runs of rows: a row more than so many days after the one before it begins a new episode.",
    (
        Case(
            "gaps of 30 days and 31", "event.coded('a').episodes(gap_days=30)", {1: 2, 2: 1, 3: 0},
            {"event": "person date code\n1 2025-01-01 A\n1 2025-01-31 A\n1 2025-03-03 A\n2 2025-01-01 A\n2 2025-01-01 A"},
        ),
        Case(
            "in a window", "event.coded('a').in_last(months=12).episodes(gap_days=30)", {1: 1},
            {"event": "person date code\n1 2024-01-01 A\n1 2025-06-01 A\n1 2025-06-20 A"},
        ),
        Case(
            "of rows that have no code", "contact.where(setting='ae').episodes(gap_days=0)", {1: 2},
            {"contact": "person start_date setting contact_key\n1 2025-01-01 ae 1\n1 2025-01-01 ae 2\n1 2025-01-02 ae 3\n1 2025-01-03 op 4"},
        ),
    ),
)  # fmt: skip

SECTIONS = (LATEST, COUNTS, TOTALS, EPISODES)
