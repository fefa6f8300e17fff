"""Spec: which rows, and when."""

from __future__ import annotations

from datetime import date

from tests.spec.language import Case, Section

EDGES = """
person date        code value
1      2025-03-31  A    1
2      2025-04-01  A    1
3      2026-03-31  A    1
4      2026-04-01  A    1
"""

WINDOWS = Section(
    "Windows",
    "Only rows dated on or before the as-at date are ever seen. `in_last(months=12)` begins the day after the same day "
    "twelve months before, and ends on the as-at date. A row without a date matches nothing.",
    (
        Case("in the last 12 months: first and last day", "event.coded('a').in_last(months=12).any()",
             {1: False, 2: True, 3: True, 4: False}, {"event": EDGES}),
        Case("count in the last 12 months", "event.coded('a').in_last(months=12).count()", {1: 0, 2: 1, 3: 1, 4: 0}, {"event": EDGES}),
        Case("the future is not seen", "event.coded('a').any()", {1: True, 4: False}, {"event": EDGES}),
        Case("nor in a count", "event.coded('a').count()", {1: 1, 4: 0}, {"event": EDGES}),
        Case("the latest of a window", "event.coded('a').in_last(years=1).latest().value", {1: None, 2: 1}, {"event": EDGES}),
        Case("in the last 90 days", "event.in_last(days=90).any()", {1: True, 2: False},
             {"event": "person date code\n1 2026-01-01 A\n2 2025-12-31 A"}),
        Case("months end on the last day of a shorter month", "event.in_last(months=1).any()", {1: False, 2: True},
             {"event": "person date code\n1 2026-02-28 A\n2 2026-03-01 A"}),
        Case("between two fixed dates", "event.between(date(2025, 4, 1), date(2026, 3, 31)).count()",
             {1: 0, 2: 1, 3: 1, 4: 0}, {"event": EDGES}),
        Case("before a fixed date", "event.before(date(2025, 4, 1)).latest().date", {1: date(2025, 3, 31), 2: None}, {"event": EDGES}),
        Case("on or before", "event.on_or_before(date(2025, 4, 1)).any()", {1: True, 2: True, 3: False}, {"event": EDGES}),
        Case("on or after", "event.on_or_after(date(2025, 4, 1)).any()", {1: False, 2: True}, {"event": EDGES}),
        Case("relative to the as-at date", "event.before(as_at - months(12)).any()", {1: False, 5: True},
             {"event": EDGES + "5 2025-03-30 A 1"}),
        Case("as at an earlier date", "event.coded('a').any()", {1: True, 2: False}, {"event": EDGES}, as_at=date(2025, 3, 31)),
        Case("by another date column", "contact.in_last(days=10, column='end_date').count()", {1: 1, 2: 0},
             {"contact": "person start_date end_date setting contact_key\n1 2026-01-01 2026-03-30 apc 1\n2 2026-03-30 - apc 2"}),
        Case("a row without a date matches nothing", "event.coded('a').count()", {1: 0}, {"event": "person date code\n1 - A"}),
    ),
)  # fmt: skip

COURSE = """
person date        code value
1      2024-06-01  A    1
1      2024-05-31  B    10
1      2024-06-01  B    11
1      2024-06-30  B    12
1      2024-07-02  B    13
2      2024-06-01  B    14
"""

