"""Spec: expressions over one person."""

from __future__ import annotations

from datetime import date

from tests.spec.language import Case, Section

VALUES = """
person date        code value
1      2025-01-01  A    6
1      2025-01-01  B    4
2      2025-01-01  A    6
3      2025-01-01  A    0
3      2025-01-01  B    0
"""
A, B = "event.coded('a').latest().value", "event.coded('b').latest().value"

# Person 1: a is true and b is true; person 2: a true, b missing; person 3: a false, b false; person 4: both missing.
LOGIC = Section(
    "Missing values and logic",
    "Three-valued logic: a comparison with a missing value is missing; `&` is false if either side is false, `|` is true "
    "if either side is true, and otherwise a missing side makes them missing.",
    (
        Case("comparison", f"{A} > 1", {1: True, 2: True, 3: False, 4: None}, {"event": VALUES}),
        Case("and", f"({A} > 1) & ({B} > 1)", {1: True, 2: None, 3: False, 4: None}, {"event": VALUES}),
        Case("and with a false side", f"({A} > 100) & ({B} > 1)", {1: False, 2: False, 3: False, 4: None}, {"event": VALUES}),
        Case("or", f"({A} > 100) | ({B} > 1)", {1: True, 2: None, 3: False, 4: None}, {"event": VALUES}),
        Case("or with a true side", f"({A} > 1) | ({B} > 1)", {1: True, 2: True, 3: False, 4: None}, {"event": VALUES}),
        Case("not", f"~({B} > 1)", {1: False, 2: None, 3: True, 4: None}, {"event": VALUES}),
        Case("is missing", f"({B}).is_missing()", {1: False, 2: True, 3: False}, {"event": VALUES}),
        Case("is known", f"({B}).is_known()", {1: True, 2: False, 3: True}, {"event": VALUES}),
        Case("coalesce", f"coalesce({B}, {A}, -1)", {1: 4, 2: 6, 3: 0, 4: -1}, {"event": VALUES}),
        Case("all of", f"all_of({A} > 1, {B} > 1, person.sex == 'F')", {1: False, 4: None}, {"event": VALUES, "person": "person sex\n1 M\n4 -"}),
        Case("any of", f"any_of({A} > 100, {B} > 100, person.sex == 'M')", {1: True, 4: None}, {"event": VALUES, "person": "person sex\n1 M\n4 -"}),
        Case("how many are true", f"number_true({A} > 1, {B} > 1)", {1: 2, 2: 1, 3: 0, 4: 0}, {"event": VALUES}),
    ),
)  # fmt: skip

NUMBERS = Section(
    "Numbers",
    "Arithmetic with a missing value is missing, and so is a division by zero. Division never rounds.",
    (
        Case("sum", f"{A} + {B}", {1: 10, 2: None, 3: 0}, {"event": VALUES}),
        Case("difference", f"{A} - {B}", {1: 2, 2: None}, {"event": VALUES}),
        Case("product", f"2 * {A} * 0.5", {1: 6}, {"event": VALUES}),
        Case("quotient", f"{B} / {A}", {1: 4 / 6, 2: None, 3: None}, {"event": VALUES}),
        Case("counts are divided as numbers, not as integers", "event.coded('a').count() / event.count()", {1: 0.5, 2: 1, 4: None}, {"event": VALUES}),
        Case("equal", f"{A} == {B}", {1: False, 2: None, 3: True}, {"event": VALUES}),
        Case("different", f"{A} != {B}", {1: True, 2: None, 3: False}, {"event": VALUES}),
        Case("at least", f"{A} >= 6", {1: True, 3: False}, {"event": VALUES}),
        Case("between, ends included", f"({A}).between(0, 6)", {1: True, 3: True, 4: None}, {"event": VALUES}),
        Case("one of", f"({A}).is_in([6, 7])", {1: True, 3: False, 4: None}, {"event": VALUES}),
        Case("greatest of those known", f"greatest({A}, {B})", {1: 6, 2: 6, 4: None}, {"event": VALUES}),
        Case("least of those known", f"least({A}, {B})", {1: 4, 2: 6, 4: None}, {"event": VALUES}),
        Case("a fraction that binary cannot hold", f"{A} * 0.1 + {B} * 0.2", {1: 6 * 0.1 + 4 * 0.2}, {"event": VALUES}),
    ),
)  # fmt: skip

CHOICE = Section(
    "When",
    "The value of the first branch whose condition is true; a missing condition is not taken.",
    (
        Case("first true branch", f"when(({A} > 5, 'high'), ({A} >= 0, 'low'), otherwise='none')", {1: "high", 3: "low", 4: "none"}, {"event": VALUES}),
        Case("nothing otherwise", f"when(({A} > 5, 1))", {1: 1, 3: None, 4: None}, {"event": VALUES}),
        Case("of dates", f"when(({B} > 1, event.coded('a').latest().date), otherwise=as_at)", {1: date(2025, 1, 1), 2: date(2026, 3, 31)}, {"event": VALUES}),
        Case("of conditions", f"when(({A} > 5, event.coded('b').any()), otherwise=False)", {1: True, 2: False, 3: False}, {"event": VALUES}),
    ),
)  # fmt: skip

