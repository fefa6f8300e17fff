"""The vocabulary in which definitions are written. See `docs/explanation/writing-a-definition.md`.

It knows no engine and no clinical word. Features are taken from rows (`rows`), combined with what is known of the
person (`person`) into expressions (`expressions`), which are declared as definitions (`definitions.declarations`).
"""

from commonweal.definitions.vocabulary.expressions import (
    Condition,
    DateValue,
    Number,
    Period,
    Text,
    all_of,
    any_of,
    as_at,
    coalesce,
    days,
    greatest,
    is_member,
    least,
    months,
    number_true,
    score_of,
    segment_of,
    when,
    years,
)
from commonweal.definitions.vocabulary.person import person
from commonweal.definitions.vocabulary.rows import (
    DatedRow,
    Rows,
    at_least,
    at_most,
    between,
    care_package,
    contact,
    diagnosis,
    event,
    less_than,
    medication,
    missing,
    more_than,
    not_in,
    present,
    procedure,
    referral,
    wait,
)

__all__ = [
    "Condition", "DateValue", "DatedRow", "Number", "Period", "Rows", "Text", "all_of", "any_of", "as_at", "at_least",
    "at_most", "between", "care_package", "coalesce", "contact", "days", "diagnosis", "event", "greatest",
    "is_member", "least", "less_than", "medication", "missing", "months", "more_than", "not_in", "number_true",
    "person", "present", "procedure", "referral", "score_of", "segment_of", "wait", "when", "years",
]  # fmt: skip