RELATIVE = Section(
    "Windows relative to another feature",
    "A window may begin or end at the date of another feature. Where that date is missing, no row matches.",
    (
        Case("after", "event.coded('b').after(event.coded('a').latest().date).count()", {1: 2, 2: 0}, {"event": COURSE}),
        Case("on or after", "event.coded('b').on_or_after(event.coded('a').latest().date).count()", {1: 3, 2: 0}, {"event": COURSE}),
        Case("before", "event.coded('b').before(event.coded('a').latest().date).latest().value", {1: 10, 2: None}, {"event": COURSE}),
        Case("on the day", "event.coded('b').on(event.coded('a').latest().date).latest().value", {1: 11, 2: None}, {"event": COURSE}),
        Case("within 30 days after", "event.coded('b').within_days_after(event.coded('a').latest().date, 30).latest().value",
             {1: 12, 2: None}, {"event": COURSE}),
        Case("from the next day", "event.coded('b').within_days_after(event.coded('a').latest().date, 30, same_day=False).count()",
             {1: 1}, {"event": COURSE}),
        Case("months before and after", "event.coded('b').between(event.coded('a').latest().date - months(1), event.coded('a').latest().date + days(29)).count()",
             {1: 3, 2: 0}, {"event": COURSE}),
        Case("a chain of three", "event.coded('b').after(event.coded('b').after(event.coded('a').latest().date).earliest().date).latest().value",
             {1: 13, 2: None}, {"event": COURSE}),
        Case("total after", "event.coded('b').after(event.coded('a').earliest().date).total('value')", {1: 25, 2: 0}, {"event": COURSE}),
        Case("none after", "event.coded('b').after(event.coded('a').latest().date).none()", {1: False, 2: True}, {"event": COURSE}),
        Case("episodes after", "event.coded('b').after(event.coded('a').latest().date).episodes(gap_days=1)", {1: 2, 2: 0}, {"event": COURSE}),
        Case("against the date of another table", "contact.where(setting='gp').after(event.coded('a').latest().date).any()", {1: True, 2: False},
             {"event": COURSE, "contact": "person start_date setting contact_key\n1 2024-07-01 gp 1\n2 2024-07-01 gp 2"}),
        Case("against a date of birth", "event.before(person.birth_date + years(5)).count()", {1: 1},
             {"person": "person birth_date\n1 2010-02-10", "event": "person date code\n1 2015-02-09 A\n1 2015-02-10 A"}),
        Case("against a date that is chosen", "event.coded('b').after(coalesce(event.coded('a').latest().date, date(2024, 1, 1))).count()",
             {1: 2, 2: 1}, {"event": COURSE}),
    ),
)  # fmt: skip

STAYS = """
person start_date  end_date    setting admission_method length_of_stay_days contact_key provider_code
1      2025-05-01  2025-05-04  apc     21               3                   1           RX1
1      2025-05-20  2025-05-25  apc     22               5                   2           RX1
1      2025-09-01  2025-09-30  apc     11               29                  3           RX2
2      2025-05-01  2025-05-04  apc     21               3                   4           -
2      2026-03-20  -           apc     21               -                   5           RX1
3      2025-05-04  2025-05-04  ae      -                -                   6           RX1
"""

CONDITIONS = Section(
    "Conditions on columns",
    "A missing value meets no condition but `missing`.",
    (
        Case("equals", "contact.where(setting='apc').count()", {1: 3, 2: 2, 3: 0}, {"contact": STAYS}),
        Case("one of", "contact.where(admission_method=('21', '22')).count()", {1: 2, 2: 2, 3: 0}, {"contact": STAYS}),
        Case("none of", "contact.where(admission_method=not_in('11')).count()", {1: 2, 2: 2, 3: 0}, {"contact": STAYS}),
        Case("at least", "contact.where(length_of_stay_days=at_least(5)).count()", {1: 2, 2: 0}, {"contact": STAYS}),
        Case("more than", "contact.where(length_of_stay_days=more_than(5)).count()", {1: 1, 2: 0}, {"contact": STAYS}),
        Case("at most", "contact.where(length_of_stay_days=at_most(3)).count()", {1: 1, 2: 1}, {"contact": STAYS}),
        Case("less than", "contact.where(length_of_stay_days=less_than(3)).count()", {1: 0, 2: 0}, {"contact": STAYS}),
        Case("between", "contact.where(length_of_stay_days=between(3, 5)).count()", {1: 2, 2: 1}, {"contact": STAYS}),
        Case("present", "contact.where(provider_code=present).count()", {1: 3, 2: 1}, {"contact": STAYS}),
        Case("missing", "contact.where(provider_code=missing).count()", {1: 0, 2: 1}, {"contact": STAYS}),
        Case("several at once", "contact.where(setting='apc', admission_method='21', length_of_stay_days=3).count()", {1: 1, 2: 1}, {"contact": STAYS}),
        Case("of a coded row: value", "event.coded('a').where(value=at_least(48)).count()", {1: 1},
             {"event": "person date code value\n1 2025-01-01 A 47.9\n1 2025-01-01 A 48\n1 2025-01-01 A -"}),
        Case("of a coded row: yes or no", "medication.coded('a').where(repeat=True).count()", {1: 1},
             {"medication": "person date code repeat\n1 2025-01-01 A true\n1 2025-01-01 A false\n1 2025-01-01 A -"}),
        Case("of a diagnosis: position", "diagnosis.coded('a').where(position=1).any()", {1: True, 2: False},
             {"diagnosis": "person date code position contact_key\n1 2025-01-01 A 1 1\n2 2025-01-01 A 2 2"}),
        Case("open on the as-at date", "contact.where(setting='apc').open().count()", {1: 0, 2: 1}, {"contact": STAYS}),
        Case("ended on that day is still open", "care_package.open().count()", {1: 1, 2: 0},
             {"care_package": "person start_date end_date package_type\n1 2025-01-01 2026-03-31 home\n2 2025-01-01 2026-03-30 home"}),
    ),
)  # fmt: skip