DATES = Section(
    "Dates",
    "A whole month has passed on the same day of a later month, a whole year on the same day of a later year; both round "
    "down. Adding months keeps the day, or takes the last day of a shorter month. One definition on every engine.",
    (
        Case("days to", "event.latest().date.days_to(as_at)", {1: 58, 2: 0}, {"event": "person date code\n1 2026-02-01 A\n2 2026-03-31 A"}),
        Case("days from a later date are negative", "as_at.days_to(event.latest().date)", {1: -58}, {"event": "person date code\n1 2026-02-01 A"}),
        Case("whole months", "event.latest().date.months_to(date(2026, 3, 28))", {1: 1, 2: 0, 3: 12, 4: 0},
             {"event": "person date code\n1 2026-02-28 A\n2 2026-03-01 A\n3 2025-03-28 A\n4 2026-02-28 A\n4 2026-03-01 B"}),
        Case("from the 31st to the 30th is not a month", "event.latest().date.months_to(date(2026, 4, 30))", {1: 0, 2: 1}, {"event": "person date code\n1 2026-03-31 A\n2 2026-03-30 A"}),
        Case("whole years", "event.latest().date.years_to(as_at)", {1: 1, 2: 0, 3: 0}, {"event": "person date code\n1 2025-03-31 A\n2 2025-04-01 A\n3 2026-03-31 A"}),
        Case("add months", "event.latest().date + months(1)", {1: date(2026, 2, 28), 2: date(2024, 2, 29), 3: date(2026, 4, 1)},
             {"event": "person date code\n1 2026-01-31 A\n2 2024-01-31 A\n3 2026-03-01 A"}),
        Case("take months away", "event.latest().date - months(1)", {1: date(2026, 2, 28), 2: date(2025, 12, 31)},
             {"event": "person date code\n1 2026-03-31 A\n2 2026-01-31 A"}),
        Case("add days", "event.latest().date + days(28)", {1: date(2026, 3, 1)}, {"event": "person date code\n1 2026-02-01 A"}),
        Case("add years to 29 February", "event.latest().date + years(1)", {1: date(2025, 2, 28)}, {"event": "person date code\n1 2024-02-29 A"}),
        Case("later than", "event.coded('a').latest().date > event.coded('b').latest().date", {1: True, 2: False, 3: None},
             {"event": "person date code\n1 2026-01-02 A\n1 2026-01-01 B\n2 2026-01-01 AB\n3 2026-01-01 A"}),
        Case("equal dates", "event.coded('a').latest().date == event.coded('b').latest().date", {1: False, 2: True, 3: None},
             {"event": "person date code\n1 2026-01-02 A\n1 2026-01-01 B\n2 2026-01-01 AB\n3 2026-01-01 A"}),
        Case("the later of two", "greatest(event.coded('a').latest().date, event.coded('b').latest().date)", {1: date(2026, 1, 2), 3: date(2026, 1, 1)},
             {"event": "person date code\n1 2026-01-02 A\n1 2026-01-01 B\n3 2026-01-01 A"}),
    ),
)  # fmt: skip

PEOPLE = """
person birth_date  death_date  sex ethnic_category
1      1960-03-31  -           F   A
2      1960-04-01  -           M   J
3      2008-02-29  -           F   R
4      1940-01-01  2026-03-31  M   Z
5      1940-01-01  2026-04-01  M   N
6      -           -           -   -
"""

REGISTERED = """
person practice_code start_date  end_date
1      P1            2000-01-01  2020-01-01
1      P2            2020-01-01  -
2      P1            2000-01-01  2026-03-30
3      P1            2000-01-01  2026-03-31
4      P1            2026-04-01  -
5      P1            2020-01-01  -
5      P2            2020-01-01  -
"""

PERSON = Section(
    "The person",
    "Attributes as at the date. An age changes on the birthday; someone born on 29 February has it on 1 March in years "
    "without one. A registration that ends on the as-at date still holds on it.",
    (
        Case("age", "person.age", {1: 66, 2: 65, 6: None}, {"person": PEOPLE}),
        Case("born on 29 February: the day before 1 March", "person.age", {3: 17}, {"person": PEOPLE}, as_at=date(2026, 2, 28)),
        Case("born on 29 February: 1 March", "person.age", {3: 18}, {"person": PEOPLE}, as_at=date(2026, 3, 1)),
        Case("born on 29 February: in a leap year", "person.age", {3: 16}, {"person": PEOPLE}, as_at=date(2024, 2, 29)),
        Case("age in months", "person.age_months", {3: 216}, {"person": PEOPLE}, as_at=date(2026, 3, 28)),
        Case("age at a date", "person.age_at(event.coded('a').earliest().date)", {1: 40, 2: None},
             {"person": PEOPLE, "event": "person date code\n1 2000-03-31 A"}),
        Case("alive", "person.is_alive", {1: True, 4: False, 5: True}, {"person": PEOPLE}),
        Case("sex", "person.sex == 'F'", {1: True, 2: False, 6: None}, {"person": PEOPLE}),
        Case("ethnic group", "person.ethnic_group", {1: "white", 2: "asian", 3: "other", 4: None, 5: "black", 6: None}, {"person": PEOPLE}),
        Case("ethnic category not stated is missing", "person.ethnic_category.is_missing()", {1: False, 4: True, 6: True}, {"person": PEOPLE}),
        Case("one of several", "person.ethnic_group.is_in(['black', 'asian'])", {1: False, 2: True, 6: None}, {"person": PEOPLE}),
        Case("practice on the date", "person.practice_code", {1: "P2", 2: None, 3: "P1", 4: None, 5: "P2"}, {"person": PEOPLE, "registration": REGISTERED}),
        Case("registered", "person.is_registered", {1: True, 2: False, 3: True, 4: False}, {"person": PEOPLE, "registration": REGISTERED}),
        Case("registered since", "person.registered_since", {1: date(2020, 1, 1), 2: None}, {"person": PEOPLE, "registration": REGISTERED}),
    ),
)  # fmt: skip

SECTIONS = (LOGIC, NUMBERS, CHOICE, DATES, PERSON)
