"""Spec: what real records hold. One case or more for each thing that a definition has to bear."""

from __future__ import annotations

from datetime import date

from tests.spec.language import Case, Section

VALUES = """
person date        code value date_precision unit
1      2025-06-01  A    -     D              -
2      2025-06-01  A    50    D              mmol/mol
2      2025-06-01  A    80    D              mmol/mol
3      2025-06-01  A    50    M              mmol/mol
4      2025-01-01  A    50    Y              mmol/mol
5      -           A    50    D              mmol/mol
6      2025-06-01  A    8.1   D              %
6      2025-03-01  A    65    D              mmol/mol
"""
LATEST = "event.coded('a').latest()"

READINGS = Section(
    "Values that are missing, partial, in conflict or in another unit",
    "A row without a value is still a row. A date that is known by its month or year only stands at the first day of it. "
    "Two values on one day do not multiply people or rows, and the rule says which is taken. Loading converts values to the "
    "standard unit; what it could not convert keeps its own unit, and a definition that compares names the unit.",
    (
        Case("no value: there is a row", "event.coded('a').any()", {1: True}, {"event": VALUES}),
        Case("no value: a comparison is missing, never false", f"{LATEST}.value >= 48", {1: None, 2: True}, {"event": VALUES}),
        Case("no value: not in a total, and no zero", "event.coded('a').total('value')", {1: None, 2: 130}, {"event": VALUES}),
        Case("in conflict on one day: one of them, by rule", f"{LATEST}.value", {2: 80}, {"event": VALUES}),
        Case("in conflict on one day: one day", "event.coded('a').count(distinct='date')", {2: 1}, {"event": VALUES}),
        Case("only the month is known: its first day", f"{LATEST}.date", {3: date(2025, 6, 1)}, {"event": VALUES}),
        Case("only the year is known: its first day", f"{LATEST}.date", {4: date(2025, 1, 1)}, {"event": VALUES}),
        Case("partial dates can be told apart", "event.coded('a').where(date_precision='D').any()", {2: True, 3: False, 4: False},
             {"event": VALUES}),
        Case("no date: never seen, in no window and in no count", "event.coded('a').count()", {5: 0}, {"event": VALUES}),
        Case("another unit: not compared as if it were the standard one", "event.coded('a').where(unit='mmol/mol').latest().value",
             {2: 80, 6: 65}, {"event": VALUES}),
        Case("another unit: seen when it is asked for", "event.coded('a').where(unit='%').latest().value", {2: None, 6: 8.1},
             {"event": VALUES}),
    ),
)  # fmt: skip

ON_REGISTER = "event.coded('a').any() & (event.coded('b').none() | (event.coded('a').latest().date > event.coded('b').latest().date))"
COURSES = """
person date        code
1      2020-01-01  A
1      2021-01-01  B
2      2020-01-01  A
2      2021-01-01  B
2      2022-01-01  A
3      2020-01-01  A
3      2020-01-01  B
4      2020-01-01  B
4      2022-01-01  A
5      2020-01-01  A
5      -           B
6      2020-01-01  AB
"""

RESOLVED = Section(
    "Resolved and diagnosed again",
    "`a` is the diagnosis and `b` its resolution. The later of the two counts; on one day the resolution does. A code in both "
    "lists is both.",
    (
        Case("resolved: off; diagnosed again: on; resolved on the day: off", ON_REGISTER,
             {1: False, 2: True, 3: False, 4: True, 7: False}, {"event": COURSES}),
        Case("a resolution without a date does not count", ON_REGISTER, {5: True}, {"event": COURSES}),
        Case("a code in two lists is diagnosis and resolution at once", ON_REGISTER, {6: False}, {"event": COURSES}),
        Case("as at a day between: still resolved", ON_REGISTER, {1: False, 2: False, 4: False}, {"event": COURSES},
             as_at=date(2021, 12, 31)),
        Case("as at a day before the resolution: on", ON_REGISTER, {1: True, 2: True}, {"event": COURSES}, as_at=date(2020, 12, 31)),
    ),
)  # fmt: skip

LEAP = "person birth_date\n1 2008-02-29\n2 1968-02-29\n3 2008-02-28\n4 2008-03-01"
MOVED = """
person practice_code start_date  end_date
1      P1            2000-01-01  2010-06-30
1      P2            2010-07-01  2020-01-31
1      P1            2024-03-01  -
2      P1            2000-01-01  2026-01-31
3      P1            2000-01-01  -
4      P1            2000-01-01  2026-03-31
4      P2            2026-03-31  -
5      P1            2000-01-01  -
"""
ENDED = "person death_date\n2 2026-01-31\n3 2026-03-31\n5 2026-04-01"