RELATED = Section(
    "Rows with a partner",
    "Whether there is another row of the same person so many days before or after. A row is never its own partner, and a "
    "missing date has none.",
    (
        Case("followed within 30 days", "contact.where(setting='apc').followed_by(contact.where(setting='apc'), within_days=30, own='end_date', other='start_date').count()",
             {1: 1, 2: 0}, {"contact": STAYS}),
        Case("preceded within 30 days", "contact.where(setting='apc').preceded_by(contact.where(setting='apc'), within_days=30, own='start_date', other='end_date').latest().date",
             {1: date(2025, 5, 20), 2: None}, {"contact": STAYS}),
        Case("not preceded", "contact.where(setting='apc').not_preceded_by(contact.where(setting='apc'), within_days=30, own='start_date', other='end_date').count()",
             {1: 2, 2: 2}, {"contact": STAYS}),
        Case("not followed", "contact.where(setting='ae').not_followed_by(event.coded('a'), within_days=2).count()", {3: 0, 4: 1},
             {"contact": STAYS + "4 2025-05-04 - ae - - 7 RX1", "event": "person date code\n3 2025-05-06 A\n4 2025-05-07 A"}),
        Case("not the same row", "event.coded('a').followed_by(event.coded('a'), within_days=0).count()", {1: 0, 2: 2},
             {"event": "person date code\n1 2025-01-01 A\n2 2025-01-01 A\n2 2025-01-01 A"}),
        Case("at least some days apart", "event.coded('a').followed_by(event.coded('a'), within_days=3650, at_least_days=90).any()", {1: False, 2: True},
             {"event": "person date code\n1 2025-01-01 A\n1 2025-03-31 A\n2 2025-01-01 A\n2 2025-04-01 A"}),
    ),
)  # fmt: skip

LISTS = Section(
    "Waiting lists",
    "`open()` reads the last snapshot on or before the as-at date; other questions see every snapshot.",
    (
        Case("waiting now", "wait.open().count()", {1: 1, 2: 0, 3: 0},
             {"wait": "person pathway_key snapshot_date list_type clock_start_date clock_stop_date\n"
                      "1 1 2026-03-22 rtt 2025-01-01 -\n1 1 2026-03-29 rtt 2025-01-01 -\n2 2 2026-03-22 rtt 2025-01-01 -\n"
                      "3 3 2026-03-29 rtt 2025-01-01 2026-03-25\n1 1 2026-04-05 rtt 2025-01-01 -"}),
        Case("pathways ever seen", "wait.count(distinct='pathway_key')", {1: 1},
             {"wait": "person pathway_key snapshot_date list_type clock_start_date\n1 1 2026-03-22 rtt 2025-01-01\n1 1 2026-03-29 rtt 2025-01-01"}),
    ),
)  # fmt: skip

SECTIONS = (WINDOWS, RELATIVE, CONDITIONS, RELATED, LISTS)