LIVES = Section(
    "Born on 29 February; died, moved, registered again",
    "An age is counted on the day that is asked about. A practice is that of the registration which holds on the as-at date, however "
    "many there were before it; a death counts from its own day on.",
    (
        Case("18 on 28 February or on 1 March", "person.age_at(date(2026, 2, 28))", {1: 17, 2: 57, 3: 18, 4: 17}, {"person": LEAP}),
        Case("on 1 March everybody is", "person.age_at(date(2026, 3, 1))", {1: 18, 2: 58, 3: 18, 4: 18}, {"person": LEAP}),
        Case("in a leap year on the day itself", "person.age_at(date(2028, 2, 29))", {1: 20, 2: 60, 3: 20, 4: 19}, {"person": LEAP}),
        Case("moved away and registered again: the practice now", "person.practice_code", {1: "P1", 2: None, 4: "P2"},
             {"person": ENDED, "registration": MOVED}),
        Case("registered again: since the last time", "person.registered_since", {1: date(2024, 3, 1), 4: date(2026, 3, 31)},
             {"person": ENDED, "registration": MOVED}),
        Case("between two registrations: with no practice", "person.is_registered", {1: False, 3: True},
             {"person": ENDED, "registration": MOVED}, as_at=date(2022, 1, 1)),
        Case("died on the as-at date: no longer alive; the day after it: still", "person.is_alive", {1: True, 2: False, 3: False, 5: True},
             {"person": ENDED, "registration": MOVED}),
        Case("before the death: alive", "person.is_alive", {2: True, 3: True}, {"person": ENDED}, as_at=date(2026, 1, 30)),
        Case("a window that begins at birth", "event.within_days_after(person.birth_date, 366).count()", {1: 1},
             {"person": LEAP, "event": "person date code\n1 2009-03-01 A\n1 2009-03-02 A"}),
    ),
)  # fmt: skip

MERGED = """
person date        code value provider_code
1      2025-03-01  A    7     P1
1      2025-03-01  A    7     P2
1      2025-05-01  B    9     P2
2      2025-03-01  A    7     P1
"""

PEOPLE = Section(
    "Merged persons",
    "Two records that linking found to be one person arrive here as one: rows of both stand side by side under one key. Person 1 was "
    "merged, person 2 was not.",
    (
        Case("one answer from the rows of both", "event.coded('a').any() & event.coded('b').any()", {1: True, 2: False}, {"event": MERGED}),
        Case("the latest of both", "event.latest().value", {1: 9, 2: 7}, {"event": MERGED}),
        Case("what both sent of one day is one day", "event.coded('a').count(distinct='date')", {1: 1, 2: 1}, {"event": MERGED}),
        Case("two registrations at once: the one that began last", "person.practice_code", {1: "P2"},
             {"registration": "person practice_code start_date end_date\n1 P1 2001-01-01 -\n1 P2 2011-01-01 -"}),
    ),
)  # fmt: skip

EMPTY = (
    Case("no event", "event.coded('a').any()", {1: False}),
    Case("no value", "event.coded('a').latest().value", {1: None}),
    Case("no text", "event.coded('a').latest().column('text_value')", {1: None}),
    Case("no medication", "medication.coded('a').count()", {1: 0}),
    Case("no cost", "contact.where(setting='apc').total('cost_pence')", {1: 0}),
    Case("nothing open", "wait.open().count()", {1: 0}),
    Case("no partner", "event.coded('a').followed_by(contact, within_days=9).any()", {1: False}),
    Case("none after", "referral.after(event.coded('a').latest().date).none()", {1: True}),
    Case("no episode", "procedure.coded('a').episodes(gap_days=9)", {1: 0}),
    Case("no diagnosis", "diagnosis.coded('a').days_since()", {1: None}),
    Case("no package", "care_package.open().any()", {1: False}),
    Case("no practice", "person.practice_code", {1: None}),
)
"""Asked of a record whose every table but `person` is empty."""

SECTIONS = (
    READINGS,
    RESOLVED,
    LIVES,
    PEOPLE,
    Section("Empty tables", "The same where a table has no row of anybody.", EMPTY),
)
